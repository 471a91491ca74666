/* The smaller corners of libc in the sandbox: clocks, threads under their POSIX names, signals, endings, texts, fixed
 * answers. */
#include "sealed/clock.h"
#include "sealed/descriptor.h"
#include "sealed/fatal.h"
#include "sealed/thread.h"
#include "support/fake_gate.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

int cordon_bind_clock_gettime(clockid_t clock, struct timespec *time_out);
int cordon_bind_clock_settime(clockid_t clock, const struct timespec *time);
int cordon_bind_clock_nanosleep(clockid_t clock, int flags, const struct timespec *request, struct timespec *rest_out);
int cordon_bind_nanosleep(const struct timespec *request, struct timespec *rest_out);
int cordon_bind_gettimeofday(struct timeval *time_out, void *zone);
int cordon_bind_getrusage(int who, struct rusage *usage_out);
int cordon_bind_pthread_create(pthread_t *thread_out, const pthread_attr_t *attributes, void *(*start)(void *),
                               void *argument);
int cordon_bind_pthread_join(pthread_t thread, void **result_out);
int cordon_bind_pthread_detach(pthread_t thread);
int cordon_bind_pthread_attr_init(pthread_attr_t *attributes);
int cordon_bind_pthread_attr_setstacksize(pthread_attr_t *attributes, size_t bytes);
int cordon_bind_pthread_attr_setdetachstate(pthread_attr_t *attributes, int state);
int cordon_bind_pthread_once(pthread_once_t *once, void (*initialise)(void));
int cordon_bind_pthread_mutexattr_init(pthread_mutexattr_t *attribute);
int cordon_bind_pthread_mutexattr_settype(pthread_mutexattr_t *attribute, int type);
int cordon_bind_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attribute);
int cordon_bind_pthread_mutex_lock(pthread_mutex_t *mutex);
int cordon_bind_pthread_mutex_trylock(pthread_mutex_t *mutex);
int cordon_bind_pthread_mutex_unlock(pthread_mutex_t *mutex);
int cordon_bind_pthread_mutex_destroy(pthread_mutex_t *mutex);
int cordon_bind_pthread_condattr_init(pthread_condattr_t *attribute);
int cordon_bind_pthread_condattr_setclock(pthread_condattr_t *attribute, clockid_t clock);
int cordon_bind_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attribute);
int cordon_bind_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                       const struct timespec *deadline);
int cordon_bind_sem_init(sem_t *semaphore, int is_shared, unsigned value);
int cordon_bind_sem_post(sem_t *semaphore);
int cordon_bind_sem_trywait(sem_t *semaphore);
int cordon_bind_sem_timedwait(sem_t *semaphore, const struct timespec *deadline);
void (*cordon_bind_signal(int number, void (*handler)(int)))(int);
int cordon_bind_sigaction(int number, const struct sigaction *action, struct sigaction *old_out);
int cordon_bind_raise(int number);
int cordon_bind_kill(pid_t process, int number);
int cordon_bind_pthread_sigmask(int how, const sigset_t *set, sigset_t *old_out);
int cordon_bind_sigpending(sigset_t *set_out);
int cordon_bind_sigwait(const sigset_t *set, int *number_out);
int cordon_bind_sigtimedwait(const sigset_t *set, siginfo_t *information_out, const struct timespec *timeout);
int cordon_bind_atexit(void (*handler)(void));
_Noreturn void cordon_bind_exit(int code);
_Noreturn void cordon_bind_abort(void);
char *cordon_bind_strerror(int error_number);
int cordon_bind_strerror_r(int error_number, char *buffer, size_t size);
char *cordon_bind_strsignal(int number);
long cordon_bind_sysconf(int name);
long cordon_bind_syscall(long number, ...);
int cordon_bind_uname(struct utsname *names_out);
int cordon_bind_getentropy(void *buffer, size_t size);
ssize_t cordon_bind_getrandom(void *buffer, size_t size, unsigned flags);
int cordon_bind_puts(const char *text);
int *cordon_bind___errno_location(void);

int sandbox_interpreter_threads_begin(void)
{
    return 0; /* there is no interpreter in this test */
}

void sandbox_interpreter_looked_at_clock(void)
{
}

static const uint64_t second_ns = 1000000000ull;

/* --- clocks --- */

static void sleeping_moves_every_clock_but_processor_time(void **state)
{
    struct timespec before, after, cpu_before, cpu_after, hour = {.tv_sec = 3600};
    (void)state;

    cordon_bind_clock_gettime(CLOCK_REALTIME, &before);
    cordon_bind_clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu_before);
    assert_int_equal(cordon_bind_nanosleep(&hour, NULL), 0);
    cordon_bind_clock_gettime(CLOCK_REALTIME, &after);
    cordon_bind_clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu_after);
    assert_int_equal(after.tv_sec - before.tv_sec, 3600);
    assert_int_equal(cpu_after.tv_sec, cpu_before.tv_sec);
}

static void sleep_until_a_time_that_is_past_returns_at_once(void **state)
{
    struct timespec now, past;
    uint64_t before;
    (void)state;

    cordon_bind_clock_gettime(CLOCK_REALTIME, &now);
    past = (struct timespec){.tv_sec = now.tv_sec - 5};
    before = sealed_clock_peek_ns();
    assert_int_equal(cordon_bind_clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL), 0);
    assert_int_equal(sealed_clock_peek_ns(), before);
    now.tv_sec += 5;
    assert_int_equal(cordon_bind_clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &now, NULL), 0);
    assert_true(sealed_clock_peek_ns() - before > 4 * second_ns);
}

static void wrong_times_and_clocks_are_refused(void **state)
{
    struct timespec time = {.tv_nsec = 1000000000};
    (void)state;

    assert_int_equal(cordon_bind_nanosleep(&time, NULL), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(cordon_bind_clock_gettime(77, &time), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(cordon_bind_clock_settime(CLOCK_REALTIME, &time), -1);
    assert_int_equal(errno, EPERM);
    time = (struct timespec){.tv_sec = 1};
    assert_int_equal(cordon_bind_clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &time, NULL), EOPNOTSUPP);
}

static void all_readings_agree(void **state)
{
    struct timespec precise;
    struct timeval rough;
    struct rusage usage;
    (void)state;

    cordon_bind_clock_gettime(CLOCK_REALTIME, &precise);
    cordon_bind_gettimeofday(&rough, NULL);
    assert_in_range(rough.tv_sec, precise.tv_sec, precise.tv_sec + 1);
    assert_int_equal(cordon_bind_getrusage(RUSAGE_SELF, &usage), 0);
    assert_true(usage.ru_utime.tv_usec > 0 || usage.ru_utime.tv_sec > 0);
    assert_int_equal(cordon_bind_getrusage(RUSAGE_CHILDREN, &usage), 0);
    assert_int_equal(usage.ru_utime.tv_usec, 0);
    assert_int_equal(cordon_bind_getrusage(55, &usage), -1);
}

/* --- threads --- */

static void *return_argument(void *argument)
{
    return argument;
}

static void threads_are_created_joined_and_detached(void **state)
{
    pthread_attr_t attributes;
    pthread_t thread;
    void *result;
    (void)state;

    assert_int_equal(cordon_bind_pthread_create(&thread, NULL, return_argument, "result"), 0);
    assert_int_equal(cordon_bind_pthread_join(thread, &result), 0);
    assert_string_equal(result, "result");

    cordon_bind_pthread_attr_init(&attributes);
    assert_int_equal(cordon_bind_pthread_attr_setstacksize(&attributes, 100), EINVAL);
    assert_int_equal(cordon_bind_pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
    assert_int_equal(cordon_bind_pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED), 0);
    assert_int_equal(cordon_bind_pthread_create(&thread, &attributes, return_argument, NULL), 0);
    assert_int_equal(cordon_bind_pthread_join(thread, NULL), EINVAL);
    assert_int_equal(cordon_bind_pthread_detach(thread), EINVAL);
    sealed_thread_yield();
    assert_int_equal(sealed_thread_count(), 1);
}

static void *change_errno(void *argument)
{
    assert_int_equal(*cordon_bind___errno_location(), 0);
    *cordon_bind___errno_location() = 5;
    sealed_thread_yield();
    assert_int_equal(*cordon_bind___errno_location(), 5);
    return argument;
}

static void errno_is_a_threads_own(void **state)
{
    pthread_t thread;
    (void)state;

    *cordon_bind___errno_location() = 9;
    assert_int_equal(cordon_bind_pthread_create(&thread, NULL, change_errno, NULL), 0);
    sealed_thread_yield();
    assert_int_equal(*cordon_bind___errno_location(), 9);
    assert_int_equal(cordon_bind_pthread_join(thread, NULL), 0);
    assert_int_equal(*cordon_bind___errno_location(), 9);
}

static int initialised;

static void initialise(void)
{
    initialised++;
}

static void once_runs_once(void **state)
{
    pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)state;

    assert_int_equal(cordon_bind_pthread_once(&once, initialise), 0);
    assert_int_equal(cordon_bind_pthread_once(&once, initialise), 0);
    assert_int_equal(initialised, 1);
}

static void mutex_types_are_kept(void **state)
{
    pthread_mutexattr_t attribute;
    pthread_mutex_t mutex, plain = PTHREAD_MUTEX_INITIALIZER;
    (void)state;

    cordon_bind_pthread_mutexattr_init(&attribute);
    assert_int_equal(cordon_bind_pthread_mutexattr_settype(&attribute, 99), EINVAL);
    assert_int_equal(cordon_bind_pthread_mutexattr_settype(&attribute, PTHREAD_MUTEX_RECURSIVE), 0);
    cordon_bind_pthread_mutex_init(&mutex, &attribute);
    assert_int_equal(cordon_bind_pthread_mutex_lock(&mutex), 0);
    assert_int_equal(cordon_bind_pthread_mutex_trylock(&mutex), 0);
    assert_int_equal(cordon_bind_pthread_mutex_destroy(&mutex), EBUSY);
    assert_int_equal(cordon_bind_pthread_mutex_unlock(&mutex), 0);
    assert_int_equal(cordon_bind_pthread_mutex_unlock(&mutex), 0);
    assert_int_equal(cordon_bind_pthread_mutex_unlock(&mutex), EPERM);
    assert_int_equal(cordon_bind_pthread_mutex_destroy(&mutex), 0);
    assert_int_equal(cordon_bind_pthread_mutex_lock(&plain), 0);
    assert_int_equal(cordon_bind_pthread_mutex_trylock(&plain), EBUSY);
}

static void timed_waits_use_the_clock_they_were_told(void **state)
{
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC};
    (void)state;

    for (int i = 0; i < 2; i++) {
        pthread_condattr_t attribute;
        pthread_cond_t condition;
        pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
        struct timespec deadline;
        uint64_t before;
        cordon_bind_pthread_condattr_init(&attribute);
        assert_int_equal(cordon_bind_pthread_condattr_setclock(&attribute, clocks[i]), 0);
        cordon_bind_pthread_cond_init(&condition, &attribute);
        cordon_bind_clock_gettime(clocks[i], &deadline);
        deadline.tv_sec += 10;
        before = sealed_clock_peek_ns();
        cordon_bind_pthread_mutex_lock(&mutex);
        assert_int_equal(cordon_bind_pthread_cond_timedwait(&condition, &mutex, &deadline), ETIMEDOUT);
        assert_int_equal(sealed_clock_peek_ns() - before, 10 * second_ns);
        deadline.tv_nsec = -1;
        assert_int_equal(cordon_bind_pthread_cond_timedwait(&condition, &mutex, &deadline), EINVAL);
    }
}

static void semaphores_report_through_errno(void **state)
{
    struct timespec deadline = {0};
    sem_t semaphore;
    (void)state;

    assert_int_equal(cordon_bind_sem_init(&semaphore, 0, 1), 0);
    assert_int_equal(cordon_bind_sem_trywait(&semaphore), 0);
    assert_int_equal(cordon_bind_sem_trywait(&semaphore), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(cordon_bind_sem_timedwait(&semaphore, &deadline), -1);
    assert_int_equal(errno, ETIMEDOUT);
    assert_int_equal(cordon_bind_sem_post(&semaphore), 0);
    assert_int_equal(cordon_bind_sem_timedwait(&semaphore, &deadline), 0);
    assert_int_equal(cordon_bind_sem_init(&semaphore, 0, 0x80000000u), -1);
    assert_int_equal(errno, EINVAL);
}

/* --- signals --- */

static int last_signal;

static void keep_signal(int number)
{
    last_signal = number;
}

static void raised_signals_reach_their_handler(void **state)
{
    (void)state;
    assert_ptr_equal(cordon_bind_signal(SIGUSR1, keep_signal), SIG_DFL);
    assert_int_equal(cordon_bind_raise(SIGUSR1), 0);
    assert_int_equal(last_signal, SIGUSR1);
    assert_ptr_equal(cordon_bind_signal(SIGUSR1, SIG_IGN), keep_signal);
    last_signal = 0;
    assert_int_equal(cordon_bind_kill(1, SIGUSR1), 0);
    assert_int_equal(last_signal, 0);
    assert_int_equal(cordon_bind_raise(SIGCHLD), 0);
    assert_int_equal(cordon_bind_raise(1000), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(cordon_bind_kill(1234, SIGUSR1), -1);
    assert_int_equal(errno, ESRCH);
    assert_int_equal(cordon_bind_sigaction(SIGKILL, &(struct sigaction){0}, NULL), -1);
    assert_int_equal(errno, EINVAL);
}

static void blocked_signals_wait(void **state)
{
    sigset_t set, pending;
    (void)state;

    cordon_bind_signal(SIGUSR2, keep_signal);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    last_signal = 0;
    assert_int_equal(cordon_bind_pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    assert_int_equal(cordon_bind_raise(SIGUSR2), 0);
    assert_int_equal(last_signal, 0);
    cordon_bind_sigpending(&pending);
    assert_int_equal(sigismember(&pending, SIGUSR2), 1);
    assert_int_equal(cordon_bind_pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
    assert_int_equal(last_signal, SIGUSR2);
    assert_int_equal(cordon_bind_pthread_sigmask(77, &set, NULL), EINVAL);
}

static void *raise_later(void *argument)
{
    sealed_thread_sleep_until(sealed_clock_peek_ns() + second_ns);
    cordon_bind_raise(SIGUSR2);
    return argument;
}

static void waiting_takes_a_pending_signal(void **state)
{
    struct timespec half = {.tv_nsec = 500000000};
    siginfo_t information;
    pthread_t thread;
    sigset_t set;
    int number = 0;
    (void)state;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    cordon_bind_pthread_sigmask(SIG_BLOCK, &set, NULL);
    assert_int_equal(cordon_bind_sigwait(&set, &number), EDEADLK); /* there is nobody who could raise it */
    assert_int_equal(cordon_bind_pthread_create(&thread, NULL, raise_later, NULL), 0);
    assert_int_equal(cordon_bind_sigtimedwait(&set, &information, &half), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(cordon_bind_sigwait(&set, &number), 0);
    assert_int_equal(number, SIGUSR2);
    cordon_bind_pthread_join(thread, NULL);
    cordon_bind_raise(SIGUSR2);
    assert_int_equal(cordon_bind_sigtimedwait(&set, &information, &half), SIGUSR2);
    assert_int_equal(information.si_signo, SIGUSR2);
    cordon_bind_pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* --- endings --- */

static void raise_terminate(void)
{
    cordon_bind_raise(SIGTERM);
}

static void say_one(void)
{
    cordon_bind_puts("one");
}

static void say_two(void)
{
    cordon_bind_puts("two");
}

static int64_t write_to_gate(int stream, const void *data, size_t size)
{
    (void)stream;
    return fake_gate_write(data, size);
}

static void exit_after_handlers(void)
{
    sealed_stream_set(NULL, write_to_gate);
    cordon_bind_atexit(say_one);
    cordon_bind_atexit(say_two);
    cordon_bind_exit(7);
}

static void endings_have_their_codes(void **state)
{
    struct fake_gate_ending ending;
    (void)state;

    assert_int_equal(fake_gate_run_in_child(raise_terminate).exit_code, 128 + SIGTERM);
    assert_int_equal(fake_gate_run_in_child(cordon_bind_abort).exit_code, 128 + SIGABRT);
    ending = fake_gate_run_in_child(exit_after_handlers);
    assert_int_equal(ending.exit_code, 7);
    assert_string_equal(ending.output, "two\none\n");
}

/* --- texts and answers --- */

static void error_texts_are_those_of_libc(void **state)
{
    char buffer[20];
    (void)state;

    for (int number = 0; number < 140; number++)
        assert_string_equal(cordon_bind_strerror(number), strerror(number));
    assert_string_equal(cordon_bind_strerror(-3), "Unknown error -3");
    assert_int_equal(cordon_bind_strerror_r(ENOENT, buffer, sizeof buffer), ERANGE);
    assert_string_equal(buffer, "No such file or dir");
    for (int number = 1; number < 32; number++)
        assert_string_equal(cordon_bind_strsignal(number), strsignal(number));
}

static void machine_answers_are_fixed(void **state)
{
    struct utsname names;
    (void)state;

    assert_int_equal(cordon_bind_sysconf(_SC_PAGESIZE), 4096);
    assert_int_equal(cordon_bind_sysconf(_SC_NPROCESSORS_ONLN), 1);
    assert_true(cordon_bind_sysconf(_SC_AVPHYS_PAGES) > 0);
    assert_int_equal(cordon_bind_sysconf(123456), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(cordon_bind_uname(&names), 0);
    assert_string_equal(names.nodename, "cordon");
}

static void calls_by_number_are_refused_unless_known(void **state)
{
    unsigned char bytes[16] = {0};
    (void)state;

    assert_int_equal(cordon_bind_syscall(SYS_gettid), 1);
    assert_int_equal(cordon_bind_syscall(SYS_getrandom, bytes, sizeof bytes, 0), sizeof bytes);
    assert_int_equal(cordon_bind_syscall(SYS_execve, "/bin/sh", NULL, NULL), -1);
    assert_int_equal(errno, ENOSYS);
}

static void random_requests_have_their_limits(void **state)
{
    unsigned char bytes[300];
    (void)state;

    assert_int_equal(cordon_bind_getentropy(bytes, 256), 0);
    assert_int_equal(cordon_bind_getentropy(bytes, 257), -1);
    assert_int_equal(errno, EIO);
    assert_int_equal(cordon_bind_getrandom(bytes, sizeof bytes, 0), sizeof bytes);
    assert_int_equal(cordon_bind_getrandom(bytes, sizeof bytes, 0x80), -1);
    assert_int_equal(errno, EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sleeping_moves_every_clock_but_processor_time),
        cmocka_unit_test(sleep_until_a_time_that_is_past_returns_at_once),
        cmocka_unit_test(wrong_times_and_clocks_are_refused),
        cmocka_unit_test(all_readings_agree),
        cmocka_unit_test(threads_are_created_joined_and_detached),
        cmocka_unit_test(errno_is_a_threads_own),
        cmocka_unit_test(once_runs_once),
        cmocka_unit_test(mutex_types_are_kept),
        cmocka_unit_test(timed_waits_use_the_clock_they_were_told),
        cmocka_unit_test(semaphores_report_through_errno),
        cmocka_unit_test(raised_signals_reach_their_handler),
        cmocka_unit_test(blocked_signals_wait),
        cmocka_unit_test(waiting_takes_a_pending_signal),
        cmocka_unit_test(endings_have_their_codes),
        cmocka_unit_test(error_texts_are_those_of_libc),
        cmocka_unit_test(machine_answers_are_fixed),
        cmocka_unit_test(calls_by_number_are_refused_unless_known),
        cmocka_unit_test(random_requests_have_their_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
