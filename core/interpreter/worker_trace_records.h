/* The trace as bytes: hides the frame, its records, and which numbers stand for which code and names. Nothing here
 * allocates. */
#ifndef WORKER_TRACE_RECORDS_H
#define WORKER_TRACE_RECORDS_H

#include "Python.h"

#include <stdbool.h>
#include <stdint.h>

/* What is known of a code object while its events are recorded. All zero at first; the owner of one says when it goes. */
struct worker_traced {
    uint32_t number; /* 0: none yet */
};

/* Forgets all numbers: the host begins anew with each execution. From now on records leave before every other frame. */
void worker_trace_records_begin(void);
/* Forgets them in the midst of an execution, which another host takes up: nothing is waiting to be sent. */
void worker_trace_records_renumber(void);
/* Sends what is left. */
void worker_trace_records_end(void);
/* `traced` is about to be freed. */
void worker_trace_records_forget(struct worker_traced *traced);

/* `bit`: a bit's number of cordon/trace.h. */
void worker_trace_record(unsigned bit, struct worker_traced *traced, PyCodeObject *code, int line);
/* The same with a name, and the number of a call (0: none); `traced` may be NULL: no code. */
void worker_trace_record_named(unsigned bit, struct worker_traced *traced, PyCodeObject *code, int line,
                               const char *name, uint32_t call);

#endif
