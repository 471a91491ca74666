/* Types of the primitives of signal. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_SIGNAL_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_SIGNAL_H

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

/* libc declares the first parameter of the timer functions as an enumeration or an int, by language and macro. */
static inline int interval_timer_get(int which, struct itimerval *timer)
{
    return getitimer((__itimer_which_t)which, timer);
}

static inline int interval_timer_set(int which, const struct itimerval *timer, struct itimerval *old)
{
    return setitimer((__itimer_which_t)which, timer, old);
}

static inline int signal_first_real_time(void)
{
    return SIGRTMIN;
}

static inline int signal_last_real_time(void)
{
    return SIGRTMAX;
}

#endif
