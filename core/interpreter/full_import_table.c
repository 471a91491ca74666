/* Stands in the interpreter's table of built-in modules, and in what _imp makes of it and of frozen modules. */
#include <Python.h>
#include <string.h>

#include "full_audit.h"
#include "full_import_caller.h"
#include "full_import_internal.h"
#include "full_modules.h"

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
        if (full_import_is_text(name, builtins[i].name)) return &builtins[i];
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

bool full_import_stand_in_method(PyModuleDef *definition, const char *name, int flags, PyCFunction own, PyCFunction *original_out)
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

static bool stand_in_imp(PyObject *definition)
{
    return definition != NULL && PyObject_TypeCheck(definition, &PyModuleDef_Type) &&
           full_import_stand_in_method((PyModuleDef *)definition, "init_frozen", METH_O, init_frozen, &run_init_frozen) &&
           full_import_stand_in_method((PyModuleDef *)definition, "create_builtin", METH_O, create_builtin, &run_create_builtin) &&
           full_import_extension_stand_in((PyModuleDef *)definition);
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
    } else if (!stand_in_imp(definition) || !full_import_run_stand_in()) {
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
bool full_import_table_guard(void)
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
