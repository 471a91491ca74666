/* The full interpreter in this process: what requests give, what the host is asked and told, and what is refused. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interpreter_support.h"

/* ---- Asked and told ---- */

static struct {
    pthread_mutex_t lock;
    char denied[256]; /* a path that may not be opened; "": all may */
    unsigned asked, told, refused;
} accesses = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool permit(void *context, const cordon_access *access)
{
    assert_ptr_equal(context, &accesses);
    pthread_mutex_lock(&accesses.lock);
    accesses.asked++;
    bool is_denied = access->path != NULL && accesses.denied[0] != '\0' && strcmp(access->path, accesses.denied) == 0;
    pthread_mutex_unlock(&accesses.lock);
    return !is_denied;
}

static void record(void *context, const cordon_access *access)
{
    assert_ptr_equal(context, &accesses);
    assert_true(access->is_done);
    pthread_mutex_lock(&accesses.lock);
    accesses.told++;
    accesses.refused += access->is_refused;
    pthread_mutex_unlock(&accesses.lock);
}

/* ---- Coming to be ---- */

static void refused(cordon_interpreter_config *config, cordon_status status, const char *why)
{
    cordon_interpreter *none = (void *)1;
    cordon_error error;
    assert_int_equal(cordon_interpreter_create(config, &none, &error), status);
    assert_null(none);
    if (strstr(error.message, why) == NULL)
        fail_msg("%s: not about %s", error.message, why);
}

static int signals_changed; /* by the interpreter's coming to be */

/* Before there is one: what is refused leaves another try free. */
static int create(void **state)
{
    cordon_error error;
    const char *paths[] = {work, NULL}, *arguments[] = {"one", "zwei", NULL};
    cordon_interpreter_config config = CORDON_INTERPRETER_CONFIG_INIT;
    (void)state;
    config.home = home;
    refused(&config, CORDON_INVALID_ARGUMENT, "nobody says");
    config.allows_everything = true;
    config.permit_access = permit;
    refused(&config, CORDON_INVALID_ARGUMENT, "may refuse");
    config.allows_everything = false;
    config.limits.value[CORDON_LIMIT_MEMORY] = 1 << 20;
    refused(&config, CORDON_UNSUPPORTED, "memory");
    config.limits.value[CORDON_LIMIT_MEMORY] = CORDON_LIMIT_NONE;
    config.home = "/nowhere";
    refused(&config, CORDON_INVALID_ARGUMENT, "/nowhere/lib/python3.13");
    config.home = home;
    config.policy = "/nowhere/policy.yaml";
    refused(&config, CORDON_INVALID_ARGUMENT, "/nowhere/policy.yaml");
    config.policy = NULL;
    config.struct_size = 1;
    refused(&config, CORDON_INVALID_ARGUMENT, "CORDON_INTERPRETER_CONFIG_INIT");
    config.struct_size = sizeof config;

    config.record_access = record;
    config.access_context = &accesses;
    config.module_paths = paths;
    config.arguments = arguments;
    struct sigaction before[NSIG], now;
    for (int i = 1; i < NSIG; i++)
        sigaction(i, NULL, &before[i]);
    assert_done(cordon_interpreter_create(&config, &interpreter, &error), &error);
    for (int i = 1; i < NSIG; i++)
        signals_changed += sigaction(i, NULL, &now) == 0 && now.sa_handler != before[i].sa_handler;
    refused(&config, CORDON_BUSY, "already");
    return 0;
}

static void configuration_reaches_python(void **state)
{
    char wanted[4096];
    (void)state;
    assert_string_equal(value_of("import sys; sys.argv"), "[\"\",\"one\",\"zwei\"]");
    snprintf(wanted, sizeof wanted, "\"%s\"", work);
    assert_string_equal(value_of("sys.path[-1]"), wanted);
    assert_string_equal(value_of("'' in sys.path"), "false");
    assert_string_equal(value_of("sys.flags.isolated, sys.flags.utf8_mode"), "[1,1]");
}

/* ---- Results ---- */

static void value_is_the_last_expressions(void **state)
{
    (void)state;
    assert_string_equal(value_of("a = 1\na + 1"), "2");
    assert_string_equal(value_of("None"), "null");
    cordon_result *result = execute("a = 1");
    assert_int_equal(result->outcome, CORDON_OUTCOME_OK);
    assert_null(result->value);
    cordon_result_destroy(result);
}

static void value_is_the_variable_asked_for(void **state)
{
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_result *result;
    cordon_error error;
    int64_t number;
    (void)state;
    request.source = "wanted = 5\nother = 6";
    request.result = "wanted";
    assert_done(cordon_interpreter_execute(interpreter, &request, &result, &error), &error);
    assert_true(cordon_value_get_int(result->value, &number));
    assert_int_equal(number, 5);
    cordon_result_destroy(result);
    request.result = "not_there";
    assert_done(cordon_interpreter_execute(interpreter, &request, &result, &error), &error);
    assert_null(result->value);
    cordon_result_destroy(result);
}

static void state_stays_between_executions(void **state)
{
    (void)state;
    value_of("import collections\ncounts = collections.Counter()\ndef add(x):\n    counts[x] += 1\n    return dict(counts)\ndef grow():\n    n = 0\n    while True:\n        n += 1\n        yield n\nsteps = grow()");
    assert_string_equal(value_of("add('a'); next(steps); add('a')"), "{\"a\":2}");
    assert_string_equal(value_of("next(steps)"), "2");
}

/* Each value of every kind, there and back. */
static void values_travel_both_ways(void **state)
{
    static const char *const sources[] = {
        "None", "True", "-7", "2**63", "-(2**200)", "1.5", "'text \\xe9 \\U0001f600'", "'\\ud800'", "b'\\x00\\xff'", "[1, [2]]", "(1, ())",
        "{'a': {1: None}}", "{1}", "frozenset({2})", "3+4j", "datetime.datetime(2026, 1, 2, 3, 4, 5, 6)",
        "datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(seconds=-3601)))", "datetime.date(1, 1, 1)",
        "datetime.time(23, 59, 59, 999999, fold=1)", "datetime.timedelta(-1, 2, 3)",
    };
    char source[256];
    (void)state;
    value_of("import datetime");
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        cordon_request request = CORDON_REQUEST_INIT;
        cordon_result *result;
        cordon_error error;
        snprintf(source, sizeof source, "value = %s\nvalue", sources[i]);
        cordon_result *told = execute(source);
        assert_int_equal(told->outcome, CORDON_OUTCOME_OK);
        assert_int_not_equal(cordon_value_get_kind(told->value), CORDON_VALUE_OTHER);
        cordon_value *inputs = cordon_value_dict();
        assert_true(cordon_value_dict_set(inputs, "back", cordon_value_copy(told->value)));
        request.source = "back == value and type(back) is type(value)";
        request.inputs = inputs;
        assert_done(cordon_interpreter_execute(interpreter, &request, &result, &error), &error);
        if (!cordon_value_is_true(result->value))
            fail_msg("%s came back as another value", sources[i]);
        cordon_result_destroy(result);
        cordon_result_destroy(told);
        cordon_value_destroy(inputs);
    }
}

static void what_is_no_value_is_told_by_its_repr(void **state)
{
    (void)state;
    cordon_result *result = execute("import types; [object, types.SimpleNamespace(a=1)]");
    const cordon_value *other = cordon_value_at(result->value, 1);
    assert_int_equal(cordon_value_get_kind(other), CORDON_VALUE_OTHER);
    assert_string_equal(cordon_value_get_text(other, NULL), "namespace(a=1)");
    assert_string_equal(cordon_value_get_type_name(other), "types.SimpleNamespace");
    cordon_result_destroy(result);
    assert_non_null(strstr(exception_of("endless = []; endless.append(endless); endless", "ValueError"), "the result[0] contains itself"));
    assert_non_null(strstr(exception_of("deep = []\nfor _ in range(70): deep = [deep]\ndeep", "ValueError"), "nests too deeply"));
    assert_non_null(strstr(exception_of("bytes(17 << 20)", "ValueError"), "too large"));
    assert_non_null(strstr(exception_of("[0] * (5 << 20)", "ValueError"), "too large"));
    assert_string_equal(value_of("len(bytes(16))"), "16");
}

static void exceptions_have_frames(void **state)
{
    (void)state;
    cordon_result *result = execute("def f(x):\n    raise ValueError(f'no {x}')\ntry:\n    f(1)\nexcept ValueError as e:\n    e.add_note('a note')\n    raise KeyError('k') from e");
    const cordon_exception *exception = result->exception;
    assert_int_equal(result->outcome, CORDON_OUTCOME_PYTHON_EXCEPTION);
    assert_string_equal(exception->type, "KeyError");
    assert_int_equal(exception->frame_count, 1);
    assert_int_equal(exception->frames[0].line, 7);
    assert_string_equal(exception->frames[0].function, "<module>");
    assert_string_equal(exception->frames[0].source, "    raise KeyError('k') from e");
    assert_non_null(exception->cause);
    assert_string_equal(exception->cause->message, "no 1");
    assert_int_equal(exception->cause->frame_count, 2);
    assert_string_equal(exception->cause->notes[0], "a note");
    assert_null(strstr(exception->traceback, "/cordon/"));
    cordon_result_destroy(result);
    exception_of("raise MemoryError", "MemoryError"); /* which is no limit here */
    exception_of("1 +", "SyntaxError");
    assert_string_equal(value_of("1"), "1");
}

static void groups_and_chains_are_told(void **state)
{
    (void)state;
    cordon_result *result = execute("raise ExceptionGroup('both', [ValueError('a'), KeyError('b')])");
    assert_int_equal(result->exception->exception_count, 2);
    assert_string_equal(result->exception->exceptions[0]->type, "ValueError");
    assert_string_equal(result->exception->exceptions[1]->message, "'b'");
    cordon_result_destroy(result);
}

static void system_exit_ends_the_execution_only(void **state)
{
    (void)state;
    cordon_result *result = execute("import sys; sys.exit(3)");
    assert_int_equal(result->outcome, CORDON_OUTCOME_OK);
    assert_true(result->has_exit_code);
    assert_int_equal(result->exit_code, 3);
    cordon_result_destroy(result);
    result = execute("sys.exit('goodbye')");
    assert_int_equal(result->exit_code, 1);
    assert_string_equal(result->standard_error.data, "goodbye\n");
    cordon_result_destroy(result);
    assert_string_equal(value_of("'still here'"), "\"still here\"");
}

static void source_may_await(void **state)
{
    (void)state;
    assert_string_equal(value_of("import asyncio\nasync def later(x):\n    await asyncio.sleep(0.001)\n    return x\nawait asyncio.gather(later(1), later(2))"), "[1,2]");
    value_of("seen = []\nasync def background():\n    for i in range(3):\n        seen.append(i)\n        await asyncio.sleep(0)\ntask = asyncio.ensure_future(background())\nawait asyncio.sleep(0)");
    assert_string_equal(value_of("await task; seen"), "[0,1,2]");
    exception_of("await later(1/0)", "ZeroDivisionError");
}

/* ---- Streams ---- */

typedef struct chunks {
    char text[2][4096];
    unsigned count;
    unsigned refuses_after;
} chunks;

static int take_chunk(void *context, int stream, const void *data, size_t size)
{
    chunks *taken = context;
    if (taken->refuses_after != 0 && taken->count >= taken->refuses_after)
        return 1;
    strncat(taken->text[stream - 1], data, size);
    taken->count++;
    return 0;
}

static void output_is_handed_over_and_collected(void **state)
{
    chunks taken = {.count = 0};
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_result *result;
    cordon_error error;
    (void)state;
    request.source = "import sys\nprint('one', flush=True)\nprint('two \\xe9')\nprint('to the other', file=sys.stderr)";
    request.streams.output = take_chunk;
    request.streams.context = &taken;
    assert_done(cordon_interpreter_execute(interpreter, &request, &result, &error), &error);
    assert_string_equal(taken.text[0], "one\ntwo \xc3\xa9\n");
    assert_string_equal(taken.text[1], "to the other\n");
    assert_int_equal(taken.count, 3);
    assert_string_equal(result->standard_output.data, taken.text[0]);
    assert_string_equal(result->standard_error.data, taken.text[1]);
    assert_int_equal(result->figures.output_bytes, strlen(taken.text[0]) + strlen(taken.text[1]));
    cordon_result_destroy(result);
    request.streams.collected_bytes_max = 3;
    assert_done(cordon_interpreter_execute(interpreter, &request, &result, &error), &error);
    assert_string_equal(result->standard_output.data, "one");
    assert_true(result->standard_output.is_cut);
    cordon_result_destroy(result);
}

/* Of three executions, one of which fails; one that is not run counts nothing. */
static void figures_of_the_session_are_sums(void **state)
{
    const char *sources[] = {"x = 1\nprint('some')", "1/0", "import cordon\ntry: cordon.call('nobody')\nexcept Exception: pass\nsum(range(10**5))"};
    cordon_session_figures before, after;
    cordon_figures sums = {0};
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_result *result;
    cordon_error error;
    (void)state;
    cordon_interpreter_get_session_figures(interpreter, &before);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        request.source = sources[i];
        assert_done(cordon_interpreter_execute(interpreter, &request, &result, &error), &error);
        sums.wall_ns += result->figures.wall_ns;
        sums.cpu_ns += result->figures.cpu_ns;
        sums.output_bytes += result->figures.output_bytes;
        sums.calls += result->figures.calls;
        cordon_result_destroy(result);
    }
    request.source = NULL;
    assert_int_equal(cordon_interpreter_execute(interpreter, &request, &result, &error), CORDON_INVALID_ARGUMENT);
    cordon_interpreter_get_session_figures(interpreter, &after);
    assert_int_equal(after.executions - before.executions, 3);
    assert_true(sums.wall_ns > 0 && sums.cpu_ns > 0);
    assert_int_equal(after.wall_ns - before.wall_ns, sums.wall_ns);
    assert_int_equal(after.cpu_ns - before.cpu_ns, sums.cpu_ns);
    assert_int_equal(after.output_bytes - before.output_bytes, strlen("some\n"));
    assert_int_equal(after.calls - before.calls, sums.calls);
    assert_int_equal(after.fuel, 0);
}

static void host_that_takes_no_more_output_ends_it(void **state)
{
    chunks taken = {.refuses_after = 2};
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_result *result;
    cordon_error error;
    (void)state;
    request.source = "while True: print('more', flush=True)";
    request.streams.output = take_chunk;
    request.streams.context = &taken;
    assert_done(cordon_interpreter_execute(interpreter, &request, &result, &error), &error);
    assert_int_equal(result->outcome, CORDON_OUTCOME_CANCELLED);
    assert_int_equal(taken.count, 2);
    cordon_result_destroy(result);
    assert_string_equal(value_of("2"), "2");
}

static long give_input(void *context, void *buffer, size_t size)
{
    const char **left = context;
    size_t count = strlen(*left) < size ? strlen(*left) : size;
    memcpy(buffer, *left, count);
    *left += count;
    return (long)count;
}

static void input_is_the_requests(void **state)
{
    const char *text = "first line\nsecond";
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_result *result;
    cordon_error error;
    (void)state;
    assert_string_equal(value_of("import sys; sys.stdin.read()"), "\"\"");
    request.source = "[input(), sys.stdin.read()]";
    request.streams.input = give_input;
    request.streams.context = &text;
    assert_done(cordon_interpreter_execute(interpreter, &request, &result, &error), &error);
    assert_string_equal(cordon_value_get_text(cordon_value_at(result->value, 0), NULL), "first line");
    assert_string_equal(cordon_value_get_text(cordon_value_at(result->value, 1), NULL), "second");
    cordon_result_destroy(result);
}

/* ---- The policy ---- */

static void host_is_asked_and_told(void **state)
{
    char source[1024];
    (void)state;
    assert_true(strlen(work) < 200);
    snprintf(source, sizeof source, "path = '%s/asked.txt'\nwith open(path, 'w') as f: f.write('content')\nopen(path).read()", work);
    unsigned asked = accesses.asked, told = accesses.told;
    assert_string_equal(value_of(source), "\"content\"");
    assert_true(accesses.asked > asked && accesses.told > told);
    snprintf(accesses.denied, sizeof accesses.denied, "%.200s/asked.txt", work);
    unsigned were_refused = accesses.refused;
    exception_of(source, "PermissionError");
    assert_true(accesses.refused > were_refused);
    accesses.denied[0] = '\0';
    assert_string_equal(value_of(source), "\"content\"");
}

static void libraries_that_reach_the_host_by_themselves_are_refused(void **state)
{
    (void)state;
    /* Whoever has a function of the host's to ask does not grant without limit, which is what such a library would need. */
    assert_non_null(strstr(exception_of("import _ctypes", "ImportError"), "_ctypes needs the capability memory.map, which the policy does not grant without limit"));
    assert_string_equal(value_of("import json; json.dumps([1])"), "\"[1]\"");
}

/* ---- Calls of the host's functions ---- */

static void greet(void *context, cordon_call *call)
{
    char text[128];
    assert_string_equal(context, "the context");
    snprintf(text, sizeof text, "hello, %s", cordon_value_get_text(cordon_call_argument(call, "name"), NULL));
    cordon_call_answer(call, cordon_value_text(text));
}

static void refuse_call(void *context, cordon_call *call)
{
    (void)context;
    cordon_call_fail(call, "Sold", "there is no such article");
}

static void *answer_later(void *context)
{
    usleep(2000);
    cordon_call_answer(context, cordon_value_int(42));
    return NULL;
}

static void answer_from_a_thread(void *context, cordon_call *call)
{
    pthread_t thread;
    (void)context;
    assert_int_equal(pthread_create(&thread, NULL, answer_later, call), 0);
    pthread_detach(thread);
}

static void use_the_interpreter(void *context, cordon_call *call)
{
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_result *result;
    cordon_error error;
    (void)context;
    request.source = "1";
    cordon_status status = cordon_interpreter_execute(interpreter, &request, &result, &error);
    cordon_call_answer(call, cordon_value_text(cordon_status_name(status)));
}

static void register_callback(const char *name, cordon_callback_function function, const cordon_parameter *parameters, size_t count)
{
    cordon_callback callback = CORDON_CALLBACK_INIT;
    cordon_error error;
    callback.name = name;
    callback.function = function;
    callback.parameters = parameters;
    callback.parameter_count = count;
    callback.takes_anything = count == 0;
    callback.context = "the context";
    assert_done(cordon_interpreter_register(interpreter, &callback, &error), &error);
}

static void callbacks_answer(void **state)
{
    const cordon_parameter name = {.name = "name", .type = "str"};
    (void)state;
    value_of("import cordon");
    exception_of("cordon.call('greet', 'world')", "UnknownCallError");
    register_callback("greet", greet, &name, 1);
    register_callback("shop.buy", refuse_call, NULL, 0);
    register_callback("later", answer_from_a_thread, NULL, 0);
    register_callback("inside", use_the_interpreter, NULL, 0);
    assert_string_equal(value_of("cordon.call('greet', 'world'), cordon.host.greet(name='you')"), "[\"hello, world\",\"hello, you\"]");
    assert_non_null(strstr(exception_of("cordon.call('greet', 1)", "TypeError"), "argument 'name' must be str, not int"));
    assert_non_null(strstr(exception_of("cordon.call('greet', object())", "TypeError"), "must be str"));
    assert_non_null(strstr(exception_of("cordon.call('later', object())", "TypeError"), "later(): argument 1 is of type object"));
    assert_string_equal(exception_of("cordon.host.shop.buy(1)", "HostError"), "there is no such article");
    assert_string_equal(value_of("try:\n    cordon.call('shop.buy')\nexcept cordon.HostError as e:\n    told = e.host_type\ntold"), "\"Sold\"");
    assert_string_equal(value_of("sorted(f['name'] for f in cordon.list_calls())"), "[\"greet\",\"inside\",\"later\",\"shop.buy\"]");
    assert_string_equal(value_of("cordon.call('inside')"), "\"BUSY\"");
}

static void answers_may_come_later(void **state)
{
    (void)state;
    assert_string_equal(value_of("cordon.call('later')"), "42");
    assert_string_equal(value_of("import asyncio\nawait asyncio.gather(*[cordon.call_async('later') for _ in range(20)], cordon.call_async('greet', 'me'))"),
                        "[42,42,42,42,42,42,42,42,42,42,42,42,42,42,42,42,42,42,42,42,\"hello, me\"]");
    assert_string_equal(value_of("import threading\ngot = []\nthreads = [threading.Thread(target=lambda: got.append(cordon.call('later'))) for _ in range(5)]\n"
                                 "for t in threads: t.start()\nfor t in threads: t.join()\ngot"), "[42,42,42,42,42]");
    cordon_result *result = execute("for _ in range(3): cordon.call('greet', 'x')");
    assert_int_equal(result->figures.calls, 3);
    cordon_result_destroy(result);
}

/* ---- Interrupting ---- */

static void *interrupt_soon(void *context)
{
    usleep(20000);
    for (int i = 0; i < *(int *)context; i++)
        cordon_interpreter_interrupt(interpreter);
    return NULL;
}

static cordon_result *execute_and_interrupt(const char *source, int times)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, &times), 0);
    cordon_result *result = execute(source);
    pthread_join(thread, NULL);
    return result;
}

static void keep_forever(void *context, cordon_call *call)
{
    *(cordon_call **)context = call;
}

static void code_that_runs_is_interrupted(void **state)
{
    (void)state;
    cordon_result *result = execute_and_interrupt("kept = 7\nwhile True: pass", 3);
    assert_int_equal(result->outcome, CORDON_OUTCOME_CANCELLED);
    assert_string_equal(result->exception->type, "KeyboardInterrupt");
    cordon_result_destroy(result);
    assert_string_equal(value_of("kept"), "7");
    cordon_interpreter_interrupt(interpreter); /* nothing is executed */
    cordon_interpreter_interrupt(NULL);
    assert_string_equal(value_of("sum(range(100000))"), "4999950000");
}

static void code_may_catch_an_interrupt_once(void **state)
{
    (void)state;
    cordon_result *result = execute_and_interrupt("try:\n    while True: pass\nexcept KeyboardInterrupt:\n    caught = True\nsum(range(100000))", 50);
    assert_int_equal(result->outcome, CORDON_OUTCOME_OK);
    cordon_result_destroy(result);
    assert_string_equal(value_of("caught"), "true");
    result = execute_and_interrupt("import asyncio\nawait asyncio.sleep(3600)", 1);
    assert_int_equal(result->outcome, CORDON_OUTCOME_CANCELLED);
    cordon_result_destroy(result);
    exception_of("raise KeyboardInterrupt", "KeyboardInterrupt"); /* its own: nobody interrupted */
}

static void wait_for_the_host_is_left_at_once(void **state)
{
    cordon_call *kept = NULL;
    cordon_callback callback = CORDON_CALLBACK_INIT;
    cordon_error error;
    (void)state;
    callback.name = "never";
    callback.function = keep_forever;
    callback.context = &kept;
    callback.takes_anything = true;
    assert_done(cordon_interpreter_register(interpreter, &callback, &error), &error);
    cordon_result *result = execute_and_interrupt("cordon.call('never')", 2);
    assert_int_equal(result->outcome, CORDON_OUTCOME_CANCELLED);
    cordon_result_destroy(result);
    assert_non_null(kept);
    cordon_call_answer(kept, NULL); /* for nobody */
    result = execute_and_interrupt("try:\n    cordon.call('never')\nexcept KeyboardInterrupt:\n    pass\n'went on'", 1);
    assert_int_equal(result->outcome, CORDON_OUTCOME_OK);
    assert_string_equal(cordon_value_get_text(result->value, NULL), "went on");
    cordon_result_destroy(result);
    cordon_call_fail(kept, NULL, "too late");
    result = execute_and_interrupt("await cordon.call_async('never')", 1);
    assert_int_equal(result->outcome, CORDON_OUTCOME_CANCELLED);
    cordon_result_destroy(result);
    cordon_call_answer(kept, NULL);
    assert_string_equal(value_of("cordon.call('greet', 'again')"), "\"hello, again\"");
}

/* ---- Threads, forks, and what cannot be done ---- */

static void *execute_often(void *context)
{
    unsigned *done = context;
    while (*done < 50) {
        cordon_request request = CORDON_REQUEST_INIT;
        cordon_result *result;
        cordon_error error;
        request.source = "shared += 1\nshared";
        cordon_status status = cordon_interpreter_execute(interpreter, &request, &result, &error);
        if (status == CORDON_OK) {
            ++*done;
            cordon_result_destroy(result);
        } else if (status != CORDON_BUSY) {
            abort();
        } else {
            sched_yield();
        }
    }
    return NULL;
}

static void any_thread_may_execute_one_at_a_time(void **state)
{
    pthread_t threads[4];
    unsigned done[4] = {0}, all = 0;
    char wanted[32];
    (void)state;
    value_of("shared = 0");
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, execute_often, &done[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        all += done[i];
    }
    snprintf(wanted, sizeof wanted, "%u", all);
    assert_int_equal(all, 200);
    assert_string_equal(value_of("shared"), wanted);
}

static void threads_of_python_go_on_between_executions(void **state)
{
    (void)state;
    value_of("import threading\ngo = threading.Event()\nwas_there = threading.Event()\ndef run():\n    go.wait()\n    was_there.set()\nthread = threading.Thread(target=run)\nthread.start()");
    value_of("go.set()");
    assert_string_equal(value_of("was_there.wait(60)"), "true");
    value_of("thread.join()");
}

static void child_of_a_fork_is_refused(void **state)
{
    int status;
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        cordon_request request = CORDON_REQUEST_INIT;
        cordon_result *result;
        cordon_error error;
        request.source = "1";
        _exit(cordon_interpreter_execute(interpreter, &request, &result, &error) == CORDON_UNSUPPORTED ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_string_equal(value_of("1"), "1");
    assert_string_equal(value_of("import os\nchild = os.fork()\nif child == 0: os._exit(5)\nos.waitstatus_to_exitcode(os.waitpid(child, 0)[1])"), "5");
    assert_string_equal(value_of("import cordon\nchild = os.fork()\nif child == 0:\n    try:\n        cordon.call('greet', 'x')\n    except cordon.HostError:\n        os._exit(7)\n    os._exit(8)\n"
                                 "os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])"), "7");
    assert_string_equal(value_of("cordon.call('greet', 'x')"), "\"hello, x\"");
}

static void what_only_a_sandbox_can_do_says_so(void **state)
{
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_result *result;
    cordon_error error;
    (void)state;
    request.source = "1";
    request.timeout_ns = 1;
    assert_int_equal(cordon_interpreter_execute(interpreter, &request, &result, &error), CORDON_UNSUPPORTED);
    assert_null(result);
    assert_non_null(strstr(error.message, "sandbox"));
    request.timeout_ns = 0;
    request.soft_timeout_ns = 1;
    assert_int_equal(cordon_interpreter_execute(interpreter, &request, &result, &error), CORDON_UNSUPPORTED);
    assert_non_null(strstr(error.message, "sandbox"));
    request.soft_timeout_ns = 0;
    request.soft_fuel = 1;
    assert_int_equal(cordon_interpreter_execute(interpreter, &request, &result, &error), CORDON_UNSUPPORTED);
    assert_non_null(strstr(error.message, "sandbox"));
    request.soft_fuel = 0;
    request.trace = CORDON_TRACE_LINE;
    assert_int_equal(cordon_interpreter_execute(interpreter, &request, &result, &error), CORDON_UNSUPPORTED);
    assert_non_null(strstr(error.message, "sandbox"));
    cordon_callback effect = CORDON_CALLBACK_INIT;
    effect.name = "pay";
    effect.is_effect = effect.takes_anything = true;
    assert_int_equal(cordon_interpreter_register(interpreter, &effect, &error), CORDON_UNSUPPORTED);
    assert_non_null(strstr(error.message, "pay: an effect"));
    assert_int_equal(cordon_interpreter_clear(interpreter, &error), CORDON_UNSUPPORTED);
    assert_non_null(strstr(error.message, "sandbox"));
}

static void broken_requests_are_refused(void **state)
{
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_result *result;
    cordon_error error;
    (void)state;
    assert_int_equal(cordon_interpreter_execute(interpreter, &request, &result, &error), CORDON_INVALID_ARGUMENT);
    request.source = "1";
    assert_int_equal(cordon_interpreter_execute(interpreter, &request, NULL, &error), CORDON_INVALID_ARGUMENT);
    request.name = "\xff";
    assert_int_equal(cordon_interpreter_execute(interpreter, &request, &result, &error), CORDON_INVALID_ARGUMENT);
    request.name = "named.py";
    request.inputs = cordon_value_list();
    assert_int_equal(cordon_interpreter_execute(interpreter, &request, &result, &error), CORDON_INVALID_ARGUMENT);
    cordon_value_destroy((cordon_value *)request.inputs);
    request.inputs = NULL;
    request.source = "raise ValueError";
    assert_done(cordon_interpreter_execute(interpreter, &request, &result, &error), &error);
    assert_string_equal(result->exception->frames[0].file, "named.py");
    cordon_result_destroy(result);
}

static void signals_stay_the_hosts(void **state)
{
    (void)state;
    assert_int_equal(signals_changed, 0);
    assert_string_equal(value_of("import signal; signal.getsignal(signal.SIGINT) == signal.default_int_handler"), "false");
    assert_string_equal(value_of("signal.signal(signal.SIGUSR2, signal.default_int_handler); signal.getsignal(signal.SIGUSR2) == signal.default_int_handler"), "true");
}

int main(int argument_count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configuration_reaches_python),
        cmocka_unit_test(value_is_the_last_expressions),
        cmocka_unit_test(value_is_the_variable_asked_for),
        cmocka_unit_test(state_stays_between_executions),
        cmocka_unit_test(values_travel_both_ways),
        cmocka_unit_test(what_is_no_value_is_told_by_its_repr),
        cmocka_unit_test(exceptions_have_frames),
        cmocka_unit_test(groups_and_chains_are_told),
        cmocka_unit_test(system_exit_ends_the_execution_only),
        cmocka_unit_test(source_may_await),
        cmocka_unit_test(output_is_handed_over_and_collected),
        cmocka_unit_test(figures_of_the_session_are_sums),
        cmocka_unit_test(host_that_takes_no_more_output_ends_it),
        cmocka_unit_test(input_is_the_requests),
        cmocka_unit_test(host_is_asked_and_told),
        cmocka_unit_test(libraries_that_reach_the_host_by_themselves_are_refused),
        cmocka_unit_test(callbacks_answer),
        cmocka_unit_test(answers_may_come_later),
        cmocka_unit_test(code_that_runs_is_interrupted),
        cmocka_unit_test(code_may_catch_an_interrupt_once),
        cmocka_unit_test(wait_for_the_host_is_left_at_once),
        cmocka_unit_test(any_thread_may_execute_one_at_a_time),
        cmocka_unit_test(threads_of_python_go_on_between_executions),
        cmocka_unit_test(child_of_a_fork_is_refused),
        cmocka_unit_test(what_only_a_sandbox_can_do_says_so),
        cmocka_unit_test(broken_requests_are_refused),
        cmocka_unit_test(signals_stay_the_hosts),
    };
    take_arguments(argument_count, arguments);
    return cmocka_run_group_tests(tests, create, NULL);
}
