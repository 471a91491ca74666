/* Stands in _imp.create_dynamic, through which every shared object becomes a module. */
#include <Python.h>

#include "full_import_internal.h"
#include "full_modules.h"

static PyCFunctionFast run_create_dynamic;

/* What this thread has asked about and is about to load; owned by create_dynamic(). */
static _Thread_local struct {
    PyObject *name, *path;
} allowed_extension;

static bool is_same_text(PyObject *first, PyObject *second)
{
    return first != NULL && second != NULL && PyUnicode_Check(first) && PyUnicode_Check(second) && PyUnicode_Compare(first, second) == 0;
}

bool full_import_extension_judge(PyObject *name, PyObject *path)
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

bool full_import_extension_stand_in(PyModuleDef *imp)
{
    PyCFunction original;
    if (!full_import_stand_in_method(imp, "create_dynamic", METH_FASTCALL, (PyCFunction)(void (*)(void))create_dynamic, &original)) return false;
    run_create_dynamic = (PyCFunctionFast)(void (*)(void))original;
    return true;
}
