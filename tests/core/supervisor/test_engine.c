/* An engine with the real image, through the public headers: what code in a sandbox does comes out as the outcome,
 * value, text and figures it should. */
#include "engine_support.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static cordon_engine *engine;
static cordon_sandbox *sandbox;

static cordon_sandbox *create(const cordon_sandbox_config *config)
{
    cordon_error error;
    cordon_sandbox *made = NULL;
    check_status(cordon_sandbox_create(engine, config, &made, &error), &error);
    return made;
}

static cordon_result *execute_request(cordon_sandbox *in, const cordon_request *request)
{
    cordon_error error;
    cordon_result *result = NULL;
    check_status(cordon_sandbox_execute(in, request, &result, &error), &error);
    return result;
}

/* ---- What comes out ---- */

static const struct execute_case {
    const char *name, *source;
    cordon_outcome outcome;
    const char *value; /* as JSON; NULL: none */
    const char *output, *errors;
    const char *message; /* a part of it */
} execute_cases[] = {
    {"last_expression_is_the_value", "1\n6 * 7", CORDON_OUTCOME_OK, "42", "", "", ""},
    {"statement_has_no_value", "x = 1", CORDON_OUTCOME_OK, NULL, "", "", ""},
    {"streams_are_kept_apart", "import sys\nprint('out')\nprint('err', file=sys.stderr)", CORDON_OUTCOME_OK, "null",
     "out\n", "err\n", ""},
    {"descriptor_level_output_arrives", "import os\nos.write(1, b'a'); os.write(2, b'b')", CORDON_OUTCOME_OK, "1", "a",
     "b", ""},
    {"exception_is_told", "def f():\n    1 / 0\nf()", CORDON_OUTCOME_PYTHON_EXCEPTION, NULL, "", "",
     "ZeroDivisionError: division by zero"},
    {"syntax_error_is_told", "1 +", CORDON_OUTCOME_PYTHON_EXCEPTION, NULL, "", "", "SyntaxError"},
    {"system_exit_is_an_exit", "import sys\nprint('bye')\nsys.exit(3)", CORDON_OUTCOME_OK, NULL, "bye\n", "", ""},
    {"values_of_many_kinds", "[None, True, -1, 2**63, 2**64, 1.5, 'a\\u20ac', b'\\x00\\xff', (1,), {'k': [2]}]",
     CORDON_OUTCOME_OK,
     "[null,true,-1,9223372036854775808,\"0x10000000000000000\",1.5,\"a\xe2\x82\xac\",\"AP8=\",[1],{\"k\":[2]}]", "",
     "", ""},
    {"input_is_empty", "input()", CORDON_OUTCOME_PYTHON_EXCEPTION, NULL, "", "", "EOFError"},
    {"sleep_costs_no_time", "import time\ntime.sleep(3600)\n1", CORDON_OUTCOME_OK, "1", "", "", ""},
    {"asyncio_runs", "import asyncio\nasync def f():\n    await asyncio.sleep(5)\n    return 7\nasyncio.run(f())",
     CORDON_OUTCOME_OK, "7", "", "", ""},
};

static void execution_is_told(void **state)
{
    const struct execute_case *expected = *state;
    char *value = NULL;

    cordon_result *result = test_execute(sandbox, expected->source);

    assert_outcome(result, expected->outcome);
    assert_string_equal(result->standard_output.data, expected->output);
    assert_string_equal(result->standard_error.data, expected->errors);
    assert_non_null(strstr(result->message, expected->message));
    assert_int_equal(result->value != NULL, expected->value != NULL);
    if (expected->value != NULL) {
        check_status(cordon_value_to_json(result->value, &value, NULL, NULL), NULL);
        assert_string_equal(value, expected->value);
    }
    cordon_text_release(value);
    cordon_result_destroy(result);
}

static void exit_code_is_told_and_the_sandbox_stays(void **state)
{
    (void)state;
    cordon_result *result = test_execute(sandbox, "raise SystemExit(9)");
    assert_true(result->has_exit_code);
    assert_int_equal(result->exit_code, 9);
    cordon_result_destroy(result);
    result = test_execute(sandbox, "1");
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_false(result->has_exit_code);
    cordon_result_destroy(result);
}

static void exception_has_frames_and_cause(void **state)
{
    (void)state;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = "def inner():\n    try:\n        {}['x']\n    except KeyError as e:\n        raise "
                     "ValueError('bad') from e\ninner()\n";
    request.name = "example.py";

    cordon_result *result = execute_request(sandbox, &request);

    const cordon_exception *exception = result->exception;
    assert_outcome(result, CORDON_OUTCOME_PYTHON_EXCEPTION);
    assert_string_equal(exception->type, "ValueError");
    assert_string_equal(exception->message, "bad");
    assert_int_equal(exception->frame_count, 2);
    assert_string_equal(exception->frames[0].file, "example.py");
    assert_int_equal(exception->frames[0].line, 6);
    assert_string_equal(exception->frames[1].function, "inner");
    assert_int_equal(exception->frames[1].line, 5);
    assert_non_null(strstr(exception->frames[1].source, "raise ValueError"));
    assert_non_null(exception->cause);
    assert_string_equal(exception->cause->type, "KeyError");
    cordon_result_destroy(result);
}

static void exception_group_has_members_and_notes(void **state)
{
    (void)state;
    cordon_result *result =
        test_execute(sandbox, "def fail():\n    raise KeyError('inside')\n"
                              "one = ValueError('one')\n"
                              "one.add_note('first'); one.add_note('second')\n"
                              "try: fail()\n"
                              "except KeyError as e: two = e\n"
                              "raise ExceptionGroup('several', [one, ExceptionGroup('inner', [two])])");

    const cordon_exception *group = result->exception;
    assert_outcome(result, CORDON_OUTCOME_PYTHON_EXCEPTION);
    assert_string_equal(group->type, "ExceptionGroup");
    assert_int_equal(group->note_count, 0);
    assert_int_equal(group->exception_count, 2);
    assert_string_equal(group->exceptions[0]->type, "ValueError");
    assert_int_equal(group->exceptions[0]->note_count, 2);
    assert_string_equal(group->exceptions[0]->notes[0], "first");
    assert_string_equal(group->exceptions[0]->notes[1], "second");
    assert_int_equal(group->exceptions[0]->exception_count, 0);
    const cordon_exception *inner = group->exceptions[1];
    assert_int_equal(inner->exception_count, 1);
    assert_string_equal(inner->exceptions[0]->message, "'inside'");
    assert_int_equal(inner->exceptions[0]->frame_count, 2);
    assert_string_equal(inner->exceptions[0]->frames[1].function, "fail");
    cordon_result_destroy(result);
}

/* The worker cuts what it tells; what is left is whole. */
static void exception_group_of_thousands_is_cut(void **state)
{
    (void)state;
    cordon_result *result = test_execute(sandbox, "e = ValueError('x')\nfor i in range(1000): e.add_note(str(i))\n"
                                                  "raise ExceptionGroup('many', [e] * 5000)");

    assert_outcome(result, CORDON_OUTCOME_PYTHON_EXCEPTION);
    assert_int_equal(result->exception->exception_count, 32);
    assert_int_equal(result->exception->exceptions[31]->note_count, 32);
    assert_string_equal(result->exception->exceptions[31]->notes[31], "31");
    cordon_result_destroy(result);
}

static void inputs_and_named_results_travel(void **state)
{
    (void)state;
    cordon_value *inputs = cordon_value_dict(), *list = cordon_value_list();
    assert_true(cordon_value_append(list, cordon_value_int(20)) && cordon_value_append(list, cordon_value_int(22)));
    assert_true(cordon_value_dict_set(inputs, "numbers", list));
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = "total = sum(numbers)\n'not this'";
    request.result = "total";
    request.inputs = inputs;
    int64_t total = 0;

    cordon_result *result = execute_request(sandbox, &request);

    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_true(cordon_value_get_int(result->value, &total));
    assert_int_equal(total, 42);
    cordon_value_destroy(inputs);
    cordon_result_destroy(result);
}

static void figures_are_measured(void **state)
{
    (void)state;
    cordon_result *result = test_execute(sandbox, "print('12345')\nsum(range(100000))");
    assert_true(result->figures.wall_ns > 0 && result->figures.cpu_ns > 0 && result->figures.start_ns > 0);
    assert_true(result->figures.cpu_ns <= result->figures.wall_ns + 20000000);
    assert_int_equal(result->figures.output_bytes, 6);
    assert_int_equal(result->figures.calls, 0);
    assert_true(result->figures.memory_peak_bytes > 0);
    cordon_result_destroy(result);
}

static void sandboxes_share_nothing(void **state)
{
    (void)state;
    cordon_sandbox *other = create(NULL);
    cordon_result *result = test_execute(sandbox, "secret = 42");
    cordon_result_destroy(result);

    result = test_execute(other, "'secret' in globals()");

    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_false(cordon_value_is_true(result->value));
    cordon_result_destroy(result);
    cordon_sandbox_destroy(other);
}

/* ---- What a sandbox is given ---- */

static void settings_arrive(void **state)
{
    static const char *const environment[] = {"GREETING=hello=you", "EMPTY=", NULL};
    static const char *const arguments[] = {"one", "two words", NULL};
    (void)state;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    config.environment = environment;
    config.arguments = arguments;
    config.directory = "/somewhere";
    config.clock_start_ns = 1000000000ull * 86400;
    cordon_sandbox *given = create(&config);

    cordon_result *result = test_execute(given, "import os, sys, time\n[os.environ['GREETING'], os.environ['EMPTY'], "
                                                "sys.argv[1:], os.getcwd(), int(time.time()) // 60]");

    char *value = NULL;
    assert_outcome(result, CORDON_OUTCOME_OK);
    check_status(cordon_value_to_json(result->value, &value, NULL, NULL), NULL);
    assert_string_equal(value, "[\"hello=you\",\"\",[\"one\",\"two words\"],\"/somewhere\",1440]");
    cordon_text_release(value);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(given);
}

static void bad_settings_are_refused(void **state)
{
    static const char *const environments[][2] = {{"NOVALUE", NULL}, {"=x", NULL}, {"BAD=\xff", NULL}};
    cordon_error error;
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        cordon_sandbox *given = NULL;
        cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
        config.environment = environments[i];
        assert_int_equal(cordon_sandbox_create(engine, &config, &given, &error), CORDON_INVALID_ARGUMENT);
        assert_null(given);
    }
    cordon_sandbox *given = NULL;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    config.directory = "relative";
    assert_int_equal(cordon_sandbox_create(engine, &config, &given, &error), CORDON_INVALID_ARGUMENT);
    config.directory = "/absolute";
    config.limits.value[CORDON_LIMIT_COUNT] = 1; /* of a later header */
    assert_int_equal(cordon_sandbox_create(engine, &config, &given, &error), CORDON_INVALID_ARGUMENT);
    config.limits.value[CORDON_LIMIT_COUNT] = 0;
    config.is_deterministic = true;
    config.clock = CORDON_CLOCK_REAL;
    assert_int_equal(cordon_sandbox_create(engine, &config, &given, &error), CORDON_INVALID_ARGUMENT);
    config.clock = CORDON_CLOCK_FIXED;
    config.random = CORDON_RANDOM_HOST;
    assert_int_equal(cordon_sandbox_create(engine, &config, &given, &error), CORDON_INVALID_ARGUMENT);
    config.random = CORDON_RANDOM_SEED;
    config.mount_count = 1; /* and no mounts */
    assert_int_equal(cordon_sandbox_create(engine, &config, &given, &error), CORDON_INVALID_ARGUMENT);
    config.mount_count = 0;
    assert_int_equal(cordon_sandbox_create(engine, &config, &given, &error), CORDON_OK);
    cordon_sandbox_destroy(given);
}

static int count_output(void *context, int stream, const void *data, size_t size)
{
    (void)data;
    ((size_t *)context)[stream] += size;
    return 0;
}

/* The sandbox has no process that could be killed by them: what ended the program is told by itself. */
static void signals_that_a_program_raises_are_told(void **state)
{
    static const struct {
        const char *source;
        cordon_outcome outcome;
        int exit_code, signal; /* -1: it goes on */
        const char *says;
    } rows[] = {
        {"import os; os.abort()", CORDON_OUTCOME_CRASHED, 134, 6, "SIGABRT"},
        {"import os; os.kill(os.getpid(), 11)", CORDON_OUTCOME_CRASHED, 139, 11, "SIGSEGV"},
        {"import faulthandler; faulthandler._fatal_error_c_thread()", CORDON_OUTCOME_CRASHED, 134, 6, "SIGABRT"},
        {"import signal; signal.signal(signal.SIGABRT, signal.SIG_IGN)\nimport os; os.abort()", CORDON_OUTCOME_CRASHED, 134, 6, "SIGABRT"},
        {"import os, signal; os.kill(os.getpid(), signal.SIGTERM)", CORDON_OUTCOME_OK, 143, 15, ""},
        {"import signal; signal.raise_signal(signal.SIGKILL)", CORDON_OUTCOME_OK, 137, 9, ""},
        {"import signal; signal.raise_signal(64)", CORDON_OUTCOME_OK, 192, 64, ""},
        {"import os; os._exit(134)", CORDON_OUTCOME_OK, 134, 0, ""},
        {"import os, signal; signal.signal(signal.SIGTERM, lambda *unused: None); os.kill(os.getpid(), signal.SIGTERM)", CORDON_OUTCOME_OK, -1, 0, ""},
        {"import os, signal; signal.signal(signal.SIGSEGV, signal.SIG_IGN); os.kill(0, signal.SIGSEGV)", CORDON_OUTCOME_OK, -1, 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cordon_sandbox *given = create(NULL);
        cordon_result *result = test_execute(given, rows[i].source);
        assert_outcome(result, rows[i].outcome);
        assert_int_equal(result->has_exit_code, rows[i].exit_code >= 0);
        if (rows[i].exit_code >= 0)
            assert_int_equal(result->exit_code, rows[i].exit_code);
        assert_int_equal(result->signal, rows[i].signal);
        if (strstr(result->message, rows[i].says) == NULL || (rows[i].says[0] == '\0' && result->message[0] != '\0'))
            fail_msg("%s: \"%s\"", rows[i].source, result->message);
        assert_int_equal(result->session_goes_on, rows[i].exit_code < 0);
        cordon_result_destroy(result);
        cordon_sandbox_destroy(given);
    }
}

static void program_runs_and_ends(void **state)
{
    (void)state;
    size_t counted[3] = {0};
    cordon_error error;
    cordon_result *result = NULL;
    cordon_sandbox *given = create(NULL);
    cordon_program program = CORDON_PROGRAM_INIT;
    program.how = CORDON_PROGRAM_COMMAND;
    program.text = "import sys\nprint('a' * 100000)\nsys.exit(5)";
    program.streams.output = count_output;
    program.streams.context = counted;

    check_status(cordon_sandbox_run_program(given, &program, &result, &error), &error);

    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_int_equal(result->exit_code, 5);
    assert_int_equal(counted[1], 100001);
    assert_int_equal(result->standard_output.size, 100001);
    cordon_result_destroy(result);
    result = NULL;
    assert_int_equal(cordon_sandbox_run_program(given, &program, &result, &error), CORDON_SANDBOX_ENDED);
    assert_null(result);
    cordon_sandbox_destroy(given);
}

/* ---- Around ---- */

static size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static void nothing_is_left_behind(void **state)
{
    (void)state;
    size_t before = count_descriptors();
    for (int i = 0; i < 3; i++) {
        cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
        cordon_engine *own = NULL;
        cordon_sandbox *given = NULL;
        cordon_error error;
        config.image = test_image;
        check_status(cordon_engine_create(&config, &own, &error), &error);
        check_status(cordon_sandbox_create(own, NULL, &given, &error), &error);
        cordon_result_destroy(test_execute(given, "1"));
        cordon_sandbox_destroy(given);
        cordon_engine_destroy(own);
    }
    assert_int_equal(count_descriptors(), before);
}

static void missing_image_is_told(void **state)
{
    (void)state;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    cordon_engine *own = NULL;
    cordon_error error;
    config.image = "/nonexistent/cordon-sandbox";
    assert_int_equal(cordon_engine_create(&config, &own, &error), CORDON_SETUP_FAILED);
    assert_null(own);
    assert_non_null(strstr(error.message, "/nonexistent/cordon-sandbox"));
}

static void unlocked_image_gets_no_code(void **state)
{
    (void)state;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    cordon_engine *own = NULL;
    cordon_sandbox *given = NULL;
    cordon_error error;
    config.image = "/bin/cat"; /* which greets with what it was sent */
    config.start_timeout_ns = 300000000;
    check_status(cordon_engine_create(&config, &own, &error), &error);
    assert_int_not_equal(cordon_sandbox_create(own, NULL, &given, &error), CORDON_OK);
    assert_null(given);
    cordon_engine_destroy(own);
}

static int group_setup(void **state)
{
    (void)state;
    engine = test_engine(NULL);
    sandbox = test_sandbox(engine);
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
    return waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;
}

int main(int argument_count, char **arguments)
{
    enum { CASES = sizeof execute_cases / sizeof *execute_cases };
    struct CMUnitTest tests[CASES + 14] = {
        [CASES] = cmocka_unit_test(exit_code_is_told_and_the_sandbox_stays),
        cmocka_unit_test(exception_has_frames_and_cause),
        cmocka_unit_test(exception_group_has_members_and_notes),
        cmocka_unit_test(exception_group_of_thousands_is_cut),
        cmocka_unit_test(inputs_and_named_results_travel),
        cmocka_unit_test(figures_are_measured),
        cmocka_unit_test(sandboxes_share_nothing),
        cmocka_unit_test(settings_arrive),
        cmocka_unit_test(bad_settings_are_refused),
        cmocka_unit_test(signals_that_a_program_raises_are_told),
        cmocka_unit_test(program_runs_and_ends),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(missing_image_is_told),
        cmocka_unit_test(unlocked_image_gets_no_code),
    };
    for (int i = 0; i < CASES; i++)
        tests[i] = (struct CMUnitTest){
            .name = execute_cases[i].name, .test_func = execution_is_told, .initial_state = (void *)&execute_cases[i]};
    test_image = argument_count > 1 ? arguments[1] : "build/bin/cordon-sandbox";
    return cmocka_run_group_tests_name("engine", tests, group_setup, group_teardown);
}
