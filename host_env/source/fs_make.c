/* Making, renaming and removing names. */
#include "fs_internal.h"

/* What the four that make a node differ in. */
typedef struct node {
    host_call *call;
    int directory;
    const char *path;
} node;

/* Steps 2 and 3 up to the host: 0 and a place, or the final status in *status_out. */
static bool node_place(const node *node, host_place *place_out)
{
    if (!fs_permitted(node->call, node->path)) {
        return false;
    }
    int code = host_place_parent(node->call->env, node->directory, node->path, place_out);
    if (code != 0) {
        host_place_refuse(node->call, code);
        return false;
    }
    return true;
}

static host_status node_finish(const node *node, host_place *place, int code)
{
    host_place_release(node->call->env, place);
    return host_call_finish(node->call, code, 0);
}

host_status host_fs_mkdir(host_env *env, int directory, const char *path, uint32_t mode, host_error *error)
{
    HOST_CALL(call, env, FS_MKDIR, error);
    node node = { &call, directory, path };
    host_place place;
    fs_call_path(&call, directory, path);
    host_call_number(&call, "mode", mode);
    if (!node_place(&node, &place)) {
        return call.access.status;
    }
    int result = env->operations.mkdirat(place.fd, place.path, mode);
    return node_finish(&node, &place, result < 0 ? errno : 0);
}

host_status host_fs_mkfifo(host_env *env, int directory, const char *path, uint32_t mode, host_error *error)
{
    HOST_CALL(call, env, FS_MKFIFO, error);
    node node = { &call, directory, path };
    host_place place;
    fs_call_path(&call, directory, path);
    host_call_number(&call, "mode", mode);
    if (!node_place(&node, &place)) {
        return call.access.status;
    }
    int result = env->operations.mkfifoat(place.fd, place.path, mode);
    return node_finish(&node, &place, result < 0 ? errno : 0);
}

host_status host_fs_mknod(host_env *env, int directory, const char *path, uint32_t mode, uint64_t device, host_error *error)
{
    HOST_CALL(call, env, FS_MKNOD, error);
    node node = { &call, directory, path };
    host_place place;
    fs_call_path(&call, directory, path);
    host_call_number(&call, "mode", mode);
    host_call_number(&call, "device", (int64_t)device);
    if (env != NULL && env->path_mode != HOST_PATHS_ANY && (S_ISCHR(mode) || S_ISBLK(mode))) {
        /* A node beneath a root whose device is anywhere: a disk, memory. Asked all the same, so that the policy sees the attempt. */
        return host_call_permitted(&call) ? host_place_refuse(&call, EXDEV) : call.access.status;
    }
    if (!node_place(&node, &place)) {
        return call.access.status;
    }
    int result = env->operations.mknodat(place.fd, place.path, mode, device);
    return node_finish(&node, &place, result < 0 ? errno : 0);
}

host_status host_fs_symlink(host_env *env, const char *target, int directory, const char *path, host_error *error)
{
    HOST_CALL(call, env, FS_SYMLINK, error);
    node node = { &call, directory, path };
    host_place place;
    host_call_path(&call, "target", target);
    fs_call_path(&call, directory, path);
    if (target == NULL) {
        return host_call_invalid_code(&call, EFAULT, "the target is NULL");
    }
    if (!node_place(&node, &place)) {
        return call.access.status;
    }
    int result = env->operations.symlinkat(target, place.fd, place.path);
    return node_finish(&node, &place, result < 0 ? errno : 0);
}

host_status host_fs_unlink(host_env *env, int directory, const char *path, int flags, host_error *error)
{
    HOST_CALL(call, env, FS_UNLINK, error);
    node node = { &call, directory, path };
    host_place place;
    fs_call_path(&call, directory, path);
    host_call_number(&call, "flags", flags);
    if (!node_place(&node, &place)) {
        return call.access.status;
    }
    int result = env->operations.unlinkat(place.fd, place.path, flags);
    return node_finish(&node, &place, result < 0 ? errno : 0);
}

static void call_two_paths(host_call *call, int directory, const char *path, int new_directory, const char *new_path, unsigned int flags)
{
    fs_call_path(call, directory, path);
    host_call_fd(call, "new_directory", new_directory);
    host_call_path(call, "new_path", new_path);
    host_call_number(call, "flags", flags);
}

host_status host_fs_rename(host_env *env, int directory, const char *path, int new_directory, const char *new_path, unsigned int flags,
                           host_error *error)
{
    HOST_CALL(call, env, FS_RENAME, error);
    host_place from, to;
    call_two_paths(&call, directory, path, new_directory, new_path, flags);
    if (!fs_permitted(&call, path == NULL ? path : new_path)) {
        return call.access.status;
    }
    int code = host_place_parent(env, directory, path, &from);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    code = host_place_parent(env, new_directory, new_path, &to);
    if (code != 0) {
        host_place_release(env, &from);
        return host_place_refuse(&call, code);
    }
    int result = env->operations.renameat2(from.fd, from.path, to.fd, to.path, flags);
    code = result < 0 ? errno : 0;
    host_place_release(env, &from);
    host_place_release(env, &to);
    return host_call_finish(&call, code, 0);
}

/* A second name in a writable root would let one write through it to what a root grants for reading only: hence WRITE for the source too. */
host_status host_fs_link(host_env *env, int directory, const char *path, int new_directory, const char *new_path, int flags, host_error *error)
{
    HOST_CALL(call, env, FS_LINK, error);
    host_place from, to;
    call_two_paths(&call, directory, path, new_directory, new_path, (unsigned int)flags);
    if (!fs_permitted(&call, path == NULL ? path : new_path)) {
        return call.access.status;
    }
    int follow = (flags & AT_SYMLINK_FOLLOW) ? 0 : AT_SYMLINK_NOFOLLOW;
    int code = host_place_object(env, directory, path, follow, HOST_ROOT_READ | HOST_ROOT_WRITE, HOST_PLACE_NAME, &from);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    code = host_place_parent(env, new_directory, new_path, &to);
    if (code != 0) {
        host_place_release(env, &from);
        return host_place_refuse(&call, code);
    }
    /* What is held is named by a link of /proc, which must be followed, to itself if it is a link. */
    int result = env->operations.linkat(from.fd, from.path, to.fd, to.path, from.owned >= 0 ? flags | AT_SYMLINK_FOLLOW : flags);
    code = result < 0 ? errno : 0;
    host_place_release(env, &from);
    host_place_release(env, &to);
    return host_call_finish(&call, code, 0);
}
