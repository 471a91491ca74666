/* Follows the name a program was called by, as CPython's getpath.py does. */
#include "full_program.h"

#include <stdio.h>
#include <string.h>

#include "host_env/env.h"
#include "host_env/fs.h"

enum { MAY_RUN = 1 /* X_OK */, PATH_BYTES_MAX = 4096 };

static bool is_in_path(host_env *host, const char *name)
{
    const char *folders;
    char path[PATH_BYTES_MAX];
    if (host_env_get(host, "PATH", &folders, NULL) != HOST_OK) return false;
    while (*folders != '\0') {
        int length = (int)strcspn(folders, ":");
        if (snprintf(path, sizeof path, "%.*s/%s", length, folders, name) < (int)sizeof path &&
            host_fs_access(host, HOST_AT_CWD, path, MAY_RUN, 0, NULL) == HOST_OK)
            return true;
        folders += length + (folders[length] == ':');
    }
    return false;
}

bool full_program_can_be_found(host_env *host, const char *name)
{
    char folder[PATH_BYTES_MAX];
    if (name[0] == '/') return true;
    if (strchr(name, '/') == NULL) return is_in_path(host, name);
    return host_fs_getcwd(host, folder, sizeof folder, NULL) == HOST_OK && host_fs_access(host, HOST_AT_CWD, name, MAY_RUN, 0, NULL) == HOST_OK;
}
