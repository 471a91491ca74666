/* `cordon run`: a Python program in a sandbox, or with --full in the full interpreter. */
#include "command.h"
#include "cordon/exit_code.h"
#include "host_env/fd.h"
#include "run_full.h"
#include "run_options.h"
#include "run_sandbox.h"

/* A terminal and nothing named to run: somebody wants to talk. */
static bool choose_target(const command_context *context, run_options *options)
{
    bool is_terminal = false;
    if (options->target == RUN_NOTHING && host_fd_isatty(context->env, 0, &is_terminal, NULL) == HOST_OK && is_terminal)
        options->target = RUN_INTERACTIVE;
    return options->target != RUN_NOTHING;
}

int command_run(const command_context *context, int argument_count, char **arguments)
{
    run_options options;
    const char *culprit;
    const char *complaint = run_options_parse(argument_count, arguments, &options, &culprit);
    int code;
    if (complaint == NULL && options.wants_help) {
        code = command_write(context, 1, run_options_help) == 0 ? 0 : CORDON_EXIT_USAGE;
    } else if (complaint == NULL && choose_target(context, &options)) {
        code = options.is_full ? run_in_full(context, &options) : run_in_sandbox(context, &options);
    } else {
        command_complain(context, "%s %s; 'cordon run --help' tells more", culprit, complaint ? complaint : "needs a FILE, -c TEXT, -m MODULE or -");
        code = CORDON_EXIT_USAGE;
    }
    run_options_release(&options);
    return code;
}
