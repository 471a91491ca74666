/* Hides from the broker that there are policy files. */
#include "broker_policy.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "host_env/fs.h"

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

static bool is_beneath(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    if (length == 1)
        return true; /* "/" */
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static bool denies_paths(const broker_policy *rules, int number)
{
    policy_folder folder;
    for (size_t i = 0; policy_folder_at(rules->policy, i, &folder); i++)
        if (folder.capability == number && folder.is_deny)
            return true;
    return false;
}

static bool covers(const broker_policy *rules, host_env *looker, const char *path, host_capability capability)
{
    int number = rules->numbers[capability];
    char real[PATH_MAX], folder_real[PATH_MAX];
    policy_folder folder;
    if (denies_paths(rules, number)) /* a mount is held as a whole, so nothing in it can be left out */
        return false;
    if (policy_allows_anywhere(rules->policy, number))
        return true;
    if (host_fs_realpath(looker, path, real, sizeof real, NULL) != HOST_OK)
        return false;
    for (size_t i = 0; policy_folder_at(rules->policy, i, &folder); i++)
        if (folder.capability == number && !folder.is_deny && !folder.is_pattern && host_fs_realpath(looker, folder.path, folder_real, sizeof folder_real, NULL) == HOST_OK &&
            is_beneath(real, folder_real))
            return true;
    return false;
}

static bool covers_mount(const broker_policy *rules, host_env *looker, const broker_mount_config *mount)
{
    return mount->host_path && covers(rules, looker, mount->host_path, HOST_CAPABILITY_FS_READ) &&
           covers(rules, looker, mount->host_path, HOST_CAPABILITY_FS_LIST) &&
           (mount->mode != BROKER_MOUNT_READ_WRITE || covers(rules, looker, mount->host_path, HOST_CAPABILITY_FS_WRITE));
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
