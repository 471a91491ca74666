/* A session: what one execution leaves is there for the next, after exceptions too; figures of the whole; and output as it is told, chunk by chunk. */
#include "engine_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cordon_engine *engine;

/* ---- What stays ---- */

enum { STEPS_MAX = 5 };

/* Each step is an execution of one session. A value of NULL: the step ends by an exception, and the session goes on. */
static const struct stay {
    const char *name;
    struct {
        const char *source, *json;
    } steps[STEPS_MAX];
} stays[] = {
    {"variables", {{"x = [1]\ny = x", "null"}, {"x.append(2)\ny", "[1,2]"}, {"del x\n'x' in globals()", "false"}, {"y", "[1,2]"}}},
    {"functions_and_their_closures",
     {{"def counter():\n    n = 0\n    def count():\n        nonlocal n\n        n += 1\n        return n\n    return count\nc = counter()\nc()", "1"}, {"c()", "2"}, {"c() + counter()()", "4"}}},
    {"defaults_of_functions", {{"def f(x, seen=[]):\n    seen.append(x)\n    return seen\nf(1)", "[1]"}, {"f(2)", "[1,2]"}}},
    {"classes_and_instances",
     {{"class A:\n    made = 0\n    def __init__(self):\n        A.made += 1\n        self.number = A.made\na = A()\na.number", "1"}, {"class B(A): pass\nB().number", "2"},
      {"isinstance(a, A), A.made", "[true,2]"}, {"class A: pass\nisinstance(a, A)", "false"}}},
    {"class_bodies_and_metaclasses", {{"class M(type):\n    def __len__(cls): return 7\nclass C(metaclass=M): pass\nlen(C)", "7"}, {"class D(C): pass\nlen(D)", "7"}}},
    {"imports", {{"import collections.abc as abc, json\nfrom math import tau\njson.dumps([1])", "\"[1]\""}, {"json is __import__('json'), abc.Sized.__name__, tau > 6", "[true,\"Sized\",true]"}}},
    {"modules_of_its_own",
     {{"open('helper.py', 'w').write('calls = 0\\ndef f():\\n    global calls\\n    calls += 1\\n    return calls\\n')\nimport helper\nhelper.f()", "1"},
      {"import helper\nhelper.f()", "2"},
      {"import importlib\nopen('helper.py', 'a').write('calls = 40\\n')\nimportlib.reload(helper).f()", "41"}}},
    {"open_files_in_memory",
     {{"f = open('data', 'w+')\nf.write('one\\ntwo\\nthree\\n')\nf.seek(0)\nf.readline()", "\"one\\u000a\""}, {"f.tell(), f.readline()", "[4,\"two\\u000a\"]"},
      {"1 / 0", NULL}, {"f.read()", "\"three\\u000a\""}, {"f.close()\nopen('data').read()", "\"one\\u000atwo\\u000athree\\u000a\""}}},
    {"bytes_and_text_in_memory", {{"import io\nb = io.BytesIO()\nt = io.StringIO()\nb.write(b'ab'), t.write('xy')", "[2,2]"}, {"b.write(b'c')\nb.getvalue() == b'abc', t.getvalue()", "[true,\"xy\"]"}}},
    {"an_iterator_over_an_open_file", {{"with open('l', 'w') as f: f.write('a\\nb\\nc\\n')\ni = iter(open('l'))\nnext(i)", "\"a\\u000a\""}, {"next(i)", "\"b\\u000a\""}, {"list(i)", "[\"c\\u000a\"]"}}},
    {"generators_half_way", {{"def g():\n    got = yield 1\n    while True: got = yield got * 2\nx = g()\nnext(x)", "1"}, {"x.send(4)", "8"}, {"x.throw(KeyError)", NULL}, {"next(x, 'over')", "\"over\""}}},
    {"context_managers_half_way",
     {{"from contextlib import ExitStack\nclosed = []\ns = ExitStack()\ns.callback(closed.append, 1)\nclosed", "[]"}, {"s.close()\nclosed", "[1]"}}},
    {"waiting_tasks",
     {{"import asyncio\nlog = []\nasync def f():\n    for i in range(3):\n        log.append(i)\n        await asyncio.sleep(10)\nt = asyncio.ensure_future(f())\nawait asyncio.sleep(0)\nlog", "[0]"},
      {"log", "[0]"}, {"await asyncio.sleep(15)\nlog", "[0,1]"}, {"1 / 0", NULL}, {"await t\nlog", "[0,1,2]"}}},
    {"a_task_that_waits_for_a_later_execution",
     {{"import asyncio\nawait asyncio.sleep(0)\nq = asyncio.Queue()\nt = asyncio.ensure_future(q.get())\nt.done()", "false"},
      {"q.put_nowait(5)\nt.done()", "false"}, {"await t", "5"}}},
    {"async_generators_half_way", {{"async def g():\n    yield 1\n    yield 2\nx = g()\nawait anext(x)", "1"}, {"await anext(x)", "2"}, {"[y async for y in x]", "[]"}}},
    {"threads",
     {{"import threading, queue\na, b = queue.Queue(), queue.Queue()\ndef work():\n    while (x := a.get()) is not None: b.put(x * 2)\nt = threading.Thread(target=work)\nt.start()\na.put(3)\nb.get()", "6"},
      {"t.is_alive()", "true"}, {"a.put(4)\nb.get()", "8"}, {"1 / 0", NULL}, {"a.put(None)\nt.join()\nt.is_alive()", "false"}}},
    {"locks_that_are_held", {{"import threading\nl = threading.RLock()\nl.acquire()\nl.acquire()", "true"}, {"l.release()\nl.release()\ntry: l.release()\nexcept RuntimeError: x = 'free'\nx", "\"free\""}}},
    {"state_of_modules",
     {{"import random, decimal\nrandom.seed(5)\nx = random.random()\nrandom.seed(5)\ndecimal.getcontext().prec = 5\nNone", "null"}, {"random.random() == x, str(decimal.Decimal(1) / 3)", "[true,\"0.33333\"]"}}},
    {"what_was_put_in_place_of_streams",
     {{"import sys, io\nsys.stdout = caught = io.StringIO()\nprint('in')", "null"}, {"print('more')\nsys.stdout = sys.__stdout__\ncaught.getvalue()", "\"in\\u000amore\\u000a\""}}},
    {"future_statements", {{"from __future__ import annotations\n1", "1"}, {"def f(a: nowhere): pass\nf.__annotations__['a']", "\"nowhere\""}}},
    {"environment_and_directory", {{"import os\nos.environ['A'] = 'b'\nos.mkdir('sub')\nos.chdir('sub')", "null"}, {"os.environ['A'], os.path.basename(os.getcwd())", "[\"b\",\"sub\"]"}}},
    {"exceptions_leave_what_was_done", {{"x = 1\nraise ValueError\nx = 2", NULL}, {"x", "1"}, {"x += 1\n1 +", NULL}, {"x", "1"}, {"def f(): return f()\nf()", NULL}}},
    {"the_last_exception", {{"try: 1 / 0\nexcept ZeroDivisionError as e: kept = e\nNone", "null"}, {"type(kept).__name__, kept.__traceback__ is not None", "[\"ZeroDivisionError\",true]"}}},
    {"an_exit_that_was_caught_by_the_host", {{"x = 5\nraise SystemExit(3)", NULL}, {"x", "5"}}},
};

static void what_is_left_stays(void **state)
{
    const struct stay *row = *state;
    cordon_sandbox *sandbox = test_sandbox(engine);
    for (int i = 0; i < STEPS_MAX && row->steps[i].source != NULL; i++) {
        if (row->steps[i].json != NULL) {
            assert_value(sandbox, row->steps[i].source, row->steps[i].json);
            continue;
        }
        cordon_result *result = test_execute(sandbox, row->steps[i].source);
        assert_true(result->exception != NULL || result->has_exit_code);
        assert_true(result->session_goes_on);
        cordon_result_destroy(result);
    }
    cordon_sandbox_destroy(sandbox);
}

/* ---- Figures ---- */

static void figures_of_the_session_are_the_sum(void **state)
{
    enum { EXECUTIONS = 5 };
    (void)state;
    cordon_session_figures session;
    cordon_figures sum = {0};
    uint64_t peak = 0;
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_sandbox_get_session_figures(sandbox, &session);
    assert_int_equal(session.executions, 0);
    assert_int_equal(session.wall_ns, 0);
    for (int i = 0; i < EXECUTIONS; i++) {
        cordon_result *result = test_execute(sandbox, i == 1 ? "1 / 0" : i == 2 ? "x = [0] * 1000000\ndel x" : "for i in range(1000): print(i)");
        sum.wall_ns += result->figures.wall_ns;
        sum.cpu_ns += result->figures.cpu_ns;
        sum.output_bytes += result->figures.output_bytes;
        sum.fuel += result->figures.fuel;
        peak = result->figures.memory_peak_bytes > peak ? result->figures.memory_peak_bytes : peak;
        cordon_result_destroy(result);
    }
    cordon_sandbox_get_session_figures(sandbox, &session);
    assert_int_equal(session.executions, EXECUTIONS);
    assert_int_equal(session.wall_ns, sum.wall_ns);
    assert_int_equal(session.cpu_ns, sum.cpu_ns);
    assert_int_equal(session.output_bytes, sum.output_bytes);
    assert_int_equal(session.output_bytes, 3 * 3890);
    assert_int_equal(session.fuel, sum.fuel);
    assert_int_equal(session.memory_peak_bytes, peak);
    cordon_sandbox_destroy(sandbox);
}

/* One execution that did much is told as its own, not as the next one's. */
static void figures_of_an_execution_are_its_own(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_result *first = test_execute(sandbox, "for i in range(100000): pass\nprint('x' * 1000)");
    cordon_result *second = test_execute(sandbox, "1");
    assert_true(first->figures.fuel > 100000);
    assert_true(second->figures.fuel < 100);
    assert_int_equal(first->figures.output_bytes, 1001);
    assert_int_equal(second->figures.output_bytes, 0);
    cordon_result_destroy(first);
    cordon_result_destroy(second);
    cordon_sandbox_destroy(sandbox);
}

/* ---- Output, chunk by chunk ---- */

/* "1:text|2:text|..." as it came. */
typedef struct heard {
    char text[4096];
    size_t size, bytes;
    unsigned chunks, stop_at; /* 0: never */
    size_t largest;
    unsigned long hash;
} heard;

static int hear(void *context, int stream, const void *data, size_t size)
{
    heard *self = context;
    const unsigned char *bytes = data;
    assert_true(size > 0);
    for (size_t i = 0; i < size; i++)
        self->hash = self->hash * 31 + bytes[i];
    self->bytes += size;
    self->largest = size > self->largest ? size : self->largest;
    if (self->size + size + 4 < sizeof self->text) {
        self->text[self->size++] = (char)('0' + stream);
        self->text[self->size++] = ':';
        memcpy(self->text + self->size, data, size);
        self->size += size;
        self->text[self->size++] = '|';
        self->text[self->size] = '\0';
    }
    return ++self->chunks == self->stop_at;
}

static cordon_result *listen(cordon_sandbox *sandbox, const char *source, heard *heard_out)
{
    cordon_error error;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = source;
    request.streams.output = hear;
    request.streams.context = heard_out;
    check_status(cordon_sandbox_execute(sandbox, &request, &result, &error), &error);
    return result;
}

static const struct chunks {
    const char *name, *source, *told;
} chunks[] = {
    {"flushed_text_comes_at_once", "print('a', flush=True)\nprint('b', flush=True)", "1:a\n|1:b\n|"},
    {"lines_are_collected_until_the_end", "print('a')\nprint('b')", "1:a\nb\n|"},
    {"errors_come_by_the_line", "import sys\nprint('a', file=sys.stderr)\nprint('b', file=sys.stderr)", "2:a\n|2:b\n|"},
    {"streams_interleave_as_they_were_flushed",
     "import sys\nfor i in range(3):\n    print('o', i, flush=True)\n    print('e', i, file=sys.stderr, flush=True)", "1:o 0\n|2:e 0\n|1:o 1\n|2:e 1\n|1:o 2\n|2:e 2\n|"},
    {"what_is_not_flushed_comes_later", "import sys\nprint('o')\nprint('e', file=sys.stderr, flush=True)", "2:e\n|1:o\n|"},
    {"descriptors_are_not_collected", "import os\nos.write(1, b'a')\nos.write(2, b'b')\nos.write(1, b'c')", "1:a|2:b|1:c|"},
    {"characters_are_cut_where_the_program_cuts_them", "import os\nos.write(1, b'\\xe2\\x82')\nos.write(1, b'\\xac')", "1:\xe2\x82|1:\xac|"},
    {"bytes_that_are_no_text", "import os\nos.write(1, b'\\xff\\xfe')", "1:\xff\xfe|"},
    {"empty_writes_are_none", "import os, sys\nos.write(1, b'')\nprint(end='', flush=True)\nprint('x', end='', flush=True)", "1:x|"},
};

static void chunks_are_told(void **state)
{
    const struct chunks *row = *state;
    heard heard = {0};
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_result *result = listen(sandbox, row->source, &heard);
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_string_equal(heard.text, row->told);
    assert_int_equal(result->figures.output_bytes, heard.bytes);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

/* Large output comes in chunks of at most 64 KiB, whole and in order, and is collected the same. */
static void large_output_is_cut_and_whole(void **state)
{
    (void)state;
    heard heard = {0}, again = {0};
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_result *result = listen(sandbox, "import sys\nsys.stdout.write(''.join(chr(0x20ac + i % 50) for i in range(300000)))", &heard);
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_int_equal(heard.bytes, 900000);
    assert_true(heard.chunks >= 14 && heard.largest <= 65536);
    assert_int_equal(result->standard_output.size, 900000);
    (void)hear(&again, 1, result->standard_output.data, result->standard_output.size);
    assert_int_equal(heard.hash, again.hash);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

static void host_ends_it_by_its_answer(void **state)
{
    (void)state;
    heard heard = {.stop_at = 3};
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_result *result = listen(sandbox, "i = 0\nwhile True:\n    print(i, flush=True)\n    i += 1", &heard);
    assert_outcome(result, CORDON_OUTCOME_CANCELLED);
    assert_false(result->session_goes_on);
    assert_string_equal(heard.text, "1:0\n|1:1\n|1:2\n|");
    assert_string_equal(result->standard_output.data, "0\n1\n2\n");
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

int main(int argc, char **argv)
{
    enum { STAYS = sizeof stays / sizeof *stays, CHUNKS = sizeof chunks / sizeof *chunks, OTHERS = 4 };
    struct CMUnitTest tests[STAYS + CHUNKS + OTHERS] = {
        [STAYS + CHUNKS] = cmocka_unit_test(figures_of_the_session_are_the_sum),
        cmocka_unit_test(figures_of_an_execution_are_its_own),
        cmocka_unit_test(large_output_is_cut_and_whole),
        cmocka_unit_test(host_ends_it_by_its_answer),
    };
    if (argc < 2)
        return 2;
    test_image = argv[1];
    if (argc > 2)
        cmocka_set_test_filter(argv[2]);
    for (size_t i = 0; i < STAYS; i++)
        tests[i] = (struct CMUnitTest){.name = stays[i].name, .test_func = what_is_left_stays, .initial_state = (void *)&stays[i]};
    for (size_t i = 0; i < CHUNKS; i++)
        tests[STAYS + i] = (struct CMUnitTest){.name = chunks[i].name, .test_func = chunks_are_told, .initial_state = (void *)&chunks[i]};
    engine = test_engine(NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cordon_engine_destroy(engine);
    return failed;
}
