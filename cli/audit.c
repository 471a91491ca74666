/* `cordon audit`: finds the subcommand and runs it. */
#include "audit.h"

#include <stdio.h>
#include <string.h>

#include "cordon/exit_code.h"

static const struct subcommand {
    const char *name;
    command_function run;
    const char *summary;
} subcommands[] = {
    {"report", audit_command_report, "tell what a record says, for people and for tools"},
    {"run", audit_command_run, "run a Python program on this machine and record what it does to it"},
    {"learn", audit_command_learn, "write the smallest policy that allows what records show"},
    {"binary", audit_command_binary, "tell what programs, libraries and wheels can reach, without running them"},
    {"verify", audit_command_verify, "tell whether a record is whole and as it was written"},
};

static int print_usage(const command_context *context, int fd)
{
    char line[256];
    int result = command_write(context, fd, "usage: cordon audit SUBCOMMAND [options]\n\n");
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++) {
        snprintf(line, sizeof line, "  %-8s %s\n", subcommands[i].name, subcommands[i].summary);
        result |= command_write(context, fd, line);
    }
    return result | command_write(context, fd, "\ncordon audit SUBCOMMAND --help tells more.\n");
}

int command_audit(const command_context *context, int argument_count, char **arguments)
{
    const char *name = argument_count > 0 ? arguments[0] : "";
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++)
        if (strcmp(subcommands[i].name, name) == 0)
            return subcommands[i].run(context, argument_count - 1, arguments + 1);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return print_usage(context, 1) == 0 ? 0 : CORDON_EXIT_USAGE;
    if (name[0] != '\0')
        command_complain(context, "there is no subcommand 'audit %s'", name);
    (void)print_usage(context, 2);
    return CORDON_EXIT_USAGE;
}
