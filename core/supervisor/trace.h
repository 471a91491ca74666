/* What a worker tells of its guest's steps: frames TRACE, read as an attacker's, become events. */
#ifndef CORDON_SUPERVISOR_TRACE_H
#define CORDON_SUPERVISOR_TRACE_H

#include <stdbool.h>

#include "cordon/execute.h"

/* Of one execution: what numbers stand for, and the events that wait to be told. */
typedef struct trace trace;

/* For who asked for these bits. NULL without memory. */
trace *trace_create(uint32_t wanted);
/* The bits that it was made for. */
uint32_t trace_wanted(const trace *trace);
/* Who is told from now on; NULL: nobody. */
void trace_tell_to(trace *trace, cordon_trace_function tell, void *context);
void trace_destroy(trace *trace); /* accepts NULL */

typedef enum trace_verdict { TRACE_TOLD = 0, TRACE_BROKEN, TRACE_STOPPED /* by the function that is told */, TRACE_NO_MEMORY } trace_verdict;
/* Reads a frame's payload and tells at most `most` events. *count_out: how many there were, with those beyond; with
 * BROKEN *complaint_out is static. What was right before the mistake has been told. */
trace_verdict trace_take(trace *trace, const unsigned char *payload, size_t size, uint64_t most, uint64_t *count_out,
                         const char **complaint_out);

#endif
