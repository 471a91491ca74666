/* Changing what a file is: permissions, owner, times, size. */
#include "file_status_convert.h"
#include "fs_internal.h"

host_status host_fs_chmod(host_env *env, int directory, const char *path, uint32_t mode, int flags, host_error *error)
{
    HOST_CALL(call, env, FS_CHMOD, error);
    host_place place;
    fs_call_path(&call, directory, path);
    host_call_number(&call, "mode", mode);
    host_call_number(&call, "flags", flags);
    if (!fs_permitted(&call, path)) {
        return call.access.status;
    }
    int code = host_place_object(env, directory, path, flags, HOST_ROOT_WRITE, HOST_PLACE_NAME, &place);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    /* A file that is held was found with the caller's flags; its name in /proc must now be followed. */
    int result = env->operations.fchmodat(place.fd, place.path, mode, place.owned >= 0 ? flags & ~AT_SYMLINK_NOFOLLOW : flags);
    code = result < 0 ? errno : 0;
    host_place_release(env, &place);
    return host_call_finish(&call, code, 0);
}

host_status host_fs_chown(host_env *env, int directory, const char *path, uint32_t uid, uint32_t gid, int flags, host_error *error)
{
    HOST_CALL(call, env, FS_CHOWN, error);
    host_place place;
    fs_call_path(&call, directory, path);
    host_call_number(&call, "uid", uid);
    host_call_number(&call, "gid", gid);
    host_call_number(&call, "flags", flags);
    if (!fs_permitted(&call, path)) {
        return call.access.status;
    }
    int code = host_place_object(env, directory, path, flags, HOST_ROOT_WRITE, HOST_PLACE_DESCRIPTOR, &place);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    int result = env->operations.fchownat(place.fd, place.path, uid, gid, flags | place.flags);
    code = result < 0 ? errno : 0;
    host_place_release(env, &place);
    return host_call_finish(&call, code, 0);
}

host_status host_fs_utimens(host_env *env, int directory, const char *path, const host_file_time times[2], int flags, host_error *error)
{
    HOST_CALL(call, env, FS_UTIMENS, error);
    host_place place;
    struct timespec converted[2];
    fs_call_path(&call, directory, path);
    host_call_number(&call, "flags", flags);
    if (!fs_permitted(&call, path)) {
        return call.access.status;
    }
    int code = host_place_object(env, directory, path, flags, HOST_ROOT_WRITE, HOST_PLACE_DESCRIPTOR, &place);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    int result = env->operations.utimensat(place.fd, place.path, file_times_convert(converted, times), flags | place.flags);
    code = result < 0 ? errno : 0;
    host_place_release(env, &place);
    return host_call_finish(&call, code, 0);
}

host_status host_fs_truncate(host_env *env, const char *path, int64_t size_bytes, host_error *error)
{
    HOST_CALL(call, env, FS_TRUNCATE, error);
    host_place place;
    host_call_path(&call, "path", path);
    host_call_number(&call, "size", size_bytes);
    if (!fs_permitted(&call, path)) {
        return call.access.status;
    }
    int code = host_place_object(env, HOST_AT_CWD, path, 0, HOST_ROOT_WRITE, HOST_PLACE_NAME, &place);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    int result = env->operations.truncate(place.path, size_bytes);
    code = result < 0 ? errno : 0;
    host_place_release(env, &place);
    return host_call_finish(&call, code, 0);
}
