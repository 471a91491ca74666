/* What was granted to a plugin, as settings of a sandbox. */
#ifndef CORDON_SUPERVISOR_PLUGIN_ACCESS_H
#define CORDON_SUPERVISOR_PLUGIN_ACCESS_H

#include "host_env/host_env.h"
#include "plugin_failure.h"
#include "policy/policy.h"

enum { PLUGIN_MOUNTS_MAX = 64 };

/* What sandboxes have to give; ended by NULL. */
extern const char *const plugin_access_gives[];

/* Borrows from the manifest and the settings that it was made of. */
typedef struct plugin_access {
    cordon_sandbox_config config;
    cordon_mount mounts[PLUGIN_MOUNTS_MAX]; /* their sources are owned: where the folders led when they were judged */
    const char **environment; /* owned: the list, not its texts */
} plugin_access;

/* `basis`: what every sandbox has. `manifest`: checked. The folders that are granted must be covered by `granter` where they lead, not only by their names (looked at through `looker`).
 * Fails with CANNOT_GIVE, DENIED. *access_out must stay where it is until plugin_access_release. */
cordon_plugin_status plugin_access_make(const cordon_sandbox_config *basis, const cordon_value *manifest, const policy *asked, const policy *granter, host_env *looker,
                                        plugin_access *access_out, cordon_plugin_error *error);
void plugin_access_release(plugin_access *access);

/* Whether both give the same of the host: folders, clock, random bytes and variables. */
bool plugin_access_is_same(const cordon_sandbox_config *one, const cordon_sandbox_config *other);
/* Whether the settings give anything of the host but variables. */
bool plugin_access_is_nothing(const cordon_sandbox_config *config);

#endif
