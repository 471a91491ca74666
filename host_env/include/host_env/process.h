/* Processes: what this one is and may be, and those it starts, waits for and replaces itself by.
 *
 * Flags, options and status words are the host's own numbers (<sys/wait.h>, <sched.h>, <sys/resource.h>), passed
 * through unchanged. An id of 0 means this process where POSIX says so. Every function is safe from any thread. Those
 * marked [child] are async-signal-safe and may be used between fork and exec. Descriptors and ids are -1, times 0 after
 * a failure. `error` may be NULL everywhere. Common failures: DENIED_BY_POLICY, NOT_PERMITTED, NO_SUCH_PROCESS,
 * INVALID_ARGUMENT. */
#ifndef HOST_ENV_PROCESS_H
#define HOST_ENV_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"
#include "host_env/lockdown.h"
#include "host_env/signal.h"

/* "Leave it as it is", where setreuid and its like take -1. */
#define HOST_PROCESS_KEEP_ID UINT32_MAX

/* ---- Who this process is [child] ---- */

host_status host_process_getpid(host_env *env, int64_t *pid_out, host_error *error);
host_status host_process_getppid(host_env *env, int64_t *pid_out, host_error *error);
host_status host_process_getuid(host_env *env, int64_t *uid_out, host_error *error);
host_status host_process_geteuid(host_env *env, int64_t *uid_out, host_error *error);
host_status host_process_getgid(host_env *env, int64_t *gid_out, host_error *error);
host_status host_process_getegid(host_env *env, int64_t *gid_out, host_error *error);
/* getpgrp() is getpgid of 0. */
host_status host_process_getpgid(host_env *env, int64_t pid, int64_t *group_out, host_error *error);
host_status host_process_getsid(host_env *env, int64_t pid, int64_t *session_out, host_error *error);

typedef struct host_process_ids {
    uint32_t real;
    uint32_t effective;
    uint32_t saved;
} host_process_ids;

host_status host_process_getresuid(host_env *env, host_process_ids *ids_out, host_error *error);
host_status host_process_getresgid(host_env *env, host_process_ids *ids_out, host_error *error);
/* Writes at most `capacity` group ids; *count_out is how many there are. With capacity 0 `groups_out` may be NULL and
 * only the count is told. Fails with INVALID_ARGUMENT if there are more than `capacity`. */
host_status host_process_getgroups(host_env *env, uint32_t *groups_out, size_t capacity, size_t *count_out,
                                   host_error *error);
/* NUL-terminated; fails with TOO_LARGE if `size_bytes` is too little. Not [child]. */
host_status host_process_getlogin(host_env *env, char *name_out, size_t size_bytes, host_error *error);

/* ---- Changing who this process is [child, except initgroups] ---- */

host_status host_process_setuid(host_env *env, uint32_t uid, host_error *error);
host_status host_process_seteuid(host_env *env, uint32_t uid, host_error *error);
host_status host_process_setreuid(host_env *env, uint32_t real, uint32_t effective, host_error *error);
host_status host_process_setresuid(host_env *env, const host_process_ids *ids, host_error *error);
host_status host_process_setgid(host_env *env, uint32_t gid, host_error *error);
host_status host_process_setegid(host_env *env, uint32_t gid, host_error *error);
host_status host_process_setregid(host_env *env, uint32_t real, uint32_t effective, host_error *error);
host_status host_process_setresgid(host_env *env, const host_process_ids *ids, host_error *error);
host_status host_process_setgroups(host_env *env, const uint32_t *groups, size_t count, host_error *error);
/* Reads the group database, so it opens files and allocates. */
host_status host_process_initgroups(host_env *env, const char *user, uint32_t gid, host_error *error);
/* setpgrp() is setpgid of 0, 0. */
host_status host_process_setpgid(host_env *env, int64_t pid, int64_t group, host_error *error);
host_status host_process_setsid(host_env *env, int64_t *session_out, host_error *error);
/* `type` 0 accepts any namespace. */
host_status host_process_setns(host_env *env, int fd, int type, host_error *error);
host_status host_process_unshare(host_env *env, int flags, host_error *error);

/* What a process says about itself to the kernel (prctl). A closed list: everything else prctl can do is refused by
 * having no name. */
typedef enum host_process_option {
    HOST_PROCESS_OPTION_PARENT_DEATH_SIGNAL =
        1,                        /* the signal this process gets when the thread that made it ends; 0 = none */
    HOST_PROCESS_OPTION_DUMPABLE, /* 0: no core dump, no ptrace, /proc/self belongs to root */
    HOST_PROCESS_OPTION_NO_NEW_PRIVILEGES, /* 1: exec gives no privilege; cannot be taken back */
    HOST_PROCESS_OPTION_CHILD_SUBREAPER    /* 1: orphaned descendants become children of this process */
} host_process_option;

/* Both fail with UNSUPPORTED where the host has no such option, INVALID_ARGUMENT for an option not in the list. [child]
 */
host_status host_process_prctl_set(host_env *env, host_process_option option, int64_t value, host_error *error);
host_status host_process_prctl_get(host_env *env, host_process_option option, int64_t *value_out, host_error *error);

/* ---- Priorities and scheduling ---- */

host_status host_process_nice(host_env *env, int increment, int *nice_out, host_error *error);
/* `which` is PRIO_PROCESS, PRIO_PGRP or PRIO_USER of the host. */
host_status host_process_getpriority(host_env *env, int which, int64_t who, int *priority_out, host_error *error);
host_status host_process_setpriority(host_env *env, int which, int64_t who, int priority, host_error *error);

host_status host_process_sched_priority_range(host_env *env, int policy, int *lowest_out, int *highest_out,
                                              host_error *error);
host_status host_process_sched_getscheduler(host_env *env, int64_t pid, int *policy_out, host_error *error);
host_status host_process_sched_setscheduler(host_env *env, int64_t pid, int policy, int priority, host_error *error);
host_status host_process_sched_getparam(host_env *env, int64_t pid, int *priority_out, host_error *error);
host_status host_process_sched_setparam(host_env *env, int64_t pid, int priority, host_error *error);
host_status host_process_sched_rr_get_interval(host_env *env, int64_t pid, int64_t *interval_ns_out, host_error *error);

/* A set of processors: bit n % 64 of words[n / 64] is processor n. Laid out as the kernel has it on 64-bit hosts. */
enum { HOST_PROCESSORS_MAX = 8192 };
typedef struct host_processor_set {
    uint64_t words[HOST_PROCESSORS_MAX / 64];
} host_processor_set;

host_status host_process_sched_getaffinity(host_env *env, int64_t pid, host_processor_set *set_out, host_error *error);
host_status host_process_sched_setaffinity(host_env *env, int64_t pid, const host_processor_set *set,
                                           host_error *error);
/* The number of the processor that the calling thread runs on. It may be another one by the time this returns. */
host_status host_process_sched_getcpu(host_env *env, int *processor_out, host_error *error);

/* ---- What processes used ---- */

typedef struct host_process_usage {
    int64_t user_time_ns;
    int64_t system_time_ns;
    int64_t resident_bytes_max; /* largest resident set */
    int64_t shared_size;        /* these three are 0 on Linux */
    int64_t data_size;
    int64_t stack_size;
    int64_t minor_faults;
    int64_t major_faults;
    int64_t swaps;
    int64_t blocks_in;
    int64_t blocks_out;
    int64_t messages_sent;
    int64_t messages_received;
    int64_t signals_received;
    int64_t switches_voluntary;
    int64_t switches_involuntary;
} host_process_usage;

/* `who` is RUSAGE_SELF, RUSAGE_CHILDREN or RUSAGE_THREAD of the host. */
host_status host_process_getrusage(host_env *env, int who, host_process_usage *usage_out, host_error *error);

typedef struct host_process_ticks {
    int64_t user_ticks; /* in ticks; sysconf(_SC_CLK_TCK) tells how many make a second */
    int64_t system_ticks;
    int64_t children_user_ticks;
    int64_t children_system_ticks;
    int64_t elapsed_ticks; /* since a fixed point in the past */
} host_process_ticks;

host_status host_process_times(host_env *env, host_process_ticks *times_out, host_error *error);

/* ---- Starting, replacing and ending ---- */

/* In the parent *pid_out is the child's id; in the child it is 0, and the child leaves no record of its own. */
host_status host_process_fork(host_env *env, int64_t *pid_out, host_error *error);
/* What a host_process_vfork returns, made on the side that it returns to: pid is 0 in the child, -1 where status is not HOST_OK, and then
 * `error` says why. Must be async-signal-safe. */
typedef int64_t (*host_vfork_answer)(host_status status, int64_t pid, const host_error *error);
/* As host_process_fork, but the child borrows this process's memory, and this thread's stack, until it executes a program or ends; only then
 * does it return in the parent, a second time, with the same stack. So what `answer` said is returned twice: first in the child, which may only call functions
 * marked [child], must not return from the function that called this, and leaves by execve, fexecve or exit. `error` outlives both returns.
 * A child cannot do it again (UNSUPPORTED). Returns -1 if `answer` is NULL. */
int64_t host_process_vfork(host_env *env, host_vfork_answer answer, host_error *error) __attribute__((returns_twice));
/* Replace this program; return only on failure. The record is told before, and again if it failed. `arguments` and
 * `environment` are NULL-terminated; environment NULL passes on this process's own. A path is judged like one that is
 * read: beneath a root with HOST_ROOT_READ if paths are confined, and then a script (#!) is MISSING, because its
 * interpreter could not open it. What the new program does, only its own lockdown limits. [child] */
host_status host_process_execve(host_env *env, const char *program, const char *const *arguments,
                                const char *const *environment, host_error *error);
host_status host_process_fexecve(host_env *env, int fd, const char *const *arguments, const char *const *environment,
                                 host_error *error);
/* Returns only if refused. [child] */
host_status host_process_exit(host_env *env, int code, host_error *error);
/* *status_out is a wait status, or with command NULL whether there is a shell. Refused with OUTSIDE_ROOT while paths
 * are confined. */
host_status host_process_system(host_env *env, const char *command, int *status_out, host_error *error);

typedef enum host_file_action_kind {
    HOST_FILE_ACTION_OPEN = 1,  /* open path with flags and mode, as descriptor fd */
    HOST_FILE_ACTION_CLOSE,     /* close fd */
    HOST_FILE_ACTION_DUPLICATE, /* duplicate fd as fd_to */
    HOST_FILE_ACTION_CLOSE_FROM /* close fd and all above */
} host_file_action_kind;

typedef struct host_file_action {
    host_file_action_kind kind;
    int fd;
    int fd_to;        /* DUPLICATE */
    const char *path; /* OPEN; asks for fs.read or fs.write as fs_open does */
    int flags;
    uint32_t mode;
} host_file_action;

/* Which of the attributes below are used; flags, with the values of the host's own. */
typedef enum host_spawn_attribute {
    HOST_SPAWN_RESET_IDS = 1,
    HOST_SPAWN_SET_JOB = 2,
    HOST_SPAWN_SET_DEFAULTS = 4,
    HOST_SPAWN_SET_MASK = 8,
    HOST_SPAWN_SET_PRIORITY = 16,
    HOST_SPAWN_SET_SCHEDULER = 32,
    HOST_SPAWN_NEW_SESSION = 128
} host_spawn_attribute;

typedef struct host_spawn_attributes {
    unsigned int attributes; /* host_spawn_attribute */
    int64_t job;             /* process group; 0 = one of its own */
    host_signal_set mask;
    host_signal_set defaults;
    int scheduler;
    int priority;
} host_spawn_attributes;

typedef enum host_spawn_search { HOST_SPAWN_EXACT_PATH = 0, HOST_SPAWN_SEARCH_PATH = 1 } host_spawn_search;

typedef struct host_posix_spawn {
    const char *program;
    host_spawn_search
        search; /* SEARCH_PATH looks a name without slash up in PATH; OUTSIDE_ROOT while paths are confined */
    const char *const *arguments;   /* NULL-terminated */
    const char *const *environment; /* NULL-terminated; NULL passes on this process's own */
    const host_file_action *actions;
    size_t action_count;
    const host_spawn_attributes *attributes; /* NULL: none */
} host_posix_spawn;

/* posix_spawn and posix_spawnp. Everything is borrowed for the call. Open actions are refused with OUTSIDE_ROOT while
 * paths are confined. */
host_status host_process_posix_spawn(host_env *env, const host_posix_spawn *spawn, int64_t *pid_out, host_error *error);

/* ---- A child for a supervisor ---- */

typedef struct host_descriptor_pair {
    int child;  /* its number in the child */
    int parent; /* a descriptor of this process */
} host_descriptor_pair;

typedef enum host_process_group {
    HOST_PROCESS_GROUP_KEEP = 0,
    HOST_PROCESS_GROUP_NEW,
    HOST_PROCESS_SESSION_NEW
} host_process_group;

typedef struct host_process_spawn_config {
    size_t struct_size;                      /* set by HOST_PROCESS_SPAWN_CONFIG_INIT */
    const char *program;                     /* a path; PATH is not searched */
    const char *const *arguments;            /* NULL-terminated, with argv[0] */
    const char *const *environment;          /* NULL-terminated; NULL = empty, never this process's own */
    const host_descriptor_pair *descriptors; /* what the child shall have; everything else is closed */
    size_t descriptor_count;
    const char *directory; /* working directory; NULL keeps this process's; refused with OUTSIDE_ROOT while paths are
                              confined */
    host_process_group group;
    int parent_death_signal;       /* 0 = none; sent when the thread that called spawn ends */
    const host_lockdown *lockdown; /* NULL = none; entered right before the program starts, so it must allow execve */
} host_process_spawn_config;
#define HOST_PROCESS_SPAWN_CONFIG_INIT                                                                                 \
    {                                                                                                                  \
        .struct_size = sizeof(host_process_spawn_config)                                                               \
    }

typedef struct host_process_child {
    int64_t pid;
    int fd; /* stands for the child, readable once it has ended, close-on-exec; the caller's to close */
} host_process_child;

/* Starts a program. On HOST_OK exec has succeeded, unless the lockdown's own filter killed the child at it. Otherwise
 * there is no child (it has been reaped) and no descriptor, and `error` says which step failed. The child starts with
 * no signal blocked and every signal at its default. This thread sleeps until exec, and needs 40 KiB of its stack for
 * the child; other threads go on. Fails with MISSING, NOT_PERMITTED, BAD_DESCRIPTOR, TOO_LARGE, NO_MEMORY, WOULD_BLOCK
 * (too many processes), UNSUPPORTED. */
host_status host_process_spawn(host_env *env, const host_process_spawn_config *config, host_process_child *child_out,
                               host_error *error);

/* ---- Waiting and signalling ---- */

/* wait, waitpid, wait3 and wait4. *pid_out is 0 if WNOHANG was given and no child has changed. `usage_out` may be NULL.
 * Fails with NO_CHILD, INTERRUPTED. */
host_status host_process_wait4(host_env *env, int64_t pid, int flags, int64_t *pid_out, int *status_out,
                               host_process_usage *usage_out, host_error *error);

typedef struct host_process_change {
    int64_t pid; /* 0: WNOHANG was given and nothing has changed */
    uint32_t uid;
    int signal; /* SIGCHLD */
    int status; /* exit code or signal */
    int code;   /* CLD_EXITED and its like */
} host_process_change;

/* `type` is P_PID, P_PGID, P_ALL or P_PIDFD of the host. */
host_status host_process_waitid(host_env *env, int type, int64_t id, int flags, host_process_change *change_out,
                                host_error *error);

/* Close-on-exec descriptor, the caller's to close. */
host_status host_process_pidfd_open(host_env *env, int64_t pid, unsigned int flags, int *fd_out, host_error *error);
/* `info` is a siginfo_t of the host or NULL. */
host_status host_process_pidfd_send_signal(host_env *env, int fd, int signal, const void *info, unsigned int flags,
                                           host_error *error);
/* `pid` 0, -1 and negative groups as in kill(2). [child] */
host_status host_process_kill(host_env *env, int64_t pid, int signal, host_error *error);
host_status host_process_killpg(host_env *env, int64_t group, int signal, host_error *error);

#endif
