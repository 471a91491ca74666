/* Removes the right to more processor time, memory, descriptors, file size and processes than given, and core dumps. */
#include "lockdown_internal.h"

#include <errno.h>

static host_status prepare(host_lockdown *lockdown, const host_lockdown_config *config, lockdown_refusal *refusal)
{
    bool no_core = (config->wishes & HOST_LOCKDOWN_NO_CORE) != 0;
    if (config->limit_count + no_core > HOST_LOCKDOWN_LIMITS_MAX) {
        return lockdown_refuse(refusal, HOST_TOO_LARGE, E2BIG, "there are too many limits");
    }
    for (size_t i = 0; i < config->limit_count; i++) {
        if (config->limits[i].limit.soft > config->limits[i].limit.hard) {
            return lockdown_refuse(refusal, HOST_INVALID_ARGUMENT, EINVAL, "a soft limit is above its hard limit");
        }
        lockdown->limits[lockdown->limit_count++] = config->limits[i];
    }
    if (no_core) {
        lockdown->limits[lockdown->limit_count++] = (host_lockdown_limit){HOST_RESOURCE_CORE_BYTES, {0, 0}};
    }
    return HOST_OK;
}

static int enter(const host_lockdown *lockdown, const struct host_operations *operations, int ruleset)
{
    (void)ruleset;
    for (size_t i = 0; i < lockdown->limit_count; i++) {
        const host_resource_limit *wanted = &lockdown->limits[i].limit;
        const struct rlimit limit = {.rlim_cur = wanted->soft, .rlim_max = wanted->hard};
        if (operations->prlimit(0, lockdown->limits[i].resource, &limit, NULL) != 0) {
            return errno;
        }
    }
    return 0;
}

const struct lockdown_mechanism lockdown_limits = {"a limit could not be set", prepare, enter};
