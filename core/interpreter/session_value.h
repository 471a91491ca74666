/* Python objects as values of docs/engine.md; hides from whoever sends results and arguments how an object is read. With the GIL held. Runs no code of the guest, but for the
 * `repr` of what is no value (results only) and `utcoffset` of a tzinfo that the guest defined. */
#ifndef SESSION_VALUE_H
#define SESSION_VALUE_H

#include "Python.h"

#include "session_sink.h"

enum session_value_use {
    SESSION_VALUE_RESULT,  /* what is no value goes as its type and `repr` */
    SESSION_VALUE_ARGUMENT /* what is no value is a TypeError */
};

/* Tells `value` to `sink`. -1 with an exception set: TypeError (no value), ValueError (too deep, contains itself, too large), MemoryError; `name` is how its text calls the
 * value, and what was told meanwhile is to be dropped. */
int session_value_tell(struct session_sink *sink, PyObject *value, enum session_value_use use, const char *name);

/* As with ARGUMENT; the text calls the value by its number, or by its keyword if that is not NULL. */
int session_value_tell_argument(struct session_sink *sink, PyObject *value, Py_ssize_t number, const char *keyword);

/* The exception for a sink that failed: MemoryError, or ValueError with `name`. */
void session_value_raise_failure(const struct session_sink *sink, const char *name);

#endif
