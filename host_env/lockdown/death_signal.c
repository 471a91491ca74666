/* Removes life after the parent: a process whose starter has ended gets a signal. */
#include "lockdown_internal.h"

#include <errno.h>

static host_status prepare(host_lockdown *lockdown, const host_lockdown_config *config, lockdown_refusal *refusal)
{
    if (config->parent_death_signal < 0 || config->parent_death_signal > 64) {
        return lockdown_refuse(refusal, HOST_INVALID_ARGUMENT, EINVAL, "no such signal");
    }
    lockdown->parent_death_signal = config->parent_death_signal;
    return HOST_OK;
}

static int enter(const host_lockdown *lockdown, const struct host_operations *operations, int ruleset)
{
    (void)ruleset;
    if (lockdown->parent_death_signal == 0) {
        return 0;
    }
    pid_t parent = operations->getppid();
    if (operations->prctl_option(PR_SET_PDEATHSIG, (unsigned long)lockdown->parent_death_signal) != 0) {
        return errno;
    }
    return operations->getppid() == parent ? 0 : ESRCH; /* it ended while we asked, and no signal will tell */
}

const struct lockdown_mechanism lockdown_death_signal = {"the death of the parent could not be watched", prepare,
                                                         enter};
