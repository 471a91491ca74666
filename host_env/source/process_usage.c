/* Hides how the host counts what processes used. */
#include "process_usage.h"

static int64_t nanoseconds(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000000 + (int64_t)time.tv_usec * 1000;
}

host_process_usage process_usage_from_host(const struct rusage *usage)
{
    return (host_process_usage){
        .user_time_ns = nanoseconds(usage->ru_utime),
        .system_time_ns = nanoseconds(usage->ru_stime),
        .resident_bytes_max = (int64_t)usage->ru_maxrss * 1024, /* Linux counts kibibytes here */
        .shared_size = usage->ru_ixrss,
        .data_size = usage->ru_idrss,
        .stack_size = usage->ru_isrss,
        .minor_faults = usage->ru_minflt,
        .major_faults = usage->ru_majflt,
        .swaps = usage->ru_nswap,
        .blocks_in = usage->ru_inblock,
        .blocks_out = usage->ru_oublock,
        .messages_sent = usage->ru_msgsnd,
        .messages_received = usage->ru_msgrcv,
        .signals_received = usage->ru_nsignals,
        .switches_voluntary = usage->ru_nvcsw,
        .switches_involuntary = usage->ru_nivcsw,
    };
}

host_status host_process_getrusage(host_env *env, int who, host_process_usage *usage_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_GETRUSAGE, error);
    host_call_number(&call, "who", who);
    if (usage_out == NULL) {
        return host_call_invalid(&call, "usage_out is NULL");
    }
    *usage_out = (host_process_usage){0};
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct rusage usage = {0};
    int code = env->operations.getrusage(who, &usage) != 0 ? errno : 0;
    if (code == 0) {
        *usage_out = process_usage_from_host(&usage);
    }
    return host_call_finish(&call, code, 0);
}

host_status host_process_times(host_env *env, host_process_ticks *times_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_TIMES, error);
    if (times_out == NULL) {
        return host_call_invalid(&call, "times_out is NULL");
    }
    *times_out = (host_process_ticks){0};
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct tms ticks = {0};
    clock_t elapsed = env->operations.times(&ticks);
    int code = elapsed == (clock_t)-1 ? errno : 0;
    if (code == 0) {
        *times_out =
            (host_process_ticks){ticks.tms_utime, ticks.tms_stime, ticks.tms_cutime, ticks.tms_cstime, elapsed};
    }
    return host_call_finish(&call, code, 0);
}
