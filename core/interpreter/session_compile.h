/* Source text to a code object; hides the parser's insides. */
#ifndef SESSION_COMPILE_H
#define SESSION_COMPILE_H

#include "Python.h"

#include <stdbool.h>

/* The variable that gets the value of a last expression. No Python source can name it. */
#define SESSION_VALUE_NAME "$value"

/* Compiles a module whose top level may `await`, by the rules of PEP 263. `source` has `size` bytes, then a NUL. With
 * `keeps_value`, what the last statement's expression gives, if it is one, is stored as SESSION_VALUE_NAME.
 * What `from __future__ import` turned on stays on for the next source, as in an interactive session. NULL with an
 * exception set, SyntaxError as python raises it for a file. */
PyObject *session_compile(const char *source, Py_ssize_t size, PyObject *file_name, bool keeps_value);

#endif
