/* Exceptions as the host gets them; hides tracebacks, chains and what can go wrong while they are told. */
#ifndef WORKER_EXCEPTION_H
#define WORKER_EXCEPTION_H

#include "Python.h"

#include "worker_message.h"

/* Python functions that know sources: format(exception, chain) -> str and line(file, number) -> str. Borrowed for ever;
 * they were taken before a guest could change them. Until this is called, or when they fail, the text is plainer and
 * source lines are missing. */
void worker_exception_set_helpers(PyObject *format, PyObject *line);

/* Leaves out the frames before the first one that runs `code`. */
void worker_exception_strip(PyObject *exception, PyObject *code);

/* Adds the map that docs/protocol.md describes, its parts cut to bounds. Runs guest code: __str__ of exceptions. No
 * exception is set afterwards; `pack` may have failed. */
void worker_exception_encode(struct worker_pack *pack, PyObject *exception);

#endif
