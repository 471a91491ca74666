/* The subcommands of `cordon audit`, one file each; audit.c has their table. */
#ifndef CORDON_CLI_AUDIT_H
#define CORDON_CLI_AUDIT_H

#include "command.h"

/* Each is given what follows its name; returns the exit code of the process. */
int audit_command_learn(const command_context *context, int argument_count, char **arguments);
int audit_command_report(const command_context *context, int argument_count, char **arguments);
int audit_command_run(const command_context *context, int argument_count, char **arguments);
int audit_command_binary(const command_context *context, int argument_count, char **arguments);
int audit_command_verify(const command_context *context, int argument_count, char **arguments);

#endif
