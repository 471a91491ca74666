/* What came of an execution, told to the host. Hides reserves, flushing and the order of what is said last; whatever
 * guest code did to its interpreter, a RESULT is sent. */
#ifndef WORKER_RESULT_H
#define WORKER_RESULT_H

#include "Python.h"

#include <stdbool.h>
#include <stdint.h>

/* Before each execution: sets memory aside so that an exception can still be told when a program has used all of it. */
void worker_result_begin(void);

/* Ends the execution and sends its RESULT. `value` is taken over: what the host wants to know, NULL if there is
 * nothing. Without `is_done` an exception is set, which is told instead. */
void worker_result_send(uint32_t execution, bool is_done, PyObject *value);

#endif
