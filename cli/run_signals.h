/* What signals do to `cordon run`: a request to end stops the sandbox, so that its figures are still reported and
 * nothing is left behind. */
#ifndef CORDON_CLI_RUN_SIGNALS_H
#define CORDON_CLI_RUN_SIGNALS_H

#include <stdbool.h>

#include "command.h"

/* Stops what the main thread waits for; called on another thread. */
typedef void (*run_stop_function)(void *context);

/* From here on SIGINT, SIGTERM and SIGHUP call `stop`, and interrupt what the calling thread waits for until
 * run_signals_end; those that the caller's parent had ignored stay ignored. Once per process. 0, or -1: there is no
 * descriptor or thread for it, and everything is as before. */
int run_signals_begin(const command_context *context, run_stop_function stop, void *stop_context);

/* The signal that asked for the end, or 0. */
int run_signals_received(void);

/* Between the two SIGINT does not end the program, but what is being typed: _typing_end says whether it came. For a
 * conversation at a terminal. */
void run_signals_typing_begin(void);
bool run_signals_typing_end(void);

/* Nothing waits any more that has to be interrupted. Accepts that nothing has begun. */
void run_signals_end(const command_context *context);

/* Everything is put away: ends this process as the signal that was received would have, or returns if there was none.
 */
void run_signals_pass_on(const command_context *context);

#endif
