/* `cordon run` in a sandbox. */
#ifndef CORDON_CLI_RUN_SANDBOX_H
#define CORDON_CLI_RUN_SANDBOX_H

#include "command.h"
#include "run_options.h"

/* Runs what the options name. Returns the exit code of the process, with everything said that is to be said. */
int run_in_sandbox(const command_context *context, const run_options *options);

#endif
