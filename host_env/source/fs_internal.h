/* Steps 1 and 2 for functions that take a path. Private to host_env. */
#ifndef HOST_ENV_SOURCE_FS_INTERNAL_H
#define HOST_ENV_SOURCE_FS_INTERNAL_H

#include "host_env/fs.h"
#include "path_place.h"

_Static_assert(HOST_AT_CWD == AT_FDCWD, "HOST_AT_CWD is passed to the host as it is");

static inline void fs_call_path(host_call *call, int directory, const char *path)
{
    host_call_fd(call, "directory", directory);
    host_call_path(call, "path", path);
}

/* Checks that the texts are there, then asks. If not, call.access.status says why. */
static inline bool fs_permitted(host_call *call, const char *path)
{
    if (path == NULL) {
        host_call_invalid_code(call, EFAULT, "the path is NULL");
        return false;
    }
    return host_call_permitted(call);
}

/* Opens beneath what path_mode allows, for fs_open and fs_directory_open. */
unsigned int fs_rights_of_open(int flags);

#endif
