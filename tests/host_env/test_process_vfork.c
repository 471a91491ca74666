/* host_process_vfork returns twice: what the child does to memory and stack, what each side is told, and who may not call it. */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host_env/fd.h"
#include "host_env/process.h"
#include "host_call.h"
#include "support/test_host.h"

enum { CHILD_CODE = 9, NOT_RUN = 127, DEPTH = 200, FRAME_BYTES = 256 };

/* What the child leaves for its parent: the memory is one. */
static volatile int64_t left_by_child;

static int64_t pid_or_status(host_status status, int64_t pid, const host_error *error)
{
    assert_non_null(error);
    return status == HOST_OK ? pid : -(int64_t)status;
}

static void child_ended_with(int64_t pid, int code)
{
    int status;
    assert_true(pid > 0);
    assert_int_equal(waitpid((pid_t)pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
}

static int host_make(void **state)
{
    static test_host host;
    test_host_create(&host, NULL);
    *state = &host;
    left_by_child = 0;
    return 0;
}

static int host_end(void **state)
{
    test_host *host = *state;
    host_operations_restore(host->env);
    test_host_destroy(host);
    return 0;
}

/* Writes over the stack below its caller's frame. */
__attribute__((noinline)) static int trample(int depth)
{
    volatile char frame[FRAME_BYTES];
    memset((char *)frame, 0xEE, sizeof frame);
    return depth == 0 ? frame[0] : trample(depth - 1) + frame[FRAME_BYTES - 1];
}

static void child_may_use_stack_and_memory(void **state)
{
    test_host *host = *state;
    int64_t before[4] = {11, 22, 33, 44};
    int64_t pid = host_process_vfork(host->env, pid_or_status, &host->error);
    if (pid == 0) {
        left_by_child = trample(DEPTH) != 0 ? 5 : 6;
        _exit(CHILD_CODE);
    }

    child_ended_with(pid, CHILD_CODE);
    assert_int_equal(left_by_child, 5);
    assert_int_equal(before[0] + before[1] + before[2] + before[3], 110);
    const test_access *told = test_recorded(host, HOST_FUNCTION_PROCESS_VFORK);
    assert_non_null(told);
    assert_int_equal(told->access.result, pid);
    assert_int_equal(host->watch->recorded.count, 1); /* the child's half leaves none */
}

static void child_runs_program_through_host_env(void **state)
{
    static const char *const arguments[] = {"sh", "-c", "exit 9", NULL};
    test_host *host = *state;
    int64_t pid = host_process_vfork(host->env, pid_or_status, &host->error);
    if (pid == 0) {
        host_process_execve(host->env, "/bin/sh", arguments, NULL, NULL);
        _exit(NOT_RUN);
    }

    child_ended_with(pid, CHILD_CODE);
    assert_non_null(test_recorded(host, HOST_FUNCTION_PROCESS_EXECVE));
}

static void child_closes_only_its_own_descriptors(void **state)
{
    test_host *host = *state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int64_t pid = host_process_vfork(host->env, pid_or_status, &host->error);
    if (pid == 0) {
        left_by_child = host_fd_close(host->env, ends[0], NULL) == HOST_OK && host_fd_close(host->env, ends[1], NULL) == HOST_OK;
        _exit(CHILD_CODE);
    }

    child_ended_with(pid, CHILD_CODE);
    assert_int_equal(left_by_child, 1);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
}

static void borrowed_memory_is_not_lent_again(void **state)
{
    test_host *host = *state;
    int64_t pid = host_process_vfork(host->env, pid_or_status, &host->error);
    if (pid == 0) {
        left_by_child = host_process_vfork(host->env, pid_or_status, NULL);
        _exit(CHILD_CODE);
    }

    child_ended_with(pid, CHILD_CODE);
    assert_int_equal(left_by_child, -(int64_t)HOST_UNSUPPORTED);
    /* The parent's own memory is its own again. */
    pid = host_process_vfork(host->env, pid_or_status, &host->error);
    if (pid == 0) {
        _exit(CHILD_CODE);
    }
    child_ended_with(pid, CHILD_CODE);
}

static pid_t no_more_processes(void)
{
    errno = EAGAIN;
    return -1;
}

static process_vfork_function entry_of_none(void)
{
    return no_more_processes;
}

static void failing_call_is_told_once(void **state)
{
    test_host *host = *state;
    host->env->operations.vfork_entry = entry_of_none;
    int64_t answer = host_process_vfork(host->env, pid_or_status, &host->error);
    assert_int_equal(answer, -(int64_t)HOST_WOULD_BLOCK);
    assert_int_equal(host->error.host_code, EAGAIN);
    assert_int_equal(host->watch->recorded.count, 1);

    /* Its twin: the same with the system's own. */
    host_operations_restore(host->env);
    answer = host_process_vfork(host->env, pid_or_status, &host->error);
    if (answer == 0) {
        _exit(CHILD_CODE);
    }
    child_ended_with(answer, CHILD_CODE);
}

static void refused_call_starts_nobody(void **state)
{
    test_host *host = *state;
    test_host_policy(host, TEST_POLICY_DENY_ALL, 0);
    assert_int_equal(host_process_vfork(host->env, pid_or_status, &host->error), -(int64_t)HOST_DENIED_BY_POLICY);
    assert_int_equal(host->error.status, HOST_DENIED_BY_POLICY);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    assert_int_equal(host_process_vfork(NULL, pid_or_status, &host->error), -(int64_t)HOST_DENIED_BY_POLICY);
}

static void nobody_to_answer_is_an_invalid_call(void **state)
{
    test_host *host = *state;
    assert_int_equal(host_process_vfork(host->env, NULL, &host->error), -1);
    assert_int_equal(host->error.status, HOST_INVALID_ARGUMENT);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, host_make, host_end)
    const struct CMUnitTest tests[] = {
        TEST(child_may_use_stack_and_memory),    TEST(child_runs_program_through_host_env), TEST(child_closes_only_its_own_descriptors),
        TEST(borrowed_memory_is_not_lent_again), TEST(failing_call_is_told_once),           TEST(refused_call_starts_nobody),
        TEST(nobody_to_answer_is_an_invalid_call),
    };
    return cmocka_run_group_tests_name("process_vfork", tests, NULL, NULL);
}
