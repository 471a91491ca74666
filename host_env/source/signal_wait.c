/* Hides how a thread waits for signals and how timers send them. */
#include "host_env/signal.h"

#include "host_call.h"
#include "signal_sets.h"

enum { MICROSECONDS_A_SECOND = 1000000, NANOSECONDS_A_SECOND = 1000000000 };

host_status host_signal_pause(host_env *env, host_error *error)
{
    HOST_CALL(call, env, SIGNAL_PAUSE, error);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int failed = env->operations.pause();
    return host_call_finish(&call, failed ? errno : 0, 0);
}

host_status host_signal_alarm(host_env *env, unsigned int seconds, unsigned int *remaining_seconds_out,
                              host_error *error)
{
    HOST_CALL(call, env, SIGNAL_ALARM, error);
    host_call_number(&call, "seconds", seconds);
    if (remaining_seconds_out == NULL) {
        return host_call_invalid(&call, "remaining_seconds_out is NULL");
    }
    *remaining_seconds_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *remaining_seconds_out = env->operations.alarm(seconds);
    return host_call_finish(&call, 0, *remaining_seconds_out);
}

static struct timeval microseconds_to_host(int64_t time_us)
{
    return (struct timeval){.tv_sec = time_us / MICROSECONDS_A_SECOND, .tv_usec = time_us % MICROSECONDS_A_SECOND};
}

static host_signal_timer timer_from_host(const struct itimerval *timer)
{
    return (host_signal_timer){
        .interval_us = (int64_t)timer->it_interval.tv_sec * MICROSECONDS_A_SECOND + timer->it_interval.tv_usec,
        .value_us = (int64_t)timer->it_value.tv_sec * MICROSECONDS_A_SECOND + timer->it_value.tv_usec,
    };
}

host_status host_signal_setitimer(host_env *env, int which, const host_signal_timer *timer, host_signal_timer *old_out,
                                  host_error *error)
{
    HOST_CALL(call, env, SIGNAL_SETITIMER, error);
    host_call_number(&call, "which", which);
    if (timer == NULL) {
        return host_call_invalid(&call, "timer is NULL");
    }
    if (old_out != NULL) {
        *old_out = (host_signal_timer){0};
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    const struct itimerval new_timer = {microseconds_to_host(timer->interval_us),
                                        microseconds_to_host(timer->value_us)};
    struct itimerval old_timer;
    int code = env->operations.interval_timer_set(which, &new_timer, &old_timer) != 0 ? errno : 0;
    if (code == 0 && old_out != NULL) {
        *old_out = timer_from_host(&old_timer);
    }
    return host_call_finish(&call, code, 0);
}

host_status host_signal_getitimer(host_env *env, int which, host_signal_timer *timer_out, host_error *error)
{
    HOST_CALL(call, env, SIGNAL_GETITIMER, error);
    host_call_number(&call, "which", which);
    if (timer_out == NULL) {
        return host_call_invalid(&call, "timer_out is NULL");
    }
    *timer_out = (host_signal_timer){0};
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct itimerval timer;
    int code = env->operations.interval_timer_get(which, &timer) != 0 ? errno : 0;
    if (code == 0) {
        *timer_out = timer_from_host(&timer);
    }
    return host_call_finish(&call, code, 0);
}

host_status host_signal_sigwait(host_env *env, const host_signal_set *set, int *signal_out, host_error *error)
{
    HOST_CALL(call, env, SIGNAL_SIGWAIT, error);
    if (set == NULL || signal_out == NULL) {
        return host_call_invalid(&call, "set or signal_out is NULL");
    }
    *signal_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    sigset_t host_set = signal_set_to_host(*set);
    int code = env->operations.sigwait(&host_set, signal_out);
    return host_call_finish(&call, code, *signal_out);
}

static int wait_for(const struct host_operations *operations, const sigset_t *set, int64_t timeout_ns, siginfo_t *info)
{
    if (timeout_ns == HOST_SIGNAL_WAIT_FOREVER) {
        return operations->sigwaitinfo(set, info);
    }
    const struct timespec timeout = {timeout_ns / NANOSECONDS_A_SECOND, timeout_ns % NANOSECONDS_A_SECOND};
    return operations->sigtimedwait(set, info, &timeout);
}

host_status host_signal_sigtimedwait(host_env *env, const host_signal_set *set, int64_t timeout_ns,
                                     host_signal_info *info_out, void *details, size_t details_size_bytes,
                                     host_error *error)
{
    HOST_CALL(call, env, SIGNAL_SIGTIMEDWAIT, error);
    host_call_number(&call, "timeout_ns", timeout_ns);
    if (set == NULL || info_out == NULL) {
        return host_call_invalid(&call, "set or info_out is NULL");
    }
    *info_out = (host_signal_info){0};
    if (timeout_ns < HOST_SIGNAL_WAIT_FOREVER || (details != NULL && details_size_bytes != sizeof(siginfo_t))) {
        return host_call_invalid(&call, details != NULL ? "details is not a siginfo_t" : "timeout_ns is negative");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    sigset_t host_set = signal_set_to_host(*set);
    siginfo_t info;
    memset(&info, 0, sizeof(info));
    int signal = wait_for(&env->operations, &host_set, timeout_ns, &info);
    int code = signal < 0 ? errno : 0;
    if (code == 0) {
        *info_out = (host_signal_info){info.si_signo, info.si_code,   info.si_errno, info.si_pid,
                                       info.si_uid,   info.si_status, info.si_band};
        if (details != NULL) {
            memcpy(details, &info, sizeof(info));
        }
    }
    return host_call_finish(&call, code, signal);
}
