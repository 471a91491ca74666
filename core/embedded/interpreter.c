/* Hides how CPython comes to be in somebody else's process: policy and audit hook first, then an interpreter that takes nothing from the environment and leaves signals and descriptors alone. */
#include "cordon/interpreter.h"

#include "Python.h"

#include "bindings/bind.h"
#include "embedded.h"
#include "embedded_calls.h"
#include "failure.h"
#include "full_audit.h"
#include "full_events.h"
#include "full_narrow.h"
#include "full_native.h"
#include "host_env/fs.h"
#include "host_env/memory.h"
#include "limit_names.h"
#include "session_module.h"
#include "session_run.h"
#include "settings.h"
#include "streams.h"

#include <stdlib.h>
#include <string.h>

#define TEXT(x) #x
#define VERSION_OF(major, minor) TEXT(major) "." TEXT(minor)
#define LIBRARY "/lib/python" VERSION_OF(PY_MAJOR_VERSION, PY_MINOR_VERSION)

enum {
    PATH_BYTES_MAX = 4096,
    PAGE_BYTES = 4096,
    MAY_READ_AND_WRITE = 3,  /* PROT_READ | PROT_WRITE */
    PRIVATE_ANONYMOUS = 0x22, /* MAP_PRIVATE | MAP_ANONYMOUS */
    ZEROED_IN_CHILDREN = 18  /* MADV_WIPEONFORK */
};

static const char operation[] = "interpreter_create";

cordon_interpreter embedded_interpreter;
static bool is_taken; /* atomic: CPython starts once */

/* ---- The configuration ---- */

static cordon_status check(const cordon_interpreter_config *config, cordon_error *error)
{
    for (int i = 0; i < CORDON_LIMITS_CAPACITY; i++)
        if (config->limits.value[i] != 0 && config->limits.value[i] != CORDON_LIMIT_NONE)
            return failure(error, operation, CORDON_UNSUPPORTED, "a limit of %s cannot be held in one's own process: start a sandbox",
                           i < CORDON_LIMIT_COUNT ? limit_name(i) : "an unknown kind");
    if (config->policy == NULL && config->permit_access == NULL && !config->allows_everything)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "nobody says what the code may do: give a policy, a function, or allows_everything");
    if (config->allows_everything && (config->policy != NULL || config->permit_access != NULL))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "allows_everything, and a policy or a function that may refuse");
    return CORDON_OK;
}

/* PREFIX of PREFIX/bin/PROGRAM. */
static bool find_home(host_env *reader, char home_out[PATH_BYTES_MAX])
{
    if (host_fs_realpath(reader, "/proc/self/exe", home_out, PATH_BYTES_MAX, NULL) != HOST_OK)
        return false;
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(home_out, '/');
        if (slash == NULL)
            return false;
        *slash = '\0';
    }
    return true;
}

/* CPython that finds no library cannot be started again, so it is looked for beforehand. */
static cordon_status find_library(host_env *reader, const char *given, char home_out[PATH_BYTES_MAX], char library_out[PATH_BYTES_MAX], cordon_error *error)
{
    char probe[PATH_BYTES_MAX + 16];
    if (given == NULL ? !find_home(reader, home_out) : snprintf(home_out, PATH_BYTES_MAX, "%s", given) >= PATH_BYTES_MAX)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "home is too long, or this program's own place cannot be found");
    if (home_out[0] != '/' && home_out[0] != '\0')
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "home is not absolute: %.150s", home_out);
    if (snprintf(library_out, PATH_BYTES_MAX, "%s" LIBRARY, home_out) >= PATH_BYTES_MAX)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "home is too long");
    snprintf(probe, sizeof probe, "%s/os.py", library_out);
    if (host_fs_access(reader, HOST_AT_CWD, probe, 0, 0, NULL) != HOST_OK)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no standard library at %.180s", library_out);
    return CORDON_OK;
}

static void take(cordon_interpreter *interpreter, const cordon_interpreter_config *config)
{
    interpreter->permit = config->permit_access;
    interpreter->record = config->record_access;
    interpreter->access_context = config->access_context;
    interpreter->stray_output = config->stray_output;
    interpreter->stray_context = config->stray_context;
}

/* ---- Who watches, before there is anything to watch ---- */

static cordon_status guard(cordon_interpreter *interpreter, const cordon_interpreter_config *config, const char *library, cordon_error *error)
{
    static char nothing[] = "", *const no_arguments[] = {nothing, NULL}; /* a record keeps them */
    char problem[1024];
    const full_policy_choice choice = {
        .file = config->policy, .library = library, .hooks = embedded_hooks(interpreter), .argument_count = 1, .arguments = no_arguments};
    host_status status = full_policy_create_embedded(interpreter->own, &choice, &interpreter->policy, problem);
    if (status != HOST_OK)
        return failure(error, operation, status == HOST_NO_MEMORY ? CORDON_NO_MEMORY : CORDON_INVALID_ARGUMENT, "%s", problem);
    bind_set_host(full_policy_host(interpreter->policy));
    full_native_guard(interpreter->policy);
    if (full_audit_is_on())
        full_audit_learn();
    if (!full_narrow_offer(interpreter->policy) || PyImport_AppendInittab("_cordon", PyInit__cordon) != 0 || !full_events_start(interpreter->policy))
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for an interpreter");
    return CORDON_OK;
}

/* ---- CPython ---- */

static PyStatus add_texts(PyConfig *config, PyWideStringList *list, const char *const *texts)
{
    PyStatus status = PyStatus_Ok();
    for (; texts != NULL && *texts != NULL && !PyStatus_Exception(status); texts++) {
        wchar_t *wide = NULL;
        status = PyConfig_SetBytesString(config, &wide, *texts);
        if (!PyStatus_Exception(status))
            status = PyWideStringList_Append(list, wide);
        PyMem_RawFree(wide);
    }
    return status;
}

static PyStatus prepare(void)
{
    PyPreConfig before;
    PyPreConfig_InitIsolatedConfig(&before);
    before.utf8_mode = 1; /* whatever locale the process has: it is the host's */
    return Py_PreInitialize(&before);
}

/* Who starts children by sys.executable gets Python, not the host's program again. CPython would otherwise look for itself by its name, beginning in a working directory that a policy may hide. */
static PyStatus set_places(PyConfig *config, const char *home)
{
    char program[PATH_BYTES_MAX + 32];
    snprintf(program, sizeof program, "%s/bin/cordon-python", home);
    PyStatus status = PyConfig_SetBytesString(config, &config->home, home);
    return PyStatus_Exception(status) ? status : PyConfig_SetBytesString(config, &config->executable, program);
}

static PyStatus start(const cordon_interpreter_config *given, const char *home)
{
    static const char *const no_name[] = {"", NULL};
    PyConfig config;
    PyStatus status = prepare();
    if (PyStatus_Exception(status))
        return status;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 1;
    status = set_places(&config, home);
    if (!PyStatus_Exception(status))
        status = add_texts(&config, &config.argv, no_name);
    if (!PyStatus_Exception(status))
        status = add_texts(&config, &config.argv, given->arguments);
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    return status;
}

/* Whoever first imports signal gets a handler for SIGINT installed where there is none, and a host that is to die of it would not. So it is imported here, and the handler taken away
 * again. Where the policy forbids one or the other nothing was installed. */
static void leave_interrupts_to_host(void)
{
    PyObject *module = PyImport_ImportModule("_signal");
    PyObject *number = module != NULL ? PyObject_GetAttrString(module, "SIGINT") : NULL;
    PyObject *installed = number != NULL ? PyObject_CallMethod(module, "getsignal", "O", number) : NULL;
    PyObject *own = installed != NULL ? PyObject_GetAttrString(module, "default_int_handler") : NULL;
    PyObject *initial = own != NULL ? PyObject_GetAttrString(module, "SIG_DFL") : NULL;
    if (initial != NULL && installed == own)
        Py_XDECREF(PyObject_CallMethod(module, "signal", "OO", number, initial));
    Py_XDECREF(initial);
    Py_XDECREF(own);
    Py_XDECREF(installed);
    Py_XDECREF(number);
    Py_XDECREF(module);
    PyErr_Clear();
}

static bool add_module_paths(const char *const *paths)
{
    PyObject *list = PySys_GetObject("path");
    bool is_done = true;
    for (; is_done && paths != NULL && *paths != NULL; paths++) {
        PyObject *path = PyUnicode_DecodeFSDefault(*paths);
        is_done = list != NULL && path != NULL && PyList_Append(list, path) == 0;
        Py_XDECREF(path);
    }
    return is_done;
}

/* Where the package cordon lies: its frames say nothing to who called it. */
static bool begin_session(cordon_interpreter *interpreter, const char *library)
{
    struct session_exception_helpers helpers = {0};
    size_t size = strlen(library) + sizeof "/cordon/";
    interpreter->folder = malloc(size);
    if (interpreter->folder == NULL)
        return PyErr_NoMemory() != NULL;
    snprintf(interpreter->folder, size, "%s/cordon/", library);
    helpers.folder = interpreter->folder;
    return session_begin(&helpers);
}

/* With the exception that is set, which goes away. */
static cordon_status fail_with_exception(cordon_error *error)
{
    PyObject *raised = PyErr_GetRaisedException(), *text = raised != NULL ? PyObject_Str(raised) : NULL;
    const char *bytes = text != NULL ? PyUnicode_AsUTF8(text) : NULL;
    cordon_status status = failure(error, operation, CORDON_SETUP_FAILED, "the interpreter cannot begin: %.180s", bytes != NULL ? bytes : "?");
    Py_XDECREF(text);
    Py_XDECREF(raised);
    PyErr_Clear();
    return status;
}

static cordon_status come_to_be(cordon_interpreter *interpreter, const cordon_interpreter_config *config, const char *home, const char *library, cordon_error *error)
{
    PyStatus status = start(config, home);
    if (PyStatus_Exception(status))
        return failure(error, operation, CORDON_SETUP_FAILED, "CPython does not start: %s: %s", status.func != NULL ? status.func : "?",
                       status.err_msg != NULL ? status.err_msg : "?");
    cordon_status done = CORDON_OK;
    leave_interrupts_to_host();
    if (!embedded_streams_install() || !add_module_paths(config->module_paths) || !begin_session(interpreter, library))
        done = fail_with_exception(error);
    PyEval_SaveThread();
    return done;
}

/* A page that the child of a fork finds zeroed, however it was forked: to ask the system who one is would take longer than a call into a plugin. */
static cordon_status mark_process(cordon_interpreter *interpreter, cordon_error *error)
{
    void *page;
    host_error cause;
    if (host_memory_map(interpreter->own, NULL, PAGE_BYTES, MAY_READ_AND_WRITE, PRIVATE_ANONYMOUS, -1, 0, &page, &cause) != HOST_OK ||
        host_memory_advise(interpreter->own, page, PAGE_BYTES, ZEROED_IN_CHILDREN, &cause) != HOST_OK)
        return failure_of_host(error, operation, CORDON_HOST_FAILURE, "this system does not tell the children of forks apart", &cause);
    interpreter->is_own_process = page;
    *interpreter->is_own_process = true;
    return CORDON_OK;
}

/* ---- The interface ---- */

cordon_status cordon_interpreter_create(const cordon_interpreter_config *config, cordon_interpreter **interpreter_out, cordon_error *error)
{
    cordon_interpreter_config taken;
    char home[PATH_BYTES_MAX], library[PATH_BYTES_MAX];
    host_error cause;
    if (interpreter_out == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no place for the interpreter");
    *interpreter_out = NULL;
    if (!SETTINGS_TAKE(&taken, cordon_interpreter_config, stray_context, config))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the configuration was not set up by CORDON_INTERPRETER_CONFIG_INIT");
    cordon_status status = check(&taken, error);
    if (status != CORDON_OK)
        return status;
    if (__atomic_exchange_n(&is_taken, true, __ATOMIC_ACQ_REL))
        return failure(error, operation, CORDON_BUSY, "this process has an interpreter already, or had none that could be started");
    cordon_interpreter *interpreter = &embedded_interpreter;
    take(interpreter, &taken);
    if (interpreter->own == NULL && full_policy_create_reader(&interpreter->own, &cause) != HOST_OK)
        status = failure_of_host(error, operation, CORDON_HOST_FAILURE, "cannot reach the host", &cause);
    if (status == CORDON_OK && interpreter->is_own_process == NULL)
        status = mark_process(interpreter, error);
    if (status == CORDON_OK)
        status = find_library(interpreter->own, taken.home, home, library, error);
    if (status == CORDON_OK)
        status = guard(interpreter, &taken, library, error);
    if (status == CORDON_INVALID_ARGUMENT) /* nothing was started: another try is free */
        __atomic_store_n(&is_taken, false, __ATOMIC_RELEASE);
    if (status == CORDON_OK && !embedded_calls_begin(interpreter->own, error))
        status = CORDON_NO_MEMORY;
    if (status == CORDON_OK)
        status = come_to_be(interpreter, &taken, home, library, error);
    if (status != CORDON_OK)
        return status;
    *interpreter_out = interpreter;
    return CORDON_OK;
}

cordon_status embedded_enter(cordon_interpreter *interpreter, const char *called, cordon_error *error)
{
    if (interpreter != &embedded_interpreter)
        return failure(error, called, CORDON_INVALID_ARGUMENT, "this is no interpreter");
    if (!*interpreter->is_own_process)
        return failure(error, called, CORDON_UNSUPPORTED, "this is the child of a fork: the interpreter is its parent's");
    if (__atomic_exchange_n(&interpreter->is_in_use, true, __ATOMIC_ACQ_REL))
        return failure(error, called, CORDON_BUSY, "another call uses the interpreter");
    return CORDON_OK;
}

void embedded_leave(cordon_interpreter *interpreter)
{
    __atomic_store_n(&interpreter->is_in_use, false, __ATOMIC_RELEASE);
}

cordon_status cordon_interpreter_register(cordon_interpreter *interpreter, const cordon_callback *callback, cordon_error *error)
{
    static const char called[] = "interpreter_register";
    cordon_callback taken;
    if (SETTINGS_TAKE(&taken, cordon_callback, context, callback) && taken.is_effect)
        return failure(error, called, CORDON_UNSUPPORTED, "callback %s: an effect puts an execution aside, which only a sandbox's can be",
                       taken.name != NULL ? taken.name : "without name");
    cordon_status status = embedded_enter(interpreter, called, error);
    if (status != CORDON_OK)
        return status;
    PyGILState_STATE lock = PyGILState_Ensure();
    status = embedded_calls_register(callback, called, error);
    PyGILState_Release(lock);
    embedded_leave(interpreter);
    return status;
}

cordon_status cordon_interpreter_clear(cordon_interpreter *interpreter, cordon_error *error)
{
    (void)interpreter;
    return failure(error, "interpreter_clear", CORDON_UNSUPPORTED,
                   "an interpreter in the host's own process cannot be made new: restore a snapshot of named state, or use a sandbox");
}
