/* Removes every open descriptor but a kept list: what was opened before the lockdown is not bound by it. */
#include "lockdown_internal.h"

#include <errno.h>

static host_status prepare(host_lockdown *lockdown, const host_lockdown_config *config, lockdown_refusal *refusal)
{
    if (config->kept_count > HOST_LOCKDOWN_KEPT_MAX) {
        return lockdown_refuse(refusal, HOST_TOO_LARGE, E2BIG, "there are too many descriptors to keep");
    }
    lockdown->descriptors = config->descriptors;
    for (size_t i = 0; i < config->kept_count; i++) {
        size_t at = lockdown->kept_count++;
        for (; at > 0 && lockdown->kept[at - 1] > config->kept[i]; at--) {
            lockdown->kept[at] = lockdown->kept[at - 1];
        }
        lockdown->kept[at] = config->kept[i];
        if (config->kept[i] < 0) {
            return lockdown_refuse(refusal, HOST_INVALID_ARGUMENT, EINVAL, "a descriptor to keep is negative");
        }
    }
    return HOST_OK;
}

static int enter(const host_lockdown *lockdown, const struct host_operations *operations, int ruleset)
{
    (void)ruleset;
    if (lockdown->descriptors == HOST_LOCKDOWN_DESCRIPTORS_KEEP) {
        return 0;
    }
    unsigned int first = 0;
    for (size_t i = 0; i < lockdown->kept_count; i++) {
        unsigned int kept = (unsigned int)lockdown->kept[i];
        if (kept > first && operations->close_from_to(first, kept - 1) != 0) {
            return errno;
        }
        first = kept + 1; /* the same one twice does no harm: then nothing is between them */
    }
    return operations->close_from_to(first, INT32_MAX) != 0 ? errno : 0;
}

const struct lockdown_mechanism lockdown_descriptors = {"the other descriptors could not be closed", prepare, enter};
