/* `cordon policy check`: is a policy file right? */
#include <string.h>

#include "cordon/exit_code.h"
#include "policy.h"

static const char help[] = "usage: cordon policy check FILE[:PROFILE]...\n"
                           "\n"
                           "Reads policy files, every profile of them, and tells the first thing that is wrong in each: FILE:LINE:COLUMN, and what was expected.\n"
                           "Ends with 0 if they are right, with 120 if not.\n";

int policy_command_check(const command_context *context, int argument_count, char **arguments)
{
    int code = 0;
    if (argument_count == 1 && (strcmp(arguments[0], "--help") == 0 || strcmp(arguments[0], "-h") == 0))
        return command_write(context, 1, help) == 0 ? 0 : CORDON_EXIT_USAGE;
    if (argument_count == 0 || arguments[0][0] == '-') {
        command_complain(context, "cordon policy check needs a FILE; 'cordon policy check --help' tells more");
        return CORDON_EXIT_USAGE;
    }
    for (int i = 0; i < argument_count; i++) {
        policy *policy = policy_input_read(context, arguments[i]);
        if (policy == NULL)
            code = CORDON_EXIT_USAGE;
        policy_destroy(policy);
    }
    return code;
}
