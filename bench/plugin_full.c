/* A call of a plugin's function in the interpreter of this process, through the home that cordon_plugin_call uses, against a bare call of the same function by PyObject_Vectorcall. Both convert
 * nothing but what they must: the bare call has its arguments as Python objects, the plugin's as the host's values, and its answer goes back as one.
 *
 * Rounds of both kinds alternate. Processor time of this thread, which is all that works. The bar is the difference: 1 microsecond.
 *
 * usage: bench_plugin_full [ROUNDS [CALLS]] */
#define _GNU_SOURCE
#include <Python.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cordon/cordon.h"
#include "cordon/interpreter.h"
#include "cordon/plugin_home.h"
#include "measure.h"

static uint64_t processor_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static const char source[] = "def add(a, b):\n    return a + b\n\n\ndef join(items, named):\n    return {**named, 'items': items}\n";

typedef struct loaded {
    const cordon_plugin_home *home;
    void *place;
} loaded;

static void require(cordon_status status, const char *what, const cordon_error *error)
{
    measure_require(status == CORDON_OK, what, error->message);
}

static cordon_value *text(const char *of) { return cordon_value_text(of); }

static cordon_value *function_row(const char *const *parameters)
{
    cordon_value *rows = cordon_value_list(), *row = cordon_value_dict();
    for (; *parameters != NULL; parameters++) {
        cordon_value *parameter = cordon_value_dict();
        cordon_value_dict_set(parameter, "name", text(*parameters));
        cordon_value_append(rows, parameter);
    }
    cordon_value_dict_set(row, "parameters", rows);
    return row;
}

static cordon_value *manifest(void)
{
    static const char *const of_add[] = {"a", "b", NULL}, *const of_join[] = {"items", "named", NULL};
    cordon_value *made = cordon_value_dict(), *contracts = cordon_value_dict(), *contract = cordon_value_dict(), *functions = cordon_value_dict();
    cordon_value_dict_set(made, "name", text("measured"));
    cordon_value_dict_set(made, "version", text("1"));
    cordon_value_dict_set(made, "api_version", text("1"));
    cordon_value_dict_set(made, "entry", text("main"));
    cordon_value_dict_set(functions, "add", function_row(of_add));
    cordon_value_dict_set(functions, "join", function_row(of_join));
    cordon_value_dict_set(contract, "functions", functions);
    cordon_value_dict_set(contracts, "calculate", contract);
    cordon_value_dict_set(made, "contracts", contracts);
    return made;
}

static void load(loaded *plugin)
{
    const cordon_plugin_file file = {.path = "main.py", .content = source, .size = sizeof source - 1};
    const cordon_plugin_parcel parcel = {.struct_size = sizeof parcel, .name = "measured", .path = "", .files = &file, .file_count = 1, .handle = 1};
    cordon_plugin_operation operation = {.struct_size = sizeof operation, .verb = CORDON_PLUGIN_VERB_LOAD, .handle = 1};
    cordon_result *result;
    cordon_error error;
    cordon_value *described = manifest();
    require(plugin->home->move_in(plugin->home->context, &parcel, &plugin->place, &operation.root, &error), "the plugin cannot move in", &error);
    operation.manifest = described;
    require(plugin->home->operate(plugin->home->context, plugin->place, &operation, &result, &error), "the plugin cannot be loaded", &error);
    measure_require(result->outcome == CORDON_OUTCOME_OK, "the plugin cannot be loaded", result->message);
    cordon_result_destroy(result);
    cordon_value_destroy(described);
}

static double round_of_plugin_calls(const loaded *plugin, const char *function, const cordon_value *arguments, int calls)
{
    const cordon_plugin_operation operation = {
        .struct_size = sizeof operation, .verb = CORDON_PLUGIN_VERB_CALL, .handle = 1, .contract = "calculate", .function = function, .positional = arguments,
        .streams = {.collected_bytes_max = CORDON_COLLECT_NOTHING}};
    uint64_t start = processor_ns();
    for (int i = 0; i < calls; i++) {
        cordon_result *result = NULL;
        cordon_error error;
        if (plugin->home->operate(plugin->home->context, plugin->place, &operation, &result, &error) != CORDON_OK || result->value == NULL)
            measure_require(0, "the plugin does not answer", error.message);
        cordon_result_destroy(result);
    }
    return (double)(processor_ns() - start) / calls;
}

static double round_of_bare_calls(PyObject *function, PyObject *const *arguments, int calls)
{
    uint64_t start = processor_ns();
    for (int i = 0; i < calls; i++) {
        PyObject *answer = PyObject_Vectorcall(function, arguments, 2, NULL);
        measure_require(answer != NULL, "the function does not answer", NULL);
        Py_DECREF(answer);
    }
    return (double)(processor_ns() - start) / calls;
}

static void compare(const loaded *plugin, PyObject *module, const char *function, const cordon_value *arguments, PyObject *const *objects, int rounds, int calls)
{
    char names[3][64];
    snprintf(names[0], sizeof names[0], "%s: bare call", function);
    snprintf(names[1], sizeof names[1], "%s: plugin call", function);
    snprintf(names[2], sizeof names[2], "%s: difference", function);
    measure bare = {.group = "plugins in one's own process", .name = names[0], .unit = "ns"}, called = {.group = bare.group, .name = names[1], .unit = "ns"},
            difference = {.group = bare.group, .name = names[2], .unit = "ns"}, bar = {.group = bare.group, .name = "one microsecond", .unit = "ns"};
    for (int i = 0; i < rounds; i++) {
        PyGILState_STATE lock = PyGILState_Ensure();
        PyObject *resolved = PyObject_GetAttrString(module, function);
        double without = round_of_bare_calls(resolved, objects, calls);
        Py_DECREF(resolved);
        PyGILState_Release(lock);
        double with = round_of_plugin_calls(plugin, function, arguments, calls);
        measure_add(&bare, without);
        measure_add(&called, with);
        measure_add(&difference, with - without);
        measure_add(&bar, 1000);
    }
    measure_print(&bare, NULL, 0);
    measure_print(&called, &bare, 0);
    measure_print(&difference, &bar, 1);
    measure_release(&bare);
    measure_release(&called);
    measure_release(&difference);
    measure_release(&bar);
}

int main(int argument_count, char **arguments)
{
    int rounds = argument_count > 1 ? atoi(arguments[1]) : 15, calls = argument_count > 2 ? atoi(arguments[2]) : 20000;
    char folder[] = "/tmp/cordon-bench-XXXXXX";
    cordon_interpreter *interpreter;
    cordon_error error;
    loaded plugin;
    cordon_interpreter_config config = CORDON_INTERPRETER_CONFIG_INIT;
    config.allows_everything = true;
    measure_require(mkdtemp(folder) != NULL, "no folder", NULL);
    require(cordon_interpreter_create(&config, &interpreter, &error), "no interpreter", &error);
    require(cordon_interpreter_plugin_home(interpreter, folder, &plugin.home, &error), "no home for plugins", &error);
    load(&plugin);

    PyGILState_STATE lock = PyGILState_Ensure();
    PyObject *module = PyImport_AddModule("bare");
    PyObject *globals = PyModule_GetDict(module);
    PyObject *defined = PyRun_String(source, Py_file_input, globals, globals);
    PyObject *numbers[] = {PyLong_FromLong(20), PyLong_FromLong(22)};
    PyObject *containers[] = {Py_BuildValue("[iii]", 1, 2, 3), Py_BuildValue("{s:s,s:d}", "name", "a text", "price", 2.5)};
    measure_require(defined != NULL && numbers[0] != NULL && containers[1] != NULL, "no function to compare with", NULL);
    PyGILState_Release(lock);

    cordon_value *two = cordon_value_list(), *few = cordon_value_list(), *list = cordon_value_list(), *dict = cordon_value_dict();
    cordon_value_append(two, cordon_value_int(20));
    cordon_value_append(two, cordon_value_int(22));
    for (int i = 1; i <= 3; i++)
        cordon_value_append(list, cordon_value_int(i));
    cordon_value_dict_set(dict, "name", text("a text"));
    cordon_value_dict_set(dict, "price", cordon_value_float(2.5));
    cordon_value_append(few, list);
    cordon_value_append(few, dict);

    measure_heading("Calls into a plugin in one's own process");
    compare(&plugin, module, "add", two, numbers, rounds, calls);
    compare(&plugin, module, "join", few, containers, rounds, calls);
    plugin.home->move_out(plugin.home->context, plugin.place);
    rmdir(folder);
    return 0;
}
