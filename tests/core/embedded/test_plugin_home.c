/* Plugins in the interpreter of this process: the same API as in sandboxes, modules of their own, and what this home refuses. */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cordon/plugin.h"
#include "interpreter_support.h"

static cordon_plugins *plugins;
static const cordon_plugin_home *shared_home;
static char folder[512], sources[512]; /* where files of plugins are laid out; where they come from */

/* ---- Plugins on disk ---- */

static void put(const char *plugin, const char *name, const char *content)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", sources, plugin);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/%s/%s", sources, plugin, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    fclose(file);
}

static void put_plugin(const char *name, const char *utils, const char *more)
{
    char manifest[1024];
    snprintf(manifest, sizeof manifest,
             "name: %s\nversion: \"1\"\napi_version: \"1\"\nentry: \"main\"\n%s"
             "commands:\n  greet:\n    parameters: [{name: who, type: str}]\n"
             "contracts:\n  numbers:\n    functions:\n      add: {parameters: [{name: a, type: int}, {name: b, type: int, required: false, default: 5}]}\n"
             "      late: {parameters: []}\n      fails: {parameters: []}\n      forever: {parameters: []}\n",
             name, more);
    put(name, "plugin.yaml", manifest);
    put(name, "utils.py", utils);
    put(name, "main.py",
        "import utils\n\ndef greet(who):\n    return f'{utils.GREETING}, {who}'\n\ndef add(a, b):\n    print('adding')\n    return a + b\n\n"
        "async def late():\n    import asyncio\n    await asyncio.sleep(0)\n    return utils.GREETING\n\ndef fails():\n    raise ValueError(utils.GREETING)\n\n"
        "def forever():\n    while True: pass\n");
}

static int count_in(const char *path)
{
    int count = 0;
    DIR *directory = opendir(path);
    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count - 2;
}

/* ---- Short ways ---- */

static void assert_fine(cordon_plugin_status status, const cordon_plugin_error *error)
{
    if (status != CORDON_PLUGIN_OK)
        fail_msg("%s: %s", cordon_plugin_status_name(status), error->message);
}

static cordon_plugin *load(const char *name)
{
    char path[1024];
    cordon_plugin *plugin;
    cordon_plugin_error error;
    snprintf(path, sizeof path, "%s/%s", sources, name);
    assert_fine(cordon_plugin_load(plugins, path, &plugin, &error), &error);
    return plugin;
}

/* A text result of a command or function; good until the next call. */
static const char *text_of(cordon_result *result)
{
    static char text[256];
    assert_non_null(result);
    assert_non_null(result->value);
    snprintf(text, sizeof text, "%s", cordon_value_get_text(result->value, NULL));
    cordon_result_destroy(result);
    return text;
}

static const char *greeting_of(cordon_plugin *plugin)
{
    cordon_value *arguments = cordon_value_dict();
    cordon_result *result;
    cordon_plugin_error error;
    cordon_value_dict_set(arguments, "command", cordon_value_text("greet"));
    cordon_value_dict_set(arguments, "who", cordon_value_text("you"));
    assert_fine(cordon_plugin_execute(plugin, arguments, NULL, &result, &error), &error);
    cordon_value_destroy(arguments);
    return text_of(result);
}

static cordon_plugin_status call_with(cordon_plugin *plugin, const char *function, cordon_value *positional, cordon_value *named, cordon_result **result_out, cordon_plugin_error *error)
{
    cordon_plugin_status status = cordon_plugin_call(plugin, "numbers", function, positional, named, NULL, result_out, error);
    cordon_value_destroy(positional);
    cordon_value_destroy(named);
    return status;
}

static cordon_value *list_of(int64_t first, int64_t second)
{
    cordon_value *list = cordon_value_list();
    cordon_value_append(list, cordon_value_int(first));
    cordon_value_append(list, cordon_value_int(second));
    return list;
}

/* ---- Life ---- */

static int create(void **state)
{
    cordon_error error;
    cordon_plugin_error plugin_error;
    cordon_interpreter_config config = CORDON_INTERPRETER_CONFIG_INIT;
    cordon_plugins_config plugins_config = CORDON_PLUGINS_CONFIG_INIT;
    const cordon_plugin_home *given, *same;
    (void)state;
    snprintf(folder, sizeof folder, "%.400s/plugins-XXXXXX", work);
    snprintf(sources, sizeof sources, "%.400s/sources-XXXXXX", work);
    assert_non_null(mkdtemp(folder));
    assert_non_null(mkdtemp(sources));
    config.home = home;
    config.allows_everything = true;
    assert_done(cordon_interpreter_create(&config, &interpreter, &error), &error);

    assert_int_equal(cordon_interpreter_plugin_home(interpreter, NULL, &given, &error), CORDON_INVALID_ARGUMENT);
    assert_int_equal(cordon_interpreter_plugin_home(interpreter, "relative", &given, &error), CORDON_INVALID_ARGUMENT);
    assert_int_equal(cordon_interpreter_plugin_home(interpreter, "/nowhere/at/all", &given, &error), CORDON_INVALID_ARGUMENT);
    assert_null(given);
    assert_done(cordon_interpreter_plugin_home(interpreter, folder, &given, &error), &error);
    assert_done(cordon_interpreter_plugin_home(interpreter, folder, &same, &error), &error);
    assert_ptr_equal(given, same);
    assert_int_equal(cordon_interpreter_plugin_home(interpreter, "/tmp", &same, &error), CORDON_INVALID_ARGUMENT);

    plugins_config.api_version = "1";
    plugins_config.home = CORDON_PLUGIN_HOME_GIVEN;
    plugins_config.given_home = shared_home = given;
    assert_fine(cordon_plugins_create(&plugins_config, &plugins, &plugin_error), &plugin_error);
    put_plugin("english", "GREETING = 'hello'\n", "");
    put_plugin("german", "GREETING = 'hallo'\n", "");
    return 0;
}

static int destroy(void **state)
{
    char command[2048];
    (void)state;
    cordon_plugins_destroy(plugins);
    snprintf(command, sizeof command, "rm -rf '%s' '%s'", folder, sources);
    return system(command);
}

/* Each counts its plugins from 1, and means its own: the other's are neither called nor unloaded, nor have its files. Nor are they those of a program in the interpreter that counts as well. */
static void hosts_that_share_the_home_do_not_meet(void **state)
{
    cordon_plugins_config config = CORDON_PLUGINS_CONFIG_INIT;
    cordon_plugins *first = plugins, *one, *two;
    cordon_plugin_error error;
    char program[1024];
    (void)state;
    config.api_version = "1";
    config.home = CORDON_PLUGIN_HOME_GIVEN;
    config.given_home = shared_home;
    assert_fine(cordon_plugins_create(&config, &one, &error), &error);
    assert_fine(cordon_plugins_create(&config, &two, &error), &error);
    snprintf(program, sizeof program, "import cordon.plugins\nfor number in range(1, 4): cordon.plugins.load(number, '%s/english', {'name': 'inner', 'version': '1', 'api_version': '1', 'entry': 'main'})\nTrue",
             sources);
    assert_string_equal(value_of(program), "true");

    plugins = one;
    cordon_plugin *english = load("english");
    plugins = two;
    cordon_plugin *german = load("german"), *alone = load("german");
    assert_string_equal(greeting_of(english), "hello, you");
    assert_string_equal(greeting_of(german), "hallo, you");
    assert_int_equal(count_in(folder), 3);
    cordon_plugin_unload(english);
    assert_string_equal(greeting_of(german), "hallo, you");
    assert_int_equal(count_in(folder), 2);
    cordon_plugin_unload(german);
    cordon_plugin_unload(alone);
    assert_int_equal(count_in(folder), 0);
    assert_string_equal(value_of("for number in range(1, 4): cordon.plugins.unload(number)\nTrue"), "true");
    cordon_plugins_destroy(one);
    cordon_plugins_destroy(two);
    plugins = first;
}

/* What a process that died left has the name of a folder that will be wanted; so has a link, whose target is nobody's to remove. */
static void leftovers_are_removed_and_links_are_not_followed(void **state)
{
    enum { FIRST = 1, LAST = 60 };
    char path[1200], victim[1024];
    cordon_plugin *loaded[4];
    (void)state;
    put("victim", "precious", "kept");
    snprintf(victim, sizeof victim, "%s/victim", sources);
    for (int i = FIRST; i <= LAST; i++) {
        snprintf(path, sizeof path, "%s/cordon-plugin-%d", folder, i);
        if (i % 2 == 0)
            assert_int_equal(symlink(victim, path), 0);
        else {
            assert_int_equal(mkdir(path, 0700), 0);
            snprintf(path, sizeof path, "%s/cordon-plugin-%d/utils.py", folder, i);
            FILE *file = fopen(path, "w");
            assert_non_null(file);
            fclose(file);
            snprintf(path, sizeof path, "%s/cordon-plugin-%d/leads", folder, i);
            assert_int_equal(symlink(victim, path), 0);
        }
    }
    for (int i = 0; i < 4; i++)
        loaded[i] = load("english");
    int before = count_in(folder);
    assert_int_equal(before, LAST); /* no more and no fewer: they stand in place of what was left */
    for (int i = 0; i < 4; i++) {
        assert_string_equal(greeting_of(loaded[i]), "hello, you");
        cordon_plugin_unload(loaded[i]);
    }
    assert_int_equal(count_in(folder), before - 4);
    assert_int_equal(count_in(victim), 1);
    snprintf(path, sizeof path, "rm -rf '%s'/*", folder);
    assert_int_equal(system(path), 0);
}

static void plugins_have_modules_of_their_own(void **state)
{
    (void)state;
    cordon_plugin *english = load("english"), *german = load("german"), *again = load("german");
    assert_string_equal(greeting_of(english), "hello, you");
    assert_string_equal(greeting_of(german), "hallo, you");
    assert_string_equal(greeting_of(again), "hallo, you");
    assert_string_equal(value_of("import sys; [n for n in sys.modules if n in ('utils', 'main')]"), "[]");
    assert_int_equal(count_in(folder), 3);
    cordon_plugin_unload(english);
    assert_string_equal(greeting_of(german), "hallo, you");
    cordon_plugin_unload(german);
    cordon_plugin_unload(again);
    assert_int_equal(count_in(folder), 0);
    assert_string_equal(value_of("[n for n in sys.modules if n.startswith('__cordon_plugin')]"), "[]");
}

static void functions_are_called(void **state)
{
    cordon_plugin *plugin = load("english");
    cordon_result *result;
    cordon_plugin_error error;
    int64_t sum;
    (void)state;
    for (int i = 0; i < 3; i++) { /* looked up, remembered, and again */
        assert_fine(call_with(plugin, "add", list_of(i, 10), NULL, &result, &error), &error);
        assert_true(cordon_value_get_int(result->value, &sum));
        assert_int_equal(sum, i + 10);
        assert_string_equal(result->standard_output.data, "adding\n");
        cordon_result_destroy(result);
    }
    cordon_value *named = cordon_value_dict(), *one = cordon_value_list();
    cordon_value_dict_set(named, "a", cordon_value_int(1));
    assert_fine(call_with(plugin, "add", NULL, named, &result, &error), &error);
    assert_true(cordon_value_get_int(result->value, &sum));
    assert_int_equal(sum, 6);
    cordon_result_destroy(result);
    cordon_value_append(one, cordon_value_int(2));
    assert_fine(call_with(plugin, "add", one, NULL, &result, &error), &error);
    assert_true(cordon_value_get_int(result->value, &sum));
    assert_int_equal(sum, 7);
    cordon_result_destroy(result);
    assert_fine(call_with(plugin, "late", NULL, NULL, &result, &error), &error);
    assert_string_equal(text_of(result), "hello");
    assert_fine(cordon_plugin_describe(plugin, &result, &error), &error);
    assert_string_equal(cordon_value_get_text(cordon_value_get(result->value, "name"), NULL), "english");
    cordon_result_destroy(result);
    cordon_plugin_unload(plugin);
}

static void failures_are_told_apart(void **state)
{
    cordon_plugin *plugin = load("german");
    cordon_result *result;
    cordon_plugin_error error;
    (void)state;
    assert_int_equal(call_with(plugin, "fails", NULL, NULL, &result, &error), CORDON_PLUGIN_RAISED);
    assert_string_equal(result->exception->type, "ValueError");
    assert_string_equal(result->exception->message, "hallo");
    cordon_result_destroy(result);
    assert_int_equal(call_with(plugin, "missing", NULL, NULL, &result, &error), CORDON_PLUGIN_FUNCTION_MISSING);
    cordon_result_destroy(result);
    cordon_value *texts = cordon_value_list();
    cordon_value_append(texts, cordon_value_text("no number"));
    assert_int_equal(call_with(plugin, "add", texts, NULL, &result, &error), CORDON_PLUGIN_BAD_ARGUMENTS);
    cordon_result_destroy(result);
    assert_fine(call_with(plugin, "add", list_of(1, 2), NULL, &result, &error), &error); /* the twin */
    cordon_result_destroy(result);
    assert_false(cordon_plugin_supports_effects(plugin));
    cordon_plugin_run run = CORDON_PLUGIN_RUN_INIT;
    run.timeout_ns = 1;
    assert_int_equal(cordon_plugin_execute(plugin, NULL, &run, &result, &error), CORDON_PLUGIN_UNSUPPORTED);
    assert_null(result);
    cordon_plugin_unload(plugin);
}

static void load_that_fails_leaves_nothing(void **state)
{
    char path[1024];
    cordon_plugin *plugin = (void *)1;
    cordon_plugin_error error;
    (void)state;
    put_plugin("broken", "raise RuntimeError('not today')\n", "");
    snprintf(path, sizeof path, "%s/broken", sources);
    assert_int_equal(cordon_plugin_load(plugins, path, &plugin, &error), CORDON_PLUGIN_INIT_RAISED);
    assert_null(plugin);
    assert_non_null(strstr(error.message, "not today"));
    assert_int_equal(count_in(folder), 0);
    assert_string_equal(value_of("import sys; [n for n in sys.modules if n.startswith('__cordon_plugin')]"), "[]");
    put_plugin("broken", "GREETING = 'mended'\n", "");
    plugin = load("broken");
    assert_string_equal(greeting_of(plugin), "mended, you");
    cordon_plugin_unload(plugin);
}

/* Nobody here is kept apart, but who may come in is asked all the same. */
static void capabilities_are_held_against_policy(void **state)
{
    char path[1024];
    cordon_plugin *plugin;
    cordon_plugin_error error;
    (void)state;
    put_plugin("wishing", "GREETING = ''\n", "capabilities: [{capability: time.read}]\n");
    snprintf(path, sizeof path, "%s/wishing", sources);
    assert_int_equal(cordon_plugin_load(plugins, path, &plugin, &error), CORDON_PLUGIN_DENIED);
    assert_null(plugin);
    assert_int_equal(count_in(folder), 0);
    put_plugin("wishing", "GREETING = 'modest'\n", "");
    plugin = load("wishing");
    assert_string_equal(greeting_of(plugin), "modest, you");
    cordon_plugin_unload(plugin);
}

/* What ran when the digest was taken is what runs: the folder is not looked at again. */
static void files_are_those_of_the_digest(void **state)
{
    (void)state;
    put_plugin("changing", "GREETING = 'before'\n", "");
    put("changing", "late.py", "WORD = 'then'\n");
    cordon_plugin *plugin = load("changing");
    put("changing", "utils.py", "GREETING = 'after'\n");
    assert_string_equal(greeting_of(plugin), "before, you");
    cordon_plugin_unload(plugin);
    plugin = load("changing");
    assert_string_equal(greeting_of(plugin), "after, you");
    cordon_plugin_unload(plugin);
}

static int cancel_when_told(void *context, int stream, const void *data, size_t size)
{
    (void)stream;
    (void)data;
    (void)size;
    cordon_plugin_cancel(context);
    return 0;
}

static void plugin_can_be_cancelled_and_goes_on(void **state)
{
    cordon_plugin_run run = CORDON_PLUGIN_RUN_INIT;
    cordon_result *result;
    cordon_plugin_error error;
    (void)state;
    put_plugin("endless", "GREETING = 'still'\n", "");
    put("endless", "main.py", "import utils\n\ndef greet(who):\n    return f'{utils.GREETING}, {who}'\n\nadd = late = fails = greet\n\ndef forever():\n    print('begun', flush=True)\n    while True: pass\n");
    cordon_plugin *plugin = load("endless");
    run.streams.output = cancel_when_told;
    run.streams.context = plugin;
    assert_int_equal(cordon_plugin_call(plugin, "numbers", "forever", NULL, NULL, &run, &result, &error), CORDON_PLUGIN_CANCELLED);
    cordon_result_destroy(result);
    assert_string_equal(greeting_of(plugin), "still, you");
    cordon_plugin_unload(plugin);
}

int main(int argument_count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plugins_have_modules_of_their_own),
        cmocka_unit_test(hosts_that_share_the_home_do_not_meet),
        cmocka_unit_test(leftovers_are_removed_and_links_are_not_followed),
        cmocka_unit_test(functions_are_called),
        cmocka_unit_test(failures_are_told_apart),
        cmocka_unit_test(load_that_fails_leaves_nothing),
        cmocka_unit_test(capabilities_are_held_against_policy),
        cmocka_unit_test(files_are_those_of_the_digest),
        cmocka_unit_test(plugin_can_be_cancelled_and_goes_on),
    };
    take_arguments(argument_count, arguments);
    return cmocka_run_group_tests(tests, create, destroy);
}
