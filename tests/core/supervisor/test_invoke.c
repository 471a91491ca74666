/* Frame INVOKE through a real worker: each operation reaches its function of cordon.plugins with its arguments, what comes of it is told as of any execution, and what is no
 * operation ends the sandbox. The package is one of the test's own, so that only the way to it is tested here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "cordon/cordon.h"
#include "sandbox_internal.h"
#include "value_pack.h"

static const char *image;
static cordon_engine *engine;

static const char package[] = "import sys, types, asyncio\n"
                              "package = types.ModuleType('cordon.plugins')\n"
                              "class PluginError(Exception):\n"
                              "    code = 'strange'\n"
                              "def describe(handle):\n"
                              "    raise PluginError(handle)\n"
                              "def execute(handle, arguments):\n"
                              "    async def later():\n"
                              "        await asyncio.sleep(0)\n"
                              "        return ['later', handle, arguments]\n"
                              "    return later()\n"
                              "package.describe, package.execute = describe, execute\n"
                              "package.load = lambda *given: ['load', *given]\n"
                              "package.call = lambda *given: ['call', *given]\n"
                              "def unload(handle):\n"
                              "    print('gone', handle)\n"
                              "    while handle: pass\n"
                              "package.unload = unload\n"
                              "sys.modules['cordon.plugins'] = package\n";

static cordon_sandbox *create_limited(uint64_t cpu_ns)
{
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    cordon_result *result = NULL;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    cordon_request request = CORDON_REQUEST_INIT;
    config.limits.value[CORDON_LIMIT_FUEL] = 1000000;
    config.limits.value[CORDON_LIMIT_CPU] = cpu_ns;
    request.source = package;
    if (cordon_sandbox_create(engine, &config, &sandbox, &error) != CORDON_OK)
        fail_msg("%s", error.message);
    assert_int_equal(cordon_sandbox_execute(sandbox, &request, &result, &error), CORDON_OK);
    assert_int_equal(result->outcome, CORDON_OUTCOME_OK);
    cordon_result_destroy(result);
    return sandbox;
}

static cordon_sandbox *create(void)
{
    return create_limited(0);
}

/* An operation with `count` arguments that are 1, 2, 3 ... */
static cordon_result *invoke(cordon_sandbox *sandbox, const char *operation, size_t count)
{
    static const cordon_streams streams = {0};
    bytes payload = {0};
    cordon_error error;
    cordon_result *result = NULL;
    pack_array(&payload, 1 + count);
    pack_text(&payload, operation);
    for (size_t i = 1; i <= count; i++)
        pack_unsigned(&payload, i);
    if (sandbox_invoke(sandbox, &payload, &streams, 0, &result, &error) != CORDON_OK)
        fail_msg("%s", error.message);
    bytes_release(&payload);
    return result;
}

static void check_value(cordon_sandbox *sandbox, const char *operation, size_t count, const char *json)
{
    cordon_result *result = invoke(sandbox, operation, count);
    char *text = NULL;
    if (result->outcome != CORDON_OUTCOME_OK)
        fail_msg("%s: %s", result->message, result->exception != NULL ? result->exception->traceback : "");
    assert_int_equal(cordon_value_to_json(result->value, &text, NULL, NULL), CORDON_OK);
    assert_string_equal(text, json);
    cordon_text_release(text);
    cordon_result_destroy(result);
}

static void operations_reach_their_functions(void **state)
{
    cordon_sandbox *sandbox = create();
    (void)state;
    check_value(sandbox, "load", 3, "[\"load\",1,2,3]");
    check_value(sandbox, "call", 5, "[\"call\",1,2,3,4,5]");
    check_value(sandbox, "execute", 2, "[\"later\",1,2]"); /* a coroutine, run to its end */
    cordon_sandbox_destroy(sandbox);
}

static void exceptions_come_with_their_class(void **state)
{
    cordon_sandbox *sandbox = create();
    cordon_result *result = invoke(sandbox, "describe", 1);
    (void)state;
    assert_int_equal(result->outcome, CORDON_OUTCOME_PYTHON_EXCEPTION);
    assert_string_equal(result->exception->type, "PluginError");
    assert_string_equal(result->exception->message, "1");
    cordon_result_destroy(result);
    check_value(sandbox, "load", 3, "[\"load\",1,2,3]"); /* and the session goes on */
    cordon_sandbox_destroy(sandbox);
}

static void limits_hold(void **state)
{
    cordon_sandbox *sandbox = create();
    cordon_result *result = invoke(sandbox, "unload", 1);
    (void)state;
    assert_int_equal(result->outcome, CORDON_OUTCOME_LIMIT_FUEL);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

/* Executions and invocations share the session: its variables, its ids, its streams. */
static void executions_come_between(void **state)
{
    cordon_sandbox *sandbox = create();
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_result *result = NULL;
    (void)state;
    request.source = "package.unload = lambda handle: print('too late')\ndef execute(*given): return 5\npackage.load(7)";
    check_value(sandbox, "call", 5, "[\"call\",1,2,3,4,5]");
    assert_int_equal(cordon_sandbox_execute(sandbox, &request, &result, NULL), CORDON_OK);
    assert_int_equal(result->outcome, CORDON_OUTCOME_OK);
    cordon_result_destroy(result);
    result = invoke(sandbox, "unload", 1);                              /* looked up before it was replaced */
    assert_int_equal(result->outcome, CORDON_OUTCOME_LIMIT_FUEL);
    assert_string_equal(result->standard_output.data, ""); /* not flushed by what never ended */
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

static uint64_t processor_time_of(cordon_sandbox *sandbox)
{
    clockid_t clock;
    struct timespec time;
    assert_int_equal(clock_getcpuclockid((pid_t)cordon_sandbox_process_id(sandbox), &clock), 0);
    assert_int_equal(clock_gettime(clock, &time), 0);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Short ones may leave it to later ones where no limit stands on it; what all of them told together is what the process used, but for less than the last millisecond. */
static void processor_time_of_many_is_told(void **state)
{
    enum { CALLS = 3000, LEFT_NS_MAX = 2000000, TAIL_NS_MAX = 500000 /* between a RESULT and the wait */ };
    static const uint64_t limits[] = {CORDON_LIMIT_NONE, 3600ull * 1000000000u};
    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        cordon_sandbox *sandbox = create_limited(limits[i]);
        cordon_session_figures begin, end;
        uint64_t sum = 0, before;
        cordon_result_destroy(invoke(sandbox, "call", 5));
        cordon_sandbox_get_session_figures(sandbox, &begin);
        before = processor_time_of(sandbox);
        for (int call = 0; call < CALLS; call++) {
            cordon_result *result = invoke(sandbox, "call", 5);
            sum += result->figures.cpu_ns;
            cordon_result_destroy(result);
        }
        uint64_t used = processor_time_of(sandbox) - before;
        cordon_sandbox_get_session_figures(sandbox, &end);
        assert_in_range(end.cpu_ns - begin.cpu_ns, sum, sum + LEFT_NS_MAX);
        assert_in_range(end.cpu_ns - begin.cpu_ns + TAIL_NS_MAX, used, used + 2 * TAIL_NS_MAX); /* nothing is left out there */
        assert_in_range(sum + LEFT_NS_MAX, used, used + 2 * LEFT_NS_MAX);
        cordon_sandbox_destroy(sandbox);
    }
}

static void what_is_no_operation_ends_the_sandbox(void **state)
{
    static const struct {
        const char *operation;
        size_t count;
    } cases[] = {{"eval", 1}, {"", 0}, {"load", 2}, {"load", 4}, {"call", 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cordon_sandbox *sandbox = create();
        cordon_result *result = invoke(sandbox, cases[i].operation, cases[i].count);
        assert_int_equal(result->outcome, CORDON_OUTCOME_CRASHED);
        assert_non_null(strstr(result->message, "INVOKE"));
        cordon_result_destroy(result);
        cordon_sandbox_destroy(sandbox);
    }
}

static int start(void **state)
{
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    (void)state;
    config.image = image;
    return cordon_engine_create(&config, &engine, NULL) != CORDON_OK;
}

static int stop(void **state)
{
    (void)state;
    cordon_engine_destroy(engine);
    return 0;
}

int main(int argument_count, char **arguments)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_reach_their_functions), cmocka_unit_test(exceptions_come_with_their_class), cmocka_unit_test(limits_hold),
        cmocka_unit_test(executions_come_between),          cmocka_unit_test(processor_time_of_many_is_told),   cmocka_unit_test(what_is_no_operation_ends_the_sandbox),
    };
    image = argument_count > 1 ? arguments[1] : "build/bin/cordon-sandbox";
    return cmocka_run_group_tests(tests, start, stop);
}
