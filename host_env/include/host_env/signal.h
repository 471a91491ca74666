/* Signals: what this process does about them, and how a thread waits for them. Sending to processes is in process.h.
 *
 * Signal numbers and flags are the host's own (<signal.h>). Every function is async-signal-safe as long as policy and
 * record are, and safe from any thread. `error` may be NULL. Common failures: DENIED_BY_POLICY, INVALID_ARGUMENT,
 * INTERRUPTED. */
#ifndef HOST_ENV_SIGNAL_H
#define HOST_ENV_SIGNAL_H

#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"

/* Bit number - 1 stands for a signal, as in the kernel's own set: 64 signals. */
typedef uint64_t host_signal_set;
enum { HOST_SIGNALS_MAX = 64 };
#define HOST_SIGNAL_BIT(number) ((host_signal_set)1 << ((number)-1))

/* The signals that supervisors use, for callers that include no OS header. */
typedef enum host_signal {
    HOST_SIGNAL_INTERRUPT = 2,
    HOST_SIGNAL_ABORT = 6,
    HOST_SIGNAL_KILL = 9,
    HOST_SIGNAL_USER_1 = 10,
    HOST_SIGNAL_SEGMENT = 11,
    HOST_SIGNAL_PIPE = 13,
    HOST_SIGNAL_TERMINATE = 15,
    HOST_SIGNAL_CHILD = 17,
    HOST_SIGNAL_CONTINUE = 18,
    HOST_SIGNAL_STOP = 19,
    HOST_SIGNAL_CPU_TIME = 24,
    HOST_SIGNAL_FILE_SIZE = 25,
    HOST_SIGNAL_SYSTEM_CALL = 31
} host_signal;

typedef struct host_signal_action {
    union {
        void (*simple)(int signal); /* also the host's SIG_DFL and SIG_IGN */
        void (*detailed)(int signal, void *info,
                         void *context); /* with SA_SIGINFO: siginfo_t and ucontext_t of the host */
    } handler;
    host_signal_set mask; /* blocked while the handler runs */
    int flags;            /* SA_* of the host */
} host_signal_action;

/* Either pointer may be NULL; both NULL only checks the number. A refused or failed call changes nothing. */
host_status host_signal_sigaction(host_env *env, int signal, const host_signal_action *action,
                                  host_signal_action *old_out, host_error *error);
/* Interrupts system calls (1) or restarts them (0). */
host_status host_signal_siginterrupt(host_env *env, int signal, int interrupts, host_error *error);

typedef struct host_signal_stack {
    void *memory; /* the caller's; must live as long as the stack is in use */
    size_t size_bytes;
    int flags; /* SS_* of the host */
} host_signal_stack;

/* Either pointer may be NULL. */
host_status host_signal_sigaltstack(host_env *env, const host_signal_stack *stack, host_signal_stack *old_out,
                                    host_error *error);

/* `how` is SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK of the host; `set` NULL only reads; `old_out` may be NULL. Concerns
 * this thread. */
host_status host_signal_sigmask(host_env *env, int how, const host_signal_set *set, host_signal_set *old_out,
                                host_error *error);
host_status host_signal_sigpending(host_env *env, host_signal_set *set_out, host_error *error);

host_status host_signal_pthread_kill(host_env *env, uint64_t thread, int signal, host_error *error);
host_status host_signal_raise(host_env *env, int signal, host_error *error);

/* Returns INTERRUPTED once a handler has run: pause has no other end. */
host_status host_signal_pause(host_env *env, host_error *error);
/* *remaining_seconds_out is what was left of an earlier alarm, 0 if there was none. */
host_status host_signal_alarm(host_env *env, unsigned int seconds, unsigned int *remaining_seconds_out,
                              host_error *error);

typedef struct host_signal_timer {
    int64_t interval_us; /* 0: fires once */
    int64_t value_us;    /* until it fires; 0: off */
} host_signal_timer;

/* `which` is ITIMER_* of the host; `old_out` may be NULL. */
host_status host_signal_setitimer(host_env *env, int which, const host_signal_timer *timer, host_signal_timer *old_out,
                                  host_error *error);
host_status host_signal_getitimer(host_env *env, int which, host_signal_timer *timer_out, host_error *error);

host_status host_signal_sigwait(host_env *env, const host_signal_set *set, int *signal_out, host_error *error);

typedef struct host_signal_info {
    int signal;
    int code;
    int host_code; /* si_errno */
    int64_t pid;
    uint32_t uid;
    int status;
    int64_t band;
} host_signal_info;

enum { HOST_SIGNAL_WAIT_FOREVER = -1 };
/* Waits at most `timeout_ns`; HOST_SIGNAL_WAIT_FOREVER waits without limit. `details`, if not NULL, gets the host's
 * whole siginfo_t
 * (`details_size_bytes` must be its size). Fails with WOULD_BLOCK when the time has run out, INTERRUPTED. */
host_status host_signal_sigtimedwait(host_env *env, const host_signal_set *set, int64_t timeout_ns,
                                     host_signal_info *info_out, void *details, size_t details_size_bytes,
                                     host_error *error);

/* The first and last real-time signal that libc leaves free. */
host_status host_signal_rtrange(host_env *env, int *first_out, int *last_out, host_error *error);

#endif
