/* Filling in a cordon_plugin_error. */
#ifndef CORDON_SUPERVISOR_PLUGIN_FAILURE_H
#define CORDON_SUPERVISOR_PLUGIN_FAILURE_H

#include "cordon/plugin.h"

/* Returns `status`, so that a function can fail in one line. `error` may be NULL; the plugin's name in it stays. */
cordon_plugin_status plugin_failure(cordon_plugin_error *error, cordon_plugin_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
cordon_plugin_status plugin_no_memory(cordon_plugin_error *error);
/* What a call of the engine's API says, as one of plugins. */
cordon_plugin_status plugin_failure_of(cordon_plugin_error *error, const cordon_error *cause);

#endif
