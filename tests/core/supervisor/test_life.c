/* How workers live and end: what they are given, whose end takes them along and whose does not, cancellation, the pool,
 * and many threads at once. */
#include "engine_support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY_DESCRIPTORS = 100, THREADS = 8, EXECUTIONS = 50 };

/* ---- What a worker is given ---- */

static size_t read_about(int64_t pid, const char *name, char *text_out, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%lld/%s", (long long)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd >= 0 ? read(fd, text_out, size - 1) : -1;
    if (fd >= 0)
        close(fd);
    text_out[count > 0 ? count : 0] = '\0';
    return count > 0 ? (size_t)count : 0;
}

static void worker_has_two_descriptors_of_hundred(void **state)
{
    int open_here[MANY_DESCRIPTORS];
    char path[64];
    int found[256] = {0}, count = 0;
    (void)state;
    for (int i = 0; i < MANY_DESCRIPTORS; i++)
        assert_true((open_here[i] = open("/dev/null", O_RDWR)) >= 0); /* not close-on-exec */
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = test_sandbox(engine);

    snprintf(path, sizeof path, "/proc/%lld/fd", (long long)cordon_sandbox_process_id(sandbox));
    DIR *directory = opendir(path);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (entry->d_name[0] != '.') {
            found[atoi(entry->d_name) & 255]++;
            count++;
        }
    closedir(directory);

    assert_int_equal(count, 2);
    assert_int_equal(found[0] + found[1], 2);
    for (int i = 0; i < MANY_DESCRIPTORS; i++)
        close(open_here[i]);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

static void worker_knows_nothing_and_may_nothing(void **state)
{
    char text[8192];
    (void)state;
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = test_sandbox(engine);
    int64_t pid = cordon_sandbox_process_id(sandbox);

    assert_int_equal(read_about(pid, "environ", text, sizeof text), 0);
    /* Nothing, because the image leaves the stack that they lay on; the hostile worker looks at them from inside. */
    assert_int_equal(read_about(pid, "cmdline", text, sizeof text), 0);
    assert_int_equal(getpgid((pid_t)pid), pid);
    read_about(pid, "status", text, sizeof text);
    assert_non_null(strstr(text, "\nSeccomp:\t2\n"));
    assert_non_null(strstr(text, "\nNoNewPrivs:\t1\n"));
    assert_non_null(strstr(text, "\nThreads:\t1\n"));
    read_about(pid, "limits", text, sizeof text);
    static const char *const none[] = {
        "Max core file size        0                    0 ", "Max file size             0                    0 ",
        "Max processes             0                    0 ", "Max open files            2                    2 "};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_non_null(strstr(text, none[i]));
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

/* ---- Whose end takes it along ---- */

static bool is_gone(int64_t pid)
{
    char text[512];
    if (read_about(pid, "stat", text, sizeof text) == 0)
        return true;
    const char *behind_name = strrchr(text, ')');
    return behind_name != NULL && behind_name[2] == 'Z';
}

static void *create_in_thread(void *engine)
{
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_result_destroy(test_execute(sandbox, "kept = 41"));
    return sandbox;
}

static void worker_outlives_the_thread_that_created_it(void **state)
{
    pthread_t thread;
    void *sandbox;
    (void)state;
    cordon_engine *engine = test_engine(NULL);
    assert_int_equal(pthread_create(&thread, NULL, create_in_thread, engine), 0);
    assert_int_equal(pthread_join(thread, &sandbox), 0);
    test_sleep_ms(50); /* a signal for its end would have come by then */

    assert_value(sandbox, "kept + 1", "42");

    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

/* In a child of its own: runs Python that never ends, and says who does. */
static _Noreturn void supervise_for_ever(int tell, const char *source)
{
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = test_sandbox(engine);
    int64_t pid = cordon_sandbox_process_id(sandbox);
    if (write(tell, &pid, sizeof pid) != sizeof pid)
        _exit(1);
    cordon_result_destroy(test_execute(sandbox, source));
    for (;;)
        pause();
}

static void worker_ends_with_a_killed_supervisor(void **state)
{
    static const char *const sources[] = {"while True: pass" /* which hears of no closed pipe */,
                                          "1" /* and is at rest then */};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        int pipe_ends[2];
        int64_t worker = 0;
        assert_int_equal(pipe(pipe_ends), 0);
        pid_t supervisor = fork();
        if (supervisor == 0)
            supervise_for_ever(pipe_ends[1], sources[i]);
        assert_int_equal(read(pipe_ends[0], &worker, sizeof worker), sizeof worker);
        test_sleep_ms(100);
        assert_false(is_gone(worker));

        assert_int_equal(kill(supervisor, SIGKILL), 0);
        assert_int_equal(waitpid(supervisor, NULL, 0), supervisor);

        for (int tries = 0; tries < 500 && !is_gone(worker); tries++)
            test_sleep_ms(10);
        assert_true(is_gone(worker));
        close(pipe_ends[0]);
        close(pipe_ends[1]);
    }
}

static void killed_worker_does_not_kill_its_host(void **state)
{
    (void)state;
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = test_sandbox(engine);
    signal(SIGPIPE, SIG_DFL); /* as a program has it that knows nothing of pipes */
    assert_int_equal(kill((pid_t)cordon_sandbox_process_id(sandbox), SIGKILL), 0);
    test_sleep_ms(50);

    cordon_result *result = test_execute(sandbox, "1");

    assert_outcome(result, CORDON_OUTCOME_CRASHED);
    assert_int_equal(result->signal, SIGKILL);
    sigset_t blocked, pending;
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
    assert_int_equal(sigpending(&pending), 0);
    assert_false(sigismember(&blocked, SIGPIPE));
    assert_false(sigismember(&pending, SIGPIPE));
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    sandbox = test_sandbox(engine);
    assert_value(sandbox, "'next'", "\"next\"");
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

/* ---- Cancellation ---- */

struct run {
    cordon_sandbox *sandbox;
    const char *source;
    cordon_outcome outcome;
};

static void *run_in_thread(void *context)
{
    struct run *run = context;
    cordon_result *result = test_execute(run->sandbox, run->source);
    run->outcome = result->outcome;
    cordon_result_destroy(result);
    return NULL;
}

static void cancel_ends_what_runs(void **state)
{
    static const char *const sources[] = {
        "while True: pass", "sum(range(10**15))", "while True: print('x')",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass"};
    (void)state;
    cordon_engine *engine = test_engine(NULL);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        pthread_t thread;
        cordon_error error;
        cordon_result *none = NULL;
        cordon_request request = CORDON_REQUEST_INIT;
        request.source = "1";
        cordon_engine_config patient = CORDON_ENGINE_CONFIG_INIT;
        patient.limits.value[CORDON_LIMIT_OUTPUT] = CORDON_LIMIT_NONE;
        cordon_engine *own = test_engine(&patient);
        struct run run = {.sandbox = test_sandbox(own), .source = sources[i]};
        assert_int_equal(pthread_create(&thread, NULL, run_in_thread, &run), 0);
        test_sleep_ms(100);
        assert_int_equal(cordon_sandbox_execute(run.sandbox, &request, &none, &error), CORDON_BUSY);

        cordon_sandbox_cancel(run.sandbox);
        cordon_sandbox_cancel(run.sandbox);

        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(run.outcome, CORDON_OUTCOME_CANCELLED);
        assert_int_equal(cordon_sandbox_execute(run.sandbox, &request, &none, &error), CORDON_SANDBOX_ENDED);
        cordon_sandbox_destroy(run.sandbox);
        cordon_engine_destroy(own);
    }
    cordon_sandbox *beside = test_sandbox(engine);
    assert_value(beside, "1", "1");
    cordon_sandbox_destroy(beside);
    cordon_engine_destroy(engine);
}

static void cancel_before_is_cancel(void **state)
{
    (void)state;
    cordon_engine *engine = test_engine(NULL);
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_sandbox_cancel(sandbox);
    cordon_result *result = test_execute(sandbox, "1");
    assert_outcome(result, CORDON_OUTCOME_CANCELLED);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

static void *create_when_there_is_room(void *engine)
{
    cordon_error error = {.status = CORDON_OK};
    cordon_sandbox *sandbox = NULL;
    cordon_status status = cordon_sandbox_create(engine, NULL, &sandbox, &error);
    cordon_sandbox_destroy(sandbox);
    return (void *)(uintptr_t)status;
}

static void cancel_of_an_engine_ends_all(void **state)
{
    pthread_t running, waiting;
    void *status;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    (void)state;
    config.pool.max = 1;
    config.pool.wait_timeout_ns = 600000000000;
    cordon_engine *engine = test_engine(&config);
    struct run run = {.sandbox = test_sandbox(engine), .source = "while True: pass"};
    assert_int_equal(pthread_create(&running, NULL, run_in_thread, &run), 0);
    assert_int_equal(pthread_create(&waiting, NULL, create_when_there_is_room, engine), 0);
    test_sleep_ms(100);

    cordon_engine_cancel(engine);

    assert_int_equal(pthread_join(running, NULL), 0);
    assert_int_equal(pthread_join(waiting, &status), 0);
    assert_int_equal(run.outcome, CORDON_OUTCOME_CANCELLED);
    assert_int_equal((uintptr_t)status, CORDON_CANCELLED);
    cordon_sandbox_destroy(run.sandbox);
    cordon_engine_destroy(engine);
}

/* ---- The pool ---- */

static cordon_engine_figures figures_of(cordon_engine *engine)
{
    cordon_engine_figures figures;
    cordon_engine_get_figures(engine, &figures);
    return figures;
}

static void wait_for_idle(cordon_engine *engine, uint64_t idle)
{
    for (int tries = 0; tries < 3000 && figures_of(engine).idle != idle; tries++)
        test_sleep_ms(10);
    assert_int_equal(figures_of(engine).idle, idle);
}

static void pool_is_filled_and_refilled(void **state)
{
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    (void)state;
    config.pool.min_idle = 2;
    cordon_engine *engine = test_engine(&config);
    wait_for_idle(engine, 2);
    uint64_t started = figures_of(engine).started;

    cordon_sandbox *first = test_sandbox(engine), *second = test_sandbox(engine);

    assert_value(first, "1", "1");
    assert_value(second, "2", "2");
    wait_for_idle(engine, 2);
    assert_int_equal(figures_of(engine).started, started + 2);
    assert_int_equal(figures_of(engine).alive, 4);
    cordon_sandbox_destroy(first);
    cordon_sandbox_destroy(second);
    assert_int_equal(figures_of(engine).alive, 2);
    cordon_engine_destroy(engine);
}

/* Until the engine has started that many and all are gone. Only what stays true is waited for: on a busy machine the
 * moment in which one is idle may pass unseen, and one that is idle no longer is still alive until it is reaped. */
static void wait_for_sleep(cordon_engine *engine, uint64_t started)
{
    for (int tries = 0; tries < 3000; tries++) {
        cordon_engine_figures figures = figures_of(engine);
        if (figures.started >= started && figures.alive == 0)
            break;
        test_sleep_ms(10);
    }
    assert_int_equal(figures_of(engine).started, started);
    assert_int_equal(figures_of(engine).idle, 0);
    assert_int_equal(figures_of(engine).alive, 0);
}

static void pool_that_nobody_uses_goes_to_sleep(void **state)
{
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    (void)state;
    config.pool.min_idle = 1;
    config.pool.idle_timeout_ns = 200000000;
    cordon_engine *engine = test_engine(&config);

    wait_for_sleep(engine, 1);

    cordon_sandbox *sandbox = test_sandbox(engine); /* one for it, and one that the pool is filled with again */
    assert_value(sandbox, "1", "1");
    cordon_sandbox_destroy(sandbox);
    wait_for_sleep(engine, 3);
    cordon_engine_destroy(engine);
}

/* Processes of this test that are there now, but for itself: children of its threads. */
static int64_t any_child(void)
{
    DIR *tasks = opendir("/proc/self/task");
    int64_t child = 0;
    assert_non_null(tasks);
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL && child == 0;) {
        char name[300], text[256];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "task/%s/children", entry->d_name);
        if (read_about(getpid(), name, text, sizeof text) > 0)
            child = strtoll(text, NULL, 10);
    }
    closedir(tasks);
    return child;
}

static void dead_idle_worker_is_replaced(void **state)
{
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    (void)state;
    config.pool.min_idle = 1;
    cordon_engine *engine = test_engine(&config);
    wait_for_idle(engine, 1);
    int64_t victim = any_child();
    assert_true(victim > 0);

    assert_int_equal(kill((pid_t)victim, SIGKILL), 0);

    for (int tries = 0; tries < 3000 && figures_of(engine).started < 2; tries++)
        test_sleep_ms(10);
    wait_for_idle(engine, 1);
    cordon_sandbox *sandbox = test_sandbox(engine);
    assert_true(cordon_sandbox_process_id(sandbox) != victim);
    assert_value(sandbox, "1", "1");
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
}

static void pool_has_its_bounds(void **state)
{
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    cordon_error error;
    cordon_sandbox *third = NULL;
    (void)state;
    config.pool.max = 2;
    cordon_engine *engine = test_engine(&config);
    cordon_sandbox *first = test_sandbox(engine), *second = test_sandbox(engine);

    assert_int_equal(cordon_sandbox_create(engine, NULL, &third, &error), CORDON_BUSY);
    assert_null(third);
    cordon_sandbox_destroy(second);
    assert_int_equal(cordon_sandbox_create(engine, NULL, &third, &error), CORDON_OK);

    cordon_sandbox_destroy(first);
    cordon_sandbox_destroy(third);
    cordon_engine_destroy(engine);
}

static void *destroy_later(void *sandbox)
{
    test_sleep_ms(100);
    cordon_sandbox_destroy(sandbox);
    return NULL;
}

static void pool_waits_for_room(void **state)
{
    pthread_t thread;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    (void)state;
    config.pool.max = 1;
    config.pool.wait_timeout_ns = 60000000000;
    cordon_engine *engine = test_engine(&config);
    cordon_sandbox *first = test_sandbox(engine);
    assert_int_equal(pthread_create(&thread, NULL, destroy_later, first), 0);

    cordon_sandbox *second = test_sandbox(engine);

    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_value(second, "1", "1");
    cordon_sandbox_destroy(second);
    cordon_engine_destroy(engine);
}

/* ---- Many threads ---- */

struct crowd {
    cordon_engine *engine;
    int number, wrong;
};

static void *execute_many(void *context)
{
    struct crowd *member = context;
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    for (int i = 0; i < EXECUTIONS; i++) {
        char source[64];
        int64_t answer = 0;
        cordon_result *result = NULL;
        cordon_request request = CORDON_REQUEST_INIT;
        if (i % 10 == 0) { /* a new one now and then, so that ends meet beginnings */
            cordon_sandbox_destroy(sandbox);
            sandbox = NULL;
            if (cordon_sandbox_create(member->engine, NULL, &sandbox, &error) != CORDON_OK) {
                print_error("%s\n", error.message);
                member->wrong++;
                return NULL;
            }
        }
        snprintf(source, sizeof source, "n = globals().get('n', %d * 1000) + 1\nn", member->number);
        request.source = source;
        if (cordon_sandbox_execute(sandbox, &request, &result, &error) != CORDON_OK ||
            result->outcome != CORDON_OUTCOME_OK || !cordon_value_get_int(result->value, &answer) ||
            answer != member->number * 1000 + i % 10 + 1)
            member->wrong++;
        cordon_result_destroy(result);
    }
    cordon_sandbox_destroy(sandbox);
    return NULL;
}

static void one_engine_serves_many_threads(void **state)
{
    pthread_t threads[THREADS];
    struct crowd crowd[THREADS];
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    (void)state;
    config.pool.min_idle = 2;
    config.limits.value[CORDON_LIMIT_WALL] = 300000000000;
    cordon_engine *engine = test_engine(&config);
    for (int i = 0; i < THREADS; i++) {
        crowd[i] = (struct crowd){.engine = engine, .number = i + 1};
        assert_int_equal(pthread_create(&threads[i], NULL, execute_many, &crowd[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(crowd[i].wrong, 0);
    }
    cordon_engine_destroy(engine);
}

static int nothing_is_left(void **state)
{
    (void)state;
    return waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;
}

int main(int argument_count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worker_has_two_descriptors_of_hundred),
        cmocka_unit_test(worker_knows_nothing_and_may_nothing),
        cmocka_unit_test(worker_outlives_the_thread_that_created_it),
        cmocka_unit_test(worker_ends_with_a_killed_supervisor),
        cmocka_unit_test(killed_worker_does_not_kill_its_host),
        cmocka_unit_test(cancel_ends_what_runs),
        cmocka_unit_test(cancel_before_is_cancel),
        cmocka_unit_test(cancel_of_an_engine_ends_all),
        cmocka_unit_test(pool_is_filled_and_refilled),
        cmocka_unit_test(pool_that_nobody_uses_goes_to_sleep),
        cmocka_unit_test(dead_idle_worker_is_replaced),
        cmocka_unit_test(pool_has_its_bounds),
        cmocka_unit_test(pool_waits_for_room),
        cmocka_unit_test(one_engine_serves_many_threads),
    };
    test_image = argument_count > 1 ? arguments[1] : "build/bin/cordon-sandbox";
    if (argument_count > 2)
        cmocka_set_test_filter(arguments[2]);
    return cmocka_run_group_tests_name("life of workers", tests, NULL, nothing_is_left);
}
