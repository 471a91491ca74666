/* --trace FILE of `cordon run`: the program's steps as JSON Lines. */
#ifndef CORDON_CLI_RUN_TRACE_H
#define CORDON_CLI_RUN_TRACE_H

#include "command.h"
#include "cordon/trace.h"

typedef struct run_trace run_trace;

enum { RUN_TRACE_EVENTS = CORDON_TRACE_LINE | CORDON_TRACE_CALL | CORDON_TRACE_RETURN | CORDON_TRACE_EXCEPTION | CORDON_TRACE_HOST_CALL_START | CORDON_TRACE_HOST_CALL_END };

/* Makes the file anew; "-" is standard error. NULL after saying what is wrong. Otherwise the caller's (run_trace_close). */
run_trace *run_trace_open(const command_context *context, const char *path);
/* A cordon_trace_function: the context is the run_trace. Not 0 once the file cannot be written. */
int run_trace_tell(void *trace, const cordon_trace_event *events, size_t count);
/* Whether all that was told has been written; false after saying what is wrong. Accepts NULL, of which all has. */
bool run_trace_close(run_trace *trace);

#endif
