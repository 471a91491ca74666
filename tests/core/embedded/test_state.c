/* Named state: what is kept, what is left out and why, and that nothing but a whole snapshot by the right key gets in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interpreter_support.h"

static const cordon_state_key key = {.trust = CORDON_STATE_KEYED, .bytes = "a key of sixteen", .size = 16};
static const cordon_state_key other_key = {.trust = CORDON_STATE_KEYED, .bytes = "a key of sixteeN", .size = 16};
static const cordon_state_key no_key = {.trust = CORDON_STATE_UNKEYED};

typedef struct stored {
    char *bytes;
    size_t size;
    cordon_value *report;
} stored;

static stored take(const cordon_state_key *by)
{
    stored made;
    cordon_error error;
    assert_done(cordon_interpreter_snapshot(interpreter, by, &made.bytes, &made.size, &made.report, &error), &error);
    return made;
}

static void release(stored *made)
{
    cordon_text_release(made->bytes);
    cordon_value_destroy(made->report);
    *made = (stored){.bytes = NULL};
}

static void restore(const stored *made)
{
    cordon_value *report;
    cordon_error error;
    assert_done(cordon_interpreter_restore(interpreter, made->bytes, made->size, &key, &report, &error), &error);
    assert_true(cordon_value_equal(report, made->report));
    cordon_value_destroy(report);
}

/* As JSON, good until the next call. */
static const char *part_of(const cordon_value *report, const char *name)
{
    static char *text;
    cordon_error error;
    cordon_text_release(text);
    text = NULL;
    assert_done(cordon_value_to_json(cordon_value_get(report, name), &text, NULL, &error), &error);
    return text;
}

/* Why that variable was left out; NULL: it was not. */
static const char *reason_for(const cordon_value *report, const char *name)
{
    const cordon_value *skipped = cordon_value_get(report, "skipped");
    for (size_t i = 0; i < cordon_value_count(skipped); i++)
        if (strcmp(cordon_value_get_text(cordon_value_at(cordon_value_at(skipped, i), 0), NULL), name) == 0)
            return cordon_value_get_text(cordon_value_at(cordon_value_at(skipped, i), 1), NULL);
    return NULL;
}

static void assert_left_out(const cordon_value *report, const char *name, const char *why)
{
    const char *reason = reason_for(report, name);
    if (reason == NULL || strstr(reason, why) == NULL)
        fail_msg("%s: %s, which is not about %s", name, reason != NULL ? reason : "kept", why);
}

static int create(void **state)
{
    cordon_error error;
    cordon_interpreter_config config = CORDON_INTERPRETER_CONFIG_INIT;
    (void)state;
    config.home = home;
    config.allows_everything = true;
    assert_done(cordon_interpreter_create(&config, &interpreter, &error), &error);
    return 0;
}

/* Every variable of the session goes: each test begins with none. */
static int forget(void **state)
{
    (void)state;
    value_of("for _name in list(globals()):\n    if not _name.startswith('__'): del globals()[_name]\n");
    value_of("globals().pop('_name', None)");
    return 0;
}

static void plain_values_are_kept(void **state)
{
    (void)state;
    value_of("import decimal, random, datetime, collections\nnothing = None\nnumber = 2**100\ntext = 'caf\\xe9'\nnested = {'a': [1, (2, {3})], 4: b'x'}\n"
             "when = datetime.datetime(2026, 1, 2)\nprecise = decimal.Decimal('1.10')\ncounts = collections.Counter('aab')\nqueue = collections.deque([1], 3)\n"
             "chance = random.Random(7)\nexpected = random.Random(7).random()\ndots = ...\nit = iter([1, 2, 3])\nfirst = next(it)");
    stored made = take(&key);
    assert_string_equal(part_of(made.report, "kept"),
                        "[\"chance\",\"counts\",\"dots\",\"expected\",\"first\",\"it\",\"nested\",\"nothing\",\"number\",\"precise\",\"queue\",\"text\",\"when\"]");
    assert_string_equal(part_of(made.report, "imported"), "[\"collections\",\"datetime\",\"decimal\",\"random\"]");
    assert_string_equal(part_of(made.report, "skipped"), "[]");
    forget(NULL);
    restore(&made);
    assert_string_equal(value_of("nothing is None and number == 2**100 and text == 'caf\\xe9' and nested == {'a': [1, (2, {3})], 4: b'x'} and when.year == 2026 and str(precise) == '1.10'"), "true");
    assert_string_equal(value_of("counts['a'] == 2 and queue.maxlen == 3 and chance.random() == expected and dots is ... and list(it) == [2, 3] and decimal.Decimal(1) == 1"), "true");
    release(&made);
}

static void shared_objects_stay_shared(void **state)
{
    (void)state;
    value_of("a = [1]\nb = {'a': a}\nc = (a, b)\nd = []\nd.append(d)");
    stored made = take(&key);
    forget(NULL);
    restore(&made);
    assert_string_equal(value_of("b['a'] is a and c[0] is a and c[1] is b and d[0] is d"), "true");
    release(&made);
}

static void functions_of_the_session_are_kept_by_their_code(void **state)
{
    (void)state;
    value_of("base = 10\ndef plus(x, y=2, *, z=3) -> int:\n    'adds'\n    return base + x + y + z\nplus.calls = 5\ndef counter():\n    n = 0\n    def step():\n        nonlocal n\n        n += 1\n        return n\n    return step\n"
             "step = counter()\nstep(); step()\ndef fact(n): return 1 if n < 2 else n * fact(n - 1)\ntable = {'double': lambda x: 2 * x, 'plus': plus}\n"
             "def gen():\n    yield from (1, 2)\nasync def later(): return 'awaited'");
    stored made = take(&key);
    assert_string_equal(part_of(made.report, "skipped"), "[]");
    forget(NULL);
    restore(&made);
    assert_string_equal(value_of("[plus(1), plus.calls, plus.__doc__, plus.__annotations__['return'] is int, plus.__module__]"), "[16,5,\"adds\",true,\"__main__\"]");
    assert_string_equal(value_of("base = 20\n[plus(1), step(), step(), fact(5), table['double'](4), table['plus'] is plus, list(gen()), await later()]"),
                        "[26,3,4,120,8,true,[1,2],\"awaited\"]");
    release(&made);
}

static void what_cannot_be_kept_is_left_out_with_a_reason(void **state)
{
    (void)state;
    value_of("import threading, types, enum\nclass Own: pass\nown = Own()\nlist_of_own = [own]\ngenerator = (x for x in ())\nlock = threading.Lock()\nfile = open('/dev/null')\n"
             "made_by_hand = types.ModuleType('made_by_hand')\nwith_module = [types]\nfrom math import sqrt\nfrom collections import OrderedDict\nfrom json import dumps\nfrom random import random\n"
             "from typing import Optional\nfrom datetime import datetime\nalias = int\nkept = [sqrt, OrderedDict, int]\nimport re\nflag = re.IGNORECASE\n"
             "import functools\nnameless = types.MethodType(functools.partial(print), lock)\nodd_class = type('odd_class', (), {'__module__': []})\n"
             "no_name = types.ModuleType('x')\ndel no_name.__name__");
    stored made = take(&key);
    const cordon_value *report = made.report;
    assert_left_out(report, "nameless", "");
    assert_left_out(report, "odd_class", "");
    assert_left_out(report, "no_name", "a module that cannot be imported");
    assert_left_out(report, "Own", "a class that the session defined");
    assert_left_out(report, "own", "needs the class Own");
    assert_left_out(report, "list_of_own", "needs the class Own");
    assert_left_out(report, "generator", "TypeError: cannot pickle 'generator' object");
    assert_left_out(report, "lock", "TypeError: cannot pickle '_thread.lock' object");
    assert_left_out(report, "file", "TypeError: cannot pickle");
    assert_left_out(report, "made_by_hand", "a module that cannot be imported");
    assert_left_out(report, "with_module", "it refers to the module types");
    assert_left_out(report, "sqrt", "math owns it");
    assert_left_out(report, "OrderedDict", "collections owns it");
    assert_left_out(report, "dumps", "json owns it");
    assert_left_out(report, "random", "random owns it");
    assert_left_out(report, "Optional", "typing owns it");
    assert_left_out(report, "datetime", "datetime owns it");
    assert_left_out(report, "alias", "builtins owns it");
    assert_string_equal(part_of(report, "kept"), "[\"flag\",\"kept\"]");
    forget(NULL);
    restore(&made);
    assert_string_equal(value_of("sorted(n for n in globals() if not n.startswith('__'))"), "[\"enum\",\"flag\",\"functools\",\"kept\",\"re\",\"threading\",\"types\"]");
    assert_string_equal(value_of("import math\nkept[0] is math.sqrt and kept[2] is int and flag is re.I"), "true");
    release(&made);
}

/* What pickle writes by its name alone, and that name is one of the session's: nothing could read it again, so nothing that holds it may be called kept. */
static void what_is_known_by_a_name_of_the_session_is_left_out(void **state)
{
    (void)state;
    value_of("import contextlib, functools, typing\nT = typing.TypeVar('T')\nUserId = typing.NewType('UserId', int)\n"
             "def same(x: T) -> T: return x\ndef user(x: 'UserId') -> int: return x\n"
             "@functools.lru_cache\ndef cached(x): return x\ntable = {'cached': cached}\npart = functools.partial(cached, 1)\n"
             "@contextlib.contextmanager\ndef managed():\n    yield 1\nhandlers = [managed]\n"
             "class Named:\n    def __reduce__(self): return 'the_one'\nthe_one = Named()\n"
             "typed = [typing.Optional[int], typing.AnyStr]\nlibrary = {'wraps': functools.wraps, 'closing': contextlib.closing}");
    stored made = take(&key);
    const cordon_value *report = made.report;
    assert_left_out(report, "T", "T, which the session defined");
    assert_left_out(report, "UserId", "UserId, which the session defined");
    assert_left_out(report, "same", "T, which the session defined");
    assert_left_out(report, "cached", "cached, which the session defined");
    assert_left_out(report, "table", "cached, which the session defined");
    assert_left_out(report, "part", "cached, which the session defined");
    assert_left_out(report, "managed", "managed, which the session defined");
    assert_left_out(report, "handlers", "managed, which the session defined");
    assert_left_out(report, "the_one", "the_one, which the session defined");
    assert_string_equal(part_of(report, "kept"), "[\"library\",\"typed\",\"user\"]");
    forget(NULL);
    restore(&made);
    assert_string_equal(value_of("import contextlib, functools, typing\n[user(3), library == {'wraps': functools.wraps, 'closing': contextlib.closing}, typed == [typing.Optional[int], typing.AnyStr]]"),
                        "[3,true,true]");
    release(&made);
}

static void state_is_replaced_not_merged(void **state)
{
    (void)state;
    value_of("old = 1\nboth = 'then'");
    stored made = take(&key);
    value_of("new = 2\nboth = 'now'\nx: int = 5");
    restore(&made);
    assert_string_equal(value_of("both, old"), "[\"then\",1]");
    exception_of("new", "NameError");
    exception_of("x", "NameError");
    assert_string_equal(value_of("__name__, x if (x := 3) else 0"), "[\"__main__\",3]");
    release(&made);
}

static void failure_leaves_the_session_as_it_was(void **state)
{
    cordon_error error;
    cordon_value *report;
    (void)state;
    value_of("import sys\nclass Odd:\n    pass\nsys.modules['passing'] = type(sys)('passing')\nsys.modules['passing'].Odd = Odd\nOdd.__module__ = 'passing'\nodd = Odd()\ndel Odd\nimport passing");
    stored made = take(&key);
    assert_null(reason_for(made.report, "odd"));
    value_of("odd = 'untouched'\nlater = 'too'\ndel sys.modules['passing']");
    assert_int_equal(cordon_interpreter_restore(interpreter, made.bytes, made.size, &key, &report, &error), CORDON_INVALID_ARGUMENT);
    assert_null(report);
    assert_non_null(strstr(error.message, "No module named 'passing'"));
    assert_string_equal(value_of("odd, later"), "[\"untouched\",\"too\"]");
    value_of("sys.modules['passing'] = passing");
    restore(&made); /* its twin */
    assert_string_equal(value_of("type(odd).__name__"), "\"Odd\"");
    release(&made);
}

static void refused_with(const void *bytes, size_t size, const cordon_state_key *by, const char *why)
{
    cordon_error error;
    cordon_value *report = (void *)1;
    assert_int_equal(cordon_interpreter_restore(interpreter, bytes, size, by, &report, &error), CORDON_INVALID_ARGUMENT);
    assert_null(report);
    if (strstr(error.message, why) == NULL)
        fail_msg("%s: not about %s", error.message, why);
}

static void foreign_data_is_refused(void **state)
{
    (void)state;
    value_of("secret = 'kept'");
    stored made = take(&key), plain = take(&no_key);
    value_of("secret = 'changed'");
    refused_with("a pickle of strangers", 21, &key, "no snapshot");
    refused_with("", 0, &key, "no snapshot");
    refused_with(made.bytes, made.size - 1, &key, "cut off");
    refused_with(made.bytes, 40, &key, "cut off");
    refused_with(made.bytes, made.size, &other_key, "another key");
    refused_with(made.bytes, made.size, &no_key, "made with a key");
    refused_with(plain.bytes, plain.size, &key, "made without a key");
    assert_string_equal(value_of("secret"), "\"changed\"");
    restore(&made);
    assert_string_equal(value_of("secret"), "\"kept\"");
    cordon_error error;
    value_of("secret = 'changed'");
    assert_done(cordon_interpreter_restore(interpreter, plain.bytes, plain.size, &no_key, NULL, &error), &error);
    assert_string_equal(value_of("secret"), "\"kept\"");
    release(&plain);
    release(&made);
}

/* Each byte of it, one after the other. */
static void damage_is_noticed_wherever_it_is(void **state)
{
    cordon_error error;
    (void)state;
    value_of("a = 1");
    stored made = take(&key), plain = take(&no_key);
    for (size_t i = 0; i < made.size; i++) {
        made.bytes[i] ^= 0x40;
        assert_int_equal(cordon_interpreter_restore(interpreter, made.bytes, made.size, &key, NULL, &error), CORDON_INVALID_ARGUMENT);
        made.bytes[i] ^= 0x40;
    }
    for (size_t i = 0; i < plain.size; i++) {
        plain.bytes[i] ^= 0x01;
        assert_int_equal(cordon_interpreter_restore(interpreter, plain.bytes, plain.size, &no_key, NULL, &error), CORDON_INVALID_ARGUMENT);
        plain.bytes[i] ^= 0x01;
    }
    restore(&made);
    release(&plain);
    release(&made);
}

static void keys_must_be_keys(void **state)
{
    const cordon_state_key none = {.trust = CORDON_STATE_KEYED}, brief = {.bytes = "short", .size = 5}, both = {.trust = CORDON_STATE_UNKEYED, .bytes = "a key of sixteen", .size = 16};
    const cordon_state_key *bad[] = {NULL, &none, &brief, &both};
    char *bytes;
    size_t size;
    cordon_error error;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(cordon_interpreter_snapshot(interpreter, bad[i], &bytes, &size, NULL, &error), CORDON_INVALID_ARGUMENT);
        assert_null(bytes);
        assert_int_equal(cordon_interpreter_restore(interpreter, "x", 1, bad[i], NULL, &error), CORDON_INVALID_ARGUMENT);
        assert_non_null(strstr(error.message, "key"));
    }
}

/* Taken up in another process, which never ran any of it. */
static void state_moves_to_another_process(void **state)
{
    (void)state;
    value_of("total = 41\ndef more(): \n    global total\n    total += 1\n    return total");
    stored made = take(&key);
    char path[512], program[512];
    snprintf(path, sizeof path, "%.400s/state.bin", work);
    snprintf(program, sizeof program, "/proc/self/exe");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(made.bytes, 1, made.size, file), made.size);
    fclose(file);
    pid_t child = fork();
    if (child == 0) {
        execl(program, "test_state", home, work, path, (char *)NULL);
        _exit(99);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    release(&made);
}

/* The other process: its exit code is what the session's function gives. */
static int take_up(const char *path)
{
    char bytes[65536];
    cordon_error error;
    int64_t number = 0;
    FILE *file = fopen(path, "rb");
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    create(NULL);
    if (cordon_interpreter_restore(interpreter, bytes, size, &key, NULL, &error) != CORDON_OK)
        return 98;
    cordon_result *result = execute("more()");
    cordon_value_get_int(result->value, &number);
    cordon_result_destroy(result);
    return (int)number;
}

int main(int argument_count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(plain_values_are_kept, forget),
        cmocka_unit_test_setup(shared_objects_stay_shared, forget),
        cmocka_unit_test_setup(functions_of_the_session_are_kept_by_their_code, forget),
        cmocka_unit_test_setup(what_cannot_be_kept_is_left_out_with_a_reason, forget),
        cmocka_unit_test_setup(what_is_known_by_a_name_of_the_session_is_left_out, forget),
        cmocka_unit_test_setup(state_is_replaced_not_merged, forget),
        cmocka_unit_test_setup(failure_leaves_the_session_as_it_was, forget),
        cmocka_unit_test_setup(foreign_data_is_refused, forget),
        cmocka_unit_test_setup(damage_is_noticed_wherever_it_is, forget),
        cmocka_unit_test_setup(keys_must_be_keys, forget),
        cmocka_unit_test_setup(state_moves_to_another_process, forget),
    };
    take_arguments(argument_count, arguments);
    if (argument_count == 4)
        return take_up(arguments[3]);
    return cmocka_run_group_tests(tests, create, NULL);
}
