/* The built-in module _cordon, on which the Python package cordon stands. */
#ifndef WORKER_MODULE_H
#define WORKER_MODULE_H

#include "Python.h"

/* For the interpreter's table of built-in modules. */
PyMODINIT_FUNC PyInit__cordon(void);

#endif
