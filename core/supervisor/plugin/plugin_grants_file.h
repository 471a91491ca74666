/* What is remembered of all plugins, read and written as a whole: a file, or without one a value in memory. For plugin_grants.c, which alone knows what it means. */
#ifndef CORDON_SUPERVISOR_PLUGIN_GRANTS_FILE_H
#define CORDON_SUPERVISOR_PLUGIN_GRANTS_FILE_H

#include <pthread.h>

#include "plugin_grants.h"

enum { PLUGIN_GRANTS_PATH_MAX = 4096 };

struct plugin_grants {
    host_env *env;
    const char *file;
    pthread_mutex_t lock;
    cordon_value *plugins; /* without a file: what one would hold */
};

/* The lock between threads, and between processes that use the file. *lock_out is for plugin_grants_leave. HOST_FAILURE: there is nothing to leave. */
cordon_plugin_status plugin_grants_enter(plugin_grants *grants, int *lock_out, cordon_plugin_error *error);
void plugin_grants_leave(plugin_grants *grants, int lock);

/* {NAME: {"version": ..., "digest": ..., "rules": ...}}, the caller's. Under the lock of the threads at least: the file is replaced, never written into. BAD_GRANTS, HOST_FAILURE, NO_MEMORY. */
cordon_plugin_status plugin_grants_load(const plugin_grants *grants, cordon_value **plugins_out, cordon_plugin_error *error);
/* Takes `plugins`, also on failure. Under the whole lock. HOST_FAILURE, NO_MEMORY: nothing was changed. */
cordon_plugin_status plugin_grants_store(plugin_grants *grants, cordon_value *plugins, cordon_plugin_error *error);

#endif
