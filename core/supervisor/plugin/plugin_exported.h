/* A manifest that a module of the plugin exports, for plugins without plugin.yaml. */
#ifndef CORDON_SUPERVISOR_PLUGIN_EXPORTED_H
#define CORDON_SUPERVISOR_PLUGIN_EXPORTED_H

#include "plugin_package.h"

/* Read by a sandbox that is granted nothing and ends with it. NO_MANIFEST: there is none, or no engine to read it with. *manifest_out is the caller's, and not checked yet. */
cordon_plugin_status plugin_exported_read(cordon_engine *engine, const plugin_package *package, cordon_value **manifest_out, cordon_plugin_error *error);

#endif
