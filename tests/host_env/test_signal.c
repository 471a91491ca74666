/* Every function of signal: it works, tells the host's errors, is refused, leaves a record. */
#include "host_env/signal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "host_call.h"
#include "support/host_cases.h"

#define CALL(name) static host_status call_##name(host_case_world *world, host_env *env, host_error *error)
#define CHECK(name) static void check_##name(host_case_world *world)

/* Checks may use host_env too, once the record that counts has been made. */
static host_env *quiet(host_case_world *world)
{
    world->env->record = NULL;
    return world->env;
}

static volatile sig_atomic_t handled;
static void count_signal(int signal)
{
    handled = handled * 100 + signal;
}
static volatile sig_atomic_t handled_details;
static void count_details(int signal, void *info, void *context)
{
    handled_details = ((siginfo_t *)info)->si_signo == signal && context != NULL;
}

static void start(host_case_world *world)
{
    (void)world;
    handled = 0;
    signal(SIGUSR1, count_signal);
}
static void stop(host_case_world *world)
{
    (void)world;
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    signal(SIGUSR1, SIG_DFL);
}

CALL(sigaction)
{
    const host_signal_action action = {
        .handler.simple = count_signal, .mask = HOST_SIGNAL_BIT(SIGUSR2), .flags = SA_RESTART};
    return host_signal_sigaction(env, SIGUSR1, &action, (host_signal_action *)world->bytes, error);
}
CHECK(sigaction)
{
    struct sigaction action;
    assert_ptr_equal((void *)((host_signal_action *)world->bytes)->handler.simple, (void *)SIG_DFL);
    assert_int_equal(sigaction(SIGUSR1, NULL, &action), 0);
    assert_ptr_equal((void *)action.sa_handler, (void *)count_signal);
    assert_int_equal(action.sa_flags & SA_RESTART, SA_RESTART);
    assert_int_equal(sigismember(&action.sa_mask, SIGUSR2), 1);
    assert_int_equal(sigismember(&action.sa_mask, SIGUSR1), 0);
    handled = 0;
    raise(SIGUSR1);
    assert_int_equal(handled, SIGUSR1);
}
CALL(sigaction_details)
{
    (void)world;
    const host_signal_action action = {.handler.detailed = count_details, .flags = SA_SIGINFO};
    return host_signal_sigaction(env, SIGUSR1, &action, NULL, error);
}
CHECK(sigaction_details)
{
    host_signal_action now;
    assert_int_equal(host_signal_sigaction(quiet(world), SIGUSR1, NULL, &now, NULL), HOST_OK);
    assert_ptr_equal((void *)now.handler.detailed, (void *)count_details);
    handled_details = 0;
    raise(SIGUSR1);
    assert_int_equal(handled_details, 1);
}

CALL(siginterrupt)
{
    (void)world;
    return host_signal_siginterrupt(env, SIGUSR1, 0, error);
}
CHECK(siginterrupt)
{
    struct sigaction action;
    sigaction(SIGUSR1, NULL, &action);
    assert_int_equal(action.sa_flags & SA_RESTART, SA_RESTART);
    assert_int_equal(host_signal_siginterrupt(quiet(world), SIGUSR1, 1, NULL), HOST_OK);
    sigaction(SIGUSR1, NULL, &action);
    assert_int_equal(action.sa_flags & SA_RESTART, 0);
    assert_ptr_equal((void *)action.sa_handler, (void *)count_signal);
}

static unsigned char alternate[1 << 16];
/* A sanitizer may have given this thread one. */
static void stack_take_away(host_case_world *world)
{
    const stack_t none = {.ss_flags = SS_DISABLE};
    (void)world;
    sigaltstack(&none, NULL);
}
CALL(sigaltstack)
{
    const host_signal_stack stack = {alternate, sizeof(alternate), 0};
    return host_signal_sigaltstack(env, &stack, (host_signal_stack *)world->bytes, error);
}
CHECK(sigaltstack)
{
    stack_t now;
    assert_int_equal(((host_signal_stack *)world->bytes)->flags, SS_DISABLE);
    assert_int_equal(sigaltstack(NULL, &now), 0);
    assert_ptr_equal(now.ss_sp, alternate);
    assert_int_equal(now.ss_size, sizeof(alternate));
    host_signal_stack ours;
    assert_int_equal(host_signal_sigaltstack(quiet(world), NULL, &ours, NULL), HOST_OK);
    assert_ptr_equal(ours.memory, alternate);
}

CALL(sigmask)
{
    const host_signal_set set = HOST_SIGNAL_BIT(SIGUSR1) | HOST_SIGNAL_BIT(40);
    return host_signal_sigmask(env, SIG_BLOCK, &set, (host_signal_set *)world->bytes, error);
}
CHECK(sigmask)
{
    sigset_t now;
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    assert_int_equal(sigismember(&now, SIGUSR1), 1);
    assert_int_equal(sigismember(&now, 40), 1);
    assert_int_equal(sigismember(&now, SIGUSR2), 0);
    assert_int_equal(*(host_signal_set *)world->bytes & HOST_SIGNAL_BIT(SIGUSR1), 0);
    host_signal_set ours;
    assert_int_equal(host_signal_sigmask(quiet(world), SIG_BLOCK, NULL, &ours, NULL), HOST_OK);
    assert_true(ours == (HOST_SIGNAL_BIT(SIGUSR1) | HOST_SIGNAL_BIT(40)));
}

static void block_and_raise(host_case_world *world)
{
    start(world);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
}
CALL(sigpending)
{
    return host_signal_sigpending(env, (host_signal_set *)world->bytes, error);
}
CHECK(sigpending)
{
    assert_true(*(host_signal_set *)world->bytes == HOST_SIGNAL_BIT(SIGUSR1));
}
CALL(sigwait)
{
    const host_signal_set set = HOST_SIGNAL_BIT(SIGUSR1);
    return host_signal_sigwait(env, &set, (int *)world->bytes, error);
}
CHECK(sigwait)
{
    assert_int_equal(*(int *)world->bytes, SIGUSR1);
}
static host_status wait_with(host_case_world *world, host_env *env, int64_t timeout_ns, host_error *error)
{
    const host_signal_set set = HOST_SIGNAL_BIT(SIGUSR1);
    return host_signal_sigtimedwait(env, &set, timeout_ns, (host_signal_info *)world->bytes, world->bytes + 512,
                                    sizeof(siginfo_t), error);
}
CALL(sigtimedwait)
{
    return wait_with(world, env, 5000000000, error);
}
CALL(sigwaitinfo)
{
    return wait_with(world, env, HOST_SIGNAL_WAIT_FOREVER, error);
}
CALL(sigtimedwait_in_vain)
{
    return wait_with(world, env, 1000000, error);
}
CHECK(sigtimedwait)
{
    const host_signal_info *info = (const host_signal_info *)world->bytes;
    assert_int_equal(info->signal, SIGUSR1);
    assert_int_equal(info->code, SI_USER); /* libc hides that raise sends to a thread */
    assert_int_equal(info->pid, getpid());
    assert_int_equal(((siginfo_t *)(world->bytes + 512))->si_signo, SIGUSR1);
}

CALL(pthread_kill)
{
    (void)world;
    return host_signal_pthread_kill(env, (uint64_t)pthread_self(), SIGUSR1, error);
}
CALL(raise)
{
    (void)world;
    return host_signal_raise(env, SIGUSR1, error);
}
CHECK(handled_once)
{
    (void)world;
    assert_int_equal(handled, SIGUSR1);
}

static void timer_soon(host_case_world *world)
{
    start(world);
    signal(SIGALRM, count_signal);
    const struct itimerval soon = {{0, 10000}, {0, 10000}}; /* again and again: the first may come before pause */
    setitimer(ITIMER_REAL, &soon, NULL);
}
static void timer_off(host_case_world *world)
{
    const struct itimerval off = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &off, NULL);
    signal(SIGALRM, SIG_DFL);
    stop(world);
}
CALL(pause)
{
    (void)world;
    return host_signal_pause(env, error);
}
CALL(alarm)
{
    return host_signal_alarm(env, 100, (unsigned int *)world->bytes, error);
}
CHECK(alarm)
{
    assert_int_equal(*(unsigned int *)world->bytes, 0);
    unsigned int left;
    assert_int_equal(host_signal_alarm(quiet(world), 0, &left, NULL), HOST_OK);
    assert_true(left >= 99 && left <= 100);
}
CALL(setitimer)
{
    const host_signal_timer timer = {.interval_us = 2500000, .value_us = 100000000};
    return host_signal_setitimer(env, ITIMER_REAL, &timer, (host_signal_timer *)world->bytes, error);
}
CHECK(setitimer)
{
    struct itimerval timer;
    getitimer(ITIMER_REAL, &timer);
    assert_int_equal(timer.it_interval.tv_sec, 2);
    assert_int_equal(timer.it_interval.tv_usec, 500000);
    assert_in_range(timer.it_value.tv_sec, 98, 100);
    assert_int_equal(((host_signal_timer *)world->bytes)->value_us, 0);
}
static void timer_late(host_case_world *world)
{
    start(world);
    const struct itimerval late = {{7, 8}, {1000, 0}};
    setitimer(ITIMER_REAL, &late, NULL);
}
CALL(getitimer)
{
    return host_signal_getitimer(env, ITIMER_REAL, (host_signal_timer *)world->bytes, error);
}
CHECK(getitimer)
{
    const host_signal_timer *timer = (const host_signal_timer *)world->bytes;
    assert_in_range(timer->interval_us, 7000000, 7010000); /* the kernel rounds to its own ticks */
    assert_in_range(timer->value_us, 990000000, 1000010000);
}
CALL(rtrange)
{
    return host_signal_rtrange(env, (int *)world->bytes, (int *)world->bytes + 1, error);
}
CHECK(rtrange)
{
    assert_int_equal(((int *)world->bytes)[0], SIGRTMIN);
    assert_int_equal(((int *)world->bytes)[1], SIGRTMAX);
}

#define ROW(FUNCTION, name, primitive_name, code, status)                                                              \
    .function = HOST_FUNCTION_SIGNAL_##FUNCTION, .call = call_##name, .primitive = HOST_OPERATION_##primitive_name,    \
    .fail_code = code, .fail_status = HOST_##status
#define STARTED .set_up = start, .tear_down = stop

static const host_case cases[] = {
    {ROW(SIGACTION, sigaction, sigaction, EINVAL, INVALID_ARGUMENT), .check = check_sigaction, .tear_down = stop},
    {ROW(SIGACTION, sigaction_details, sigaction, EINVAL, INVALID_ARGUMENT), .label = "with details",
     .check = check_sigaction_details, STARTED},
    {ROW(SIGINTERRUPT, siginterrupt, sigaction, EINVAL, INVALID_ARGUMENT), .check = check_siginterrupt, STARTED},
    {ROW(SIGINTERRUPT, siginterrupt, sigaction, EINVAL, INVALID_ARGUMENT), .label = "second call", .primitive_nth = 2,
     STARTED},
    {ROW(SIGALTSTACK, sigaltstack, sigaltstack, ENOMEM, NO_MEMORY), .set_up = stack_take_away,
     .check = check_sigaltstack, .flags = HOST_CASE_IN_CHILD},
    {ROW(SIGMASK, sigmask, pthread_sigmask, EINVAL, INVALID_ARGUMENT), .check = check_sigmask, STARTED},
    {ROW(SIGPENDING, sigpending, sigpending, EFAULT, INVALID_ARGUMENT), .set_up = block_and_raise,
     .check = check_sigpending, .tear_down = stop},
    {ROW(SIGWAIT, sigwait, sigwait, EINVAL, INVALID_ARGUMENT), .set_up = block_and_raise, .check = check_sigwait,
     .tear_down = stop},
    {ROW(SIGTIMEDWAIT, sigtimedwait, sigtimedwait, EINTR, INTERRUPTED), .set_up = block_and_raise,
     .check = check_sigtimedwait, .tear_down = stop},
    {ROW(SIGTIMEDWAIT, sigwaitinfo, sigwaitinfo, EINTR, INTERRUPTED), .label = "without limit",
     .set_up = block_and_raise, .check = check_sigtimedwait, .tear_down = stop},
    {ROW(SIGTIMEDWAIT, sigtimedwait_in_vain, sigtimedwait, EAGAIN, WOULD_BLOCK), .label = "in vain",
     .allowed_status = HOST_WOULD_BLOCK, STARTED},
    {ROW(PTHREAD_KILL, pthread_kill, pthread_kill, ESRCH, NO_SUCH_PROCESS), .check = check_handled_once, STARTED},
    {ROW(RAISE, raise, raise, EINVAL, INVALID_ARGUMENT), .check = check_handled_once, STARTED},
    {ROW(PAUSE, pause, pause, EINTR, INTERRUPTED), .set_up = timer_soon, .tear_down = timer_off,
     .allowed_status = HOST_INTERRUPTED},
    {.function = HOST_FUNCTION_SIGNAL_ALARM,
     .call = call_alarm,
     .check = check_alarm,
     .tear_down = timer_off,
     .infallible = "alarm(2) always succeeds"},
    {ROW(SETITIMER, setitimer, interval_timer_set, EINVAL, INVALID_ARGUMENT), .check = check_setitimer,
     .tear_down = timer_off, .set_up = start},
    {ROW(GETITIMER, getitimer, interval_timer_get, EINVAL, INVALID_ARGUMENT), .set_up = timer_late,
     .check = check_getitimer, .tear_down = timer_off},
    {.function = HOST_FUNCTION_SIGNAL_RTRANGE,
     .call = call_rtrange,
     .check = check_rtrange,
     .infallible = "libc knows them by heart"},
};

int main(void)
{
    return host_cases_run("signal", cases, sizeof(cases) / sizeof(cases[0]));
}
