/* Hides how a process learns and changes who it is: ids, groups, sessions, namespaces. All of it but initgroups is
 * async-signal-safe. */
#include "host_env/process.h"

#include "host_call.h"

_Static_assert(sizeof(uid_t) == sizeof(uint32_t) && sizeof(gid_t) == sizeof(uint32_t), "ids are 32 bits here");

/* X(primitive, FUNCTION): those that take nothing and cannot fail. */
#define IDENTITY_TABLE(X)                                                                                              \
    X(getpid, PROCESS_GETPID)                                                                                          \
    X(getppid, PROCESS_GETPPID)                                                                                        \
    X(getuid, PROCESS_GETUID)                                                                                          \
    X(geteuid, PROCESS_GETEUID)                                                                                        \
    X(getgid, PROCESS_GETGID)                                                                                          \
    X(getegid, PROCESS_GETEGID)

#define IDENTITY(primitive, function)                                                                                  \
    host_status host_process_##primitive(host_env *env, int64_t *id_out, host_error *error)                            \
    {                                                                                                                  \
        HOST_CALL(call, env, function, error);                                                              \
        if (id_out == NULL) {                                                                                          \
            return host_call_invalid(&call, "id_out is NULL");                                                         \
        }                                                                                                              \
        *id_out = -1;                                                                                                  \
        if (!host_call_permitted(&call)) {                                                                             \
            return call.access.status;                                                                                 \
        }                                                                                                              \
        *id_out = env->operations.primitive();                                                                         \
        return host_call_finish(&call, 0, *id_out);                                                                    \
    }
IDENTITY_TABLE(IDENTITY)

/* X(primitive, FUNCTION): those that take a process and give a number. */
#define OF_PROCESS_TABLE(X)                                                                                            \
    X(getpgid, PROCESS_GETPGID)                                                                                        \
    X(getsid, PROCESS_GETSID)

#define OF_PROCESS(primitive, function)                                                                                \
    host_status host_process_##primitive(host_env *env, int64_t pid, int64_t *id_out, host_error *error)               \
    {                                                                                                                  \
        HOST_CALL(call, env, function, error);                                                              \
        host_call_number(&call, "pid", pid);                                                                           \
        if (id_out == NULL) {                                                                                          \
            return host_call_invalid(&call, "id_out is NULL");                                                         \
        }                                                                                                              \
        *id_out = -1;                                                                                                  \
        if (pid != (pid_t)pid) {                                                                                       \
            return host_call_invalid(&call, "pid is out of range");                                                    \
        }                                                                                                              \
        if (!host_call_permitted(&call)) {                                                                             \
            return call.access.status;                                                                                 \
        }                                                                                                              \
        *id_out = env->operations.primitive((pid_t)pid);                                                               \
        return host_call_finish(&call, *id_out < 0 ? errno : 0, *id_out);                                              \
    }
OF_PROCESS_TABLE(OF_PROCESS)

/* X(primitive, FUNCTION): the three ids at once. */
#define THREE_IDS_TABLE(X)                                                                                             \
    X(getresuid, PROCESS_GETRESUID)                                                                                    \
    X(getresgid, PROCESS_GETRESGID)

#define THREE_IDS(primitive, function)                                                                                 \
    host_status host_process_##primitive(host_env *env, host_process_ids *ids_out, host_error *error)                  \
    {                                                                                                                  \
        HOST_CALL(call, env, function, error);                                                              \
        if (ids_out == NULL) {                                                                                         \
            return host_call_invalid(&call, "ids_out is NULL");                                                        \
        }                                                                                                              \
        *ids_out = (host_process_ids){HOST_PROCESS_KEEP_ID, HOST_PROCESS_KEEP_ID, HOST_PROCESS_KEEP_ID};               \
        if (!host_call_permitted(&call)) {                                                                             \
            return call.access.status;                                                                                 \
        }                                                                                                              \
        int failed = env->operations.primitive(&ids_out->real, &ids_out->effective, &ids_out->saved);                  \
        return host_call_finish(&call, failed ? errno : 0, 0);                                                         \
    }
THREE_IDS_TABLE(THREE_IDS)

/* X(primitive, FUNCTION, label): set one id. */
#define SET_ONE_TABLE(X)                                                                                               \
    X(setuid, PROCESS_SETUID, "uid")                                                                                   \
    X(seteuid, PROCESS_SETEUID, "uid")                                                                                 \
    X(setgid, PROCESS_SETGID, "gid")                                                                                   \
    X(setegid, PROCESS_SETEGID, "gid")

#define SET_ONE(primitive, function, label)                                                                            \
    host_status host_process_##primitive(host_env *env, uint32_t id, host_error *error)                                \
    {                                                                                                                  \
        HOST_CALL(call, env, function, error);                                                              \
        host_call_number(&call, label, id);                                                                            \
        if (!host_call_permitted(&call)) {                                                                             \
            return call.access.status;                                                                                 \
        }                                                                                                              \
        int failed = env->operations.primitive(id);                                                                    \
        return host_call_finish(&call, failed ? errno : 0, 0);                                                         \
    }
SET_ONE_TABLE(SET_ONE)

/* X(primitive, FUNCTION): set real and effective id. An id that is kept is shown as -1. */
#define SET_PAIR_TABLE(X)                                                                                              \
    X(setreuid, PROCESS_SETREUID)                                                                                      \
    X(setregid, PROCESS_SETREGID)

#define SET_PAIR(primitive, function)                                                                                  \
    host_status host_process_##primitive(host_env *env, uint32_t real, uint32_t effective, host_error *error)          \
    {                                                                                                                  \
        HOST_CALL(call, env, function, error);                                                              \
        call_id(&call, "real", real);                                                                                  \
        call_id(&call, "effective", effective);                                                                        \
        if (!host_call_permitted(&call)) {                                                                             \
            return call.access.status;                                                                                 \
        }                                                                                                              \
        int failed = env->operations.primitive(real, effective);                                                       \
        return host_call_finish(&call, failed ? errno : 0, 0);                                                         \
    }

static void call_id(host_call *call, const char *label, uint32_t id)
{
    host_call_number(call, label, id == HOST_PROCESS_KEEP_ID ? -1 : (int64_t)id);
}
SET_PAIR_TABLE(SET_PAIR)

/* X(primitive, FUNCTION): set all three. */
#define SET_THREE_TABLE(X)                                                                                             \
    X(setresuid, PROCESS_SETRESUID)                                                                                    \
    X(setresgid, PROCESS_SETRESGID)

#define SET_THREE(primitive, function)                                                                                 \
    host_status host_process_##primitive(host_env *env, const host_process_ids *ids, host_error *error)                \
    {                                                                                                                  \
        HOST_CALL(call, env, function, error);                                                              \
        if (ids == NULL) {                                                                                             \
            return host_call_invalid(&call, "ids is NULL");                                                            \
        }                                                                                                              \
        call_id(&call, "real", ids->real);                                                                             \
        call_id(&call, "effective", ids->effective);                                                                   \
        call_id(&call, "saved", ids->saved);                                                                           \
        if (!host_call_permitted(&call)) {                                                                             \
            return call.access.status;                                                                                 \
        }                                                                                                              \
        int failed = env->operations.primitive(ids->real, ids->effective, ids->saved);                                 \
        return host_call_finish(&call, failed ? errno : 0, 0);                                                         \
    }
SET_THREE_TABLE(SET_THREE)

host_status host_process_getgroups(host_env *env, uint32_t *groups_out, size_t capacity, size_t *count_out,
                                   host_error *error)
{
    HOST_CALL(call, env, PROCESS_GETGROUPS, error);
    if (count_out == NULL || (groups_out == NULL && capacity > 0)) {
        return host_call_invalid(&call, "groups_out or count_out is NULL");
    }
    *count_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int count = env->operations.getgroups(capacity < INT32_MAX ? (int)capacity : INT32_MAX, groups_out);
    int code = count < 0 ? errno : 0;
    *count_out = count < 0 ? 0 : (size_t)count;
    return host_call_finish(&call, code, count);
}

host_status host_process_setgroups(host_env *env, const uint32_t *groups, size_t count, host_error *error)
{
    HOST_CALL(call, env, PROCESS_SETGROUPS, error);
    host_call_number(&call, "count", (int64_t)count);
    if (groups == NULL && count > 0) {
        return host_call_invalid(&call, "groups is NULL");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int failed = env->operations.setgroups(count, groups);
    return host_call_finish(&call, failed ? errno : 0, 0);
}

host_status host_process_initgroups(host_env *env, const char *user, uint32_t gid, host_error *error)
{
    HOST_CALL(call, env, PROCESS_INITGROUPS, error);
    host_call_name(&call, "user", user);
    host_call_number(&call, "gid", gid);
    if (user == NULL) {
        return host_call_invalid(&call, "user is NULL");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int failed = env->operations.initgroups(user, gid);
    return host_call_finish(&call, failed ? errno : 0, 0);
}

host_status host_process_getlogin(host_env *env, char *name_out, size_t size_bytes, host_error *error)
{
    HOST_CALL(call, env, PROCESS_GETLOGIN, error);
    if (name_out == NULL || size_bytes == 0) {
        return host_call_invalid(&call, "there is no room for the name");
    }
    name_out[0] = '\0';
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int code = env->operations.getlogin_r(name_out, size_bytes);
    if (code != 0) {
        name_out[0] = '\0';
    }
    return host_call_finish(&call, code, 0);
}

host_status host_process_setpgid(host_env *env, int64_t pid, int64_t group, host_error *error)
{
    HOST_CALL(call, env, PROCESS_SETPGID, error);
    host_call_number(&call, "pid", pid);
    host_call_number(&call, "group", group);
    if (pid != (pid_t)pid || group != (pid_t)group) {
        return host_call_invalid(&call, "an id is out of range");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int failed = env->operations.setpgid((pid_t)pid, (pid_t)group);
    return host_call_finish(&call, failed ? errno : 0, 0);
}

host_status host_process_setsid(host_env *env, int64_t *session_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_SETSID, error);
    if (session_out == NULL) {
        return host_call_invalid(&call, "session_out is NULL");
    }
    *session_out = -1;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *session_out = env->operations.setsid();
    return host_call_finish(&call, *session_out < 0 ? errno : 0, *session_out);
}

host_status host_process_setns(host_env *env, int fd, int type, host_error *error)
{
    HOST_CALL(call, env, PROCESS_SETNS, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "type", type);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int failed = env->operations.setns(fd, type);
    return host_call_finish(&call, failed ? errno : 0, 0);
}

host_status host_process_unshare(host_env *env, int flags, host_error *error)
{
    HOST_CALL(call, env, PROCESS_UNSHARE, error);
    host_call_number(&call, "flags", flags);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int failed = env->operations.unshare(flags);
    return host_call_finish(&call, failed ? errno : 0, 0);
}
