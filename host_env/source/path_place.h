/* Hides from the fs functions how far a path may lead: gives them the descriptor and the name to call the host with.
 *
 * Each returns 0 or an errno. EXDEV means that the path leaves every root that grants `rights`; host_place_refuse() says so to the caller.
 * `rights` are host_root_rights; HOST_ROOT_LIST only tells roots that are held by names what a directory is wanted for.
 * With HOST_PATHS_ANY a place is just what the caller gave, at no cost. Private to host_env. */
#ifndef HOST_ENV_SOURCE_PATH_PLACE_H
#define HOST_ENV_SOURCE_PATH_PLACE_H

#include "host_call.h"

/* What a primitive can be called with: an *at form takes fd, path and flags; a plain form takes path (then `directory` was HOST_AT_CWD). */
typedef struct host_place {
    int fd;
    const char *path;
    int flags;       /* AT_EMPTY_PATH or 0, to be or-ed to the caller's */
    int owned;       /* descriptor that host_place_release closes, or -1 */
    char proc[32];   /* room for "/proc/self/fd/N" */
} host_place;

/* How the primitive wants to be told of a file that is held open. */
typedef enum host_place_form {
    HOST_PLACE_DESCRIPTOR, /* fd, "" and AT_EMPTY_PATH */
    HOST_PLACE_NAME        /* "/proc/self/fd/N", for those that know no AT_EMPTY_PATH; follows to what is held, be it a link itself */
} host_place_form;

/* The file itself. `flags`: the caller's AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH are looked at. */
int host_place_beneath_object(host_env *env, int directory, const char *path, int flags, unsigned int rights, host_place_form form,
                              host_place *place_out);
/* The directory that holds the name, and the name: for making and removing. */
int host_place_beneath_parent(host_env *env, int directory, const char *path, unsigned int rights, host_place *place_out);
/* Opens. `flags` and `mode` as open(2). */
int host_place_beneath_open(host_env *env, int directory, const char *path, int flags, mode_t mode, unsigned int rights, int *fd_out);
/* May the file behind `fd` be used with these rights? 0 and a descriptor of it to use instead (host_place_let_go), EXDEV or an errno. Another thread
 * could exchange what `fd` means after the check, but not what *held_out means. A directory must be beneath a root with `rights`; anything else
 * must, if `rights` hold HOST_ROOT_WRITE, be open for writing. */
int host_place_beneath_descriptor(host_env *env, int fd, unsigned int rights, int *held_out);
void host_place_close(host_env *env, host_place *place);

static inline int host_place_any(int directory, const char *path, host_place *place_out)
{
    place_out->fd = directory;
    place_out->path = path;
    place_out->flags = 0;
    place_out->owned = -1;
    return 0;
}

static inline int host_place_object(host_env *env, int directory, const char *path, int flags, unsigned int rights, host_place_form form,
                                    host_place *place_out)
{
    return env->path_mode == HOST_PATHS_ANY ? host_place_any(directory, path, place_out)
                                            : host_place_beneath_object(env, directory, path, flags, rights, form, place_out);
}

static inline int host_place_parent(host_env *env, int directory, const char *path, host_place *place_out)
{
    return env->path_mode == HOST_PATHS_ANY ? host_place_any(directory, path, place_out)
                                            : host_place_beneath_parent(env, directory, path, HOST_ROOT_WRITE, place_out);
}

static inline int host_place_open(host_env *env, int directory, const char *path, int flags, mode_t mode, unsigned int rights, int *fd_out)
{
    if (env->path_mode != HOST_PATHS_ANY) {
        return host_place_beneath_open(env, directory, path, flags, mode, rights, fd_out);
    }
    *fd_out = env->operations.openat_mode(directory, path, flags, mode);
    return *fd_out < 0 ? errno : 0;
}

static inline int host_place_descriptor(host_env *env, int fd, unsigned int rights, int *held_out)
{
    *held_out = fd;
    return env->path_mode == HOST_PATHS_ANY ? 0 : host_place_beneath_descriptor(env, fd, rights, held_out);
}

static inline void host_place_let_go(host_env *env, int fd, int held)
{
    if (held != fd && held >= 0) {
        env->operations.close(held);
    }
}

static inline void host_place_release(host_env *env, host_place *place)
{
    if (place->owned >= 0) {
        host_place_close(env, place);
    }
}

/* Step 4 for a place that could not be had. EACCES, because Python then raises PermissionError. */
static inline host_status host_place_refuse(host_call *call, int code)
{
    return code == EXDEV && call->env->path_mode != HOST_PATHS_ANY ? host_call_finish_status(call, HOST_OUTSIDE_ROOT, EACCES, 0, NULL)
                                                                   : host_call_finish(call, code, 0);
}

#endif
