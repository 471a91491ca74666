/* Running something in the interpreter, whatever it is, and what came of it. */
#ifndef CORE_EMBEDDED_PERFORMANCE_H
#define CORE_EMBEDDED_PERFORMANCE_H

#include "Python.h"

#include "embedded.h"

typedef struct performance {
    const char *operation; /* for errors; static text */
    const cordon_streams *streams;
    /* With the interpreter lock held: a new reference or none. False with an exception set. */
    bool (*run)(void *context, PyObject **value_out);
    void *context;
    bool measures_cpu; /* which takes two calls of the system */
} performance;

/* With the interpreter taken (embedded_enter). CORDON_OK: *result_out is the caller's, whatever came of it. */
cordon_status embedded_perform(cordon_interpreter *interpreter, const performance *performed, cordon_result **result_out, cordon_error *error);

#endif
