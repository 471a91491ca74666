/* Moments, as people type them; sizes, times and counts are policy/number.h's. */
#ifndef CORDON_CLI_RUN_NUMBERS_H
#define CORDON_CLI_RUN_NUMBERS_H

#include <stdint.h>

/* NULL, or what is wanted instead of `text` (static). */
/* Seconds since the epoch, or YYYY-MM-DD with or without Thh:mm:ss, in UTC, with or without a Z. */
const char *run_parse_moment(const char *text, uint64_t *nanoseconds_out);

#endif
