/* `cordon policy`: finds the subcommand and runs it. */
#include "policy.h"

#include <stdio.h>
#include <string.h>

#include "cordon/exit_code.h"

static const struct subcommand {
    const char *name;
    command_function run;
    const char *summary;
} subcommands[] = {
    {"check", policy_command_check, "tell what is wrong with a policy file"},
    {"diff", policy_command_diff, "tell what one policy allows and another does not"},
    {"explain", policy_command_explain, "tell which rule decides about an access, and why"},
    {"format", policy_command_format, "lay a policy file out in the one way"},
};

static int print_usage(const command_context *context, int fd)
{
    char line[256];
    int result = command_write(context, fd, "usage: cordon policy SUBCOMMAND [options]\n\n");
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++) {
        snprintf(line, sizeof line, "  %-8s %s\n", subcommands[i].name, subcommands[i].summary);
        result |= command_write(context, fd, line);
    }
    return result | command_write(context, fd, "\ncordon policy SUBCOMMAND --help tells more.\n");
}

int command_policy(const command_context *context, int argument_count, char **arguments)
{
    const char *name = argument_count > 0 ? arguments[0] : "";
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++)
        if (strcmp(subcommands[i].name, name) == 0)
            return subcommands[i].run(context, argument_count - 1, arguments + 1);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return print_usage(context, 1) == 0 ? 0 : CORDON_EXIT_USAGE;
    if (name[0] != '\0')
        command_complain(context, "there is no subcommand 'policy %s'", name);
    (void)print_usage(context, 2);
    return CORDON_EXIT_USAGE;
}
