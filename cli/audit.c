/* `cordon audit`: the table of its subcommands. */
#include "audit.h"

#include "subcommands.h"

static const subcommand subcommands[] = {
    {"report", audit_command_report, "tell what a record says, for people and for tools"},
    {"run", audit_command_run, "run a Python program on this machine and record what it does to it"},
    {"learn", audit_command_learn, "write the smallest policy that allows what records show"},
    {"binary", audit_command_binary, "tell what programs, libraries and wheels can reach, without running them"},
    {"verify", audit_command_verify, "tell whether a record is whole and as it was written"},
};

int command_audit(const command_context *context, int argument_count, char **arguments)
{
    return subcommands_run(context, "audit", subcommands, sizeof subcommands / sizeof *subcommands, argument_count, arguments);
}
