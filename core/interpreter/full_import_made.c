/* Stands in the slots of the type of modules, which its subclasses inherit. */
#include <Python.h>

#include "full_import_caller.h"
#include "full_import_internal.h"
#include "full_module_registry.h"
#include "full_modules.h"

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
    bool is_waiting = full_import_is_to_be_run();
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

void full_import_made_end(void)
{
    full_fresh_module fresh;
    while (full_module_registry_take_any(&fresh)) leave(&fresh);
}

void full_import_made_guard(void)
{
    make_module = PyModule_Type.tp_new;
    start_module = PyModule_Type.tp_init;
    end_module = PyModule_Type.tp_dealloc;
    PyModule_Type.tp_new = module_new;
    PyModule_Type.tp_init = module_init;
    PyModule_Type.tp_dealloc = module_dealloc;
}
