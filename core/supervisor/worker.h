/* A worker: a process that has greeted and was found locked, or is on the way there. */
#ifndef CORDON_SUPERVISOR_WORKER_H
#define CORDON_SUPERVISOR_WORKER_H

#include "channel.h"
#include "cordon/outcome.h"
#include "cordon/protocol.h"
#include "process.h"

typedef struct worker {
    struct worker *next; /* in the pool's list */
    host_env *env;
    process process;
    uint64_t inherited_filters; /* of every child of this host */
    channel channel;
    const struct image_map *known_map; /* NULL, or a map that was found to be of the file that it runs */
    struct worker_written *written;    /* NULL, or what worker_memory.c has found to be written, and when */
    uint64_t started_at;  /* moment */
    uint64_t start_ns;    /* from starting it to its greeting; 0: it has not greeted */
    bool has_counters;    /* it told where they are: */
    uint64_t counters[CORDON_COUNTER_COUNT];
    bool has_attention;   /* it told where it hears that it should stop: */
    uint64_t attention[2];
} worker;

/* NULL: failed. The worker belongs to the calling thread's life: see process.h. */
worker *worker_create(host_env *env, const char *image, const host_lockdown *lockdown, uint64_t inherited_filters, cordon_error *error);

typedef enum worker_greeting { WORKER_NOT_YET = 0, WORKER_READY, WORKER_FAILED } worker_greeting;
/* Waits at most so long for the greeting, and judges it and the lock. NOT_YET also if another thread called meanwhile. */
worker_greeting worker_wait(worker *worker, uint64_t timeout_ns, cordon_error *error);
/* What the worker has counted until now, read from its memory, which it may have changed as it likes: figures for people, like those that it sends.
 * False, and nothing told, if it named no counters or they cannot be read. */
bool worker_figures(const worker *worker, cordon_figures *figures_out);
/* Writes the word that has it stop what it does, and the byte that has it look at the word. False if it named no places for them, or they cannot be written. */
bool worker_interrupt(worker *worker, uint64_t word);
/* Kills, reaps, frees. Accepts NULL. */
void worker_destroy(worker *worker);

#endif
