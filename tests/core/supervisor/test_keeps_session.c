/* Sessions that outlive what ends an execution: each kind of end, and what the next execution finds. */
#include "engine_support.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static cordon_engine *engine;

static cordon_sandbox *create(bool is_deterministic)
{
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    config.keeps_session = true;
    config.is_deterministic = is_deterministic;
    config.interrupt_grace_ns = 50000000;
    config.limits.value[CORDON_LIMIT_MEMORY] = 64 << 20;
    config.limits.value[CORDON_LIMIT_FUEL] = 3000000;
    config.limits.value[CORDON_LIMIT_OUTPUT] = 100000;
    config.limits.value[CORDON_LIMIT_FS_BYTES] = 1 << 20;
    config.limits.value[CORDON_LIMIT_CALLS] = 100;
    check_status(cordon_sandbox_create(engine, &config, &sandbox, &error), &error);
    return sandbox;
}

static void kill_it(void *context, cordon_call *call)
{
    cordon_sandbox *const *sandbox = context;
    kill((pid_t)cordon_sandbox_process_id(*sandbox), SIGKILL);
    cordon_call_answer(call, NULL);
}

static void cancel_it(void *context, cordon_call *call)
{
    cordon_sandbox *const *sandbox = context;
    cordon_sandbox_cancel(*sandbox);
    cordon_call_answer(call, NULL);
}

static void interrupt_it(void *context, cordon_call *call)
{
    cordon_sandbox *const *sandbox = context;
    (void)cordon_sandbox_interrupt(*sandbox);
    cordon_call_answer(call, NULL);
}

static void answer_it(void *context, cordon_call *call)
{
    (void)context;
    cordon_call_answer(call, NULL);
}

static cordon_sandbox *present; /* whom the functions mean */

static void add_function(const char *name, cordon_callback_function function)
{
    cordon_error error;
    cordon_callback callback = CORDON_CALLBACK_INIT;
    callback.name = name;
    callback.takes_anything = true;
    callback.function = function;
    callback.context = &present;
    check_status(cordon_engine_register(engine, &callback, &error), &error);
}

static const struct end {
    const char *name, *source;
    cordon_outcome outcome;
    uint64_t timeout_ns;
} ends[] = {
    {"time", "while True:\n    try: state.append(2); state.clear()\n    except BaseException: pass", CORDON_OUTCOME_LIMIT_TIME, 30000000},
    {"fuel", "while True: pass", CORDON_OUTCOME_LIMIT_FUEL, 0},
    {"memory", "x = []\nwhile True: x.append(bytes(1000000))", CORDON_OUTCOME_LIMIT_MEMORY, 0},
    {"output", "while True: print('x' * 10000)", CORDON_OUTCOME_LIMIT_OUTPUT, 0},
    {"files", "open('big', 'wb').write(bytes(3 << 20))", CORDON_OUTCOME_LIMIT_FILES, 0},
    {"calls", "import cordon\nwhile True: cordon.call('answer')", CORDON_OUTCOME_LIMIT_CALLS, 0},
    {"recursion", "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()", CORDON_OUTCOME_LIMIT_RECURSION, 0},
    {"a_cancel", "import cordon\ncordon.call('cancel')\nwhile True: pass", CORDON_OUTCOME_CANCELLED, 0},
    {"an_interrupt_that_is_not_heeded", "import cordon\ntry: cordon.call('interrupt')\nexcept KeyboardInterrupt: pass\nsum(range(10**12))", CORDON_OUTCOME_CANCELLED, 0},
    {"death", "import cordon\ncordon.call('kill')", CORDON_OUTCOME_CRASHED, 0},
};

static cordon_result *execute(cordon_sandbox *sandbox, const char *source, uint64_t timeout_ns)
{
    cordon_error error;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    char whole[1024];
    snprintf(whole, sizeof whole, "state.append('undone')\nopen('undone', 'w').close()\n%s", source);
    request.source = whole;
    request.timeout_ns = timeout_ns;
    check_status(cordon_sandbox_execute(sandbox, &request, &result, &error), &error);
    return result;
}

static void session_outlives(void **state)
{
    const struct end *row = *state;
    cordon_sandbox *sandbox = present = create(false);
    assert_value(sandbox, "import os, threading, random\nstate = [1]\ndef g():\n    yield 1\n    yield 2\nx = g()\nf = open('kept', 'w+')\nnext(x), f.write('text')", "[1,4]");
    int64_t before = cordon_sandbox_process_id(sandbox);
    for (int i = 0; i < 2; i++) {
        cordon_result *result = execute(sandbox, row->source, row->timeout_ns);
        assert_outcome(result, row->outcome);
        assert_true(result->session_goes_on);
        cordon_result_destroy(result);
        assert_value(sandbox, "state.append(len(state) + 1)\nstate, os.path.exists('undone')", i == 0 ? "[[1,2],false]" : "[[1,2,3],false]");
    }
    assert_true(cordon_sandbox_process_id(sandbox) != before);
    assert_value(sandbox, "f.seek(0)\nf.read(), next(x), random.random() >= 0", "[\"text\",2,true]");
    assert_value(sandbox, "import cordon\ncordon.call('answer')", "null");
    cordon_sandbox_destroy(sandbox);
}

/* What needs no other process keeps the one there is, with what it did. */
static void what_ends_well_is_not_undone(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = present = create(false);
    int64_t before = cordon_sandbox_process_id(sandbox);
    assert_value(sandbox, "state = []\nstate", "[]");
    cordon_result *result = execute(sandbox, "1 / 0", 0);
    assert_outcome(result, CORDON_OUTCOME_PYTHON_EXCEPTION);
    cordon_result_destroy(result);
    assert_value(sandbox, "state", "[\"undone\"]");
    assert_int_equal(cordon_sandbox_process_id(sandbox), before);
    cordon_sandbox_destroy(sandbox);
}

static void deterministic_session_goes_on_as_it_would_have(void **state)
{
    (void)state;
    static const char look[] = "import random, time, os\n[random.random(), time.time(), os.urandom(4).hex()]";
    char *first = NULL, *second = NULL;
    cordon_error error;
    for (int i = 0; i < 2; i++) {
        cordon_sandbox *sandbox = present = create(true);
        cordon_result *result = test_execute(sandbox, "state = []");
        cordon_result_destroy(result);
        if (i == 1) {
            result = execute(sandbox, "while True: pass", 0);
            assert_outcome(result, CORDON_OUTCOME_LIMIT_FUEL);
            assert_true(result->session_goes_on);
            cordon_result_destroy(result);
        }
        result = test_execute(sandbox, look);
        assert_outcome(result, CORDON_OUTCOME_OK);
        check_status(cordon_value_to_json(result->value, i == 0 ? &first : &second, NULL, &error), &error);
        cordon_result_destroy(result);
        cordon_sandbox_destroy(sandbox);
    }
    assert_string_equal(first, second);
    cordon_text_release(first);
    cordon_text_release(second);
}

static void ends_of_its_own_wish_stay_ends(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = present = create(false);
    assert_value(sandbox, "state = []\n1", "1");
    cordon_result *result = execute(sandbox, "os = __import__('os')\nos._exit(3)", 0);
    assert_true(result->has_exit_code);
    assert_int_equal(result->exit_code, 3);
    assert_false(result->session_goes_on);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

static void without_it_limits_end_the_session(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_error error;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = "while True: pass";
    request.timeout_ns = 20000000;
    check_status(cordon_sandbox_execute(sandbox, &request, &result, &error), &error);
    assert_false(result->session_goes_on);
    cordon_result_destroy(result);
    assert_int_equal(cordon_sandbox_execute(sandbox, &request, &result, &error), CORDON_SANDBOX_ENDED);
    cordon_sandbox_destroy(sandbox);
}

static void mounts_are_refused(void **state)
{
    (void)state;
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    const cordon_mount mount = {.source = "/tmp", .path = "/mnt"};
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    config.keeps_session = true;
    config.mounts = &mount;
    config.mount_count = 1;
    assert_int_equal(cordon_sandbox_create(engine, &config, &sandbox, &error), CORDON_UNSUPPORTED);
    assert_null(sandbox);
    assert_non_null(strstr(error.message, "mounted"));
    config.mount_count = 0;
    check_status(cordon_sandbox_create(engine, &config, &sandbox, &error), &error);
    cordon_sandbox_destroy(sandbox);
}

int main(int argc, char **argv)
{
    enum { ENDS = sizeof ends / sizeof *ends, OTHERS = 5 };
    struct CMUnitTest tests[ENDS + OTHERS] = {
        [ENDS] = cmocka_unit_test(what_ends_well_is_not_undone),
        cmocka_unit_test(deterministic_session_goes_on_as_it_would_have),
        cmocka_unit_test(ends_of_its_own_wish_stay_ends),
        cmocka_unit_test(without_it_limits_end_the_session),
        cmocka_unit_test(mounts_are_refused),
    };
    if (argc < 2)
        return 2;
    test_image = argv[1];
    for (size_t i = 0; i < ENDS; i++)
        tests[i] = (struct CMUnitTest){.name = ends[i].name, .test_func = session_outlives, .initial_state = (void *)&ends[i]};
    engine = test_engine(NULL);
    add_function("kill", kill_it);
    add_function("cancel", cancel_it);
    add_function("interrupt", interrupt_it);
    add_function("answer", answer_it);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cordon_engine_destroy(engine);
    return failed;
}
