/* Hides how a folder is compared with those that a policy names. */
#include "folder_policy.h"

#include <limits.h>
#include <string.h>

#include "host_env/fs.h"

static bool is_beneath(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    if (length == 1)
        return true; /* "/" */
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static bool denies_paths(const policy *policy, int capability)
{
    policy_folder folder;
    for (size_t i = 0; policy_folder_at(policy, i, &folder); i++)
        if (folder.capability == capability && folder.is_deny)
            return true;
    return false;
}

bool folder_policy_covers(const policy *policy, host_env *looker, const char *path, const char *capability)
{
    int number = policy_capability_number(capability);
    char real[PATH_MAX], folder_real[PATH_MAX];
    policy_folder folder;
    if (denies_paths(policy, number))
        return false;
    if (policy_allows_anywhere(policy, number))
        return true;
    if (host_fs_realpath(looker, path, real, sizeof real, NULL) != HOST_OK)
        return false;
    for (size_t i = 0; policy_folder_at(policy, i, &folder); i++)
        if (folder.capability == number && !folder.is_deny && !folder.is_pattern &&
            host_fs_realpath(looker, folder.path, folder_real, sizeof folder_real, NULL) == HOST_OK && is_beneath(real, folder_real))
            return true;
    return false;
}
