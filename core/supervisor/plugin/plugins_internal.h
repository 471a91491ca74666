/* What a host of plugins and a plugin are made of. */
#ifndef CORDON_SUPERVISOR_PLUGINS_INTERNAL_H
#define CORDON_SUPERVISOR_PLUGINS_INTERNAL_H

#include <pthread.h>

#include "plugin_access.h"
#include "plugin_grants.h"
#include "plugin_home_sandbox.h"
#include "plugin_manifest.h"
#include "plugin_package.h"

struct cordon_plugins {
    host_env *env; /* reads plugins and the policy, writes the file of grants, and nothing else */
    cordon_engine *engine;
    char *api_version, *grants_file; /* the second may be NULL */
    policy *policy;                  /* NULL: nothing is allowed */
    plugin_grants *grants;
    cordon_sandbox_config basis;
    cordon_plugin_home_kind kind;
    const cordon_plugin_home *home;
    plugin_sandboxes *sandboxes;     /* NULL: the home is somebody else's */
    bool asks_first;
    uint64_t bytes_max;
    size_t files_max;
    uint64_t last_handle;            /* atomic */
};

/* A plugin that was read: nothing of it has run. */
typedef struct plugin_candidate {
    char *path;
    plugin_package package;
    plugin_manifest manifest;
} plugin_candidate;

cordon_plugin_status plugin_candidate_read(cordon_plugins *plugins, const char *path, plugin_candidate *candidate_out, cordon_plugin_error *error);
void plugin_candidate_release(plugin_candidate *candidate);

/* Whether home and policy can give what it asks for at all: CANNOT_GIVE, DENIED. On CORDON_PLUGIN_OK the caller releases *access_out. */
cordon_plugin_status plugin_candidate_access(cordon_plugins *plugins, const plugin_candidate *candidate, plugin_access *access_out, cordon_plugin_error *error);
/* Whether it may have it, by what is remembered: NOT_GRANTED, ESCALATION, BAD_GRANTS. Remembers what is new and allowed. */
cordon_plugin_status plugin_candidate_admit(cordon_plugins *plugins, const plugin_candidate *candidate, cordon_plugin_error *error);

#endif
