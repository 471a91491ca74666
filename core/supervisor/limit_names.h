/* The table of limits, by number and by name. */
#ifndef CORDON_SUPERVISOR_LIMIT_NAMES_H
#define CORDON_SUPERVISOR_LIMIT_NAMES_H

#include <stdbool.h>

#include "cordon/limits.h"
#include "cordon/outcome.h"

/* `limit`: enum cordon_limit. */
const char *limit_name(int limit);
const char *limit_unit(int limit);
cordon_outcome limit_outcome(int limit);
bool limit_is_the_workers(int limit); /* it trips inside, and is told by a LIMIT frame */
int limit_by_name(const char *name);  /* -1: there is none */

#endif
