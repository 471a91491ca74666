/* Semaphores: named ones, which other processes share, on host_env/ipc.h; unnamed ones, of which CPython makes its locks, live in this process's
 * memory and stay libc's own. Both are a sem_t to the caller, so the named ones that are open are kept in a set. */
#include <stdatomic.h>

#include "bind_internal.h"
#include "bindings/bind.h"
#include "host_env/ipc.h"
#include "prototypes.h"

/* Open addressing; a slot that was given up says so, since a search must go on behind it. Taking a lock is a frequent act and reads no more
 * than the count while no named semaphore is open. Lock-free, because a child may be forked at any moment. */
enum { SLOT_COUNT = 4096 };
static _Atomic(sem_t *) slots[SLOT_COUNT];
static _Atomic size_t named_count;
static sem_t given_up;

static size_t slot_of(const sem_t *semaphore, size_t attempt) { return ((uintptr_t)semaphore / sizeof(sem_t) + attempt) % SLOT_COUNT; }

static bool remember(sem_t *semaphore)
{
    for (size_t attempt = 0; attempt < SLOT_COUNT; attempt++) {
        _Atomic(sem_t *) *slot = &slots[slot_of(semaphore, attempt)];
        sem_t *seen = atomic_load(slot);
        if (seen != NULL && seen != &given_up) continue;
        if (atomic_compare_exchange_strong(slot, &seen, semaphore)) {
            atomic_fetch_add(&named_count, 1);
            return true;
        }
    }
    return false;
}

static __attribute__((noinline)) _Atomic(sem_t *) *search(sem_t *semaphore)
{
    for (size_t attempt = 0; attempt < SLOT_COUNT; attempt++) {
        _Atomic(sem_t *) *slot = &slots[slot_of(semaphore, attempt)];
        sem_t *seen = atomic_load(slot);
        if (seen == semaphore) return slot;
        if (seen == NULL) return NULL;
    }
    return NULL;
}

static inline _Atomic(sem_t *) *find(sem_t *semaphore)
{
    return atomic_load_explicit(&named_count, memory_order_acquire) == 0 ? NULL : search(semaphore);
}

/* A host_ipc_semaphore is libc's sem_t behind another name. */
static host_ipc_semaphore *host_of(sem_t *semaphore) { return (host_ipc_semaphore *)semaphore; }

sem_t *cordon_bind_sem_open(const char *name, int flags, ...)
{
    unsigned int mode = 0, value = 0;
    if (flags & O_CREAT) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        value = va_arg(arguments, unsigned int);
        va_end(arguments);
    }
    host_ipc_semaphore *semaphore;
    if (BIND(ipc_semaphore_open, name, flags, mode, value, &semaphore) != 0) return SEM_FAILED;
    if (remember((sem_t *)semaphore)) return (sem_t *)semaphore;
    (void)BIND(ipc_semaphore_close, semaphore);
    errno = EMFILE;
    return SEM_FAILED;
}

int cordon_bind_sem_close(sem_t *semaphore)
{
    _Atomic(sem_t *) *slot = find(semaphore);
    int result = BIND(ipc_semaphore_close, host_of(semaphore));
    if (result == 0 && slot != NULL) {
        atomic_store(slot, &given_up);
        atomic_fetch_sub(&named_count, 1);
    }
    return result;
}

int cordon_bind_sem_unlink(const char *name) { return BIND(ipc_semaphore_remove, name); }

int cordon_bind_sem_wait(sem_t *semaphore)
{
    return find(semaphore) == NULL ? sem_wait(semaphore) : BIND(ipc_semaphore_wait, host_of(semaphore));
}

int cordon_bind_sem_trywait(sem_t *semaphore)
{
    return find(semaphore) == NULL ? sem_trywait(semaphore) : BIND(ipc_semaphore_try_wait, host_of(semaphore));
}

int cordon_bind_sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline)
{
    if (find(semaphore) == NULL) return sem_timedwait(semaphore, deadline);
    host_time time = bind_time(deadline);
    return BIND(ipc_semaphore_wait_until, host_of(semaphore), &time);
}

int cordon_bind_sem_post(sem_t *semaphore)
{
    return find(semaphore) == NULL ? sem_post(semaphore) : BIND(ipc_semaphore_post, host_of(semaphore));
}

int cordon_bind_sem_getvalue(sem_t *restrict semaphore, int *restrict value)
{
    return find(semaphore) == NULL ? sem_getvalue(semaphore, value) : BIND(ipc_semaphore_value, host_of(semaphore), value);
}
