/* Removes nothing, and says so: on a host without these mechanisms every wish is UNSUPPORTED, so nobody believes to be
 * confined. */
#include "lockdown_internal.h"

#include <errno.h>

static bool anything_is_wished(const host_lockdown_config *config)
{
    return config->wishes != 0 || config->parent_death_signal != 0 || config->limit_count > 0 ||
           config->descriptors != HOST_LOCKDOWN_DESCRIPTORS_KEEP || config->files != HOST_LOCKDOWN_FILES_KEEP ||
           config->filter != NULL;
}

static host_status prepare(host_lockdown *lockdown, const host_lockdown_config *config, lockdown_refusal *refusal)
{
    (void)lockdown;
    return anything_is_wished(config)
               ? lockdown_refuse(refusal, HOST_UNSUPPORTED, ENOSYS, "this host cannot confine a process")
               : HOST_OK;
}

/* Reached only if nothing was wished; anything else would be a confinement that is none. */
static int enter(const host_lockdown *lockdown, const struct host_operations *operations, int ruleset)
{
    (void)operations;
    (void)ruleset;
    return lockdown->wishes == 0 ? 0 : ENOSYS;
}

static const struct lockdown_mechanism lockdown_none = {"this host cannot confine a process", prepare, enter};

const struct lockdown_mechanism *const lockdown_mechanisms_none[] = {&lockdown_none, NULL};
