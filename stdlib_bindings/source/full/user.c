/* The databases of users and groups: libc's signatures on host_env/user.h. */
#include "bindings/bind.h"
#include "host_env/user.h"
#include "prototypes.h"

static struct passwd passwd_of(const host_user *user)
{
    return (struct passwd){ .pw_name = (char *)user->name, .pw_passwd = (char *)user->password, .pw_uid = user->uid, .pw_gid = user->gid,
                            .pw_gecos = (char *)user->comment, .pw_dir = (char *)user->directory, .pw_shell = (char *)user->shell };
}

static struct group group_of(const host_user_group *group)
{
    return (struct group){ .gr_name = (char *)group->name, .gr_passwd = (char *)group->password, .gr_gid = group->gid,
                           .gr_mem = (char **)group->members };
}

/* The reentrant functions answer 0 and NULL where there is no such entry, else the error number. */
static int lookup_code(host_status status, const host_error *error)
{
    if (status == HOST_OK || status == HOST_MISSING) return 0;
    return bind_code(error);
}

#define BIND_LOOKUP(name, key_type, entry_type, host_type, convert)                                            \
    int cordon_bind_##name##_r(key_type key, struct entry_type *restrict entry, char *restrict bytes, size_t size, \
                               struct entry_type **restrict result)                                            \
    {                                                                                                          \
        host_error error;                                                                                      \
        host_type found;                                                                                       \
        host_status status = host_user_##name(bind_host(), key, (host_user_buffer){ bytes, size }, &found, &error); \
        *result = NULL;                                                                                        \
        if (status == HOST_OK) {                                                                               \
            *entry = convert(&found);                                                                          \
            *result = entry;                                                                                   \
        }                                                                                                      \
        return lookup_code(status, &error);                                                                    \
    }
BIND_LOOKUP(getpwnam, const char *restrict, passwd, host_user, passwd_of)
BIND_LOOKUP(getpwuid, uid_t, passwd, host_user, passwd_of)
BIND_LOOKUP(getgrnam, const char *restrict, group, host_user_group, group_of)
BIND_LOOKUP(getgrgid, gid_t, group, host_user_group, group_of)

/* The lists share one entry in the process, as libc's do; its texts grow with the longest entry met. */
static host_user_buffer list_buffer;

static bool grow(void)
{
    size_t size = list_buffer.size_bytes == 0 ? 1024 : list_buffer.size_bytes * 2;
    char *bytes = realloc(list_buffer.bytes, size);
    if (bytes == NULL) return false;
    list_buffer = (host_user_buffer){ bytes, size };
    return true;
}

#define BIND_NEXT(name, entry_type, host_type, convert)                                                        \
    struct entry_type *cordon_bind_##name(void)                                                                \
    {                                                                                                          \
        static struct entry_type entry;                                                                        \
        host_error error;                                                                                      \
        host_type found;                                                                                       \
        host_status status = HOST_TOO_LARGE;                                                                   \
        while (status == HOST_TOO_LARGE && (list_buffer.size_bytes != 0 || grow())) {                          \
            status = host_user_##name(bind_host(), list_buffer, &found, &error);                               \
            if (status == HOST_TOO_LARGE && !grow()) break;                                                    \
        }                                                                                                      \
        if (status != HOST_OK) {                                                                               \
            errno = status == HOST_TOO_LARGE ? ENOMEM : lookup_code(status, &error);                           \
            return NULL;                                                                                       \
        }                                                                                                      \
        entry = convert(&found);                                                                               \
        return &entry;                                                                                         \
    }
BIND_NEXT(getpwent, passwd, host_user, passwd_of)
BIND_NEXT(getgrent, group, host_user_group, group_of)

void cordon_bind_setpwent(void) { (void)BIND_PLAIN(user_setpwent); }
void cordon_bind_endpwent(void) { (void)BIND_PLAIN(user_endpwent); }
void cordon_bind_setgrent(void) { (void)BIND_PLAIN(user_setgrent); }
void cordon_bind_endgrent(void) { (void)BIND_PLAIN(user_endgrent); }

/* Answers how many there are, or -1 and in *count how many there is room needed for. */
int cordon_bind_getgrouplist(const char *user, gid_t group, gid_t *groups_out, int *count)
{
    size_t capacity = *count > 0 ? (size_t)*count : 0, found = 0;
    int result = BIND(user_getgrouplist, user, group, groups_out, capacity, &found);
    if (result != 0 && errno == ERANGE && found <= capacity) found = capacity * 2 + 16;
    *count = (int)found;
    return result == 0 ? (int)found : -1;
}
