/* Python objects as values of docs/engine.md and back; hides MessagePack from whoever sends results and arguments. With
 * the GIL held. Sending a value runs no code of the guest, but for the `repr` of what is no value (results only) and
 * `utcoffset` of a tzinfo that the guest defined. */
#ifndef WORKER_VALUE_H
#define WORKER_VALUE_H

#include "Python.h"

#include "worker_message.h"

enum worker_value_use {
    WORKER_VALUE_RESULT,  /* what is no value goes as its type and `repr` */
    WORKER_VALUE_ARGUMENT /* what is no value is a TypeError */
};

/* Adds `value` to `pack`. -1 with an exception set: TypeError (no value), ValueError (too deep, contains itself, too
 * large), MemoryError; `name` is how its text calls the value, and what was added meanwhile is to be cut off. */
int worker_value_encode(struct worker_pack *pack, PyObject *value, enum worker_value_use use, const char *name);

/* A new reference; NULL with an exception set: MemoryError, or ImportError where the guest spoilt the module of a date.
 * An object that is no value breaks the protocol. */
PyObject *worker_value_decode(const msgpack_object *object);

/* The exception for a pack that failed: MemoryError, or ValueError with `name`. */
void worker_value_raise_failure(const struct worker_pack *pack, const char *name);

#endif
