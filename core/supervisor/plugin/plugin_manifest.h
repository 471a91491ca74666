/* What a plugin says of itself, checked. docs/plugins.md has the keys, docs/plugin.schema.json the same for tools. */
#ifndef CORDON_SUPERVISOR_PLUGIN_MANIFEST_H
#define CORDON_SUPERVISOR_PLUGIN_MANIFEST_H

#include "plugin_document.h"
#include "plugin_wishes.h"

enum { PLUGIN_NAME_BYTES_MAX = 64 };

typedef struct plugin_manifest {
    cordon_value *value; /* a dict with every key there is; api_version is a text */
    const char *name, *version, *api_version; /* borrowed from `value` */
    plugin_wishes wishes;
} plugin_manifest;

/* `api_version`: the only one that is accepted; NULL: any. On CORDON_PLUGIN_OK the caller releases *manifest_out. Sets the plugin's name in `error` as soon as it is known. */
cordon_plugin_status plugin_manifest_read(const plugin_document *document, const char *api_version, plugin_manifest *manifest_out,
                                          cordon_plugin_error *error);
void plugin_manifest_release(plugin_manifest *manifest);
/* Whether a plugin may have this name. */
bool plugin_manifest_is_name(const char *text);

#endif
