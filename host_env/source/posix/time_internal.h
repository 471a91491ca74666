/* What the time files share: our moments and the host's. Private to host_env. */
#ifndef HOST_ENV_SOURCE_POSIX_TIME_INTERNAL_H
#define HOST_ENV_SOURCE_POSIX_TIME_INTERNAL_H

#include <time.h>

#include "host_env/time.h"

static inline host_time time_from_host(const struct timespec *time)
{
    return (host_time){ .seconds = time->tv_sec, .nanoseconds = time->tv_nsec };
}

static inline struct timespec time_to_host(const host_time *time)
{
    return (struct timespec){ .tv_sec = time->seconds, .tv_nsec = time->nanoseconds };
}

#endif
