/* Hides from everyone Linux's timer descriptors (timerfd). */
#include "host_call.h"
#include "host_env/time.h"
#include "posix/time_internal.h"

static host_time_timer timer_from_host(const struct itimerspec *timer)
{
    return (host_time_timer){ .interval = time_from_host(&timer->it_interval), .value = time_from_host(&timer->it_value) };
}

host_status host_time_timer_create(host_env *env, int clock, int flags, int *fd_out, host_error *error)
{
    HOST_CALL(call, env, TIME_TIMER_CREATE, error);
    host_call_number(&call, "clock", clock);
    host_call_number(&call, "flags", flags);
    if (fd_out == NULL) return host_call_invalid(&call, "fd_out is NULL");
    *fd_out = -1;
    if (!host_call_permitted(&call)) return call.access.status;
    int fd = env->operations.timerfd_create(clock, flags);
    int code = fd < 0 ? errno : 0;
    *fd_out = fd;
    return host_call_finish(&call, code, fd);
}

host_status host_time_timer_arm(host_env *env, int fd, int flags, const host_time_timer *timer, host_time_timer *previous_out, host_error *error)
{
    HOST_CALL(call, env, TIME_TIMER_ARM, error);
    host_call_fd(&call, "fd", fd);
    if (timer == NULL) return host_call_invalid(&call, "timer is NULL");
    host_call_number(&call, "seconds", timer->value.seconds);
    host_call_number(&call, "flags", flags);
    if (!host_call_permitted(&call)) return call.access.status;
    struct itimerspec wanted = { .it_interval = time_to_host(&timer->interval), .it_value = time_to_host(&timer->value) };
    struct itimerspec previous = { .it_value = { 0, 0 } };
    int code = env->operations.timerfd_settime(fd, flags, &wanted, &previous) < 0 ? errno : 0;
    if (previous_out != NULL) *previous_out = timer_from_host(&previous);
    return host_call_finish(&call, code, 0);
}

host_status host_time_timer_left(host_env *env, int fd, host_time_timer *timer_out, host_error *error)
{
    HOST_CALL(call, env, TIME_TIMER_LEFT, error);
    struct itimerspec timer = { .it_value = { 0, 0 } };
    host_call_fd(&call, "fd", fd);
    if (timer_out == NULL) return host_call_invalid(&call, "timer_out is NULL");
    *timer_out = timer_from_host(&timer);
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.timerfd_gettime(fd, &timer) < 0 ? errno : 0;
    *timer_out = timer_from_host(&timer);
    return host_call_finish(&call, code, 0);
}
