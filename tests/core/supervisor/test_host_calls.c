/* Host functions called from Python, answered at once, later, in another order, from other threads, or never; and files
 * put into a sandbox. */
#include "engine_support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cordon_engine *engine;
static cordon_sandbox *sandbox;

/* ---- Functions of the host ---- */

enum { KEPT_MAX = 64 };
static struct kept {
    pthread_mutex_t lock;
    cordon_call *calls[KEPT_MAX];
    size_t count;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void describe(void *context, cordon_call *call)
{
    char text[256];
    const cordon_value *count = cordon_call_argument(call, "count");
    int64_t number = -1;
    (void)context;
    if (count != NULL)
        cordon_value_get_int(count, &number);
    snprintf(text, sizeof text, "%s %lld", cordon_value_get_text(cordon_call_argument(call, "name"), NULL),
             (long long)number);
    cordon_call_answer(call, cordon_value_text(text));
}

static void echo(void *context, cordon_call *call)
{
    (void)context;
    cordon_call_answer(call, cordon_value_copy(cordon_value_at(cordon_call_positional(call), 0)));
}

static void refuse(void *context, cordon_call *call)
{
    (void)context;
    cordon_call_fail(call, "NotToday", "not today: \xe2\x82\xac");
}

static void answer_nothing(void *context, cordon_call *call)
{
    (void)context;
    cordon_call_answer(call, NULL);
}

static void answer_too_much(void *context, cordon_call *call)
{
    (void)context;
    char *data = calloc(1, 17 << 20);
    cordon_call_answer(call, data ? cordon_value_bytes(data, 17 << 20) : NULL);
    free(data);
}

static void keep(void *context, cordon_call *call)
{
    (void)context;
    pthread_mutex_lock(&kept.lock);
    assert_true(kept.count < KEPT_MAX);
    kept.calls[kept.count++] = call;
    pthread_mutex_unlock(&kept.lock);
}

static void add(const char *name, const cordon_parameter *parameters, size_t count, cordon_callback_function function)
{
    cordon_error error;
    cordon_callback callback = CORDON_CALLBACK_INIT;
    callback.name = name;
    callback.description = "for the tests";
    callback.parameters = parameters;
    callback.parameter_count = count;
    callback.takes_anything = parameters == NULL;
    callback.function = function;
    check_status(cordon_engine_register(engine, &callback, &error), &error);
}

/* ---- Calls that are answered at once ---- */

static const struct call_case {
    const char *name, *source;
    cordon_outcome outcome;
    const char *value; /* as JSON */
    const char *message;
} call_cases[] = {
    {"positional", "cordon.call('text.describe', 'a', 2)", CORDON_OUTCOME_OK, "\"a 2\"", ""},
    {"named", "cordon.call('text.describe', count=3, name='b')", CORDON_OUTCOME_OK, "\"b 3\"", ""},
    {"initial_value", "cordon.call('text.describe', 'c')", CORDON_OUTCOME_OK, "\"c 7\"", ""},
    {"namespace", "cordon.host.text.describe('d', 4)", CORDON_OUTCOME_OK, "\"d 4\"", ""},
    {"awaited", "await cordon.call_async('text.describe', 'e')", CORDON_OUTCOME_OK, "\"e 7\"", ""},
    {"wrong_type", "cordon.call('text.describe', 5)", CORDON_OUTCOME_PYTHON_EXCEPTION, NULL, "TypeError"},
    {"missing", "cordon.call('text.describe')", CORDON_OUTCOME_PYTHON_EXCEPTION, NULL, "TypeError"},
    {"too_many", "cordon.call('text.describe', 'a', 1, 2)", CORDON_OUTCOME_PYTHON_EXCEPTION, NULL, "TypeError"},
    {"unknown_parameter", "cordon.call('text.describe', 'a', number=1)", CORDON_OUTCOME_PYTHON_EXCEPTION, NULL,
     "TypeError"},
    {"given_twice", "cordon.call('text.describe', 'a', name='b')", CORDON_OUTCOME_PYTHON_EXCEPTION, NULL, "TypeError"},
    {"unknown_function", "cordon.call('text.nothing')", CORDON_OUTCOME_PYTHON_EXCEPTION, NULL, "UnknownCallError"},
    {"host_error", "cordon.call('refuse')", CORDON_OUTCOME_PYTHON_EXCEPTION, NULL,
     "HostError: not today: \xe2\x82\xac"},
    {"host_error_has_a_type",
     "try:\n    cordon.call('refuse')\nexcept cordon.HostError as e:\n    found = e.host_type\nfound",
     CORDON_OUTCOME_OK, "\"NotToday\"", ""},
    {"nothing", "cordon.call('nothing') is None", CORDON_OUTCOME_OK, "true", ""},
    {"too_much", "cordon.call('too_much')", CORDON_OUTCOME_PYTHON_EXCEPTION, NULL, "too large"},
    {"listed", "sorted(c['name'] if isinstance(c, dict) else c.name for c in cordon.list_calls())", CORDON_OUTCOME_OK,
     "[\"echo\",\"keep\",\"nothing\",\"refuse\",\"slow\",\"text.describe\",\"too_much\"]", ""},
};

static void call_is_answered(void **state)
{
    const struct call_case *expected = *state;
    char *text = NULL;
    cordon_result *result = test_execute(sandbox, expected->source);
    assert_outcome(result, expected->outcome);
    if (strstr(result->message, expected->message) == NULL)
        fail_msg("%s", result->message);
    if (expected->value != NULL) {
        check_status(cordon_value_to_json(result->value, &text, NULL, NULL), NULL);
        assert_string_equal(text, expected->value);
    }
    cordon_text_release(text);
    cordon_result_destroy(result);
}

/* Values there and back, judged in Python. */
static const char *const echoed[] = {
    "None",
    "True",
    "0",
    "-1",
    "2**63-1",
    "-2**63",
    "2**64-1",
    "2**64",
    "-2**64",
    "10**400",
    "-10**400",
    "1.5",
    "-0.0",
    "float('inf')",
    "'text'",
    "'\\u20ac\\U0001f600'",
    "'\\ud800'",
    "'a\\ud800b'",
    "'a\\0b'",
    "b''",
    "b'\\x00\\xff'",
    "[]",
    "[1, [2, [3]]]",
    "()",
    "(1, (2,))",
    "{}",
    "{'a': 1, 'b': {}}",
    "{1: 2, (1, 2): 3, None: 4, b'k': 5, 1.5: 6, True: 7}",
    "{1, 2}",
    "set()",
    "frozenset({1, (2, 3)})",
    "{frozenset({1}): 2}",
    "datetime.datetime(2024, 2, 29, 23, 59, 59, 999999)",
    "datetime.datetime(1, 1, 1, tzinfo=datetime.timezone.utc)",
    "datetime.datetime(2024, 1, 1, fold=1, tzinfo=datetime.timezone(datetime.timedelta(hours=-5, minutes=-30)))",
    "datetime.date(9999, 12, 31)",
    "datetime.time(1, 2, 3, 4)",
    "datetime.time(1, 2, 3, 4, tzinfo=datetime.timezone.utc)",
    "datetime.timedelta(days=-1, microseconds=1)",
    "datetime.timedelta.max",
    "1+2j",
    "complex('inf')",
    "'x' * 100000",
    "list(range(1000))",
};

static void value_survives_the_way_there_and_back(void **state)
{
    char source[1024];
    snprintf(source, sizeof source,
             "import cordon, datetime\nsent = %s\nback = cordon.call('echo', sent)\n"
             "back == sent and type(back) is type(sent) and repr(back) == repr(sent) and getattr(back, 'fold', 0) == "
             "getattr(sent, 'fold', 0)",
             (const char *)*state);
    assert_value(sandbox, source, "true");
}

static void nan_survives_too(void **state)
{
    (void)state;
    assert_value(sandbox, "x = cordon.call('echo', float('nan'))\nx != x", "true");
}

static void depth_is_bounded(void **state)
{
    (void)state;
    assert_value(sandbox,
                 "def nest(n):\n    x = 1\n    for _ in range(n): x = [x]\n    return x\ncordon.call('echo', nest(60)) "
                 "== nest(60)",
                 "true");
    cordon_result *result = test_execute(sandbox, "cordon.call('echo', nest(70))");
    assert_outcome(result, CORDON_OUTCOME_PYTHON_EXCEPTION);
    assert_non_null(strstr(result->message, "ValueError"));
    cordon_result_destroy(result);
}

/* ---- Calls that are answered later ---- */

static size_t count_kept(void)
{
    pthread_mutex_lock(&kept.lock);
    size_t count = kept.count;
    pthread_mutex_unlock(&kept.lock);
    return count;
}

static void answer_kept(size_t index)
{
    cordon_call *call = kept.calls[index];
    const cordon_value *first = cordon_value_at(cordon_call_positional(call), 0);
    cordon_call_answer(call, cordon_value_copy(first));
}

/* Waits until so many are kept, and answers the last one first. */
static void *answer_backwards(void *wanted)
{
    for (int tries = 0; tries < 6000 && count_kept() < (size_t)(uintptr_t)wanted; tries++)
        test_sleep_ms(10);
    pthread_mutex_lock(&kept.lock);
    while (kept.count > 0)
        answer_kept(--kept.count);
    pthread_mutex_unlock(&kept.lock);
    return NULL;
}

static void gathered_calls_are_answered_in_any_order(void **state)
{
    pthread_t thread;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, answer_backwards, (void *)(uintptr_t)5), 0);
    assert_value(sandbox,
                 "import asyncio\norder = []\nasync def one(i):\n    r = await cordon.call_async('keep', i)\n    "
                 "order.append(r)\n    return r\n"
                 "found = await asyncio.gather(*[one(i) for i in range(5)])\n[found, order]",
                 "[[0,1,2,3,4],[4,3,2,1,0]]");
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void timeout_passes_while_a_call_is_open(void **state)
{
    (void)state;
    assert_value(sandbox,
                 "import asyncio\ntry:\n    await asyncio.wait_for(cordon.call_async('keep', 1), 0.05)\n    found = "
                 "'answer'\nexcept TimeoutError:\n"
                 "    found = 'timeout'\nfound",
                 "\"timeout\"");
    assert_int_equal(count_kept(), 1);
    answer_kept(--kept.count); /* too late; nobody hears it */
    assert_value(sandbox, "await asyncio.wait_for(cordon.call_async('text.describe', 'f'), 5)", "\"f 7\"");
}

static void *answer_late(void *wanted)
{
    for (int tries = 0; tries < 6000 && count_kept() < (size_t)(uintptr_t)wanted; tries++)
        test_sleep_ms(10);
    test_sleep_ms(200);
    return answer_backwards(wanted);
}

static void answer_slowly(void *context, cordon_call *call)
{
    (void)context;
    test_sleep_ms(200);
    cordon_call_answer(call, NULL);
}

/* In a guest whose clock is its own, and in one where it shall not depend on this machine. */
static void clock_moves_with_a_slow_call(void **state)
{
    static const char *const sources[] = {
        "import cordon, time\nbefore = time.monotonic()\ncordon.call('keep', 1)\ntime.monotonic() - before",
        "before = time.monotonic()\ncordon.call('slow')\ntime.monotonic() - before"};
    double passed[2][2] = {{0}};
    cordon_error error;
    (void)state;
    for (int is_deterministic = 0; is_deterministic < 2; is_deterministic++) {
        pthread_t thread;
        cordon_sandbox *timed = NULL;
        cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
        config.is_deterministic = is_deterministic;
        check_status(cordon_sandbox_create(engine, &config, &timed, &error), &error);
        assert_int_equal(pthread_create(&thread, NULL, answer_late, (void *)(uintptr_t)1), 0);
        for (int i = 0; i < 2; i++) {
            cordon_result *result = test_execute(timed, sources[i]);
            assert_outcome(result, CORDON_OUTCOME_OK);
            assert_true(cordon_value_get_float(result->value, &passed[is_deterministic][i]));
            cordon_result_destroy(result);
        }
        assert_int_equal(pthread_join(thread, NULL), 0);
        cordon_sandbox_destroy(timed);
    }
    assert_true(passed[0][0] >= 0.2 && passed[0][1] >= 0.2);
    assert_true(passed[1][0] < 0.1 && passed[1][1] < 0.1);
}

static void answer_may_come_after_the_end(void **state)
{
    (void)state;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    config.limits.value[CORDON_LIMIT_WALL] = 200000000;
    cordon_engine *own = test_engine(&config), *before = engine;
    engine = own;
    add("keep", NULL, 0, keep);
    engine = before;
    cordon_sandbox *waiting = test_sandbox(own);

    cordon_result *result = test_execute(waiting, "import cordon\ncordon.call('keep', 'argument')");

    assert_outcome(result, CORDON_OUTCOME_LIMIT_TIME);
    assert_int_equal(result->figures.calls, 1);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(waiting);
    cordon_engine_destroy(own);
    assert_int_equal(count_kept(), 1);
    assert_string_equal(cordon_call_name(kept.calls[0]), "keep");
    answer_kept(--kept.count);
}

static void bad_registrations_are_refused(void **state)
{
    static const struct {
        const char *name;
        cordon_parameter parameters[2];
        size_t count;
    } bad[] = {
        {"", {{0}}, 0},
        {"1a", {{0}}, 0},
        {"a..b", {{0}}, 0},
        {".a", {{0}}, 0},
        {"a.", {{0}}, 0},
        {"a b", {{0}}, 0},
        {"f", {{.name = "x", .type = "integer"}}, 1},
        {"f", {{.name = "x", .type = "int|"}}, 1},
        {"f", {{.name = "x.y"}}, 1},
        {"f", {{.name = "x"}, {.name = "x"}}, 2},
        {"f", {{.name = "x", .is_optional = true}, {.name = "y"}}, 2},
    };
    cordon_error error;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cordon_callback callback = CORDON_CALLBACK_INIT;
        callback.name = bad[i].name;
        callback.parameters = bad[i].parameters;
        callback.parameter_count = bad[i].count;
        callback.function = echo;
        assert_int_equal(cordon_sandbox_register(sandbox, &callback, &error), CORDON_INVALID_ARGUMENT);
    }
    cordon_callback callback = CORDON_CALLBACK_INIT;
    const cordon_parameter good = {.name = "x", .type = "int|str"};
    callback.name = "later";
    callback.parameters = &good;
    callback.parameter_count = 1;
    callback.function = echo;
    check_status(cordon_sandbox_register(sandbox, &callback, &error), &error);
    assert_value(sandbox, "[cordon.call('later', 1), cordon.call('later', 'x')]", "[1,\"x\"]");
}

/* ---- Files ---- */

static void files_come_and_go(void **state)
{
    cordon_error error;
    char *content = NULL;
    size_t size = 0;
    cordon_file_entry status;
    cordon_file_listing *listing = NULL;
    (void)state;
    check_status(cordon_sandbox_put_folder(sandbox, "/given", 0755, 0, &error), &error);
    check_status(cordon_sandbox_put_file(sandbox, "/given/a.bin", 0600, 5000000000ull, "a\0b", 3, &error), &error);
    assert_value(sandbox,
                 "import os\n[list(open('/given/a.bin', 'rb').read()), oct(os.stat('/given/a.bin').st_mode), "
                 "os.stat('/given/a.bin').st_mtime]",
                 "[[97,0,98],\"0o100600\",5.0]");
    assert_value(sandbox, "open('/given/made.txt', 'w').write('made here')", "9");

    check_status(cordon_sandbox_read_file(sandbox, "/given/made.txt", 0, &content, &size, &error), &error);
    assert_int_equal(size, 9);
    assert_string_equal(content, "made here");
    cordon_text_release(content);
    check_status(cordon_sandbox_file_status(sandbox, "/given/a.bin", &status, &error), &error);
    assert_int_equal(status.kind, CORDON_FILE_REGULAR);
    assert_int_equal(status.permissions, 0600);
    assert_int_equal(status.size_bytes, 3);
    check_status(cordon_sandbox_list_folder(sandbox, "/given", &listing, &error), &error);
    assert_int_equal(listing->count, 2);
    cordon_file_listing_destroy(listing);
    check_status(cordon_sandbox_remove(sandbox, "/given/a.bin", &error), &error);
    assert_int_equal(cordon_sandbox_file_status(sandbox, "/given/a.bin", &status, &error), CORDON_FILE_REFUSED);
    assert_int_equal(error.host_code, 2);
    check_status(cordon_sandbox_make_folder(sandbox, "/given/folder", &error), &error);
    assert_int_equal(cordon_sandbox_make_folder(sandbox, "/given/made.txt", &error), CORDON_FILE_REFUSED);
    assert_int_equal(cordon_sandbox_read_file(sandbox, "relative", 0, &content, &size, &error),
                     CORDON_INVALID_ARGUMENT);
}

static void large_file_travels(void **state)
{
    enum { SIZE = 5 * 1024 * 1024 + 17 };
    cordon_error error;
    char *content = malloc(SIZE), *back = NULL;
    size_t size = 0;
    (void)state;
    assert_non_null(content);
    for (size_t i = 0; i < SIZE; i++)
        content[i] = (char)(i * 7 + i / 251);
    check_status(cordon_sandbox_put_file(sandbox, "/given/large.bin", 0, 0, content, SIZE, &error), &error);

    check_status(cordon_sandbox_read_file(sandbox, "/given/large.bin", 0, &back, &size, &error), &error);

    assert_int_equal(size, SIZE);
    assert_memory_equal(back, content, SIZE);
    cordon_text_release(back);
    assert_int_equal(cordon_sandbox_read_file(sandbox, "/given/large.bin", 1000, &back, &size, &error),
                     CORDON_TOO_LARGE);
    assert_value(sandbox, "os.path.getsize('/given/large.bin')", "5242897");
    free(content);
}

static int group_setup(void **state)
{
    cordon_value *seven = cordon_value_int(7);
    const cordon_parameter parameters[] = {
        {.name = "name", .type = "str"}, {.name = "count", .type = "int", .is_optional = true, .initial_value = seven}};
    static const cordon_parameter none[1];
    (void)state;
    engine = test_engine(NULL);
    add("text.describe", parameters, 2, describe);
    add("echo", NULL, 0, echo);
    add("refuse", none, 0, refuse);
    add("nothing", none, 0, answer_nothing);
    add("too_much", none, 0, answer_too_much);
    add("keep", NULL, 0, keep);
    add("slow", none, 0, answer_slowly);
    cordon_value_destroy(seven);
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
    enum { CALLS = sizeof call_cases / sizeof *call_cases, ECHOED = sizeof echoed / sizeof *echoed };
    struct CMUnitTest tests[CALLS + ECHOED + 9] = {
        [CALLS + ECHOED] = cmocka_unit_test(nan_survives_too),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(gathered_calls_are_answered_in_any_order),
        cmocka_unit_test(timeout_passes_while_a_call_is_open),
        cmocka_unit_test(clock_moves_with_a_slow_call),
        cmocka_unit_test(answer_may_come_after_the_end),
        cmocka_unit_test(bad_registrations_are_refused),
        cmocka_unit_test(files_come_and_go),
        cmocka_unit_test(large_file_travels),
    };
    for (int i = 0; i < CALLS; i++)
        tests[i] = (struct CMUnitTest){
            .name = call_cases[i].name, .test_func = call_is_answered, .initial_state = (void *)&call_cases[i]};
    for (int i = 0; i < ECHOED; i++)
        tests[CALLS + i] = (struct CMUnitTest){
            .name = echoed[i], .test_func = value_survives_the_way_there_and_back, .initial_state = (void *)echoed[i]};
    test_image = argument_count > 1 ? arguments[1] : "build/bin/cordon-sandbox";
    return cmocka_run_group_tests_name("host calls", tests, group_setup, group_teardown);
}
