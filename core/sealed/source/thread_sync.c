/* Hides from adapters how mutexes, conditions and semaphores are handed over: directly to the longest waiting thread,
 * so nobody starves. */
#include "thread_internal.h"

#include "sealed/clock.h"
#include "sealed/error.h"

#include <limits.h>

int sealed_mutex_try_lock(sealed_mutex *mutex)
{
    sealed_thread *self = sealed_thread_self();

    if (!mutex->owner) {
        mutex->owner = self;
        mutex->depth = 1;
        return 0;
    }
    if (mutex->owner != self || mutex->kind != SEALED_MUTEX_RECURSIVE)
        return -SEALED_EBUSY;
    if (mutex->depth == UINT_MAX)
        return -SEALED_EAGAIN;
    mutex->depth++;
    return 0;
}

int sealed_mutex_lock(sealed_mutex *mutex, uint64_t deadline_ns)
{
    int result = sealed_mutex_try_lock(mutex);

    if (result != -SEALED_EBUSY)
        return result;
    if (mutex->owner == sealed_thread_self() && mutex->kind == SEALED_MUTEX_ERRORCHECK)
        return -SEALED_EDEADLK;
    return sealed_thread_wait(&mutex->waiters, deadline_ns); /* whoever unlocks has made this thread the owner */
}

int sealed_mutex_unlock(sealed_mutex *mutex)
{
    if (mutex->kind != SEALED_MUTEX_NORMAL && mutex->owner != sealed_thread_self())
        return -SEALED_EPERM;
    if (mutex->kind == SEALED_MUTEX_RECURSIVE && --mutex->depth > 0)
        return 0;
    mutex->owner = mutex->waiters.first;
    mutex->depth = 1;
    if (mutex->owner)
        sealed_thread_wake(&mutex->waiters, 1);
    return 0;
}

int sealed_condition_wait(sealed_condition *condition, sealed_mutex *mutex, uint64_t deadline_ns)
{
    int result = sealed_mutex_unlock(mutex);

    if (result != 0)
        return result;
    result = sealed_thread_wait(&condition->waiters, deadline_ns);
    sealed_mutex_lock(mutex, SEALED_CLOCK_NEVER);
    /* Whoever finds nothing done for it and comes back keeps its place, see queue_join. */
    sealed_thread_current->left_in_vain = &condition->waiters;
    return result;
}

/* Whoever signals has had its turn: when it waits again, it queues behind the others. */
static void give_up_place(sealed_condition *condition)
{
    if (sealed_thread_current->left_in_vain == &condition->waiters)
        sealed_thread_current->left_in_vain = NULL;
}

void sealed_condition_signal(sealed_condition *condition)
{
    give_up_place(condition);
    sealed_thread_wake(&condition->waiters, 1);
}

void sealed_condition_broadcast(sealed_condition *condition)
{
    give_up_place(condition);
    sealed_thread_wake(&condition->waiters, UINT_MAX);
}

int sealed_semaphore_try_wait(sealed_semaphore *semaphore)
{
    if (semaphore->value == 0)
        return -SEALED_EAGAIN;
    semaphore->value--;
    return 0;
}

int sealed_semaphore_wait(sealed_semaphore *semaphore, uint64_t deadline_ns)
{
    if (sealed_semaphore_try_wait(semaphore) == 0)
        return 0;
    return sealed_thread_wait_or_interrupt(&semaphore->waiters, deadline_ns); /* whoever posts has counted this thread already */
}

int sealed_semaphore_post(sealed_semaphore *semaphore)
{
    if (semaphore->value >= INT_MAX)
        return -SEALED_EOVERFLOW;
    if (sealed_thread_wake(&semaphore->waiters, 1) == 0)
        semaphore->value++;
    return 0;
}
