/* Hides from a host of plugins that theirs is the interpreter of its own process: what a sandbox is told by a frame is a call of cordon.plugins here. */
#include "cordon/interpreter.h"

#include "Python.h"

#include "cordon/plugin_home.h"
#include "embedded.h"
#include "failure.h"
#include "host_env/fs.h"
#include "limit_names.h"
#include "performance.h"
#include "plugin_files.h"
#include "session_run.h"
#include "value.h"

#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES_MAX = 4096, ARGUMENTS_MAX = 5, NAMES_MAX = 100 };

typedef struct place {
    char root[PATH_BYTES_MAX];
    PyObject *handle; /* an object that is nothing else, made when first wanted: others count their plugins in this interpreter too */
    /* The last function that was called, as nearly always the next one: its names, and (handle, contract, function). */
    char *contract, *function;
    PyObject *key;
} place;

/* The functions of cordon.plugins, looked up before any plugin ran: one that later changes the package changes nothing here. */
static struct verb {
    const char *name;
    PyObject *function;
} verbs[] = {
    [CORDON_PLUGIN_VERB_LOAD] = {"load", NULL},       [CORDON_PLUGIN_VERB_DESCRIBE] = {"describe", NULL}, [CORDON_PLUGIN_VERB_EXECUTE] = {"execute", NULL},
    [CORDON_PLUGIN_VERB_UNLOAD] = {"unload", NULL},
};

static PyObject *bound, *binder; /* cordon.plugins._calls: {key: (target, types of arguments that fit, Bound)}, and what looks for one and puts it there */

static char folder[PATH_BYTES_MAX];

/* ---- Arguments ---- */

/* False with an exception set. */
static bool find_functions(void)
{
    if (verbs[CORDON_PLUGIN_VERB_UNLOAD].function != NULL)
        return true;
    PyObject *module = PyImport_ImportModule("cordon.plugins");
    bool are_found = module != NULL;
    for (size_t i = 0; are_found && i < sizeof verbs / sizeof *verbs; i++) {
        if (verbs[i].name == NULL)
            continue; /* CALL is below */
        Py_XSETREF(verbs[i].function, PyObject_GetAttrString(module, verbs[i].name));
        are_found = verbs[i].function != NULL;
    }
    Py_XDECREF(module);
    PyObject *calls = are_found ? PyImport_ImportModule("cordon.plugins._calls") : NULL;
    if (calls != NULL) {
        Py_XSETREF(bound, PyObject_GetAttrString(calls, "_bound"));
        Py_XSETREF(binder, PyObject_GetAttrString(calls, "bind"));
    }
    Py_XDECREF(calls);
    if (calls != NULL && bound != NULL && binder != NULL && PyDict_CheckExact(bound))
        return true;
    Py_CLEAR(verbs[CORDON_PLUGIN_VERB_UNLOAD].function); /* another try the next time */
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ImportError, "cordon.plugins is not what it should be");
    return false;
}

/* A new reference. NULL stands for an empty one. */
static PyObject *dict_of(const cordon_value *value)
{
    return value != NULL ? embedded_value_make(value) : PyDict_New();
}

static PyObject *handle_of(place *where)
{
    if (where->handle == NULL)
        where->handle = PyObject_CallNoArgs((PyObject *)&PyBaseObject_Type);
    return Py_XNewRef(where->handle);
}

static size_t fill(PyObject *arguments[ARGUMENTS_MAX], const cordon_plugin_operation *operation, place *where)
{
    arguments[0] = handle_of(where);
    switch (operation->verb) {
    case CORDON_PLUGIN_VERB_LOAD:
        arguments[1] = PyUnicode_DecodeFSDefault(operation->root);
        arguments[2] = embedded_value_make(operation->manifest);
        return 3;
    case CORDON_PLUGIN_VERB_EXECUTE:
        arguments[1] = dict_of(operation->arguments);
        return 2;
    default:
        return 1;
    }
}

/* All but CALL: by the function of that name. */
static PyObject *perform(const cordon_plugin_operation *operation, place *where)
{
    PyObject *arguments[ARGUMENTS_MAX] = {NULL}, *result = NULL;
    size_t count = fill(arguments, operation, where);
    bool are_made = true;
    for (size_t i = 0; i < count; i++)
        are_made = are_made && arguments[i] != NULL;
    if (are_made)
        result = PyObject_Vectorcall(verbs[operation->verb].function, arguments, count, NULL);
    for (size_t i = 0; i < count; i++)
        Py_XDECREF(arguments[i]);
    return result;
}

/* ---- CALL, which does no more than it must: its bar is a microsecond ---- */

static bool is_last(const place *where, const cordon_plugin_operation *operation)
{
    return where->key != NULL && strcmp(where->contract, operation->contract) == 0 && strcmp(where->function, operation->function) == 0;
}

static void forget_last(place *where)
{
    free(where->contract);
    free(where->function);
    where->contract = where->function = NULL;
    Py_CLEAR(where->key);
}

/* (handle, contract, function); borrowed, NULL with an exception set. */
static PyObject *key_of(place *where, const cordon_plugin_operation *operation)
{
    if (is_last(where, operation))
        return where->key;
    forget_last(where);
    where->contract = strdup(operation->contract);
    where->function = strdup(operation->function);
    PyObject *handle = handle_of(where);
    if (where->contract == NULL || where->function == NULL || handle == NULL) {
        Py_XDECREF(handle);
        return PyErr_NoMemory();
    }
    where->key = Py_BuildValue("(Nss)", handle, operation->contract, operation->function);
    return where->key;
}

/* A new reference to what cordon.plugins knows of the function. Looked up each time: whoever unloads the plugin takes it out there. */
static PyObject *entry_of(PyObject *key)
{
    PyObject *entry = PyDict_GetItemWithError(bound, key);
    if (entry != NULL || PyErr_Occurred())
        return Py_XNewRef(entry);
    return PyObject_Call(binder, key, NULL);
}

/* Whether arguments of just these types were found to fit before: 1, 0, or -1 with an exception set. */
static int fit(PyObject *fitting, PyObject *const *arguments, size_t count)
{
    PyObject *types = PyTuple_New((Py_ssize_t)count);
    if (types == NULL)
        return -1;
    for (size_t i = 0; i < count; i++)
        PyTuple_SET_ITEM(types, (Py_ssize_t)i, Py_NewRef(Py_TYPE(arguments[i])));
    int are_known = PySet_Contains(fitting, types);
    Py_DECREF(types);
    return are_known;
}

/* As Bound.call has it: schema, defaults, and remembering what fits. */
static PyObject *call_with_care(PyObject *entry, PyObject *const *arguments, size_t count, const cordon_value *named)
{
    PyObject *positional = PyTuple_New((Py_ssize_t)count), *by_name = positional != NULL ? dict_of(named) : NULL, *result = NULL;
    for (size_t i = 0; positional != NULL && i < count; i++)
        PyTuple_SET_ITEM(positional, (Py_ssize_t)i, Py_NewRef(arguments[i]));
    if (by_name != NULL)
        result = PyObject_CallMethod(PyTuple_GET_ITEM(entry, 2), "call", "OO", positional, by_name);
    Py_XDECREF(by_name);
    Py_XDECREF(positional);
    return result;
}

static PyObject *call_entry(PyObject *entry, PyObject *const *arguments, size_t count, const cordon_value *named)
{
    if (cordon_value_count(named) > 0)
        return call_with_care(entry, arguments, count, named);
    int are_known = fit(PyTuple_GET_ITEM(entry, 1), arguments, count);
    if (are_known < 0)
        return NULL;
    return are_known ? PyObject_Vectorcall(PyTuple_GET_ITEM(entry, 0), arguments, count, NULL) : call_with_care(entry, arguments, count, named);
}

static bool is_entry(PyObject *entry)
{
    if (PyTuple_CheckExact(entry) && PyTuple_GET_SIZE(entry) == 3 && PySet_Check(PyTuple_GET_ITEM(entry, 1)))
        return true;
    PyErr_SetString(PyExc_TypeError, "cordon.plugins is not what it should be");
    return false;
}

static PyObject *call(const cordon_plugin_operation *operation, place *where)
{
    PyObject *few[ARGUMENTS_MAX], *result = NULL, *key = key_of(where, operation), *entry = key != NULL ? entry_of(key) : NULL;
    size_t count = cordon_value_count(operation->positional), made = 0;
    PyObject **arguments = count <= ARGUMENTS_MAX ? few : PyMem_Malloc(count * sizeof *arguments);
    if (arguments == NULL)
        PyErr_NoMemory();
    while (entry != NULL && arguments != NULL && made < count && (arguments[made] = embedded_value_make(cordon_value_at(operation->positional, made))) != NULL)
        made++;
    if (entry != NULL && arguments != NULL && made == count && is_entry(entry))
        result = call_entry(entry, arguments, count, operation->named);
    while (made > 0)
        Py_DECREF(arguments[--made]);
    if (arguments != few)
        PyMem_Free(arguments);
    Py_XDECREF(entry);
    return result;
}

/* ---- Both ---- */

typedef struct asked {
    place *where;
    const cordon_plugin_operation *operation;
} asked;

static bool run(void *context, PyObject **value_out)
{
    const asked *asked = context;
    PyObject *result = NULL;
    if (find_functions())
        result = asked->operation->verb == CORDON_PLUGIN_VERB_CALL ? call(asked->operation, asked->where) : perform(asked->operation, asked->where);
    if (result != NULL && PyCoro_CheckExact(result)) {
        PyObject *awaited = session_complete(result);
        Py_DECREF(result);
        result = awaited;
    }
    *value_out = result;
    return result != NULL;
}

/* ---- The table's functions ---- */

static cordon_status operate(void *context, void *given, const cordon_plugin_operation *operation, cordon_result **result_out, cordon_error *error)
{
    static const char called[] = "plugin_operate";
    cordon_interpreter *interpreter = context;
    *result_out = NULL;
    if (operation->timeout_ns != 0)
        return failure(error, called, CORDON_UNSUPPORTED, "time cannot be limited in one's own process: cancel it, or give the plugin a sandbox");
    cordon_status status = embedded_enter(interpreter, called, error);
    if (status != CORDON_OK)
        return status;
    const performance performed = {.operation = called, .streams = &operation->streams, .run = run, .context = &(asked){given, operation}};
    status = embedded_perform(interpreter, &performed, result_out, error);
    embedded_leave(interpreter);
    return status;
}

static void cancel(void *context, void *given)
{
    (void)given;
    cordon_interpreter_interrupt(context);
}

static bool is_lost(void *context, void *given)
{
    (void)context;
    (void)given;
    return false;
}

static void move_out(void *context, void *given)
{
    cordon_interpreter *interpreter = context;
    place *left = given;
    plugin_files_remove(interpreter->own, left->root);
    PyGILState_STATE lock = PyGILState_Ensure();
    forget_last(left);
    Py_CLEAR(left->handle);
    PyGILState_Release(lock);
    free(left);
}

static cordon_status check_limits(const cordon_sandbox_config *config, cordon_error *error)
{
    for (int i = 0; config != NULL && i < CORDON_LIMIT_COUNT; i++)
        if (config->limits.value[i] != 0 && config->limits.value[i] != CORDON_LIMIT_NONE)
            return failure(error, "plugin_move_in", CORDON_UNSUPPORTED, "a limit of %s cannot be held in one's own process: give the plugin a sandbox", limit_name(i));
    return CORDON_OK;
}

/* A folder that no other place has. Several hosts of plugins may use this home, each with handles that begin at 1, so it counts by itself. A folder that has the name all the same was left by a
 * process that died, and goes; what cannot be removed keeps its name. */
static cordon_status make_root(cordon_interpreter *interpreter, const cordon_plugin_parcel *parcel, place *made, cordon_error *error)
{
    static uint64_t last_number; /* atomic */
    cordon_status status = CORDON_OK;
    for (int i = 0; i < NAMES_MAX; i++) {
        unsigned long long number = __atomic_add_fetch(&last_number, 1, __ATOMIC_RELAXED);
        if (snprintf(made->root, sizeof made->root, "%s/cordon-plugin-%llu", folder, number) >= (int)sizeof made->root)
            return failure(error, "plugin_move_in", CORDON_TOO_LARGE, "the folder for plugins has too long a path");
        plugin_files_remove(interpreter->own, made->root);
        status = plugin_files_lay_out(interpreter->own, made->root, parcel->files, parcel->file_count, error);
        if (status != CORDON_BUSY)
            break;
    }
    return status;
}

static cordon_status move_in(void *context, const cordon_plugin_parcel *parcel, void **place_out, const char **root_out, cordon_error *error)
{
    static const char called[] = "plugin_move_in";
    cordon_interpreter *interpreter = context;
    cordon_status status = check_limits(parcel->sandbox, error);
    if (status != CORDON_OK)
        return status;
    place *made = calloc(1, sizeof *made);
    if (made == NULL)
        return failure(error, called, CORDON_NO_MEMORY, "no memory for a plugin");
    status = make_root(interpreter, parcel, made, error);
    if (status != CORDON_OK) {
        free(made);
        return status;
    }
    *place_out = made;
    *root_out = made->root;
    return CORDON_OK;
}

static const cordon_plugin_home home = {
    .struct_size = sizeof home,
    .name = "the interpreter of this process",
    .gives = NULL, /* all plugins here may do what the interpreter may */
    .context = &embedded_interpreter,
    .move_in = move_in,
    .operate = operate,
    .resume = NULL,
    .cancel = cancel,
    .is_lost = is_lost,
    .move_out = move_out,
};

cordon_status cordon_interpreter_plugin_home(cordon_interpreter *interpreter, const char *given_folder, const cordon_plugin_home **home_out, cordon_error *error)
{
    static const char called[] = "interpreter_plugin_home";
    host_error cause;
    if (home_out == NULL)
        return failure(error, called, CORDON_INVALID_ARGUMENT, "there is no place for the home");
    *home_out = NULL;
    if (given_folder == NULL || given_folder[0] != '/' || strlen(given_folder) >= sizeof folder)
        return failure(error, called, CORDON_INVALID_ARGUMENT, "the folder for plugins is an absolute path");
    cordon_status status = embedded_enter(interpreter, called, error);
    if (status != CORDON_OK)
        return status;
    if (folder[0] != '\0' && strcmp(folder, given_folder) != 0)
        status = failure(error, called, CORDON_INVALID_ARGUMENT, "the folder for plugins is %.180s already", folder);
    else if (host_fs_access(interpreter->own, HOST_AT_CWD, given_folder, 0, 0, &cause) != HOST_OK)
        status = failure_of_host(error, called, CORDON_INVALID_ARGUMENT, "the folder for plugins is not there", &cause);
    else
        snprintf(folder, sizeof folder, "%s", given_folder);
    embedded_leave(interpreter);
    if (status == CORDON_OK)
        *home_out = &home;
    return status;
}
