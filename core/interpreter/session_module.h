/* The built-in module _cordon, on which the Python package cordon stands; the same in both variants. */
#ifndef SESSION_MODULE_H
#define SESSION_MODULE_H

#include "Python.h"

/* For the interpreter's table of built-in modules. */
PyMODINIT_FUNC PyInit__cordon(void);

/* Raises the package's HostError, or what stands for it where nobody imported the package. `host_type`: a str or None. Both return NULL. */
PyObject *session_raise_host_error(const char *message);
PyObject *session_raise_host_failure(PyObject *message, PyObject *host_type);

#endif
