/* Removes the sight of this process's memory from other processes of the same user: no ptrace, no /proc/PID/mem, no
 * core. */
#include "lockdown_internal.h"

#include <errno.h>

static host_status prepare(host_lockdown *lockdown, const host_lockdown_config *config, lockdown_refusal *refusal)
{
    (void)refusal;
    lockdown->wishes |= config->wishes & HOST_LOCKDOWN_UNDUMPABLE;
    return HOST_OK;
}

static int enter(const host_lockdown *lockdown, const struct host_operations *operations, int ruleset)
{
    (void)ruleset;
    if ((lockdown->wishes & HOST_LOCKDOWN_UNDUMPABLE) == 0) {
        return 0;
    }
    return operations->prctl_option(PR_SET_DUMPABLE, 0) != 0 ? errno : 0;
}

const struct lockdown_mechanism lockdown_dumpable = {"the process could not be made undumpable", prepare, enter};
