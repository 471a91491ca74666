/* What the ways to modules share, one file a way. */
#ifndef CORE_INTERPRETER_FULL_IMPORT_INTERNAL_H
#define CORE_INTERPRETER_FULL_IMPORT_INTERNAL_H

#include <Python.h>
#include <stdbool.h>

/* Modules made by calling their type. */
void full_import_made_guard(void);
/* All modules are gone: those that nobody ever ran code in are told now. */
void full_import_made_end(void);

/* Code that runs in a module's namespace. */
void full_import_run_guard(void);
/* The rest of it, once there are built-in functions. False: they are not as expected. */
bool full_import_run_stand_in(void);
/* The event `exec`: code is about to run. -1: ImportError is set. */
int full_import_run_event(PyObject *code);
/* Whether this code has been told of as a module's. */
bool full_import_run_knows(PyObject *code);
/* The next code that runs by itself is the program. */
void full_import_run_main_is_next(void);
bool full_import_run_is_starting(void);
/* Nobody has told of events so far, and the program already runs. */
void full_import_run_late(void);

/* The table of built-in modules, before the interpreter takes its copy; what is in `_imp` follows when that is made. False: the table is too long. */
bool full_import_table_guard(void);
/* Puts `own` in the place of a method. False: there is none such. */
bool full_import_stand_in_method(PyModuleDef *definition, const char *name, int flags, PyCFunction own, PyCFunction *original_out);

/* Shared objects. */
bool full_import_extension_stand_in(PyModuleDef *imp);
/* At the event that one is about to be loaded. False: ImportError is set. */
bool full_import_extension_judge(PyObject *name, PyObject *path);

#endif
