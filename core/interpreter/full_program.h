/* Whether CPython can find out by itself where its program lies. */
#ifndef CORE_INTERPRETER_FULL_PROGRAM_H
#define CORE_INTERPRETER_FULL_PROGRAM_H

#include <stdbool.h>

#include "host_env/host_env.h"

/* CPython takes its place from the name it was called by: a path, made absolute by the working directory, or a name to look for in PATH.
 * False if `name` leads nowhere that way: a wrong name, or a working directory that the policy hides. */
bool full_program_can_be_found(host_env *host, const char *name);

#endif
