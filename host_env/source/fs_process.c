/* What belongs to the whole process or host: working directory, root directory, umask, sync. */
#include "fs_internal.h"

host_status host_fs_chdir(host_env *env, const char *path, host_error *error)
{
    HOST_CALL(call, env, FS_CHDIR, error);
    host_place place;
    host_call_path(&call, "path", path);
    if (!fs_permitted(&call, path)) {
        return call.access.status;
    }
    int code = host_place_object(env, HOST_AT_CWD, path, 0, HOST_ROOT_READ | HOST_ROOT_LIST, HOST_PLACE_NAME, &place);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    int result = env->operations.chdir(place.path);
    code = result < 0 ? errno : 0;
    host_place_release(env, &place);
    return host_call_finish(&call, code, 0);
}

host_status host_fs_fchdir(host_env *env, int fd, host_error *error)
{
    HOST_CALL(call, env, FS_FCHDIR, error);
    host_call_fd(&call, "fd", fd);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int held;
    int code = host_place_descriptor(env, fd, HOST_ROOT_READ | HOST_ROOT_LIST, &held);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    code = env->operations.fchdir(held) < 0 ? errno : 0;
    host_place_let_go(env, fd, held);
    return host_call_finish(&call, code, 0);
}

host_status host_fs_getcwd(host_env *env, char *path_out, size_t size_bytes, host_error *error)
{
    HOST_CALL(call, env, FS_GETCWD, error);
    host_place place;
    if (path_out == NULL || size_bytes == 0) {
        return host_call_invalid(&call, "there is no buffer");
    }
    path_out[0] = '\0';
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    /* Where we are is told only if we could go there. */
    int code = host_place_object(env, HOST_AT_CWD, ".", 0, HOST_ROOT_READ | HOST_ROOT_LIST, HOST_PLACE_DESCRIPTOR, &place);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    host_place_release(env, &place);
    char *result = env->operations.getcwd(path_out, size_bytes);
    return host_call_finish(&call, result == NULL ? errno : 0, 0);
}

host_status host_fs_chroot(host_env *env, const char *path, host_error *error)
{
    HOST_CALL(call, env, FS_CHROOT, error);
    host_call_path(&call, "path", path);
    if (!fs_permitted(&call, path)) {
        return call.access.status;
    }
    if (env->path_mode != HOST_PATHS_ANY) { /* the roots' texts would then mean other places */
        return host_call_finish_status(&call, HOST_UNSUPPORTED, ENOSYS, 0, "the root directory cannot change while paths are held beneath roots");
    }
    int result = env->operations.chroot(path);
    return host_call_finish(&call, result < 0 ? errno : 0, 0);
}

host_status host_fs_umask(host_env *env, uint32_t mask, uint32_t *old_mask_out, host_error *error)
{
    HOST_CALL(call, env, FS_UMASK, error);
    host_call_number(&call, "mask", mask);
    *old_mask_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *old_mask_out = env->operations.umask(mask);
    return host_call_finish(&call, 0, *old_mask_out);
}

host_status host_fs_sync(host_env *env, host_error *error)
{
    HOST_CALL(call, env, FS_SYNC, error);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    env->operations.sync();
    return host_call_finish(&call, 0, 0);
}
