/* Signals: libc's signatures on host_env/signal.h. */
#include "bind_internal.h"
#include "bindings/bind.h"
#include "prototypes.h"

static host_signal_action action_of(const struct sigaction *action)
{
    host_signal_action result = { .mask = bind_signal_set(&action->sa_mask), .flags = action->sa_flags };
    /* Both members of either union are one pointer. */
    result.handler.simple = action->sa_handler;
    return result;
}

static void sigaction_fill(struct sigaction *action_out, const host_signal_action *action)
{
    memset(action_out, 0, sizeof *action_out);
    action_out->sa_handler = action->handler.simple;
    action_out->sa_flags = action->flags;
    bind_sigset_fill(&action_out->sa_mask, action->mask);
}

int cordon_bind_sigaction(int signal, const struct sigaction *restrict action, struct sigaction *restrict old_out)
{
    host_signal_action wanted, old;
    if (action != NULL) wanted = action_of(action);
    int result = BIND(signal_sigaction, signal, action == NULL ? NULL : &wanted, &old);
    if (result == 0 && old_out != NULL) sigaction_fill(old_out, &old);
    return result;
}

__sighandler_t cordon_bind_signal(int signal, __sighandler_t handler)
{
    host_signal_action wanted = { .handler = { .simple = handler }, .mask = HOST_SIGNAL_BIT(signal), .flags = SA_RESTART }, old;
    return BIND(signal_sigaction, signal, &wanted, &old) == 0 ? old.handler.simple : SIG_ERR;
}

int cordon_bind_siginterrupt(int signal, int interrupts) { return BIND(signal_siginterrupt, signal, interrupts); }

int cordon_bind_sigaltstack(const stack_t *restrict stack, stack_t *restrict old_out)
{
    host_signal_stack wanted, old;
    if (stack != NULL) wanted = (host_signal_stack){ .memory = stack->ss_sp, .size_bytes = stack->ss_size, .flags = stack->ss_flags };
    int result = BIND(signal_sigaltstack, stack == NULL ? NULL : &wanted, &old);
    if (result == 0 && old_out != NULL) *old_out = (stack_t){ .ss_sp = old.memory, .ss_size = old.size_bytes, .ss_flags = old.flags };
    return result;
}

/* Returns the error number, as the threads' functions do. */
int cordon_bind_pthread_sigmask(int how, const __sigset_t *restrict set, __sigset_t *restrict old_out)
{
    host_signal_set wanted = 0, old;
    if (set != NULL) wanted = bind_signal_set(set);
    int code = BIND_CODE(signal_sigmask, how, set == NULL ? NULL : &wanted, &old);
    if (code == 0 && old_out != NULL) bind_sigset_fill(old_out, old);
    return code;
}

int cordon_bind_sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old_out)
{
    int code = cordon_bind_pthread_sigmask(how, set, old_out);
    if (code == 0) return 0;
    errno = code;
    return -1;
}

int cordon_bind_sigpending(sigset_t *set_out)
{
    host_signal_set pending;
    if (BIND(signal_sigpending, &pending) != 0) return -1;
    bind_sigset_fill(set_out, pending);
    return 0;
}

/* Returns the error number. */
int cordon_bind_sigwait(const sigset_t *restrict set, int *restrict signal_out)
{
    host_signal_set awaited = bind_signal_set(set);
    return BIND_CODE(signal_sigwait, &awaited, signal_out);
}

static int wait_for_signal(const sigset_t *set, int64_t timeout_ns, siginfo_t *details)
{
    host_signal_set awaited = bind_signal_set(set);
    host_signal_info info;
    siginfo_t ignored;
    return BIND(signal_sigtimedwait, &awaited, timeout_ns, &info, details == NULL ? &ignored : details, sizeof(siginfo_t)) == 0 ? info.signal : -1;
}

int cordon_bind_sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict details)
{
    return wait_for_signal(set, HOST_SIGNAL_WAIT_FOREVER, details);
}

int cordon_bind_sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict details, const struct timespec *restrict timeout)
{
    enum { NS_PER_SECOND = 1000000000 };
    if (timeout == NULL) return wait_for_signal(set, HOST_SIGNAL_WAIT_FOREVER, details);
    if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= NS_PER_SECOND) {
        errno = EINVAL;
        return -1;
    }
    int64_t timeout_ns = timeout->tv_sec >= INT64_MAX / NS_PER_SECOND - 1 ? INT64_MAX : (int64_t)timeout->tv_sec * NS_PER_SECOND + timeout->tv_nsec;
    return wait_for_signal(set, timeout_ns, details);
}

int cordon_bind_raise(int signal) { return BIND(signal_raise, signal); }
int cordon_bind_pthread_kill(pthread_t thread, int signal) { return BIND_CODE(signal_pthread_kill, thread, signal); }
int cordon_bind_pause(void) { return BIND_PLAIN(signal_pause); }

unsigned int cordon_bind_alarm(unsigned int seconds)
{
    unsigned int remaining;
    return BIND(signal_alarm, seconds, &remaining) == 0 ? remaining : 0;
}

enum { US_PER_SECOND = 1000000 };

static int64_t microseconds_of(const struct timeval *time) { return (int64_t)time->tv_sec * US_PER_SECOND + time->tv_usec; }

static struct timeval timeval_of(int64_t microseconds)
{
    return (struct timeval){ .tv_sec = microseconds / US_PER_SECOND, .tv_usec = microseconds % US_PER_SECOND };
}

static struct itimerval itimerval_of(const host_signal_timer *timer)
{
    return (struct itimerval){ .it_interval = timeval_of(timer->interval_us), .it_value = timeval_of(timer->value_us) };
}

int cordon_bind_setitimer(__itimer_which_t which, const struct itimerval *restrict value, struct itimerval *restrict old_out)
{
    const struct timeval *parts[] = { &value->it_interval, &value->it_value };
    for (size_t i = 0; i < 2; i++) {
        if (parts[i]->tv_sec < 0 || parts[i]->tv_sec > INT64_MAX / US_PER_SECOND - 1 || parts[i]->tv_usec < 0 || parts[i]->tv_usec >= US_PER_SECOND) {
            errno = EINVAL;
            return -1;
        }
    }
    host_signal_timer timer = { .interval_us = microseconds_of(&value->it_interval), .value_us = microseconds_of(&value->it_value) }, old;
    if (BIND(signal_setitimer, which, &timer, &old) != 0) return -1;
    if (old_out != NULL) *old_out = itimerval_of(&old);
    return 0;
}

int cordon_bind_getitimer(__itimer_which_t which, struct itimerval *value_out)
{
    host_signal_timer timer;
    if (BIND(signal_getitimer, which, &timer) != 0) return -1;
    *value_out = itimerval_of(&timer);
    return 0;
}

/* What SIGRTMIN and SIGRTMAX expand to. */
int cordon_bind___libc_current_sigrtmin(void)
{
    int first, last;
    return BIND(signal_rtrange, &first, &last) == 0 ? first : -1;
}

int cordon_bind___libc_current_sigrtmax(void)
{
    int first, last;
    return BIND(signal_rtrange, &first, &last) == 0 ? last : -1;
}
