/* The homes that are sandboxes: one for each plugin, or one for all. */
#ifndef CORDON_SUPERVISOR_PLUGIN_HOME_SANDBOX_H
#define CORDON_SUPERVISOR_PLUGIN_HOME_SANDBOX_H

#include <stdbool.h>

#include "cordon/plugin_home.h"

typedef struct plugin_sandboxes plugin_sandboxes;

/* `engine` is borrowed for the life. NULL without memory. */
plugin_sandboxes *plugin_sandboxes_create(cordon_engine *engine, bool is_shared);
/* All its places have been moved out of. Accepts NULL. */
void plugin_sandboxes_destroy(plugin_sandboxes *sandboxes);
/* Borrowed. */
const cordon_plugin_home *plugin_sandboxes_home(const plugin_sandboxes *sandboxes);

/* Puts files below `root` in a sandbox. */
cordon_status plugin_files_put(cordon_sandbox *sandbox, const char *root, const cordon_plugin_file *files, size_t count, cordon_error *error);

#endif
