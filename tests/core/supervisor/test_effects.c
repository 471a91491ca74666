/* Effects through real workers: an execution is suspended where all it can do is to wait for the host, and goes on with what the host answers, in any order, from any thread, under one
 * budget; here or, after every suspension, in a fresh sandbox that was restored from stored bytes. */
#include "cordon/snapshot.h"
#include "engine_support.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STRETCHES_MAX = 256, ANSWERS_MAX = 64 };
#define HOUR_NS (3600ull * 1000000000u)

static cordon_engine *engine;
static cordon_sandbox *sandbox;

/* ---- Functions of the host ---- */

static void echo(void *context, cordon_call *call)
{
    (void)context;
    cordon_call_answer(call, cordon_value_copy(cordon_value_at(cordon_call_positional(call), 0)));
}

static void *answer_later(void *call)
{
    test_sleep_ms(20);
    cordon_call_answer(call, cordon_value_text("slow"));
    return NULL;
}

static void answer_slowly(void *context, cordon_call *call)
{
    pthread_t thread;
    (void)context;
    assert_int_equal(pthread_create(&thread, NULL, answer_later, call), 0);
    pthread_detach(thread);
}

static void add(const char *name, const cordon_parameter *parameters, size_t count, cordon_callback_function function)
{
    cordon_error error;
    cordon_callback callback = CORDON_CALLBACK_INIT;
    callback.name = name;
    callback.parameters = parameters;
    callback.parameter_count = count;
    callback.takes_anything = parameters == NULL;
    callback.function = function;
    callback.is_effect = function == NULL;
    check_status(cordon_engine_register(engine, &callback, &error), &error);
}

/* ---- Resuming ---- */

static cordon_result *resume_with(cordon_sandbox *with, const cordon_effect_answer *answers, size_t count)
{
    cordon_error error;
    cordon_result *result = NULL;
    cordon_resumption resumption = CORDON_RESUMPTION_INIT;
    resumption.answers = answers;
    resumption.answer_count = count;
    check_status(cordon_sandbox_resume(with, &resumption, &result, &error), &error);
    return result;
}

static cordon_result *resume_without(cordon_sandbox *with)
{
    return resume_with(with, NULL, 0);
}

static cordon_result *resume_one(cordon_sandbox *with, uint32_t id, int64_t number)
{
    cordon_value *value = cordon_value_int(number);
    cordon_result *result = resume_with(with, &(cordon_effect_answer){.id = id, .value = value}, 1);
    cordon_value_destroy(value);
    return result;
}

static uint32_t first_id(const cordon_result *result)
{
    assert_outcome(result, CORDON_OUTCOME_SUSPENDED);
    assert_non_null(result->suspension);
    assert_true(result->suspension->effect_count > 0);
    return result->suspension->effects[0].id;
}

/* Executes and expects it to be suspended. */
static uint32_t suspend(cordon_sandbox *with, const char *source)
{
    cordon_result *result = test_execute(with, source);
    uint32_t id = first_id(result);
    cordon_result_destroy(result);
    return id;
}

/* An effect is answered with its first argument, one called "fail" with an error. */
static cordon_effect_answer echo_of(const cordon_effect *effect)
{
    if (strcmp(effect->name, "fail") == 0)
        return (cordon_effect_answer){.id = effect->id, .error = "not today: \xe2\x82\xac", .error_type = "NotToday"};
    return (cordon_effect_answer){.id = effect->id, .value = cordon_value_at(effect->positional, 0)};
}

enum way { ALL, ALL_REVERSED, FIRST_ONLY, LAST_ONLY };
enum place { HERE, ELSEWHERE };

/* The same, from bytes, in a worker that knew nothing of it; the first is no more. `config` NULL: all defaults. */
static void move_elsewhere(cordon_sandbox **moved, const cordon_sandbox_config *config)
{
    static const unsigned char key[32] = "a key";
    cordon_error error;
    cordon_snapshot *taken = NULL, *read = NULL;
    void *bytes = NULL;
    size_t size = 0;
    check_status(cordon_sandbox_snapshot(*moved, NULL, &taken, &error), &error);
    check_status(cordon_snapshot_encode(taken, key, sizeof key, &bytes, &size, &error), &error);
    cordon_sandbox_destroy(*moved);
    check_status(cordon_snapshot_decode(bytes, size, key, sizeof key, &read, &error), &error);
    check_status(cordon_sandbox_restore(engine, config, read, moved, &error), &error);
    cordon_snapshot_bytes_release(bytes);
    cordon_snapshot_destroy(taken);
    cordon_snapshot_destroy(read);
}

/* Answers what is pending, so often as there is something. The last result is the caller's. */
static cordon_result *answer_until_end(cordon_sandbox **with, cordon_result *result, enum way way, enum place place, const cordon_sandbox_config *config, unsigned *stretches_out)
{
    unsigned stretches = 0;
    while (result->outcome == CORDON_OUTCOME_SUSPENDED) {
        if (place == ELSEWHERE) {
            move_elsewhere(with, config);
            assert_int_equal(cordon_sandbox_suspension(*with)->effect_count, result->suspension->effect_count);
        }
        cordon_effect_answer answers[ANSWERS_MAX];
        size_t count = result->suspension->effect_count;
        assert_true(count > 0 && count <= ANSWERS_MAX && ++stretches <= STRETCHES_MAX);
        for (size_t i = 0; i < count; i++)
            answers[way == ALL_REVERSED ? count - 1 - i : i] = echo_of(&result->suspension->effects[i]);
        cordon_result *next = resume_with(*with, way == LAST_ONLY ? &answers[count - 1] : answers, way == ALL || way == ALL_REVERSED ? count : 1);
        cordon_result_destroy(result);
        result = next;
    }
    *stretches_out = stretches;
    return result;
}

static void assert_json(const cordon_result *result, const char *json)
{
    char *text = NULL;
    assert_outcome(result, CORDON_OUTCOME_OK);
    check_status(cordon_value_to_json(result->value, &text, NULL, NULL), NULL);
    assert_string_equal(text, json);
    cordon_text_release(text);
}

/* ---- Where an effect may be called ---- */

#define GATHER "import asyncio\nawait asyncio.gather(*(cordon.call_async('ask', n) for n in (1, 2, 3)))"

static const struct effect_case {
    const char *name, *source;
    enum way way;
    unsigned stretches; /* times that it was suspended */
    const char *value;  /* as JSON; NULL: an exception */
    const char *message;
} effect_cases[] = {
    {"called", "cordon.call('ask', 5)", ALL, 1, "5", ""},
    {"called_twice", "[cordon.call('ask', 5), cordon.call('ask', 6)]", ALL, 2, "[5,6]", ""},
    {"by_attribute", "cordon.host.ask('x')", ALL, 1, "\"x\"", ""},
    {"by_dotted_name", "cordon.host.http.get('u', timeout=3)", ALL, 1, "\"u\"", ""},
    {"awaited", "await cordon.call_async('ask', [1, {'a': b'x'}]) == [1, {'a': b'x'}]", ALL, 1, "true", ""},
    {"answered_with_none", "cordon.call('ask', None) is None", ALL, 1, "true", ""},
    {"gathered", GATHER, ALL, 1, "[1,2,3]", ""},
    {"gathered_reversed", GATHER, ALL_REVERSED, 1, "[1,2,3]", ""},
    {"gathered_one_by_one", GATHER, FIRST_ONLY, 3, "[1,2,3]", ""},
    {"gathered_from_the_last", GATHER, LAST_ONLY, 3, "[1,2,3]", ""},
    {"as_completed", "import asyncio\nts = [asyncio.create_task(cordon.call_async('ask', n)) for n in (1, 2, 3)]\n[await f for f in asyncio.as_completed(ts)]", LAST_ONLY, 3, "[3,2,1]", ""},
    {"chain_of_awaits", "async def a(n):\n    return n if n == 0 else await a(n - 1) + await cordon.call_async('ask', n)\nawait a(4)", ALL, 4, "10", ""},
    {"in_a_thread",
     "import threading\nout = []\nt = threading.Thread(target=lambda: out.append(cordon.call('ask', 1)))\nt.start()\nt.join()\nout", ALL, 1, "[1]", ""},
    {"in_threads",
     "import threading\nout = {}\ndef f(n): out[n] = cordon.call('ask', n)\nts = [threading.Thread(target=f, args=(n,)) for n in range(5)]\n"
     "[t.start() for t in ts]\n[t.join() for t in ts]\nsorted(out.items())",
     LAST_ONLY, 5, "[[0,0],[1,1],[2,2],[3,3],[4,4]]", ""},
    {"under_a_sort", "sorted([3, 1, 2], key=lambda n: cordon.call('ask', -n))", ALL, 3, "[3,2,1]", ""},
    {"in_a_generator", "def g():\n    for n in range(3): yield cordon.call('ask', n)\nlist(g())", ALL, 3, "[0,1,2]", ""},
    {"in_an_executor", "import asyncio\nawait asyncio.gather(*(asyncio.to_thread(cordon.call, 'ask', n) for n in (7, 8)))", LAST_ONLY, 2, "[7,8]", ""},
    {"beside_calls", "[cordon.call('echo', 1), cordon.call('ask', 2), cordon.call('echo', 3)]", ALL, 1, "[1,2,3]", ""},
    {"while_a_call_is_open", "import asyncio\nawait asyncio.gather(cordon.call_async('ask', 1), cordon.call_async('slow'))", ALL, 1, "[1,\"slow\"]", ""},
    {"short_sleeps_beside", "import asyncio\nasync def s(): await asyncio.sleep(0.02); return 's'\nawait asyncio.gather(cordon.call_async('ask', 1), s())", ALL, 1, "[1,\"s\"]", ""},
    {"failed", "cordon.call('fail')", ALL, 1, NULL, "HostError: not today: \xe2\x82\xac"},
    {"failed_and_caught", "try:\n    cordon.call('fail')\nexcept cordon.HostError as e:\n    found = [str(e), e.host_type]\nfound", ALL, 1, "[\"not today: \xe2\x82\xac\",\"NotToday\"]", ""},
    {"failed_beside_others", "import asyncio\n[type(r).__name__ for r in await asyncio.gather(cordon.call_async('fail'), cordon.call_async('ask', 1), return_exceptions=True)]", FIRST_ONLY,
     2, "[\"HostError\",\"int\"]", ""},
    {"wrong_argument", "cordon.call('http.get', 5)", ALL, 0, NULL, "TypeError"},
    {"missing_argument", "cordon.call('http.get')", ALL, 0, NULL, "TypeError"},
    {"at_an_import", "open('asks.py', 'w').write('import cordon\\nfound = cordon.call(\"ask\", 7)')\nimport sys\nsys.modules.pop('asks', None)\nimport asks\nasks.found", ALL, 1, "7", ""},
    {"in_del", "class D:\n    def __del__(self): seen.append(cordon.call('ask', 8))\nseen = []\nD()\nseen", ALL, 1, "[8]", ""},
    {"in_repr_of_the_result", "class R:\n    def __repr__(self): return cordon.call('ask', 'repr!')\nR()", ALL, 1, "\"repr!\"", ""},
    {"in_a_trace_function",
     "import sys\nseen = []\ndef trace(frame, event, arg):\n    sys.settrace(None)\n    seen.append(cordon.call('ask', event))\ndef f(): pass\nsys.settrace(trace)\nf()\nsys.settrace(None)\nseen", ALL,
     1, "[\"call\"]", ""},
    {"in_a_weakref_callback", "import weakref\nclass W: pass\nw = W()\nout = []\nr = weakref.ref(w, lambda _: out.append(cordon.call('ask', 1)))\ndel w\nout", ALL, 1, "[1]", ""},
    {"in_an_exception_group", "try:\n    raise ValueError(cordon.call('ask', 1))\nexcept ValueError as e:\n    found = [e.args[0], cordon.call('ask', 2)]\nfound", ALL, 2, "[1,2]", ""},
    {"with_a_long_timeout", "import asyncio\nawait asyncio.wait_for(cordon.call_async('ask', 1), 3600)", ALL, 1, "1", ""},
    {"timeout_shorter_than_a_second", "import asyncio\nawait asyncio.wait_for(cordon.call_async('ask', 1), 0.05)", ALL, 0, NULL, "TimeoutError"},
    {"cancelled_inside", "import asyncio\nt = asyncio.create_task(cordon.call_async('ask', 1))\nawait asyncio.sleep(0)\nt.cancel()\n[await cordon.call_async('ask', 2), t.cancelled()]", LAST_ONLY, 1,
     "[2,true]", ""},
    {"never_waited_for", "import asyncio\nt = asyncio.create_task(cordon.call_async('ask', 1))\nawait asyncio.sleep(0)\n'done'", ALL, 0, "\"done\"", ""},
    {"listed", "[f['kind'] for f in sorted(cordon.list_calls(), key=lambda f: f['name'])]", ALL, 0, "[\"effect\",\"call\",\"effect\",\"effect\",\"call\"]", ""},
};

static void answer_case(const struct effect_case *expected, enum place place)
{
    unsigned stretches;
    cordon_result *result = answer_until_end(&sandbox, test_execute(sandbox, expected->source), expected->way, place, NULL, &stretches);
    if (expected->value != NULL)
        assert_json(result, expected->value);
    else
        assert_outcome(result, CORDON_OUTCOME_PYTHON_EXCEPTION);
    if (strstr(result->message, expected->message) == NULL)
        fail_msg("%s", result->message);
    assert_int_equal(stretches, expected->stretches);
    assert_null(result->suspension);
    cordon_result_destroy(result);
    assert_value(sandbox, "6 * 7", "42"); /* and the session goes on, whatever was left unanswered */
}

static void effect_is_answered(void **state)
{
    answer_case(*state, HERE);
}

static void effect_is_answered_elsewhere(void **state)
{
    answer_case(*state, ELSEWHERE);
}

/* ---- What is told ---- */

static void suspension_names_what_is_asked(void **state)
{
    (void)state;
    cordon_result *result = test_execute(sandbox, "import asyncio\nawait asyncio.gather(cordon.call_async('http.get', 'a', timeout=2), cordon.call_async('ask', (1, 2), k=b'x'))");
    uint32_t id = first_id(result);
    const cordon_suspension *told = result->suspension;
    char *json = NULL;

    assert_int_equal(told->effect_count, 2);
    assert_string_equal(told->effects[0].name, "http.get");
    assert_string_equal(cordon_value_get_text(cordon_value_at(told->effects[0].positional, 0), NULL), "a");
    int64_t timeout = 0;
    assert_true(cordon_value_get_int(cordon_value_get(told->effects[0].named, "timeout"), &timeout) && timeout == 2);
    assert_string_equal(told->effects[1].name, "ask");
    assert_true(told->effects[1].id > id);
    assert_int_equal(cordon_value_get_kind(cordon_value_at(told->effects[1].positional, 0)), CORDON_VALUE_TUPLE);
    assert_int_equal(cordon_value_get_kind(cordon_value_get(told->effects[1].named, "k")), CORDON_VALUE_BYTES);
    assert_true(told->wake_ns == UINT64_MAX);
    assert_non_null(strstr(result->message, "2 effects, first for http.get"));
    check_status(cordon_result_to_json(result, &json, NULL, NULL), NULL);
    assert_non_null(strstr(json, "\"suspension\":{\"wake_ns\":null,\"effects\":[{\"id\":"));
    assert_non_null(strstr(json, "\"name\":\"http.get\",\"positional\":[\"a\"],\"named\":{\"timeout\":2}}"));
    cordon_text_release(json);

    /* The sandbox tells the same. */
    const cordon_suspension *again = cordon_sandbox_suspension(sandbox);
    assert_non_null(again);
    assert_int_equal(again->effect_count, 2);
    assert_int_equal(again->effects[1].id, told->effects[1].id);
    cordon_result *after = resume_one(sandbox, told->effects[1].id, 9);
    assert_int_equal(first_id(after), id);
    assert_int_equal(cordon_sandbox_suspension(sandbox)->effect_count, 1);
    cordon_result_destroy(after);
    after = resume_one(sandbox, id, 8);
    assert_json(after, "[8,9]");
    assert_null(cordon_sandbox_suspension(sandbox));
    /* What the first result tells is still there. */
    assert_string_equal(told->effects[0].name, "http.get");
    cordon_result_destroy(after);
    cordon_result_destroy(result);
}

static void result_outlives_its_sandbox(void **state)
{
    (void)state;
    cordon_sandbox *own = test_sandbox(engine);
    cordon_result *result = test_execute(own, "import cordon; cordon.call('ask', 'argument')");
    (void)first_id(result);
    cordon_sandbox_destroy(own);
    assert_string_equal(cordon_value_get_text(cordon_value_at(result->suspension->effects[0].positional, 0), NULL), "argument");
    cordon_result_destroy(result);
}

/* ---- What is refused ---- */

static void refuse_resumption(const cordon_effect_answer *answers, size_t count, const char *says)
{
    cordon_error error = {.status = CORDON_OK};
    cordon_result *result = NULL;
    cordon_resumption resumption = CORDON_RESUMPTION_INIT;
    resumption.answers = answers;
    resumption.answer_count = count;
    assert_int_equal(cordon_sandbox_resume(sandbox, &resumption, &result, &error), CORDON_INVALID_ARGUMENT);
    assert_null(result);
    if (strstr(error.message, says) == NULL)
        fail_msg("%s", error.message);
}

static void only_pending_ids_are_accepted_each_once(void **state)
{
    (void)state;
    cordon_result *result = test_execute(sandbox, GATHER);
    uint32_t id = first_id(result);
    assert_int_equal(result->suspension->effect_count, 3);
    cordon_result_destroy(result);

    refuse_resumption(&(cordon_effect_answer){.id = 0}, 1, "effect 0 is not pending");
    refuse_resumption(&(cordon_effect_answer){.id = id - 1}, 1, "is not pending");
    refuse_resumption(&(cordon_effect_answer){.id = id + 3}, 1, "is not pending");
    refuse_resumption((cordon_effect_answer[]){{.id = id}, {.id = id + 1}, {.id = id}}, 3, "is answered twice");
    refuse_resumption((cordon_effect_answer[]){{.id = id}, {.id = id + 1}, {.id = id + 2}, {.id = id + 2}}, 4, "is answered twice");
    refuse_resumption(&(cordon_effect_answer){.id = id, .error = "\xff"}, 1, "not UTF-8");
    refuse_resumption(NULL, 1, "answers that are not there");
    cordon_result *after = resume_one(sandbox, id + 1, 2); /* nothing of all that was done */
    assert_int_equal(first_id(after), id);
    assert_int_equal(after->suspension->effect_count, 2);
    cordon_result_destroy(after);
    refuse_resumption(&(cordon_effect_answer){.id = id + 1}, 1, "is not pending");
    unsigned stretches;
    after = answer_until_end(&sandbox, resume_one(sandbox, id, 1), ALL, HERE, NULL, &stretches);
    assert_json(after, "[1,2,3]");
    cordon_result_destroy(after);
    refuse_resumption(&(cordon_effect_answer){.id = id}, 1, "no execution is suspended");
}

static void value_that_is_too_large_is_refused(void **state)
{
    (void)state;
    static char large[(16 << 20) + 1];
    uint32_t id = suspend(sandbox, "len(cordon.call('ask', 1))");
    cordon_value *value = cordon_value_bytes(large, sizeof large);
    cordon_error error;
    cordon_result *result = NULL;
    cordon_resumption resumption = CORDON_RESUMPTION_INIT;
    resumption.answers = &(cordon_effect_answer){.id = id, .value = value};
    resumption.answer_count = 1;
    assert_int_equal(cordon_sandbox_resume(sandbox, &resumption, &result, &error), CORDON_TOO_LARGE);
    cordon_value_destroy(value);

    value = cordon_value_bytes(large, sizeof large - 100);
    result = resume_with(sandbox, &(cordon_effect_answer){.id = id, .value = value}, 1);
    assert_json(result, "16777117");
    cordon_result_destroy(result);
    cordon_value_destroy(value);
}

static void suspended_sandbox_takes_nothing_else(void **state)
{
    (void)state;
    cordon_error error;
    cordon_result *result = NULL;
    cordon_file_listing *listing = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_program program = CORDON_PROGRAM_INIT;
    request.source = program.text = "1";
    uint32_t id = suspend(sandbox, "cordon.call('ask', 1)");

    assert_int_equal(cordon_sandbox_execute(sandbox, &request, &result, &error), CORDON_SUSPENDED);
    assert_non_null(strstr(error.message, "waits for 1 effect, first for ask"));
    assert_non_null(strstr(error.message, "cordon_sandbox_resume"));
    assert_int_equal(cordon_sandbox_run_program(sandbox, &program, &result, &error), CORDON_SUSPENDED);
    assert_int_equal(cordon_sandbox_list_folder(sandbox, "/", &listing, &error), CORDON_SUSPENDED);
    assert_int_equal(cordon_sandbox_put_file(sandbox, "/a", 0, 0, "x", 1, &error), CORDON_SUSPENDED);
    result = resume_one(sandbox, id, 3);
    assert_json(result, "3");
    cordon_result_destroy(result);
    check_status(cordon_sandbox_list_folder(sandbox, "/", &listing, &error), &error);
    cordon_file_listing_destroy(listing);
}

/* What is registered while an execution is suspended answers the calls that it makes afterwards. */
static void registration_counts_for_calls_after_the_resume(void **state)
{
    (void)state;
    cordon_error error;
    cordon_sandbox *own = test_sandbox(engine);
    cordon_callback callback = CORDON_CALLBACK_INIT;
    callback.name = "fail";
    callback.takes_anything = true;
    callback.function = echo;
    uint32_t id = suspend(own, "import cordon; [cordon.call('ask', 1), cordon.call('fail')]");
    callback.is_effect = true;
    assert_int_equal(cordon_sandbox_register(own, &callback, &error), CORDON_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "it is an effect, and has a function"));
    callback.is_effect = false;
    check_status(cordon_sandbox_register(own, &callback, &error), &error);

    cordon_result *result = resume_one(own, id, 4);
    assert_json(result, "[4,null]");
    cordon_result_destroy(result);
    cordon_sandbox_destroy(own);
}

/* ---- Ends ---- */

static void cancelled_while_suspended(void **state)
{
    (void)state;
    cordon_error error;
    cordon_sandbox *own = test_sandbox(engine);
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = "1";
    uint32_t id = suspend(own, "import cordon; cordon.call('ask', 1)");
    cordon_sandbox_cancel(own);
    cordon_result *result = resume_one(own, id, 1);
    assert_outcome(result, CORDON_OUTCOME_CANCELLED);
    assert_null(cordon_sandbox_suspension(own));
    cordon_result_destroy(result);
    assert_int_equal(cordon_sandbox_execute(own, &request, &result, &error), CORDON_SANDBOX_ENDED);
    cordon_sandbox_destroy(own);
}

/* Nothing of the suspended execution is left, and its effects are nobody's any more. */
static void cleared_while_suspended(void **state)
{
    (void)state;
    cordon_error error;
    cordon_result *result = NULL;
    cordon_resumption resumption = CORDON_RESUMPTION_INIT;
    cordon_sandbox *own = test_sandbox(engine);
    uint32_t id = suspend(own, "import cordon\nkept = 1\ncordon.call('ask', 1)");
    check_status(cordon_sandbox_clear(own, &error), &error);
    assert_null(cordon_sandbox_suspension(own));
    resumption.answers = &(cordon_effect_answer){.id = id};
    resumption.answer_count = 1;
    assert_int_equal(cordon_sandbox_resume(own, &resumption, &result, &error), CORDON_INVALID_ARGUMENT);
    assert_value(own, "'kept' in globals()", "false");
    id = suspend(own, "import cordon; cordon.call('ask', 2)");
    result = resume_one(own, id, 8);
    assert_json(result, "8");
    cordon_result_destroy(result);
    cordon_sandbox_destroy(own);
}

/* A limit that is reached after the resume takes back the whole execution, from before its suspension. */
static void session_is_kept_from_before_the_execution(void **state)
{
    (void)state;
    cordon_error error;
    cordon_result *result = NULL;
    cordon_sandbox *own = NULL;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    cordon_request request = CORDON_REQUEST_INIT;
    config.keeps_session = true;
    config.limits.value[CORDON_LIMIT_FUEL] = 1000000;
    check_status(cordon_sandbox_create(engine, &config, &own, &error), &error);
    assert_value(own, "import cordon\nx = 1\nx", "1");
    request.source = "x = 2\ncordon.call('ask', 1)\nwhile True: pass";
    check_status(cordon_sandbox_execute(own, &request, &result, &error), &error);
    uint32_t id = first_id(result);
    cordon_result_destroy(result);
    result = resume_one(own, id, 1);
    assert_outcome(result, CORDON_OUTCOME_LIMIT_FUEL);
    assert_true(result->session_goes_on);
    cordon_result_destroy(result);
    assert_null(cordon_sandbox_suspension(own));
    assert_value(own, "x", "1");
    id = suspend(own, "x = 3\ncordon.call('ask', 1)");
    cordon_result_destroy(resume_one(own, id, 1));
    assert_value(own, "x", "3");
    cordon_sandbox_destroy(own);
}

static void killed_while_suspended(void **state)
{
    (void)state;
    cordon_sandbox *own = test_sandbox(engine);
    uint32_t id = suspend(own, "import cordon; cordon.call('ask', 1)");
    kill((pid_t)cordon_sandbox_process_id(own), SIGKILL);
    cordon_result *result = resume_one(own, id, 1);
    assert_outcome(result, CORDON_OUTCOME_CRASHED);
    assert_int_equal(result->signal, SIGKILL);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(own);
}

static int interrupt_it(void *context, int stream, const void *data, size_t size)
{
    (void)stream, (void)data, (void)size;
    assert_true(cordon_sandbox_interrupt(context));
    return 0;
}

/* In time or not, an interrupt is not lost in a suspension: the call is left by it. */
static void interrupt_comes_before_a_suspension(void **state)
{
    (void)state;
    cordon_error error;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = "print('now', flush=True)\ncordon.call('ask', 1)";
    request.streams.output = interrupt_it;
    request.streams.context = sandbox;
    check_status(cordon_sandbox_execute(sandbox, &request, &result, &error), &error);
    assert_outcome(result, CORDON_OUTCOME_CANCELLED);
    assert_true(result->session_goes_on);
    cordon_result_destroy(result);
    result = NULL;

    /* Caught, it is over, and what the guest asks then suspends it. Whether the first question was asked before it struck, nobody knows. */
    unsigned stretches;
    request.source = "try:\n    print('now', flush=True)\n    cordon.call('ask', 1)\nexcept KeyboardInterrupt:\n    got = cordon.call('ask', 2)\ngot";
    check_status(cordon_sandbox_execute(sandbox, &request, &result, &error), &error);
    (void)first_id(result);
    assert_false(cordon_sandbox_interrupt(sandbox)); /* nothing runs */
    result = answer_until_end(&sandbox, result, FIRST_ONLY, HERE, NULL, &stretches);
    assert_json(result, "2");
    cordon_result_destroy(result);
}

static void program_is_suspended_too(void **state)
{
    (void)state;
    cordon_error error;
    cordon_result *result = NULL;
    cordon_sandbox *own = test_sandbox(engine);
    cordon_program program = CORDON_PROGRAM_INIT;
    program.how = CORDON_PROGRAM_COMMAND;
    program.text = "import cordon, atexit, sys\natexit.register(lambda: print('at exit', cordon.call('ask', 2)))\nprint('got', cordon.call('ask', 1), flush=True)\nsys.exit(3)";
    check_status(cordon_sandbox_run_program(own, &program, &result, &error), &error);
    uint32_t id = first_id(result);
    assert_string_equal(result->standard_output.data, "");
    cordon_result_destroy(result);
    result = resume_one(own, id, 11);
    assert_string_equal(result->standard_output.data, "got 11\n");
    id = first_id(result);
    cordon_result_destroy(result);
    result = resume_one(own, id, 12);
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_string_equal(result->standard_output.data, "at exit 12\n");
    assert_true(result->has_exit_code);
    assert_int_equal(result->exit_code, 3);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(own);
}

/* ---- Steps ---- */

static int write_steps(void *context, const cordon_trace_event *events, size_t count)
{
    char *text = context;
    for (size_t i = 0; i < count; i++)
        if (events[i].kind == CORDON_TRACE_HOST_CALL_START || events[i].kind == CORDON_TRACE_HOST_CALL_END)
            snprintf(text + strlen(text), 256 - strlen(text), "%s %s %u; ", events[i].kind == CORDON_TRACE_HOST_CALL_START ? "start" : "end", events[i].name, events[i].line);
    return 0;
}

/* Each stretch tells whom it names, and the first host's numbers hold all along, also while a snapshot is taken. */
static void trace_goes_on_after_a_suspension(void **state)
{
    (void)state;
    cordon_error error;
    cordon_result *result = NULL;
    cordon_snapshot *snapshot = NULL;
    char first[256] = "", second[256] = "";
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_resumption resumption = CORDON_RESUMPTION_INIT;
    request.source = "cordon.call('ask', 1)\ncordon.call('echo', 2)\ncordon.call('fail')\n";
    request.trace = CORDON_TRACE_HOST_CALL_START | CORDON_TRACE_HOST_CALL_END | CORDON_TRACE_LINE;
    request.on_trace = write_steps;
    request.trace_context = first;
    check_status(cordon_sandbox_execute(sandbox, &request, &result, &error), &error);
    cordon_effect_answer answer = {.id = first_id(result)};
    cordon_result_destroy(result);
    assert_string_equal(first, "start ask 1; ");
    check_status(cordon_sandbox_snapshot(sandbox, NULL, &snapshot, &error), &error);
    cordon_snapshot_destroy(snapshot);

    resumption.answers = &answer;
    resumption.answer_count = 1;
    resumption.on_trace = write_steps;
    resumption.trace_context = second;
    check_status(cordon_sandbox_resume(sandbox, &resumption, &result, &error), &error);
    assert_string_equal(second, "end ask 1; start echo 2; end echo 2; start fail 3; ");
    answer.id = first_id(result);
    uint64_t told = result->figures.trace_events;
    cordon_result_destroy(result);
    resumption.on_trace = NULL; /* nobody is told any more, and the steps count all the same */
    check_status(cordon_sandbox_resume(sandbox, &resumption, &result, &error), &error);
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_true(result->figures.trace_events > told);
    assert_string_equal(first, "start ask 1; ");
    cordon_result_destroy(result);
}

/* ---- Threads ---- */

struct passed_on {
    cordon_sandbox *sandbox;
    uint32_t id;
    cordon_result *result;
};

static void *resume_elsewhere(void *context)
{
    struct passed_on *passed = context;
    passed->result = resume_one(passed->sandbox, passed->id, passed->id);
    return NULL;
}

static void each_stretch_may_have_a_thread_of_its_own(void **state)
{
    (void)state;
    cordon_result *result = test_execute(sandbox, "sum(cordon.call('ask', n) for n in range(8))");
    int64_t sum = 0, found = 0;
    while (result->outcome == CORDON_OUTCOME_SUSPENDED) {
        pthread_t thread;
        struct passed_on passed = {.sandbox = sandbox, .id = first_id(result)};
        sum += passed.id;
        assert_int_equal(pthread_create(&thread, NULL, resume_elsewhere, &passed), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        cordon_result_destroy(result);
        result = passed.result;
    }
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_true(cordon_value_get_int(result->value, &found));
    assert_int_equal(found, sum);
    cordon_result_destroy(result);
}

/* ---- Time ---- */

static void time_that_passes_is_told_to_the_guest(void **state)
{
    static const char source[] = "import cordon, time\nbegan = time.monotonic(), time.time()\ncordon.call('ask', 1)\n[time.monotonic() - began[0] >= 0.25, time.time() - began[1] >= 0.25]";
    static const struct clock {
        cordon_clock_mode mode;
        const char *value;
    } clocks[] = {{CORDON_CLOCK_STEPPING, "[true,true]"}, {CORDON_CLOCK_REAL, "[true,true]"}, {CORDON_CLOCK_FIXED, "[true,false]"}};
    (void)state;
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        cordon_error error;
        cordon_sandbox *own = NULL;
        cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
        config.clock = clocks[i].mode;
        check_status(cordon_sandbox_create(engine, &config, &own, &error), &error);
        uint32_t id = suspend(own, source);
        test_sleep_ms(250);
        cordon_result *result = resume_one(own, id, 1);
        assert_json(result, clocks[i].value);
        cordon_result_destroy(result);
        cordon_sandbox_destroy(own);
    }
}

static void deadline_passes_without_an_answer(void **state)
{
    (void)state;
    cordon_result *result = test_execute(sandbox, "import asyncio\ntry:\n    await asyncio.wait_for(cordon.call_async('ask', 1), 1.3)\nexcept TimeoutError:\n    found = 'late'\nfound");
    uint32_t id = first_id(result);
    uint64_t wake_ns = result->suspension->wake_ns;
    assert_true(wake_ns > 1000000000 && wake_ns <= 1300000000);
    cordon_result_destroy(result);

    test_sleep_ms(700);
    result = resume_without(sandbox); /* too early: for the rest, less than a second, the call waits itself */
    assert_json(result, "\"late\"");
    cordon_result_destroy(result);
    refuse_resumption(&(cordon_effect_answer){.id = id}, 1, "no execution is suspended");
}

static void early_resume_suspends_again(void **state)
{
    (void)state;
    cordon_result *result = test_execute(sandbox, "import asyncio\nawait asyncio.wait_for(cordon.call_async('ask', 1), 3600)");
    uint32_t id = first_id(result);
    uint64_t wake_ns = result->suspension->wake_ns;
    assert_true(wake_ns > HOUR_NS - 1000000000 && wake_ns <= HOUR_NS);
    cordon_result_destroy(result);
    test_sleep_ms(50);
    result = resume_without(sandbox);
    assert_int_equal(first_id(result), id);
    assert_true(result->suspension->wake_ns <= wake_ns - 50000000);
    cordon_result_destroy(result);
    result = resume_one(sandbox, id, 5);
    assert_json(result, "5");
    cordon_result_destroy(result);
}

static cordon_sandbox *deterministic_sandbox(void)
{
    cordon_error error;
    cordon_sandbox *made = NULL;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    config.is_deterministic = true;
    check_status(cordon_sandbox_create(engine, &config, &made, &error), &error);
    return made;
}

/* Where the clock does not depend on this machine, an answer takes no time and a resume without one takes what was asked for. */
static void deterministic_time_is_what_was_asked_for(void **state)
{
    static const char source[] = "import asyncio, cordon, time\nbegan = time.monotonic()\ntry:\n    await asyncio.wait_for(cordon.call_async('ask', 1), 7200)\n"
                                 "except TimeoutError:\n    found = 'late'\nelse:\n    found = 'in time'\n(found, round(time.monotonic() - began, 1), time.time())";
    char *texts[2][2];
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int is_answered = 0; is_answered < 2; is_answered++) {
            cordon_sandbox *own = deterministic_sandbox();
            uint32_t id = suspend(own, source);
            assert_true(cordon_sandbox_suspension(own)->wake_ns > 7199 * 1000000000ull);
            test_sleep_ms(round * 30);
            cordon_result *result = is_answered ? resume_one(own, id, 1) : resume_without(own);
            assert_outcome(result, CORDON_OUTCOME_OK);
            check_status(cordon_value_to_json(result->value, &texts[round][is_answered], NULL, NULL), NULL);
            cordon_result_destroy(result);
            cordon_sandbox_destroy(own);
        }
    }
    assert_non_null(strstr(texts[0][0], "[\"late\",7200.0,"));
    assert_non_null(strstr(texts[0][1], "[\"in time\",0.0,"));
    for (int i = 0; i < 2; i++)
        assert_string_equal(texts[0][i], texts[1][i]);
    for (int i = 0; i < 4; i++)
        cordon_text_release(texts[i / 2][i % 2]);
}

/* Without a deadline there is no time that could be over: nothing happens. */
static void deterministic_wait_without_end_goes_on(void **state)
{
    (void)state;
    cordon_sandbox *own = deterministic_sandbox();
    uint32_t id = suspend(own, "import cordon; cordon.call('ask', 1)");
    for (int i = 0; i < 3; i++) {
        cordon_result *result = resume_without(own);
        assert_int_equal(first_id(result), id);
        cordon_result_destroy(result);
    }
    cordon_result *result = resume_one(own, id, 6);
    assert_json(result, "6");
    cordon_result_destroy(result);
    cordon_sandbox_destroy(own);
}

static double wall_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The wall clock and the other one both move by what passed while nobody ran it, and once: the guest reads what the host does. */
static void time_passes_between_processes(void **state)
{
    (void)state;
    double clocks[2];
    cordon_sandbox *own = test_sandbox(engine);
    uint32_t id = suspend(own, "import cordon, time\nbegan = time.monotonic()\ncordon.call('ask', 1)\n[time.monotonic() - began, time.time()]");
    test_sleep_ms(150);
    move_elsewhere(&own, NULL);
    test_sleep_ms(150);
    move_elsewhere(&own, NULL); /* and once more, without having been resumed */
    double before = wall_seconds();
    cordon_result *result = resume_one(own, id, 1);
    double after = wall_seconds();
    assert_outcome(result, CORDON_OUTCOME_OK);
    for (size_t i = 0; i < 2; i++)
        assert_true(cordon_value_get_float(cordon_value_at(result->value, i), &clocks[i]));
    assert_true(clocks[0] >= 0.3);
    assert_true(clocks[1] >= before - 0.05 && clocks[1] <= after + 0.05);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(own);
}

static void deterministic_time_goes_on_elsewhere(void **state)
{
    static const char source[] = "import cordon, time, random\nbegan = time.monotonic()\ncordon.call('ask', 1)\n[time.monotonic() - began < 1, time.time(), random.random()]";
    char *texts[2];
    (void)state;
    for (int place = HERE; place <= ELSEWHERE; place++) {
        cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
        config.is_deterministic = true;
        cordon_sandbox *own = deterministic_sandbox();
        uint32_t id = suspend(own, source);
        test_sleep_ms(20);
        if (place == ELSEWHERE)
            move_elsewhere(&own, &config);
        cordon_result *result = resume_one(own, id, 1);
        assert_outcome(result, CORDON_OUTCOME_OK);
        check_status(cordon_value_to_json(result->value, &texts[place], NULL, NULL), NULL);
        cordon_result_destroy(result);
        cordon_sandbox_destroy(own);
    }
    assert_memory_equal(texts[HERE], "[true,", 6);
    assert_string_equal(texts[HERE], texts[ELSEWHERE]);
    cordon_text_release(texts[HERE]);
    cordon_text_release(texts[ELSEWHERE]);
}

static void soft_limit_holds_elsewhere(void **state)
{
    (void)state;
    cordon_error error;
    cordon_result *result = NULL;
    cordon_sandbox *own = test_sandbox(engine);
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = "import cordon\ntry:\n    cordon.call('ask', 1)\n    while True: pass\nexcept cordon.LimitReached:\n    found = 'put away'\nfound";
    request.soft_fuel = 2000000;
    check_status(cordon_sandbox_execute(own, &request, &result, &error), &error);
    uint32_t id = first_id(result);
    cordon_result_destroy(result);
    move_elsewhere(&own, NULL);
    result = resume_one(own, id, 1);
    assert_json(result, "\"put away\"");
    assert_true(result->figures.fuel >= 2000000);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(own);
}

static void tell_host(void *context, cordon_call *call)
{
    cordon_call_answer(call, cordon_value_text(context));
}

/* What the guest calls after it was restored is what the host there has under that name. */
static void functions_are_those_of_the_new_host(void **state)
{
    (void)state;
    cordon_error error;
    cordon_callback callback = CORDON_CALLBACK_INIT;
    cordon_sandbox *own = test_sandbox(engine);
    callback.name = "which.host";
    callback.takes_anything = true;
    callback.function = tell_host;
    callback.context = "the first";
    check_status(cordon_sandbox_register(own, &callback, &error), &error);
    uint32_t id = suspend(own, "import cordon\n[cordon.call('which.host'), cordon.call('ask', 1), cordon.call('which.host')]");
    move_elsewhere(&own, NULL);
    callback.context = "the second";
    check_status(cordon_sandbox_register(own, &callback, &error), &error);
    cordon_result *result = resume_one(own, id, 2);
    assert_json(result, "[\"the first\",2,\"the second\"]");
    cordon_result_destroy(result);
    move_elsewhere(&own, NULL); /* which has no such function, and the next execution learns that */
    assert_value(own, "sorted(f['name'] for f in cordon.list_calls())", "[\"ask\",\"echo\",\"fail\",\"http.get\",\"slow\"]");
    cordon_sandbox_destroy(own);
}

/* ---- One budget ---- */

static const struct budget_case {
    const char *name;
    int limit;
    uint64_t value;
    const char *source; /* asks between two or more parts, none of which reaches the limit */
    cordon_outcome outcome;
    uint64_t enough;    /* with that it comes to its end */
} budget_cases[] = {
    {"fuel", CORDON_LIMIT_FUEL, 300000, "import cordon\nfor part in range(4):\n    for i in range(100000): pass\n    cordon.call('ask', 1)", CORDON_OUTCOME_LIMIT_FUEL, 3000000},
    {"calls", CORDON_LIMIT_CALLS, 5, "import cordon\nfor part in range(3):\n    cordon.call('echo', 1)\n    cordon.call('ask', 1)", CORDON_OUTCOME_LIMIT_CALLS, 6},
    {"effects", CORDON_LIMIT_EFFECTS, 2, "import cordon\nfor part in range(3):\n    cordon.call('echo', 1)\n    cordon.call('ask', 1)", CORDON_OUTCOME_LIMIT_CALLS, 3},
    {"output", CORDON_LIMIT_OUTPUT, 2500, "import cordon\nfor part in range(3):\n    print('x' * 999, flush=True)\n    cordon.call('ask', 1)", CORDON_OUTCOME_LIMIT_OUTPUT, 3000},
    {"memory", CORDON_LIMIT_MEMORY, 48 << 20, "import cordon\nkept = []\nfor part in range(30):\n    kept.append(bytearray(2 << 20))\n    cordon.call('ask', 1)\nlen(kept)", CORDON_OUTCOME_LIMIT_MEMORY,
     256 << 20},
};

static cordon_result *run_under(int limit, uint64_t value, const char *source, enum place place, unsigned *stretches_out)
{
    cordon_error error;
    cordon_sandbox *own = NULL;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    config.limits.value[limit] = value;
    check_status(cordon_sandbox_create(engine, &config, &own, &error), &error);
    cordon_result *result = answer_until_end(&own, test_execute(own, source), ALL, place, &config, stretches_out);
    cordon_sandbox_destroy(own);
    return result;
}

static void hold_budget(const struct budget_case *budget, enum place place)
{
    unsigned stretches;
    cordon_result *result = run_under(budget->limit, budget->value, budget->source, place, &stretches);
    assert_outcome(result, budget->outcome);
    assert_true(stretches >= 1);
    if (budget->limit != CORDON_LIMIT_MEMORY)
        assert_true(result->limit_figure > budget->value);
    assert_int_equal(result->limit_value, budget->value);
    cordon_result_destroy(result);
    result = run_under(budget->limit, budget->enough, budget->source, place, &stretches);
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_true(stretches >= 3);
    cordon_result_destroy(result);
}

/* Limits are those of the sandbox that it is restored into, and what was used before counts. */
static const struct tightened_case {
    int limit;
    uint64_t enough, too_little;
    cordon_outcome outcome;
} tightened_cases[] = {
    {CORDON_LIMIT_FUEL, 5000000, 120000, CORDON_OUTCOME_LIMIT_FUEL},      {CORDON_LIMIT_FUEL, 5000000, 50000, CORDON_OUTCOME_LIMIT_FUEL},
    {CORDON_LIMIT_CALLS, 10, 2, CORDON_OUTCOME_LIMIT_CALLS},              {CORDON_LIMIT_EFFECTS, 10, 1, CORDON_OUTCOME_LIMIT_CALLS},
    {CORDON_LIMIT_OUTPUT, 1000, 150, CORDON_OUTCOME_LIMIT_OUTPUT},        {CORDON_LIMIT_WALL, 60000000000, 1, CORDON_OUTCOME_LIMIT_TIME},
    {CORDON_LIMIT_CPU, 30000000000, 1, CORDON_OUTCOME_LIMIT_CPU},
};

static void limits_are_those_of_the_new_sandbox(void **state)
{
    static const char source[] = "import cordon\nfor part in range(2):\n    for i in range(100000): pass\n    print('x' * 99, flush=True)\n    cordon.call('echo', 1)\n    cordon.call('ask', 1)";
    (void)state;
    for (size_t i = 0; i < sizeof tightened_cases / sizeof *tightened_cases; i++) {
        const struct tightened_case *row = &tightened_cases[i];
        for (int is_enough = 0; is_enough < 2; is_enough++) {
            cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
            config.limits.value[row->limit] = is_enough ? row->enough : row->too_little;
            cordon_sandbox *own = test_sandbox(engine);
            uint32_t id = suspend(own, source);
            move_elsewhere(&own, &config);
            cordon_result *result = resume_one(own, id, 1);
            assert_outcome(result, is_enough ? CORDON_OUTCOME_SUSPENDED : row->outcome);
            cordon_result_destroy(result);
            cordon_sandbox_destroy(own);
        }
    }
}

static void budget_holds_for_the_whole(void **state)
{
    hold_budget(*state, HERE);
}

static void budget_holds_elsewhere(void **state)
{
    hold_budget(*state, ELSEWHERE);
}

/* Two stretches, each of which is within the limit. The process's own clock tells what was used. */
static void processor_time_is_counted_over_the_whole(void **state)
{
    static const char source[] = "import cordon\nfor part in range(250):\n    sum(range(1000000))\n    cordon.call('ask', 1)";
    (void)state;
    for (int place = HERE; place <= ELSEWHERE; place++) {
        unsigned stretches;
        cordon_result *result = run_under(CORDON_LIMIT_CPU, 300000000, source, place, &stretches);
        assert_outcome(result, CORDON_OUTCOME_LIMIT_CPU);
        assert_true(stretches >= 2);
        assert_true(result->figures.cpu_ns >= 300000000);
        cordon_result_destroy(result);
    }
}

static void waiting_is_not_counted(void **state)
{
    cordon_error error;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = "cordon.call('ask', 1)\nimport time\nwhile True: pass";
    request.timeout_ns = 1000000000;
    cordon_sandbox *own = test_sandbox(engine);
    cordon_result_destroy(test_execute(own, "import cordon"));
    check_status(cordon_sandbox_execute(own, &request, &result, &error), &error);
    uint32_t id = first_id(result);
    assert_true(result->figures.wall_ns < 1000000000);
    cordon_result_destroy(result);
    test_sleep_ms(1100);
    if (*(const int *)*state == ELSEWHERE)
        move_elsewhere(&own, NULL);
    uint64_t before = test_now_ns();
    result = resume_one(own, id, 1);
    assert_outcome(result, CORDON_OUTCOME_LIMIT_TIME); /* of the whole, not of this stretch alone */
    assert_int_equal(result->limit_value, 1000000000);
    assert_true(result->figures.wall_ns >= 1000000000);
    assert_true(result->figures.wall_ns - 1000000000 < test_now_ns() - before);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(own);
}

static void figures_are_of_the_whole(void **state)
{
    cordon_figures before = {0};
    cordon_result *result = test_execute(sandbox, "for part in range(3):\n    for i in range(1000): pass\n    print('x' * 10, flush=True)\n    cordon.call('echo', 1)\n    cordon.call('ask', 1)");
    for (uint64_t part = 1; part <= 3; part++) {
        const cordon_figures *now = &result->figures;
        uint32_t id = first_id(result);
        assert_int_equal(now->effects, part);
        assert_int_equal(now->calls, 2 * part);
        assert_int_equal(now->output_bytes, 11 * part);
        assert_int_equal(result->standard_output.size, 11); /* but what was written is told once */
        assert_true(now->fuel >= before.fuel + 1000);
        assert_true(now->wall_ns > before.wall_ns && now->cpu_ns >= before.cpu_ns);
        assert_true(now->memory_peak_bytes >= now->memory_bytes && now->memory_bytes > 0);
        before = *now;
        cordon_result_destroy(result);
        if (*(const int *)*state == ELSEWHERE)
            move_elsewhere(&sandbox, NULL);
        result = resume_one(sandbox, id, 1);
    }
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_int_equal(result->figures.effects, 3);
    assert_int_equal(result->figures.calls, 6);
    assert_true(result->figures.fuel >= before.fuel);
    assert_int_equal(result->standard_output.size, 0);
    cordon_result_destroy(result);
    assert_value(sandbox, "1", "1");
}

static int group_setup(void **state)
{
    const cordon_parameter parameters[] = {{.name = "url", .type = "str"}, {.name = "timeout", .type = "int", .is_optional = true}};
    (void)state;
    engine = test_engine(NULL);
    add("ask", NULL, 0, NULL);
    add("fail", NULL, 0, NULL);
    add("http.get", parameters, 2, NULL);
    add("echo", NULL, 0, echo);
    add("slow", NULL, 0, answer_slowly);
    sandbox = test_sandbox(engine);
    cordon_result_destroy(test_execute(sandbox, "import cordon"));
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
    return 0;
}

int main(int argument_count, char **arguments)
{
    enum { EFFECTS = sizeof effect_cases / sizeof *effect_cases, BUDGETS = sizeof budget_cases / sizeof *budget_cases, ROWS = 2 * (EFFECTS + BUDGETS) };
    static const int places[] = {HERE, ELSEWHERE};
    static char names[EFFECTS + BUDGETS][64];
    struct CMUnitTest tests[ROWS + 29] = {
        [ROWS] = cmocka_unit_test(suspension_names_what_is_asked),
        cmocka_unit_test(result_outlives_its_sandbox),
        cmocka_unit_test(only_pending_ids_are_accepted_each_once),
        cmocka_unit_test(value_that_is_too_large_is_refused),
        cmocka_unit_test(suspended_sandbox_takes_nothing_else),
        cmocka_unit_test(registration_counts_for_calls_after_the_resume),
        cmocka_unit_test(cancelled_while_suspended),
        cmocka_unit_test(cleared_while_suspended),
        cmocka_unit_test(session_is_kept_from_before_the_execution),
        cmocka_unit_test(killed_while_suspended),
        cmocka_unit_test(interrupt_comes_before_a_suspension),
        cmocka_unit_test(program_is_suspended_too),
        cmocka_unit_test(trace_goes_on_after_a_suspension),
        cmocka_unit_test(each_stretch_may_have_a_thread_of_its_own),
        cmocka_unit_test(time_that_passes_is_told_to_the_guest),
        cmocka_unit_test(deadline_passes_without_an_answer),
        cmocka_unit_test(early_resume_suspends_again),
        cmocka_unit_test(deterministic_time_is_what_was_asked_for),
        cmocka_unit_test(deterministic_wait_without_end_goes_on),
        cmocka_unit_test(processor_time_is_counted_over_the_whole),
        cmocka_unit_test(time_passes_between_processes),
        cmocka_unit_test(deterministic_time_goes_on_elsewhere),
        cmocka_unit_test(soft_limit_holds_elsewhere),
        cmocka_unit_test(limits_are_those_of_the_new_sandbox),
        cmocka_unit_test(functions_are_those_of_the_new_host),
        {"waiting_is_not_counted", waiting_is_not_counted, NULL, NULL, (void *)&places[HERE]},
        {"waiting_is_not_counted_elsewhere", waiting_is_not_counted, NULL, NULL, (void *)&places[ELSEWHERE]},
        {"figures_are_of_the_whole", figures_are_of_the_whole, NULL, NULL, (void *)&places[HERE]},
        {"figures_are_of_the_whole_elsewhere", figures_are_of_the_whole, NULL, NULL, (void *)&places[ELSEWHERE]},
    };
    for (int i = 0; i < EFFECTS; i++) {
        snprintf(names[i], sizeof names[i], "%s_elsewhere", effect_cases[i].name);
        tests[2 * i] = (struct CMUnitTest){.name = effect_cases[i].name, .test_func = effect_is_answered, .initial_state = (void *)&effect_cases[i]};
        tests[2 * i + 1] = (struct CMUnitTest){.name = names[i], .test_func = effect_is_answered_elsewhere, .initial_state = (void *)&effect_cases[i]};
    }
    for (int i = 0; i < BUDGETS; i++) {
        snprintf(names[EFFECTS + i], sizeof names[i], "%s_elsewhere", budget_cases[i].name);
        tests[2 * (EFFECTS + i)] = (struct CMUnitTest){.name = budget_cases[i].name, .test_func = budget_holds_for_the_whole, .initial_state = (void *)&budget_cases[i]};
        tests[2 * (EFFECTS + i) + 1] = (struct CMUnitTest){.name = names[EFFECTS + i], .test_func = budget_holds_elsewhere, .initial_state = (void *)&budget_cases[i]};
    }
    test_image = argument_count > 1 ? arguments[1] : "build/bin/cordon-sandbox";
    return cmocka_run_group_tests_name("effects", tests, group_setup, group_teardown);
}
