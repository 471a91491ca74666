/* What plugins were granted, by name: kept in a file that no other user may read or write, or in memory. Safe from any thread, and from several processes with one file. */
#ifndef CORDON_SUPERVISOR_PLUGIN_GRANTS_H
#define CORDON_SUPERVISOR_PLUGIN_GRANTS_H

#include "host_env/host_env.h"
#include "plugin_manifest.h"

typedef struct plugin_grants plugin_grants;

/* `file`: NULL: in memory only; borrowed for the life, as `env` is. A file that is there is read, to see that it can be. BAD_GRANTS: damaged, or not its owner's alone; it stays as it is. */
cordon_plugin_status plugin_grants_open(host_env *env, const char *file, plugin_grants **grants_out, cordon_plugin_error *error);
void plugin_grants_close(plugin_grants *grants); /* accepts NULL */

typedef enum plugin_verdict {
    PLUGIN_FIRST,      /* nothing is remembered of that name */
    PLUGIN_KNOWN,      /* these very files */
    PLUGIN_CHANGED,    /* others, that ask for no more than was granted */
    PLUGIN_ESCALATION  /* more */
} plugin_verdict;

/* What is remembered against what is asked; nothing is changed. *lacking_out: of an ESCALATION what is new, to be freed; else NULL. */
cordon_plugin_status plugin_grants_judge(plugin_grants *grants, const plugin_manifest *manifest, const char *digest, plugin_verdict *verdict_out, char **lacking_out,
                                         cordon_plugin_error *error);
/* The same, and in one step with it, between all processes that use the file, what follows from it: FIRST, unless `asks_first` and something is asked for, has what the manifest asks for granted;
 * CHANGED has these files, too, have what was granted before. */
cordon_plugin_status plugin_grants_admit(plugin_grants *grants, const plugin_manifest *manifest, const char *digest, bool asks_first, plugin_verdict *verdict_out, char **lacking_out,
                                         cordon_plugin_error *error);
/* Remembers what the manifest asks for as granted to these files; in place of what there was of that name. */
cordon_plugin_status plugin_grants_put(plugin_grants *grants, const plugin_manifest *manifest, const char *digest, cordon_plugin_error *error);
/* NOT_GRANTED: there is nothing of that name. */
cordon_plugin_status plugin_grants_remove(plugin_grants *grants, const char *name, cordon_plugin_error *error);

#endif
