/* Who makes a module, or runs code: the import system, or somebody else. */
#ifndef CORE_INTERPRETER_FULL_IMPORT_CALLER_H
#define CORE_INTERPRETER_FULL_IMPORT_CALLER_H

#include <Python.h>
#include <stdbool.h>

bool full_import_is_text(PyObject *text, const char *wanted);
/* Whether there is Python code that called. */
bool full_import_has_caller(void);
/* Whether it is of the import system. Whoever names a file so gains nothing: what this leaves out is told later. */
bool full_import_is_by_import_system(void);
/* Whether the import system makes a module with a loader that is about to run its code. */
bool full_import_is_to_be_run(void);

#endif
