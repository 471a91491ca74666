/* Hides from commands with subcommands how one is found, and what is said where there is none. */
#include "subcommands.h"

#include <stdio.h>
#include <string.h>

#include "cordon/exit_code.h"

static int print_usage(const command_context *context, int fd, const char *command, const subcommand *subcommands, size_t count)
{
    char line[256];
    snprintf(line, sizeof line, "usage: cordon %s SUBCOMMAND [options]\n\n", command);
    int result = command_write(context, fd, line);
    for (size_t i = 0; i < count; i++) {
        snprintf(line, sizeof line, "  %-8s %s\n", subcommands[i].name, subcommands[i].summary);
        result |= command_write(context, fd, line);
    }
    snprintf(line, sizeof line, "\ncordon %s SUBCOMMAND --help tells more.\n", command);
    return result | command_write(context, fd, line);
}

int subcommands_run(const command_context *context, const char *command, const subcommand *subcommands, size_t count, int argument_count,
                    char **arguments)
{
    const char *name = argument_count > 0 ? arguments[0] : "";
    for (size_t i = 0; i < count; i++)
        if (strcmp(subcommands[i].name, name) == 0)
            return subcommands[i].run(context, argument_count - 1, arguments + 1);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return print_usage(context, 1, command, subcommands, count) == 0 ? 0 : CORDON_EXIT_USAGE;
    if (name[0] != '\0')
        command_complain(context, "there is no subcommand '%s %s'", command, name);
    (void)print_usage(context, 2, command, subcommands, count);
    return CORDON_EXIT_USAGE;
}
