/* What records teach, for the subcommands that write policies. */
#ifndef CORDON_CLI_AUDIT_LEARN_H
#define CORDON_CLI_AUDIT_LEARN_H

#include "audit/learn.h"
#include "command.h"

/* What is at a path of this machine; the context is the command_context. */
audit_file_kind audit_learn_file_kind(void *context, const char *path);

#endif
