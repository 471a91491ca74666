/* Extended attributes by path. */
#include "fs_internal.h"

/* Steps 1 and 2 and the place; false: call.access.status is final. */
static bool attribute_place(host_call *call, const char *path, const char *name, host_link_handling handling, unsigned int rights,
                            host_place *place_out)
{
    if (name == NULL) {
        host_call_invalid_code(call, EFAULT, "the name is NULL");
        return false;
    }
    if (!fs_permitted(call, path)) {
        return false;
    }
    int flags = handling == HOST_LINK_ITSELF ? AT_SYMLINK_NOFOLLOW : 0;
    int code = host_place_object(call->env, HOST_AT_CWD, path, flags, rights, HOST_PLACE_NAME, place_out);
    if (code != 0) {
        host_place_refuse(call, code);
        return false;
    }
    return true;
}

/* What is held has a name in /proc that must be followed, even to a link. */
static bool follows(const host_place *place, host_link_handling handling)
{
    return handling == HOST_LINK_FOLLOW || place->owned >= 0;
}

static host_status attribute_finish(host_call *call, host_place *place, int code, ssize_t result)
{
    host_place_release(call->env, place);
    return host_call_finish(call, code, result);
}

host_status host_fs_getxattr(host_env *env, const char *path, const char *name, void *value_out, size_t size_bytes, host_link_handling handling,
                             size_t *size_out, host_error *error)
{
    HOST_CALL(call, env, FS_GETXATTR, error);
    host_place place;
    host_call_path(&call, "path", path);
    host_call_name(&call, "name", name);
    host_call_number(&call, "handling", handling);
    *size_out = 0;
    if (!attribute_place(&call, path, name, handling, HOST_ROOT_READ, &place)) {
        return call.access.status;
    }
    ssize_t size = follows(&place, handling) ? env->operations.getxattr(place.path, name, value_out, size_bytes)
                                             : env->operations.lgetxattr(place.path, name, value_out, size_bytes);
    int code = size < 0 ? errno : 0;
    *size_out = size < 0 ? 0 : (size_t)size;
    return attribute_finish(&call, &place, code, size);
}

host_status host_fs_setxattr(host_env *env, const char *path, const char *name, const void *value, size_t size_bytes, int flags,
                             host_link_handling handling, host_error *error)
{
    HOST_CALL(call, env, FS_SETXATTR, error);
    host_place place;
    host_call_path(&call, "path", path);
    host_call_name(&call, "name", name);
    host_call_number(&call, "flags", flags);
    host_call_number(&call, "handling", handling);
    if (!attribute_place(&call, path, name, handling, HOST_ROOT_WRITE, &place)) {
        return call.access.status;
    }
    int result = follows(&place, handling) ? env->operations.setxattr(place.path, name, value, size_bytes, flags)
                                           : env->operations.lsetxattr(place.path, name, value, size_bytes, flags);
    return attribute_finish(&call, &place, result < 0 ? errno : 0, 0);
}

host_status host_fs_listxattr(host_env *env, const char *path, char *names_out, size_t size_bytes, host_link_handling handling, size_t *size_out,
                              host_error *error)
{
    HOST_CALL(call, env, FS_LISTXATTR, error);
    host_place place;
    host_call_path(&call, "path", path);
    host_call_number(&call, "handling", handling);
    *size_out = 0;
    if (!attribute_place(&call, path, "", handling, HOST_ROOT_READ, &place)) {
        return call.access.status;
    }
    ssize_t size = follows(&place, handling) ? env->operations.listxattr(place.path, names_out, size_bytes)
                                             : env->operations.llistxattr(place.path, names_out, size_bytes);
    int code = size < 0 ? errno : 0;
    *size_out = size < 0 ? 0 : (size_t)size;
    return attribute_finish(&call, &place, code, size);
}

host_status host_fs_removexattr(host_env *env, const char *path, const char *name, host_link_handling handling, host_error *error)
{
    HOST_CALL(call, env, FS_REMOVEXATTR, error);
    host_place place;
    host_call_path(&call, "path", path);
    host_call_name(&call, "name", name);
    host_call_number(&call, "handling", handling);
    if (!attribute_place(&call, path, name, handling, HOST_ROOT_WRITE, &place)) {
        return call.access.status;
    }
    int result = follows(&place, handling) ? env->operations.removexattr(place.path, name) : env->operations.lremovexattr(place.path, name);
    return attribute_finish(&call, &place, result < 0 ? errno : 0, 0);
}
