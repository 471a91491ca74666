/* Hides which mechanisms confine a process, and in which order. */
#include "lockdown_internal.h"

#include <stdlib.h>

#include "host_call.h"

host_status lockdown_refuse(lockdown_refusal *refusal, host_status status, int code, const char *why)
{
    *refusal = (lockdown_refusal){status, code, why};
    return status;
}

static const char *config_is_wrong(const host_lockdown_config *config)
{
    if (config == NULL || config->struct_size != sizeof(*config)) {
        return "config is NULL or of another version";
    }
    if ((config->limit_count > 0 && config->limits == NULL) || (config->kept_count > 0 && config->kept == NULL) ||
        (config->path_count > 0 && config->paths == NULL) ||
        (config->filter != NULL && config->filter->rule_count > 0 && config->filter->rules == NULL)) {
        return "a list is NULL but has a count";
    }
    const unsigned int known = HOST_LOCKDOWN_NEW_GROUP | HOST_LOCKDOWN_NEW_SESSION | HOST_LOCKDOWN_NO_CORE |
                               HOST_LOCKDOWN_UNDUMPABLE | HOST_LOCKDOWN_NO_NEW_PRIVILEGES;
    if ((config->wishes & ~known) != 0) {
        return "no such wish"; /* a wish of a later version must not be dropped in silence */
    }
    if ((unsigned int)config->files > HOST_LOCKDOWN_FILES_ONLY_PATHS ||
        (unsigned int)config->descriptors > HOST_LOCKDOWN_DESCRIPTORS_CLOSE_OTHERS) {
        return "no such choice";
    }
    bool useless = (config->files == HOST_LOCKDOWN_FILES_KEEP && config->path_count > 0) ||
                   (config->descriptors == HOST_LOCKDOWN_DESCRIPTORS_KEEP && config->kept_count > 0);
    return useless ? "a list is given that the config does not use" : NULL;
}

host_status lockdown_prepare_with(const struct lockdown_mechanism *const *mechanisms,
                                  const struct host_operations *operations, const host_lockdown_config *config,
                                  host_lockdown **lockdown_out, lockdown_refusal *refusal)
{
    host_lockdown *lockdown = calloc(1, sizeof(*lockdown));
    if (lockdown == NULL) {
        return lockdown_refuse(refusal, HOST_NO_MEMORY, ENOMEM, "no memory for a lockdown");
    }
    lockdown->operations_copy = *operations;
    lockdown->operations = &lockdown->operations_copy;
    lockdown->ruleset = -1;
    for (size_t i = 0; mechanisms[i] != NULL; i++) {
        host_status status = mechanisms[i]->prepare(lockdown, config, refusal);
        if (status != HOST_OK) {
            host_lockdown_destroy(lockdown);
            return status;
        }
    }
    *lockdown_out = lockdown;
    return HOST_OK;
}

host_status host_lockdown_prepare(host_env *env, const host_lockdown_config *config, host_lockdown **lockdown_out,
                                  host_error *error)
{
    HOST_CALL(call, env, LOCKDOWN_PREPARE, error);
    if (lockdown_out == NULL) {
        return host_call_invalid(&call, "lockdown_out is NULL");
    }
    *lockdown_out = NULL;
    const char *wrong = config_is_wrong(config);
    if (wrong != NULL) {
        return host_call_invalid(&call, wrong);
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    lockdown_refusal refusal = {0};
    host_status status =
        lockdown_prepare_with(lockdown_mechanisms_linux, &env->operations, config, lockdown_out, &refusal);
    return status == HOST_OK ? host_call_finish(&call, 0, 0)
                             : host_call_finish_status(&call, status, refusal.code, 0, refusal.why);
}

int lockdown_apply(const host_lockdown *lockdown, const struct host_operations *operations, int ruleset,
                   const char **failure_out)
{
    for (size_t i = 0; lockdown_mechanisms_linux[i] != NULL; i++) {
        int code = lockdown_mechanisms_linux[i]->enter(lockdown, operations, ruleset);
        if (code != 0) {
            *failure_out = lockdown_mechanisms_linux[i]->failure;
            return code;
        }
    }
    return 0;
}

host_status host_lockdown_enter(host_env *env, const host_lockdown *lockdown, host_error *error)
{
    HOST_CALL(call, env, LOCKDOWN_ENTER, error);
    if (lockdown == NULL) {
        return host_call_invalid(&call, "lockdown is NULL");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    host_call_finish(&call, 0, 0); /* before: a record may need what is taken away */
    const char *failure = NULL;
    int code = lockdown_apply(lockdown, &env->operations, lockdown->ruleset, &failure);
    return code == 0 ? HOST_OK : host_call_finish_status(&call, host_status_from_errno(code), code, 0, failure);
}

int lockdown_ruleset(const host_lockdown *lockdown)
{
    return lockdown != NULL ? lockdown->ruleset : -1;
}

bool lockdown_closes_descriptors(const host_lockdown *lockdown)
{
    return lockdown != NULL && lockdown->descriptors == HOST_LOCKDOWN_DESCRIPTORS_CLOSE_OTHERS;
}

void host_lockdown_destroy(host_lockdown *lockdown)
{
    if (lockdown == NULL) {
        return;
    }
    if (lockdown->ruleset >= 0) {
        lockdown->operations->close(lockdown->ruleset);
    }
    free(lockdown->program);
    free(lockdown);
}
