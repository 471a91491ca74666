/* Opening by path: hides which capabilities and rights the flags of open(2) ask for. */
#include "fs_internal.h"

static bool reads(int flags)
{
    return (flags & O_PATH) || (flags & O_ACCMODE) == O_RDONLY || (flags & O_ACCMODE) == O_RDWR || (flags & O_ACCMODE) == O_ACCMODE;
}

static bool changes(int flags)
{
    if (flags & O_PATH) {
        return false; /* the kernel ignores all else then */
    }
    return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

unsigned int fs_rights_of_open(int flags)
{
    return (reads(flags) ? HOST_ROOT_READ : 0u) | (changes(flags) ? HOST_ROOT_WRITE : 0u);
}

HOST_HOT host_status host_fs_open(host_env *env, int directory, const char *path, int flags, uint32_t mode, int *fd_out, host_error *error)
{
    HOST_CALL(call, env, FS_OPEN, error);
    fs_call_path(&call, directory, path);
    host_call_number(&call, "flags", flags);
    host_call_number(&call, "mode", mode);
    *fd_out = -1;
    if (changes(flags)) {
        call.access.capability = HOST_CAPABILITY_FS_WRITE;
    }
    if (!fs_permitted(&call, path)) {
        return call.access.status;
    }
    if (changes(flags) && reads(flags) && !host_call_permitted_also(&call, HOST_CAPABILITY_FS_READ)) {
        return call.access.status;
    }
    int code = host_place_open(env, directory, path, flags, mode, fs_rights_of_open(flags), fd_out);
    return code == 0 ? host_call_finish(&call, 0, *fd_out) : host_place_refuse(&call, code);
}
