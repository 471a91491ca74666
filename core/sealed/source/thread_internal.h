/* What the files of the scheduler share: the thread itself. Nobody else includes this. */
#ifndef SEALED_THREAD_INTERNAL_H
#define SEALED_THREAD_INTERNAL_H

#include "sealed/thread.h"

struct sealed_thread {
    void *position;       /* of its stack, while another thread runs */
    unsigned char *stack; /* NULL: the first thread */
    size_t stack_bytes;
    int number;
    sealed_wait_queue *queue;       /* where it stands: a queue of waiters, or the ready ones; NULL while it runs */
    sealed_thread *next, *previous; /* in that queue */
    uint64_t ticket;                /* its place in a queue of waiters: lower is earlier */
    sealed_wait_queue
        *left_in_vain;    /* it left this queue without having had what it waits for: coming back, it keeps its place */
    uint64_t deadline_ns; /* not NEVER: it stands in the list of sleepers as well */
    sealed_thread *later, *earlier; /* in that list, by deadline */
    sealed_thread *next_of_all, *previous_of_all;
    bool (*is_true)(void *context); /* what it waits for, if it stands in the queue of askers */
    void *context;
    int wait_result;
    bool is_interruptible; /* its wait may end with EINTR */
    void *(*start)(void *);
    void *argument;
    void *result;
    sealed_wait_queue joiner; /* at most one */
    sealed_thread *joining;   /* whom it joins */
    bool is_detached, has_joiner, has_ended;
    unsigned char locals[SEALED_THREAD_LOCAL_BYTES_MAX];
    const void *key_values[SEALED_THREAD_KEYS_MAX];
};

extern sealed_thread *sealed_thread_current;

/* The first thread, then all others by next_of_all: every thread that was not freed yet. */
extern sealed_thread sealed_thread_first;

/* Calls the keys' destroy functions for the running thread, which is about to end. */
void sealed_thread_keys_destroy(void);

/* Puts the running thread's locals away, and brings those of sealed_thread_current back. */
void sealed_thread_locals_save(sealed_thread *thread);
void sealed_thread_locals_load(const sealed_thread *thread);

#endif
