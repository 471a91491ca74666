/* An engine starts sandboxes from one image and keeps some ready; a sandbox is one isolated interpreter.
 *
 * Threads: an engine may be used from any number of threads at once. A sandbox is used by one thread at a time (a second gets BUSY); cordon_sandbox_cancel and
 * cordon_sandbox_interrupt are for any thread. Forks: a child must not use its parent's engines.
 * Lifetimes: a sandbox lives at most as long as its engine. Sandboxes' processes end with the host's process, however that ends. */
#ifndef CORDON_ENGINE_H
#define CORDON_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cordon/access.h"
#include "cordon/callback.h"
#include "cordon/limits.h"

#ifdef __cplusplus
extern "C" {
#endif

struct host_env; /* of libhost_env.a, for hosts that bring their own */

/* Indexed by enum cordon_limit; 0: the engine's, and there the table's; CORDON_LIMIT_NONE: none. Per execution: time, cpu, fuel, output, calls, brokered bytes;
 * the others hold for the sandbox. Time counts from the call of execute to its return. A place beyond the table's that is set is INVALID_ARGUMENT. */
enum { CORDON_LIMITS_CAPACITY = 32 };
typedef struct cordon_limits {
    uint64_t value[CORDON_LIMITS_CAPACITY];
} cordon_limits;

/* Workers that are started and locked before they are wanted. All zero: none is kept, any number may live. */
typedef struct cordon_pool_config {
    uint32_t min_idle;        /* kept ready; refilled by a thread of the engine */
    uint32_t max;             /* sandboxes and idle workers alive at once; 0: no bound */
    uint64_t idle_timeout_ns; /* without a sandbox created for that long the idle workers end, until the next one is; 0: never */
    uint64_t wait_timeout_ns; /* that cordon_sandbox_create waits when max are alive, then BUSY; 0: not at all */
} cordon_pool_config;

typedef struct cordon_engine_config {
    size_t struct_size;          /* set by CORDON_ENGINE_CONFIG_INIT */
    const char *image;           /* path of cordon-sandbox or an image made from it; absolute, or relative to the working directory */
    cordon_limits limits;
    cordon_pool_config pool;
    uint64_t start_timeout_ns;   /* from starting a process to its greeting; 0: 10 seconds */
    struct host_env *host_env;   /* borrowed; NULL: one of its own, that allows what an engine does and nothing else */
} cordon_engine_config;
#define CORDON_ENGINE_CONFIG_INIT { .struct_size = sizeof(cordon_engine_config) }

/* On CORDON_OK the caller owns *engine_out. Fails with INVALID_ARGUMENT, NO_MEMORY, HOST_FAILURE, and SETUP_FAILED if the image is not there. */
CORDON_API cordon_status cordon_engine_create(const cordon_engine_config *config, cordon_engine **engine_out, cordon_error *error);
/* Cancels what runs in all its sandboxes and makes waiting calls return CANCELLED; no sandbox can be created any more. From any thread, any number of times. Accepts NULL. */
CORDON_API void cordon_engine_cancel(cordon_engine *engine);
/* Ends its idle workers and its thread. All its sandboxes must have been destroyed. Accepts NULL. */
CORDON_API void cordon_engine_destroy(cordon_engine *engine);

typedef struct cordon_engine_figures {
    uint64_t started;      /* workers, since the engine was created */
    uint64_t failed;       /* starts that did not come to a locked worker */
    uint64_t idle;         /* ready now */
    uint64_t alive;        /* idle and in use */
} cordon_engine_figures;
CORDON_API void cordon_engine_get_figures(cordon_engine *engine, cordon_engine_figures *figures_out);

/* ---- Sandboxes ---- */

typedef enum cordon_clock_mode {
    CORDON_CLOCK_STEPPING = 0, /* virtual: moves with work and waits */
    CORDON_CLOCK_FIXED,
    CORDON_CLOCK_REAL /* the host's, brokered */
} cordon_clock_mode;

typedef enum cordon_random_mode {
    CORDON_RANDOM_SEED = 0, /* all from `seed` */
    CORDON_RANDOM_HOST      /* the host's, brokered */
} cordon_random_mode;

typedef enum cordon_mount_mode {
    CORDON_MOUNT_READ_ONLY = 0,
    CORDON_MOUNT_READ_WRITE,
    CORDON_MOUNT_OVERLAY /* writes stay in the sandbox and are reported */
} cordon_mount_mode;

typedef struct cordon_mount {
    const char *source; /* a folder of the host */
    const char *path;   /* absolute path in the sandbox */
    cordon_mount_mode mode;
} cordon_mount;

enum { CORDON_SEED_BYTES = 32 };

typedef struct cordon_sandbox_config {
    size_t struct_size;   /* set by CORDON_SANDBOX_CONFIG_INIT */
    cordon_limits limits; /* 0: the engine's */
    cordon_clock_mode clock;
    uint64_t clock_start_ns; /* since the epoch; 0: the host's time now (deterministic: 2026-01-01) */
    uint64_t clock_step_ns;  /* that a look at the clock takes; 0: the image's own */
    cordon_random_mode random;
    const unsigned char *seed; /* CORDON_SEED_BYTES; NULL: random bytes of the host (deterministic: zeros) */
    const char *const *environment; /* "NAME=value", NULL-terminated; NULL: none */
    const char *const *arguments;   /* sys.argv[1:], NULL-terminated; NULL: none */
    const char *directory;          /* working directory, absolute, made if missing; NULL: "/work" */
    const cordon_mount *mounts;
    size_t mount_count;
    bool is_deterministic; /* same image, code, inputs and seed give the same bytes; not with the real clock or the host's random bytes */
    /* Of mounts, the real clock and the host's random bytes; see access.h. NULL: all that is granted above is permitted, and nobody is told. */
    cordon_permit_function permit_access;
    cordon_record_function record_access;
    void *access_context;       /* borrowed for the life of the sandbox */
    const char *overlay_folder; /* absolute; where overlays keep what changes; NULL: /tmp */
    uint64_t interrupt_grace_ns; /* from an interrupt to the hard end; 0: one second */
    /* The session outlives limits, cancels and crashes: what an execution did that ended so is undone, and the next one finds what was there before it. The host keeps a snapshot of the memory while
     * one runs, which costs what cordon_sandbox_snapshot costs, before each. Not with mounts; not after a program, or an end by os._exit. */
    bool keeps_session;
} cordon_sandbox_config;
#define CORDON_SANDBOX_CONFIG_INIT { .struct_size = sizeof(cordon_sandbox_config) }

/* `config` NULL: all defaults. Everything in it is borrowed for the call. On CORDON_OK the caller owns *sandbox_out. Takes at most the start timeout and the pool's wait
 * timeout. Fails with INVALID_ARGUMENT, SETUP_FAILED (not started, not locked), TIMED_OUT, BUSY, CANCELLED, NO_MEMORY, HOST_FAILURE. */
CORDON_API cordon_status cordon_sandbox_create(cordon_engine *engine, const cordon_sandbox_config *config, cordon_sandbox **sandbox_out,
                                               cordon_error *error);
/* Ends whatever the sandbox is doing: the call that waits for it returns, with outcome or status CANCELLED, and the sandbox has ended. From any thread, any number of
 * times, also before anything runs. Accepts NULL. */
CORDON_API void cordon_sandbox_cancel(cordon_sandbox *sandbox);
/* Has the code that runs stop: KeyboardInterrupt is raised in it, once, as by SIGINT (a handler of the program's own is asked instead); a call that waits for the host, a sleep, a lock are left
 * by it. Ended so the outcome is CANCELLED, and the session goes on. What has not ended after interrupt_grace_ns is cancelled, as by cordon_sandbox_cancel. Long work in C is not
 * interrupted before it comes back to Python. From any thread, any number of times: false, and nothing happens, if nothing runs. Accepts NULL. */
CORDON_API bool cordon_sandbox_interrupt(cordon_sandbox *sandbox);
/* Makes it as one newly created with the same configuration (a new seed and the time of now, unless the configuration has them): nothing of what ran before is left, on either side. An
 * execution that is suspended is given up; functions stay registered, a journal stays set. After the sandbox has ended, by whatever, this gives it a new process. Where the kernel
 * allows, the process stays and its memory is brought back from outside, in about a third of the time. From the second call on of an engine: the first looks at what is to be brought
 * back. Fails as cordon_sandbox_create; the sandbox has ended then, and may be cleared again. */
CORDON_API cordon_status cordon_sandbox_clear(cordon_sandbox *sandbox, cordon_error *error);
/* The same, but the files and folders of its memory file system stay, with modes and modification times; links and pipes do not, nor who had what open. They pass through the host's memory, bounded by the
 * sandbox's quota: TOO_LARGE, and nothing is done, if sparse files are longer than that. FILE_REFUSED, and nothing is done, if the sandbox cannot tell of them. SUSPENDED and
 * SANDBOX_ENDED: files have gone with the process, only a clear is possible. */
CORDON_API cordon_status cordon_sandbox_reset(cordon_sandbox *sandbox, cordon_error *error);
/* Kills and reaps the process. No other thread may be using the sandbox. Calls that are kept must still be answered. Accepts NULL. */
CORDON_API void cordon_sandbox_destroy(cordon_sandbox *sandbox);
/* Since the sandbox was created or cleared: sums over its executions, and the highest of their peaks. By the thread that uses the sandbox. */
typedef struct cordon_session_figures {
    uint64_t executions; /* programs and calls into plugins too */
    uint64_t wall_ns, cpu_ns;
    uint64_t output_bytes, calls, effects, brokered_bytes, trace_events;
    uint64_t fuel;              /* by the sandbox's own word, as memory_peak_bytes */
    uint64_t resident_bytes_peak, memory_peak_bytes;
} cordon_session_figures;
CORDON_API void cordon_sandbox_get_session_figures(const cordon_sandbox *sandbox, cordon_session_figures *figures_out);
/* Of the process, for an observer; 0 after it was reaped. */
CORDON_API int64_t cordon_sandbox_process_id(const cordon_sandbox *sandbox);

#ifdef __cplusplus
}
#endif
#endif
