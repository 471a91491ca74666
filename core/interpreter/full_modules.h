/* Modules that come to be: what is asked about each, and what is told. */
#ifndef CORE_INTERPRETER_FULL_MODULES_H
#define CORE_INTERPRETER_FULL_MODULES_H

#include <Python.h>
#include <stdbool.h>

#include "full_policy.h"

void full_modules_start(const full_policy *policy);

/* ---- Each of these asks the policy and tells the record. False: ImportError is set, and the module must not come to be. ---- */

/* One whose code is part of this program. */
bool full_modules_builtin(const char *name);
/* `name` and `path`: texts of Python. */
bool full_modules_extension(PyObject *name, PyObject *path);
/* A frozen one that comes to be without an exec(). */
bool full_modules_frozen(PyObject *name);
/* By calling its type. `name` may be any object; NULL: none was given. */
bool full_modules_made(PyObject *name);
/* `code` is about to run in the namespace `globals`, which was found to be a module's. */
bool full_modules_run(PyCodeObject *code, PyObject *globals);
/* The program itself. */
bool full_modules_main(PyCodeObject *code);

/* One that came to be and in which nobody ever ran code. Only tells. */
void full_modules_left(PyObject *name);

/* The program's own code is about to run; what the interpreter's start needed, it has. */
void full_modules_started(void);

#endif
