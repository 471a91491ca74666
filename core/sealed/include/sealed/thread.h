/* The sandbox's threads: cooperative, scheduled inside the image, each on a stack from the sealed heap.
 *
 * A thread runs until it waits; nothing interrupts it, so code between two waits needs no lock. Waits are: the
 * functions below that say so. When no thread can run, and nothing is to come from outside (sealed_thread_set_outside),
 * the virtual clock jumps to the earliest deadline; when there is none, the sandbox ends with SEALED_EXIT_DEADLOCK and a message, since nothing could ever wake it. All zero is a valid
 * start for queues, mutexes, conditions and (value 0) semaphores; they own no memory. Functions that can fail return 0
 * or the negative of a sealed_error. Deadlines are monotonic nanoseconds (sealed/clock.h), SEALED_CLOCK_NEVER = none.
 */
#ifndef SEALED_THREAD_H
#define SEALED_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SEALED_THREAD_STACK_BYTES = 1024 * 1024, /* unless asked otherwise */
    SEALED_THREAD_STACK_BYTES_MIN = 32 * 1024,
    SEALED_THREAD_LOCALS_MAX = 16,
    SEALED_THREAD_LOCAL_BYTES_MAX = 128, /* of all registered locals together */
    SEALED_THREAD_KEYS_MAX = 128,
};

typedef struct sealed_thread
    sealed_thread; /* owned by the scheduler; valid until joined, or until it ended if detached */

typedef struct sealed_wait_queue {
    struct sealed_thread *first, *last;
} sealed_wait_queue;

/* --- lifecycle --- */

/* Starts a thread that will run start(argument) once another thread waits. `stack_bytes` 0 is the default. EAGAIN when
 * memory is out, EINVAL for a stack that is too small. */
int sealed_thread_create(sealed_thread **thread_out, size_t stack_bytes, void *(*start)(void *), void *argument);

/* Waits until `thread` ends and frees it. EDEADLK for oneself or a thread that joins the caller, EINVAL if detached or
 * joined by another. `result_out` may be NULL. */
int sealed_thread_join(sealed_thread *thread, void **result_out);

/* The thread frees itself when it ends. EINVAL if detached already or being joined. */
int sealed_thread_detach(sealed_thread *thread);

/* Ends the running thread. In the first thread: waits for all others, then ends the sandbox with code 0. */
_Noreturn void sealed_thread_exit(void *result);

sealed_thread *sealed_thread_self(void);

/* A small number that no other thread has had; 1 is the first thread. */
int sealed_thread_number(const sealed_thread *thread);

/* Bytes of the stack of a thread that sealed_thread_create made; 0 for the first thread, whose stack is the image's. */
size_t sealed_thread_stack_bytes(const sealed_thread *thread);

/* Ends the sandbox with its limit on recursion if the running thread is one that sealed_thread_create made and has left
 * its stack at the end; else returns. `stack_pointer` may be NULL: then only the traces that an overflow leaves are
 * looked for. */
void sealed_thread_explain_overflow(const void *stack_pointer);

/* Threads that have not ended, the first included. */
unsigned sealed_thread_count(void);

/* --- what each thread has for itself --- */

/* From now on the bytes at `address` (borrowed for ever) are a thread's own: kept and put back at each switch, zero in
 * a new thread. ENOSPC when the table is full. Registering an address twice is harmless. */
int sealed_thread_register_local(void *address, size_t size_bytes);

/* Keys as in POSIX: a value per thread and, at its end, a call of `destroy` (may be NULL) for values that are not NULL.
 * EAGAIN when all are in use. */
int sealed_thread_key_create(unsigned *key_out, void (*destroy)(void *));
int sealed_thread_key_delete(unsigned key);
int sealed_thread_key_set(unsigned key, const void *value);
void *sealed_thread_key_get(unsigned key);

/* --- waiting --- */

/* Waits in `queue` until woken: 0; or until the deadline: -ETIMEDOUT. Always lets other threads run. */
int sealed_thread_wait(sealed_wait_queue *queue, uint64_t deadline_ns);
/* The same, or -EINTR: sealed_thread_interrupt_first was called meanwhile, and this is the first thread. */
int sealed_thread_wait_or_interrupt(sealed_wait_queue *queue, uint64_t deadline_ns);
/* Has the first thread leave its wait with -EINTR; if it does not wait where that can be, the next one that it begins there. */
void sealed_thread_interrupt_first(void);
/* For waits of the caller's own: true, once, if the running thread is the first and should leave. */
bool sealed_thread_take_interrupt(void);

/* Lets the `count` longest waiting threads of `queue` run again (they do when the caller waits). Returns how many there
 * were. */
unsigned sealed_thread_wake(sealed_wait_queue *queue, unsigned count);

/* Waits until is_true(context), which is asked whenever a thread may be chosen and must not wait or change anything: 0;
 * or -ETIMEDOUT, or -EINTR in the first thread (see above). If no other thread could ever make it true and there is no deadline: -EDEADLK, and the sandbox lives
 * on. */
int sealed_wait_until(bool (*is_true)(void *context), void *context, uint64_t deadline_ns);

/* Waits until the deadline: 0, or -EINTR in the first thread. */
int sealed_thread_sleep_until(uint64_t deadline_ns);

/* Lets each thread that can run now run until it waits. Free of cost when there is none. */
void sealed_thread_yield(void);

/* Says that the running thread spent `ns` running: moves the clock, and lets threads run whose turn or deadline has
 * come. Whoever runs guest code for long calls this now and then, since a thread that never waits would keep all others
 * from running. */
void sealed_thread_tick(uint64_t ns);

/* Waits for something that comes from outside the sandbox, until `deadline_ns` at most: true if something came or time
 * passed (it has then moved the clock), false if there is nothing to wait for outside. Must not switch threads. */
typedef bool (*sealed_outside_function)(uint64_t deadline_ns);

/* `wait` (NULL: none) is asked when no thread can run, before the clock jumps or a deadlock is found; and now and then,
 * with a deadline that is past, while threads run but look for something in vain. */
void sealed_thread_set_outside(sealed_outside_function wait);

/* `on_create` (NULL: none) is called after each creation, in the creating thread, before the new one runs: the place to
 * arrange for ticks. */
void sealed_thread_set_on_create(void (*on_create)(sealed_thread *thread));

/* --- mutexes, conditions, semaphores --- */

enum sealed_mutex_kind { SEALED_MUTEX_NORMAL = 0, SEALED_MUTEX_RECURSIVE = 1, SEALED_MUTEX_ERRORCHECK = 2 };

typedef struct sealed_mutex {
    sealed_thread *owner;
    int kind; /* enum sealed_mutex_kind */
    unsigned depth;
    sealed_wait_queue waiters;
} sealed_mutex;

/* EDEADLK when the owner locks an ERRORCHECK mutex again; with NORMAL it waits for ever, as in POSIX. ETIMEDOUT at the
 * deadline. */
int sealed_mutex_lock(sealed_mutex *mutex, uint64_t deadline_ns);
/* EBUSY when another thread, or this one (unless RECURSIVE), owns it. */
int sealed_mutex_try_lock(sealed_mutex *mutex);
/* EPERM when an ERRORCHECK or RECURSIVE mutex is not the caller's. Does not wait. */
int sealed_mutex_unlock(sealed_mutex *mutex);

typedef struct sealed_condition {
    sealed_wait_queue waiters;
    int clock; /* the adapter's: which clock its deadlines are in */
} sealed_condition;

/* Unlocks `mutex`, waits, locks it again: 0 or ETIMEDOUT. */
int sealed_condition_wait(sealed_condition *condition, sealed_mutex *mutex, uint64_t deadline_ns);
void sealed_condition_signal(sealed_condition *condition);
void sealed_condition_broadcast(sealed_condition *condition);

typedef struct sealed_semaphore {
    sealed_wait_queue waiters;
    unsigned value;
} sealed_semaphore;

/* 0 or ETIMEDOUT, or EINTR in the first thread. */
int sealed_semaphore_wait(sealed_semaphore *semaphore, uint64_t deadline_ns);
/* EAGAIN when it is 0. */
int sealed_semaphore_try_wait(sealed_semaphore *semaphore);
/* EOVERFLOW beyond INT_MAX. Does not wait. */
int sealed_semaphore_post(sealed_semaphore *semaphore);

#endif
