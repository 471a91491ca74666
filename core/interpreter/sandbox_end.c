/* Hides how little of CPython's own end a process needs that ends anyway: what a program can see of it, in CPython's
 * order, and nothing for the sake of memory. Py_FinalizeEx frees all that the image brought, and writes to thousands of
 * pages for it.
 *
 * What differs: objects that a program hung onto modules of the image are not finalised. CPython does not promise that
 * either. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_atexit.h"
#include "pycore_ceval.h"
#include "pycore_gc.h"
#include "pycore_interp.h"
#include "pycore_moduleobject.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "pycore_runtime.h"
#include "pycore_weakref.h"

#include "sandbox_end.h"
#include "sandbox_rest.h"

static void wait_for_threads(void)
{
    PyObject *threading = PyDict_GetItemString(PyImport_GetModuleDict(), "threading"); /* borrowed */
    PyObject *result;

    if (!threading)
        return;
    Py_INCREF(threading);
    result = PyObject_CallMethod(threading, "_shutdown", NULL);
    if (!result)
        PyErr_FormatUnraisable("Exception ignored on threading shutdown");
    Py_XDECREF(result);
    Py_DECREF(threading);
}

/* From here on no other thread gets the GIL: one that tries ends. */
static void be_alone(PyThreadState *thread)
{
    _PyInterpreterState_SetFinalizing(thread->interp, thread);
    _PyRuntimeState_SetFinalizing(&_PyRuntime, thread);
    _PyRuntime.initialized = 0;
    _PyRuntime.core_initialized = 0;
    _PyThreadState_DeleteList(_PyThreadState_RemoveExcept(thread));
}

static bool flush(const char *name)
{
    PyObject *file = PySys_GetObject(name), *closed, *result; /* borrowed */
    int is_closed;

    if (!file || file == Py_None)
        return true;
    Py_INCREF(file);
    closed = PyObject_GetAttrString(file, "closed");
    is_closed = closed ? PyObject_IsTrue(closed) : 0;
    Py_XDECREF(closed);
    PyErr_Clear(); /* what cannot say whether it is closed is taken for open */
    result = is_closed > 0 ? Py_NewRef(Py_None) : PyObject_CallMethod(file, "flush", NULL);
    Py_DECREF(file);
    Py_XDECREF(result);
    return result != NULL;
}

static int flush_outputs(void)
{
    int status = 0;

    if (!flush("stdout")) {
        PyErr_FormatUnraisable("Exception ignored on flushing sys.stdout");
        status = -1;
    }
    if (!flush("stderr")) {
        PyErr_Clear();
        status = -1;
    }
    return status;
}

/* Where a program's values often hide, first of all. */
static void forget_special_names(PyInterpreterState *interpreter)
{
    static const char *const names[] = {"path",       "argv",           "ps1",
                                        "ps2",        "last_exc",       "last_type",
                                        "last_value", "last_traceback", "__interactivehook__",
                                        "meta_path"};
    static const char *const files[][2] = {{"stdin", "__stdin__"}, {"stdout", "__stdout__"}, {"stderr", "__stderr__"}};

    if (PyDict_SetItemString(interpreter->builtins, "_", Py_None) < 0)
        PyErr_Clear();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (PySys_SetObject(names[i], Py_None) < 0)
            PyErr_Clear();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        PyObject *original = PySys_GetObject(files[i][1]); /* borrowed */
        if (PySys_SetObject(files[i][0], original ? original : Py_None) < 0)
            PyErr_Clear();
    }
}

/* The names of the program's modules in sys.modules, in the order of their import; NULL without memory. */
static PyObject *names_of_modules(PyObject *modules)
{
    PyObject *names = PyList_New(0), *name, *module;
    Py_ssize_t position = 0, position_at_rest = 0;

    while (names && PyDict_Check(modules) && PyDict_Next(modules, &position, &name, &module))
        if (!sandbox_rest_has_module(name, module, &position_at_rest) && PyModule_Check(module) && PyList_Append(names, name) < 0)
            PyErr_Clear();
    PyErr_Clear(); /* a name that cannot be looked up */
    return names;
}

/* Takes the program's modules out of sys.modules; the list has weak references to them. NULL without memory. */
static PyObject *remove_modules(PyObject *modules)
{
    PyObject *names = names_of_modules(modules), *removed = PyList_New(0);

    for (Py_ssize_t i = 0; names && removed && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i), *module = PyDict_GetItemWithError(modules, name);
        PyObject *reference = module ? PyWeakref_NewRef(module, NULL) : NULL;
        if (!reference || PyList_Append(removed, reference) < 0 || PyDict_SetItem(modules, name, Py_None) < 0)
            PyErr_Clear();
        Py_XDECREF(reference);
    }
    Py_XDECREF(names);
    return removed;
}

/* Those that something still holds lose their names, later imports first. */
static void clear_modules(PyObject *removed)
{
    for (Py_ssize_t i = PyList_GET_SIZE(removed) - 1; i >= 0; i--) {
        PyObject *module = _PyWeakref_GET_REF(PyList_GET_ITEM(removed, i));
        if (!module)
            continue;
        _PyModule_Clear(module);
        Py_DECREF(module);
    }
}

static void forget_program(PyThreadState *thread)
{
    PyObject *removed;

    forget_special_names(thread->interp);
    removed = remove_modules(PyImport_GetModuleDict());
    _PyGC_CollectNoFail(thread);
    if (!removed)
        return;
    clear_modules(removed);
    Py_DECREF(removed);
}

int sandbox_end(void)
{
    PyThreadState *thread = _PyThreadState_GET();
    int status;

    thread->interp->finalizing = 1;
    wait_for_threads();
    _Py_FinishPendingCalls(thread);
    _PyAtExit_Call(thread->interp);
    be_alone(thread);
    status = flush_outputs();
    PyGC_Collect();
    forget_program(thread);
    return flush_outputs() < 0 ? -1 : status;
}
