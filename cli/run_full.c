/* Hides how the full interpreter takes this process over. */
#include "run_full.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "host_env/process.h"

int run_in_full(const command_context *context, const run_options *options)
{
    char interpreter[PATH_MAX], policy[PATH_MAX + 32];
    host_error error;
    size_t count = 0;
    if (options->audit != NULL) {
        command_complain(context, "--full takes no --audit: 'cordon audit run' keeps a record of the full interpreter");
        return CORDON_EXIT_USAGE;
    }
    if (options->sandbox_option != NULL) {
        command_complain(context, "--full takes no %.*s: only a sandbox does; the full interpreter runs on this machine as python does", (int)strcspn(options->sandbox_option, "="),
                         options->sandbox_option);
        return CORDON_EXIT_USAGE;
    }
    while (options->arguments[count] != NULL)
        count++;
    char **arguments = calloc(count + 6, sizeof *arguments);
    if (arguments == NULL)
        return CORDON_EXIT_SETUP_FAILED;
    snprintf(interpreter, sizeof interpreter, "%s/cordon-python", context->binaries);
    char **next = arguments;
    *next++ = interpreter;
    if (options->policy != NULL) {
        if ((size_t)snprintf(policy, sizeof policy, "cordon-policy=%s", options->policy) >= sizeof policy) {
            command_complain(context, "--policy: the name is too long");
            free(arguments);
            return CORDON_EXIT_USAGE;
        }
        *next++ = "-X";
        *next++ = policy;
    }
    if (options->target == RUN_INTERACTIVE)
        *next++ = "-i";
    if (options->target == RUN_COMMAND || options->target == RUN_MODULE)
        *next++ = options->target == RUN_COMMAND ? "-c" : "-m";
    if (options->text != NULL)
        *next++ = options->text;
    memcpy(next, options->arguments, count * sizeof *next);
    host_process_execve(context->env, interpreter, (const char *const *)arguments, (const char *const *)context->environment, &error);
    command_complain(context, "cannot start the full interpreter %s: %s", interpreter, error.message);
    free(arguments);
    return CORDON_EXIT_SETUP_FAILED;
}
