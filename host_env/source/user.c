/* Hides how users and groups are looked up, and that libc answers "not there" in several ways. */
#include "host_env/user.h"

#include "host_call.h"

/* getpwnam_r(3): "0 or ENOENT or ESRCH or EBADF or EPERM or ..." all mean that there is none; only what a caller can
 * act on is kept apart. */
static host_status lookup_finish(host_call *call, int code, const void *found)
{
    if (found != NULL || code == ERANGE || code == EINTR || code == EIO || code == EMFILE || code == ENFILE ||
        code == ENOMEM) {
        return host_call_finish(call, code, 0);
    }
    return host_call_finish_status(call, HOST_MISSING, ENOENT, 0, "the database has no such entry");
}

static bool buffer_is_usable(host_user_buffer buffer)
{
    return buffer.bytes != NULL && buffer.size_bytes > 0;
}

static host_status user_finish(host_call *call, int code, const struct passwd *user, const struct passwd *found,
                               host_user *user_out)
{
    if (code == 0 && found != NULL) {
        *user_out = (host_user){user->pw_name,  user->pw_passwd, user->pw_uid,  user->pw_gid,
                                user->pw_gecos, user->pw_dir,    user->pw_shell};
    }
    return lookup_finish(call, code, code == 0 ? found : NULL);
}

static host_status group_finish(host_call *call, int code, const struct group *group, const struct group *found,
                                host_user_group *group_out)
{
    if (code == 0 && found != NULL) {
        *group_out =
            (host_user_group){group->gr_name, group->gr_passwd, group->gr_gid, (const char *const *)group->gr_mem};
    }
    return lookup_finish(call, code, code == 0 ? found : NULL);
}

host_status host_user_getpwnam(host_env *env, const char *name, host_user_buffer buffer, host_user *user_out,
                               host_error *error)
{
    HOST_CALL(call, env, USER_GETPWNAM, error);
    host_call_name(&call, "name", name);
    if (name == NULL || user_out == NULL || !buffer_is_usable(buffer)) {
        return host_call_invalid(&call, "name, buffer or user_out is NULL");
    }
    *user_out = (host_user){0};
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct passwd user, *found = NULL;
    int code = env->operations.getpwnam_r(name, &user, buffer.bytes, buffer.size_bytes, &found);
    return user_finish(&call, code, &user, found, user_out);
}

host_status host_user_getpwuid(host_env *env, uint32_t uid, host_user_buffer buffer, host_user *user_out,
                               host_error *error)
{
    HOST_CALL(call, env, USER_GETPWUID, error);
    host_call_number(&call, "uid", uid);
    if (user_out == NULL || !buffer_is_usable(buffer)) {
        return host_call_invalid(&call, "buffer or user_out is NULL");
    }
    *user_out = (host_user){0};
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct passwd user, *found = NULL;
    int code = env->operations.getpwuid_r(uid, &user, buffer.bytes, buffer.size_bytes, &found);
    return user_finish(&call, code, &user, found, user_out);
}

host_status host_user_getpwent(host_env *env, host_user_buffer buffer, host_user *user_out, host_error *error)
{
    HOST_CALL(call, env, USER_GETPWENT, error);
    if (user_out == NULL || !buffer_is_usable(buffer)) {
        return host_call_invalid(&call, "buffer or user_out is NULL");
    }
    *user_out = (host_user){0};
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct passwd user, *found = NULL;
    int code = env->operations.getpwent_r(&user, buffer.bytes, buffer.size_bytes, &found);
    return user_finish(&call, code, &user, found, user_out);
}

host_status host_user_getgrnam(host_env *env, const char *name, host_user_buffer buffer, host_user_group *group_out,
                               host_error *error)
{
    HOST_CALL(call, env, USER_GETGRNAM, error);
    host_call_name(&call, "name", name);
    if (name == NULL || group_out == NULL || !buffer_is_usable(buffer)) {
        return host_call_invalid(&call, "name, buffer or group_out is NULL");
    }
    *group_out = (host_user_group){0};
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct group group, *found = NULL;
    int code = env->operations.getgrnam_r(name, &group, buffer.bytes, buffer.size_bytes, &found);
    return group_finish(&call, code, &group, found, group_out);
}

host_status host_user_getgrgid(host_env *env, uint32_t gid, host_user_buffer buffer, host_user_group *group_out,
                               host_error *error)
{
    HOST_CALL(call, env, USER_GETGRGID, error);
    host_call_number(&call, "gid", gid);
    if (group_out == NULL || !buffer_is_usable(buffer)) {
        return host_call_invalid(&call, "buffer or group_out is NULL");
    }
    *group_out = (host_user_group){0};
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct group group, *found = NULL;
    int code = env->operations.getgrgid_r(gid, &group, buffer.bytes, buffer.size_bytes, &found);
    return group_finish(&call, code, &group, found, group_out);
}

host_status host_user_getgrent(host_env *env, host_user_buffer buffer, host_user_group *group_out, host_error *error)
{
    HOST_CALL(call, env, USER_GETGRENT, error);
    if (group_out == NULL || !buffer_is_usable(buffer)) {
        return host_call_invalid(&call, "buffer or group_out is NULL");
    }
    *group_out = (host_user_group){0};
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct group group, *found = NULL;
    int code = env->operations.getgrent_r(&group, buffer.bytes, buffer.size_bytes, &found);
    return group_finish(&call, code, &group, found, group_out);
}

/* X(primitive, FUNCTION): those that only move the position; libc lets them fail in silence. */
#define POSITION_TABLE(X)                                                                                              \
    X(setpwent, USER_SETPWENT)                                                                                         \
    X(endpwent, USER_ENDPWENT)                                                                                         \
    X(setgrent, USER_SETGRENT)                                                                                         \
    X(endgrent, USER_ENDGRENT)

#define POSITION(primitive, function)                                                                                  \
    host_status host_user_##primitive(host_env *env, host_error *error)                                                \
    {                                                                                                                  \
        HOST_CALL(call, env, function, error);                                                              \
        if (!host_call_permitted(&call)) {                                                                             \
            return call.access.status;                                                                                 \
        }                                                                                                              \
        env->operations.primitive();                                                                                   \
        return host_call_finish(&call, 0, 0);                                                                          \
    }
POSITION_TABLE(POSITION)

host_status host_user_getgrouplist(host_env *env, const char *name, uint32_t gid, uint32_t *groups_out, size_t capacity,
                                   size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, USER_GETGROUPLIST, error);
    host_call_name(&call, "name", name);
    host_call_number(&call, "gid", gid);
    if (name == NULL || groups_out == NULL || count_out == NULL || capacity == 0) {
        return host_call_invalid(&call, "name, groups_out or count_out is NULL");
    }
    *count_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int given = capacity < INT32_MAX ? (int)capacity : INT32_MAX, count = given;
    errno = 0; /* -1 with the wanted count is "too small"; errno only speaks for anything else */
    int result = env->operations.getgrouplist(name, gid, groups_out, &count);
    int code = result >= 0 ? 0 : count > given ? ERANGE : errno != 0 ? errno : ERANGE;
    *count_out = code == 0 || code == ERANGE ? (size_t)count : 0;
    return host_call_finish(&call, code, count);
}
