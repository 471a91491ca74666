/* The databases of users and groups, whatever stands behind them (files, directory services).
 *
 * Results point into a buffer of the caller's, so they live as long as it. A buffer that is too small is answered by
 * TOO_LARGE (host_code ERANGE): try again with a larger one; 1 KiB is enough for nearly all. No such entry is MISSING
 * (host_code ENOENT). Safe from any thread; the list functions share one position in the process, as in POSIX. */
#ifndef HOST_ENV_USER_H
#define HOST_ENV_USER_H

#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"

typedef struct host_user {
    const char *name;
    const char *password; /* mostly "x" */
    uint32_t uid;
    uint32_t gid;
    const char *comment;
    const char *directory;
    const char *shell;
} host_user;

typedef struct host_user_group {
    const char *name;
    const char *password;
    uint32_t gid;
    const char *const *members; /* NULL-terminated */
} host_user_group;

/* Where the texts of one result are kept. */
typedef struct host_user_buffer {
    char *bytes;
    size_t size_bytes;
} host_user_buffer;

host_status host_user_getpwnam(host_env *env, const char *name, host_user_buffer buffer, host_user *user_out,
                               host_error *error);
host_status host_user_getpwuid(host_env *env, uint32_t uid, host_user_buffer buffer, host_user *user_out,
                               host_error *error);
host_status host_user_getgrnam(host_env *env, const char *name, host_user_buffer buffer, host_user_group *group_out,
                               host_error *error);
host_status host_user_getgrgid(host_env *env, uint32_t gid, host_user_buffer buffer, host_user_group *group_out,
                               host_error *error);

/* One after the other: rewind, then next until MISSING, then end. */
host_status host_user_setpwent(host_env *env, host_error *error);
host_status host_user_getpwent(host_env *env, host_user_buffer buffer, host_user *user_out, host_error *error);
host_status host_user_endpwent(host_env *env, host_error *error);
host_status host_user_setgrent(host_env *env, host_error *error);
host_status host_user_getgrent(host_env *env, host_user_buffer buffer, host_user_group *group_out, host_error *error);
host_status host_user_endgrent(host_env *env, host_error *error);

/* The groups of a user, `gid` among them. Writes at most `capacity`; *count_out is how many there are. TOO_LARGE if
 * they do not fit. */
host_status host_user_getgrouplist(host_env *env, const char *name, uint32_t gid, uint32_t *groups_out, size_t capacity,
                                   size_t *count_out, host_error *error);

#endif
