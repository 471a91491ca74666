/* Snapshots of `cordon run` and `cordon snapshot`: as files, and as where a run begins and ends. */
#ifndef CORDON_CLI_RUN_SNAPSHOT_H
#define CORDON_CLI_RUN_SNAPSHOT_H

#include "command.h"
#include "cordon/execute.h"
#include "cordon/snapshot.h"
#include "run_options.h"

/* Each returns 0, or the exit code after saying what is wrong. */

/* `key_path` NULL: a snapshot without a seal. On 0 the caller owns *snapshot_out. */
int run_snapshot_read(const command_context *context, const char *path, const char *key_path, cordon_snapshot **snapshot_out);
/* The state that a run has come to, into options->save; what that file held stays if it cannot be stored. */
int run_snapshot_write(const command_context *context, const run_options *options, cordon_sandbox *sandbox);

/* What is run where a state is to be stored or taken up: an execution of a session, because a program's end is its sandbox's. */
bool run_snapshot_is_session(const run_options *options);
/* Options that a session, or one that was restored in that state, cannot honour. */
int run_snapshot_check(const command_context *context, const run_options *options, const cordon_snapshot *restored);
cordon_status run_snapshot_execute(cordon_sandbox *sandbox, const cordon_program *program, const char *name, cordon_result **result_out, cordon_error *error);
/* The exit code of an execution that ended by itself; prints the traceback of an exception. */
int run_snapshot_exit_code(const command_context *context, const cordon_result *result);

#endif
