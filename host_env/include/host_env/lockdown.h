/* Confining a process: what it can never do again, whatever code runs in it.
 *
 * Two steps. host_lockdown_prepare checks a wish list and does everything that can fail for lack of memory or files;
 * host_lockdown_enter applies it to the calling process and is async-signal-safe, so that it can run between fork and
 * exec. What this host cannot enforce is answered by UNSUPPORTED from prepare: a confinement is applied whole or not at
 * all. If enter fails the process is partly confined and should end. There is no way back out.
 *
 * Order of enter: group or session, parent-death signal, limits, dumpable, no_new_privs, Landlock, closing descriptors,
 * seccomp last. */
#ifndef HOST_ENV_LOCKDOWN_H
#define HOST_ENV_LOCKDOWN_H

#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"
#include "host_env/resource.h"

/* ---- System calls (seccomp) ---- */

typedef enum host_system_call_test {
    HOST_SYSTEM_CALL_ANY = 0, /* no condition; ends the list */
    HOST_SYSTEM_CALL_EQUAL,   /* (argument & mask) == value; a mask of 0 stands for all 64 bits */
    HOST_SYSTEM_CALL_DIFFERENT
} host_system_call_test;

typedef struct host_system_call_condition {
    host_system_call_test test;
    unsigned int argument; /* 0 to 5 */
    uint64_t mask;
    uint64_t value;
} host_system_call_condition;

enum { HOST_SYSTEM_CALL_CONDITIONS_MAX = 3, HOST_SYSTEM_CALL_RULES_MAX = 400 };

/* Allows one system call if all conditions hold. Several rules for one number: one that holds is enough. */
typedef struct host_system_call_rule {
    int number; /* of the machine this runs on (SYS_* of the host) */
    host_system_call_condition conditions[HOST_SYSTEM_CALL_CONDITIONS_MAX];
} host_system_call_rule;

typedef enum host_system_call_refusal {
    HOST_SYSTEM_CALL_KILL = 0, /* the whole process, with SIGSYS */
    HOST_SYSTEM_CALL_EPERM,    /* the call fails with EPERM */
    HOST_SYSTEM_CALL_TRAP      /* SIGSYS that can be handled: for finding out what a program needs */
} host_system_call_refusal;

typedef struct host_system_call_filter {
    const host_system_call_rule *rules; /* what is allowed; another architecture's calls are always killed */
    size_t rule_count;
    host_system_call_refusal refusal;
} host_system_call_filter;

/* The filter of a sandbox worker: read on descriptor 0, write on descriptor 1, exit; everything else
 * kills. */
extern const host_system_call_filter host_system_calls_worker;
/* The same, with what a supervisor's child still needs to become the worker: one more row, execve. */
extern const host_system_call_filter host_system_calls_worker_before_exec;

/* ---- Files (Landlock) ---- */

typedef enum host_lockdown_path_rights {
    HOST_LOCKDOWN_READ = 1,   /* read files, list directories */
    HOST_LOCKDOWN_WRITE = 2,  /* write, create, rename and remove */
    HOST_LOCKDOWN_EXECUTE = 4 /* run programs; needs READ too */
} host_lockdown_path_rights;

typedef struct host_lockdown_path {
    const char *path;    /* a directory, with all beneath it, or a file */
    unsigned int rights; /* host_lockdown_path_rights; 0 is INVALID_ARGUMENT */
} host_lockdown_path;

typedef enum host_lockdown_files {
    HOST_LOCKDOWN_FILES_KEEP = 0,  /* no Landlock */
    HOST_LOCKDOWN_FILES_ONLY_PATHS /* nothing but `paths`, which may be empty; descriptors that are open stay usable */
} host_lockdown_files;

/* The least version of Landlock that prepare accepts: before it, a file that may only be read could still be emptied. */
enum { HOST_LOCKDOWN_LANDLOCK_VERSION_MIN = 3 };
/* The Landlock version of the running kernel; 0, with HOST_OK, if it has none. */
host_status host_lockdown_landlock_version(host_env *env, int *version_out, host_error *error);

/* ---- All together ---- */

typedef struct host_lockdown_limit {
    int resource; /* host_resource */
    host_resource_limit limit;
} host_lockdown_limit;

/* Which of the simple mechanisms are wanted; flags. */
typedef enum host_lockdown_wish {
    HOST_LOCKDOWN_NEW_GROUP = 1,   /* a process group of its own */
    HOST_LOCKDOWN_NEW_SESSION = 2, /* a session of its own, without terminal */
    HOST_LOCKDOWN_NO_CORE = 4,     /* core size limit 0 */
    HOST_LOCKDOWN_UNDUMPABLE =
        8, /* no ptrace by equals, no core; exec takes it back, so only for a process that stays */
    HOST_LOCKDOWN_NO_NEW_PRIVILEGES = 16 /* implied by Landlock and by system call filters */
} host_lockdown_wish;

typedef enum host_lockdown_descriptors {
    HOST_LOCKDOWN_DESCRIPTORS_KEEP = 0,
    HOST_LOCKDOWN_DESCRIPTORS_CLOSE_OTHERS
} host_lockdown_descriptors;

enum { HOST_LOCKDOWN_LIMITS_MAX = 16, HOST_LOCKDOWN_KEPT_MAX = 64 };

typedef struct host_lockdown_config {
    size_t struct_size;      /* set by HOST_LOCKDOWN_CONFIG_INIT */
    unsigned int wishes;     /* host_lockdown_wish */
    int parent_death_signal; /* 0 = none */
    const host_lockdown_limit *limits;
    size_t limit_count;
    host_lockdown_descriptors descriptors;
    const int *kept; /* descriptors that stay open with CLOSE_OTHERS */
    size_t kept_count;
    host_lockdown_files files;
    const host_lockdown_path *paths;
    size_t path_count;
    const host_system_call_filter *filter; /* NULL = no filter */
} host_lockdown_config;
#define HOST_LOCKDOWN_CONFIG_INIT                                                                                      \
    {                                                                                                                  \
        .struct_size = sizeof(host_lockdown_config)                                                                    \
    }

typedef struct host_lockdown host_lockdown;

/* `config` and all it points to are borrowed for the call. On HOST_OK the caller owns *lockdown_out
 * (host_lockdown_destroy). Fails with UNSUPPORTED, INVALID_ARGUMENT, NO_MEMORY, and for a Landlock path with what
 * opening it answers. */
host_status host_lockdown_prepare(host_env *env, const host_lockdown_config *config, host_lockdown **lockdown_out,
                                  host_error *error);
/* Applies to the whole calling process (all its threads for the filter; Landlock only to this thread: enter before
 * starting others). Afterwards even writing a record may be impossible, so the record is told before the first step; a
 * failure is told again. */
host_status host_lockdown_enter(host_env *env, const host_lockdown *lockdown, host_error *error);
/* Frees and closes; does not lift what was entered. Accepts NULL. */
void host_lockdown_destroy(host_lockdown *lockdown);

#endif
