/* `cordon policy check`: is a policy file right? */
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "policy.h"

static const char help[] = "usage: cordon policy check FILE[:PROFILE]...\n"
                           "\n"
                           "Reads policy files, every profile of them, and tells the first thing that is wrong in each: FILE:LINE:COLUMN, and what was expected. Of the chosen\n"
                           "profile it also tells rules that do nothing: those that others make useless, and denials of what nothing allows.\n"
                           "Ends with 0 if the files are right, warnings or not, with 120 if not.\n";

/* Warnings are for people: the policy is in force all the same. */
static int tell_warnings(const command_context *context, const policy *policy)
{
    char *text = NULL;
    bool is_told = !policy_warn(policy, &text) || command_write(context, 2, text) == 0;
    is_told = is_told && text != NULL;
    free(text);
    return is_told ? 0 : CORDON_EXIT_USAGE;
}

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
        if (policy == NULL || tell_warnings(context, policy) != 0)
            code = CORDON_EXIT_USAGE;
        policy_destroy(policy);
    }
    return code;
}
