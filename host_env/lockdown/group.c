/* Removes the tie to the starter's process group, session and terminal: signals and job control meant for one do not
 * reach the other. */
#include "lockdown_internal.h"

#include <errno.h>

static host_status prepare(host_lockdown *lockdown, const host_lockdown_config *config, lockdown_refusal *refusal)
{
    (void)refusal;
    lockdown->wishes |= config->wishes & (HOST_LOCKDOWN_NEW_GROUP | HOST_LOCKDOWN_NEW_SESSION);
    return HOST_OK;
}

static int enter(const host_lockdown *lockdown, const struct host_operations *operations, int ruleset)
{
    (void)ruleset;
    if ((lockdown->wishes & HOST_LOCKDOWN_NEW_SESSION) != 0) { /* makes a group too */
        return operations->setsid() < 0 ? errno : 0;
    }
    if ((lockdown->wishes & HOST_LOCKDOWN_NEW_GROUP) != 0) {
        return operations->setpgid(0, 0) != 0 ? errno : 0;
    }
    return 0;
}

const struct lockdown_mechanism lockdown_group = {"no group or session of its own could be made", prepare, enter};
