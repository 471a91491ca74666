/* Hides from the broker that there are policy files. */
#include "broker_policy.h"

#include <stdio.h>

#include "folder_policy.h"

void broker_policy_init(broker_policy *rules_out, const policy *policy)
{
    rules_out->policy = policy;
    for (int i = 0; i < HOST_CAPABILITY_COUNT; i++)
        rules_out->numbers[i] = policy_capability_number(host_capability_name((host_capability)i));
}

host_decision broker_policy_decide(void *context, const host_access *access)
{
    const broker_policy *rules = context;
    policy_question question = {.capability = rules->numbers[access->capability]}; /* what is mounted holds the paths */
    if (access->capability == HOST_CAPABILITY_FD_USE)
        return HOST_DECISION_ALLOW;
    return policy_decide(rules->policy, &question) == POLICY_ALLOW ? HOST_DECISION_ALLOW : HOST_DECISION_DENY;
}

/* ---- Folders ---- */

static bool covers_mount(const broker_policy *rules, host_env *looker, const broker_mount_config *mount)
{
    return mount->host_path && folder_policy_covers(rules->policy, looker, mount->host_path, "fs.read") &&
           folder_policy_covers(rules->policy, looker, mount->host_path, "fs.list") &&
           (mount->mode != BROKER_MOUNT_READ_WRITE || folder_policy_covers(rules->policy, looker, mount->host_path, "fs.write"));
}

/* Links are followed to compare, and nothing else is looked at. */
static host_decision allow_looking(void *context, const host_access *access)
{
    (void)context;
    return access->capability == HOST_CAPABILITY_FS_READ ? HOST_DECISION_ALLOW : HOST_DECISION_DENY;
}

host_status broker_policy_check(const broker_policy *rules, const broker_mount_config *mounts, size_t mount_count, host_error *error)
{
    host_env_config config = HOST_ENV_CONFIG_INIT;
    host_env *looker;
    config.decide = allow_looking;
    config.path_mode = HOST_PATHS_ANY;
    host_status status = host_env_create(&config, &looker, error);
    for (size_t i = 0; i < mount_count && status == HOST_OK; i++) {
        if (covers_mount(rules, looker, &mounts[i]))
            continue;
        status = HOST_DENIED_BY_POLICY;
        if (error) {
            *error = (host_error){.status = status, .operation = "broker_policy_check"};
            snprintf(error->message, sizeof error->message, "the policy does not grant this folder to mount: %.180s",
                     mounts[i].host_path ? mounts[i].host_path : "(none)");
        }
    }
    if (status != HOST_DENIED_BY_POLICY && status != HOST_OK)
        return status;
    host_env_destroy(looker);
    return status;
}
