/* Stands in every way by which a module can come to be, and hides them from those who judge modules. CPython's own files stay as they are: its tables of
 * built-in modules and of methods, and three slots of its types, are data of this program that Python code can neither see nor change. */
#include "full_import_ways.h"

#include <stdatomic.h>
#include <string.h>

#include "full_audit.h"
#include "full_module_registry.h"
#include "full_modules.h"

/* ---- Who asks -------------------------------------------------------------------------------------------------------------------- */

static const char bootstrap_files[] = "<frozen importlib.", zipimport_file[] = "<frozen zipimport>";

static bool is_text(PyObject *text, const char *wanted) { return text != NULL && PyUnicode_Check(text) && PyUnicode_CompareWithASCIIString(text, wanted) == 0; }

static bool is_import_system(PyCodeObject *code)
{
    const char *file = PyUnicode_AsUTF8(code->co_filename);
    if (file == NULL) PyErr_Clear();
    return file != NULL && (strncmp(file, bootstrap_files, sizeof bootstrap_files - 1) == 0 || strcmp(file, zipimport_file) == 0);
}

static bool has_caller(void)
{
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    Py_XDECREF(frame);
    return frame != NULL;
}

/* Whether the Python code that called is of the import system. Whoever names a file so gains nothing: what this leaves out is told later. */
static bool is_called_by_import_system(void)
{
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    if (frame == NULL) return false;
    PyCodeObject *code = PyFrame_GetCode(frame);
    bool is_so = is_import_system(code);
    Py_DECREF(code);
    Py_DECREF(frame);
    return is_so;
}

/* The variable `spec` of the nearest frame that has one, among the import system's; NULL if there is none. */
static PyObject *find_spec(void)
{
    enum { FRAMES_MAX = 4 };
    PyObject *spec = NULL;
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    for (int i = 0; i < FRAMES_MAX && frame != NULL && spec == NULL; i++) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        bool is_so = is_import_system(code);
        Py_DECREF(code);
        spec = is_so ? PyFrame_GetVarString(frame, "spec") : NULL;
        PyErr_Clear();
        PyFrameObject *caller = is_so ? PyFrame_GetBack(frame) : NULL;
        Py_SETREF(frame, caller);
    }
    Py_XDECREF(frame);
    return spec;
}

/* Loaders of CPython that run a module's code by exec() once they have made it: its line is told then, with what is known then. */
static bool will_run(PyObject *loader)
{
    static const char *const runners[] = { "SourceFileLoader", "SourcelessFileLoader", "zipimporter", "zipimport.zipimporter" };
    if (PyType_Check(loader)) return strcmp(((PyTypeObject *)loader)->tp_name, "FrozenImporter") == 0;
    for (size_t i = 0; i < sizeof runners / sizeof *runners; i++)
        if (strcmp(Py_TYPE(loader)->tp_name, runners[i]) == 0) return true;
    return false;
}

static bool is_made_to_run(void)
{
    if (!is_called_by_import_system()) return false;
    PyObject *spec = find_spec(), *loader = spec != NULL ? PyObject_GetAttrString(spec, "loader") : NULL;
    PyErr_Clear();
    bool is_so = loader != NULL && will_run(loader);
    Py_XDECREF(loader);
    Py_XDECREF(spec);
    return is_so;
}

/* ---- Modules made by their type -------------------------------------------------------------------------------------------------- */

static newfunc make_module;
static initproc start_module;
static destructor end_module;

static PyObject *name_among(PyObject *arguments, PyObject *keywords)
{
    if (arguments != NULL && PyTuple_GET_SIZE(arguments) > 0) return PyTuple_GET_ITEM(arguments, 0);
    return keywords != NULL ? PyDict_GetItemString(keywords, "name") : NULL;
}

static PyObject *module_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    PyObject *name = name_among(arguments, keywords);
    bool is_waiting = is_made_to_run();
    if (!is_waiting && !full_modules_made(name)) return NULL;
    PyObject *module = make_module(type, arguments, keywords);
    if (module != NULL && !full_module_registry_add(module, name, !is_waiting)) {
        Py_DECREF(module);
        return PyErr_NoMemory();
    }
    return module;
}

/* Also called by hand, with another name than the module was made with. */
static int module_init(PyObject *module, PyObject *arguments, PyObject *keywords)
{
    PyObject *name = name_among(arguments, keywords);
    full_fresh_module earlier = { NULL, false };
    if (!full_module_registry_has(module, name)) {
        if (!full_modules_made(name)) return -1;
        (void)full_module_registry_take(module, &earlier);
        Py_XDECREF(earlier.name);
        if (!full_module_registry_add(module, name, true)) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return start_module(module, arguments, keywords);
}

/* While an exception may be on its way: modules end wherever their last user does. */
static void leave(const full_fresh_module *fresh)
{
    PyObject *raised = PyErr_GetRaisedException();
    if (!fresh->is_told) full_modules_left(fresh->name);
    Py_XDECREF(fresh->name);
    PyErr_SetRaisedException(raised);
}

static void module_dealloc(PyObject *module)
{
    full_fresh_module fresh;
    if (full_module_registry_take(module, &fresh)) leave(&fresh);
    end_module(module);
}

void full_import_ways_end(void)
{
    full_fresh_module fresh;
    while (full_module_registry_take_any(&fresh)) leave(&fresh);
}

/* ---- Code that runs in a module's namespace -------------------------------------------------------------------------------------- */

typedef enum main_state { MAIN_UNKNOWN, MAIN_NEXT, MAIN_RAN } main_state;
static _Atomic int main_state_now;

/* What this thread's exec() or eval() is about, until CPython says that the code is about to run. */
static _Thread_local struct {
    bool is_inside;          /* of one of ours: not the program itself, which runs without them */
    PyObject *namespace;     /* borrowed from the caller of exec() */
    const PyObject *judged;  /* the code that was asked about; compared, never used */
} running;

static bool take_namespace(PyObject *namespace)
{
    full_fresh_module fresh;
    if (!full_module_registry_take_namespace(namespace, &fresh)) return false;
    Py_XDECREF(fresh.name);
    return true;
}

/* True once: for the program's own code. */
static bool begin_main(void)
{
    int expected = MAIN_NEXT;
    bool is_begun = atomic_compare_exchange_strong(&main_state_now, &expected, MAIN_RAN);
    if (is_begun) full_modules_started();
    return is_begun;
}

void full_import_ways_are_late(void)
{
    main_state_now = MAIN_RAN;
    full_modules_started();
}

static bool take_main(PyObject *namespace)
{
    return main_state_now == MAIN_NEXT && is_text(PyDict_GetItemString(namespace, "__name__"), "__main__") && begin_main();
}

static bool has_more_than_none(PyObject *namespace, const char *name)
{
    PyObject *value = PyDict_GetItemString(namespace, name);
    return value != NULL && value != Py_None;
}

/* A dict without a module that is filled in as a module's is, as runpy does: no code has run in it, since exec() would have put __builtins__ there. */
static bool is_like_modules(PyObject *namespace)
{
    return PyDict_GetItemString(namespace, "__builtins__") == NULL && PyDict_GetItemString(namespace, "__name__") != NULL &&
           (has_more_than_none(namespace, "__spec__") || has_more_than_none(namespace, "__loader__"));
}

/* Whether this code is what a module is made of. */
static bool is_modules(PyObject *namespace)
{
    if (namespace == NULL || !PyDict_Check(namespace)) return false;
    bool is_waiting = take_namespace(namespace);
    return is_waiting || is_called_by_import_system() || take_main(namespace) || is_like_modules(namespace);
}

static bool judge(PyObject *code, PyObject *namespace)
{
    if (!is_modules(namespace)) return true;
    if (!full_modules_run((PyCodeObject *)code, namespace)) return false;
    running.judged = code;
    return true;
}

static PyCFunctionFastWithKeywords run_exec, run_eval;

static PyObject *namespace_among(PyObject *const *arguments, Py_ssize_t count, PyObject *keywords)
{
    PyObject *namespace = count > 1 ? arguments[1] : NULL;
    for (Py_ssize_t i = 0; keywords != NULL && i < PyTuple_GET_SIZE(keywords); i++)
        if (is_text(PyTuple_GET_ITEM(keywords, i), "globals")) namespace = arguments[count + i];
    return namespace == NULL || namespace == Py_None ? PyEval_GetGlobals() : namespace;
}

static PyObject *run(PyCFunctionFastWithKeywords original, PyObject *module, PyObject *const *arguments, Py_ssize_t count, PyObject *keywords)
{
    __typeof__(running) outer = running;
    PyObject *namespace = count > 0 ? namespace_among(arguments, count, keywords) : NULL, *result = NULL;
    bool is_code = count > 0 && PyCode_Check(arguments[0]);
    running.is_inside = true;
    running.namespace = is_code ? NULL : namespace;
    running.judged = NULL;
    if (!is_code || judge(arguments[0], namespace)) result = original(module, arguments, count, keywords);
    running = outer;
    return result;
}

static PyObject *builtin_exec(PyObject *module, PyObject *const *arguments, Py_ssize_t count, PyObject *keywords)
{
    return run(run_exec, module, arguments, count, keywords);
}

static PyObject *builtin_eval(PyObject *module, PyObject *const *arguments, Py_ssize_t count, PyObject *keywords)
{
    return run(run_eval, module, arguments, count, keywords);
}

/* The event `exec`: code is about to run. Text that was given to exec() has become code only now. */
static int about_to_run(PyObject *code)
{
    if (running.judged == code || !PyCode_Check(code)) return 0;
    PyObject *namespace = running.namespace;
    bool is_inside = running.is_inside;
    running.namespace = NULL;
    running.is_inside = false; /* what runs now is no longer about this exec() */
    if (is_inside) return namespace == NULL || judge(code, namespace) ? 0 : -1;
    if (!begin_main()) return 0;
    if (!full_modules_main((PyCodeObject *)code)) return -1;
    running.judged = code;
    return 0;
}

/* A function whose namespace is a module's that has none of its code yet brings code in as exec() does. */
static newfunc make_function;

static PyObject *function_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    PyObject *code = PyTuple_GET_SIZE(arguments) > 0 ? PyTuple_GET_ITEM(arguments, 0) : keywords != NULL ? PyDict_GetItemString(keywords, "code") : NULL;
    PyObject *namespace = PyTuple_GET_SIZE(arguments) > 1 ? PyTuple_GET_ITEM(arguments, 1) : keywords != NULL ? PyDict_GetItemString(keywords, "globals") : NULL;
    if (code != NULL && namespace != NULL && PyCode_Check(code) && take_namespace(namespace) && !full_modules_run((PyCodeObject *)code, namespace)) return NULL;
    return make_function(type, arguments, keywords);
}

/* ---- Built-in and frozen modules ------------------------------------------------------------------------------------------------- */

enum { BUILTINS_MAX = 256 };

static struct builtin {
    const char *name;
    PyObject *(*initialiser)(void);
} builtins[BUILTINS_MAX];

static PyCFunction run_init_frozen, run_create_builtin;

/* Which of them this thread has asked about and is about to make. */
static _Thread_local const struct builtin *allowed_builtin;

static PyObject *init_frozen(PyObject *module, PyObject *name)
{
    return PyUnicode_Check(name) && !full_modules_frozen(name) ? NULL : run_init_frozen(module, name);
}

/* NULL: none has this name, or it is one that CPython makes itself. */
static const struct builtin *find_builtin(PyObject *name)
{
    for (int i = 0; i < BUILTINS_MAX && builtins[i].name != NULL; i++)
        if (is_text(name, builtins[i].name)) return &builtins[i];
    return NULL;
}

/* A subinterpreter has the initialiser run by the main interpreter, and an exception that is raised there is not fit for its own heap (CPython 3.13 crashes
 * when it frees it). So this is the place to refuse; the initialiser asks again only if it is another module's than was named here. */
static PyObject *create_builtin(PyObject *module, PyObject *spec)
{
    PyObject *name = PyObject_GetAttrString(spec, "name");
    if (name == NULL) return NULL;
    const struct builtin *outer = allowed_builtin, *wanted = find_builtin(name);
    Py_DECREF(name);
    if (wanted != NULL && !full_modules_builtin(wanted->name)) return NULL;
    allowed_builtin = wanted;
    PyObject *made = run_create_builtin(module, spec);
    allowed_builtin = outer;
    return made;
}

/* ---- Shared objects -------------------------------------------------------------------------------------------------------------- */

static PyCFunctionFast run_create_dynamic;

/* What this thread has asked about and is about to load; owned by create_dynamic(). */
static _Thread_local struct {
    PyObject *name, *path;
} allowed_extension;

static bool is_same_text(PyObject *first, PyObject *second)
{
    return first != NULL && second != NULL && PyUnicode_Check(first) && PyUnicode_Check(second) && PyUnicode_Compare(first, second) == 0;
}

static bool judge_extension(PyObject *name, PyObject *path)
{
    bool is_asked = is_same_text(name, allowed_extension.name) && is_same_text(path, allowed_extension.path);
    return is_asked || full_modules_extension(name, path);
}

/* Asks here as well as at the event: a module that CPython makes anew from what it has kept of an earlier one raises none. */
static PyObject *create_dynamic(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    __typeof__(allowed_extension) outer = allowed_extension;
    PyObject *made = NULL, *name = count > 0 ? PyObject_GetAttrString(arguments[0], "name") : NULL;
    PyObject *path = name != NULL ? PyObject_GetAttrString(arguments[0], "origin") : NULL;
    PyErr_Clear(); /* CPython finds out for itself what is missing */
    bool is_named = name != NULL && path != NULL && PyUnicode_Check(name) && PyUnicode_Check(path);
    if (!is_named || full_modules_extension(name, path)) {
        allowed_extension.name = is_named ? name : NULL;
        allowed_extension.path = is_named ? path : NULL;
        made = run_create_dynamic(module, arguments, count);
        allowed_extension = outer;
    }
    Py_XDECREF(name);
    Py_XDECREF(path);
    return made;
}

/* ---- Standing in ----------------------------------------------------------------------------------------------------------------- */

static bool stand_in_builtin(const char *name, PyCFunctionFastWithKeywords own, PyCFunctionFastWithKeywords *original_out)
{
    PyObject *function = PyDict_GetItemString(PyEval_GetBuiltins(), name);
    if (function == NULL || !PyCFunction_Check(function)) return false;
    PyMethodDef *method = ((PyCFunctionObject *)function)->m_ml;
    if (method->ml_flags != (METH_FASTCALL | METH_KEYWORDS)) return false;
    *original_out = (PyCFunctionFastWithKeywords)(void (*)(void))method->ml_meth;
    method->ml_meth = (PyCFunction)(void (*)(void))own;
    return true;
}

static bool stand_in_method(PyModuleDef *definition, const char *name, int flags, PyCFunction own, PyCFunction *original_out)
{
    for (PyMethodDef *method = definition->m_methods; method->ml_name != NULL; method++) {
        if (strcmp(method->ml_name, name) != 0) continue;
        if (method->ml_flags != flags) return false;
        *original_out = method->ml_meth;
        method->ml_meth = own;
        return true;
    }
    return false;
}

static bool stand_in_create_dynamic(PyModuleDef *definition)
{
    PyCFunction original;
    if (!stand_in_method(definition, "create_dynamic", METH_FASTCALL, (PyCFunction)(void (*)(void))create_dynamic, &original)) return false;
    run_create_dynamic = (PyCFunctionFast)(void (*)(void))original;
    return true;
}

static bool stand_in_imp(PyObject *definition)
{
    return definition != NULL && PyObject_TypeCheck(definition, &PyModuleDef_Type) &&
           stand_in_method((PyModuleDef *)definition, "init_frozen", METH_O, init_frozen, &run_init_frozen) &&
           stand_in_method((PyModuleDef *)definition, "create_builtin", METH_O, create_builtin, &run_create_builtin) &&
           stand_in_create_dynamic((PyModuleDef *)definition);
}

/* Those that an interpreter has before its table of built-in modules is looked at for the first time. */
static bool tell_first_modules(void)
{
    PyObject *frozen = PyUnicode_FromString("_frozen_importlib");
    bool is_allowed = frozen != NULL && full_modules_builtin("sys") && full_modules_builtin("builtins") && full_modules_frozen(frozen);
    Py_XDECREF(frozen);
    return is_allowed;
}

/* `_imp` is the first module that an interpreter takes from the table, before any code of Python's library has run; made by hand it comes later. */
static PyObject *start_of_imp(PyObject *definition, bool is_by_hand)
{
    static bool is_standing;
    if (definition == NULL || is_by_hand) return definition;
    if (is_standing) {
        /* CPython 3.13 has this event, but asks for its hooks when no interpreter is at work: it is never heard. */
        full_audit_push_event("cpython.PyInterpreterState_New", NULL, 0);
    } else if (!stand_in_imp(definition) || !stand_in_builtin("exec", builtin_exec, &run_exec) || !stand_in_builtin("eval", builtin_eval, &run_eval)) {
        PyErr_SetString(PyExc_SystemError, "exec, eval and _imp are not as the record of imports needs them");
        return NULL;
    }
    is_standing = true;
    return tell_first_modules() ? definition : NULL;
}

static PyObject *initialise(int index)
{
    const struct builtin *builtin = &builtins[index];
    bool is_by_hand = allowed_builtin == builtin;
    if (!is_by_hand && !full_modules_builtin(builtin->name)) return NULL;
    PyObject *module = builtin->initialiser();
    return strcmp(builtin->name, "_imp") == 0 ? start_of_imp(module, is_by_hand) : module;
}

/* Initialisers have no argument that would tell which module is meant, so each entry gets a function of its own. */
#define INITIALISER(number) \
    static PyObject *initialise_##number(void) { return initialise(0x##number); }
#define FOR_DIGITS(X, high) \
    X(high##0) X(high##1) X(high##2) X(high##3) X(high##4) X(high##5) X(high##6) X(high##7) X(high##8) X(high##9) X(high##a) X(high##b) X(high##c) X(high##d) X(high##e) X(high##f)
#define FOR_ALL(X) \
    FOR_DIGITS(X, 0) FOR_DIGITS(X, 1) FOR_DIGITS(X, 2) FOR_DIGITS(X, 3) FOR_DIGITS(X, 4) FOR_DIGITS(X, 5) FOR_DIGITS(X, 6) FOR_DIGITS(X, 7) \
    FOR_DIGITS(X, 8) FOR_DIGITS(X, 9) FOR_DIGITS(X, a) FOR_DIGITS(X, b) FOR_DIGITS(X, c) FOR_DIGITS(X, d) FOR_DIGITS(X, e) FOR_DIGITS(X, f)
FOR_ALL(INITIALISER)

#define INITIALISER_ROW(number) initialise_##number,
static PyObject *(*const initialisers[BUILTINS_MAX])(void) = { FOR_ALL(INITIALISER_ROW) };

/* Those without an initialiser are made by CPython itself: sys and builtins. */
static bool stand_in_table(void)
{
    int index = 0;
    for (struct _inittab *entry = PyImport_Inittab; entry->name != NULL; entry++) {
        if (entry->initfunc == NULL) continue;
        if (index == BUILTINS_MAX) return false;
        builtins[index] = (struct builtin){ entry->name, entry->initfunc };
        entry->initfunc = initialisers[index++];
    }
    return true;
}

/* ---- Together -------------------------------------------------------------------------------------------------------------------- */

bool full_import_ways_guard(void)
{
    if (!stand_in_table()) return false;
    make_module = PyModule_Type.tp_new;
    start_module = PyModule_Type.tp_init;
    end_module = PyModule_Type.tp_dealloc;
    make_function = PyFunction_Type.tp_new;
    PyModule_Type.tp_new = module_new;
    PyModule_Type.tp_init = module_init;
    PyModule_Type.tp_dealloc = module_dealloc;
    PyFunction_Type.tp_new = function_new;
    return true;
}

static bool is_extension(PyObject *arguments) { return PyTuple_GET_SIZE(arguments) > 1 && PyUnicode_Check(PyTuple_GET_ITEM(arguments, 1)); }

/* Asked for every event there is, so by its first letters first. */
int full_import_ways_event(const char *event, PyObject *arguments)
{
    switch (event[0]) {
    case 'e': return strcmp(event, "exec") == 0 && PyTuple_GET_SIZE(arguments) > 0 ? about_to_run(PyTuple_GET_ITEM(arguments, 0)) : 0;
    case 'i': /* Python's own `import` has no path here; only where a shared object is about to be loaded is there one. */
        if (strcmp(event, "import") != 0 || !is_extension(arguments)) return 0;
        return judge_extension(PyTuple_GET_ITEM(arguments, 0), PyTuple_GET_ITEM(arguments, 1)) ? 0 : -1;
    case 'c':
        if (strncmp(event, "cpython.run_", 12) == 0) {
            int expected = MAIN_UNKNOWN;
            (void)atomic_compare_exchange_strong(&main_state_now, &expected, MAIN_NEXT);
        }
        return 0;
    default: return 0;
    }
}

bool full_import_ways_knows(const char *event, PyObject *arguments)
{
    if (strcmp(event, "exec") == 0) return PyTuple_GET_SIZE(arguments) > 0 && PyTuple_GET_ITEM(arguments, 0) == running.judged;
    bool brings_code = strcmp(event, "compile") == 0 || strncmp(event, "marshal.load", 12) == 0;
    /* The import system's own code has no caller yet. */
    return brings_code && (is_called_by_import_system() || (main_state_now == MAIN_UNKNOWN && !has_caller()));
}
