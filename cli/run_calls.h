/* --call and --effect of `cordon run`: host functions that a program in a sandbox may call. */
#ifndef CORDON_CLI_RUN_CALLS_H
#define CORDON_CLI_RUN_CALLS_H

#include "command.h"
#include "cordon/engine.h"
#include "cordon/journal.h"

typedef struct run_calls run_calls;

/* `calls`: NAME=COMMAND each; `effects`: NAME each; NULL-terminated. Functions that `journal` (NULL: none) has calls of and nobody offers are offered as effects: a replay needs no
 * commands. Returns 0 and *calls_out (NULL where there are none), or the exit code after saying what is wrong. */
int run_calls_open(const command_context *context, char *const *calls, char *const *effects, const cordon_journal *journal, run_calls **calls_out);
/* For the sandboxes that the engine makes from now on. Likewise. */
int run_calls_register(run_calls *calls, cordon_engine *engine);
/* Ends commands that run, and waits for them. The sandboxes must have been destroyed. Accepts NULL. */
void run_calls_close(run_calls *calls);

#endif
