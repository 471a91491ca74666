/* The host's clock that deadlines are told by: monotonic, in nanoseconds. */
#ifndef CORDON_SUPERVISOR_MOMENT_H
#define CORDON_SUPERVISOR_MOMENT_H

#include <stdint.h>
#include <time.h>

#include "host_env/time.h"

#define MOMENT_NEVER UINT64_MAX
#define SECOND_NS 1000000000ull

static inline uint64_t clock_ns(host_env *env, int clock)
{
    host_time time = {0};
    (void)host_time_clock(env, clock, &time,
                          NULL); /* these clocks cannot fail; without the right to read them no engine is created */
    return (uint64_t)time.seconds * SECOND_NS + (uint64_t)time.nanoseconds;
}

static inline uint64_t now_ns(host_env *env)
{
    return clock_ns(env, CLOCK_MONOTONIC);
}

/* The moment `duration_ns` from `start`; never, if that is beyond all time. */
static inline uint64_t after(uint64_t start, uint64_t duration_ns)
{
    return duration_ns > MOMENT_NEVER - start ? MOMENT_NEVER : start + duration_ns;
}

static inline uint64_t left_until(uint64_t moment, uint64_t now)
{
    return moment > now ? moment - now : 0;
}

static inline uint64_t least(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

#endif
