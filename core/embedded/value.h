/* Values of the host's as Python objects; the other way is session_value.h's. With the interpreter lock held. */
#ifndef CORE_EMBEDDED_VALUE_H
#define CORE_EMBEDDED_VALUE_H

#include "Python.h"

#include "cordon/value.h"

/* A new reference. NULL with an exception set: MemoryError, TypeError for what Python cannot hash or has no form (OTHER), ImportError where the module of a date was spoilt. */
PyObject *embedded_value_make(const cordon_value *value);

#endif
