/* The subcommands of `cordon policy`, one file each; policy.c has their table. */
#ifndef CORDON_CLI_POLICY_H
#define CORDON_CLI_POLICY_H

#include "command.h"
#include "policy/policy.h"

int policy_command_check(const command_context *context, int argument_count, char **arguments);
int policy_command_diff(const command_context *context, int argument_count, char **arguments);
int policy_command_format(const command_context *context, int argument_count, char **arguments);
int policy_command_explain(const command_context *context, int argument_count, char **arguments);

/* Reads FILE or FILE:PROFILE. NULL after it has said what is wrong; the caller destroys it. */
policy *policy_input_read(const command_context *context, const char *choice);
/* The whole file, ended by NUL; NULL after it has said what is wrong. The caller frees it. */
char *policy_input_bytes(const command_context *context, const char *file, size_t *size_out);

#endif
