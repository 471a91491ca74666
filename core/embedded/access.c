/* Hides from the interpreter's policy that the host speaks of accesses in libcordon's words. */
#include "embedded.h"

#include "host_env/function.h"

static const char *path_of(const host_access *access)
{
    for (uint32_t i = 0; i < access->argument_count; i++)
        if (access->arguments[i].kind == HOST_ARGUMENT_PATH)
            return access->arguments[i].value.text;
    return NULL;
}

static cordon_access told(const host_access *access)
{
    return (cordon_access){.operation = host_function_describe(access->function)->name,
                           .capability = host_capability_name(access->capability),
                           .path = path_of(access)};
}

static host_decision decide(void *context, const host_access *access)
{
    const cordon_interpreter *interpreter = context;
    const cordon_access asked = told(access);
    return interpreter->permit(interpreter->access_context, &asked) ? HOST_DECISION_ALLOW : HOST_DECISION_DENY;
}

static void record(void *context, const host_access *access)
{
    const cordon_interpreter *interpreter = context;
    cordon_access done = told(access);
    done.is_done = true;
    done.is_refused = access->status == HOST_DENIED_BY_POLICY;
    done.host_code = access->host_code;
    interpreter->record(interpreter->access_context, &done);
}

full_policy_hooks embedded_hooks(cordon_interpreter *interpreter)
{
    return (full_policy_hooks){.decide = interpreter->permit != NULL ? decide : NULL,
                               .record = interpreter->record != NULL ? record : NULL,
                               .context = interpreter};
}
