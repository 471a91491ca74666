/* Where paths lead. */
#ifndef CORDON_SUPERVISOR_COLLECTOR_PATHS_H
#define CORDON_SUPERVISOR_COLLECTOR_PATHS_H

#include "host_env/host_env.h"

typedef struct collector_paths collector_paths;

/* What becomes of a link that is the path's last name. */
typedef enum collector_last_name { COLLECTOR_LAST_KEPT = 0, COLLECTOR_LAST_FOLLOWED } collector_last_name;

/* NULL: no memory. `env` is borrowed for its life. */
collector_paths *collector_paths_create(host_env *env);
/* Where an absolute path leads, as the file system is now: NULL if nowhere else than it says. What does not exist is
 * kept as it is named. `now_ns`: what was looked up long before it is looked up again. Borrowed until the next call. */
const char *collector_paths_real(collector_paths *paths, const char *path, collector_last_name last, uint64_t now_ns);
/* Accepts NULL. */
void collector_paths_destroy(collector_paths *paths);

#endif
