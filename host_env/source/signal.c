/* Hides how this process handles, blocks and raises signals. */
#include "host_env/signal.h"

#include "host_call.h"
#include "signal_sets.h"

#define SAME_NUMBER(ours, hosts)                                                                                       \
    _Static_assert((int)HOST_SIGNAL_##ours == hosts, "signal.h names the host's own number")
SAME_NUMBER(INTERRUPT, SIGINT);
SAME_NUMBER(ABORT, SIGABRT);
SAME_NUMBER(KILL, SIGKILL);
SAME_NUMBER(USER_1, SIGUSR1);
SAME_NUMBER(SEGMENT, SIGSEGV);
SAME_NUMBER(PIPE, SIGPIPE);
SAME_NUMBER(TERMINATE, SIGTERM);
SAME_NUMBER(CHILD, SIGCHLD);
SAME_NUMBER(CONTINUE, SIGCONT);
SAME_NUMBER(STOP, SIGSTOP);
SAME_NUMBER(CPU_TIME, SIGXCPU);
SAME_NUMBER(FILE_SIZE, SIGXFSZ);
SAME_NUMBER(SYSTEM_CALL, SIGSYS);

typedef void (*detailed_handler)(int signal, siginfo_t *info, void *context);
typedef void (*our_detailed_handler)(int signal, void *info, void *context);

/* A handler is one pointer in both forms; which one it is, the flags say. */
static struct sigaction action_to_host(const host_signal_action *action)
{
    struct sigaction host = {.sa_mask = signal_set_to_host(action->mask), .sa_flags = action->flags};
    if ((action->flags & SA_SIGINFO) != 0) {
        host.sa_sigaction = (detailed_handler)action->handler.detailed;
    } else {
        host.sa_handler = action->handler.simple;
    }
    return host;
}

static host_signal_action action_from_host(const struct sigaction *host)
{
    host_signal_action action = {.mask = signal_set_from_host(&host->sa_mask), .flags = host->sa_flags};
    if ((host->sa_flags & SA_SIGINFO) != 0) {
        action.handler.detailed = (our_detailed_handler)host->sa_sigaction;
    } else {
        action.handler.simple = host->sa_handler;
    }
    return action;
}

host_status host_signal_sigaction(host_env *env, int signal, const host_signal_action *action,
                                  host_signal_action *old_out, host_error *error)
{
    HOST_CALL(call, env, SIGNAL_SIGACTION, error);
    host_call_number(&call, "signal", signal);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct sigaction new_action, old_action;
    if (action != NULL) {
        new_action = action_to_host(action);
    }
    int failed =
        env->operations.sigaction(signal, action != NULL ? &new_action : NULL, old_out != NULL ? &old_action : NULL);
    int code = failed ? errno : 0;
    if (code == 0 && old_out != NULL) {
        *old_out = action_from_host(&old_action);
    }
    return host_call_finish(&call, code, 0);
}

/* As siginterrupt(3), which is deprecated, does it. */
host_status host_signal_siginterrupt(host_env *env, int signal, int interrupts, host_error *error)
{
    HOST_CALL(call, env, SIGNAL_SIGINTERRUPT, error);
    host_call_number(&call, "signal", signal);
    host_call_number(&call, "interrupts", interrupts);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct sigaction action;
    if (env->operations.sigaction(signal, NULL, &action) != 0) {
        return host_call_finish(&call, errno, 0);
    }
    action.sa_flags = interrupts != 0 ? action.sa_flags & ~SA_RESTART : action.sa_flags | SA_RESTART;
    int failed = env->operations.sigaction(signal, &action, NULL);
    return host_call_finish(&call, failed ? errno : 0, 0);
}

host_status host_signal_sigaltstack(host_env *env, const host_signal_stack *stack, host_signal_stack *old_out,
                                    host_error *error)
{
    HOST_CALL(call, env, SIGNAL_SIGALTSTACK, error);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    stack_t new_stack, old_stack;
    if (stack != NULL) {
        new_stack = (stack_t){.ss_sp = stack->memory, .ss_size = stack->size_bytes, .ss_flags = stack->flags};
    }
    int failed = env->operations.sigaltstack(stack != NULL ? &new_stack : NULL, old_out != NULL ? &old_stack : NULL);
    int code = failed ? errno : 0;
    if (code == 0 && old_out != NULL) {
        *old_out = (host_signal_stack){old_stack.ss_sp, old_stack.ss_size, old_stack.ss_flags};
    }
    return host_call_finish(&call, code, 0);
}

host_status host_signal_sigmask(host_env *env, int how, const host_signal_set *set, host_signal_set *old_out,
                                host_error *error)
{
    HOST_CALL(call, env, SIGNAL_SIGMASK, error);
    host_call_number(&call, "how", how);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    sigset_t new_set, old_set;
    if (set != NULL) {
        new_set = signal_set_to_host(*set);
    }
    int code = env->operations.pthread_sigmask(how, set != NULL ? &new_set : NULL, old_out != NULL ? &old_set : NULL);
    if (code == 0 && old_out != NULL) {
        *old_out = signal_set_from_host(&old_set);
    }
    return host_call_finish(&call, code, 0);
}

host_status host_signal_sigpending(host_env *env, host_signal_set *set_out, host_error *error)
{
    HOST_CALL(call, env, SIGNAL_SIGPENDING, error);
    if (set_out == NULL) {
        return host_call_invalid(&call, "set_out is NULL");
    }
    *set_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    sigset_t set;
    int code = env->operations.sigpending(&set) != 0 ? errno : 0;
    *set_out = code == 0 ? signal_set_from_host(&set) : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_signal_pthread_kill(host_env *env, uint64_t thread, int signal, host_error *error)
{
    HOST_CALL(call, env, SIGNAL_PTHREAD_KILL, error);
    host_call_number(&call, "thread", (int64_t)thread);
    host_call_number(&call, "signal", signal);
    if (thread == 0) { /* libc would follow the pointer */
        return host_call_invalid(&call, "there is no thread 0");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return host_call_finish(&call, env->operations.pthread_kill((pthread_t)thread, signal), 0);
}

host_status host_signal_raise(host_env *env, int signal, host_error *error)
{
    HOST_CALL(call, env, SIGNAL_RAISE, error);
    host_call_number(&call, "signal", signal);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int failed = env->operations.raise(signal);
    return host_call_finish(&call, failed ? errno : 0, 0);
}

host_status host_signal_rtrange(host_env *env, int *first_out, int *last_out, host_error *error)
{
    HOST_CALL(call, env, SIGNAL_RTRANGE, error);
    if (first_out == NULL || last_out == NULL) {
        return host_call_invalid(&call, "first_out or last_out is NULL");
    }
    *first_out = *last_out = -1;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *first_out = env->operations.signal_first_real_time();
    *last_out = env->operations.signal_last_real_time();
    return host_call_finish(&call, 0, 0);
}
