/* --mount SOURCE:DESTINATION[:MODE] of `cordon run`. */
#ifndef CORDON_CLI_RUN_MOUNTS_H
#define CORDON_CLI_RUN_MOUNTS_H

#include "command.h"
#include "cordon/engine.h"

typedef struct run_mounts {
    cordon_mount *mounts;
    char **texts; /* what the mounts point into */
    size_t count;
} run_mounts;

/* Relative destinations lie below `directory`. Returns 0, or the exit code after saying what is wrong. Release it in either case. */
int run_mounts_parse(const command_context *context, char **options, const char *directory, run_mounts *mounts_out);
void run_mounts_release(run_mounts *mounts);

#endif
