/* Numbers with units, as people type them: sizes, times, counts, moments. Pure functions. */
#ifndef CORDON_CLI_RUN_NUMBERS_H
#define CORDON_CLI_RUN_NUMBERS_H

#include <stdint.h>

/* Each returns NULL, or what is wanted instead of `text` (static). */

/* "64M": K, M and G are powers of 1,024. Never 0. */
const char *run_parse_bytes(const char *text, uint64_t *bytes_out);
/* "1.5s", "200ms", "50us", "2m", "1h"; without a unit seconds. Never 0. */
const char *run_parse_duration(const char *text, uint64_t *nanoseconds_out);
/* "1000", "20M": K, M and G are powers of 1,000. Never 0. */
const char *run_parse_count(const char *text, uint64_t *count_out);
/* Seconds since the epoch, or YYYY-MM-DD with or without Thh:mm:ss, in UTC, with or without a Z. */
const char *run_parse_moment(const char *text, uint64_t *nanoseconds_out);

#endif
