/* What a policy says to the folders, clocks and random bytes that a broker would grant. */
#ifndef CORDON_SUPERVISOR_BROKER_POLICY_H
#define CORDON_SUPERVISOR_BROKER_POLICY_H

#include "broker.h"
#include "policy/policy.h"

typedef struct broker_policy {
    const policy *policy; /* borrowed */
    int numbers[HOST_CAPABILITY_COUNT];
} broker_policy;

void broker_policy_init(broker_policy *rules_out, const policy *policy);

/* Must a mount's folder lie beneath a folder that the policy names: fs.read and fs.list, and fs.write for READ_WRITE. HOST_OK, or DENIED_BY_POLICY with the first
 * mount that is not covered. Both are compared by where they lead to. To be asked before broker_create, which does not ask it. */
host_status broker_policy_check(const broker_policy *rules, const broker_mount_config *mounts, size_t mount_count, host_error *error);

/* For broker_config.decide; the context is the broker_policy. A descriptor comes from an open that was asked about, so fd.use is not asked again. */
host_decision broker_policy_decide(void *rules, const host_access *access);

#endif
