/* host_env: every access to the operating system, asked of a policy first and recorded after. The umbrella header.
 *
 * Every function does four things in this order: check its arguments, ask the policy, call the system, record. (The answer may have been given
 * beforehand, as config.allowed_always, for the life of the host_env.)
 * A function takes the host_env first, then inputs, then outputs (`_out`), then `host_error *error` (may be NULL).
 * It returns HOST_OK or another host_status; outputs are set to a neutral value (NULL, -1, 0) on failure.
 *
 * Threads: a host_env may be used from any number of threads at once; it holds no lock while the policy is asked or a call blocks.
 * Forks: a child may go on using it.
 * Ownership: `const` pointers returned are borrowed; `T **x_out` is the caller's to release.
 *
 * Every function, with the capability it asks for, is listed in docs/host_env.md. The concepts have headers of their own: fs.h and file_status.h
 * (paths, directories), fd.h (descriptors), env.h (variables), process.h, signal.h, net.h and address.h, poll.h, time.h, random.h, memory.h, tty.h,
 * ipc.h, stream.h, user.h, system.h, resource.h, native.h, thread.h, lockdown.h.
 *
 * An example, which the tests build and run: read a file, but only below one folder, only for reading, and tell about each access.
 * [example]
 *     #include <fcntl.h>
 *     #include <stdio.h>
 *     #include "host_env/fd.h"
 *     #include "host_env/fs.h"
 *
 *     static host_decision allow_reading(void *context, const host_access *access)
 *     {
 *         (void)context;
 *         bool reads = access->capability == HOST_CAPABILITY_FS_READ || access->capability == HOST_CAPABILITY_FD_USE;
 *         return reads ? HOST_DECISION_ALLOW : HOST_DECISION_DENY;
 *     }
 *
 *     static void tell(void *context, const host_access *access)
 *     {
 *         fprintf(context, "%s: %s\n", host_function_describe(access->function)->name, host_status_name(access->status));
 *     }
 *
 *     int main(int argument_count, char **arguments)
 *     {
 *         host_root root = { argument_count > 1 ? arguments[1] : "/etc", HOST_ROOT_READ };
 *         host_env_config config = HOST_ENV_CONFIG_INIT;
 *         config.decide = allow_reading;
 *         config.record = tell;
 *         config.record_context = stdout;
 *         config.path_mode = HOST_PATHS_BENEATH_ROOTS;
 *         config.roots = &root;
 *         config.root_count = 1;
 *
 *         host_env *env;
 *         host_error error;
 *         if (host_env_create(&config, &env, &error) != HOST_OK) {
 *             fprintf(stderr, "%s\n", error.message);
 *             return 1;
 *         }
 *         char path[512], buffer[512];
 *         int fd;
 *         size_t count = 0;
 *         snprintf(path, sizeof(path), "%s/hostname", root.path);
 *         if (host_fs_open(env, HOST_AT_CWD, path, O_RDONLY | O_CLOEXEC, 0, &fd, &error) == HOST_OK) {
 *             host_fd_read(env, fd, buffer, sizeof(buffer), &count, &error);
 *             host_fd_close(env, fd, &error);
 *             printf("%.*s", (int)count, buffer);
 *         }
 *         if (host_fs_open(env, HOST_AT_CWD, "/dev/null", O_RDONLY, 0, &fd, &error) != HOST_OK) {
 *             printf("%s\n", error.message);
 *         }
 *         host_env_destroy(env);
 *         return count == 0;
 *     }
 * [end of example]
 */
#ifndef HOST_ENV_HOST_ENV_H
#define HOST_ENV_HOST_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host_env/access.h"
#include "host_env/error.h"

typedef struct host_env host_env;

/* What a root may be used for; flags. A policy is asked all the same. */
typedef enum host_root_rights {
    HOST_ROOT_READ = 1,
    HOST_ROOT_WRITE = 2,
    HOST_ROOT_CROSS_MOUNTS = 4, /* allow paths that pass a mount point below the root */
    HOST_ROOT_BY_NAME = 8,      /* no link below the root is followed, and config.decide_name is asked about each path there */
    HOST_ROOT_LIST = 16         /* of a question to decide_name, beside HOST_ROOT_READ: a directory is to be listed or entered. Of a root: no meaning */
} host_root_rights;

/* Asked about paths below roots with HOST_ROOT_BY_NAME, before they are walked: `path` is absolute and lexically normal, begins with the root's own path, and, as
 * no link is followed, is the way that the kernel then goes. `rights`: what for. Same rules as host_decide_function; the context is decide_context. */
typedef host_decision (*host_decide_name_function)(void *context, const char *path, unsigned int rights);

typedef struct host_root {
    const char *path;    /* absolute path of a directory; opened once, at creation: later renames do not move the grant */
    unsigned int rights; /* host_root_rights */
} host_root;

typedef enum host_path_mode {
    HOST_PATHS_NONE = 0,      /* no path may be used at all */
    HOST_PATHS_BENEATH_ROOTS, /* only beneath config.roots, enforced by openat2(2) */
    HOST_PATHS_ANY            /* as the operating system allows; for a plain interpreter */
} host_path_mode;

typedef struct host_env_config {
    size_t struct_size;          /* set by HOST_ENV_CONFIG_INIT; lets old callers pass a shorter struct */
    host_decide_function decide; /* NULL denies everything */
    void *decide_context;        /* borrowed; must outlive the host_env */
    host_record_function record; /* NULL keeps no record */
    void *record_context;        /* borrowed; must outlive the host_env */
    host_path_mode path_mode;
    const host_root *roots; /* borrowed for the call to host_env_create only */
    size_t root_count;
    /* What `decide` allows whatever the arguments: bits HOST_CAPABILITY_BIT(...) or HOST_CAPABILITIES_ALL. It need not be asked about these, and is
     * not. 0: it is asked about everything. Without `decide` everything is denied all the same. */
    uint64_t allowed_always;
    host_decide_name_function decide_name; /* NULL refuses every path below roots with HOST_ROOT_BY_NAME */
} host_env_config;
#define HOST_ENV_CONFIG_INIT { .struct_size = sizeof(host_env_config) }

/* Makes a host_env. On HOST_OK the caller owns *env_out (host_env_destroy). Fails with INVALID_ARGUMENT (a bit of allowed_always that is no
 * capability, too), NO_MEMORY, and for a root
 * that cannot be opened with the status of that open; *env_out is then NULL. */
host_status host_env_create(const host_env_config *config, host_env **env_out, host_error *error);
/* What a host_env gives up for good. */
typedef struct host_narrowing {
    uint64_t allowed_always; /* of what was, only this is still allowed without asking */
    bool holds_names;        /* from now on every root but `library` is held by names (HOST_ROOT_BY_NAME); with HOST_PATHS_ANY, "/" becomes such a root */
    const char *library;     /* a folder that may be read without asking about names; NULL: none. Borrowed for the call */
} host_narrowing;

/* Gives up rights; never adds any. May run beside calls of other threads: each goes the old way or the new one. At most once for a host_env with HOST_PATHS_ANY, else
 * any number of times. Fails as the opening of roots does, and then nothing has changed. */
host_status host_env_narrow(host_env *env, const host_narrowing *narrowing, host_error *error);
/* Closes the roots and frees. Accepts NULL. No other thread may still use it. */
void host_env_destroy(host_env *env);

#endif
