/* Hides how priorities, scheduling policies and processor sets are read and changed. */
#include "host_env/process.h"

#include "host_call.h"

_Static_assert(sizeof(unsigned long) == sizeof(uint64_t), "cpu_set_t is made of unsigned longs");

host_status host_process_nice(host_env *env, int increment, int *nice_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_NICE, error);
    host_call_number(&call, "increment", increment);
    if (nice_out == NULL) {
        return host_call_invalid(&call, "nice_out is NULL");
    }
    *nice_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    errno = 0; /* -1 is an ordinary nice value */
    int nice = env->operations.nice(increment);
    int code = nice == -1 ? errno : 0;
    *nice_out = code == 0 ? nice : 0;
    return host_call_finish(&call, code, *nice_out);
}

host_status host_process_getpriority(host_env *env, int which, int64_t who, int *priority_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_GETPRIORITY, error);
    host_call_number(&call, "which", which);
    host_call_number(&call, "who", who);
    if (priority_out == NULL) {
        return host_call_invalid(&call, "priority_out is NULL");
    }
    *priority_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    errno = 0; /* -1 is an ordinary priority */
    int priority = env->operations.getpriority(which, (id_t)who);
    int code = priority == -1 ? errno : 0;
    *priority_out = code == 0 ? priority : 0;
    return host_call_finish(&call, code, *priority_out);
}

host_status host_process_setpriority(host_env *env, int which, int64_t who, int priority, host_error *error)
{
    HOST_CALL(call, env, PROCESS_SETPRIORITY, error);
    host_call_number(&call, "which", which);
    host_call_number(&call, "who", who);
    host_call_number(&call, "priority", priority);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int failed = env->operations.setpriority(which, (id_t)who, priority);
    return host_call_finish(&call, failed ? errno : 0, 0);
}

host_status host_process_sched_priority_range(host_env *env, int policy, int *lowest_out, int *highest_out,
                                              host_error *error)
{
    HOST_CALL(call, env, PROCESS_SCHED_PRIORITY_RANGE, error);
    host_call_number(&call, "policy", policy);
    if (lowest_out == NULL || highest_out == NULL) {
        return host_call_invalid(&call, "lowest_out or highest_out is NULL");
    }
    *lowest_out = *highest_out = -1;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int lowest = env->operations.sched_get_priority_min(policy);
    int code = lowest < 0 ? errno : 0;
    int highest = code == 0 ? env->operations.sched_get_priority_max(policy) : -1;
    code = code == 0 && highest < 0 ? errno : code;
    if (code == 0) {
        *lowest_out = lowest;
        *highest_out = highest;
    }
    return host_call_finish(&call, code, 0);
}

host_status host_process_sched_getscheduler(host_env *env, int64_t pid, int *policy_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_SCHED_GETSCHEDULER, error);
    host_call_number(&call, "pid", pid);
    if (policy_out == NULL) {
        return host_call_invalid(&call, "policy_out is NULL");
    }
    *policy_out = -1;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *policy_out = env->operations.sched_getscheduler((pid_t)pid);
    return host_call_finish(&call, *policy_out < 0 ? errno : 0, *policy_out);
}

host_status host_process_sched_setscheduler(host_env *env, int64_t pid, int policy, int priority, host_error *error)
{
    HOST_CALL(call, env, PROCESS_SCHED_SETSCHEDULER, error);
    host_call_number(&call, "pid", pid);
    host_call_number(&call, "policy", policy);
    host_call_number(&call, "priority", priority);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    const struct sched_param parameter = {.sched_priority = priority};
    int failed = env->operations.sched_setscheduler((pid_t)pid, policy, &parameter) < 0;
    return host_call_finish(&call, failed ? errno : 0, 0);
}

host_status host_process_sched_getparam(host_env *env, int64_t pid, int *priority_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_SCHED_GETPARAM, error);
    host_call_number(&call, "pid", pid);
    if (priority_out == NULL) {
        return host_call_invalid(&call, "priority_out is NULL");
    }
    *priority_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct sched_param parameter = {0};
    int failed = env->operations.sched_getparam((pid_t)pid, &parameter);
    int code = failed ? errno : 0;
    *priority_out = code == 0 ? parameter.sched_priority : 0;
    return host_call_finish(&call, code, *priority_out);
}

host_status host_process_sched_setparam(host_env *env, int64_t pid, int priority, host_error *error)
{
    HOST_CALL(call, env, PROCESS_SCHED_SETPARAM, error);
    host_call_number(&call, "pid", pid);
    host_call_number(&call, "priority", priority);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    const struct sched_param parameter = {.sched_priority = priority};
    int failed = env->operations.sched_setparam((pid_t)pid, &parameter);
    return host_call_finish(&call, failed ? errno : 0, 0);
}

host_status host_process_sched_rr_get_interval(host_env *env, int64_t pid, int64_t *interval_ns_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_SCHED_RR_GET_INTERVAL, error);
    host_call_number(&call, "pid", pid);
    if (interval_ns_out == NULL) {
        return host_call_invalid(&call, "interval_ns_out is NULL");
    }
    *interval_ns_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct timespec interval = {0};
    int failed = env->operations.sched_rr_get_interval((pid_t)pid, &interval);
    int code = failed ? errno : 0;
    *interval_ns_out = code == 0 ? (int64_t)interval.tv_sec * 1000000000 + interval.tv_nsec : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_process_sched_getaffinity(host_env *env, int64_t pid, host_processor_set *set_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_SCHED_GETAFFINITY, error);
    host_call_number(&call, "pid", pid);
    if (set_out == NULL) {
        return host_call_invalid(&call, "set_out is NULL");
    }
    *set_out = (host_processor_set){{0}};
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int failed = env->operations.sched_getaffinity((pid_t)pid, sizeof(*set_out), (cpu_set_t *)set_out);
    return host_call_finish(&call, failed ? errno : 0, 0);
}

host_status host_process_sched_setaffinity(host_env *env, int64_t pid, const host_processor_set *set, host_error *error)
{
    HOST_CALL(call, env, PROCESS_SCHED_SETAFFINITY, error);
    host_call_number(&call, "pid", pid);
    if (set == NULL) {
        return host_call_invalid(&call, "set is NULL");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int failed = env->operations.sched_setaffinity((pid_t)pid, sizeof(*set), (const cpu_set_t *)set);
    return host_call_finish(&call, failed ? errno : 0, 0);
}

host_status host_process_sched_getcpu(host_env *env, int *processor_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_SCHED_GETCPU, error);
    if (processor_out == NULL) {
        return host_call_invalid(&call, "processor_out is NULL");
    }
    *processor_out = -1;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *processor_out = env->operations.sched_getcpu();
    return host_call_finish(&call, *processor_out < 0 ? errno : 0, *processor_out);
}
