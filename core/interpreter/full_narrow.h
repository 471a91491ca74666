/* The built-in module `cordon` of the full interpreter: how a program gives up rights. */
#ifndef CORE_INTERPRETER_FULL_NARROW_H
#define CORE_INTERPRETER_FULL_NARROW_H

#include <stdbool.h>

#include "full_policy.h"

/* Makes the module importable. Before the interpreter starts; false without memory. */
bool full_narrow_offer(full_policy *policy);

#endif
