/* Hides from CPython that no signal ever comes from outside: handlers are a table, and only raise() and abort() look at
 * it. */
#include "clock_convert.h"
#include "result.h"

#include "sealed/fatal.h"
#include "sealed/thread.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { FIRST_REALTIME = 35, LAST_REALTIME = 64 };

static struct sigaction actions[_NSIG];
static sigset_t blocked, pending;

static bool is_signal(int number)
{
    return number > 0 && number < _NSIG;
}

static bool may_be_handled(int number)
{
    return is_signal(number) && number != SIGKILL && number != SIGSTOP;
}

int cordon_bind_sigaction(int number, const struct sigaction *action, struct sigaction *old_out)
{
    if (!is_signal(number) || (action && !may_be_handled(number)))
        return sandbox_refuse(EINVAL);
    if (old_out)
        *old_out = actions[number];
    if (action)
        actions[number] = *action;
    return 0;
}

void (*cordon_bind_signal(int number, void (*handler)(int)))(int)
{
    struct sigaction action = {.sa_flags = SA_RESTART}, old;

    action.sa_handler = handler;
    return cordon_bind_sigaction(number, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

static bool is_ignored_by_default(int number)
{
    return number == SIGCHLD || number == SIGCONT || number == SIGURG || number == SIGWINCH;
}

static void call_handler(int number)
{
    struct sigaction action = actions[number];
    siginfo_t information = {.si_signo = number, .si_code = SI_TKILL};
    sigset_t old_blocked = blocked;

    if (action.sa_flags & SA_RESETHAND)
        actions[number].sa_handler = SIG_DFL;
    if (!(action.sa_flags & SA_NODEFER))
        sigaddset(&blocked, number);
    if (action.sa_flags & SA_SIGINFO)
        action.sa_sigaction(number, &information, NULL);
    else
        action.sa_handler(number);
    blocked = old_blocked;
}

int cordon_bind_raise(int number)
{
    if (!is_signal(number))
        return sandbox_refuse(EINVAL);
    if (sigismember(&blocked, number)) {
        sigaddset(&pending, number);
        return 0;
    }
    if (actions[number].sa_handler == SIG_IGN && may_be_handled(number))
        return 0;
    if (actions[number].sa_handler != SIG_DFL && may_be_handled(number)) {
        call_handler(number);
        return 0;
    }
    if (!is_ignored_by_default(number))
        sealed_exit_by_signal(number);
    return 0;
}

/* A program may signal itself, which is all the processes there are. */
int cordon_bind_kill(pid_t process, int number)
{
    if (number != 0 && !is_signal(number))
        return sandbox_refuse(EINVAL);
    if (process != 1 && process != 0 && process != -1)
        return sandbox_refuse(ESRCH);
    return number == 0 ? 0 : cordon_bind_raise(number);
}

static void deliver_pending(void)
{
    for (int number = 1; number < _NSIG; number++) {
        if (!sigismember(&pending, number) || sigismember(&blocked, number))
            continue;
        sigdelset(&pending, number);
        cordon_bind_raise(number);
    }
}

/* One mask for all threads: only raise() delivers, and it does so at once. Answers an error number. */
int cordon_bind_pthread_sigmask(int how, const sigset_t *set, sigset_t *old_out)
{
    sigset_t old = blocked;

    if (set && how != SIG_BLOCK && how != SIG_UNBLOCK && how != SIG_SETMASK)
        return EINVAL;
    for (int number = 1; set && number < _NSIG; number++) {
        bool is_named = sigismember(set, number) == 1;
        bool is_blocked = how == SIG_SETMASK ? is_named : is_named ? how == SIG_BLOCK : sigismember(&old, number) == 1;
        if (is_blocked && may_be_handled(number))
            sigaddset(&blocked, number);
        else
            sigdelset(&blocked, number);
    }
    if (old_out)
        *old_out = old;
    deliver_pending();
    return 0;
}

int cordon_bind_sigprocmask(int how, const sigset_t *set, sigset_t *old_out)
{
    int error_number = cordon_bind_pthread_sigmask(how, set, old_out);

    return error_number == 0 ? 0 : sandbox_refuse(error_number);
}

int cordon_bind_sigpending(sigset_t *set_out)
{
    *set_out = pending;
    return 0;
}

/* --- waiting for a blocked signal that another thread raises --- */

static int first_pending_of(const sigset_t *set)
{
    for (int number = 1; number < _NSIG; number++)
        if (sigismember(set, number) == 1 && sigismember(&pending, number) == 1)
            return number;
    return 0;
}

static bool is_any_pending(void *set)
{
    return first_pending_of(set) != 0;
}

/* The signal, which is pending no more, or -1 with errno: EAGAIN at the deadline, EDEADLK when nobody could ever raise
 * one. */
static int wait_for_signal(const sigset_t *set, uint64_t deadline_ns)
{
    int result = sealed_wait_until(is_any_pending, (void *)set, deadline_ns), number;

    if (result < 0)
        return sandbox_refuse(result == -ETIMEDOUT ? EAGAIN : -result);
    number = first_pending_of(set);
    sigdelset(&pending, number);
    return number;
}

static int with_information(int number, siginfo_t *information_out)
{
    if (number > 0 && information_out)
        *information_out = (siginfo_t){.si_signo = number, .si_code = SI_TKILL};
    return number;
}

int cordon_bind_sigwaitinfo(const sigset_t *set, siginfo_t *information_out)
{
    return with_information(wait_for_signal(set, SEALED_CLOCK_NEVER), information_out);
}

int cordon_bind_sigtimedwait(const sigset_t *set, siginfo_t *information_out, const struct timespec *timeout)
{
    uint64_t timeout_ns;

    if (!ns_of_timespec(timeout, &timeout_ns))
        return sandbox_refuse(EINVAL);
    return with_information(wait_for_signal(set, deadline_in(timeout_ns)), information_out);
}

/* Answers an error number. */
int cordon_bind_sigwait(const sigset_t *set, int *number_out)
{
    int number = wait_for_signal(set, SEALED_CLOCK_NEVER);

    if (number < 0)
        return errno;
    *number_out = number;
    return 0;
}

/* Nothing that could be interrupted ever waits outside the sandbox. */
int cordon_bind_siginterrupt(int number, int does_interrupt)
{
    (void)does_interrupt;
    return is_signal(number) ? 0 : sandbox_refuse(EINVAL);
}

int cordon_bind___libc_current_sigrtmin(void)
{
    return FIRST_REALTIME;
}

int cordon_bind___libc_current_sigrtmax(void)
{
    return LAST_REALTIME;
}
