/* Exceptions as the host gets them; hides tracebacks, chains and what can go wrong while they are told. */
#ifndef SESSION_EXCEPTION_H
#define SESSION_EXCEPTION_H

#include "Python.h"

#include "session_sink.h"

#include <stdint.h>

/* What the package cordon knows of sources, taken before a guest could change it. Until it is given, or when it fails, the text is plainer and source lines are missing. */
struct session_exception_helpers {
    PyObject *format;      /* format(exception, chain) -> str */
    PyObject *line;        /* line(file, number) -> str */
    const char *folder;    /* the package's, with a slash at its end: frames of what lies there are left out */
    uint64_t (*memory_wanted)(void); /* what a MemoryError would have needed; NULL: it stands for no limit */
};

/* All of it is borrowed for ever. */
void session_exception_set_helpers(const struct session_exception_helpers *helpers);

/* Leaves out the frames before the first one that runs `code`. */
void session_exception_strip(PyObject *exception, PyObject *code);

/* Tells the map that docs/protocol.md describes, its parts cut to bounds. Runs guest code: __str__ of exceptions. No exception is set afterwards; `sink` may have failed. */
void session_exception_tell(struct session_sink *sink, PyObject *exception);

#endif
