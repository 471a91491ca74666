/* Snapshots of sandboxes at rest, with the real image: everything continues, in the same process and in another one, as often as wanted; limits, clock and random bytes are those of the
 * new sandbox; and what a stranger put into one harms nobody else. `test_snapshot IMAGE` runs the tests; `test_snapshot IMAGE FILE SOURCE` restores FILE and prints a value. */
#include "engine_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char key[] = "the key of these tests, as long as it needs to be";
static const char *self; /* this program */
static cordon_engine *engine;

/* ---- Helpers ---- */

static cordon_snapshot *snapshot_of(cordon_sandbox *sandbox)
{
    cordon_error error;
    cordon_snapshot *snapshot = NULL;
    check_status(cordon_sandbox_snapshot(sandbox, NULL, &snapshot, &error), &error);
    return snapshot;
}

static cordon_sandbox *restore_with(const cordon_sandbox_config *config, const cordon_snapshot *snapshot)
{
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    check_status(cordon_sandbox_restore(engine, config, snapshot, &sandbox, &error), &error);
    return sandbox;
}

static void run(cordon_sandbox *sandbox, const char *source)
{
    cordon_result *result = test_execute(sandbox, source);
    assert_outcome(result, CORDON_OUTCOME_OK);
    cordon_result_destroy(result);
}

/* The value as JSON; the caller's. */
static char *value_of(cordon_sandbox *sandbox, const char *source)
{
    char *text = NULL;
    cordon_error error;
    cordon_result *result = test_execute(sandbox, source);
    assert_outcome(result, CORDON_OUTCOME_OK);
    check_status(cordon_value_to_json(result->value, &text, NULL, &error), &error);
    cordon_result_destroy(result);
    return text;
}

static cordon_sandbox *sandbox_with(const char *source)
{
    cordon_sandbox *sandbox = test_sandbox(engine);
    run(sandbox, source);
    return sandbox;
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void *read_file(const char *path, size_t *size_out)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        return NULL;
    *size_out = (size_t)ftell(file);
    void *data = malloc(*size_out + 1);
    rewind(file);
    if (fread(data, 1, *size_out, file) != *size_out)
        return NULL;
    (void)fclose(file);
    return data;
}

static void store(const cordon_snapshot *snapshot, char *path_out, size_t path_size)
{
    cordon_error error;
    void *data = NULL;
    size_t size = 0;
    snprintf(path_out, path_size, "/tmp/cordon-test-snapshot-%d", (int)getpid());
    check_status(cordon_snapshot_encode(snapshot, key, sizeof key, &data, &size, &error), &error);
    write_file(path_out, data, size);
    cordon_snapshot_bytes_release(data);
}

/* ---- In another process ---- */

static int restore_here(const char *path, const char *source)
{
    cordon_error error = {0};
    cordon_snapshot *snapshot = NULL;
    cordon_sandbox *sandbox = NULL;
    size_t size = 0;
    void *data = read_file(path, &size);
    char *text = NULL;
    engine = test_engine(NULL);
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = source;
    bool is_done = data != NULL && cordon_snapshot_decode(data, size, key, sizeof key, &snapshot, &error) == CORDON_OK &&
                   cordon_sandbox_restore(engine, NULL, snapshot, &sandbox, &error) == CORDON_OK &&
                   cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK &&
                   cordon_value_to_json(result->value, &text, NULL, &error) == CORDON_OK;
    printf("%s", is_done ? text : error.message);
    if (is_done && result->exception != NULL)
        printf("%s", result->exception->traceback);
    cordon_text_release(text);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
    cordon_snapshot_destroy(snapshot);
    free(data);
    return is_done ? 0 : 1;
}

static void assert_value_elsewhere(const char *path, const char *source, const char *json)
{
    int pipes[2], status = 0;
    char text[4096];
    size_t used = 0;
    ssize_t count;
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(pipes[1], 1);
        close(pipes[0]);
        close(pipes[1]);
        execl(self, self, test_image, path, source, (char *)NULL);
        _exit(127);
    }
    close(pipes[1]);
    while (used < sizeof text - 1 && (count = read(pipes[0], text + used, sizeof text - 1 - used)) > 0)
        used += (size_t)count;
    close(pipes[0]);
    text[used] = '\0';
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_string_equal(text, json);
    assert_int_equal(status, 0);
}

/* ---- Everything continues ---- */

/* `then` is executed in the first sandbox, in one that continues it, in another one after that, and in another process: the same comes of it. */
static const struct state_case {
    const char *name, *before, *then, *value;
} state_cases[] = {
    {"variables", "a = 1\nb = 'text'\nc = [1, {'k': (2, 3)}, {4}, b'5', 6.5, None, 7j]", "[a, b, repr(c)]", "[1,\"text\",\"[1, {'k': (2, 3)}, {4}, b'5', 6.5, None, 7j]\"]"},
    {"generator_half_way", "def count():\n    for i in range(10):\n        yield i\ng = count()\nnext(g), next(g)", "[next(g), list(g)]", "[2,[3,4,5,6,7,8,9]]"},
    {"generators_that_delegate", "def inner():\n    x = yield 1\n    return x * 2\ndef outer():\n    y = yield from inner()\n    yield y\ng = outer()\nnext(g)", "g.send(21)", "42"},
    {"generator_in_a_try", "log = []\ndef f():\n    try:\n        yield 1\n    finally:\n        log.append('closed')\ng = f()\nnext(g)", "g.close()\nlog", "[\"closed\"]"},
    {"closure", "def make():\n    n = 0\n    def add(k):\n        nonlocal n\n        n += k\n        return n\n    return add\nadd = make()\nadd(5)", "add(6)", "11"},
    {"lambda", "k = 3\nf = lambda x, y=[k]: x * y[0] + k", "f(2)", "9"},
    {"class_by_hand", "Base = type('Base', (), {'hi': lambda self: self.x})\nMeta = type('Meta', (type,), {'__call__': lambda c, *a: type.__call__(c)})\nC = Meta('C', (Base,), {'x': 8})\no = C()", "[o.hi(), type(C).__name__, C().hi()]",
     "[8,\"Meta\",8]"},
    {"slots_and_descriptors", "class D:\n    def __get__(self, o, t): return ('got', o is None)\nclass S:\n    __slots__ = ('a',)\n    d = D()\ns = S()\ns.a = 4", "[s.a, s.d, S.d]", "[4,[\"got\",false],[\"got\",true]]"},
    {"what_pickle_refuses", "import threading, sys\nlocal = lambda: 5\nlock = threading.Lock()\nlock.acquire()\nframe = sys._getframe()\nmod = type(sys)('made')\nmod.f = local\nview = memoryview(bytearray(b'abc'))\ngen = (i for i in 'xyz')\nnext(gen)",
     "[lock.locked(), mod.f(), bytes(view[1:]) == b'bc', ''.join(gen), frame is not None]", "[true,5,true,\"yz\",true]"},
    {"iterator_over_open_file", "open('lines.txt', 'w').write('one\\ntwo\\nthree\\n')\nf = open('lines.txt')\nnext(f)", "[next(f), f.read(), f.name]", "[\"two\\u000a\",\"three\\u000a\",\"lines.txt\"]"},
    {"unflushed_file", "w = open('w.txt', 'w')\nw.write('held')", "w.close()\nopen('w.txt').read()", "\"held\""},
    {"files_and_folders", "import os\nos.makedirs('a/b')\nopen('a/b/c', 'wb').write(bytes(range(256)) * 300)\nos.chmod('a/b/c', 0o600)\nfd = os.open('a/b/c', os.O_RDWR)\nos.lseek(fd, 1000, 0)",
     "[os.read(fd, 3).hex(), oct(os.stat('a/b/c').st_mode), os.listdir('a'), len(open('a/b/c', 'rb').read())]", "[\"e8e9ea\",\"0o100600\",[\"b\"],76800]"},
    {"string_io", "import io\nb = io.StringIO('1\\n2\\n3')\nb.readline()", "list(b)", "[\"2\\u000a\",\"3\"]"},
    {"reentrant_lock", "import threading\nr = threading.RLock()\nr.acquire()\nr.acquire()", "r.release()\nfirst = r._is_owned()\nr.release()\n[first, r._is_owned()]", "[true,false]"},
    {"threads_that_rest", "import threading, queue\nq, out = queue.Queue(), []\ndef work():\n    while (x := q.get()) is not None:\n        out.append(x * 2)\nts = [threading.Thread(target=work) for _ in range(3)]\n[t.start() for t in ts]\nq.put(1)",
     "for i in (2, 3): q.put(i)\nfor _ in ts: q.put(None)\n[t.join() for t in ts]\n[sorted(out), threading.active_count()]", "[[2,4,6],1]"},
    {"thread_on_a_condition", "import threading\nc = threading.Condition()\nseen = []\ndef wait():\n    with c:\n        c.wait()\n        seen.append('woken')\nt = threading.Thread(target=wait)\nt.start()\nimport time; time.sleep(0.01)",
     "with c: c.notify()\nt.join()\nseen", "[\"woken\"]"},
    {"thread_local", "import threading\nl = threading.local()\nl.x = 3", "l.x", "3"},
    {"decimal_context", "import decimal\ndecimal.getcontext().prec = 5\ndecimal.getcontext().rounding = 'ROUND_UP'", "str(decimal.Decimal(1) / 3)", "\"0.33334\""},
    {"random_state", "import random\nrandom.seed(7)\na = random.random()\nr = random.Random(3)\nr.gauss(0, 1)", "[random.random(), random.randint(0, 1000), r.gauss(0, 1)]", "[0.15084917392450192,666,1.2500243810835503]"},
    {"pending_awaits", "import asyncio\nlog = []\nasync def leaf(f): return await f\nasync def chain(n, f): return (await chain(n - 1, f)) + 1 if n else await leaf(f)\nloop = asyncio.get_running_loop() if False else None\nasync def start():\n    global fut, task\n    fut = asyncio.get_running_loop().create_future()\n    task = asyncio.ensure_future(chain(20, fut))\n    await asyncio.sleep(0)\nawait start()",
     "fut.set_result(22)\nawait task", "42"},
    {"coroutine_by_hand", "import types\n@types.coroutine\ndef stop(): return (yield 'here')\nasync def a(): return await b() + 1\nasync def b(): return await stop()\nc = a()\nsent = c.send(None)",
     "try: c.send(4)\nexcept StopIteration as e: got = e.value\n[sent, got]", "[\"here\",5]"},
    {"async_generator", "import asyncio\nasync def ag():\n    for i in range(5):\n        yield i\ng = ag()\nfirst = await g.__anext__()", "[first, [x async for x in g]]", "[0,[1,2,3,4]]"},
    {"sleeping_task", "import asyncio\ndone = []\nasync def later():\n    await asyncio.sleep(3600)\n    done.append('woke')\nt = asyncio.ensure_future(later()) if False else None\nasync def go():\n    global t\n    t = asyncio.create_task(later())\nawait go()",
     "await t\ndone", "[\"woke\"]"},
    {"sqlite_in_memory", "import sqlite3\ndb = sqlite3.connect(':memory:')\ndb.execute('create table t (n integer, s text)')\ndb.executemany('insert into t values (?, ?)', [(i, str(i)) for i in range(1000)])\ncur = db.execute('select n from t order by n')\ncur.fetchone()",
     "[cur.fetchone()[0], db.execute('select sum(n) from t').fetchone()[0], db.in_transaction]", "[1,499500,true]"},
    {"iterators", "a, b, c, d = iter([1, 2, 3]), iter({'x': 1, 'y': 2}), enumerate('pqr'), reversed([7, 8, 9])\nimport itertools\ne = itertools.chain('ab', itertools.count(5))\n[next(i) for i in (a, b, c, d, e)]\nm = map(str.upper, 'mn')\nnext(m)",
     "[list(a), list(b), list(c), list(d), next(e), next(e), list(m)]", "[[2,3],[\"y\"],[[1,\"q\"],[2,\"r\"]],[8,7],\"b\",5,[\"N\"]]"},
    {"weak_references", "import weakref, gc\nclass W: pass\no = W()\ncycle = W()\ncycle.me = cycle\nr, d = weakref.ref(o), []\nweakref.finalize(cycle, d.append, 'gone')\nv = weakref.WeakValueDictionary(k=o)",
     "before = r() is o\ndel o, cycle\ngc.collect()\n[before, r() is None, d, len(v)]", "[true,true,[\"gone\"],0]"},
    {"exception_with_traceback", "def f(): raise ValueError('kept')\ntry: f()\nexcept ValueError as e: kept = e", "import traceback\n[str(kept), traceback.extract_tb(kept.__traceback__)[-1].name]", "[\"kept\",\"f\"]"},
    {"modules", "import sys, json, html.parser\nsys.modules['mine'] = type(sys)('mine')\nsys.modules['mine'].x = 9", "import mine\n[mine.x, 'html.parser' in sys.modules]", "[9,true]"},
    {"contexts", "import contextvars\nv = contextvars.ContextVar('v')\nv.set(1)\nctx = contextvars.copy_context()\nctx.run(v.set, 2)", "[v.get(), ctx[v]]", "[1,2]"},
    {"context_manager_half_way", "import contextlib\nlog = []\n@contextlib.contextmanager\ndef cm():\n    log.append('in')\n    yield 5\n    log.append('out')\nc = cm()\nx = c.__enter__()", "c.__exit__(None, None, None)\n[x, log]", "[5,[\"in\",\"out\"]]"},
    {"compressor_half_way", "import zlib, hashlib\nz = zlib.compressobj()\nstart = z.compress(b'abc' * 1000)\nh = hashlib.sha256(b'ab')", "h.update(b'c')\n[zlib.decompress(start + z.flush()) == b'abc' * 1000, h.hexdigest()[:8]]", "[true,\"ba7816bf\"]"},
    {"regular_expressions", "import re\nm = re.finditer('[a-z]+', 'ab cd ef')\nnext(m)", "[x.group() for x in m]", "[\"cd\",\"ef\"]"},
    {"large_numbers", "n = 7 ** 5000", "str(n)[-5:]", "\"00001\""},
    {"environment_and_arguments", "import os, sys\nos.environ['MADE'] = 'here'\nsys.argv.append('added')", "[os.environ['MADE'], sys.argv[-1]]", "[\"here\",\"added\"]"},
    {"standard_streams", "import sys, io\nsaved = sys.stdout\nsys.stdout = io.StringIO()\nprint('held back')", "text = sys.stdout.getvalue()\nsys.stdout = saved\ntext", "\"held back\\u000a\""},
    {"identity", "o = object()\nwhere = id(o)", "id(o) == where", "true"},
};

static void state_case_run(void **state)
{
    const struct state_case *row = *state;
    char path[64];
    cordon_sandbox *first = sandbox_with(row->before);
    cordon_snapshot *snapshot = snapshot_of(first);
    assert_value(first, row->then, row->value); /* it did not notice */
    cordon_sandbox_destroy(first);
    for (int i = 0; i < 2; i++) {
        cordon_sandbox *next = restore_with(NULL, snapshot);
        assert_value(next, row->then, row->value);
        assert_value(next, "6 * 7", "42");
        cordon_sandbox_destroy(next);
    }
    store(snapshot, path, sizeof path);
    assert_value_elsewhere(path, row->then, row->value);
    assert_int_equal(unlink(path), 0);
    cordon_snapshot_destroy(snapshot);
}

enum { STATE_CASES = sizeof state_cases / sizeof *state_cases };

static void snapshots_of_what_was_restored_continue_too(void **state)
{
    char wanted[16];
    cordon_sandbox *sandbox = sandbox_with("def count():\n    n = 0\n    while True:\n        n += 1\n        yield n\ng = count()");
    (void)state;
    for (int i = 1; i <= 20; i++) {
        snprintf(wanted, sizeof wanted, "%d", i);
        assert_value(sandbox, "next(g)", wanted);
        cordon_snapshot *snapshot = snapshot_of(sandbox);
        cordon_sandbox_destroy(sandbox);
        sandbox = restore_with(NULL, snapshot);
        cordon_snapshot_destroy(snapshot);
    }
    cordon_sandbox_destroy(sandbox);
}

static void one_snapshot_is_many_sandboxes(void **state)
{
    enum { COPIES = 12 };
    cordon_sandbox *copies[COPIES], *first = sandbox_with("x = [0]");
    cordon_snapshot *snapshot = snapshot_of(first);
    (void)state;
    for (int i = 0; i < COPIES; i++)
        copies[i] = restore_with(NULL, snapshot);
    for (int i = 0; i < COPIES; i++)
        assert_value(copies[i], "x[0] += 1\nx", "[1]"); /* none sees another's */
    assert_value(first, "x", "[0]");
    for (int i = 0; i < COPIES; i++)
        cordon_sandbox_destroy(copies[i]);
    cordon_sandbox_destroy(first);
    cordon_snapshot_destroy(snapshot);
}

static void sandbox_that_ran_nothing_is_one_too(void **state)
{
    cordon_sandbox *fresh = test_sandbox(engine);
    cordon_snapshot *snapshot = snapshot_of(fresh);
    (void)state;
    cordon_sandbox_destroy(fresh);
    fresh = restore_with(NULL, snapshot);
    assert_value(fresh, "1 + 1", "2");
    cordon_sandbox_destroy(fresh);
    cordon_snapshot_destroy(snapshot);
}

static void what_is_under_way_is_in_it(void **state)
{
    cordon_error error;
    size_t size = 3 << 20; /* more than a pipe holds */
    char *content = malloc(size);
    cordon_sandbox *sandbox = test_sandbox(engine);
    (void)state;
    memset(content, 'x', size);
    check_status(cordon_sandbox_put_file(sandbox, "/work/large", 0644, 0, content, size, &error), &error);
    cordon_snapshot *snapshot = snapshot_of(sandbox);
    cordon_sandbox_destroy(sandbox);
    sandbox = restore_with(NULL, snapshot);
    assert_value(sandbox, "len(open('/work/large').read())", "3145728");
    cordon_sandbox_destroy(sandbox);
    cordon_snapshot_destroy(snapshot);
    free(content);
}

static void restored_ones_can_be_cleared_and_cleared_ones_taken(void **state)
{
    cordon_error error;
    cordon_sandbox *first = sandbox_with("x = 1");
    cordon_snapshot *snapshot = snapshot_of(first);
    cordon_sandbox *next = restore_with(NULL, snapshot);
    (void)state;
    for (int i = 0; i < 3; i++) { /* in the same process, too: from the second time on */
        assert_value(next, "'x' in globals()", i == 0 ? "true" : "false");
        check_status(cordon_sandbox_clear(next, &error), &error);
    }
    assert_value(next, "y = [5]\n'x' in globals()", "false");
    cordon_snapshot *second = snapshot_of(next);
    cordon_sandbox *last = restore_with(NULL, second);
    assert_value(last, "[y, 'x' in globals()]", "[[5],false]");
    cordon_sandbox_destroy(first);
    cordon_sandbox_destroy(next);
    cordon_sandbox_destroy(last);
    cordon_snapshot_destroy(snapshot);
    cordon_snapshot_destroy(second);
}

static void restored_ones_survive_limits_where_sessions_are_kept(void **state)
{
    cordon_sandbox *first = sandbox_with("x = 1");
    cordon_snapshot *snapshot = snapshot_of(first);
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    (void)state;
    config.keeps_session = true;
    config.limits.value[CORDON_LIMIT_FUEL] = 10000;
    cordon_sandbox *next = restore_with(&config, snapshot);
    assert_value(next, "y = x + 1\ny", "2");
    cordon_result *result = test_execute(next, "y = 100\nfor i in range(100000): pass");
    assert_outcome(result, CORDON_OUTCOME_LIMIT_FUEL);
    cordon_result_destroy(result);
    assert_value(next, "[x, y]", "[1,2]");
    cordon_snapshot *second = snapshot_of(next);
    cordon_sandbox *last = restore_with(NULL, second);
    assert_value(last, "[x, y]", "[1,2]");
    cordon_sandbox_destroy(first);
    cordon_sandbox_destroy(next);
    cordon_sandbox_destroy(last);
    cordon_snapshot_destroy(snapshot);
    cordon_snapshot_destroy(second);
}

/* ---- What is the host's comes from the host ---- */

static int64_t number_of(cordon_sandbox *sandbox, const char *source)
{
    int64_t number = 0;
    cordon_result *result = test_execute(sandbox, source);
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_true(cordon_value_get_int(result->value, &number));
    cordon_result_destroy(result);
    return number;
}

static cordon_outcome outcome_of(cordon_sandbox *sandbox, const char *source)
{
    cordon_result *result = test_execute(sandbox, source);
    cordon_outcome outcome = result->outcome;
    cordon_result_destroy(result);
    return outcome;
}

static void limits_are_those_of_the_new_sandbox(void **state)
{
    static const struct {
        int limit;
        uint64_t value;
        const char *source;
        cordon_outcome outcome;
    } rows[] = {
        {CORDON_LIMIT_FUEL, 10000, "for i in range(100000): pass", CORDON_OUTCOME_LIMIT_FUEL},
        {CORDON_LIMIT_MEMORY, 64 << 20, "more = [bytes(1 << 20) for _ in range(80)]", CORDON_OUTCOME_LIMIT_MEMORY},
        {CORDON_LIMIT_OUTPUT, 1000, "print('x' * 10000)", CORDON_OUTCOME_LIMIT_OUTPUT},
        {CORDON_LIMIT_FS_BYTES, 100000, "open('f', 'wb').write(bytes(200000))", CORDON_OUTCOME_LIMIT_FILES},
        {CORDON_LIMIT_CPU, 200000000, "while True: pass", CORDON_OUTCOME_LIMIT_CPU},
        {CORDON_LIMIT_WALL, 200000000, "while True: pass", CORDON_OUTCOME_LIMIT_TIME},
        {CORDON_LIMIT_RECURSION, 50, "def f(n): return f(n + 1)\nf(0)", CORDON_OUTCOME_LIMIT_RECURSION},
    };
    cordon_sandbox *first = sandbox_with("x = 1");
    cordon_snapshot *snapshot = snapshot_of(first);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
        config.limits.value[rows[i].limit] = rows[i].value;
        cordon_sandbox *next = restore_with(&config, snapshot);
        assert_value(next, "x", "1"); /* the twin: within its limits it runs */
        assert_int_equal(outcome_of(next, rows[i].source), rows[i].outcome);
        cordon_sandbox_destroy(next);
    }
    cordon_sandbox_destroy(first);
    cordon_snapshot_destroy(snapshot);
}

static void limits_of_the_former_sandbox_are_gone(void **state)
{
    cordon_error error;
    cordon_sandbox *first = NULL;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    (void)state;
    config.limits.value[CORDON_LIMIT_FUEL] = 1000;
    config.limits.value[CORDON_LIMIT_MEMORY] = 40 << 20;
    config.limits.value[CORDON_LIMIT_FS_BYTES] = 9000;
    check_status(cordon_sandbox_create(engine, &config, &first, &error), &error);
    run(first, "x = 1");
    cordon_snapshot *snapshot = snapshot_of(first);
    assert_int_equal(outcome_of(first, "for i in range(10000): pass"), CORDON_OUTCOME_LIMIT_FUEL);
    cordon_sandbox *next = restore_with(NULL, snapshot);
    assert_value(next, "for i in range(10000): pass\nlen(bytes(60 << 20)), open('f', 'wb').write(bytes(20000))", "[62914560,20000]");
    cordon_sandbox_destroy(first);
    cordon_sandbox_destroy(next);
    cordon_snapshot_destroy(snapshot);
}

static void more_memory_than_its_limit_is_refused(void **state)
{
    cordon_error error;
    cordon_sandbox *next = NULL, *first = sandbox_with("kept = bytearray(100 << 20)");
    cordon_snapshot *snapshot = snapshot_of(first);
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    (void)state;
    config.limits.value[CORDON_LIMIT_MEMORY] = 64 << 20;
    assert_int_equal(cordon_sandbox_restore(engine, &config, snapshot, &next, &error), CORDON_TOO_LARGE);
    assert_null(next);
    config.limits.value[CORDON_LIMIT_MEMORY] = 200 << 20;
    next = restore_with(&config, snapshot);
    assert_value(next, "len(kept)", "104857600");
    cordon_sandbox_destroy(first);
    cordon_sandbox_destroy(next);
    cordon_snapshot_destroy(snapshot);
}

static void time_and_random_bytes_are_fresh(void **state)
{
    static const char now[] = "import time\ntime.time_ns() // 1000000", random[] = "import os\nos.urandom(16).hex()";
    cordon_sandbox *first = sandbox_with("import random, uuid\nrandom.seed(5)");
    cordon_snapshot *snapshot = snapshot_of(first);
    (void)state;
    test_sleep_ms(30);
    cordon_sandbox *one = restore_with(NULL, snapshot), *other = restore_with(NULL, snapshot);
    char *texts[] = {value_of(first, random), value_of(one, random), value_of(other, random)};
    assert_string_not_equal(texts[0], texts[1]);
    assert_string_not_equal(texts[0], texts[2]);
    assert_string_not_equal(texts[1], texts[2]);
    assert_true(number_of(one, now) >= number_of(first, now) + 25); /* the first one's clock stood still */
    assert_true(number_of(one, "import random\nrandom.getrandbits(60)") == number_of(other, "import random\nrandom.getrandbits(60)")); /* a state of Python's own continues */
    for (int i = 0; i < 3; i++)
        cordon_text_release(texts[i]);
    cordon_sandbox_destroy(first);
    cordon_sandbox_destroy(one);
    cordon_sandbox_destroy(other);
    cordon_snapshot_destroy(snapshot);
}

static void deterministic_ones_continue_byte_for_byte(void **state)
{
    static const char before[] = "import os, random, time, threading, uuid\ndef look():\n    time.sleep(0.5)\n    return [os.urandom(8).hex(), random.random(), time.time_ns(), time.monotonic_ns(), str(uuid.uuid4()), "
                                 "[id(object()) for _ in range(3)], id([]), {s for s in 'abcdef'}.__repr__()]\nlook()";
    cordon_error error;
    cordon_sandbox *first = NULL;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT, other_config = CORDON_SANDBOX_CONFIG_INIT;
    const unsigned char seed[CORDON_SEED_BYTES] = "a seed of the caller's";
    (void)state;
    config.is_deterministic = true;
    config.seed = seed;
    check_status(cordon_sandbox_create(engine, &config, &first, &error), &error);
    run(first, before);
    cordon_snapshot *snapshot = snapshot_of(first);
    config.seed = NULL; /* it keeps that of the first */
    cordon_sandbox *next = restore_with(&config, snapshot), *not_deterministic = restore_with(&other_config, snapshot);
    char *other = value_of(not_deterministic, "look()");
    for (int i = 0; i < 3; i++) {
        char *wanted = value_of(first, "look()"), *found = value_of(next, "look()");
        assert_string_equal(wanted, found);
        assert_string_not_equal(wanted, other);
        cordon_text_release(wanted);
        cordon_text_release(found);
    }
    cordon_text_release(other);
    cordon_sandbox_destroy(first);
    cordon_sandbox_destroy(next);
    cordon_sandbox_destroy(not_deterministic);
    cordon_snapshot_destroy(snapshot);
}

static void greet(void *context, cordon_call *call)
{
    cordon_call_answer(call, cordon_value_text(context));
}

static void callbacks_are_those_of_the_new_engine(void **state)
{
    cordon_error error;
    cordon_sandbox *first = test_sandbox(engine), *next = NULL;
    cordon_callback callback = CORDON_CALLBACK_INIT;
    cordon_engine *other = test_engine(NULL);
    (void)state;
    callback.name = "greet";
    callback.function = greet;
    callback.context = "from the first";
    check_status(cordon_sandbox_register(first, &callback, &error), &error);
    assert_value(first, "import cordon\n[cordon.call('greet'), len(cordon.list_calls())]", "[\"from the first\",1]");
    cordon_snapshot *snapshot = snapshot_of(first);
    next = restore_with(NULL, snapshot);
    assert_value(next, "try: cordon.call('greet')\nexcept LookupError as e: refused = type(e).__name__\n[refused, cordon.list_calls()]", "[\"UnknownCallError\",[]]");
    cordon_sandbox_destroy(next);
    callback.context = "from another";
    check_status(cordon_engine_register(other, &callback, &error), &error);
    check_status(cordon_sandbox_restore(other, NULL, snapshot, &next, &error), &error);
    assert_value(next, "[cordon.call('greet'), cordon.call('greet')]", "[\"from another\",\"from another\"]");
    cordon_sandbox_destroy(next);
    cordon_sandbox_destroy(first);
    cordon_snapshot_destroy(snapshot);
    cordon_engine_destroy(other);
}

/* ---- What is refused ---- */

static void assert_refused(const cordon_sandbox_config *config, const cordon_snapshot *snapshot, cordon_status status)
{
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    assert_int_equal(cordon_sandbox_restore(engine, config, snapshot, &sandbox, &error), status);
    assert_null(sandbox);
}

static void configuration_names_nothing_that_comes_with_the_snapshot(void **state)
{
    const char *const list[] = {"NAME=value", NULL};
    const cordon_mount mount = {.source = "/tmp", .path = "/mnt"};
    cordon_sandbox *first = sandbox_with("x = 1");
    cordon_snapshot *snapshot = snapshot_of(first);
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT, plain = CORDON_SANDBOX_CONFIG_INIT;
    (void)state;
    config.environment = list;
    assert_refused(&config, snapshot, CORDON_INVALID_ARGUMENT);
    config = plain;
    config.arguments = list;
    assert_refused(&config, snapshot, CORDON_INVALID_ARGUMENT);
    config = plain;
    config.directory = "/";
    assert_refused(&config, snapshot, CORDON_INVALID_ARGUMENT);
    config = plain;
    config.mounts = &mount;
    config.mount_count = 1;
    assert_refused(&config, snapshot, CORDON_INVALID_ARGUMENT);
    config = plain;
    config.clock = (cordon_clock_mode)9;
    assert_refused(&config, snapshot, CORDON_INVALID_ARGUMENT);
    assert_refused(&plain, NULL, CORDON_INVALID_ARGUMENT);
    cordon_sandbox_destroy(restore_with(&plain, snapshot)); /* the twin */
    cordon_sandbox_destroy(first);
    cordon_snapshot_destroy(snapshot);
}

static void clock_and_random_bytes_of_the_host_are_asked_anew(void **state)
{
    cordon_sandbox *first = sandbox_with("import time, os");
    cordon_snapshot *snapshot = snapshot_of(first);
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    (void)state;
    config.clock = CORDON_CLOCK_REAL;
    config.random = CORDON_RANDOM_HOST;
    cordon_sandbox *next = restore_with(&config, snapshot);
    int64_t before = number_of(next, "time.time_ns() // 1000000");
    test_sleep_ms(30);
    assert_true(number_of(next, "time.time_ns() // 1000000") >= before + 25);
    assert_value(next, "len({os.urandom(8) for _ in range(1000)})", "1000");
    cordon_snapshot *again = snapshot_of(next);
    cordon_sandbox *plain = restore_with(NULL, again); /* without what was granted */
    assert_value(plain, "a = time.time_ns()\nb = time.time_ns()\n[len(os.urandom(8)), 0 < b - a < 10 ** 8]", "[8,true]");
    cordon_sandbox_destroy(first);
    cordon_sandbox_destroy(next);
    cordon_sandbox_destroy(plain);
    cordon_snapshot_destroy(snapshot);
    cordon_snapshot_destroy(again);
}

/* ---- Mounted folders ---- */

enum { DATA = 0, ONLY_READ, OVER, FOLDERS };

/* Folders of the host, each with one file, "text". */
typedef struct host_folders {
    char paths[FOLDERS][64];
    cordon_mount mounts[FOLDERS];
    cordon_sandbox_config config;
} host_folders;

static void make_folders(host_folders *folders, const char *content)
{
    static const char *const places[] = {[DATA] = "/data", [ONLY_READ] = "/ro", [OVER] = "/over"};
    static const cordon_mount_mode modes[] = {[DATA] = CORDON_MOUNT_READ_WRITE, [ONLY_READ] = CORDON_MOUNT_READ_ONLY, [OVER] = CORDON_MOUNT_OVERLAY};
    char path[80];
    for (int i = 0; i < FOLDERS; i++) {
        strcpy(folders->paths[i], "/tmp/cordon-test-snapshot-XXXXXX");
        assert_non_null(mkdtemp(folders->paths[i]));
        snprintf(path, sizeof path, "%s/text", folders->paths[i]);
        write_file(path, content, strlen(content));
        folders->mounts[i] = (cordon_mount){.source = folders->paths[i], .path = places[i], .mode = modes[i]};
    }
    folders->config = (cordon_sandbox_config)CORDON_SANDBOX_CONFIG_INIT;
    folders->config.mounts = folders->mounts;
    folders->config.mount_count = FOLDERS;
}

static void remove_folders(host_folders *folders)
{
    char command[128];
    for (int i = 0; i < FOLDERS; i++) {
        snprintf(command, sizeof command, "rm -r %s", folders->paths[i]);
        assert_int_equal(system(command), 0);
    }
}

static bool has_file(const host_folders *folders, int folder, const char *name)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", folders->paths[folder], name);
    return access(path, F_OK) == 0;
}

static cordon_sandbox *sandbox_in(const host_folders *folders)
{
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    check_status(cordon_sandbox_create(engine, &folders->config, &sandbox, &error), &error);
    return sandbox;
}

static void mounted_folders_are_those_that_are_granted_again(void **state)
{
    host_folders first, second;
    (void)state;
    make_folders(&first, "first");
    make_folders(&second, "second");
    cordon_sandbox *sandbox = sandbox_in(&first);
    run(sandbox, "import os\nos.chdir('/data')\nseen = [open(f + '/text').read() for f in ('/data', '/ro', '/over')]\nfolder = os.open('/data', os.O_RDONLY)\nnames = os.scandir('/ro')\nnext(names)");
    cordon_snapshot *snapshot = snapshot_of(sandbox);
    cordon_sandbox *next = restore_with(&second.config, snapshot);
    assert_value(next, "[seen, os.getcwd(), open('text').read(), open('/over/text').read(), os.listdir(folder)]", "[[\"first\",\"first\",\"first\"],\"/data\",\"second\",\"second\",[\"text\"]]");
    run(next, "open('written', 'w').write('x'); open('/over/written', 'w').write('y')\n"
              "try:\n    open('/ro/written', 'w')\nexcept OSError as error:\n    refused = error.errno");
    assert_value(next, "[refused, open('/over/written').read(), os.path.exists('/over/text')]", "[30,\"y\",true]");
    assert_true(has_file(&second, DATA, "written") && !has_file(&second, ONLY_READ, "written") && !has_file(&second, OVER, "written"));
    assert_false(has_file(&first, DATA, "written"));
    cordon_error error;
    check_status(cordon_sandbox_clear(next, &error), &error);
    assert_value(next, "import os; [os.path.exists('/data/written'), os.path.exists('/over/written'), 'seen' in globals()]", "[true,false,false]");
    run(sandbox, "open('by the first', 'w').close()"); /* it goes on where it was */
    assert_true(has_file(&first, DATA, "by the first") && !has_file(&second, DATA, "by the first"));
    cordon_sandbox_destroy(next);
    cordon_sandbox_destroy(sandbox);
    cordon_snapshot_destroy(snapshot);
    remove_folders(&first);
    remove_folders(&second);
}

static void other_mounts_than_its_own_are_refused(void **state)
{
    host_folders folders;
    cordon_error error;
    cordon_value *mounts = NULL;
    char *text = NULL;
    (void)state;
    make_folders(&folders, "text");
    cordon_sandbox *sandbox = sandbox_in(&folders), *none = test_sandbox(engine);
    cordon_snapshot *snapshot = snapshot_of(sandbox), *without = snapshot_of(none);
    check_status(cordon_snapshot_mounts(snapshot, &mounts, &error), &error);
    check_status(cordon_value_to_json(mounts, &text, NULL, &error), &error);
    assert_string_equal(text, "[{\"path\":\"/data\",\"mode\":\"rw\"},{\"path\":\"/ro\",\"mode\":\"ro\"},{\"path\":\"/over\",\"mode\":\"overlay\"}]");
    const cordon_sandbox_config plain = CORDON_SANDBOX_CONFIG_INIT;
    cordon_sandbox_config config = folders.config;
    cordon_mount changed[FOLDERS];
    config.mounts = changed;
    assert_refused(&plain, snapshot, CORDON_INVALID_ARGUMENT);
    assert_refused(NULL, snapshot, CORDON_INVALID_ARGUMENT);
    assert_refused(&folders.config, without, CORDON_INVALID_ARGUMENT);
    memcpy(changed, folders.mounts, sizeof changed);
    config.mount_count = FOLDERS - 1;
    assert_refused(&config, snapshot, CORDON_INVALID_ARGUMENT);
    config.mount_count = FOLDERS;
    changed[1].path = "/other";
    assert_refused(&config, snapshot, CORDON_INVALID_ARGUMENT);
    changed[1].path = NULL;
    assert_refused(&config, snapshot, CORDON_INVALID_ARGUMENT);
    memcpy(changed, folders.mounts, sizeof changed);
    changed[1].mode = CORDON_MOUNT_READ_WRITE; /* more than it had */
    assert_refused(&config, snapshot, CORDON_INVALID_ARGUMENT);
    changed[0] = folders.mounts[1], changed[1] = folders.mounts[0];
    assert_refused(&config, snapshot, CORDON_INVALID_ARGUMENT);
    memcpy(changed, folders.mounts, sizeof changed);
    changed[0].source = "/nowhere/at/all"; /* right for the snapshot, and nothing that there is */
    assert_refused(&config, snapshot, CORDON_HOST_FAILURE);
    memcpy(changed, folders.mounts, sizeof changed);
    cordon_sandbox_destroy(restore_with(&config, snapshot)); /* the twins */
    cordon_sandbox_destroy(restore_with(NULL, without));
    cordon_value_destroy(mounts);
    cordon_text_release(text);
    cordon_sandbox_destroy(sandbox);
    cordon_sandbox_destroy(none);
    cordon_snapshot_destroy(snapshot);
    cordon_snapshot_destroy(without);
    remove_folders(&folders);
}

static void what_lies_in_the_host_is_not_taken(void **state)
{
    static const struct {
        const char *source, *undone, *said; /* undone NULL: that cannot be */
    } cases[] = {
        {"f = open('/data/text')", "f.close()", "a file or folder of /data is open"},
        {"f = open('/over/text'); g = open('/ro/text')", "f.close(); g.close()", "of /ro is open"},
        {"open('/over/more', 'w').close()", NULL, "the overlay /over has changes"},
        {"import os; os.unlink('/over/text')", NULL, "the overlay /over has changes"},
    };
    host_folders folders;
    (void)state;
    make_folders(&folders, "text");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cordon_error error;
        cordon_snapshot *snapshot = NULL;
        cordon_sandbox *sandbox = sandbox_in(&folders);
        run(sandbox, "own = open('/tmp/own', 'w'); seen = open('/over/text').read()");
        cordon_snapshot_destroy(snapshot_of(sandbox)); /* the twin: files in its memory may be open, and overlays read */
        run(sandbox, cases[i].source);
        assert_int_equal(cordon_sandbox_snapshot(sandbox, NULL, &snapshot, &error), CORDON_UNSUPPORTED);
        assert_null(snapshot);
        if (strstr(error.message, cases[i].said) == NULL)
            fail_msg("%s: %s", cases[i].source, error.message);
        if (cases[i].undone != NULL) {
            run(sandbox, cases[i].undone);
            cordon_snapshot_destroy(snapshot_of(sandbox));
        }
        assert_value(sandbox, "6 * 7", "42");
        cordon_sandbox_destroy(sandbox);
    }
    remove_folders(&folders);
}

static void sandbox_that_has_ended_is_not_taken(void **state)
{
    cordon_error error;
    cordon_snapshot *snapshot = NULL;
    cordon_sandbox *sandbox = test_sandbox(engine);
    (void)state;
    cordon_result_destroy(test_execute(sandbox, "import os\nos._exit(0)"));
    assert_int_equal(cordon_sandbox_snapshot(sandbox, NULL, &snapshot, &error), CORDON_SANDBOX_ENDED);
    assert_null(snapshot);
    assert_int_equal(cordon_sandbox_snapshot(NULL, NULL, &snapshot, &error), CORDON_INVALID_ARGUMENT);
    cordon_sandbox_destroy(sandbox);
}

static int set_up_engine(void **state)
{
    (void)state;
    engine = test_engine(NULL);
    return 0;
}

static int tear_down_engine(void **state)
{
    (void)state;
    cordon_engine_destroy(engine);
    return 0;
}

int main(int count, char **arguments)
{
    self = arguments[0];
    test_image = count > 1 ? arguments[1] : "bin/cordon-sandbox";
    if (count == 4)
        return restore_here(arguments[2], arguments[3]);
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(snapshots_of_what_was_restored_continue_too),
        cmocka_unit_test(one_snapshot_is_many_sandboxes),
        cmocka_unit_test(sandbox_that_ran_nothing_is_one_too),
        cmocka_unit_test(what_is_under_way_is_in_it),
        cmocka_unit_test(restored_ones_can_be_cleared_and_cleared_ones_taken),
        cmocka_unit_test(restored_ones_survive_limits_where_sessions_are_kept),
        cmocka_unit_test(limits_are_those_of_the_new_sandbox),
        cmocka_unit_test(limits_of_the_former_sandbox_are_gone),
        cmocka_unit_test(more_memory_than_its_limit_is_refused),
        cmocka_unit_test(time_and_random_bytes_are_fresh),
        cmocka_unit_test(deterministic_ones_continue_byte_for_byte),
        cmocka_unit_test(callbacks_are_those_of_the_new_engine),
        cmocka_unit_test(configuration_names_nothing_that_comes_with_the_snapshot),
        cmocka_unit_test(clock_and_random_bytes_of_the_host_are_asked_anew),
        cmocka_unit_test(mounted_folders_are_those_that_are_granted_again),
        cmocka_unit_test(other_mounts_than_its_own_are_refused),
        cmocka_unit_test(what_lies_in_the_host_is_not_taken),
        cmocka_unit_test(sandbox_that_has_ended_is_not_taken),
    };
    struct CMUnitTest cases[STATE_CASES];
    for (int i = 0; i < STATE_CASES; i++)
        cases[i] = (struct CMUnitTest){.name = state_cases[i].name, .test_func = state_case_run, .initial_state = (void *)&state_cases[i]};
    int failed = cmocka_run_group_tests_name("snapshot_state", cases, set_up_engine, tear_down_engine);
    return failed + cmocka_run_group_tests_name("snapshot", others, set_up_engine, tear_down_engine);
}
