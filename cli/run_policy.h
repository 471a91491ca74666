/* --policy of `cordon run`: what a policy allows a sandbox to be set up with. */
#ifndef CORDON_CLI_RUN_POLICY_H
#define CORDON_CLI_RUN_POLICY_H

#include <stdbool.h>

#include "command.h"
#include "cordon/engine.h"
#include "policy/policy.h"
#include "run_options.h"

/* All of these return 0, or the exit code after saying what is wrong: 120 for a policy that cannot be read, 122 for what it does not allow, with the rule.
 * A NULL policy allows what the options say. */

/* *policy_out stays NULL without --policy; the caller destroys it. */
int run_policy_read(const command_context *context, const run_options *options, policy **policy_out);
/* The options' limits, where they give none the policy's; an option may only narrow what the policy sets. */
int run_policy_limits(const command_context *context, const policy *policy, const run_options *options, cordon_limits *limits_out);
/* A folder that is to be mounted. */
int run_policy_mount(const command_context *context, const policy *policy, const cordon_mount *mount);
/* A file or folder that is to be copied into the sandbox. */
int run_policy_copy(const command_context *context, const policy *policy, const char *path);
/* A variable that the sandbox is to get from this process's environment. */
int run_policy_variable(const command_context *context, const policy *policy, const char *name);
/* The host's clock. */
int run_policy_clock(const command_context *context, const policy *policy);
/* A command that calls of the sandbox are to be answered by (--call): the shell, with that text. */
int run_policy_command(const command_context *context, const policy *policy, const char *text);
/* For cordon_sandbox_config.permit_access; the context is the policy. Paths were judged with the mount. */
bool run_policy_permit(void *policy, const cordon_access *access);

#endif
