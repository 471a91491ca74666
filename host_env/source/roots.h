/* Hides from host_env.c and the path resolver how granted roots are opened and held. Private to host_env. */
#ifndef HOST_ENV_SOURCE_ROOTS_H
#define HOST_ENV_SOURCE_ROOTS_H

#include "host_call.h"

/* Tells one directory, as reached through one mount, from all others that are alive. */
typedef struct host_directory_identity {
    uint64_t device, inode, mount;
} host_directory_identity;

struct host_root_open {
    char *path;          /* owned; as configured, only a hint for where an absolute path belongs */
    int fd;              /* owned; O_PATH */
    unsigned int rights; /* host_root_rights */
    host_directory_identity identity;
};

/* Opens one root; fills every member. Returns 0 or an errno; ENOSYS if the host can't tell mounts apart. */
int host_root_open_path(const struct host_operations *operations, const host_root *root, struct host_root_open *root_out);
void host_root_close(const struct host_operations *operations, struct host_root_open *root);

/* Who `fd` is (HOST_AT_CWD: the working directory). Returns 0 or an errno. */
int host_directory_identify(const struct host_operations *operations, int fd, host_directory_identity *identity_out);

static inline bool host_directory_is(const host_directory_identity *one, const host_directory_identity *other)
{
    return one->device == other->device && one->inode == other->inode && one->mount == other->mount;
}

/* True if `fd` is the number of a root's descriptor: nobody outside may close or replace it. */
static inline bool host_root_is(const host_env *env, int fd)
{
    for (size_t i = 0; i < env->root_count; i++) {
        if (env->roots[i].fd == fd) {
            return true;
        }
    }
    return false;
}

/* Step 4 for a call that would close or replace one: its number would be given out again, and the root would be some other directory. */
static inline host_status host_root_refuse(host_call *call)
{
    return host_call_finish_status(call, HOST_BAD_DESCRIPTOR, EBADF, 0, "the descriptor belongs to host_env");
}

#endif
