/* --report FILE of `cordon run`: outcome and figures as JSON. */
#ifndef CORDON_CLI_RUN_REPORT_H
#define CORDON_CLI_RUN_REPORT_H

#include "command.h"
#include "cordon/cordon.h"
#include "run_mounts.h"

/* What cordon_result_to_json tells, and "overlays": for each mounted overlay its path and what changed in it. Replaces the file whole, or leaves it. 0, or -1 after
 * saying what failed. */
int run_report_write(const command_context *context, const char *path, cordon_sandbox *sandbox, const run_mounts *mounts, const cordon_result *result);

#endif
