/* Hides from everyone how clocks are read and set, and how a thread sleeps. */
#include "host_env/time.h"

#include "errno_guard.h"
#include "host_call.h"
#include "time_internal.h"

HOST_HOT host_status host_time_clock(host_env *env, int clock, host_time *time_out, host_error *error)
{
    HOST_CALL(call, env, TIME_CLOCK, error);
    struct timespec time;
    host_call_number(&call, "clock", clock);
    if (time_out == NULL) return host_call_invalid(&call, "time_out is NULL");
    if (!host_call_permitted(&call)) {
        *time_out = (host_time){ 0, 0 };
        return call.access.status;
    }
    int code = env->operations.clock_gettime(clock, &time) < 0 ? errno : 0;
    *time_out = code == 0 ? time_from_host(&time) : (host_time){ 0, 0 };
    return host_call_finish(&call, code, 0);
}

host_status host_time_clock_resolution(host_env *env, int clock, host_time *resolution_out, host_error *error)
{
    HOST_CALL(call, env, TIME_CLOCK_RESOLUTION, error);
    struct timespec time = { 0, 0 };
    host_call_number(&call, "clock", clock);
    if (resolution_out == NULL) return host_call_invalid(&call, "resolution_out is NULL");
    *resolution_out = (host_time){ 0, 0 };
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.clock_getres(clock, &time) < 0 ? errno : 0;
    *resolution_out = time_from_host(&time);
    return host_call_finish(&call, code, 0);
}

host_status host_time_set_clock(host_env *env, int clock, const host_time *time, host_error *error)
{
    HOST_CALL(call, env, TIME_SET_CLOCK, error);
    host_call_number(&call, "clock", clock);
    if (time == NULL) return host_call_invalid(&call, "time is NULL");
    host_call_number(&call, "seconds", time->seconds);
    if (!host_call_permitted(&call)) return call.access.status;
    struct timespec host_time_value = time_to_host(time);
    int code = env->operations.clock_settime(clock, &host_time_value) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_time_of_day(host_env *env, host_time *time_out, host_error *error)
{
    HOST_CALL(call, env, TIME_OF_DAY, error);
    struct timeval time = { 0, 0 };
    if (time_out == NULL) return host_call_invalid(&call, "time_out is NULL");
    *time_out = (host_time){ 0, 0 };
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.gettimeofday(&time, NULL) < 0 ? errno : 0;
    *time_out = (host_time){ time.tv_sec, (int64_t)time.tv_usec * 1000 };
    return host_call_finish(&call, code, 0);
}

host_status host_time_set_of_day(host_env *env, const host_time *time, host_error *error)
{
    HOST_CALL(call, env, TIME_SET_OF_DAY, error);
    if (time == NULL) return host_call_invalid(&call, "time is NULL");
    host_call_number(&call, "seconds", time->seconds);
    if (!host_call_permitted(&call)) return call.access.status;
    struct timeval host_time_value = { .tv_sec = time->seconds, .tv_usec = time->nanoseconds / 1000 };
    int code = env->operations.settimeofday(&host_time_value, NULL) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_time_seconds(host_env *env, int64_t *seconds_out, host_error *error)
{
    HOST_CALL(call, env, TIME_SECONDS, error);
    if (seconds_out == NULL) return host_call_invalid(&call, "seconds_out is NULL");
    *seconds_out = 0;
    if (!host_call_permitted(&call)) return call.access.status;
    time_t seconds = env->operations.time(NULL);
    int code = seconds == (time_t)-1 ? errno : 0;
    *seconds_out = code == 0 ? seconds : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_time_processor_clock(host_env *env, int64_t *microseconds_out, host_error *error)
{
    HOST_CALL(call, env, TIME_PROCESSOR_CLOCK, error);
    if (microseconds_out == NULL) return host_call_invalid(&call, "microseconds_out is NULL");
    *microseconds_out = 0;
    if (!host_call_permitted(&call)) return call.access.status;
    int before = errno_guard_begin(); /* clock(3) need not set it */
    clock_t used = env->operations.clock();
    int code = errno_guard_end(before);
    code = used != (clock_t)-1 ? 0 : code != 0 ? code : EOVERFLOW;
    if (code == 0) *microseconds_out = used * (1000000 / CLOCKS_PER_SEC);
    return host_call_finish(&call, code, 0);
}

static void tell_rest(const struct timespec *rest, host_time *remaining_out)
{
    if (remaining_out != NULL) *remaining_out = time_from_host(rest);
}

host_status host_time_sleep(host_env *env, int clock, int flags, const host_time *time, host_time *remaining_out, host_error *error)
{
    HOST_CALL(call, env, TIME_SLEEP, error);
    struct timespec rest = { 0, 0 };
    host_call_number(&call, "clock", clock);
    if (time == NULL) return host_call_invalid(&call, "time is NULL");
    host_call_number(&call, "seconds", time->seconds);
    host_call_number(&call, "flags", flags);
    tell_rest(&rest, remaining_out);
    if (!host_call_permitted(&call)) return call.access.status;
    struct timespec wanted = time_to_host(time);
    int code = env->operations.clock_nanosleep(clock, flags, &wanted, &rest); /* returns the code, leaves errno alone */
    tell_rest(&rest, remaining_out);
    return host_call_finish(&call, code, 0);
}

host_status host_time_sleep_for(host_env *env, const host_time *duration, host_time *remaining_out, host_error *error)
{
    HOST_CALL(call, env, TIME_SLEEP_FOR, error);
    struct timespec rest = { 0, 0 };
    if (duration == NULL) return host_call_invalid(&call, "duration is NULL");
    host_call_number(&call, "seconds", duration->seconds);
    tell_rest(&rest, remaining_out);
    if (!host_call_permitted(&call)) return call.access.status;
    struct timespec wanted = time_to_host(duration);
    int code = env->operations.nanosleep(&wanted, &rest) < 0 ? errno : 0;
    tell_rest(&rest, remaining_out);
    return host_call_finish(&call, code, 0);
}
