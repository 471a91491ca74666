/* Calls into plugins that were made before: the same function, with arguments of the same plain types. Hides what is remembered of them, and when it is forgotten.
 * With the GIL held. */
#ifndef WORKER_KNOWN_H
#define WORKER_KNOWN_H

#include "Python.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WORKER_KNOWN_ARGUMENTS_MAX = 8 };

/* A value that has nothing in it. */
struct worker_plain {
    int kind;
    uint64_t number;           /* of a number; a float's bits */
    const unsigned char *body; /* of a text or bytes */
    size_t size;
};

/* What a payload of INVOKE asks for, if that is known. Borrowed, from it and from the table. */
struct worker_known_call {
    PyObject *target;
    size_t count;
    struct worker_plain arguments[WORKER_KNOWN_ARGUMENTS_MAX]; /* `count` of them */
};

/* When cordon.plugins has just been imported. Where it is another package than the image's, nothing will be known. */
void worker_known_begin(void);

/* False: it must be read and checked as any other. `payload` needs to have nothing but its size right. */
bool worker_known_find(const unsigned char *payload, size_t size, struct worker_known_call *call_out);
/* The function of Python's that calls one found, which it gets first: a plugin's function has the same frame below it as by cordon.plugins.call(). Borrowed. */
PyObject *worker_known_caller(void);
/* Its arguments: `count` new references, or false with an exception set. A text that is none breaks the protocol. */
bool worker_known_decode(const struct worker_known_call *call, PyObject **arguments_out);

/* After cordon.plugins.call() has found the function that this payload asks for, and that its arguments fit. `arguments`: the five that it was given. Sets no exception. */
void worker_known_learn(const unsigned char *payload, size_t size, PyObject *const *arguments);

#endif
