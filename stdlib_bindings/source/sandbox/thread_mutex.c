/* Hides from CPython that its mutexes and condition variables are the scheduler's. */
#include "clock_convert.h"
#include "interpreter_threads.h"
#include "result.h"

#include "sealed/thread.h"

#include <pthread.h>

_Static_assert(sizeof(sealed_mutex) <= sizeof(pthread_mutex_t), "a sealed mutex lives inside libc's type");
_Static_assert(sizeof(sealed_condition) <= sizeof(pthread_cond_t), "a sealed condition lives inside libc's type");
_Static_assert(sizeof(int) <= sizeof(pthread_mutexattr_t) && sizeof(int) <= sizeof(pthread_condattr_t),
               "an attribute is one number");

static sealed_mutex *of(pthread_mutex_t *mutex)
{
    return (sealed_mutex *)mutex;
}

static sealed_condition *of_condition(pthread_cond_t *condition)
{
    return (sealed_condition *)condition;
}

int cordon_bind_pthread_mutexattr_init(pthread_mutexattr_t *attribute)
{
    *(int *)attribute = SEALED_MUTEX_NORMAL;
    return 0;
}

int cordon_bind_pthread_mutexattr_destroy(pthread_mutexattr_t *attribute)
{
    (void)attribute;
    return 0;
}

int cordon_bind_pthread_mutexattr_settype(pthread_mutexattr_t *attribute, int type)
{
    if (type != PTHREAD_MUTEX_NORMAL && type != PTHREAD_MUTEX_RECURSIVE && type != PTHREAD_MUTEX_ERRORCHECK)
        return EINVAL;
    *(int *)attribute = type == PTHREAD_MUTEX_RECURSIVE    ? SEALED_MUTEX_RECURSIVE
                        : type == PTHREAD_MUTEX_ERRORCHECK ? SEALED_MUTEX_ERRORCHECK
                                                           : SEALED_MUTEX_NORMAL;
    return 0;
}

int cordon_bind_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attribute)
{
    *of(mutex) = (sealed_mutex){.kind = attribute ? *(const int *)attribute : SEALED_MUTEX_NORMAL};
    return 0;
}

int cordon_bind_pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    return of(mutex)->owner ? EBUSY : 0;
}

int cordon_bind_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    return -sealed_mutex_lock(of(mutex), SEALED_CLOCK_NEVER);
}

int cordon_bind_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    return -sealed_mutex_try_lock(of(mutex));
}

int cordon_bind_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    return -sealed_mutex_unlock(of(mutex));
}

int cordon_bind_pthread_condattr_init(pthread_condattr_t *attribute)
{
    *(int *)attribute = CLOCK_REALTIME;
    return 0;
}

int cordon_bind_pthread_condattr_destroy(pthread_condattr_t *attribute)
{
    (void)attribute;
    return 0;
}

int cordon_bind_pthread_condattr_setclock(pthread_condattr_t *attribute, clockid_t clock)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return EINVAL;
    *(int *)attribute = clock;
    return 0;
}

int cordon_bind_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attribute)
{
    *of_condition(condition) = (sealed_condition){.clock = attribute ? *(const int *)attribute : CLOCK_REALTIME};
    return 0;
}

int cordon_bind_pthread_cond_destroy(pthread_cond_t *condition)
{
    (void)condition;
    return 0;
}

int cordon_bind_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    return -sealed_condition_wait(of_condition(condition), of(mutex), SEALED_CLOCK_NEVER);
}

int cordon_bind_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                       const struct timespec *deadline)
{
    uint64_t deadline_ns;

    if (!deadline_of(of_condition(condition)->clock, deadline, &deadline_ns))
        return EINVAL;
    return -sealed_condition_wait(of_condition(condition), of(mutex), deadline_ns);
}

int cordon_bind_pthread_cond_signal(pthread_cond_t *condition)
{
    sealed_condition_signal(of_condition(condition));
    return 0;
}

int cordon_bind_pthread_cond_broadcast(pthread_cond_t *condition)
{
    sealed_condition_broadcast(of_condition(condition));
    return 0;
}

bool sandbox_condition_has_waiters(const pthread_cond_t *condition)
{
    return ((const sealed_condition *)condition)->waiters.first != NULL;
}
