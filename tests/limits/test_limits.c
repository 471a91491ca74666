/* Every limit, through the public headers: code that reaches it ends with that limit's outcome, its figure and its value, soon after; its twin, which stays
 * below, succeeds; and the engine's next sandbox works as if nothing had been. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cordon/cordon.h"

#define MIB (1ull << 20)
#define MS 1000000ull
#define SECOND (1000 * MS)
#define OK CORDON_OUTCOME_OK
#define RAISES CORDON_OUTCOME_PYTHON_EXCEPTION

/* What every row has unless it says otherwise: generous but for processor time, so that what loops for ever ends soon. */
static const uint64_t usual[CORDON_LIMIT_COUNT] = {
    [CORDON_LIMIT_MEMORY] = 64 * MIB,  [CORDON_LIMIT_WALL] = 60 * SECOND,       [CORDON_LIMIT_CPU] = 20 * SECOND,
    [CORDON_LIMIT_FUEL] = 1000000000,  [CORDON_LIMIT_OUTPUT] = 4 * MIB,         [CORDON_LIMIT_FS_BYTES] = 8 * MIB,
    [CORDON_LIMIT_FS_FILES] = 2000,    [CORDON_LIMIT_FS_OFFSET] = 1ull << 40,   [CORDON_LIMIT_CALLS] = 100,
    [CORDON_LIMIT_BROKERED] = 1 * MIB, [CORDON_LIMIT_RECURSION] = 20000,
};

/* How late a limit of time may be noticed here, on a machine that does much else; bench/limits.c has the real figures. */
enum { LATE_NS_MAX = 2000000000 };

static const struct limit_case {
    const char *name, *source;
    cordon_outcome outcome;
    int limit;      /* that is reached; -1: none */
    uint64_t value; /* of that limit; 0: the usual one */
    const char *exception; /* RAISES, and limits that show as an exception */
} limit_cases[] = {
    /* C code that does not return to the interpreter: nothing inside could end it. */
    {"sum_of_a_long_range", "sum(range(10**12))", CORDON_OUTCOME_LIMIT_CPU, CORDON_LIMIT_CPU, 200 * MS, NULL},
    {"sum_of_a_short_range", "sum(range(10**5))", OK, -1, 0, NULL},
    {"huge_power", "9**9**9", CORDON_OUTCOME_LIMIT_CPU, CORDON_LIMIT_CPU, 200 * MS, NULL},
    {"power", "9**9**3", OK, -1, 0, NULL},
    {"bad_regex", "import re; re.match('(a+)+$', 'a'*40 + 'b')", CORDON_OUTCOME_LIMIT_CPU, CORDON_LIMIT_CPU, 200 * MS, NULL},
    {"good_regex", "import re; re.match('(a+)+$', 'a'*4 + 'b')", OK, -1, 0, NULL},
    {"deque_of_endless_count", "from collections import deque; from itertools import count; deque(count(), maxlen=0)", CORDON_OUTCOME_LIMIT_CPU,
     CORDON_LIMIT_CPU, 200 * MS, NULL},
    {"deque_of_some", "from collections import deque; deque(range(1000), maxlen=0)", OK, -1, 0, NULL},
    {"text_to_number", "import sys; sys.set_int_max_str_digits(0); int('9'*10**7)", CORDON_OUTCOME_LIMIT_CPU, CORDON_LIMIT_CPU, 200 * MS, NULL},
    {"number_to_text_is_bounded_by_python", "str(10**10000)", RAISES, -1, 0, "ValueError"},
    {"decimal_precision", "from decimal import *; getcontext().prec = 10**7; Decimal(2).sqrt().ln().exp()", CORDON_OUTCOME_LIMIT_CPU, CORDON_LIMIT_CPU,
     200 * MS, NULL},
    {"decimal", "from decimal import *; getcontext().prec = 100; str(Decimal(2).sqrt())", OK, -1, 0, NULL},
    {"sum_of_a_long_repetition", "import itertools; sum(itertools.repeat(1, 10**12))", CORDON_OUTCOME_LIMIT_CPU, CORDON_LIMIT_CPU, 200 * MS, NULL},

    /* Python code that means to go on. */
    {"loop", "while True: pass", CORDON_OUTCOME_LIMIT_FUEL, CORDON_LIMIT_FUEL, 1000000, NULL},
    {"loop_in_time", "while True: pass", CORDON_OUTCOME_LIMIT_TIME, CORDON_LIMIT_WALL, 200 * MS, NULL},
    {"loop_that_ends", "for i in range(1000): pass", OK, -1, 0, NULL},
    {"except_base_exception", "while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass", CORDON_OUTCOME_LIMIT_FUEL,
     CORDON_LIMIT_FUEL, 1000000, NULL},
    {"except_base_exception_in_time", "while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass", CORDON_OUTCOME_LIMIT_CPU,
     CORDON_LIMIT_CPU, 200 * MS, NULL},
    {"finally", "def f():\n    try:\n        f()\n    finally:\n        f()\nf()", CORDON_OUTCOME_LIMIT_CPU, CORDON_LIMIT_CPU, 200 * MS, NULL},
    {"finally_that_loops", "while True:\n    try:\n        1/0\n    finally:\n        continue", CORDON_OUTCOME_LIMIT_FUEL, CORDON_LIMIT_FUEL, 1000000, NULL},
    {"del_that_loops", "class A:\n    def __del__(self):\n        while True: pass\na = A()\ndel a", CORDON_OUTCOME_LIMIT_FUEL, CORDON_LIMIT_FUEL, 1000000,
     NULL},
    {"del_that_returns", "class A:\n    def __del__(self): pass\na = A()\ndel a", OK, -1, 0, NULL},
    {"repr_of_the_result_that_loops", "class A:\n    def __repr__(self):\n        while True: pass\nA()", CORDON_OUTCOME_LIMIT_FUEL, CORDON_LIMIT_FUEL, 1000000,
     NULL},
    {"generator_that_swallows_exit",
     "def g():\n    while True:\n        try:\n            yield\n        except GeneratorExit:\n            while True: pass\nx = g()\nnext(x)\nx.close()",
     CORDON_OUTCOME_LIMIT_FUEL, CORDON_LIMIT_FUEL, 1000000, NULL},
    {"generator_that_ignores_exit", "def g():\n    while True:\n        try:\n            yield\n        except GeneratorExit:\n            pass\nx = g()\nnext(x)\nx.close()",
     RAISES, -1, 0, "RuntimeError"},
    {"c_loop_that_calls_python", "from itertools import count\nmax(map(lambda x: 0, count()))", CORDON_OUTCOME_LIMIT_FUEL, CORDON_LIMIT_FUEL, 1000000, NULL},
    {"c_loop_over_a_generator", "def g():\n    while True: yield 0\nsum(g())", CORDON_OUTCOME_LIMIT_FUEL, CORDON_LIMIT_FUEL, 1000000, NULL},
    {"throw_for_ever", "def g():\n    while True:\n        try: yield\n        except ValueError: pass\nx = g()\nnext(x)\nwhile True: x.throw(ValueError)",
     CORDON_OUTCOME_LIMIT_FUEL, CORDON_LIMIT_FUEL, 1000000, NULL},
    {"await_for_ever", "import asyncio\nwhile True: await asyncio.sleep(0)", CORDON_OUTCOME_LIMIT_FUEL, CORDON_LIMIT_FUEL, 1000000, NULL},
    {"thread_that_loops", "import threading\ndef f():\n    while True: pass\nt = threading.Thread(target=f)\nt.start()\nt.join()", CORDON_OUTCOME_LIMIT_FUEL,
     CORDON_LIMIT_FUEL, 1000000, NULL},
    {"trace_function_that_loops", "import sys\ndef t(*a):\n    while True: pass\nsys.settrace(t)\ndef f(): pass\nf()", CORDON_OUTCOME_LIMIT_FUEL, CORDON_LIMIT_FUEL,
     1000000, NULL},
    {"traced_loop", "import sys\ndef t(*a): return t\nsys.settrace(t)\ndef f():\n    while True: pass\nf()", CORDON_OUTCOME_LIMIT_FUEL, CORDON_LIMIT_FUEL, 1000000,
     NULL},
    {"monitored_loop", "import sys\nm = sys.monitoring\nm.use_tool_id(1, 'x')\nm.set_events(1, m.events.JUMP)\nwhile True: pass", CORDON_OUTCOME_LIMIT_FUEL,
     CORDON_LIMIT_FUEL, 1000000, NULL},

    /* Recursion. */
    {"recursion_of_python", "def f(): f()\nf()", RAISES, -1, 0, "RecursionError"},
    {"recursion_beyond_the_limit", "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()", CORDON_OUTCOME_LIMIT_RECURSION, CORDON_LIMIT_RECURSION, 0, NULL},
    {"recursion_that_is_caught", "import sys\nsys.setrecursionlimit(10**9)\ndef f():\n    try: f()\n    except BaseException: f()\nf()",
     CORDON_OUTCOME_LIMIT_RECURSION, CORDON_LIMIT_RECURSION, 0, NULL},
    {"recursion_below_the_usual", "def f(): f()\nf()", CORDON_OUTCOME_LIMIT_RECURSION, CORDON_LIMIT_RECURSION, 200, NULL},
    {"recursion_below_the_limit", "import sys\nsys.setrecursionlimit(10**9)\ndef f(n): return n and f(n - 1)\nf(15000)", OK, -1, 0, NULL},
    {"recursion_in_a_thread", "import sys, threading\nsys.setrecursionlimit(10**9)\ndef f(): f()\nt = threading.Thread(target=f)\nt.start()\nt.join()",
     CORDON_OUTCOME_LIMIT_RECURSION, CORDON_LIMIT_RECURSION, 0, NULL},
    {"recursion_of_c", "x = []\nfor i in range(100000): x = [x]\nrepr(x)", RAISES, -1, 0, "RecursionError"},
    {"recursion_of_json", "import json\njson.loads('[' * 100000)", RAISES, -1, 0, "RecursionError"},
    {"recursion_of_pickle", "import pickle\nx = []\nfor i in range(100000): x = [x]\npickle.dumps(x)", RAISES, -1, 0, "RecursionError"},
    {"recursion_of_the_compiler", "compile('(' * 100000 + ')' * 100000, 'x', 'eval')", RAISES, -1, 0, "MemoryError|SyntaxError|RecursionError"},
    {"recursion_of_attributes", "class A:\n    def __getattr__(self, n): return getattr(self, n + 'x')\nA().a", RAISES, -1, 0, "RecursionError"},
    /* C that CPython does not count; the figures are bytes of stack then. */
    {"c_stack_overflows", "def g(x): yield x\nx = None\nfor i in range(180000):\n    y = g(x); next(y); x = y\ndel x, y", CORDON_OUTCOME_LIMIT_RECURSION, -1, 0, NULL},
    {"c_stack_is_deep_enough", "def g(x): yield x\nx = None\nfor i in range(1000):\n    y = g(x); next(y); x = y\ndel x, y", OK, -1, 0, NULL},
    {"c_stack_of_a_thread_overflows",
     "import threading\nx = iter([1])\nfor i in range(100000): x = map(int, x)\nt = threading.Thread(target=next, args=(x,))\nt.start()\nt.join()",
     CORDON_OUTCOME_LIMIT_RECURSION, -1, 0, NULL},
    {"c_stack_of_a_thread_is_deep_enough",
     "import threading\nx = iter([1])\nfor i in range(1000): x = map(int, x)\nt = threading.Thread(target=next, args=(x,))\nt.start()\nt.join()", OK, -1, 0,
     NULL},
    {"hash_in_a_thread_overflows",
     "import threading\nx = ()\nfor i in range(100000): x = (x,)\nt = threading.Thread(target=hash, args=(x,))\nt.start()\nt.join()",
     CORDON_OUTCOME_LIMIT_RECURSION, -1, 0, NULL},
    {"end_of_a_chain_in_a_thread_overflows",
     "import threading\ndef f():\n    x = iter(())\n    for i in range(100000): x = enumerate(x)\n    del x\nt = threading.Thread(target=f)\nt.start()\nt.join()",
     CORDON_OUTCOME_LIMIT_RECURSION, -1, 0, NULL},
    {"deep_structures_go_away", "x = []\nfor i in range(500000): x = [x]\ndel x\nclass A: pass\ny = None\nfor i in range(100000):\n    a = A(); a.y = y; y = a\ndel y, a", OK, -1,
     0, NULL},

    /* Memory. */
    {"more_than_there_ever_is", "[0] * 10**9", CORDON_OUTCOME_LIMIT_MEMORY, CORDON_LIMIT_MEMORY, 0, "MemoryError"},
    {"more_than_any_machine_has", "b'x' * 2**40", CORDON_OUTCOME_LIMIT_MEMORY, CORDON_LIMIT_MEMORY, 0, "MemoryError"},
    {"joined_texts", "'x'.join(['y' * 10**6] * 10**4)", CORDON_OUTCOME_LIMIT_MEMORY, CORDON_LIMIT_MEMORY, 0, "MemoryError"},
    {"one_request_can_be_caught", "try: b'x' * 2**40\nexcept MemoryError: 1", OK, -1, 0, NULL},
    {"growth", "x = []\nwhile True: x.append(bytes(1000))", CORDON_OUTCOME_LIMIT_MEMORY, CORDON_LIMIT_MEMORY, 0, NULL},
    {"growth_that_is_caught", "x = []\nwhile True:\n    try: x.append(bytes(1000))\n    except MemoryError: pass", CORDON_OUTCOME_LIMIT_MEMORY, CORDON_LIMIT_MEMORY,
     0, NULL},
    {"growth_of_one_thing", "x = bytearray()\nwhile True:\n    try: x += bytes(100000)\n    except MemoryError: y = bytes(len(x) // 2)", CORDON_OUTCOME_LIMIT_MEMORY,
     CORDON_LIMIT_MEMORY, 0, NULL},
    {"memory_that_is_given_back", "for i in range(1000): x = bytes(10**6)", OK, -1, 0, NULL},
    {"thread_bomb", "import threading\ne = threading.Event()\nwhile True: threading.Thread(target=e.wait).start()", CORDON_OUTCOME_LIMIT_MEMORY,
     CORDON_LIMIT_MEMORY, 0, NULL},
    {"some_threads", "import threading\nt = [threading.Thread(target=int) for _ in range(20)]\nfor x in t: x.start()\nfor x in t: x.join()", OK, -1, 0, NULL},
    {"zip_bomb", "import zlib\nc = zlib.compressobj(9)\nb = b''.join([c.compress(bytes(10**6)) for _ in range(200)] + [c.flush()])\nlen(zlib.decompress(b))",
     CORDON_OUTCOME_LIMIT_MEMORY, CORDON_LIMIT_MEMORY, 0, "MemoryError|"},
    {"zip", "import zlib\nlen(zlib.decompress(zlib.compress(bytes(10**6))))", OK, -1, 0, NULL},
    {"memory_of_a_width_below_the_arena", "x = 10**8\n'%*d' % (x, 1)", CORDON_OUTCOME_LIMIT_MEMORY, CORDON_LIMIT_MEMORY, 0, "MemoryError"},
    {"format_width", "'%*d' % (10**9, 1)", CORDON_OUTCOME_LIMIT_MEMORY, CORDON_LIMIT_MEMORY, 0, "MemoryError"},

    /* Files. */
    {"files_bytes", "f = open('/tmp/a', 'wb')\nwhile True: f.write(bytes(100000))", CORDON_OUTCOME_LIMIT_FILES, CORDON_LIMIT_FS_BYTES, 0, NULL},
    {"files_bytes_that_are_caught", "f = open('/tmp/a', 'wb', 0)\nwhile True:\n    try: f.write(bytes(100000))\n    except OSError: pass", CORDON_OUTCOME_LIMIT_FILES,
     CORDON_LIMIT_FS_BYTES, 0, NULL},
    {"files_bytes_below", "f = open('/tmp/a', 'wb')\nfor i in range(50): f.write(bytes(100000))\nf.close()", OK, -1, 0, NULL},
    {"files_many", "i = 0\nwhile True:\n    i += 1\n    open(f'/tmp/{i}', 'w').close()", CORDON_OUTCOME_LIMIT_FILES, CORDON_LIMIT_FS_FILES, 0, NULL},
    {"files_some", "for i in range(500): open(f'/tmp/{i}', 'w').close()", OK, -1, 0, NULL},
    {"links_many", "import os\ni = 0\nwhile True:\n    i += 1\n    os.symlink('x', f'/tmp/{i}')", CORDON_OUTCOME_LIMIT_FILES, CORDON_LIMIT_FS_FILES, 0, NULL},
    {"folders_deep", "import os\nos.chdir('/tmp')\nwhile True:\n    os.mkdir('d')\n    os.chdir('d')", RAISES, -1, 0, "OSError"},
    {"open_files", "x = []\nwhile True: x.append(open('/tmp/a', 'w'))", RAISES, -1, 0, "OSError"},
    {"sparse_file", "f = open('/tmp/a', 'wb')\nf.truncate(2**50)", CORDON_OUTCOME_LIMIT_FILES, CORDON_LIMIT_FS_OFFSET, 0, NULL},
    {"sparse_file_below", "f = open('/tmp/a', 'wb')\nf.truncate(2**39)\nf.seek(2**39)\nf.write(b'x')\nf.close()", OK, -1, 0, NULL},
    {"write_far_away", "import os\nf = os.open('/tmp/a', os.O_WRONLY | os.O_CREAT)\nos.pwrite(f, b'x', 2**45)", CORDON_OUTCOME_LIMIT_FILES, CORDON_LIMIT_FS_OFFSET, 0,
     NULL},

    /* What leaves the sandbox. */
    {"output_flood", "while True: print('x' * 1000)", CORDON_OUTCOME_LIMIT_OUTPUT, CORDON_LIMIT_OUTPUT, 0, NULL},
    {"output_flood_below_python", "import os\nwhile True:\n    try: os.write(2, b'x' * 10000)\n    except BaseException: pass", CORDON_OUTCOME_LIMIT_OUTPUT,
     CORDON_LIMIT_OUTPUT, 0, NULL},
    {"some_output", "for i in range(1000): print('x' * 1000)", OK, -1, 0, NULL},
    {"call_flood", "import cordon\nwhile True: cordon.call('count')", CORDON_OUTCOME_LIMIT_CALLS, CORDON_LIMIT_CALLS, 0, NULL},
    {"call_flood_that_is_caught", "import cordon\nwhile True:\n    try: cordon.call('nothing_of_that_name') if 0 else cordon.call('count')\n    except BaseException: pass",
     CORDON_OUTCOME_LIMIT_CALLS, CORDON_LIMIT_CALLS, 0, NULL},
    {"wait_for_ever", "import threading\nthreading.Event().wait()", CORDON_OUTCOME_LIMIT_TIME, CORDON_LIMIT_WALL, 0, NULL},
    {"threads_that_wait_for_each_other",
     "import threading\na, b = threading.Lock(), threading.Lock()\na.acquire(); b.acquire()\nt = threading.Thread(target=a.acquire); t.start(); b.acquire()",
     CORDON_OUTCOME_LIMIT_TIME, CORDON_LIMIT_WALL, 0, NULL},
    {"wait_for_a_while", "import threading\nthreading.Event().wait(1000)", OK, -1, 0, NULL},
    {"some_calls", "import cordon\nfor i in range(90): cordon.call('count')", OK, -1, 0, NULL},
};

static const char *image;
static cordon_engine *engine;

static void check(cordon_status status, const cordon_error *error)
{
    if (status != CORDON_OK)
        fail_msg("%s: %s: %s", error->operation, cordon_status_name(error->status), error->message);
}

static cordon_sandbox *create(const struct limit_case *tested)
{
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    cordon_sandbox *sandbox = NULL;
    cordon_error error;

    memcpy(config.limits.value, usual, sizeof usual);
    if (tested && tested->limit >= 0 && tested->value)
        config.limits.value[tested->limit] = tested->value;
    check(cordon_sandbox_create(engine, &config, &sandbox, &error), &error);
    return sandbox;
}

static cordon_result *execute(cordon_sandbox *sandbox, const char *source)
{
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_result *result = NULL;
    cordon_error error;

    request.source = source;
    check(cordon_sandbox_execute(sandbox, &request, &result, &error), &error);
    return result;
}

/* One of the types, joined by "|"; an empty one says that there may be none. */
static bool is_expected(const cordon_exception *exception, const char *expected)
{
    size_t length = exception ? strlen(exception->type) : 0;
    const char *found = expected;

    if (!expected || !exception)
        return !exception && (!expected || expected[strlen(expected) - 1] == '|');
    while ((found = strstr(found, exception->type)) != NULL && found[length] != '|' && found[length] != '\0')
        found += length;
    return found != NULL;
}

static void assert_limit(const cordon_result *result, const struct limit_case *tested)
{
    uint64_t value = tested->value ? tested->value : usual[tested->limit];

    assert_non_null(result->limit_name);
    assert_int_equal(result->limit_value, value);
    assert_true(result->limit_figure >= value);
    assert_true(result->figures.memory_bytes > 0 && result->figures.memory_peak_bytes >= result->figures.memory_bytes);
    assert_true(result->figures.fuel > 0 && result->figures.fs_files > 0);
    if (tested->limit == CORDON_LIMIT_WALL && result->figures.wall_ns > value + LATE_NS_MAX)
        fail_msg("%llu ns instead of %llu", (unsigned long long)result->figures.wall_ns, (unsigned long long)value);
    if (tested->limit == CORDON_LIMIT_CPU && result->figures.cpu_ns > value + LATE_NS_MAX)
        fail_msg("%llu ns of processor time instead of %llu", (unsigned long long)result->figures.cpu_ns, (unsigned long long)value);
}

static void next_use_is_unharmed(void)
{
    cordon_sandbox *sandbox = create(NULL);
    cordon_result *result = execute(sandbox, "import json, os\n[6 * 7, os.listdir('/tmp'), json.loads('[1]')]");
    char *value = NULL;

    assert_int_equal(result->outcome, CORDON_OUTCOME_OK);
    check(cordon_value_to_json(result->value, &value, NULL, NULL), NULL);
    assert_string_equal(value, "[42,[],[1]]");
    cordon_text_release(value);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

static void run_case(void **state)
{
    const struct limit_case *tested = *state;
    cordon_sandbox *sandbox = create(tested);
    cordon_result *result = execute(sandbox, tested->source);

    if (result->outcome != tested->outcome)
        fail_msg("%s, not %s: %s\n%s", cordon_outcome_name(result->outcome), cordon_outcome_name(tested->outcome), result->message,
                 result->exception ? result->exception->traceback : "");
    if (!is_expected(result->exception, tested->exception))
        fail_msg("%s, not %s", result->exception ? result->exception->type : "no exception", tested->exception ? tested->exception : "none");
    if (tested->limit >= 0)
        assert_limit(result, tested);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    next_use_is_unharmed();
}

/* What a program leaves to be done after its end is under the limits too. */
static const struct end_case {
    const char *name, *source;
    cordon_outcome outcome;
} end_cases[] = {
    {"del_after_the_end_loops", "class A:\n    def __del__(self):\n        while True: pass\na = A()", CORDON_OUTCOME_LIMIT_FUEL},
    {"del_after_the_end_returns", "class A:\n    def __del__(self): pass\na = A()", OK},
    {"exit_handler_loops", "import atexit\n@atexit.register\ndef f():\n    while True: pass", CORDON_OUTCOME_LIMIT_FUEL},
    {"thread_after_the_end_loops", "import threading\ndef f():\n    while True: pass\nthreading.Thread(target=f).start()", CORDON_OUTCOME_LIMIT_FUEL},
    {"exit_that_is_refused_loops", "import sys\nwhile True:\n    try: sys.exit()\n    except BaseException: pass", CORDON_OUTCOME_LIMIT_FUEL},
};

static void end_is_limited(void **state)
{
    const struct end_case *tested = *state;
    const struct limit_case fuel = {.limit = CORDON_LIMIT_FUEL, .value = 2000000};
    cordon_sandbox *sandbox = create(&fuel);
    cordon_program program = CORDON_PROGRAM_INIT;
    cordon_result *result = NULL;
    cordon_error error;

    program.how = CORDON_PROGRAM_COMMAND;
    program.text = tested->source;
    check(cordon_sandbox_run_program(sandbox, &program, &result, &error), &error);
    if (result->outcome != tested->outcome)
        fail_msg("%s, not %s: %s", cordon_outcome_name(result->outcome), cordon_outcome_name(tested->outcome), result->message);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    next_use_is_unharmed();
}

static void answer(void *context, cordon_call *call)
{
    (void)context;
    cordon_call_answer(call, NULL);
}

/* An exception that a limit allows leaves the sandbox in use; what one execution burnt is not the next one's to pay. */
static void each_execution_has_its_own_fuel(void **state)
{
    const struct limit_case fuel = {.limit = CORDON_LIMIT_FUEL, .value = 100000};
    cordon_sandbox *sandbox = create(&fuel);
    uint64_t first;

    (void)state;
    cordon_result *result = execute(sandbox, "for i in range(60000): pass");
    assert_int_equal(result->outcome, CORDON_OUTCOME_OK);
    first = result->figures.fuel;
    assert_in_range(first, 60000, 61000);
    cordon_result_destroy(result);

    result = execute(sandbox, "for i in range(60000): pass");
    assert_int_equal(result->outcome, CORDON_OUTCOME_OK);
    assert_int_equal(result->figures.fuel, first);
    cordon_result_destroy(result);

    result = execute(sandbox, "for i in range(110000): pass");
    assert_int_equal(result->outcome, CORDON_OUTCOME_LIMIT_FUEL);
    assert_int_equal(result->limit_figure, 100001);
    assert_non_null(result->limit_where);
    assert_non_null(strstr(result->limit_where, ":1"));
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

/* Fuel is a property of the code, not of what the interpreter has learnt about it. */
static void fuel_counts_the_same_whatever_is_specialised(void **state)
{
    static const char define[] = "class A:\n"
                                 "    def __init__(self, x): self.x = x\n"
                                 "    def __getitem__(self, i): return i\n"
                                 "    @property\n"
                                 "    def p(self): return self.x\n"
                                 "def g(n):\n"
                                 "    for i in range(n): yield i\n"
                                 "def work(n):\n"
                                 "    s = 0\n"
                                 "    for i in g(n):\n"
                                 "        a = A(i)\n"
                                 "        s += a.p + a[i] + len([x for x in g(3)]) + sum(map(lambda v: v, [1, 2]))\n"
                                 "    return s\n";
    cordon_sandbox *sandbox = create(NULL);
    uint64_t cold, warm;

    (void)state;
    cordon_result_destroy(execute(sandbox, define));
    cordon_result *result = execute(sandbox, "work(1)");
    assert_int_equal(result->outcome, CORDON_OUTCOME_OK);
    cold = result->figures.fuel;
    cordon_result_destroy(result);
    cordon_result_destroy(execute(sandbox, "work(20000)"));

    result = execute(sandbox, "work(1)");
    warm = result->figures.fuel;
    assert_int_equal(result->outcome, CORDON_OUTCOME_OK);
    assert_int_equal(warm, cold);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

static void peak_memory_is_that_of_the_execution(void **state)
{
    cordon_sandbox *sandbox = create(NULL);
    uint64_t large;

    (void)state;
    cordon_result *result = execute(sandbox, "x = bytes(20 * 2**20)\ndel x");
    assert_int_equal(result->outcome, CORDON_OUTCOME_OK);
    large = result->figures.memory_peak_bytes;
    assert_true(large >= 20 * MIB);
    assert_true(result->figures.memory_bytes < large - 19 * MIB);
    cordon_result_destroy(result);

    result = execute(sandbox, "1");
    assert_true(result->figures.memory_peak_bytes < large - 19 * MIB);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

/* A limit beyond what an image has is what an image has: in the figures, too. */
static void no_limit_of_memory_is_beyond_the_image(void **state)
{
    static const char *const sources[] = {"b'x' * (3 << 30)", "x = []\nwhile True:\n    try: x.append(bytes(100 << 20))\n    except BaseException: pass"};
    const struct limit_case memory = {.limit = CORDON_LIMIT_MEMORY, .value = 8192 * MIB};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        cordon_sandbox *sandbox = create(&memory);
        cordon_result *result = execute(sandbox, sources[i]);
        assert_int_equal(result->outcome, CORDON_OUTCOME_LIMIT_MEMORY);
        assert_int_equal(result->limit_value, CORDON_MEMORY_BYTES_MAX);
        assert_true(result->limit_figure >= result->limit_value);
        cordon_result_destroy(result);
        cordon_sandbox_destroy(sandbox);
    }
}

/* ---- Functions of the host's that wait ---- */

typedef struct stream_seen {
    cordon_sandbox *sandbox;
    bool waits; /* until the limit of time */
    uint64_t left_ns;
} stream_seen;

static void wait_or_not(stream_seen *seen)
{
    seen->left_ns = cordon_sandbox_time_left(seen->sandbox);
    while (seen->waits && cordon_sandbox_time_left(seen->sandbox) > 0)
        (void)poll(NULL, 0, 1);
}

static long give_no_input(void *context, void *buffer, size_t size)
{
    (void)buffer, (void)size;
    wait_or_not(context);
    return -1;
}

static int take_no_output(void *context, int stream, const void *data, size_t size)
{
    (void)stream, (void)data, (void)size;
    wait_or_not(context);
    return 1;
}

static void stream_that_waits_reaches_the_limit(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        const bool waits = i % 2 == 0, is_output = i >= 2;
        const struct limit_case time = {.limit = CORDON_LIMIT_WALL, .value = waits ? 200 * MS : CORDON_LIMIT_NONE};
        stream_seen seen = {.sandbox = create(&time), .waits = waits};
        cordon_request request = CORDON_REQUEST_INIT;
        cordon_result *result = NULL;
        cordon_error error;
        request.source = is_output ? "print('x', flush=True)\nwhile True: pass" : "for i in range(9): pass\ninput()";
        request.streams = (cordon_streams){.output = is_output ? take_no_output : NULL, .input = give_no_input, .context = &seen};
        check(cordon_sandbox_execute(seen.sandbox, &request, &result, &error), &error);
        assert_int_equal(result->outcome, waits ? CORDON_OUTCOME_LIMIT_TIME : CORDON_OUTCOME_CANCELLED);
        if (waits) {
            assert_in_range(seen.left_ns, 1, 200 * MS);
            assert_limit(result, &(struct limit_case){.limit = CORDON_LIMIT_WALL, .value = 200 * MS});
        } else {
            assert_int_equal(seen.left_ns, UINT64_MAX);
        }
        cordon_result_destroy(result);
        cordon_sandbox_destroy(seen.sandbox);
    }
}

static int start(void **state)
{
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    cordon_callback count = CORDON_CALLBACK_INIT;
    cordon_error error;

    (void)state;
    config.image = image;
    count.name = "count";
    count.function = answer;
    if (cordon_engine_create(&config, &engine, &error) == CORDON_OK && cordon_engine_register(engine, &count, &error) == CORDON_OK)
        return 0;
    fprintf(stderr, "%s: %s\n", error.operation, error.message);
    return -1;
}

static int stop(void **state)
{
    (void)state;
    cordon_engine_destroy(engine);
    return 0;
}

enum { CASES = sizeof limit_cases / sizeof *limit_cases, END_CASES = sizeof end_cases / sizeof *end_cases, OWN = 5 };

int main(int count, char **arguments)
{
    struct CMUnitTest tests[OWN + CASES + END_CASES] = {
        cmocka_unit_test(each_execution_has_its_own_fuel),
        cmocka_unit_test(fuel_counts_the_same_whatever_is_specialised),
        cmocka_unit_test(peak_memory_is_that_of_the_execution),
        cmocka_unit_test(no_limit_of_memory_is_beyond_the_image),
        cmocka_unit_test(stream_that_waits_reaches_the_limit),
    };

    image = count == 2 ? arguments[1] : "";
    for (size_t i = 0; i < CASES; i++)
        tests[OWN + i] = (struct CMUnitTest){limit_cases[i].name, run_case, NULL, NULL, (void *)&limit_cases[i]};
    for (size_t i = 0; i < END_CASES; i++)
        tests[OWN + CASES + i] = (struct CMUnitTest){end_cases[i].name, end_is_limited, NULL, NULL, (void *)&end_cases[i]};
    return cmocka_run_group_tests(tests, start, stop);
}
