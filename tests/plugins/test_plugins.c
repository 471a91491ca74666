/* Plugins through the public headers, in one home: the same cases for all. Loading, calling, every way to fail, grants, effects, being lost and loaded anew. */
#include "plugin_support.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char manifest_head[] = "name: %s\nversion: \"1.0\"\napi_version: 1\nentry: main\n"
                                    "commands:\n  greet:\n    parameters: [{name: who, type: str}]\n  fail:\n"
                                    "contracts:\n  work:\n    functions:\n      add: {parameters: [{name: a, type: int}, {name: b, type: int, default: 10}], returns: int}\n"
                                    "      who:\n      count:\n      spin:\n      eat:\n      leave:\n      crash:\n      raising:\n      later:\n      ask:\n      look:\n      tidy:\n      say:\n";
static const char code[] = "import utils\nfrom generated.contracts import WHO\n"
                           "_count = 0\n"
                           "def greet(who): return f'{WHO} greets {who}'\n"
                           "def fail(): raise ValueError('as it was told')\n"
                           "def add(a, b): return a + b\n"
                           "def who(): return [WHO, utils.NAME]\n"
                           "def count():\n    global _count\n    _count += 1\n    return _count\n"
                           "def spin():\n    while True: pass\n"
                           "def eat():\n    return [bytearray(1 << 20) for _ in range(4096)]\n"
                           "def leave():\n    import os\n    os._exit(7)\n"
                           "def crash():\n    import faulthandler\n    faulthandler._read_null()\n"
                           "def raising():\n    raise KeyError('not there')\n"
                           "async def later():\n    import asyncio\n    await asyncio.sleep(0)\n    return 'later'\n"
                           "def ask():\n    import cordon\n    return cordon.call('ask_host', 5)\n"
                           "def say(): print('said')\n"
                           "def tidy():\n    import gc\n    gc.collect()\n"
                           "def look():\n    return open('/granted/data.txt').read()\n";

/* A plugin whose modules have the names that every plugin's have here. `more`: further lines of its manifest. */
static void write_plugin(const char *folder, const char *name, const char *more)
{
    char text[4096];
    int used = snprintf(text, sizeof text, manifest_head, name);
    snprintf(text + used, sizeof text - (size_t)used, "%s", more);
    write_file(folder, "plugin.yaml", text);
    write_file(folder, "main.py", code);
    snprintf(text, sizeof text, "NAME = 'utils of %s'\n", name);
    write_file(folder, "utils.py", text);
    write_file(folder, "generated/__init__.py", "");
    snprintf(text, sizeof text, "WHO = '%s'\n", name);
    write_file(folder, "generated/contracts.py", text);
}

/* ---- Using ---- */

static void calls_and_executions(void **state)
{
    cordon_plugins *plugins = make_plugins(NULL);
    cordon_plugin *plugin;
    cordon_result *result = NULL;
    cordon_plugin_error error;
    (void)state;
    write_plugin("one", "one", "");
    plugin = load(plugins, "one");
    assert_string_equal(cordon_plugin_name(plugin), "one");
    assert_string_equal(cordon_plugin_version(plugin), "1.0");
    assert_int_equal(strlen(cordon_plugin_digest(plugin)), 64);

    assert_call(plugin, "work", "add", "5", 2, 2, 3);
    assert_call(plugin, "work", "add", "12", 1, 2);
    assert_call(plugin, "work", "count", "1", 0);
    assert_call(plugin, "work", "count", "2", 0); /* its state stays */
    assert_call(plugin, "work", "later", "\"later\"", 0);

    cordon_value *arguments = cordon_value_dict();
    cordon_value_dict_set(arguments, "command", cordon_value_text("greet"));
    cordon_value_dict_set(arguments, "who", cordon_value_text("Ann"));
    assert_int_equal(cordon_plugin_execute(plugin, arguments, NULL, &result, &error), CORDON_PLUGIN_OK);
    assert_string_equal(cordon_value_get_text(result->value, NULL), "one greets Ann");
    cordon_result_destroy(result);
    cordon_value_destroy(arguments);

    assert_int_equal(cordon_plugin_describe(plugin, &result, &error), CORDON_PLUGIN_OK);
    assert_string_equal(cordon_value_get_text(cordon_value_get(result->value, "name"), NULL), "one");
    cordon_result_destroy(result);
    cordon_plugin_unload(plugin);
    cordon_plugins_destroy(plugins);
}

/* A plugin whose functions are called again and again. */
static void write_caller(const char *folder)
{
    write_file(folder, "plugin.yaml", "name: caller\nversion: \"1.0\"\napi_version: 1\nentry: main\n"
                                      "contracts:\n  work:\n    functions:\n      add: {parameters: [{name: a, type: int}, {name: b, type: int, default: 10}], returns: int}\n"
                                      "      count:\n      later:\n      say:\n      echo:\n      perhaps:\n      keep:\n      redirect:\n      swap:\n      below:\n      patch:\n");
    write_file(folder, "main.py",
               "_count = 0\n"
               "def add(a, b): return a + b\n"
               "def count():\n    global _count\n    _count += 1\n    return _count\n"
               "async def later(): return 'later'\n"
               "def say(): print('said')\n"
               "def echo(*given): return list(given)\n"
               "def perhaps(fails):\n    if fails: raise KeyError('this time')\n    return fails\n"
               "def keep():\n    global write\n    import sys\n    if 'write' not in globals(): write = sys.stdout.write\n    write('kept')\n"
               "def redirect(text):\n    import io, sys\n    if not hasattr(sys.stdout, 'own'):\n"
               "        class Own(io.TextIOBase):\n            own, held = sys.stdout, []\n            def write(self, text): self.held.append(text)\n"
               "            def flush(self): self.own.write(''.join(self.held)); self.held.clear()\n        sys.stdout = Own()\n"
               "    if text: print(text, end='')\n"
               "def below():\n    import sys\n    return sys._getframe(1).f_code.co_name\n"
               "def patch(text):\n    import os, sys\n    stream = sys.stdout\n    if 'write' not in vars(stream):\n        held = []\n"
               "        def flush():\n            os.write(1, ''.join(held).encode())\n            held.clear()\n"
               "        stream.write, stream.flush = held.append, flush\n    print(text, end='')\n"
               "def swap():\n    from cordon.plugins import _calls\n    for key in list(_calls._bound):\n"
               "        if key[2] == 'count': _calls._bound[key] = (lambda: 'swapped', {()}, None)\n");
}

/* Calls `function` with one argument, which is taken over, or none. What it must come to; *text_out, if it is wanted, is the value in JSON. */
static void check_once(cordon_plugin *plugin, const char *function, cordon_value *argument, cordon_plugin_status status, const char *output, char **text_out)
{
    cordon_value *positional = cordon_value_list();
    cordon_result *result = NULL;
    cordon_plugin_error error;
    if (argument != NULL)
        cordon_value_append(positional, argument);
    if (cordon_plugin_call(plugin, "work", function, positional, NULL, NULL, &result, &error) != status)
        fail_msg("%s: %s: %s", function, cordon_plugin_status_name(error.status), error.message);
    assert_string_equal(result->standard_output.data, output);
    if (text_out != NULL)
        assert_int_equal(cordon_value_to_json(result->value, text_out, NULL, NULL), CORDON_OK);
    cordon_result_destroy(result);
    cordon_value_destroy(positional);
}

enum { REPETITIONS = 4 }; /* the first finds the function, the second its schema's answer, and later ones may find the whole call known */

static void check_echo(cordon_plugin *plugin, const cordon_value *given)
{
    char *wanted = NULL, *text = NULL;
    cordon_value *list = cordon_value_list();
    cordon_value_append(list, cordon_value_copy(given));
    assert_int_equal(cordon_value_to_json(list, &wanted, NULL, NULL), CORDON_OK);
    for (int i = 0; i < REPETITIONS; i++) {
        check_once(plugin, "echo", cordon_value_copy(given), CORDON_PLUGIN_OK, "", &text);
        assert_string_equal(text, wanted);
        cordon_text_release(text);
    }
    cordon_text_release(wanted);
    cordon_value_destroy(list);
}

static void arguments_come_as_they_are_each_time(void **state)
{
    static const int64_t numbers[] = {0, 1, 127, 128, 255, 256, 65535, 65536, 4294967295, 4294967296, INT64_MAX, -1, -32, -33, -128, -129, -32768, -32769, -2147483648, -2147483649, INT64_MIN};
    static const size_t lengths[] = {0, 1, 31, 32, 255, 256, 5000, 65536, 70000};
    cordon_plugins *plugins = make_plugins(NULL);
    (void)state;
    write_caller("caller");
    cordon_plugin *plugin = load(plugins, "caller");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        cordon_value *number = cordon_value_int(numbers[i]);
        check_echo(plugin, number);
        cordon_value_destroy(number);
    }
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char *text = malloc(lengths[i] + 1);
        memset(text, 'x', lengths[i]);
        text[lengths[i]] = '\0';
        cordon_value *value = cordon_value_text(text), *bytes = cordon_value_bytes(text, lengths[i]);
        check_echo(plugin, value);
        check_echo(plugin, bytes);
        cordon_value_destroy(value);
        cordon_value_destroy(bytes);
        free(text);
    }
    cordon_value *others[] = {cordon_value_none(), cordon_value_bool(true), cordon_value_bool(false), cordon_value_float(-1.5), cordon_value_text("\xc3\xa4\xe2\x82\xac"),
                              cordon_value_list(), cordon_value_dict()};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        check_echo(plugin, others[i]);
        cordon_value_destroy(others[i]);
    }
    for (int i = 0; i < REPETITIONS; i++)
        assert_call(plugin, "work", "echo", "[1,2,3,4,5,6,7,8,9]", 9, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    cordon_plugin_unload(plugin);
    cordon_plugins_destroy(plugins);
}

/* A schema is held, and an exception told, however often a call went well before. */
static void known_calls_are_checked_as_the_first(void **state)
{
    cordon_plugins *plugins = make_plugins(NULL);
    (void)state;
    write_caller("caller");
    cordon_plugin *plugin = load(plugins, "caller");
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < REPETITIONS; i++) {
            assert_call(plugin, "work", "add", "5", 2, 2, 3);
            check_once(plugin, "perhaps", cordon_value_bool(false), CORDON_PLUGIN_OK, "", NULL);
            check_once(plugin, "later", NULL, CORDON_PLUGIN_OK, "", NULL);
        }
        check_once(plugin, "add", cordon_value_text("2"), CORDON_PLUGIN_BAD_ARGUMENTS, "", NULL);
        check_once(plugin, "perhaps", cordon_value_bool(true), CORDON_PLUGIN_RAISED, "", NULL);
        check_once(plugin, "count", cordon_value_int(1), CORDON_PLUGIN_RAISED, "", NULL); /* it takes none */
    }
    cordon_plugin_unload(plugin);
    cordon_plugins_destroy(plugins);
}

/* What a call wrote comes with its own result: also by a method that somebody kept, or to what the plugin put in place of the stream. */
static void output_comes_with_each_call(void **state)
{
    cordon_plugins *plugins = make_plugins(NULL);
    (void)state;
    write_caller("caller");
    cordon_plugin *plugin = load(plugins, "caller");
    for (int i = 0; i < REPETITIONS; i++) {
        check_once(plugin, "say", NULL, CORDON_PLUGIN_OK, "said\n", NULL);
        check_once(plugin, "count", NULL, CORDON_PLUGIN_OK, "", NULL);
        if (setting.has_limits) /* elsewhere the streams are the host's, and change with each call */
            check_once(plugin, "keep", NULL, CORDON_PLUGIN_OK, "kept", NULL);
    }
    for (int i = 0; setting.has_limits && i < REPETITIONS; i++) {
        check_once(plugin, "redirect", cordon_value_text("own"), CORDON_PLUGIN_OK, "own", NULL);
        check_once(plugin, "redirect", cordon_value_text(""), CORDON_PLUGIN_OK, "", NULL);
    }
    cordon_plugin_unload(plugin);
    cordon_plugins_destroy(plugins);
}

/* A method of the stream's own stands before that of its type. */
static void output_of_patched_streams_comes_with_each_call(void **state)
{
    cordon_plugins *plugins = make_plugins(NULL);
    (void)state;
    write_caller("caller");
    cordon_plugin *plugin = load(plugins, "caller");
    check_once(plugin, "say", NULL, CORDON_PLUGIN_OK, "said\n", NULL);
    for (int i = 0; i < REPETITIONS; i++)
        check_once(plugin, "count", NULL, CORDON_PLUGIN_OK, "", NULL); /* until nothing is flushed any more */
    for (int i = 0; setting.has_limits && i < REPETITIONS; i++) {
        check_once(plugin, "patch", cordon_value_text("own"), CORDON_PLUGIN_OK, "own", NULL);
        check_once(plugin, "patch", cordon_value_text(""), CORDON_PLUGIN_OK, "", NULL);
    }
    cordon_plugin_unload(plugin);
    cordon_plugins_destroy(plugins);
}

/* Who asks who called sees the same at the first call, which is looked up, and at those that are known. */
static void known_calls_have_the_same_frame_below(void **state)
{
    cordon_plugins *plugins = make_plugins(NULL);
    (void)state;
    write_caller("caller");
    cordon_plugin *plugin = load(plugins, "caller");
    for (int i = 0; setting.has_limits && i < REPETITIONS; i++) /* in the host's own process a call goes to the function itself */
        assert_call(plugin, "work", "below", "\"call\"", 0);
    cordon_plugin_unload(plugin);
    cordon_plugins_destroy(plugins);
}

static void known_calls_are_forgotten_with_what_they_call(void **state)
{
    cordon_plugins *plugins = make_plugins(NULL);
    char number[16];
    (void)state;
    write_caller("caller");
    cordon_plugin *plugin = load(plugins, "caller");
    for (int i = 1; i <= REPETITIONS; i++) {
        snprintf(number, sizeof number, "%d", i);
        assert_call(plugin, "work", "count", number, 0);
    }
    check_once(plugin, "swap", NULL, CORDON_PLUGIN_OK, "", NULL);
    for (int i = 0; i < REPETITIONS; i++)
        assert_call(plugin, "work", "count", "\"swapped\"", 0);
    cordon_plugin_unload(plugin);
    plugin = load(plugins, "caller");
    for (int i = 1; i <= REPETITIONS; i++) {
        snprintf(number, sizeof number, "%d", i);
        assert_call(plugin, "work", "count", number, 0);
    }
    cordon_plugin_unload(plugin);
    cordon_plugins_destroy(plugins);
}

static uint64_t fuel_of(cordon_plugin *plugin, const char *function, size_t arguments)
{
    cordon_value *positional = cordon_value_list();
    cordon_result *result = NULL;
    cordon_plugin_error error;
    for (size_t i = 0; i < arguments; i++)
        cordon_value_append(positional, cordon_value_int((int64_t)i));
    if (cordon_plugin_call(plugin, "work", function, positional, NULL, NULL, &result, &error) != CORDON_PLUGIN_OK)
        fail_msg("%s: %s: %s", function, cordon_plugin_status_name(error.status), error.message);
    uint64_t fuel = result->figures.fuel;
    cordon_result_destroy(result);
    cordon_value_destroy(positional);
    return fuel;
}

/* Known, forgotten because others came, or never known because it has too many arguments: the same code, the same fuel. */
static void known_calls_cost_the_same_fuel(void **state)
{
    static const char *const functions[] = {"echo", "say", "count"};
    cordon_plugins *plugins = make_plugins(NULL);
    (void)state;
    if (!setting.has_limits) {
        cordon_plugins_destroy(plugins);
        skip();
    }
    write_caller("caller");
    cordon_plugin *plugin = load(plugins, "caller"), *other = load(plugins, "caller");
    (void)fuel_of(plugin, "echo", 9);
    (void)fuel_of(plugin, "echo", 1);
    const uint64_t echo = fuel_of(plugin, "echo", 9);
    assert_true(echo > 0);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < REPETITIONS; i++)
            assert_int_equal(fuel_of(plugin, "echo", 1), echo);
        for (size_t i = 0; i < 9; i++) {
            (void)fuel_of(plugin, "echo", i);
            (void)fuel_of(other, "echo", i);
        }
        for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
            (void)fuel_of(other, functions[i], 0);
    }
    cordon_plugin_unload(other);
    cordon_plugin_unload(plugin);
    cordon_plugins_destroy(plugins);
}

static void plugins_keep_their_modules_apart(void **state)
{
    cordon_plugins *plugins = make_plugins(NULL);
    (void)state;
    write_plugin("one", "one", "");
    write_plugin("two", "two", "");
    cordon_plugin *one = load(plugins, "one"), *two = load(plugins, "two"), *again = load(plugins, "one");
    assert_call(one, "work", "who", "[\"one\",\"utils of one\"]", 0);
    assert_call(two, "work", "who", "[\"two\",\"utils of two\"]", 0);
    assert_call(one, "work", "count", "1", 0);
    assert_call(again, "work", "count", "1", 0); /* two loads of one plugin do not meet */
    assert_call(one, "work", "count", "2", 0);
    cordon_plugin_unload(one);
    assert_call(again, "work", "who", "[\"one\",\"utils of one\"]", 0);
    assert_call(two, "work", "count", "1", 0);
    cordon_plugin_unload(again);
    cordon_plugin_unload(two);
    cordon_plugins_destroy(plugins);
}

static cordon_figures figures_of(cordon_plugin *plugin)
{
    cordon_result *result = NULL;
    cordon_plugin_error error;
    if (call_without(plugin, "tidy", &result, &error) != CORDON_PLUGIN_OK)
        fail_msg("%s", error.message);
    cordon_figures figures = result->figures;
    cordon_result_destroy(result);
    return figures;
}

/* A second thread that meets the first one's call. */
typedef struct meeting {
    cordon_plugin *plugin;
    cordon_plugin_status status;
} meeting;

static void *call_beside(void *context)
{
    meeting *met = context;
    cordon_result *result = NULL;
    met->status = call_without(met->plugin, "who", &result, NULL);
    cordon_result_destroy(result);
    return NULL;
}

static int meet(void *context, int stream, const void *data, size_t size)
{
    pthread_t thread;
    (void)stream, (void)data, (void)size;
    assert_int_equal(pthread_create(&thread, NULL, call_beside, context), 0);
    return pthread_join(thread, NULL);
}

/* While a plugin runs, another thread is told that it is in use; a plugin that shares nothing with it goes on meanwhile. */
static void one_thread_at_a_time(void **state)
{
    cordon_plugins *plugins = make_plugins(NULL);
    cordon_plugin_run run = CORDON_PLUGIN_RUN_INIT;
    cordon_result *result = NULL;
    cordon_plugin_error error;
    (void)state;
    write_plugin("one", "one", "");
    write_plugin("two", "two", "");
    cordon_plugin *one = load(plugins, "one"), *two = load(plugins, "two");
    meeting same = {.plugin = one}, other = {.plugin = two};
    run.streams.output = meet;
    run.streams.context = &same;
    assert_int_equal(cordon_plugin_call(one, "work", "say", NULL, NULL, &run, &result, &error), CORDON_PLUGIN_OK);
    cordon_result_destroy(result);
    assert_int_equal(same.status, CORDON_PLUGIN_BUSY);
    run.streams.context = &other;
    assert_int_equal(cordon_plugin_call(one, "work", "say", NULL, NULL, &run, &result, &error), CORDON_PLUGIN_OK);
    cordon_result_destroy(result);
    assert_int_equal(other.status, setting.is_shared ? CORDON_PLUGIN_BUSY : CORDON_PLUGIN_OK);
    cordon_plugin_unload(one);
    cordon_plugin_unload(two);
    cordon_plugins_destroy(plugins);
}

enum { LOADING_THREADS = 4, LOADS_EACH = 8 };

typedef struct loading {
    cordon_plugins *plugins;
    unsigned loaded, busy, wrong;
} loading;

static void *load_again_and_again(void *context)
{
    loading *mine = context;
    for (int i = 0; i < LOADS_EACH; i++) {
        cordon_plugin *plugin = NULL;
        cordon_result *result = NULL;
        int64_t number = 0;
        cordon_plugin_status status = cordon_plugin_load(mine->plugins, path_of("one"), &plugin, NULL);
        if (status == CORDON_PLUGIN_OK)
            status = call_without(plugin, "count", &result, NULL);
        mine->busy += status == CORDON_PLUGIN_BUSY;
        mine->loaded += status == CORDON_PLUGIN_OK && cordon_value_get_int(result->value, &number) && number == 1; /* its own count */
        mine->wrong += status != CORDON_PLUGIN_OK && status != CORDON_PLUGIN_BUSY;
        cordon_result_destroy(result);
        cordon_plugin_unload(plugin);
    }
    return NULL;
}

/* Where plugins share nothing all of them load; where they share an interpreter, those that meet another are told so, and nobody is harmed. */
static void threads_load_at_once(void **state)
{
    cordon_plugins *plugins = make_plugins(NULL);
    loading loads[LOADING_THREADS];
    pthread_t threads[LOADING_THREADS];
    unsigned loaded = 0, busy = 0;
    (void)state;
    write_plugin("one", "one", "");
    (void)path_of("one"); /* known before the threads ask */
    write_plugin("two", "two", "");
    cordon_plugin *stays = load(plugins, "two");
    const cordon_figures before = figures_of(stays);
    for (int i = 0; i < LOADING_THREADS; i++) {
        loads[i] = (loading){.plugins = plugins};
        assert_int_equal(pthread_create(&threads[i], NULL, load_again_and_again, &loads[i]), 0);
    }
    for (int i = 0; i < LOADING_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(loads[i].wrong, 0);
        loaded += loads[i].loaded;
        busy += loads[i].busy;
    }
    assert_int_equal(loaded + busy, LOADING_THREADS * LOADS_EACH);
    assert_true(loaded > 0 && (setting.is_shared || busy == 0));
    const cordon_figures after = figures_of(stays); /* what left while the sandbox was busy has been cleared up by now */
    assert_int_equal(after.fs_files, before.fs_files);
    cordon_plugin *last = load(plugins, "one");
    assert_call(last, "work", "count", "1", 0);
    cordon_plugin_unload(last);
    cordon_plugin_unload(stays);
    cordon_plugins_destroy(plugins);
}

static void many_loads_leave_nothing_behind(void **state)
{
    cordon_plugins *plugins = make_plugins(NULL);
    (void)state;
    write_plugin("one", "one", "");
    write_plugin("two", "two", "");
    cordon_plugin *stays = load(plugins, "two");
    cordon_figures before = {0}, after;
    for (int i = 0; i < 70; i++) {
        cordon_plugin *plugin = load(plugins, "one");
        assert_call(plugin, "work", "count", "1", 0);
        cordon_plugin_unload(plugin);
        if (i == 9)
            before = figures_of(stays); /* when everything has been met once */
    }
    after = figures_of(stays);
    assert_int_equal(after.fs_files, before.fs_files);
    assert_int_equal(after.fs_bytes, before.fs_bytes);
    assert_true(after.memory_bytes < before.memory_bytes + 60 * 1024); /* less than a kilobyte a load: a plugin that stayed would be twenty */
    assert_call(stays, "work", "count", "1", 0);
    cordon_plugin_unload(stays);
    cordon_plugins_destroy(plugins);
}

static void zips_and_wheels_are_plugins(void **state)
{
    static const char *const files[] = {"plugin.yaml", "main.py", "utils.py", "generated/__init__.py", "generated/contracts.py", NULL};
    static const char *const wheel[] = {"one-1.0.dist-info/plugin.yaml=plugin.yaml", "main.py", "utils.py", "generated/__init__.py", "generated/contracts.py", NULL};
    cordon_plugins *plugins = make_plugins(NULL);
    (void)state;
    write_plugin("one", "one", "");
    write_plugin("two", "two", "");
    write_zip("one.zip", "one", files);
    write_zip("one-1.0-py3-none-any.whl", "one", wheel);
    cordon_plugin *zip = load(plugins, "one.zip"), *from_wheel = load(plugins, "one-1.0-py3-none-any.whl"), *folder = load(plugins, "two");
    assert_call(zip, "work", "who", "[\"one\",\"utils of one\"]", 0);
    assert_call(from_wheel, "work", "who", "[\"one\",\"utils of one\"]", 0);
    assert_call(folder, "work", "who", "[\"two\",\"utils of two\"]", 0);
    assert_call(zip, "work", "count", "1", 0);
    assert_call(from_wheel, "work", "count", "1", 0);
    assert_string_not_equal(cordon_plugin_digest(zip), cordon_plugin_digest(from_wheel));
    cordon_plugin_unload(zip);
    cordon_plugin_unload(from_wheel);
    cordon_plugin_unload(folder);
    write_zip("one.zip", "one", files + 1); /* nothing says what it is */
    assert_refused(plugins, "one.zip", CORDON_PLUGIN_NO_MANIFEST, "");
    assert_refused(plugins, "one/main.py", CORDON_PLUGIN_BAD_PACKAGE, "neither a folder nor a whole zip");
    cordon_plugins_destroy(plugins);
}

/* ---- Failing ---- */

static void each_failure_has_its_status(void **state)
{
    static const struct {
        const char *function;
        cordon_plugin_status status;
        const char *says;
    } cases[] = {
        {"raising", CORDON_PLUGIN_RAISED, "not there"},
        {"no_such", CORDON_PLUGIN_FUNCTION_MISSING, "no_such"},
        {"add", CORDON_PLUGIN_BAD_ARGUMENTS, "a"},
    };
    cordon_plugins *plugins = make_plugins(NULL);
    cordon_result *result = NULL;
    cordon_plugin_error error;
    (void)state;
    write_plugin("one", "one", "");
    cordon_plugin *plugin = load(plugins, "one");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(call_without(plugin, cases[i].function, &result, &error), cases[i].status);
        assert_non_null(strstr(error.message, cases[i].says));
        assert_string_equal(error.plugin, "one");
        assert_non_null(result->exception);
        cordon_result_destroy(result);
        assert_call(plugin, "work", "add", "3", 2, 1, 2); /* and it goes on */
    }
    assert_int_equal(cordon_plugin_call(plugin, "no_contract", "f", NULL, NULL, NULL, &result, &error), CORDON_PLUGIN_FUNCTION_MISSING);
    cordon_result_destroy(result);
    assert_int_equal(cordon_plugin_execute(plugin, NULL, NULL, &result, &error), CORDON_PLUGIN_FUNCTION_MISSING);
    cordon_result_destroy(result);
    cordon_value *no_list = cordon_value_int(1);
    assert_int_equal(cordon_plugin_call(plugin, "work", "add", no_list, NULL, NULL, &result, &error), CORDON_PLUGIN_INVALID_ARGUMENT);
    assert_int_equal(cordon_plugin_execute(plugin, no_list, NULL, &result, &error), CORDON_PLUGIN_INVALID_ARGUMENT);
    assert_null(result);
    cordon_value_destroy(no_list);
    cordon_plugin_unload(plugin);
    cordon_plugins_destroy(plugins);
}

static void loads_fail_by_what_is_wrong(void **state)
{
    cordon_plugins *plugins = make_plugins(NULL);
    (void)state;
    assert_refused(plugins, "not/there", CORDON_PLUGIN_UNREADABLE, "not/there");
    write_plugin("bad", "bad", "");
    write_file("bad", "main.py", "raise OverflowError('too early')\n");
    assert_refused(plugins, "bad", CORDON_PLUGIN_INIT_RAISED, "too early");
    write_file("bad", "main.py", "import sys\nsys.exit(3)\n");
    assert_refused(plugins, "bad", CORDON_PLUGIN_INIT_RAISED, "");
    write_file("bad", "main.py", "def greet(who): pass\n"); /* promises more than it has */
    assert_refused(plugins, "bad", CORDON_PLUGIN_FUNCTION_MISSING, "fail");
    unlink(path_of("bad/main.py"));
    assert_refused(plugins, "bad", CORDON_PLUGIN_NO_ENTRY, "main");
    write_file("bad", "main.py", code);
    cordon_plugin_unload(load(plugins, "bad")); /* mended, it loads */
    write_file("bad", "plugin.yaml", "name: bad\nversion: \"1\"\napi_version: 2\nentry: main\n");
    assert_refused(plugins, "bad", CORDON_PLUGIN_WRONG_API_VERSION, "made for version 2 of the host's interface, this host has version 1");
    unlink(path_of("bad/plugin.yaml"));
    assert_refused(plugins, "bad", CORDON_PLUGIN_NO_MANIFEST, "");
    cordon_plugins_destroy(plugins);
}

/* ---- Exported manifests ---- */

static void manifests_may_be_exported(void **state)
{
    cordon_plugins *plugins = make_plugins(NULL);
    cordon_plugin *plugin;
    (void)state;
    write_file("exported", "plugin.py",
               "MANIFEST = {'name': 'exported', 'version': '2', 'api_version': '1', 'contracts': {'work': {'functions': {'three': {}}}}}\ndef three(): return 3\n");
    plugin = load(plugins, "exported");
    assert_call(plugin, "work", "three", "3", 0);
    cordon_plugin_unload(plugin);
    write_file("exported", "plugin.py", "MANIFEST = {'name': 'exported', 'version': '2', 'api_version': '1', 'colour': 1}\n");
    assert_refused(plugins, "exported", CORDON_PLUGIN_BAD_MANIFEST, "colour");
    write_file("exported", "plugin.py", "MANIFEST = {'name': 'exported', 'version': '2', 'api_version': '3'}\n");
    assert_refused(plugins, "exported", CORDON_PLUGIN_WRONG_API_VERSION, "version 3");
    cordon_plugins_destroy(plugins);
}

/* ---- Ends ---- */

static void what_a_plugin_ends_is_told_and_can_be_loaded_anew(void **state)
{
    static const struct {
        const char *function;
        cordon_plugin_status status;
    } cases[] = {{"spin", CORDON_PLUGIN_LIMIT}, {"eat", CORDON_PLUGIN_MEMORY}, {"leave", CORDON_PLUGIN_EXITED}, {"crash", CORDON_PLUGIN_CRASHED}};
    cordon_plugins_config config = config_of_setting();
    cordon_sandbox_config limits = CORDON_SANDBOX_CONFIG_INIT;
    cordon_result *result = NULL;
    cordon_plugin_error error;
    (void)state;
    if (!setting.has_limits)
        skip();
    limits.limits.value[CORDON_LIMIT_FUEL] = 5000000;
    limits.limits.value[CORDON_LIMIT_MEMORY] = 64 << 20;
    config.sandbox = &limits;
    cordon_plugins *plugins = make_plugins(&config);
    write_plugin("one", "one", "");
    write_plugin("two", "two", "");
    cordon_plugin *one = load(plugins, "one"), *two = load(plugins, "two");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_call(two, "work", "count", "1", 0);
        assert_int_equal(call_without(one, cases[i].function, &result, &error), cases[i].status);
        assert_non_null(result);
        cordon_result_destroy(result);
        result = NULL;
        assert_int_equal(call_without(one, "count", &result, &error), CORDON_PLUGIN_LOST);
        assert_null(result);
        if (setting.is_shared) { /* and so is who shared it */
            assert_int_equal(call_without(two, "count", &result, &error), CORDON_PLUGIN_LOST);
        } else {
            assert_call(two, "work", "count", "2", 0);
            cordon_plugin_unload(two);
            two = load(plugins, "two");
        }
        assert_int_equal(cordon_plugin_reload(two, &error), CORDON_PLUGIN_OK);
        assert_int_equal(cordon_plugin_reload(one, &error), CORDON_PLUGIN_OK);
        assert_call(one, "work", "count", "1", 0);
        assert_int_equal(cordon_plugin_reload(one, &error), CORDON_PLUGIN_OK); /* of one that is not lost: nothing */
        assert_call(one, "work", "count", "2", 0);
    }
    assert_call(two, "work", "count", "1", 0);
    write_plugin("bad", "bad", "");
    write_file("bad", "main.py", "while True: pass\n"); /* a load that never ends is a limit, too */
    assert_refused(plugins, "bad", CORDON_PLUGIN_LIMIT, "fuel");
    assert_int_equal(cordon_plugin_reload(one, &error), CORDON_PLUGIN_OK);
    assert_call(one, "work", "count", setting.is_shared ? "1" : "3", 0);
    assert_int_equal(cordon_plugin_reload(two, &error), CORDON_PLUGIN_OK);
    cordon_plugin_cancel(one);
    assert_int_equal(call_without(one, "count", &result, &error), CORDON_PLUGIN_CANCELLED);
    cordon_result_destroy(result);
    cordon_plugin_unload(one);
    cordon_plugin_unload(two);
    cordon_plugins_destroy(plugins);
}

/* ---- Effects ---- */

static void effects_suspend_and_resume(void **state)
{
    cordon_plugins *plugins;
    cordon_result *result = NULL;
    cordon_plugin_error error;
    cordon_callback effect = CORDON_CALLBACK_INIT;
    cordon_resumption resumption = CORDON_RESUMPTION_INIT;
    (void)state;
    effect.name = "ask_host";
    effect.takes_anything = true;
    effect.is_effect = true;
    assert_int_equal(cordon_engine_register(setting.engine, &effect, NULL), CORDON_OK);
    plugins = make_plugins(NULL);
    write_plugin("one", "one", "");
    cordon_plugin *plugin = load(plugins, "one");
    if (setting.kind == CORDON_PLUGIN_HOME_GIVEN) { /* it cannot put aside what runs, and says so */
        assert_false(cordon_plugin_supports_effects(plugin));
        assert_int_equal(cordon_plugin_resume(plugin, &resumption, &result, &error), CORDON_PLUGIN_UNSUPPORTED);
        cordon_plugin_unload(plugin);
        cordon_plugins_destroy(plugins);
        return;
    }
    assert_true(cordon_plugin_supports_effects(plugin));
    write_plugin("stranger", "stranger", "");
    cordon_plugin *stranger = load(plugins, "stranger");
    assert_int_equal(call_without(plugin, "ask", &result, &error), CORDON_PLUGIN_SUSPENDED);
    assert_int_equal(result->suspension->effect_count, 1);
    assert_string_equal(result->suspension->effects[0].name, "ask_host");
    cordon_value *seven = cordon_value_int(7);
    cordon_effect_answer answer = {.id = result->suspension->effects[0].id + 1, .value = seven};
    cordon_result_destroy(result);
    assert_int_equal(call_without(plugin, "count", &result, &error), CORDON_PLUGIN_BUSY); /* it waits */
    resumption.answers = &answer;
    resumption.answer_count = 1;
    assert_int_equal(cordon_plugin_resume(plugin, &resumption, &result, &error), CORDON_PLUGIN_INVALID_ARGUMENT);
    answer.id--;
    assert_int_equal(cordon_plugin_resume(stranger, &resumption, &result, &error), CORDON_PLUGIN_INVALID_ARGUMENT); /* it is not what waits, though its sandbox may */
    assert_int_equal(cordon_plugin_resume(plugin, &resumption, &result, &error), CORDON_PLUGIN_OK);
    int64_t number = 0;
    assert_true(cordon_value_get_int(result->value, &number) && number == 7);
    cordon_result_destroy(result);
    assert_call(plugin, "work", "count", "1", 0);
    cordon_plugin_unload(stranger);
    cordon_value_destroy(seven);
    write_plugin("waits", "waits", "");
    write_file("waits", "main.py", "import cordon\ncordon.call('ask_host', 5)\n");
    assert_refused(plugins, "waits", CORDON_PLUGIN_INIT_RAISED, "being loaded");
    assert_call(plugin, "work", "count", "2", 0); /* and nobody else waits for that */
    cordon_plugin_unload(plugin);
    cordon_plugins_destroy(plugins);
}

/* ---- Grants ---- */

static const char *wish(const char *path)
{
    static char text[2][5000];
    static unsigned next;
    char *more = text[next++ % 2];
    snprintf(more, sizeof text[0], "capabilities:\n  - {capability: fs.read, arguments: {path: %s}}\n", path);
    return more;
}

static void write_policy(const char *folder_one, const char *folder_two)
{
    char text[9000];
    snprintf(text, sizeof text, "version: 1\nallow:\n  - capability: fs.read\n    path: [\"%s\", \"%s\"]\n  - capability: fs.list\n    path: [\"%s\", \"%s\"]\n", folder_one,
             folder_two, folder_one, folder_two);
    write_file("rules", "policy.yaml", text);
}

static void grants_are_remembered_and_escalations_refused(void **state)
{
    cordon_plugins_config config = config_of_setting();
    cordon_plugin_error error;
    struct stat about;
    (void)state;
    if (setting.is_shared && setting.kind != CORDON_PLUGIN_HOME_GIVEN)
        skip(); /* what it may ask for there: shared_sandboxes_take_equals_only */
    write_file("files", "granted/data.txt", "granted");
    write_file("files", "secret/data.txt", "secret");
    write_file("files", "outside/data.txt", "outside");
    write_policy(path_of("files/granted"), path_of("files/secret"));
    unlink(path_of("grants.json"));
    config.policy_file = path_of("rules/policy.yaml");
    config.grants_file = path_of("grants.json");
    cordon_plugins *plugins = make_plugins(&config);

    write_plugin("asks", "asks", wish(path_of("files/outside")));
    assert_refused(plugins, "asks", CORDON_PLUGIN_DENIED, "files/outside");
    write_plugin("asks", "asks", wish(path_of("files/granted")));
    cordon_plugin_unload(load(plugins, "asks")); /* allowed by policy: granted and remembered */
    assert_int_equal(stat(path_of("grants.json"), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);

    cordon_plugins_destroy(plugins); /* what is remembered outlives the process's */
    plugins = make_plugins(&config);
    write_file("asks", "more.py", "changed = True\n");
    cordon_plugin_unload(load(plugins, "asks")); /* changed, and asks for no more */
    write_plugin("asks", "asks", wish(path_of("files")));
    assert_refused(plugins, "asks", CORDON_PLUGIN_DENIED, "files");
    unlink(path_of("files/granted/link"));
    assert_int_equal(symlink("../secret", path_of("files/granted/link")), 0);
    write_plugin("asks", "asks", wish(path_of("files/granted/link")));
    assert_refused(plugins, "asks", CORDON_PLUGIN_ESCALATION, "granted/link"); /* policy allows where it leads, what was granted does not */
    write_plugin("asks", "asks", wish(path_of("files/secret")));
    assert_refused(plugins, "asks", CORDON_PLUGIN_ESCALATION, "files/secret");
    assert_refused(plugins, "asks", CORDON_PLUGIN_ESCALATION, "files/secret"); /* asking twice does not help */
    assert_int_equal(cordon_plugins_grant(plugins, path_of("asks"), &error), CORDON_PLUGIN_OK);
    cordon_plugin_unload(load(plugins, "asks"));
    write_plugin("asks", "asks", "");
    cordon_plugin_unload(load(plugins, "asks")); /* less is no escalation */
    assert_int_equal(cordon_plugins_revoke(plugins, "asks", &error), CORDON_PLUGIN_OK);
    assert_int_equal(cordon_plugins_revoke(plugins, "asks", &error), CORDON_PLUGIN_NOT_GRANTED);

    cordon_plugins_destroy(plugins);
    config.asks_first = true;
    plugins = make_plugins(&config);
    write_plugin("asks", "asks", wish(path_of("files/secret")));
    assert_refused(plugins, "asks", CORDON_PLUGIN_NOT_GRANTED, "files/secret");
    assert_int_equal(cordon_plugins_grant(plugins, path_of("asks"), &error), CORDON_PLUGIN_OK);
    cordon_plugin_unload(load(plugins, "asks"));
    cordon_plugins_destroy(plugins);
}

static void what_is_granted_is_what_is_there(void **state)
{
    cordon_plugins_config config = config_of_setting();
    cordon_result *result = NULL;
    cordon_plugin_error error;
    char source[9000];
    (void)state;
    if (setting.kind != CORDON_PLUGIN_HOME_OWN_SANDBOX)
        skip();
    write_file("files", "granted/data.txt", "granted");
    write_file("files", "secret/data.txt", "secret");
    write_policy(path_of("files/granted"), path_of("files/secret"));
    config.policy_file = path_of("rules/policy.yaml");
    cordon_plugins *plugins = make_plugins(&config);
    write_plugin("reads", "reads", wish(path_of("files/granted")));
    snprintf(source, sizeof source, "%sdef look(): return open('%s').read()\ndef count(): return open('%s').read()\n", code, path_of("files/granted/data.txt"),
             path_of("files/secret/data.txt"));
    write_file("reads", "main.py", source);
    write_plugin("blind", "blind", "");
    write_file("blind", "main.py", source);
    cordon_plugin *reads = load(plugins, "reads"), *blind = load(plugins, "blind");
    assert_call(reads, "work", "look", "\"granted\"", 0);
    assert_int_equal(call_without(reads, "count", &result, &error), CORDON_PLUGIN_RAISED); /* allowed by policy, but not asked for */
    assert_string_equal(result->exception->type, "FileNotFoundError");
    cordon_result_destroy(result);
    assert_int_equal(call_without(blind, "look", &result, &error), CORDON_PLUGIN_RAISED);
    assert_string_equal(result->exception->type, "FileNotFoundError");
    cordon_result_destroy(result);
    cordon_plugin_unload(reads);
    cordon_plugin_unload(blind);

    /* A link that lies beneath a granted folder and leads out of it is judged by where it leads. */
    write_file("files", "outside/data.txt", "outside");
    unlink(path_of("files/granted/way_out"));
    assert_int_equal(symlink(path_of("files/outside"), path_of("files/granted/way_out")), 0);
    write_plugin("reads", "reads", wish(path_of("files/granted/way_out")));
    cordon_plugins_destroy(plugins);
    plugins = make_plugins(&config);
    assert_refused(plugins, "reads", CORDON_PLUGIN_DENIED, "where it leads");
    unlink(path_of("files/granted/way_out"));
    cordon_plugins_destroy(plugins);
}

/* Whatever is asked for first, or mounted first: a folder in a folder is as it was asked for itself. */
static void folders_in_folders_come_in_any_order(void **state)
{
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    const char *const folders[] = {path_of("files/top"), path_of("files/top/a/data"), path_of("files/top/a/data/fixed")};
    static const char *const capabilities[] = {"fs.read", "fs.write", "fs.read"};
    cordon_plugins_config config = config_of_setting();
    cordon_sandbox_config shared = CORDON_SANDBOX_CONFIG_INIT;
    cordon_mount mounts[3];
    char source[9000], wishes[2000], rules[5000];
    (void)state;
    if (!setting.has_grants || setting.kind == CORDON_PLUGIN_HOME_GIVEN)
        skip();
    write_file("files", "top/a/data/fixed/data.txt", "fixed");
    snprintf(rules, sizeof rules, "version: 1\nallow:\n  - capability: fs.read, fs.list, fs.write\n    path: [\"%s\"]\n", folders[0]);
    write_file("rules", "policy.yaml", rules);
    config.policy_file = path_of("rules/policy.yaml");
    snprintf(source, sizeof source, "%sdef look():\n    import errno\n    def write(path):\n        try:\n            open(f'%s/{path}/new', 'w').close()\n            return True\n"
                                    "        except OSError as error:\n            return errno.errorcode[error.errno]\n"
                                    "    return [write('.'), write('a'), write('a/data'), write('a/data/fixed'), open('%s/data.txt').read()]\n", code, folders[0], folders[2]);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        size_t used = (size_t)snprintf(wishes, sizeof wishes, "capabilities:\n");
        for (int j = 0; j < 3; j++) {
            int which = orders[i][j];
            used += (size_t)snprintf(wishes + used, sizeof wishes - used, "  - {capability: %s, arguments: {path: %s}}\n", capabilities[which], folders[which]);
            mounts[j] = (cordon_mount){.source = folders[which], .path = folders[which], .mode = which == 1 ? CORDON_MOUNT_READ_WRITE : CORDON_MOUNT_READ_ONLY};
        }
        write_plugin("nested", "nested", wishes);
        write_file("nested", "main.py", source);
        shared.mounts = mounts;
        shared.mount_count = 3;
        config.sandbox = setting.is_shared ? &shared : NULL;
        cordon_plugins *plugins = make_plugins(&config);
        cordon_plugin *plugin = load(plugins, "nested");
        assert_call(plugin, "work", "look", "[\"EROFS\",\"EROFS\",true,\"EROFS\",\"fixed\"]", 0);
        cordon_plugin_unload(plugin);
        cordon_plugins_destroy(plugins);
        assert_int_equal(unlink(path_of("files/top/a/data/new")), 0);
    }
}

/* The policy that allows it does not help: a sandbox has a tree of its own. */
static void the_root_of_all_folders_is_not_given(void **state)
{
    cordon_plugins_config config = config_of_setting();
    (void)state;
    if (setting.kind != CORDON_PLUGIN_HOME_OWN_SANDBOX)
        skip();
    write_file("rules", "policy.yaml", "version: 1\nallow:\n  - capability: fs.*\n");
    write_file("files", "top/data.txt", "");
    config.policy_file = path_of("rules/policy.yaml");
    cordon_plugins *plugins = make_plugins(&config);
    write_plugin("nested", "nested", wish("/"));
    assert_refused(plugins, "nested", CORDON_PLUGIN_CANNOT_GIVE, "a folder below /");
    write_plugin("nested", "nested", wish(path_of("files/top")));
    cordon_plugin_unload(load(plugins, "nested"));
    cordon_plugins_destroy(plugins);
}

static void a_folder_that_leads_elsewhere_is_not_given_anew(void **state)
{
    cordon_plugins_config config = config_of_setting();
    cordon_result *result = NULL;
    cordon_plugin_error error;
    (void)state;
    if (setting.kind != CORDON_PLUGIN_HOME_OWN_SANDBOX)
        skip();
    write_file("turned", "allowed/inner/data.txt", "inside");
    write_file("turned", "secret/data.txt", "secret");
    write_policy(path_of("turned/allowed"), path_of("turned/nothing"));
    config.policy_file = path_of("rules/policy.yaml");
    cordon_plugins *plugins = make_plugins(&config);
    write_plugin("reads", "reads", wish(path_of("turned/allowed/inner")));
    cordon_plugin *plugin = load(plugins, "reads");
    assert_int_equal(call_without(plugin, "leave", &result, &error), CORDON_PLUGIN_EXITED);
    cordon_result_destroy(result);
    assert_int_equal(rename(path_of("turned/allowed/inner"), path_of("turned/allowed/was")), 0);
    assert_int_equal(symlink("../secret", path_of("turned/allowed/inner")), 0);
    assert_int_equal(cordon_plugin_reload(plugin, &error), CORDON_PLUGIN_DENIED);
    assert_int_equal(call_without(plugin, "count", &result, &error), CORDON_PLUGIN_LOST);
    cordon_plugin_unload(plugin);
    cordon_plugins_destroy(plugins);
}

static void variables_and_clocks_are_granted(void **state)
{
    static const char *const offered[] = {"GIVEN=1", "KEPT=2", NULL};
    static const char rules[] = "version: 1\nallow:\n  - {capability: env.read, name: [GIVEN, KEPT]}\n  - {capability: time.read}\n";
    cordon_plugins_config config = config_of_setting();
    cordon_sandbox_config basis = CORDON_SANDBOX_CONFIG_INIT;
    char source[9000];
    (void)state;
    if (setting.kind != CORDON_PLUGIN_HOME_OWN_SANDBOX)
        skip();
    basis.environment = offered;
    basis.clock_start_ns = 1000000000; /* 1970, but for who has the real clock */
    write_file("rules", "policy.yaml", rules);
    config.policy_file = path_of("rules/policy.yaml");
    config.sandbox = &basis;
    cordon_plugins *plugins = make_plugins(&config);
    snprintf(source, sizeof source, "%sdef look():\n    import os, time\n    return [os.environ.get('GIVEN'), os.environ.get('KEPT'), time.time() > 1e9]\n", code);
    write_plugin("reads", "reads", "capabilities:\n  - {capability: env.read, arguments: {name: GIVEN}}\n  - {capability: time.read}\n");
    write_file("reads", "main.py", source);
    write_plugin("blind", "blind", "");
    write_file("blind", "main.py", source);
    cordon_plugin *reads = load(plugins, "reads"), *blind = load(plugins, "blind");
    assert_call(reads, "work", "look", "[\"1\",null,true]", 0);
    assert_call(blind, "work", "look", "[null,null,false]", 0);
    cordon_plugin_unload(reads);
    cordon_plugin_unload(blind);
    write_plugin("asks", "asks", "capabilities:\n  - {capability: net.connect, arguments: {port: 443}}\n");
    assert_refused(plugins, "asks", CORDON_PLUGIN_CANNOT_GIVE, "net.connect");
    cordon_plugins_destroy(plugins);
}

static void shared_sandboxes_take_equals_only(void **state)
{
    cordon_plugins_config config = config_of_setting();
    cordon_sandbox_config shared = CORDON_SANDBOX_CONFIG_INIT;
    char source[9000];
    (void)state;
    if (setting.kind != CORDON_PLUGIN_HOME_SHARED_SANDBOX)
        skip();
    write_file("files", "granted/data.txt", "granted");
    write_policy(path_of("files/granted"), path_of("files/secret"));
    config.policy_file = path_of("rules/policy.yaml");
    write_plugin("reads", "reads", wish(path_of("files/granted")));
    snprintf(source, sizeof source, "%sdef look(): return open('%s').read()\n", code, path_of("files/granted/data.txt"));
    write_file("reads", "main.py", source);
    write_plugin("blind", "blind", "");

    cordon_plugins *plugins = make_plugins(&config); /* a sandbox with nothing: who asks for something does not fit in */
    assert_refused(plugins, "reads", CORDON_PLUGIN_CANNOT_GIVE, "sandbox of its own");
    cordon_plugin_unload(load(plugins, "blind"));
    cordon_plugins_destroy(plugins);

    const cordon_mount mount = {.source = path_of("files/granted"), .path = path_of("files/granted"), .mode = CORDON_MOUNT_READ_ONLY};
    shared.mounts = &mount;
    shared.mount_count = 1;
    config.sandbox = &shared;
    plugins = make_plugins(&config); /* one with a folder: who did not ask for it does not fit in */
    assert_refused(plugins, "blind", CORDON_PLUGIN_CANNOT_GIVE, "sandbox of its own");
    cordon_plugin *reads = load(plugins, "reads");
    assert_call(reads, "work", "look", "\"granted\"", 0);
    cordon_plugin_unload(reads);
    cordon_plugins_destroy(plugins);
}

/* ---- Two processes with one file of grants ---- */

static const char *own_image;

/* What a process of its own does: "load PLUGIN GRANTS POLICY". */
static int load_once(char **arguments)
{
    cordon_plugins_config config = config_of_setting();
    cordon_plugins *plugins = NULL;
    cordon_plugin *plugin = NULL;
    cordon_plugin_error error;
    config.grants_file = arguments[1];
    config.policy_file = arguments[2];
    cordon_plugin_status status = cordon_plugins_create(&config, &plugins, &error);
    if (status == CORDON_PLUGIN_OK)
        status = cordon_plugin_load(plugins, arguments[0], &plugin, &error);
    cordon_plugin_unload(plugin);
    cordon_plugins_destroy(plugins);
    return (int)status;
}

static pid_t start_loading(const char *plugin, const char *grants, const char *policy_file)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        execl("/proc/self/exe", "test_plugins", setting.name, own_image, "load", plugin, grants, policy_file, (char *)NULL);
        _exit(255);
    }
    return child;
}

static int end_of(pid_t child)
{
    int ended;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFEXITED(ended));
    return WEXITSTATUS(ended);
}

/* How many processes wait for the lock of that file. */
static int count_waiting(int file)
{
    struct stat about;
    char line[256], inode[32];
    int count = 0;
    assert_int_equal(fstat(file, &about), 0);
    snprintf(inode, sizeof inode, ":%llu ", (unsigned long long)about.st_ino);
    FILE *locks = fopen("/proc/locks", "r");
    assert_non_null(locks);
    while (fgets(line, sizeof line, locks) != NULL)
        count += strstr(line, "->") != NULL && strstr(line, inode) != NULL;
    fclose(locks);
    return count;
}

/* Both find that nothing was ever granted, and wait to remember what they ask for. The second one has to see what the first one did. */
static void judging_and_remembering_are_one_step(void **state)
{
    (void)state;
    if (setting.is_shared && setting.kind != CORDON_PLUGIN_HOME_GIVEN)
        skip(); /* what it may ask for there: shared_sandboxes_take_equals_only */
    write_file("files", "granted/data.txt", "granted");
    write_file("files", "secret/data.txt", "secret");
    write_policy(path_of("files/granted"), path_of("files/secret"));
    write_plugin("asks", "asks", wish(path_of("files/granted")));
    write_plugin("asks_more", "asks", wish(path_of("files/secret")));
    for (int same = 0; same < 2; same++) {
        unlink(path_of("grants.json"));
        int lock = open(path_of("grants.json.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        assert_true(lock >= 0);
        assert_int_equal(flock(lock, LOCK_EX), 0);
        pid_t one = start_loading(path_of("asks"), path_of("grants.json"), path_of("rules/policy.yaml"));
        pid_t two = start_loading(path_of(same ? "asks" : "asks_more"), path_of("grants.json"), path_of("rules/policy.yaml"));
        for (int i = 0; i < 6000 && count_waiting(lock) < 2; i++)
            usleep(10000);
        assert_int_equal(count_waiting(lock), 2);
        close(lock);
        int first = end_of(one), second = end_of(two);
        if (same) { /* the twin: who asks for what is granted already goes on */
            assert_int_equal(first, CORDON_PLUGIN_OK);
            assert_int_equal(second, CORDON_PLUGIN_OK);
        } else {
            assert_int_equal(first == CORDON_PLUGIN_OK ? second : first, CORDON_PLUGIN_ESCALATION);
            assert_true(first == CORDON_PLUGIN_OK || second == CORDON_PLUGIN_OK);
        }
    }
}

static void damaged_grants_are_refused_and_kept(void **state)
{
    static const char *const damaged[] = {
        "", "{", "[]", "{\"grants\": \"2\", \"plugins\": {}}", "{\"grants\": \"1\"}", "{\"grants\": \"1\", \"plugins\": {\"one\": {\"version\": \"1\", \"digest\": \"12\", \"rules\": \"\"}}}",
        "{\"grants\": \"1\", \"plugins\": {}, \"more\": 1}", "{\"grants\": \"1\", \"plugins\": {\"one\": {}, \"one\": {}}}",
    };
    cordon_plugins_config config = config_of_setting();
    cordon_plugins *plugins = NULL;
    cordon_plugin_error error;
    char kept[200] = "";
    (void)state;
    config.grants_file = path_of("damaged/grants.json");
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        write_file("damaged", "grants.json", damaged[i]);
        assert_int_equal(chmod(config.grants_file, 0600), 0);
        if (cordon_plugins_create(&config, &plugins, &error) != CORDON_PLUGIN_BAD_GRANTS)
            fail_msg("taken: %s", damaged[i]);
        FILE *file = fopen(config.grants_file, "rb");
        size_t size = fread(kept, 1, sizeof kept - 1, file);
        kept[size] = '\0';
        fclose(file);
        assert_string_equal(kept, damaged[i]);
    }

    /* Rules that are none, of a plugin that nobody loads; beside it one whose rules are good, which is the twin below. */
    static const char rules[] = "{\"grants\": \"1\",\n \"plugins\": {\n  \"one\": {\"version\": \"1\", \"digest\": \"%064d\", \"rules\": \"\"},\n"
                                "  \"two\": {\"version\": \"1\", \"digest\": \"%064d\", \"rules\": \"version: 1\\nallow:\\n  - capability: %s\\n\"}}}\n";
    char text[600], place[300];
    snprintf(text, sizeof text, rules, 0, 0, "no.such");
    write_file("damaged", "grants.json", text);
    assert_int_equal(chmod(config.grants_file, 0600), 0);
    assert_int_equal(cordon_plugins_create(&config, &plugins, &error), CORDON_PLUGIN_BAD_GRANTS);
    snprintf(place, sizeof place, "%.200s:4:", config.grants_file);
    if (strstr(error.message, place) == NULL || strstr(error.message, "two") == NULL || strstr(error.message, "no.such") == NULL)
        fail_msg("%s", error.message);
    snprintf(text, sizeof text, rules, 0, 0, "time.read");
    write_file("damaged", "grants.json", text);
    cordon_plugins_destroy(make_plugins(&config));

    write_file("damaged", "grants.json", "{\"grants\": \"1\", \"plugins\": {}}");
    assert_int_equal(chmod(config.grants_file, 0644), 0); /* whole, but others may read it */
    assert_int_equal(cordon_plugins_create(&config, &plugins, &error), CORDON_PLUGIN_BAD_GRANTS);
    assert_non_null(strstr(error.message, "0600"));
    assert_int_equal(chmod(config.grants_file, 0600), 0);
    cordon_plugins_destroy(make_plugins(&config)); /* and the twin that is good */
    config.grants_file = "relative.json";
    assert_int_equal(cordon_plugins_create(&config, &plugins, &error), CORDON_PLUGIN_INVALID_ARGUMENT);
}

static void settings_are_checked(void **state)
{
    cordon_plugins_config config = config_of_setting();
    cordon_plugins *plugins = NULL;
    cordon_plugin_error error;
    cordon_sandbox_config open = CORDON_SANDBOX_CONFIG_INIT;
    (void)state;
    config.api_version = NULL;
    assert_int_equal(cordon_plugins_create(&config, &plugins, &error), CORDON_PLUGIN_INVALID_ARGUMENT);
    config = config_of_setting();
    config.policy_file = path_of("no_such_policy.yaml");
    assert_int_equal(cordon_plugins_create(&config, &plugins, &error), CORDON_PLUGIN_BAD_POLICY);
    write_file("rules", "wrong.yaml", "version: 1\nalow: []\n");
    config.policy_file = path_of("rules/wrong.yaml");
    assert_int_equal(cordon_plugins_create(&config, &plugins, &error), CORDON_PLUGIN_BAD_POLICY);
    assert_non_null(strstr(error.message, "wrong.yaml:2:1"));
    if (setting.kind != CORDON_PLUGIN_HOME_OWN_SANDBOX)
        return;
    config = config_of_setting();
    open.clock = CORDON_CLOCK_REAL;
    config.sandbox = &open;
    assert_int_equal(cordon_plugins_create(&config, &plugins, &error), CORDON_PLUGIN_INVALID_ARGUMENT);
    assert_null(plugins);
}

static void inspection_runs_nothing(void **state)
{
    cordon_plugins *plugins = make_plugins(NULL);
    cordon_value *description = NULL;
    cordon_plugin_error error;
    (void)state;
    write_plugin("one", "one", "");
    write_file("one", "main.py", "raise OverflowError\n");
    if (cordon_plugins_inspect(plugins, path_of("one"), &description, &error) != CORDON_PLUGIN_OK)
        fail_msg("%s", error.message);
    assert_string_equal(cordon_value_get_text(cordon_value_get(description, "name"), NULL), "one");
    assert_string_equal(cordon_value_get_text(cordon_value_get(description, "granted"), NULL), "first");
    cordon_value_destroy(description);
    write_plugin("one", "one", wish("/srv"));
    assert_int_equal(cordon_plugins_inspect(plugins, path_of("one"), &description, &error), CORDON_PLUGIN_OK);
    assert_string_equal(cordon_value_get_text(cordon_value_get(description, "granted"), NULL), "denied");
    cordon_value_destroy(description);
    cordon_plugins_destroy(plugins);
}

static int clean(void **state)
{
    static const char *const folders[] = {"one", "two", "bad", "exported", "asks", "reads", "blind", "asks_more", "files", "rules", "damaged", "nested", "caller"};
    (void)state;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        remove_folder(folders[i]);
    return 0;
}

#define CASE(function) cmocka_unit_test_setup(function, clean)

int main(int argument_count, char **arguments)
{
    static const struct CMUnitTest tests[] = {
        CASE(calls_and_executions),
        CASE(arguments_come_as_they_are_each_time),
        CASE(known_calls_are_checked_as_the_first),
        CASE(output_comes_with_each_call),
        CASE(output_of_patched_streams_comes_with_each_call),
        CASE(known_calls_have_the_same_frame_below),
        CASE(known_calls_are_forgotten_with_what_they_call),
        CASE(known_calls_cost_the_same_fuel),
        CASE(plugins_keep_their_modules_apart),
        CASE(many_loads_leave_nothing_behind),
        CASE(zips_and_wheels_are_plugins),
        CASE(one_thread_at_a_time),
        CASE(threads_load_at_once),
        CASE(each_failure_has_its_status),
        CASE(loads_fail_by_what_is_wrong),
        CASE(manifests_may_be_exported),
        CASE(what_a_plugin_ends_is_told_and_can_be_loaded_anew),
        CASE(effects_suspend_and_resume),
        CASE(grants_are_remembered_and_escalations_refused),
        CASE(what_is_granted_is_what_is_there),
        CASE(folders_in_folders_come_in_any_order),
        CASE(the_root_of_all_folders_is_not_given),
        CASE(a_folder_that_leads_elsewhere_is_not_given_anew),
        CASE(variables_and_clocks_are_granted),
        CASE(shared_sandboxes_take_equals_only),
        CASE(judging_and_remembering_are_one_step),
        CASE(damaged_grants_are_refused_and_kept),
        CASE(settings_are_checked),
        CASE(inspection_runs_nothing),
    };
    char folder[] = "/tmp/cordon-test-plugins-XXXXXX";
    if (argument_count < 3 || mkdtemp(folder) == NULL || realpath(folder, test_folder) == NULL || !setting_choose(arguments[1], arguments[2])) {
        fprintf(stderr, "usage: test_plugins own|shared|interpreter IMAGE\n");
        return 2;
    }
    own_image = arguments[2];
    int failed = argument_count == 7 && strcmp(arguments[3], "load") == 0 ? load_once(arguments + 4) : cmocka_run_group_tests_name(setting.name, tests, NULL, NULL);
    cordon_engine_destroy(setting.engine);
    remove_folder(".");
    return failed;
}
