/* The supervisor against workers that lie: each lie ends in its outcome, and no process, descriptor or hang is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"
#include "worker.h"

static host_env *environment;
static char folder[] = "/tmp/cordon-test-worker-XXXXXX";

static host_decision allow(void *context, const host_access *access)
{
    (void)context;
    (void)access;
    return HOST_DECISION_ALLOW;
}

struct seen {
    size_t output_bytes, output_chunks;
    int last_stream;
    const char *input;
    host_status output_status; /* what write_output answers */
};

static host_status see_output(void *context, int stream, const void *data, size_t size, host_error *error)
{
    struct seen *seen = context;
    (void)data;
    seen->output_bytes += size;
    seen->output_chunks++;
    seen->last_stream = stream;
    if (seen->output_status != HOST_OK)
        *error = (host_error){.status = seen->output_status, .operation = "see_output", .message = "planted"};
    return seen->output_status;
}

static host_status give_input(void *context, void *buffer, size_t size, size_t *size_out, host_error *error)
{
    struct seen *seen = context;
    (void)error;
    *size_out = strlen(seen->input);
    assert_true(*size_out <= size);
    memcpy(buffer, seen->input, *size_out);
    return HOST_OK;
}

static int count_descriptors(void)
{
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

/* The worker learns its lie from its file's name, so each lie is a copy (a link would resolve to the one name). */
static void copy_worker(const char *lie, char *path_out, size_t size)
{
    char command[8192];
    snprintf(path_out, size, "%s/worker.%s", folder, lie);
    snprintf(command, sizeof command, "cp '%s' '%s'", LYING_WORKER, path_out);
    assert_int_equal(system(command), 0);
}

static void run(const char *lie, struct seen *seen, worker_result *result)
{
    char path[4096];
    size_t size;
    const program_settings settings = {.wall_clock_ns = 1};
    program *program = program_create();
    copy_worker(lie, path, sizeof path);
    assert_int_equal(program_set_text(program, CORDON_PROGRAM_COMMAND, "pass", 4), 0);
    unsigned char *frames = program_to_frames(program, &settings, &size);
    assert_non_null(frames);
    program_destroy(program);

    int before = count_descriptors();
    worker_run(environment, path, frames, size, &(worker_streams){see_output, give_input, seen}, result);
    assert_int_equal(count_descriptors(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    free(frames);
    unlink(path);
}

static const struct lie_case {
    const char *lie;
    worker_outcome outcome;
    int exit_code;
    const char *says; /* part of the message */
} lie_cases[] = {
    {"honest", WORKER_EXITED, 7, ""},
    {"flood", WORKER_EXITED, 0, ""},
    {"input", WORKER_EXITED, 1, ""},
    {"exits_and_stays", WORKER_EXITED, 5, ""},
    {"no_hello", WORKER_BAD_FRAME, 0, "no greeting"},
    {"two_hellos", WORKER_BAD_FRAME, 0, "greeted twice"},
    {"magic", WORKER_BAD_FRAME, 0, "magic number"},
    {"version", WORKER_BAD_FRAME, 0, "protocol version"},
    {"type", WORKER_BAD_FRAME, 0, "never sends"},
    {"host_type", WORKER_BAD_FRAME, 0, "never sends"},
    {"flags", WORKER_BAD_FRAME, 0, "flags or id"},
    {"id", WORKER_BAD_FRAME, 0, "flags or id"},
    {"huge", WORKER_BAD_FRAME, 0, "out of bounds"},
    {"too_large", WORKER_BAD_FRAME, 0, "out of bounds"},
    {"empty_output", WORKER_BAD_FRAME, 0, "out of bounds"},
    {"stream", WORKER_BAD_FRAME, 0, "stream 3"},
    {"short_exit", WORKER_BAD_FRAME, 0, "out of bounds"},
    {"stays", WORKER_BAD_FRAME, 0, "never sends"},
    {"half_header", WORKER_CRASHED, 0, "without saying so"},
    {"half_payload", WORKER_CRASHED, 0, "without saying so"},
    {"silence", WORKER_CRASHED, 0, "without saying so"},
    {"dies", WORKER_CRASHED, 0, "signal 11"},
    {"bad_system_call", WORKER_VIOLATION, 0, "outside its filter"},
    {"named_system_call", WORKER_VIOLATION, 0, "system call 41 (x86-64)"},
    {"false_violation", WORKER_BAD_FRAME, 0, "did not die of it"},
    {"violation_and_more", WORKER_BAD_FRAME, 0, "after its last"},
    {"setup", WORKER_SETUP_FAILED, 121, "could not lock itself"},
    {"other_protocol", WORKER_SETUP_FAILED, 0, "protocol 1"},
};

static void lie_is_answered(void **state)
{
    const struct lie_case *lie = *state;
    struct seen seen = {.input = "some input"};
    worker_result result;

    run(lie->lie, &seen, &result);

    if (result.outcome != lie->outcome || strstr(result.message, lie->says) == NULL)
        fail_msg("outcome %d, message '%s'; wanted %d, '...%s...'", result.outcome, result.message, lie->outcome, lie->says);
    assert_int_equal(result.exit_code, lie->exit_code);
}

static void output_reaches_its_stream(void **state)
{
    struct seen seen = {.input = ""};
    worker_result result;
    (void)state;

    run("honest", &seen, &result);

    assert_int_equal(seen.output_bytes, 6);
    assert_int_equal(seen.last_stream, CORDON_OUTPUT_STDOUT);
}

static void flood_is_passed_on_whole(void **state)
{
    struct seen seen = {.input = ""};
    worker_result result;
    (void)state;

    run("flood", &seen, &result);

    assert_int_equal(seen.output_bytes, 20000 * 32);
}

static void closed_output_ends_the_worker(void **state)
{
    struct seen seen = {.input = "", .output_status = HOST_BROKEN_PIPE};
    worker_result result;
    (void)state;

    run("flood", &seen, &result);

    assert_int_equal(result.outcome, WORKER_OUTPUT_CLOSED);
    assert_int_equal(seen.output_chunks, 1);
}

static void missing_image_is_a_setup_failure(void **state)
{
    struct seen seen = {.input = ""};
    worker_result result;
    (void)state;
    int before = count_descriptors();

    worker_run(environment, "/nonexistent/cordon-sandbox", (const unsigned char *)"", 0, &(worker_streams){see_output, give_input, &seen}, &result);

    assert_int_equal(result.outcome, WORKER_SETUP_FAILED);
    assert_non_null(strstr(result.message, "/nonexistent/cordon-sandbox"));
    assert_int_equal(count_descriptors(), before);
}

static int group_setup(void **state)
{
    host_env_config config = HOST_ENV_CONFIG_INIT;
    (void)state;
    config.decide = allow;
    config.path_mode = HOST_PATHS_ANY;
    return mkdtemp(folder) == NULL || host_env_create(&config, &environment, NULL) != HOST_OK;
}

static int group_teardown(void **state)
{
    (void)state;
    host_env_destroy(environment);
    return rmdir(folder);
}

int main(void)
{
    enum { LIES = sizeof lie_cases / sizeof *lie_cases };
    struct CMUnitTest tests[LIES + 4] = {
        [LIES] = cmocka_unit_test(output_reaches_its_stream),
        cmocka_unit_test(flood_is_passed_on_whole),
        cmocka_unit_test(closed_output_ends_the_worker),
        cmocka_unit_test(missing_image_is_a_setup_failure),
    };
    for (int i = 0; i < LIES; i++)
        tests[i] = (struct CMUnitTest){.name = lie_cases[i].lie, .test_func = lie_is_answered, .initial_state = (void *)&lie_cases[i]};
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("worker", tests, group_setup, group_teardown);
}
