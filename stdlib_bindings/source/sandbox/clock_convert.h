/* What the adapters agree on about time: timespec and the sealed layer's nanoseconds. */
#ifndef SANDBOX_CLOCK_CONVERT_H
#define SANDBOX_CLOCK_CONVERT_H

#include "sealed/clock.h"

#include <stdbool.h>
#include <time.h>

enum { NS_PER_US = 1000, NS_PER_S = 1000000000 };

/* What pthread_getcpuclockid() gives: as on Linux not CLOCK_THREAD_CPUTIME_ID itself. Whoever reads it reads its own time. */
#define THREAD_CLOCK_OF_SELF ((clockid_t)-6)

static inline struct timespec timespec_of_ns(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

/* False if `time` is not a valid timespec. Times before 0 become 0, times beyond what 64 bits of nanoseconds hold
 * become NEVER. */
static inline bool ns_of_timespec(const struct timespec *time, uint64_t *ns_out)
{
    if (time->tv_nsec < 0 || time->tv_nsec >= NS_PER_S)
        return false;
    if (time->tv_sec < 0)
        *ns_out = 0;
    else if ((uint64_t)time->tv_sec >= SEALED_CLOCK_NEVER / NS_PER_S)
        *ns_out = SEALED_CLOCK_NEVER;
    else
        *ns_out = (uint64_t)time->tv_sec * NS_PER_S + (uint64_t)time->tv_nsec;
    return true;
}

/* The monotonic deadline of an absolute time of `clock` (CLOCK_REALTIME or CLOCK_MONOTONIC); false for an invalid
 * timespec. */
static inline bool deadline_of(clockid_t clock, const struct timespec *time, uint64_t *deadline_ns_out)
{
    if (!ns_of_timespec(time, deadline_ns_out))
        return false;
    if (clock == CLOCK_REALTIME && *deadline_ns_out != SEALED_CLOCK_NEVER)
        *deadline_ns_out = sealed_clock_monotonic_of_wall_ns(*deadline_ns_out);
    return true;
}

/* A deadline `ns` from now. */
static inline uint64_t deadline_in(uint64_t ns)
{
    uint64_t now_ns = sealed_clock_peek_ns();

    return ns >= SEALED_CLOCK_NEVER - now_ns ? SEALED_CLOCK_NEVER : now_ns + ns;
}

#endif
