/* Modules in whose namespaces no code has run yet. */
#ifndef CORE_INTERPRETER_FULL_MODULE_REGISTRY_H
#define CORE_INTERPRETER_FULL_MODULE_REGISTRY_H

#include <Python.h>
#include <stdbool.h>

typedef struct full_fresh_module {
    PyObject *name; /* a text, or NULL; owned by whoever got this */
    bool is_told;   /* the record has a line for it */
} full_fresh_module;

/* `name` may be NULL, or anything; only texts are kept. False: memory has run out. */
bool full_module_registry_add(PyObject *module, PyObject *name, bool is_told);
/* Whether it is there under this name. */
bool full_module_registry_has(PyObject *module, PyObject *name);
/* Takes out the one whose namespace this is, or the one itself, or any. False: there is none. */
bool full_module_registry_take_namespace(PyObject *namespace, full_fresh_module *module_out);
bool full_module_registry_take(PyObject *module, full_fresh_module *module_out);
bool full_module_registry_take_any(full_fresh_module *module_out);

#endif
