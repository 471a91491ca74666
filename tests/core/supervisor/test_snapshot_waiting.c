/* Snapshots of sandboxes in the middle of an execution that waits for the host, with the real image: stack, C frames, threads and tasks go on where they were, in the same process and in another
 * one. `test_snapshot_waiting IMAGE` runs the tests; `test_snapshot_waiting IMAGE FILE` restores FILE, answers what it waits for, and prints the value. */
#include "engine_support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char key[] = "the key of these tests, as long as it needs to be";
static const char *self; /* this program */
static cordon_engine *engine;

enum { ANSWERS_MAX = 64, STRETCHES_MAX = 200 };

static cordon_engine *engine_with_effects(void)
{
    cordon_error error;
    cordon_engine *made = test_engine(NULL);
    cordon_callback callback = CORDON_CALLBACK_INIT;
    callback.name = "ask";
    callback.takes_anything = true;
    callback.is_effect = true;
    check_status(cordon_engine_register(made, &callback, &error), &error);
    return made;
}

static cordon_snapshot *snapshot_of(cordon_sandbox *sandbox)
{
    cordon_error error;
    cordon_snapshot *snapshot = NULL;
    check_status(cordon_sandbox_snapshot(sandbox, NULL, &snapshot, &error), &error);
    return snapshot;
}

static cordon_sandbox *restored(const cordon_snapshot *snapshot)
{
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    check_status(cordon_sandbox_restore(engine, NULL, snapshot, &sandbox, &error), &error);
    return sandbox;
}

/* Each effect is answered with its first argument, of several the last asked first. */
static cordon_result *resume(cordon_sandbox *sandbox)
{
    cordon_error error;
    cordon_result *result = NULL;
    cordon_effect_answer answers[ANSWERS_MAX];
    cordon_resumption resumption = CORDON_RESUMPTION_INIT;
    const cordon_suspension *suspension = cordon_sandbox_suspension(sandbox);
    if (suspension == NULL || suspension->effect_count > ANSWERS_MAX)
        return NULL;
    for (size_t i = 0; i < suspension->effect_count; i++) {
        const cordon_effect *effect = &suspension->effects[suspension->effect_count - 1 - i];
        answers[i] = (cordon_effect_answer){.id = effect->id, .value = cordon_value_at(effect->positional, 0)};
    }
    resumption.answers = answers;
    resumption.answer_count = suspension->effect_count;
    if (cordon_sandbox_resume(sandbox, &resumption, &result, &error) != CORDON_OK)
        fprintf(stderr, "%s\n", error.message);
    return result;
}

/* Until it has nothing to wait for; the JSON of the value is the caller's. */
static char *value_at_end(cordon_sandbox *sandbox)
{
    char *text = NULL;
    cordon_result *result = NULL;
    for (int i = 0; i < STRETCHES_MAX && (result == NULL || result->outcome == CORDON_OUTCOME_SUSPENDED); i++) {
        cordon_result_destroy(result);
        result = resume(sandbox);
        if (result == NULL)
            return NULL;
    }
    if (result->outcome != CORDON_OUTCOME_OK)
        fprintf(stderr, "%s: %s\n%s\n", cordon_outcome_name(result->outcome), result->message, result->exception ? result->exception->traceback : "");
    else
        (void)cordon_value_to_json(result->value, &text, NULL, NULL);
    cordon_result_destroy(result);
    return text;
}

static void assert_goes_on(cordon_sandbox *sandbox, const char *json)
{
    char *text = value_at_end(sandbox);
    assert_non_null(text);
    assert_string_equal(text, json);
    cordon_text_release(text);
    assert_value(sandbox, "6 * 7", "42"); /* and rests after that */
}

static void assert_suspended(cordon_sandbox *sandbox, const char *source)
{
    cordon_result *result = test_execute(sandbox, source);
    assert_outcome(result, CORDON_OUTCOME_SUSPENDED);
    cordon_result_destroy(result);
}

/* ---- In another process ---- */

static int restore_here(const char *path)
{
    static char data[64 << 20];
    cordon_error error = {0};
    cordon_snapshot *snapshot = NULL;
    cordon_sandbox *sandbox = NULL;
    FILE *file = fopen(path, "rb");
    size_t size = file != NULL ? fread(data, 1, sizeof data, file) : 0;
    char *text = NULL;
    if (file != NULL)
        (void)fclose(file);
    engine = engine_with_effects();
    if (cordon_snapshot_decode(data, size, key, sizeof key, &snapshot, &error) == CORDON_OK &&
        cordon_sandbox_restore(engine, NULL, snapshot, &sandbox, &error) == CORDON_OK)
        text = value_at_end(sandbox);
    printf("%s", text != NULL ? text : error.message);
    bool is_done = text != NULL;
    cordon_text_release(text);
    cordon_sandbox_destroy(sandbox);
    cordon_snapshot_destroy(snapshot);
    cordon_engine_destroy(engine);
    return is_done ? 0 : 1;
}

static void assert_goes_on_elsewhere(const cordon_snapshot *snapshot, const char *json)
{
    char path[64], command[4500], text[4096];
    cordon_error error;
    void *data = NULL;
    size_t size = 0;
    snprintf(path, sizeof path, "/tmp/cordon-test-waiting-%d", (int)getpid());
    check_status(cordon_snapshot_encode(snapshot, key, sizeof key, &data, &size, &error), &error);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    cordon_snapshot_bytes_release(data);
    snprintf(command, sizeof command, "'%s' '%s' '%s'", self, test_image, path);
    FILE *other = popen(command, "r");
    assert_non_null(other);
    text[fread(text, 1, sizeof text - 1, other)] = '\0';
    int status = pclose(other);
    assert_int_equal(unlink(path), 0);
    assert_string_equal(text, json);
    assert_int_equal(status, 0);
}

/* ---- Where it may wait ---- */

#define ASK "import cordon\ndef ask(x): return cordon.call('ask', x)\n"

static const struct waiting_case {
    const char *name, *source, *value;
} waiting_cases[] = {
    {"in_a_call", ASK "ask(5) + 1", "6"},
    {"in_nested_calls", ASK "def f(n): return f(n - 1) + 1 if n else ask(100)\nf(200)", "300"},
    {"under_sorted", ASK "sorted([3, 1, 2], key=lambda n: ask(n))", "[1,2,3]"},
    {"under_sorted_in_the_middle", ASK "seen = []\ndef k(n):\n    seen.append(n)\n    return ask(n) if n == 2 else n\n[sorted([3, 2, 1], key=k), seen]", "[[1,2,3],[3,2,1]]"},
    {"under_map_and_functools", ASK "import functools\nfunctools.reduce(lambda a, b: a + ask(b), map(ask, [1, 2, 3]))", "6"},
    {"under_a_regular_expression", ASK "import re\nre.sub('[0-9]', lambda m: ask(m.group() * 2), 'a1b2')", "\"a11b22\""},
    {"under_json_and_a_hook", ASK "import json\njson.loads('[{\"a\": 1}, {\"b\": 2}]', object_hook=lambda d: ask(list(d.values())))", "[[1],[2]]"},
    {"in_a_comparison_of_a_dict_key", ASK "class K:\n    def __hash__(self): return 1\n    def __eq__(self, other): return ask(True)\nd = {K(): 'found'}\nd[K()]", "\"found\""},
    {"in_a_descriptor_and_a_metaclass", ASK "class M(type):\n    def __new__(m, n, b, d): return super().__new__(m, n, b, d | {'x': ask(9)})\nclass C(metaclass=M): pass\nC.x", "9"},
    {"in_an_import", ASK "open('asks.py', 'w').write('import cordon\\nvalue = cordon.call(\"ask\", 4)')\nimport sys\nsys.path.insert(0, '.')\nimport asks\nasks.value", "4"},
    {"in_a_generator", ASK "def g():\n    for n in range(3): yield ask(n)\nlist(g())", "[0,1,2]"},
    {"in_a_finally", ASK "log = []\ndef f():\n    try: raise ValueError('v')\n    except ValueError as e:\n        log.append(ask(str(e)))\n        raise\n    finally: log.append(ask('end'))\ntry: f()\nexcept ValueError: pass\nlog", "[\"v\",\"end\"]"},
    {"in_a_finaliser", ASK "log = []\nclass F:\n    def __del__(self): log.append(ask('gone'))\nf = F()\ndel f\nlog", "[\"gone\"]"},
    {"under_a_lock", ASK "import threading\nlock = threading.RLock()\nwith lock:\n    with lock: x = ask(1)\n[x, lock._is_owned()]", "[1,false]"},
    {"in_threads", ASK "import threading\nout = {}\ndef work(n): out[n] = ask(n) + ask(n)\nts = [threading.Thread(target=work, args=(n,)) for n in range(5)]\n[t.start() for t in ts]\n[t.join() for t in ts]\nsum(out.values())", "20"},
    {"in_a_chain_of_awaits", "import cordon\nasync def chain(n): return (await chain(n - 1)) + 1 if n else await cordon.call_async('ask', 10)\nawait chain(30)", "40"},
    {"in_a_gather", "import asyncio, cordon\nawait asyncio.gather(*(cordon.call_async('ask', n) for n in range(6)))", "[0,1,2,3,4,5]"},
    {"beside_tasks_that_sleep", "import asyncio, cordon\nlog = []\nasync def slow():\n    await asyncio.sleep(50000)\n    log.append('slept')\nasync def both():\n    t = asyncio.create_task(slow())\n    x = await cordon.call_async('ask', 3)\n    await t\n    return x\n[await both(), log]",
     "[3,[\"slept\"]]"},
    {"in_an_asynchronous_generator", "import cordon\nasync def g():\n    for n in range(3): yield await cordon.call_async('ask', n)\n[x async for x in g()]", "[0,1,2]"},
    {"with_a_file_half_read", ASK "open('f', 'w').write('a\\nb\\nc\\n')\n[[line.strip(), ask(1)] for line in open('f')]", "[[\"a\",1],[\"b\",1],[\"c\",1]]"},
    {"with_sqlite_that_calls_back", ASK "import sqlite3\ndb = sqlite3.connect(':memory:')\ndb.create_function('ask', 1, ask)\ndb.execute('select ask(7) + ask(8)').fetchone()[0]", "15"},
    {"with_decimal_context", ASK "import decimal\nwith decimal.localcontext() as c:\n    c.prec = 4\n    x = decimal.Decimal(ask(1)) / 3\nstr(x)", "\"0.3333\""},
    {"with_random_state", ASK "import random\nrandom.seed(1)\na = random.random()\nask(0)\n[random.random() == 0.8474337369372327, a == 0.13436424411240122]", "[true,true]"},
    {"with_printed_output", ASK "print('before', end='')\nask(1)", "1"},
};

static void waiting_case_run(void **state)
{
    const struct waiting_case *row = *state;
    cordon_sandbox *first = test_sandbox(engine);
    assert_suspended(first, row->source);
    cordon_snapshot *snapshot = snapshot_of(first);
    for (int i = 0; i < 2; i++) {
        cordon_sandbox *next = restored(snapshot);
        assert_goes_on(next, row->value);
        cordon_sandbox_destroy(next);
    }
    assert_goes_on(first, row->value); /* it did not notice */
    assert_goes_on_elsewhere(snapshot, row->value);
    cordon_sandbox_destroy(first);
    cordon_snapshot_destroy(snapshot);
}

enum { WAITING_CASES = sizeof waiting_cases / sizeof *waiting_cases };

/* Every stop of a long run is stored, and its sandbox thrown away. */
static void a_run_may_be_carried_from_sandbox_to_sandbox(void **state)
{
    cordon_snapshot_description described = CORDON_SNAPSHOT_DESCRIPTION_INIT;
    cordon_sandbox *sandbox = test_sandbox(engine);
    cordon_result *result = test_execute(sandbox, ASK "total = 0\nfor n in range(20):\n    total += ask(n)\ntotal");
    (void)state;
    for (int stretch = 0; result->outcome == CORDON_OUTCOME_SUSPENDED; stretch++) {
        cordon_result_destroy(result);
        assert_true(stretch < 20);
        cordon_snapshot *snapshot = snapshot_of(sandbox);
        assert_int_equal(cordon_snapshot_describe(snapshot, &described, NULL), CORDON_OK);
        assert_int_equal(described.state, CORDON_SNAPSHOT_WAITING);
        cordon_sandbox_destroy(sandbox);
        sandbox = restored(snapshot);
        cordon_snapshot_destroy(snapshot);
        result = resume(sandbox);
        assert_non_null(result);
    }
    assert_outcome(result, CORDON_OUTCOME_OK);
    int64_t total = 0;
    assert_true(cordon_value_get_int(result->value, &total));
    assert_int_equal(total, 190);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

static void fuel_that_was_used_stays_used(void **state)
{
    static const char source[] = ASK "def burn():\n    for _ in range(30000): pass\nburn()\nask(1)\nburn()\n'done'";
    cordon_error error;
    cordon_sandbox *first = test_sandbox(engine), *next = NULL;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    (void)state;
    assert_suspended(first, source);
    cordon_snapshot *snapshot = snapshot_of(first);
    config.limits.value[CORDON_LIMIT_FUEL] = 50000; /* enough for either half, and not for both */
    check_status(cordon_sandbox_restore(engine, &config, snapshot, &next, &error), &error);
    cordon_result *result = resume(next);
    assert_outcome(result, CORDON_OUTCOME_LIMIT_FUEL);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(next);
    config.limits.value[CORDON_LIMIT_FUEL] = 80000;
    check_status(cordon_sandbox_restore(engine, &config, snapshot, &next, &error), &error);
    assert_goes_on(next, "\"done\"");
    cordon_sandbox_destroy(next);
    cordon_sandbox_destroy(first);
    cordon_snapshot_destroy(snapshot);
}

/* ---- Within a callback ---- */

static cordon_sandbox *asking;       /* that calls */
static cordon_snapshot *taken;       /* by the callback */
static cordon_status taken_status;
static char taken_message[256];

static void take_and_answer(void *context, cordon_call *call)
{
    cordon_error error = {0};
    (void)context;
    taken_status = cordon_sandbox_snapshot(asking, NULL, &taken, &error);
    snprintf(taken_message, sizeof taken_message, "%s", error.message);
    cordon_call_answer(call, cordon_value_copy(cordon_value_at(cordon_call_positional(call), 0)));
}

static void answer_and_take(void *context, cordon_call *call)
{
    (void)context;
    cordon_call_answer(call, cordon_value_int(1));
    taken_status = cordon_sandbox_snapshot(asking, NULL, &taken, NULL);
}

static cordon_call *kept;

static void keep(void *context, cordon_call *call)
{
    (void)context;
    kept = call;
}

static void *take_elsewhere(void *status_out)
{
    cordon_snapshot *snapshot = NULL;
    *(cordon_status *)status_out = cordon_sandbox_snapshot(asking, NULL, &snapshot, NULL);
    cordon_snapshot_destroy(snapshot);
    return NULL;
}

static void take_on_another_thread(void *context, cordon_call *call)
{
    pthread_t thread;
    (void)context;
    assert_int_equal(pthread_create(&thread, NULL, take_elsewhere, &taken_status), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    cordon_call_answer(call, NULL);
}

static void set_up_asking_with(const cordon_sandbox_config *config)
{
    static const struct {
        const char *name;
        cordon_callback_function function;
    } functions[] = {{"take", take_and_answer}, {"late", answer_and_take}, {"keep", keep}, {"other_thread", take_on_another_thread}};
    cordon_error error;
    asking = NULL;
    taken = NULL;
    check_status(cordon_sandbox_create(engine, config, &asking, &error), &error);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        cordon_callback callback = CORDON_CALLBACK_INIT;
        callback.name = functions[i].name;
        callback.takes_anything = true;
        callback.function = functions[i].function;
        check_status(cordon_sandbox_register(asking, &callback, &error), &error);
    }
}

static void set_up_asking(void)
{
    set_up_asking_with(NULL);
}

static void in_a_callback_the_call_is_what_the_restored_one_waits_for(void **state)
{
    static const char *const sources[] = {
        "import cordon\nsorted([3, 1, 2], key=lambda n: cordon.call('take', n) if n == 1 else n)",
        "import cordon\nasync def chain(n): return (await chain(n - 1)) if n else await cordon.call_async('take', [1, 2, 3])\nawait chain(10)",
        "import cordon\nprint('before', flush=True)\nx = cordon.call('take', [1, 2, 3], more='named')\nx",
    };
    (void)state;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        set_up_asking();
        assert_value(asking, sources[i], "[1,2,3]"); /* here the callback answers, as ever */
        if (taken_status != CORDON_OK)
            fail_msg("%s", taken_message);
        for (int copy = 0; copy < 2; copy++) {
            cordon_sandbox *next = restored(taken);
            const cordon_suspension *suspension = cordon_sandbox_suspension(next);
            assert_non_null(suspension);
            assert_int_equal(suspension->effect_count, 1);
            assert_string_equal(suspension->effects[0].name, "take");
            assert_goes_on(next, "[1,2,3]");
            cordon_sandbox_destroy(next);
        }
        assert_goes_on_elsewhere(taken, "[1,2,3]");
        cordon_snapshot_destroy(taken);
        assert_value(asking, "6 * 7", "42");
        cordon_sandbox_destroy(asking);
    }
}

static void in_a_callback_effects_stay_pending_too(void **state)
{
    (void)state;
    set_up_asking();
    cordon_result *result = test_execute(asking, "import asyncio, cordon\nasync def both():\n    t = asyncio.create_task(cordon.call_async('ask', 1))\n    await asyncio.sleep(0)\n    x = await "
                                                 "cordon.call_async('take', 2)\n    return [x, await t]\nawait both()");
    assert_outcome(result, CORDON_OUTCOME_SUSPENDED); /* for the effect; the callback has answered */
    assert_int_equal(result->suspension->effect_count, 1);
    cordon_result_destroy(result);
    if (taken_status != CORDON_OK)
        fail_msg("%s", taken_message);
    cordon_sandbox *next = restored(taken);
    assert_int_equal(cordon_sandbox_suspension(next)->effect_count, 2);
    assert_goes_on(next, "[2,1]");
    assert_goes_on(asking, "[2,1]");
    cordon_sandbox_destroy(next);
    cordon_snapshot_destroy(taken);
    cordon_sandbox_destroy(asking);
}

static void in_a_callback_it_is_refused_where_more_is_under_way(void **state)
{
    static const struct {
        const char *source, *says;
    } rows[] = {
        {"import cordon, asyncio\nasync def f():\n    k = asyncio.create_task(cordon.call_async('keep'))\n    await asyncio.sleep(0)\n    return await cordon.call_async('take', 1)\nawait f()", "others are unanswered"},
        {"import cordon, asyncio\nasync def f():\n    t = asyncio.create_task(asyncio.sleep(0.2))\n    await asyncio.sleep(0)\n    x = await cordon.call_async('take', 1)\n    await t\n    return x\nawait f()",
         "less than a second"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        set_up_asking();
        kept = NULL;
        assert_value(asking, rows[i].source, "1"); /* and does no harm */
        assert_int_equal(taken_status, CORDON_UNSUPPORTED);
        assert_non_null(strstr(taken_message, rows[i].says));
        assert_null(taken);
        if (kept != NULL)
            cordon_call_answer(kept, NULL);
        cordon_sandbox_destroy(asking);
    }
    set_up_asking();
    assert_value(asking, "import cordon\ncordon.call('late')", "1");
    assert_int_equal(taken_status, CORDON_UNSUPPORTED);
    assert_value(asking, "cordon.call('other_thread') is None", "true");
    assert_int_equal(taken_status, CORDON_BUSY);
    cordon_sandbox_destroy(asking);
}

static void in_a_callback_nothing_of_a_mounted_folder_may_be_open(void **state)
{
    enum { FIRST = 0, SECOND, FOLDERS };
    static const char *const contents[FOLDERS] = {"1", "2"};
    char folders[FOLDERS][40], path[96];
    cordon_mount mount = {.path = "/data"};
    cordon_error error;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    cordon_sandbox *next = NULL;
    (void)state;
    for (int i = 0; i < FOLDERS; i++) {
        strcpy(folders[i], "/tmp/cordon-test-waiting-XXXXXX");
        assert_non_null(mkdtemp(folders[i]));
        snprintf(path, sizeof path, "%s/text", folders[i]);
        FILE *file = fopen(path, "w");
        assert_true(file != NULL && fputs(contents[i], file) >= 0 && fclose(file) == 0);
    }
    mount.source = folders[FIRST];
    config.mounts = &mount;
    config.mount_count = 1;
    set_up_asking_with(&config);
    assert_value(asking, "import cordon\nwith open('/data/text') as f: x = cordon.call('take', f.read())\nx", "\"1\"");
    assert_int_equal(taken_status, CORDON_UNSUPPORTED);
    assert_non_null(strstr(taken_message, "of /data is open"));
    assert_value(asking, "cordon.call('take', open('/data/text').read()) + open('/data/text').read()", "\"11\"");
    if (taken_status != CORDON_OK)
        fail_msg("%s", taken_message);
    assert_int_equal(cordon_sandbox_restore(engine, NULL, taken, &next, &error), CORDON_INVALID_ARGUMENT);
    mount.source = folders[SECOND];
    check_status(cordon_sandbox_restore(engine, &config, taken, &next, &error), &error);
    assert_goes_on(next, "\"12\"");
    cordon_sandbox_destroy(next);
    cordon_sandbox_destroy(asking);
    cordon_snapshot_destroy(taken);
    for (int i = 0; i < FOLDERS; i++) {
        snprintf(path, sizeof path, "%s/text", folders[i]);
        assert_int_equal(unlink(path) + rmdir(folders[i]), 0);
    }
}

/* ---- Traced ---- */

enum { TOLD_SIZE = 8192 };

static int write_steps(void *context, const cordon_trace_event *events, size_t count)
{
    char *text = context;
    for (size_t i = 0; i < count; i++)
        snprintf(text + strlen(text), TOLD_SIZE - strlen(text), "%u %s %s:%u thread %u %s %u\n", events[i].kind, events[i].function, events[i].file, events[i].line, events[i].thread,
                 events[i].name != NULL ? events[i].name : "", events[i].call);
    return 0;
}

/* What is told from the one suspension to the next, or to the end. */
static cordon_result *resume_traced(cordon_sandbox *sandbox, char told_out[TOLD_SIZE])
{
    cordon_error error;
    cordon_result *result = NULL;
    cordon_effect_answer answer = {.id = cordon_sandbox_suspension(sandbox)->effects[0].id};
    cordon_resumption resumption = CORDON_RESUMPTION_INIT;
    resumption.answers = &answer;
    resumption.answer_count = 1;
    resumption.on_trace = write_steps;
    resumption.trace_context = told_out;
    told_out[0] = '\0';
    check_status(cordon_sandbox_resume(sandbox, &resumption, &result, &error), &error);
    return result;
}

static const char traced_source[] = "import threading, cordon\n"
                                    "def f(n):\n    x = cordon.call('ask', n)\n    return x is None\n"
                                    "def g():\n    try:\n        raise ValueError\n    except ValueError:\n        return f(1)\n"
                                    "seen = [g()]\n"
                                    "t = threading.Thread(target=lambda: seen.append(g()))\nt.start()\nt.join()\n"
                                    "seen.append(f(2))\nseen\n";

/* Beside the sandbox that the snapshot was taken of: step by step the same, also where it waits in a thread that is not the first. */
static void traced_executions_go_on_being_traced(void **state)
{
    static char first[TOLD_SIZE], own[TOLD_SIZE], restoreds[TOLD_SIZE];
    cordon_error error;
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_result *result = NULL;
    cordon_sandbox *sandbox = test_sandbox(engine);
    unsigned stretches = 0;
    (void)state;
    request.source = traced_source;
    request.trace = CORDON_TRACE_LINE | CORDON_TRACE_CALL | CORDON_TRACE_RETURN | CORDON_TRACE_EXCEPTION | CORDON_TRACE_HOST_CALL_START | CORDON_TRACE_HOST_CALL_END;
    request.on_trace = write_steps;
    request.trace_context = first;
    check_status(cordon_sandbox_execute(sandbox, &request, &result, &error), &error);
    assert_non_null(strstr(first, "ValueError"));
    while (result->outcome == CORDON_OUTCOME_SUSPENDED) {
        cordon_snapshot_description description = CORDON_SNAPSHOT_DESCRIPTION_INIT;
        cordon_snapshot *snapshot = snapshot_of(sandbox);
        cordon_sandbox *next = restored(snapshot), *quiet = restored(snapshot);
        check_status(cordon_snapshot_describe(snapshot, &description, &error), &error);
        assert_true(description.is_traced);
        uint64_t before = result->figures.trace_events;
        cordon_result_destroy(result);
        result = resume_traced(sandbox, own);
        cordon_result *others = resume_traced(next, restoreds);
        assert_string_equal(restoreds, own);
        assert_non_null(strstr(own, " f <execution 1>:"));
        assert_int_equal(others->outcome, result->outcome);
        assert_int_equal(others->figures.trace_events, result->figures.trace_events);
        assert_true(others->figures.trace_events > before);
        cordon_result_destroy(others);
        others = resume(quiet); /* nobody is told, and nothing is different */
        assert_int_equal(others->figures.trace_events, result->figures.trace_events);
        cordon_result_destroy(others);
        cordon_sandbox_destroy(next);
        cordon_sandbox_destroy(quiet);
        cordon_snapshot_destroy(snapshot);
        stretches++;
    }
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_int_equal(stretches, 3);
    cordon_result_destroy(result);
    cordon_snapshot *at_rest = snapshot_of(sandbox);
    cordon_snapshot_description description = CORDON_SNAPSHOT_DESCRIPTION_INIT;
    check_status(cordon_snapshot_describe(at_rest, &description, &error), &error);
    assert_false(description.is_traced); /* the trace was the execution's */
    cordon_snapshot_destroy(at_rest);
    cordon_sandbox_destroy(sandbox);
}

static int set_up_engine(void **state)
{
    (void)state;
    engine = engine_with_effects();
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
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(a_run_may_be_carried_from_sandbox_to_sandbox),
        cmocka_unit_test(fuel_that_was_used_stays_used),
        cmocka_unit_test(in_a_callback_the_call_is_what_the_restored_one_waits_for),
        cmocka_unit_test(in_a_callback_effects_stay_pending_too),
        cmocka_unit_test(in_a_callback_it_is_refused_where_more_is_under_way),
        cmocka_unit_test(in_a_callback_nothing_of_a_mounted_folder_may_be_open),
        cmocka_unit_test(traced_executions_go_on_being_traced),
    };
    struct CMUnitTest cases[WAITING_CASES];
    self = arguments[0];
    test_image = count > 1 ? arguments[1] : "bin/cordon-sandbox";
    if (count == 3)
        return restore_here(arguments[2]);
    for (int i = 0; i < WAITING_CASES; i++)
        cases[i] = (struct CMUnitTest){.name = waiting_cases[i].name, .test_func = waiting_case_run, .initial_state = (void *)&waiting_cases[i]};
    int failed = cmocka_run_group_tests_name("snapshot_waiting_cases", cases, set_up_engine, tear_down_engine);
    return failed + cmocka_run_group_tests_name("snapshot_waiting", others, set_up_engine, tear_down_engine);
}
