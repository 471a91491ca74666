/* Hides from `cordon run` that a signal may come at any time and on any thread: a handler that only takes note, and a
 * thread that acts on it. */
#include "run_signals.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>

#include "host_env/fd.h"
#include "host_env/ipc.h"
#include "host_env/poll.h"
#include "host_env/signal.h"
#include "host_env/thread.h"

enum { NOBODY = -1 };
static const int watched[] = {SIGINT, SIGTERM, SIGHUP};
enum { WATCHED = sizeof watched / sizeof *watched };
#define NUDGE_NS 20000000 /* between attempts to interrupt a thread that may not have been waiting yet */

/* A handler is given nothing but a number, so this is the process's. */
static struct {
    host_env *env;
    run_stop_function stop;
    void *stop_context;
    uint64_t main_thread, watcher;
    int event; /* descriptor; NOBODY: nothing has begun */
    bool is_set[WATCHED];
    int received; /* this and what follows: by atomic operations alone */
    bool is_typing, was_interrupted, is_over;
} signals = {.event = NOBODY};

static void take_note(int number)
{
    int none = 0;
    if (number == SIGINT && __atomic_load_n(&signals.is_typing, __ATOMIC_SEQ_CST)) {
        __atomic_store_n(&signals.was_interrupted, true, __ATOMIC_SEQ_CST);
        return;
    }
    if (__atomic_compare_exchange_n(&signals.received, &none, number, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        (void)host_ipc_event_write(signals.env, signals.event, 1, NULL); /* safe in a handler */
}

/* A thread that was about to wait when the signal came would not notice it: it is told again until all is over. */
static void nudge(void)
{
    while (!__atomic_load_n(&signals.is_over, __ATOMIC_SEQ_CST)) {
        host_poll_item none = {.fd = -1};
        int ready;
        (void)host_signal_pthread_kill(signals.env, signals.main_thread,
                                       __atomic_load_n(&signals.received, __ATOMIC_SEQ_CST), NULL);
        (void)host_poll_wait(signals.env, &none, 1, NUDGE_NS, &ready, NULL);
    }
}

static void *watch(void *unused)
{
    uint64_t count;
    host_status status;
    do
        status = host_ipc_event_read(signals.env, signals.event, &count, NULL);
    while (status == HOST_INTERRUPTED);
    if (__atomic_load_n(&signals.received, __ATOMIC_SEQ_CST) != 0) {
        signals.stop(signals.stop_context);
        nudge();
    }
    return unused;
}

static void set_handlers(host_env *env)
{
    const host_signal_action note = {.handler.simple = take_note}; /* without SA_RESTART: waiting ends */
    host_signal_action before;
    for (int i = 0; i < WATCHED; i++) {
        signals.is_set[i] = host_signal_sigaction(env, watched[i], NULL, &before, NULL) == HOST_OK &&
                            before.handler.simple != SIG_IGN &&
                            host_signal_sigaction(env, watched[i], &note, NULL, NULL) == HOST_OK;
    }
}

static void reset_handlers(host_env *env)
{
    const host_signal_action usual = {.handler.simple = SIG_DFL};
    for (int i = 0; i < WATCHED; i++)
        if (signals.is_set[i])
            (void)host_signal_sigaction(env, watched[i], &usual, NULL, NULL);
}

int run_signals_begin(const command_context *context, run_stop_function stop, void *stop_context)
{
    signals.env = context->env;
    signals.stop = stop;
    signals.stop_context = stop_context;
    signals.main_thread = (uint64_t)pthread_self();
    if (host_ipc_event_create(context->env, 0, 0, &signals.event, NULL) != HOST_OK) {
        signals.event = NOBODY;
        return -1;
    }
    set_handlers(context->env);
    if (host_thread_create(context->env, NULL, watch, NULL, &signals.watcher, NULL) == HOST_OK)
        return 0;
    reset_handlers(context->env);
    (void)host_fd_close(context->env, signals.event, NULL);
    signals.event = NOBODY;
    return -1;
}

int run_signals_received(void)
{
    return __atomic_load_n(&signals.received, __ATOMIC_SEQ_CST);
}

void run_signals_typing_begin(void)
{
    __atomic_store_n(&signals.is_typing, true, __ATOMIC_SEQ_CST);
}

bool run_signals_typing_end(void)
{
    __atomic_store_n(&signals.is_typing, false, __ATOMIC_SEQ_CST);
    return __atomic_exchange_n(&signals.was_interrupted, false, __ATOMIC_SEQ_CST);
}

void run_signals_end(const command_context *context)
{
    if (signals.event == NOBODY)
        return;
    __atomic_store_n(&signals.is_over, true, __ATOMIC_SEQ_CST);
    (void)host_ipc_event_write(context->env, signals.event, 1, NULL);
    (void)host_thread_join(context->env, signals.watcher, NULL, NULL);
}

void run_signals_pass_on(const command_context *context)
{
    if (signals.event == NOBODY)
        return;
    reset_handlers(context->env);
    int number = __atomic_load_n(&signals.received, __ATOMIC_SEQ_CST);
    if (number != 0)
        (void)host_signal_raise(context->env, number, NULL);
}
