/* What a document may hold, as tables: which keys a dict may and must have, and what their values are. Hides how such a table is compared with a document. */
#ifndef CORDON_SUPERVISOR_PLUGIN_SHAPE_H
#define CORDON_SUPERVISOR_PLUGIN_SHAPE_H

#include <stdbool.h>

#include "plugin_document.h"

typedef enum plugin_shape_kind {
    PLUGIN_SHAPE_ANY,
    PLUGIN_SHAPE_TEXT,
    PLUGIN_SHAPE_TEXT_OR_NUMBER, /* as people write a version */
    PLUGIN_SHAPE_BOOL,
    PLUGIN_SHAPE_LIST,        /* of `member` */
    PLUGIN_SHAPE_ONE_OR_LIST, /* a `member`, or a list of them */
    PLUGIN_SHAPE_DICT,        /* of `member`, under names of any number */
    PLUGIN_SHAPE_RECORD       /* with `fields` */
} plugin_shape_kind;

typedef struct plugin_shape plugin_shape;

typedef struct plugin_field {
    const char *key; /* NULL ends the list */
    const plugin_shape *shape;
    bool is_required;
} plugin_field;

struct plugin_shape {
    plugin_shape_kind kind;
    const char *expected;              /* for people: "a name of letters, digits, _, - and ." */
    bool (*fits)(const char *text);    /* a text, or a dict's keys; NULL: any but an empty one */
    const plugin_shape *member;
    const plugin_field *fields;
};

/* Fails as plugin_document_complain for the first part that does not fit. */
cordon_plugin_status plugin_shape_check(const plugin_document *document, const plugin_shape *shape, cordon_plugin_error *error);

#endif
