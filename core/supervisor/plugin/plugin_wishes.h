/* What a plugin asks its host for: the same rules as in a policy file, so that a policy can be held against them. */
#ifndef CORDON_SUPERVISOR_PLUGIN_WISHES_H
#define CORDON_SUPERVISOR_PLUGIN_WISHES_H

#include "bytes.h"
#include "plugin_document.h"
#include "plugin_shape.h"
#include "policy/policy.h"


typedef struct plugin_wishes {
    policy *asked;     /* a policy that allows just that; NULL: nothing is asked for */
    char *rules;       /* its text; NULL likewise */
} plugin_wishes;

extern const plugin_shape plugin_wishes_shape;

/* Of a manifest whose shape was checked. On CORDON_PLUGIN_OK the caller releases *wishes_out. */
cordon_plugin_status plugin_wishes_read(const plugin_document *document, plugin_wishes *wishes_out, cordon_plugin_error *error);
/* The same from `rules`, as they were remembered. */
cordon_plugin_status plugin_wishes_parse(const char *rules, plugin_wishes *wishes_out, cordon_plugin_error *error);
void plugin_wishes_release(plugin_wishes *wishes);

/* Whether `granter` (NULL: nothing) allows all of it. If not, *lacking_out tells what is lacking, one rule a line; to be freed. NULL in it: no memory. */
bool plugin_wishes_are_within(const plugin_wishes *wishes, const policy *granter, char **lacking_out);

#endif
