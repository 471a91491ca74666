/* What the worker counts of what the guest does, for RESULT and for last words. */
#ifndef WORKER_FIGURES_H
#define WORKER_FIGURES_H

#include "cordon/protocol.h"

#include <stdint.h>

/* In the order of CORDON_FIGURE_TABLE. */
void worker_figures_now(uint64_t figures_out[CORDON_FIGURE_COUNT]);

/* The addresses that HELLO tells: see CORDON_COUNTER_TABLE. */
void worker_counter_addresses(uint64_t addresses_out[CORDON_COUNTER_COUNT]);

/* What a MemoryError is measured by: the memory that would have been in use, at least, had the last refused request
 * been granted; the peak if none was refused. */
uint64_t worker_figures_wanted_bytes(void);

/* Between the two the guest runs, and last words (EXIT, LIMIT) are preceded by FIGURES. */
void worker_figures_begin(void);
void worker_figures_end(void);

/* Sends FIGURES if the guest runs. Allocates nothing. */
void worker_figures_send(void);

#endif
