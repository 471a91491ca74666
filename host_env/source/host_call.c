/* Hides from every host_env function how an access is asked, numbered, recorded and turned into an error. */
#include "host_call.h"

#include "error_text.h"

static void record(host_call *call)
{
    if (call->env != NULL && call->env->record != NULL) {
        call->env->record(call->env->record_context, &call->access);
    }
}

static void set_outcome(host_call *call, host_status status, int code, int64_t result)
{
    call->access.status = status;
    call->access.host_code = code;
    call->access.result = result;
}

static host_status fail(host_call *call, host_status status, int code, const char *why)
{
    set_outcome(call, status, code, 0);
    record(call);
    if (call->error != NULL) {
        host_error_describe(call->error, &call->access, why);
    }
    return status;
}

host_status host_call_invalid_code(host_call *call, int code, const char *why)
{
    return fail(call, HOST_INVALID_ARGUMENT, code, why);
}

host_status host_call_invalid(host_call *call, const char *why)
{
    return host_call_invalid_code(call, EINVAL, why);
}

bool host_call_ask(host_call *call)
{
    host_env *env = call->env;
    set_outcome(call, HOST_OK, 0, 0);
    if (env != NULL && env->decide != NULL && env->decide(env->decide_context, &call->access) == HOST_DECISION_ALLOW) {
        return true;
    }
    fail(call, HOST_DENIED_BY_POLICY, EPERM, env == NULL || env->decide == NULL ? "no policy was given" : NULL);
    return false;
}

bool host_call_permitted_also(host_call *call, host_capability capability)
{
    host_capability first = call->access.capability;
    call->access.capability = capability;
    if (!host_call_permitted(call)) {
        return false;
    }
    call->access.capability = first;
    return true;
}

host_status host_call_tell(host_call *call, int code, int64_t result)
{
    if (code != 0) {
        return fail(call, host_status_from_errno(code), code, NULL);
    }
    set_outcome(call, HOST_OK, 0, result);
    call->env->record(call->env->record_context, &call->access); /* there is one, or host_call_finish would not have come here */
    return HOST_OK;
}

host_status host_call_finish_status(host_call *call, host_status status, int code, int64_t result, const char *why)
{
    if (status != HOST_OK) {
        return fail(call, status, code, why);
    }
    return host_call_finish(call, 0, result);
}
