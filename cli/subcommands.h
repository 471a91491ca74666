/* Commands that are a table of further ones: `cordon audit`, `cordon policy`. */
#ifndef CLI_SUBCOMMANDS_H
#define CLI_SUBCOMMANDS_H

#include <stddef.h>

#include "command.h"

typedef struct subcommand {
    const char *name;
    command_function run;
    const char *summary;
} subcommand;

/* Finds the subcommand of `command` that the first argument names, and runs it with the others; or tells which there are. */
int subcommands_run(const command_context *context, const char *command, const subcommand *subcommands, size_t count, int argument_count,
                    char **arguments);

#endif
