/* What a traced execution tells: exact sequences, whose code it is, and that guest code neither ends it nor loses tools of its own. */
#include "engine_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS (CORDON_TRACE_LINE | CORDON_TRACE_CALL | CORDON_TRACE_RETURN | CORDON_TRACE_EXCEPTION)
#define EVERYTHING (STEPS | CORDON_TRACE_HOST_CALL_START | CORDON_TRACE_HOST_CALL_END)

static cordon_engine *engine;

/* Events as one line: "call <module>:1, line <module>:1, exception f:2 ValueError, host_call_start f:3 add#1". */
typedef struct story {
    char text[1 << 20];
    size_t size;
    uint64_t count;
    const char *file;    /* NULL: events of any file are told by this story */
    bool shows_threads;
    uint64_t stop_after; /* 0: never */
} story;

static story told; /* large */

static const char *kind_name(uint32_t kind)
{
    switch (kind) {
    case CORDON_TRACE_LINE:
        return "line";
    case CORDON_TRACE_CALL:
        return "call";
    case CORDON_TRACE_RETURN:
        return "return";
    case CORDON_TRACE_EXCEPTION:
        return "exception";
    case CORDON_TRACE_HOST_CALL_START:
        return "start";
    default:
        assert_int_equal(kind, CORDON_TRACE_HOST_CALL_END);
        return "end";
    }
}

static void add(story *story, const char *text)
{
    size_t size = strlen(text);
    if (story->size + size + 1 > sizeof story->text)
        return;
    memcpy(story->text + story->size, text, size + 1);
    story->size += size;
}

static int tell(void *context, const cordon_trace_event *events, size_t count)
{
    story *story = context;
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        const cordon_trace_event *event = &events[i];
        char line[2048];
        story->count++;
        if (story->file != NULL && strcmp(event->file, story->file) != 0)
            continue;
        snprintf(line, sizeof line, "%s%s %s:%u%s%s", story->size > 0 ? ", " : "", kind_name(event->kind), event->function, event->line,
                 event->name ? " " : "", event->name ? event->name : "");
        add(story, line);
        if (event->call != 0) {
            snprintf(line, sizeof line, "#%u", event->call);
            add(story, line);
        }
        if (story->shows_threads) {
            snprintf(line, sizeof line, "@%u", event->thread);
            add(story, line);
        }
    }
    return story->stop_after != 0 && story->count >= story->stop_after;
}

static cordon_result *traced(cordon_sandbox *sandbox, const char *source, uint32_t wanted)
{
    cordon_error error;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = source;
    request.name = "guest.py";
    request.trace = wanted;
    request.on_trace = tell;
    request.trace_context = &told;
    told.size = 0;
    told.count = 0;
    told.text[0] = '\0';
    check_status(cordon_sandbox_execute(sandbox, &request, &result, &error), &error);
    return result;
}

/* ---- Functions of the host ---- */

static void echo(void *context, cordon_call *call)
{
    (void)context;
    cordon_call_answer(call, cordon_value_copy(cordon_value_at(cordon_call_positional(call), 0)));
}

static void refuse(void *context, cordon_call *call)
{
    (void)context;
    cordon_call_fail(call, "NotToday", "not today");
}

static void add_function(const char *name, cordon_callback_function function)
{
    cordon_error error;
    cordon_callback callback = CORDON_CALLBACK_INIT;
    callback.name = name;
    callback.takes_anything = true;
    callback.function = function;
    check_status(cordon_engine_register(engine, &callback, &error), &error);
}

/* ---- Sequences ---- */

static const struct sequence {
    const char *name, *source;
    uint32_t wanted;
    const char *steps;
} sequences[] = {
    {"lines_of_a_module", "x = 1\n\ny = 2", CORDON_TRACE_LINE,
     "line <module>:1, line <module>:3"},
    {"calls_and_returns", "def f(a):\n    return a\nf(1)", STEPS,
     "call <module>:1, line <module>:1, line <module>:3, call f:1, line f:2, return f:2, return <module>:3"},
    {"lines_of_a_loop", "for i in range(2):\n    x = i", CORDON_TRACE_LINE,
     "line <module>:1, line <module>:2, line <module>:1, line <module>:2, line <module>:1"},
    {"generator_is_entered_and_left_each_time", "def g():\n    yield 1\n    yield 2\nfor x in g():\n    pass", CORDON_TRACE_CALL | CORDON_TRACE_RETURN,
     "call <module>:1, call g:1, return g:2, call g:2, return g:3, call g:3, return g:3, return <module>:4"},
    {"generator_expression_has_a_frame", "sum(x for x in (1, 2))", CORDON_TRACE_CALL | CORDON_TRACE_RETURN,
     "call <module>:1, call <genexpr>:1, return <genexpr>:1, call <genexpr>:1, return <genexpr>:1, call <genexpr>:1, return <genexpr>:1, return <module>:1"},
    {"comprehension_has_none", "def f():\n    return [x\n        for x in (1, 2)]\nf()", STEPS,
     "call <module>:1, line <module>:1, line <module>:4, call f:1, line f:3, line f:2, line f:3, line f:2, line f:3, line f:2, line f:3, line f:2, return f:2, return <module>:4"},
    {"nested_exceptions", "def a():\n    raise KeyError('k')\ndef b():\n    try:\n        a()\n    except KeyError as e:\n        raise ValueError from e\ntry:\n    b()\nexcept ValueError:\n    pass", STEPS & ~CORDON_TRACE_LINE,
     "call <module>:1, call b:3, call a:1, exception a:2 KeyError, return a:2, exception b:5 KeyError, exception b:7 ValueError, return b:7, exception <module>:9 ValueError, return <module>:11"},
    {"exception_of_c_code", "try:\n    int('x')\nexcept ValueError:\n    pass", STEPS,
     "call <module>:1, line <module>:1, line <module>:2, exception <module>:2 ValueError, line <module>:3, line <module>:4, return <module>:4"},
    {"thrown_into_a_generator", "def g():\n    try:\n        yield 1\n    except OSError:\n        yield 2\nx = g()\nnext(x)\nx.throw(OSError)\nx.close()", STEPS & ~CORDON_TRACE_LINE,
     "call <module>:1, call g:1, return g:3, call g:3, exception g:3 OSError, return g:5, call g:5, exception g:5 GeneratorExit, return g:5, return <module>:9"},
    {"recursion", "def f(n):\n    return n and f(n - 1)\nf(2)", CORDON_TRACE_CALL | CORDON_TRACE_RETURN,
     "call <module>:1, call f:1, call f:1, call f:1, return f:2, return f:2, return f:2, return <module>:3"},
    {"await_that_waits", "import asyncio\nasync def f():\n    await asyncio.sleep(1)\n    return 5\nawait f()", CORDON_TRACE_CALL | CORDON_TRACE_RETURN,
     "call <module>:1, call f:2, return f:3, return <module>:5, call <module>:5, call f:3, return f:4, return <module>:5"},
    {"two_tasks_in_turn", "import asyncio\nasync def f(n):\n    await asyncio.sleep(n)\nawait asyncio.gather(f(2), f(1))", CORDON_TRACE_CALL | CORDON_TRACE_RETURN,
     "call <module>:1, return <module>:4, call f:2, return f:3, call f:2, return f:3, call f:3, return f:3, call f:3, return f:3, call <module>:4, return <module>:4"},
    {"class_body_and_method", "class A:\n    def m(self):\n        return 1\nA().m()", CORDON_TRACE_CALL | CORDON_TRACE_RETURN,
     "call <module>:1, call A:1, return A:2, call A.m:2, return A.m:3, return <module>:4"},
    {"standard_library_is_left_out", "import json\njson.loads('[1]')", STEPS,
     "call <module>:1, line <module>:1, line <module>:2, return <module>:2"},
    {"callback_from_the_standard_library", "import functools\nfunctools.reduce(lambda a, b: a + b, [1, 2, 3])", CORDON_TRACE_CALL,
     "call <module>:1, call <lambda>:2, call <lambda>:2"},
    {"call_of_the_host", "import cordon\ndef f():\n    return cordon.call('echo', 1)\nf()", EVERYTHING,
     "call <module>:1, line <module>:1, line <module>:2, line <module>:4, call f:2, line f:3, start f:3 echo#1, end f:3 echo#1, return f:3, return <module>:4"},
    {"failing_call_of_the_host", "import cordon\ntry:\n    cordon.call('refuse')\nexcept cordon.HostError:\n    pass", EVERYTHING & ~CORDON_TRACE_LINE,
     "call <module>:1, start <module>:3 refuse#1, end <module>:3 refuse#1, exception <module>:3 HostError, return <module>:5"},
    {"awaited_calls_of_the_host", "import asyncio, cordon\nawait asyncio.gather(cordon.call_async('echo', 1), cordon.call_async('echo', 2))", CORDON_TRACE_HOST_CALL_START | CORDON_TRACE_HOST_CALL_END,
     "start :0 echo#1, start :0 echo#2, end :0 echo#1, end :0 echo#2"},
    {"only_what_was_asked_for", "def f():\n    1 / 0\ntry:\n    f()\nexcept ZeroDivisionError:\n    pass", CORDON_TRACE_EXCEPTION,
     "exception f:2 ZeroDivisionError, exception <module>:4 ZeroDivisionError"},
    {"nothing_of_a_source_that_is_no_python", "1 +", STEPS, ""},
};

static void sequence_is_told(void **state)
{
    const struct sequence *row = *state;
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_result *result = traced(sandbox, row->source, row->wanted);
    assert_string_equal(told.text, row->steps);
    assert_int_equal(result->figures.trace_events, told.count);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

/* ---- What is told to whom ---- */

/* Before and after, and in an execution that asks for none, there is nothing; and the same code can be traced again. */
static void nothing_is_told_without_a_request(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = test_sandbox(engine);
    assert_value(sandbox, "def f():\n    return 1\nf()", "1");
    cordon_result_destroy(traced(sandbox, "f()", CORDON_TRACE_CALL));
    assert_string_equal(told.text, "call <module>:1, call f:1");
    told.count = 0;
    assert_value(sandbox, "f()", "1");
    assert_int_equal(told.count, 0);
    cordon_result_destroy(traced(sandbox, "f()", CORDON_TRACE_RETURN));
    assert_string_equal(told.text, "return f:2, return <module>:1");
    cordon_sandbox_destroy(sandbox);
}

/* The instructions of untraced code are those of code that never was traced, and counting counts the same. */
static void nothing_is_left_in_the_code(void **state)
{
    static const char look[] = "import dis\n"
                               "def work(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"
                               "def forms(): return sorted({i.opname for i in dis.get_instructions(work, adaptive=True)})\n"
                               "def is_traced(): return any('INSTRUMENTED' in name for name in forms())\n"
                               "for i in range(5): work(1000)\nbefore = forms()\nis_traced()";
    (void)state;
    cordon_sandbox *sandbox = test_sandbox(engine);
    assert_value(sandbox, look, "false");
    cordon_result *plain = test_execute(sandbox, "work(1000)");
    cordon_result *result = traced(sandbox, "work(1000)\nseen = is_traced()", STEPS);
    assert_outcome(result, CORDON_OUTCOME_OK);
    cordon_result_destroy(result);
    assert_value(sandbox, "seen", "true");
    assert_value(sandbox, "for i in range(5): work(1000)\nis_traced(), forms() == before", "[false,true]");
    cordon_result *again = test_execute(sandbox, "work(1000)");
    result = traced(sandbox, "work(1000)", STEPS);
    assert_int_equal(again->figures.fuel, plain->figures.fuel);
    assert_int_equal(result->figures.fuel, plain->figures.fuel);
    cordon_result_destroy(plain);
    cordon_result_destroy(again);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

/* A frame that began untraced is followed from where it goes on. */
static void generator_of_an_earlier_execution_is_followed(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = test_sandbox(engine);
    assert_value(sandbox, "def g():\n    yield 1\n    yield 2\nx = g()\nnext(x)", "1");
    cordon_result_destroy(traced(sandbox, "next(x)", STEPS));
    assert_string_equal(told.text, "call <module>:1, line <module>:1, call g:2, line g:3, return g:3, return <module>:1");
    cordon_sandbox_destroy(sandbox);
}

static void all_code_is_told_on_request(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = test_sandbox(engine);
    for (int i = 0; i < 2; i++) { /* what a narrower trace switched off comes back */
        cordon_result_destroy(traced(sandbox, "import textwrap\ntextwrap.dedent(' a')", CORDON_TRACE_CALL));
        assert_null(strstr(told.text, "dedent"));
        cordon_result_destroy(traced(sandbox, "import textwrap\ntextwrap.dedent(' a')", CORDON_TRACE_CALL | CORDON_TRACE_ALL_CODE));
        assert_non_null(strstr(told.text, "call dedent:"));
    }
    cordon_sandbox_destroy(sandbox);
}

static void threads_are_told_apart(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = test_sandbox(engine);
    told.shows_threads = true;
    cordon_result_destroy(
        traced(sandbox, "import threading\ndef f():\n    pass\nt = threading.Thread(target=f)\nt.start()\nt.join()\nf()", CORDON_TRACE_CALL | CORDON_TRACE_RETURN));
    told.shows_threads = false;
    assert_string_equal(told.text, "call <module>:1@1, call f:2@2, return f:3@2, call f:2@1, return f:3@1, return <module>:7@1");
    cordon_sandbox_destroy(sandbox);
}

/* Where there is more code than numbers for it, numbers are given anew. */
static void more_code_than_numbers(void **state)
{
    static const char source[] = "fs = [eval('lambda: 0', {}) for _ in range(5000)]\n"
                                 "for i, f in enumerate(fs):\n    f.__code__ = f.__code__.replace(co_name=f'f{i}', co_qualname=f'f{i}')\n"
                                 "for _ in range(2):\n    for f in fs:\n        f()";
    (void)state;
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_result *result = traced(sandbox, source, CORDON_TRACE_CALL);
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_int_equal(told.count, 1 + 5000 + 2 * 5000);
    assert_non_null(strstr(told.text, "call f4999:1, call f0:1, call f1:1"));
    const char *last = strrchr(told.text, ',');
    assert_string_equal(last, ", call f4999:1");
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

/* Names that are no UTF-8, hold a NUL or are long come as texts nevertheless. */
static void odd_names_are_texts(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_result_destroy(traced(sandbox,
                                 "def f():\n    pass\n"
                                 "for name in ('a\\0b', 'a\\udc80b', '\\u20ac' * 600):\n"
                                 "    f.__code__ = f.__code__.replace(co_qualname=name)\n    f()",
                                 CORDON_TRACE_CALL));
    char expected[1024] = "call <module>:1, call a?b:1, call a?b:1, call ";
    for (int i = 0; i < 170; i++) /* 512 bytes hold 170 whole ones */
        strcat(expected, "\xe2\x82\xac");
    strcat(expected, ":1");
    assert_string_equal(told.text, expected);
    cordon_sandbox_destroy(sandbox);
}

/* What was told when a host function is called, and when output comes: all that went before. */
static uint64_t count_at_call, count_at_output;

static void look(void *context, cordon_call *call)
{
    (void)context;
    count_at_call = told.count;
    cordon_call_answer(call, NULL);
}

static int look_at_output(void *context, int stream, const void *data, size_t size)
{
    (void)context;
    (void)stream;
    (void)data;
    (void)size;
    count_at_output = told.count;
    return 0;
}

static void steps_come_before_what_follows_them(void **state)
{
    (void)state;
    cordon_error error;
    cordon_result *result = NULL;
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = "import cordon\ncordon.call('look')\nprint('x', flush=True)\n1";
    request.trace = CORDON_TRACE_LINE;
    request.on_trace = tell;
    request.trace_context = &told;
    request.streams.output = look_at_output;
    told.count = 0;
    check_status(cordon_sandbox_execute(sandbox, &request, &result, &error), &error);
    assert_int_equal(count_at_call, 2);
    assert_int_equal(count_at_output, 3);
    assert_int_equal(told.count, 4);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

/* ---- Guests against it, and beside it ---- */

static void guest_cannot_switch_it_off(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = test_sandbox(engine);
    static const char source[] = "import sys\n"
                                 "m = sys.monitoring\n"
                                 "refused = []\n"
                                 "def try_all():\n"
                                 "    for tool in range(6):\n"
                                 "        if m.get_tool(tool) != 'cordon':\n"
                                 "            continue\n"
                                 "        for f in (lambda: m.set_events(tool, 0), lambda: m.free_tool_id(tool), lambda: m.use_tool_id(tool, 'x'),\n"
                                 "                  lambda: m.register_callback(tool, m.events.LINE, None), lambda: m.set_local_events(tool, try_all.__code__, 0),\n"
                                 "                  lambda: m.set_events(True + tool - 1, 0), lambda: m.free_tool_id(type('I', (int,), {})(tool))):\n"
                                 "            try:\n"
                                 "                f()\n"
                                 "            except ValueError as e:\n"
                                 "                refused.append(str(e))\n"
                                 "try_all()\n"
                                 "sys.settrace(None)\n"
                                 "sys.setprofile(None)\n"
                                 "x = len(refused)\n"
                                 "x";
    cordon_result *result = traced(sandbox, source, CORDON_TRACE_LINE);
    int64_t refused = 0;
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_true(cordon_value_get_int(result->value, &refused));
    assert_int_equal(refused, 7);
    assert_string_equal(told.text + told.size - strlen("line <module>:18, line <module>:19"), "line <module>:18, line <module>:19");
    cordon_result_destroy(result);
    /* Untraced, the same calls are a guest's own affair. */
    assert_value(sandbox, "import sys\nm = sys.monitoring\nm.use_tool_id(5, 'own')\nm.set_events(5, 0)\nm.free_tool_id(5)\nm.get_tool(5)", "null");
    cordon_sandbox_destroy(sandbox);
}

static void tools_of_the_guest_go_on(void **state)
{
    static const char source[] = "import sys\n"
                                 "m = sys.monitoring\n"
                                 "for tool in (0, 3, 5):\n"
                                 "    m.use_tool_id(tool, 'own')\n"
                                 "seen = {0: 0, 3: 0, 5: 0}\n"
                                 "for tool in seen:\n"
                                 "    m.register_callback(tool, m.events.PY_START, lambda code, offset, tool=tool: seen.__setitem__(tool, seen[tool] + (code.co_name == 'f')))\n"
                                 "    m.set_events(tool, m.events.PY_START)\n"
                                 "def f():\n    pass\n"
                                 "f()\n"
                                 "list(seen.values())";
    (void)state;
    cordon_sandbox *sandbox = test_sandbox(engine);
    assert_value(sandbox, source, "[1,1,1]");
    cordon_result *result = traced(sandbox, "f()\nlist(seen.values())", CORDON_TRACE_CALL);
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_non_null(strstr(told.text, "call f:9"));
    cordon_result_destroy(result);
    assert_value(sandbox, "list(seen.values())", "[2,2,2]");
    assert_value(sandbox, "t = []\nsys.settrace(lambda f, e, a: t.append(e))\nf()\nsys.settrace(None)\n'call' in t", "true");
    cordon_sandbox_destroy(sandbox);
}

static void no_tool_left_is_told(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = test_sandbox(engine);
    assert_value(sandbox, "import sys\nfor i in range(6):\n    sys.monitoring.use_tool_id(i, 'own')\nran = 0\n1", "1");
    cordon_result *result = traced(sandbox, "ran = 1", CORDON_TRACE_CALL);
    assert_outcome(result, CORDON_OUTCOME_PYTHON_EXCEPTION);
    assert_non_null(strstr(result->exception->message, "has taken all tools"));
    assert_int_equal(told.count, 0);
    cordon_result_destroy(result);
    assert_value(sandbox, "ran", "0");
    assert_value(sandbox, "sys.monitoring.free_tool_id(2)", "null");
    cordon_result_destroy(traced(sandbox, "ran = 1", CORDON_TRACE_CALL));
    assert_string_equal(told.text, "call <module>:1");
    cordon_sandbox_destroy(sandbox);
}

/* ---- Ends ---- */

static void host_can_end_it(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = test_sandbox(engine);
    told.stop_after = 100000;
    cordon_result *result = traced(sandbox, "while True:\n    pass", CORDON_TRACE_LINE);
    told.stop_after = 0;
    assert_outcome(result, CORDON_OUTCOME_CANCELLED);
    assert_true(told.count >= 100000 && told.count < 110000);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

static void limit_ends_it(void **state)
{
    (void)state;
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    config.limits.value[CORDON_LIMIT_TRACE] = 1000;
    check_status(cordon_sandbox_create(engine, &config, &sandbox, &error), &error);
    cordon_result *result = traced(sandbox, "for i in range(400):\n    pass", CORDON_TRACE_LINE);
    assert_outcome(result, CORDON_OUTCOME_OK); /* 802 steps or fewer */
    cordon_result_destroy(result);
    result = traced(sandbox, "while True:\n    x = 1\n    y = 2", CORDON_TRACE_LINE);
    assert_outcome(result, CORDON_OUTCOME_LIMIT_OUTPUT);
    assert_string_equal(result->limit_name, "trace-events");
    assert_int_equal(told.count, 1000);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

static void program_is_traced_to_its_end(void **state)
{
    (void)state;
    cordon_error error;
    cordon_result *result = NULL;
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_program program = CORDON_PROGRAM_INIT;
    program.how = CORDON_PROGRAM_COMMAND;
    program.text = "import atexit\natexit.register(lambda: 1)\ndef f():\n    raise SystemExit(3)\nf()";
    program.trace = STEPS & ~CORDON_TRACE_LINE;
    program.on_trace = tell;
    program.trace_context = &told;
    told.size = 0;
    told.text[0] = '\0';
    check_status(cordon_sandbox_run_program(sandbox, &program, &result, &error), &error);
    assert_int_equal(result->exit_code, 3);
    assert_string_equal(told.text, "call <module>:1, call f:3, exception f:4 SystemExit, return f:4, exception <module>:5 SystemExit, return <module>:5, "
                                   "call <lambda>:2, return <lambda>:2");
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

static void bad_requests_are_refused(void **state)
{
    (void)state;
    cordon_error error;
    cordon_result *result = NULL;
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = "1";
    request.trace = CORDON_TRACE_LINE;
    assert_int_equal(cordon_sandbox_execute(sandbox, &request, &result, &error), CORDON_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "no function that is told"));
    request.on_trace = tell;
    request.trace = 1u << 7;
    assert_int_equal(cordon_sandbox_execute(sandbox, &request, &result, &error), CORDON_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "bits that there are not"));
    request.trace = CORDON_TRACE_LINE;
    request.trace_context = &told;
    check_status(cordon_sandbox_execute(sandbox, &request, &result, &error), &error);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

int main(int argc, char **argv)
{
    enum { SEQUENCES = sizeof sequences / sizeof *sequences, OTHERS = 15 };
    struct CMUnitTest tests[SEQUENCES + OTHERS] = {
        [SEQUENCES] = cmocka_unit_test(nothing_is_told_without_a_request),
        cmocka_unit_test(nothing_is_left_in_the_code),
        cmocka_unit_test(generator_of_an_earlier_execution_is_followed),
        cmocka_unit_test(all_code_is_told_on_request),
        cmocka_unit_test(threads_are_told_apart),
        cmocka_unit_test(more_code_than_numbers),
        cmocka_unit_test(odd_names_are_texts),
        cmocka_unit_test(steps_come_before_what_follows_them),
        cmocka_unit_test(guest_cannot_switch_it_off),
        cmocka_unit_test(tools_of_the_guest_go_on),
        cmocka_unit_test(no_tool_left_is_told),
        cmocka_unit_test(host_can_end_it),
        cmocka_unit_test(limit_ends_it),
        cmocka_unit_test(program_is_traced_to_its_end),
        cmocka_unit_test(bad_requests_are_refused),
    };
    if (argc != 2)
        return 2;
    test_image = argv[1];
    for (size_t i = 0; i < SEQUENCES; i++)
        tests[i] = (struct CMUnitTest){.name = sequences[i].name, .test_func = sequence_is_told, .initial_state = (void *)&sequences[i]};
    engine = test_engine(NULL);
    add_function("echo", echo);
    add_function("refuse", refuse);
    add_function("look", look);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cordon_engine_destroy(engine);
    return failed;
}
