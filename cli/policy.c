/* `cordon policy`: the table of its subcommands. */
#include "policy.h"

#include "subcommands.h"

static const subcommand subcommands[] = {
    {"check", policy_command_check, "tell what is wrong with a policy file"},
    {"diff", policy_command_diff, "tell what one policy allows and another does not"},
    {"explain", policy_command_explain, "tell which rule decides about an access, and why"},
    {"format", policy_command_format, "lay a policy file out in the one way"},
};

int command_policy(const command_context *context, int argument_count, char **arguments)
{
    return subcommands_run(context, "policy", subcommands, sizeof subcommands / sizeof *subcommands, argument_count, arguments);
}
