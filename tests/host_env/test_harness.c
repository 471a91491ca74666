/* The runner of case tables itself: for each promise that it checks, a row that breaks it must fail, and a sound row must pass. */
#include "support/host_cases.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host_call.h"

/* ---- Functions as they should not be. All claim to be host_fd_fsync, which has one argument. ---- */

typedef enum flaw {
    FLAW_NONE,
    FLAW_CALLS_BEFORE_ASKING,
    FLAW_IGNORES_REFUSAL,
    FLAW_RECORDS_NOTHING,
    FLAW_OTHER_CAPABILITY,
    FLAW_OTHER_ARGUMENTS,
    FLAW_SWALLOWS_ERRNO,
    FLAW_LEAKS_DESCRIPTOR,
    FLAW_LEAVES_CHILD,
    FLAW_LEAKS_MEMORY
} flaw;

static host_status flawed(host_case_world *world, host_env *env, host_error *error)
{
    flaw flaw = *(const enum flaw *)world->data;
    HOST_CALL(call, env, FD_FSYNC, error);
    host_call_fd(&call, flaw == FLAW_OTHER_ARGUMENTS ? "size" : "fd", world->fd);
    if (flaw == FLAW_OTHER_CAPABILITY) {
        call.access.capability = HOST_CAPABILITY_RANDOM;
    }
    if (flaw == FLAW_CALLS_BEFORE_ASKING) {
        env->operations.fsync(world->fd);
    }
    if (!host_call_permitted(&call) && flaw != FLAW_IGNORES_REFUSAL) {
        return call.access.status;
    }
    if (flaw == FLAW_LEAKS_DESCRIPTOR) {
        (void)!dup(world->fd);
    }
    if (flaw == FLAW_LEAVES_CHILD && fork() == 0) {
        _exit(0);
    }
    if (flaw == FLAW_LEAKS_MEMORY) {
        for (int i = 0; i < 8; i++) { /* several: a stale register may still point to one */
            *(volatile char *)malloc(64) = 1;
        }
    }
    int result = env->operations.fsync(world->fd);
    int code = result < 0 && flaw != FLAW_SWALLOWS_ERRNO ? errno : 0;
    return flaw == FLAW_RECORDS_NOTHING && code == 0 ? HOST_OK : host_call_finish(&call, code, 0);
}

static void with_file(host_case_world *world)
{
    world->fd = open(world->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

static void close_file(host_case_world *world)
{
    close(world->fd);
}

typedef struct flaw_case {
    const char *name;
    flaw flaw;
    bool passes;
} flaw_case;

static const flaw_case flaw_cases[] = {
    { "a sound function passes", FLAW_NONE, true },
    { "calling before asking is found", FLAW_CALLS_BEFORE_ASKING, false },
    { "ignoring a refusal is found", FLAW_IGNORES_REFUSAL, false },
    { "recording nothing is found", FLAW_RECORDS_NOTHING, false },
    { "asking for another capability is found", FLAW_OTHER_CAPABILITY, false },
    { "telling other arguments is found", FLAW_OTHER_ARGUMENTS, false },
    { "swallowing an error is found", FLAW_SWALLOWS_ERRNO, false },
    { "leaking a descriptor is found", FLAW_LEAKS_DESCRIPTOR, false },
    { "leaving a child is found", FLAW_LEAVES_CHILD, false },
};

/* Runs a table in a child, silently, and answers how many of its tests failed. */
static int failures_of(const char *domain, const host_case *rows, size_t count)
{
    pid_t pid = fork();
    if (pid == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, 1);
        dup2(nowhere, 2);
        close(nowhere);
        _exit(host_cases_run(domain, rows, count));
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static host_case row_with(const flaw *flaw)
{
    return (host_case){ .function = HOST_FUNCTION_FD_FSYNC, .set_up = with_file, .call = flawed, .tear_down = close_file,
                        .primitive = HOST_OPERATION_fsync, .fail_code = EIO, .fail_status = HOST_FAILURE, .data = flaw };
}

/* "random" has other functions than the row's, so its completeness test always fails: one failure is a pass of the row. */
static void flaw_case_run(void **state)
{
    const flaw_case *row = *state;
    host_case wrong = row_with(&row->flaw);
    assert_int_equal(failures_of("random", &wrong, 1), row->passes ? 1 : 2);
}

static void a_row_must_fail_its_primitive_or_say_why_not(void **state)
{
    (void)state;
    static const flaw none = FLAW_NONE;
    host_case row = row_with(&none);
    row.fail_code = 0;
    assert_int_equal(failures_of("random", &row, 1), 2);
    row.infallible = "a test";
    assert_int_equal(failures_of("random", &row, 1), 1);
}

static void a_primitive_that_is_never_called_is_found(void **state)
{
    (void)state;
    static const flaw none = FLAW_NONE;
    host_case row = row_with(&none);
    row.primitive = HOST_OPERATION_fdatasync;
    assert_int_equal(failures_of("random", &row, 1), 2);
}

static void a_wrong_status_is_found(void **state)
{
    (void)state;
    static const flaw none = FLAW_NONE;
    host_case row = row_with(&none);
    row.fail_status = HOST_NO_SPACE;
    assert_int_equal(failures_of("random", &row, 1), 2);
}

static void an_assertion_in_a_child_is_found(void **state)
{
    (void)state;
    static const flaw wrong = FLAW_LEAKS_DESCRIPTOR, none = FLAW_NONE;
    host_case row = row_with(&wrong);
    row.flags = HOST_CASE_IN_CHILD;
    assert_int_equal(failures_of("random", &row, 1), 2);
    row = row_with(&none);
    row.flags = HOST_CASE_IN_CHILD;
    assert_int_equal(failures_of("random", &row, 1), 1);
}

static void a_domain_that_does_not_exist_is_found(void **state)
{
    (void)state;
    assert_int_equal(failures_of("nonsense", NULL, 0), 1);
}

/* Only a build with the leak checker can see this one, and then it must. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static void leaked_memory_is_found_where_the_checker_is_built_in(void **state)
{
    (void)state;
    static const flaw wrong = FLAW_LEAKS_MEMORY;
    host_case row = row_with(&wrong);
    assert_int_equal(failures_of("random", &row, 1), __lsan_do_recoverable_leak_check == NULL ? 1 : 2);
}

/* The walk: a function that leaks only when its second primitive fails. */
static host_status leaks_on_failure(host_case_world *world, host_env *env, host_error *error)
{
    HOST_CALL(call, env, FD_FSYNC, error);
    host_call_fd(&call, "fd", world->fd);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int fd = env->operations.dup(world->fd);
    if (fd < 0) {
        return host_call_finish(&call, errno, 0);
    }
    if (env->operations.fsync(fd) < 0) {
        if (world->data != NULL) {
            env->operations.close(fd);
        }
        return host_call_finish(&call, EIO, 0);
    }
    env->operations.close(fd);
    return host_call_finish(&call, 0, 0);
}

static const host_case walk_row = { .function = HOST_FUNCTION_FD_FSYNC, .set_up = with_file, .call = leaks_on_failure, .tear_down = close_file };

static void walk(void **state)
{
    host_walk_failures(*state);
}

static void a_leak_on_failure_is_found_by_the_walk(void **state)
{
    (void)state;
    host_case careful = walk_row;
    careful.data = "closes";
    for (int is_careful = 0; is_careful < 2; is_careful++) {
        pid_t pid = fork();
        if (pid == 0) {
            const struct CMUnitTest tests[] = { cmocka_unit_test_prestate(walk, is_careful ? (void *)&careful : (void *)&walk_row) };
            int nowhere = open("/dev/null", O_WRONLY);
            dup2(nowhere, 1);
            dup2(nowhere, 2);
            close(nowhere);
            _exit(cmocka_run_group_tests(tests, NULL, NULL));
        }
        int status = 0;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), is_careful ? 0 : 1);
    }
}

int main(void)
{
    enum { FLAWS = sizeof(flaw_cases) / sizeof(flaw_cases[0]), OTHERS = 7 };
    struct CMUnitTest tests[OTHERS + FLAWS] = {
        cmocka_unit_test(a_row_must_fail_its_primitive_or_say_why_not), cmocka_unit_test(a_primitive_that_is_never_called_is_found),
        cmocka_unit_test(a_wrong_status_is_found),                      cmocka_unit_test(an_assertion_in_a_child_is_found),
        cmocka_unit_test(a_domain_that_does_not_exist_is_found),        cmocka_unit_test(a_leak_on_failure_is_found_by_the_walk),
        cmocka_unit_test(leaked_memory_is_found_where_the_checker_is_built_in),
    };
    for (size_t i = 0; i < FLAWS; i++) {
        tests[OTHERS + i] =
            (struct CMUnitTest){ .name = flaw_cases[i].name, .test_func = flaw_case_run, .initial_state = (void *)&flaw_cases[i] };
    }
    return cmocka_run_group_tests_name("runner of case tables", tests, NULL, NULL);
}
