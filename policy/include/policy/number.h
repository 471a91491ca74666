/* How people write sizes, times and counts, in policy files and on command lines alike. */
#ifndef POLICY_NUMBER_H
#define POLICY_NUMBER_H

#include <stdint.h>

/* Each returns NULL, or what is wanted instead of `text` (static). Never 0 and never UINT64_MAX, which means "none" elsewhere. */

/* "64M": K, M and G are powers of 1,024. */
const char *policy_parse_bytes(const char *text, uint64_t *bytes_out);
/* "1.5s", "200ms", "50us", "2m", "1h"; without a unit seconds. */
const char *policy_parse_duration(const char *text, uint64_t *nanoseconds_out);
/* "1000", "20M": K, M and G are powers of 1,000. */
const char *policy_parse_count(const char *text, uint64_t *count_out);

#endif
