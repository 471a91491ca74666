/* A call into a plugin that lives in a sandbox, and back, against the same number of bytes sent to and fro through two pipes between two processes; and loading a plugin.
 *
 * The function does nothing but add one. Beside it stands the same work by an execution of source, which is what a call would be without a frame of its own. Rounds alternate.
 * As in bench_callback, where the scheduler puts two processes decides more than what they do, so placements are forced as well.
 *
 * usage: bench_plugin [ROUNDS [CALLS]] */
#define _GNU_SOURCE
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cordon/cordon.h"
#include "measure.h"
#include "partner.h"

static char folder[] = "/tmp/cordon-bench-plugin-XXXXXX";

static void write_file(const char *name, const char *content)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    measure_require(file != NULL && fputs(content, file) >= 0 && fclose(file) == 0, "cannot write", path);
}

static void write_plugin(void)
{
    measure_require(mkdtemp(folder) != NULL, "no folder for a plugin", NULL);
    write_file("plugin.yaml", "name: bench\nversion: \"1\"\napi_version: 1\nentry: main\n"
                              "contracts: {work: {functions: {next: {parameters: [{name: number, type: int}], returns: int}}}}\n");
    write_file("main.py", "from helper import one\ndef next(number):\n    return number + one\n");
    write_file("helper.py", "one = 1\n");
}

static void remove_plugin(void)
{
    static const char *const names[] = {"plugin.yaml", "main.py", "helper.py", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)remove(path);
    }
}

static cordon_plugins *create_plugins(cordon_engine *engine, cordon_plugin_home_kind home)
{
    cordon_plugins_config config = CORDON_PLUGINS_CONFIG_INIT;
    cordon_plugin_error error;
    cordon_plugins *plugins = NULL;
    config.api_version = "1";
    config.engine = engine;
    config.home = home;
    measure_require(cordon_plugins_create(&config, &plugins, &error) == CORDON_PLUGIN_OK, "no plugins", error.message);
    return plugins;
}

static cordon_plugin *load(cordon_plugins *plugins)
{
    cordon_plugin_error error;
    cordon_plugin *plugin = NULL;
    measure_require(cordon_plugin_load(plugins, folder, &plugin, &error) == CORDON_PLUGIN_OK, "no plugin", error.message);
    return plugin;
}

static double round_of_calls(cordon_plugin *plugin, int calls)
{
    int64_t number = 0;
    uint64_t start = measure_now_ns();
    for (int i = 0; i < calls; i++) {
        cordon_result *result = NULL;
        cordon_plugin_error error;
        cordon_value *positional = cordon_value_list();
        cordon_value_append(positional, cordon_value_int(number));
        measure_require(cordon_plugin_call(plugin, "work", "next", positional, NULL, NULL, &result, &error) == CORDON_PLUGIN_OK, "no call", error.message);
        cordon_value_get_int(result->value, &number);
        cordon_result_destroy(result);
        cordon_value_destroy(positional);
    }
    double taken = (double)(measure_now_ns() - start) / 1000 / calls;
    measure_require(number == calls, "wrong answer", NULL);
    return taken;
}

static double round_of_executions(cordon_sandbox *sandbox, int calls)
{
    int64_t number = 0;
    char source[64];
    uint64_t start = measure_now_ns();
    for (int i = 0; i < calls; i++) {
        cordon_result *result = NULL;
        cordon_error error;
        cordon_request request = CORDON_REQUEST_INIT;
        snprintf(source, sizeof source, "next(%lld)", (long long)number);
        request.source = source;
        measure_require(cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK, "no execution", error.message);
        cordon_value_get_int(result->value, &number);
        cordon_result_destroy(result);
    }
    double taken = (double)(measure_now_ns() - start) / 1000 / calls;
    measure_require(number == calls, "wrong answer", NULL);
    return taken;
}

static double round_of_loads(cordon_plugins *plugins, int loads)
{
    uint64_t start = measure_now_ns();
    for (int i = 0; i < loads; i++)
        cordon_plugin_unload(load(plugins));
    return (double)(measure_now_ns() - start) / 1000 / loads;
}

struct placement {
    const char *pipes, *calls, *executions;
    int own, partners;
    double bar;
};

static void measure_placement(const struct placement *placement, cordon_plugin *plugin, pid_t plugins_process, cordon_sandbox *sandbox, const struct partner *partner, int rounds,
                              int calls)
{
    measure pipes = {.group = "plugin", .name = placement->pipes, .unit = "us"};
    measure called = {.group = "plugin", .name = placement->calls, .unit = "us"};
    measure executed = {.group = "plugin", .name = placement->executions, .unit = "us"};
    partner_pin(0, placement->own);
    partner_pin(partner->child, placement->partners);
    partner_pin(plugins_process, placement->partners);
    partner_pin((pid_t)cordon_sandbox_process_id(sandbox), placement->partners);
    for (int round = -1; round < rounds; round++) {
        double a = partner_round(partner, calls), b = round_of_calls(plugin, calls), c = round_of_executions(sandbox, calls / 5);
        if (round < 0)
            continue;
        measure_add(&pipes, a);
        measure_add(&called, b);
        measure_add(&executed, c);
    }
    measure_print(&pipes, NULL, 0);
    measure_print(&called, &pipes, placement->bar);
    measure_print(&executed, &pipes, 0);
    measure_release(&pipes);
    measure_release(&called);
    measure_release(&executed);
}

static void measure_loads(cordon_engine *engine, cordon_plugins *own, cordon_plugins *shared, int rounds)
{
    enum { LOADS = 20 };
    measure sandboxes = {.group = "plugin", .name = "a sandbox, made and destroyed", .unit = "us"};
    measure in_own = {.group = "plugin", .name = "a plugin, loaded into its own sandbox, unloaded", .unit = "us"};
    measure in_shared = {.group = "plugin", .name = "a plugin, loaded into a shared sandbox, unloaded", .unit = "us"};
    cordon_plugin *stays = load(shared);
    for (int round = -1; round < rounds; round++) {
        uint64_t start = measure_now_ns();
        for (int i = 0; i < LOADS; i++) {
            cordon_sandbox *sandbox = NULL;
            measure_require(cordon_sandbox_create(engine, NULL, &sandbox, NULL) == CORDON_OK, "no sandbox", NULL);
            cordon_sandbox_destroy(sandbox);
        }
        double a = (double)(measure_now_ns() - start) / 1000 / LOADS, b = round_of_loads(own, LOADS), c = round_of_loads(shared, LOADS);
        if (round < 0)
            continue;
        measure_add(&sandboxes, a);
        measure_add(&in_own, b);
        measure_add(&in_shared, c);
    }
    measure_print(&sandboxes, NULL, 0);
    measure_print(&in_own, &sandboxes, 0);
    measure_print(&in_shared, &sandboxes, 0);
    measure_release(&sandboxes);
    measure_release(&in_own);
    measure_release(&in_shared);
    cordon_plugin_unload(stays);
}

/* The newest child of this process, whichever of its threads started it: the sandbox of the plugin that was loaded last. 0: not known. */
static pid_t newest_child(void)
{
    glob_t found;
    pid_t newest = 0;
    if (glob("/proc/self/task/*/children", 0, NULL, &found) != 0)
        return 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *file = fopen(found.gl_pathv[i], "r");
        for (int child; file != NULL && fscanf(file, "%d", &child) == 1;)
            newest = child > newest ? child : newest;
        if (file != NULL)
            fclose(file);
    }
    globfree(&found);
    return newest;
}

static cordon_sandbox *create_sandbox(cordon_engine *engine)
{
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = "def next(number): return number + 1";
    measure_require(cordon_sandbox_create(engine, NULL, &sandbox, &error) == CORDON_OK &&
                        cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK,
                    "no sandbox", error.message);
    cordon_result_destroy(result);
    return sandbox;
}

int main(int argument_count, char **arguments)
{
    static const struct placement any = {"two pipes, there and back", "a call into a plugin", "an execution of source that calls", ANY_PROCESSOR, ANY_PROCESSOR, 1.5};
    static const struct placement one = {"two pipes, there and back, on one processor", "a call into a plugin, on one processor",
                                         "an execution of source that calls, on one processor", 0, 0, 0};
    static const struct placement two = {"two pipes, there and back, on two processors", "a call into a plugin, on two processors",
                                         "an execution of source that calls, on two processors", 0, 1, 0};
    int rounds = argument_count > 1 ? atoi(arguments[1]) : 41, calls = argument_count > 2 ? atoi(arguments[2]) : 2000;
    char image[4096];
    cordon_error error = {0};
    cordon_engine *engine = NULL;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;

    ssize_t length = readlink("/proc/self/exe", image, sizeof image - 32);
    measure_require(length > 0, "cannot read /proc/self/exe", NULL);
    image[length] = '\0';
    strcpy(strrchr(image, '/'), "/cordon-sandbox");
    struct partner partner = partner_start();
    write_plugin();
    atexit(remove_plugin);
    config.image = image;
    for (int i = 0; i < CORDON_LIMIT_COUNT; i++)
        config.limits.value[i] = CORDON_LIMIT_NONE;
    measure_require(cordon_engine_create(&config, &engine, &error) == CORDON_OK, "no engine", error.message);
    cordon_plugins *own = create_plugins(engine, CORDON_PLUGIN_HOME_OWN_SANDBOX), *shared = create_plugins(engine, CORDON_PLUGIN_HOME_SHARED_SANDBOX);
    cordon_sandbox *sandbox = create_sandbox(engine);
    cordon_plugin *plugin = load(own);
    pid_t process = newest_child();
    measure_heading("Loading a plugin of three files");
    measure_loads(engine, own, shared, rounds);
    measure_heading("A call into a plugin and back");
    measure_placement(&any, plugin, process, sandbox, &partner, rounds, calls);
    if (process > 0)
        measure_placement(&one, plugin, process, sandbox, &partner, rounds, calls);
    if (process > 0 && sysconf(_SC_NPROCESSORS_ONLN) > 1)
        measure_placement(&two, plugin, process, sandbox, &partner, rounds, calls);
    partner_end(&partner);
    cordon_plugin_unload(plugin);
    cordon_sandbox_destroy(sandbox);
    cordon_plugins_destroy(own);
    cordon_plugins_destroy(shared);
    cordon_engine_destroy(engine);
    return 0;
}
