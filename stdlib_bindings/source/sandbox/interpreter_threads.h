/* What the thread and clock adapters tell the interpreter's side. */
#ifndef SANDBOX_INTERPRETER_THREADS_H
#define SANDBOX_INTERPRETER_THREADS_H

#include <pthread.h>
#include <stdbool.h>

/* Called before the first thread is created: registers what CPython keeps per thread. 0 or the negative of a
 * sealed_error. May be called again. */
int sandbox_interpreter_threads_begin(void);

/* Called when the guest has read a clock. */
void sandbox_interpreter_looked_at_clock(void);

/* Registers libc's errno in the same way. */
int sandbox_errno_begin(void);

/* Whether any thread waits for `condition`. */
bool sandbox_condition_has_waiters(const pthread_cond_t *condition);

#endif
