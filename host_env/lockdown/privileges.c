/* Removes the gain of privileges by exec: set-user-id bits and file capabilities no longer count, for all descendants
 * too. */
#include "lockdown_internal.h"

#include <errno.h>

/* The kernel wants it before a filter or Landlock, else a set-user-id program would run with calls of it taken away. */
static host_status prepare(host_lockdown *lockdown, const host_lockdown_config *config, lockdown_refusal *refusal)
{
    (void)refusal;
    if ((config->wishes & HOST_LOCKDOWN_NO_NEW_PRIVILEGES) != 0 || config->filter != NULL ||
        config->files != HOST_LOCKDOWN_FILES_KEEP) {
        lockdown->wishes |= HOST_LOCKDOWN_NO_NEW_PRIVILEGES;
    }
    return HOST_OK;
}

static int enter(const host_lockdown *lockdown, const struct host_operations *operations, int ruleset)
{
    (void)ruleset;
    if ((lockdown->wishes & HOST_LOCKDOWN_NO_NEW_PRIVILEGES) == 0) {
        return 0;
    }
    return operations->prctl_option(PR_SET_NO_NEW_PRIVS, 1) != 0 ? errno : 0;
}

const struct lockdown_mechanism lockdown_privileges = {"new privileges could not be given up", prepare, enter};
