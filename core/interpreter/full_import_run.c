/* Stands in exec(), eval() and the making of functions: where code comes to run in a module's namespace. */
#include <Python.h>
#include <stdatomic.h>

#include "full_import_caller.h"
#include "full_import_internal.h"
#include "full_module_registry.h"
#include "full_modules.h"

typedef enum main_state { MAIN_UNKNOWN, MAIN_NEXT, MAIN_RAN } main_state;
static _Atomic int main_state_now;

/* What this thread's exec() or eval() is about, until CPython says that the code is about to run. */
static _Thread_local struct {
    bool is_inside;          /* of one of ours: not the program itself, which runs without them */
    PyObject *namespace;     /* a module's, whose code is still text; borrowed from the caller of exec() */
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

void full_import_run_late(void)
{
    main_state_now = MAIN_RAN;
    full_modules_started();
}

static bool take_main(PyObject *namespace)
{
    return main_state_now == MAIN_NEXT && full_import_is_text(PyDict_GetItemString(namespace, "__name__"), "__main__") && begin_main();
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
    return is_waiting || full_import_is_by_import_system() || take_main(namespace) || is_like_modules(namespace);
}

static bool judge(PyObject *code, PyObject *namespace)
{
    if (!full_modules_run((PyCodeObject *)code, namespace)) return false;
    running.judged = code;
    return true;
}

static PyCFunctionFastWithKeywords run_exec, run_eval;

static PyObject *namespace_among(PyObject *const *arguments, Py_ssize_t count, PyObject *keywords)
{
    PyObject *namespace = count > 1 ? arguments[1] : NULL;
    for (Py_ssize_t i = 0; keywords != NULL && i < PyTuple_GET_SIZE(keywords); i++)
        if (full_import_is_text(PyTuple_GET_ITEM(keywords, i), "globals")) namespace = arguments[count + i];
    return namespace == NULL || namespace == Py_None ? PyEval_GetGlobals() : namespace;
}

static PyObject *run(PyCFunctionFastWithKeywords original, PyObject *module, PyObject *const *arguments, Py_ssize_t count, PyObject *keywords)
{
    __typeof__(running) outer = running;
    PyObject *namespace = count > 0 ? namespace_among(arguments, count, keywords) : NULL, *result = NULL;
    bool is_code = count > 0 && PyCode_Check(arguments[0]), is_of_module = is_modules(namespace);
    running = (__typeof__(running)){ .is_inside = true, .namespace = is_of_module && !is_code ? namespace : NULL };
    if (!is_of_module || !is_code || judge(arguments[0], namespace)) result = original(module, arguments, count, keywords);
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

/* Text that was given to exec() has become code only now. Whatever a program says by sys.audit() while it does so is judged as well, and instead of nothing. */
int full_import_run_event(PyObject *code)
{
    if (running.judged == code || !PyCode_Check(code)) return 0;
    if (running.is_inside) return running.namespace == NULL || judge(code, running.namespace) ? 0 : -1;
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

void full_import_run_main_is_next(void)
{
    int expected = MAIN_UNKNOWN;
    (void)atomic_compare_exchange_strong(&main_state_now, &expected, MAIN_NEXT);
}

bool full_import_run_is_starting(void) { return main_state_now == MAIN_UNKNOWN; }

bool full_import_run_knows(PyObject *code) { return code == running.judged; }

static bool stand_in(const char *name, PyCFunctionFastWithKeywords own, PyCFunctionFastWithKeywords *original_out)
{
    PyObject *function = PyDict_GetItemString(PyEval_GetBuiltins(), name);
    if (function == NULL || !PyCFunction_Check(function)) return false;
    PyMethodDef *method = ((PyCFunctionObject *)function)->m_ml;
    if (method->ml_flags != (METH_FASTCALL | METH_KEYWORDS)) return false;
    *original_out = (PyCFunctionFastWithKeywords)(void (*)(void))method->ml_meth;
    method->ml_meth = (PyCFunction)(void (*)(void))own;
    return true;
}

bool full_import_run_stand_in(void) { return stand_in("exec", builtin_exec, &run_exec) && stand_in("eval", builtin_eval, &run_eval); }

void full_import_run_guard(void)
{
    make_function = PyFunction_Type.tp_new;
    PyFunction_Type.tp_new = function_new;
}
