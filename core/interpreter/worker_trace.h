/* What the host is told of the guest's steps while an execution is traced; hides sys.monitoring. Off, nothing of this
 * costs an instruction. */
#ifndef WORKER_TRACE_H
#define WORKER_TRACE_H

#include "Python.h"

#include <stdbool.h>
#include <stdint.h>

/* Traces from now on: `wanted` are bits of cordon/trace.h; 0 is nothing. False with an exception set. */
bool worker_trace_begin(unsigned wanted);
/* Another host is told from here on, if anybody is: it knows none of the numbers. */
void worker_trace_renew(void);
/* Sends what is left and stops. Any exception that is set stays. */
void worker_trace_end(void);

/* --- for CPython's instrumentation (stdlib_bindings/patches/sandbox/), which knows them by these names --- */

extern unsigned char sandbox_trace_tools; /* the tools, as bits, whose steps are told so */
/* Each answers whether no further steps are wanted at that place. */
int sandbox_trace_line(PyCodeObject *code, int line);
int sandbox_trace_event(PyCodeObject *code, int event, int offset, PyObject *value);

/* --- for the worker --- */

/* Whether calls of the host are to be told. */
bool worker_trace_wants_calls(void);
/* A call of the host's function begins, or its answer is taken. */
void worker_trace_call_begins(const char *name, uint32_t call);
void worker_trace_call_ends(const char *name, uint32_t call);

#endif
