/* The host's wish that the guest stops what it does, as an exception; hides the word that the host writes, and CPython's
 * signals. Only while the guest runs. */
#ifndef WORKER_INTERRUPT_H
#define WORKER_INTERRUPT_H

#include <stdint.h>

/* Once, before any execution. */
void worker_interrupt_prepare(void);
/* The addresses that HELLO tells: of the word, and of the byte that makes the evaluation loop look at it. */
void worker_interrupt_addresses(uint64_t addresses_out[2]);

/* The guest's code of that execution (0: a program) begins to run: what the host wrote before counts. */
enum worker_soft_limits { WORKER_WITHOUT_SOFT_LIMITS, WORKER_WITH_SOFT_LIMITS };
void worker_interrupt_begin(uint32_t execution, enum worker_soft_limits limits);
/* It has ended: what came too late is forgotten. An exception that is set stays. */
void worker_interrupt_end(void);

#endif
