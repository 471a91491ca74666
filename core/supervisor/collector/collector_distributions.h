/* Which installed distribution a file belongs to. */
#ifndef CORDON_SUPERVISOR_COLLECTOR_DISTRIBUTIONS_H
#define CORDON_SUPERVISOR_COLLECTOR_DISTRIBUTIONS_H

#include "host_env/host_env.h"

typedef struct collector_distributions collector_distributions;

/* NULL: no memory. `env` is borrowed for its life. */
collector_distributions *collector_distributions_create(host_env *env);
/* "name version" of the distribution whose list of files, RECORD, has this file; NULL: none has, or it cannot be found out. Folders are read once. Lives
 * as long as the distributions do. */
const char *collector_distributions_find(collector_distributions *distributions, const char *file);
/* Accepts NULL. */
void collector_distributions_destroy(collector_distributions *distributions);

#endif
