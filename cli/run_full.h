/* `cordon run --full`: this process becomes the full interpreter. */
#ifndef CORDON_CLI_RUN_FULL_H
#define CORDON_CLI_RUN_FULL_H

#include "command.h"
#include "run_options.h"

/* Returns only when that failed: the exit code. */
int run_in_full(const command_context *context, const run_options *options);

#endif
