/* A text that people wrote, as a value: a manifest or a file of grants. Whatever is wrong with it later can be told with its place in the text. */
#ifndef CORDON_SUPERVISOR_PLUGIN_DOCUMENT_H
#define CORDON_SUPERVISOR_PLUGIN_DOCUMENT_H

#include "plugin_failure.h"

typedef struct plugin_document plugin_document;

/* Reads one YAML document (JSON is YAML), at most 1 MiB, 16 deep, without anchors, aliases, tags and double keys; keys are text. `file` is for messages and borrowed for the document's life.
 * Fails with `failed_status`, "FILE:LINE:COLUMN: ...". */
cordon_plugin_status plugin_document_read(const void *text, size_t size, const char *file, cordon_plugin_status failed_status, plugin_document **document_out,
                                          cordon_plugin_error *error);
/* The same for a value that was never a text: places are told by names, "FILE: ['commands']['run']". `value` is borrowed for the document's life. */
cordon_plugin_status plugin_document_of(const cordon_value *value, const char *file, cordon_plugin_status failed_status, plugin_document **document_out,
                                        cordon_plugin_error *error);
void plugin_document_destroy(plugin_document *document); /* accepts NULL */

const cordon_value *plugin_document_value(const plugin_document *document);

/* The way from the root to a part: outermost last. */
typedef struct plugin_step {
    const struct plugin_step *before; /* NULL: from the root */
    const char *key;                  /* of a dict; NULL: `index` of a list */
    size_t index;
} plugin_step;

/* Fails for what is wrong at the end of the way, with the status that the document was read with. */
cordon_plugin_status plugin_document_complain(const plugin_document *document, const plugin_step *way, cordon_plugin_error *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
