/* One worker's process: started locked up, looked at from outside, ended and reaped. Any thread may use one, one at a time; it must be started by a thread that
 * lives as long as the worker shall, because the kernel binds the worker's life to that thread. */
#ifndef CORDON_SUPERVISOR_PROCESS_H
#define CORDON_SUPERVISOR_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon/error.h"
#include "host_env/host_env.h"
#include "host_env/lockdown.h"
#include "host_env/process.h"

/* What the kernel tells of a process, "/proc/PID/name". */
typedef enum process_view { PROCESS_VIEW_SYSCALL = 0, PROCESS_VIEW_STAT, PROCESS_VIEW_PAGEMAP, PROCESS_VIEW_COUNT } process_view;

typedef struct process {
    int64_t pid;     /* 0: none, or reaped */
    int handle;      /* a descriptor that is readable once it has ended; -1: none */
    int to_worker;   /* non-blocking; -1: closed */
    int worker_end;  /* of that pipe, open here too: so a write to a worker that has died is a write into a pipe that nobody empties, and no SIGPIPE; -1: closed */
    int from_worker; /* likewise */
    int views[PROCESS_VIEW_COUNT]; /* -1: not opened yet */
} process;
#define PROCESS_NONE { .handle = -1, .to_worker = -1, .worker_end = -1, .from_worker = -1, .views = {-1, -1, -1} }

typedef struct process_ending {
    bool is_known; /* false: it could not be reaped */
    int code;      /* exit code, if it was not ended by a signal */
    int signal;    /* 0: none */
    uint64_t resident_bytes_peak;
    uint64_t cpu_ns;
} process_ending;

/* What a worker is held to before it starts. The caller owns *lockdown_out (host_lockdown_destroy). */
cordon_status process_prepare(host_env *env, host_lockdown **lockdown_out, cordon_error *error);
/* Starts the image and sends the byte that makes it greet. */
cordon_status process_start(host_env *env, const char *image, const host_lockdown *lockdown, process *process_out, cordon_error *error);
/* How many system call filters this process has, and so every child that it starts: in a container, often one. 0 if the kernel does not tell. */
uint64_t process_inherited_filters(host_env *env);
/* Whether the kernel says that the process has put a filter upon itself, besides those it inherited, and can gain nothing by exec. False, and why, also if that cannot
 * be read. */
bool process_is_locked(host_env *env, const process *process, uint64_t inherited_filters, cordon_error *error);

/* Whether the kernel keeps nothing for it but what every worker has: one thread, no signal blocked. False also if that cannot be read. */
bool process_is_plain(host_env *env, process *process);
/* The page faults that its threads have had since it started: each page that it got had one, and no fault of anybody else counts. False if the kernel does not tell. */
bool process_faults(host_env *env, process *process, uint64_t *faults_out);
/* A descriptor of that file, opened when it is first wanted and then kept until the process ends: opening costs as much as reading. It belongs to the process and to none that gets its
 * number later. Borrowed; -1: it cannot be opened. */
int process_view_descriptor(host_env *env, process *process, process_view view);
/* The beginning of that file as it is now, NUL-terminated; false if it cannot be read. */
bool process_read_about(host_env *env, process *process, process_view view, char *text_out, size_t size);
/* Processor time since it started; false if it has gone. */
bool process_cpu_ns(host_env *env, const process *process, uint64_t *ns_out);
/* The processors that it may run on; false if it has gone, or the kernel refuses. */
bool process_processors(host_env *env, const process *process, host_processor_set *set_out);
bool process_set_processors(host_env *env, const process *process, const host_processor_set *set);
uint64_t process_resident_bytes(host_env *env, const process *process); /* 0 if it has gone */
/* Words of its memory; false if one of them cannot be read. */
bool process_read_words(host_env *env, const process *process, const uint64_t *addresses, uint64_t *words_out, size_t count);
/* Writes the word at the first place and CORDON_ATTENTION_BYTE at the second, in the process's own memory. False if they cannot be written. */
bool process_write_attention(host_env *env, const process *process, const uint64_t places[2], uint64_t word);
/* The kernel's own limit, behind the one that the engine watches: so many seconds of processor time since it started. */
void process_limit_cpu(host_env *env, const process *process, uint64_t seconds);

typedef enum process_farewell { PROCESS_KILL = 0, PROCESS_LET_END } process_farewell;
/* Kills it, or gives one that is ending by itself a second for that; reaps it and closes its descriptors. */
void process_end(host_env *env, process *process, process_farewell farewell, process_ending *ending_out);

#endif
