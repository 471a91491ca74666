/* The interpreter at rest, between its boot and what runs in it; hides which modules were there before a program came.
 */
#ifndef SANDBOX_REST_H
#define SANDBOX_REST_H

#include "Python.h"

#include <stdbool.h>

/* Takes sys.modules as it is now for what the image brought. False without memory. */
bool sandbox_rest_note_modules(void);

/* Whether `module` stood under `name` then. __main__ never did: it is each program's own. `position` is 0 for the first
 * question; the next one is answered fastest if modules are asked about in the order of sys.modules. */
bool sandbox_rest_has_module(PyObject *name, PyObject *module, Py_ssize_t *position);

/* Gives sys.modules a __main__ as a fresh interpreter has it: young, so that it is collected at the end like any other.
 * False with an exception set. */
bool sandbox_rest_renew_main(void);

/* What must be new for each sandbox although the image brought it: os.environ from the sealed environment, the state of
 * random generators, temporary names. Called after CONFIGURE. False with an exception set. */
bool sandbox_rest_renew(void);

/* Makes what the image holds cheap to share: no garbage, buffered output written, and objects that the collector need
 * not look at again. Before an image is saved. False with an exception set. */
bool sandbox_rest_freeze(void);

#endif
