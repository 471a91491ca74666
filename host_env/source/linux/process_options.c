/* Hides prctl(2): which option has which number, and which of them answer through a pointer. */
#include "host_env/process.h"

#include "host_call.h"

typedef enum answer { ANSWER_RESULT, ANSWER_POINTER } answer;

static const struct process_option {
    int set;
    int get;
    answer answered_by;
} options[] = {
    [HOST_PROCESS_OPTION_PARENT_DEATH_SIGNAL] = {PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, ANSWER_POINTER},
    [HOST_PROCESS_OPTION_DUMPABLE] = {PR_SET_DUMPABLE, PR_GET_DUMPABLE, ANSWER_RESULT},
    [HOST_PROCESS_OPTION_NO_NEW_PRIVILEGES] = {PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, ANSWER_RESULT},
    [HOST_PROCESS_OPTION_CHILD_SUBREAPER] = {PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER, ANSWER_POINTER},
};

static const struct process_option *option_find(host_process_option option)
{
    size_t index = (size_t)option;
    return index < sizeof(options) / sizeof(options[0]) && options[index].set != 0 ? &options[index] : NULL;
}

host_status host_process_prctl_set(host_env *env, host_process_option option, int64_t value, host_error *error)
{
    HOST_CALL(call, env, PROCESS_PRCTL_SET, error);
    host_call_number(&call, "option", option);
    host_call_number(&call, "value", value);
    const struct process_option *found = option_find(option);
    if (found == NULL) {
        return host_call_invalid(&call, "no such option");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int failed = env->operations.prctl_option(found->set, (unsigned long)value);
    return host_call_finish(&call, failed ? errno : 0, 0);
}

host_status host_process_prctl_get(host_env *env, host_process_option option, int64_t *value_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_PRCTL_GET, error);
    host_call_number(&call, "option", option);
    const struct process_option *found = option_find(option);
    if (found == NULL || value_out == NULL) {
        return host_call_invalid(&call, found == NULL ? "no such option" : "value_out is NULL");
    }
    *value_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int value = 0;
    int result =
        env->operations.prctl_option(found->get, found->answered_by == ANSWER_POINTER ? (unsigned long)&value : 0);
    int code = result < 0 ? errno : 0;
    if (code == 0) {
        *value_out = found->answered_by == ANSWER_POINTER ? value : result;
    }
    return host_call_finish(&call, code, *value_out);
}
