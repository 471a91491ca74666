/* Looking at files by path. */
#include <limits.h>
#include <string.h>

#include "file_status_convert.h"
#include "fs_internal.h"

static host_status stat_at(host_call *call, int directory, const char *path, int flags, host_file_status *status_out)
{
    host_env *env = call->env;
    host_place place;
    struct stat own;
    if (!fs_permitted(call, path)) {
        return call->access.status;
    }
    int code = host_place_object(env, directory, path, flags, HOST_ROOT_READ, HOST_PLACE_DESCRIPTOR, &place);
    if (code != 0) {
        return host_place_refuse(call, code);
    }
    int result = env->operations.fstatat(place.fd, place.path, file_status_room(status_out, &own), flags | place.flags);
    code = result < 0 ? errno : 0;
    host_place_release(env, &place);
    file_status_take(status_out, &own, code);
    return host_call_finish(call, code, 0);
}

HOST_HOT host_status host_fs_stat(host_env *env, int directory, const char *path, int flags, host_file_status *status_out, host_error *error)
{
    HOST_CALL(call, env, FS_STAT, error);
    fs_call_path(&call, directory, path);
    host_call_number(&call, "flags", flags);
    host_status status = stat_at(&call, directory, path, flags, status_out);
    if (status != HOST_OK) {
        *status_out = (host_file_status){ 0 };
    }
    return status;
}

host_status host_fs_access(host_env *env, int directory, const char *path, int mode, int flags, host_error *error)
{
    HOST_CALL(call, env, FS_ACCESS, error);
    host_place place;
    fs_call_path(&call, directory, path);
    host_call_number(&call, "mode", mode);
    host_call_number(&call, "flags", flags);
    if (!fs_permitted(&call, path)) {
        return call.access.status;
    }
    int code = host_place_object(env, directory, path, flags, HOST_ROOT_READ, HOST_PLACE_DESCRIPTOR, &place);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    int result = env->operations.faccessat(place.fd, place.path, mode, flags | place.flags);
    code = result < 0 ? errno : 0;
    host_place_release(env, &place);
    return host_call_finish(&call, code, 0);
}

host_status host_fs_readlink(host_env *env, int directory, const char *path, char *target_out, size_t size_bytes, size_t *length_out,
                             host_error *error)
{
    HOST_CALL(call, env, FS_READLINK, error);
    host_place place;
    fs_call_path(&call, directory, path);
    *length_out = 0;
    if (target_out == NULL) {
        return host_call_invalid(&call, "there is no buffer");
    }
    if (!fs_permitted(&call, path)) {
        return call.access.status;
    }
    /* An empty path means a link that was opened with O_PATH. */
    int code = host_place_object(env, directory, path, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, HOST_ROOT_READ, HOST_PLACE_DESCRIPTOR, &place);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    ssize_t length = env->operations.readlinkat(place.fd, place.path, target_out, size_bytes);
    code = length < 0 ? errno : 0;
    if (code == ENOENT && place.owned >= 0) {
        code = EINVAL; /* by descriptor the kernel says so of what is no link */
    }
    host_place_release(env, &place);
    *length_out = code == 0 ? (size_t)length : 0;
    return host_call_finish(&call, code, length);
}

/* Beneath roots the kernel has found the file; its own name for it is the answer. */
static int real_path_of(host_env *env, const host_place *place, char text_out[PATH_MAX])
{
    if (place->owned < 0) {
        return env->operations.realpath(place->path, text_out) == NULL ? errno : 0;
    }
    ssize_t length = env->operations.readlinkat(AT_FDCWD, place->proc, text_out, PATH_MAX - 1);
    if (length < 0) {
        return errno;
    }
    text_out[length] = '\0';
    return 0;
}

host_status host_fs_realpath(host_env *env, const char *path, char *path_out, size_t size_bytes, host_error *error)
{
    HOST_CALL(call, env, FS_REALPATH, error);
    host_place place;
    char text[PATH_MAX];
    host_call_path(&call, "path", path);
    if (path_out == NULL || size_bytes == 0) {
        return host_call_invalid(&call, "there is no buffer");
    }
    path_out[0] = '\0';
    if (!fs_permitted(&call, path)) {
        return call.access.status;
    }
    int code = host_place_object(env, HOST_AT_CWD, path, 0, HOST_ROOT_READ, HOST_PLACE_NAME, &place);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    code = real_path_of(env, &place, text);
    host_place_release(env, &place);
    if (code == 0 && strlen(text) >= size_bytes) {
        code = ERANGE;
    }
    if (code == 0) {
        memcpy(path_out, text, strlen(text) + 1);
    }
    return host_call_finish(&call, code, 0);
}

host_status host_fs_statvfs(host_env *env, const char *path, host_file_system_status *status_out, host_error *error)
{
    HOST_CALL(call, env, FS_STATVFS, error);
    host_place place;
    struct statvfs status;
    host_call_path(&call, "path", path);
    memset(status_out, 0, sizeof(*status_out));
    if (!fs_permitted(&call, path)) {
        return call.access.status;
    }
    int code = host_place_object(env, HOST_AT_CWD, path, 0, HOST_ROOT_READ, HOST_PLACE_NAME, &place);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    int result = env->operations.statvfs(place.path, &status);
    code = result < 0 ? errno : 0;
    host_place_release(env, &place);
    if (code == 0) {
        file_system_status_convert(status_out, &status);
    }
    return host_call_finish(&call, code, 0);
}

host_status host_fs_pathconf(host_env *env, const char *path, int name, int64_t *value_out, host_error *error)
{
    HOST_CALL(call, env, FS_PATHCONF, error);
    host_place place;
    host_call_path(&call, "path", path);
    host_call_number(&call, "name", name);
    *value_out = -1;
    if (!fs_permitted(&call, path)) {
        return call.access.status;
    }
    int code = host_place_object(env, HOST_AT_CWD, path, 0, HOST_ROOT_READ, HOST_PLACE_NAME, &place);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    errno = 0; /* -1 with errno untouched means "no limit" */
    *value_out = env->operations.pathconf(place.path, name);
    code = *value_out < 0 ? errno : 0;
    host_place_release(env, &place);
    return host_call_finish(&call, code, *value_out);
}
