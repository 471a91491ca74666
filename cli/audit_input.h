/* Opens a record for the subcommands that read one. */
#ifndef CORDON_CLI_AUDIT_INPUT_H
#define CORDON_CLI_AUDIT_INPUT_H

#include <stdbool.h>

#include "audit/reader.h"
#include "command.h"

typedef struct audit_input {
    audit_reader *reader; /* owned: audit_input_close */
    host_env *env;
    int fd;
} audit_input;

/* `name` is a file, or "-" for standard input. False after it has said what is wrong; nothing is then left open. The
 * input must not move while it is open: the reader holds its address. */
bool audit_input_open(const command_context *context, const char *name, audit_input *input_out);
void audit_input_close(audit_input *input);

#endif
