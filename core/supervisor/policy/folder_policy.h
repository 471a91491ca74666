/* Whether a policy grants a folder of the host as a whole, as a mount or a copy of it needs. */
#ifndef CORDON_SUPERVISOR_FOLDER_POLICY_H
#define CORDON_SUPERVISOR_FOLDER_POLICY_H

#include <stdbool.h>

#include "host_env/host_env.h"
#include "policy/policy.h"

/* Whether `path` lies beneath a folder that a rule allows for this capability ("fs.read" ...), both compared by where they lead, and no rule denies a path for
 * it: what is granted as a whole has nothing left out. `looker` follows links; it needs fs.read. */
bool folder_policy_covers(const policy *policy, host_env *looker, const char *path, const char *capability);

#endif
