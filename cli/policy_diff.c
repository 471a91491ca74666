/* `cordon policy diff`: what does one policy allow that another does not? */
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "policy.h"

static const char help[] = "usage: cordon policy diff A[:PROFILE] B[:PROFILE]\n"
                           "\n"
                           "Tells what B allows and A does not (+), what A allows and B does not (-), and limits that differ. It compares what rules mean, not how they are\n"
                           "written. Where several narrow rules together say what a wide one does, they are told as a difference; what allows more is never left out.\n"
                           "Ends with 0 if no difference was found, with 1 if there is one, with 120 for wrong usage or policy.\n";

enum { DIFFERENT = 1 };

int policy_command_diff(const command_context *context, int argument_count, char **arguments)
{
    if (argument_count == 1 && (strcmp(arguments[0], "--help") == 0 || strcmp(arguments[0], "-h") == 0))
        return command_write(context, 1, help) == 0 ? 0 : CORDON_EXIT_USAGE;
    if (argument_count != 2) {
        command_complain(context, "cordon policy diff needs two FILEs; 'cordon policy diff --help' tells more");
        return CORDON_EXIT_USAGE;
    }
    char *text = NULL;
    policy *from = policy_input_read(context, arguments[0]);
    policy *to = from == NULL ? NULL : policy_input_read(context, arguments[1]);
    int code = CORDON_EXIT_USAGE;
    if (to != NULL) {
        bool differ = policy_diff(from, to, &text);
        if (text != NULL && command_write(context, 1, text) == 0)
            code = differ ? DIFFERENT : 0;
    }
    free(text);
    policy_destroy(from);
    policy_destroy(to);
    return code;
}
