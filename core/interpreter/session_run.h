/* A piece of source in a session: one __main__ that lives over many executions. Hides how code runs (compiled, in the session's event loop if it awaits), what stays of it, and
 * what a guest may have done to the interpreter meanwhile. The same in both variants. With the GIL held; one execution at a time. */
#ifndef SESSION_RUN_H
#define SESSION_RUN_H

#include "Python.h"

#include "session_exception.h"

#include <stdbool.h>

/* Takes the present __main__, the streams and what the package cordon knows of sources, before a guest could change them. False with an exception set.
 * `helpers`: `folder` and `memory_wanted` are the caller's, the rest is filled in. */
bool session_begin(struct session_exception_helpers *helpers);
/* Of __main__, borrowed. */
PyObject *session_globals(void);

struct session_source {
    const char *bytes;
    Py_ssize_t size;
    PyObject *file_name; /* a str */
    PyObject *result;    /* the variable whose value is wanted; NULL: the last expression's */
    bool (*set_inputs)(PyObject *globals, void *context); /* when the source is known to be Python; false with an exception set; NULL: none */
    void *context;
};

/* False with an exception set, whose traceback begins in the source. */
bool session_run(const struct session_source *source);
/* What is wanted of the last run: a new reference, or NULL, without an exception if there is nothing. */
PyObject *session_take_value(const struct session_source *source);
/* It is not wanted. An exception that is set stays. */
void session_drop_value(void);
/* Runs a coroutine to its end in the session's event loop, other tasks of that loop beside it: what it returned, or NULL with an exception set. */
PyObject *session_complete(PyObject *coroutine);
/* The session's event loop, which may wait on another thread, looks whether there is something to do. */
void session_wake(void);
/* What the guest put in place of the streams, then the interpreter's own. False: one of them raised, and may hold something still. */
bool session_flush(void);

#endif
