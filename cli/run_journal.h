/* --journal and --replay of `cordon run`. */
#ifndef CORDON_CLI_RUN_JOURNAL_H
#define CORDON_CLI_RUN_JOURNAL_H

#include "command.h"
#include "cordon/execute.h"
#include "cordon/journal.h"
#include "run_options.h"

/* *journal_out stays NULL without these options; the caller closes it. Returns 0, or the exit code after saying what is wrong. */
int run_journal_open(const command_context *context, const run_options *options, cordon_journal **journal_out);
/* Says what the journal has to say of a run. Returns `code`, the program's, or what the journal makes of it. */
int run_journal_conclude(const command_context *context, const run_options *options, const cordon_journal *journal, const cordon_result *result, int code);

#endif
