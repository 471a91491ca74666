/* Modules whose C libraries reach a host by themselves. */
#ifndef CORE_INTERPRETER_FULL_NATIVE_H
#define CORE_INTERPRETER_FULL_NATIVE_H

#include "full_policy.h"

/* From now on, importing such a module raises ImportError, naming the capability, unless the policy (borrowed, for the life of the process)
 * grants all that stdlib_bindings/tables/native_exceptions.tsv lists for it. Call before Py_Initialize. */
void full_native_guard(const full_policy *policy);

#endif
