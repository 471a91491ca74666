/* Hides from CPython that its semaphores are the scheduler's. */
#include "clock_convert.h"
#include "result.h"

#include "sealed/thread.h"

#include <limits.h>
#include <semaphore.h>

_Static_assert(sizeof(struct sealed_semaphore) <= sizeof(sem_t), "a sealed semaphore lives inside libc's type");

static struct sealed_semaphore *of(sem_t *semaphore)
{
    return (struct sealed_semaphore *)semaphore;
}

int cordon_bind_sem_init(sem_t *semaphore, int is_shared, unsigned value)
{
    (void)is_shared; /* there is nobody to share with */
    if (value > INT_MAX)
        return sandbox_refuse(EINVAL);
    *of(semaphore) = (struct sealed_semaphore){.value = value};
    return 0;
}

int cordon_bind_sem_destroy(sem_t *semaphore)
{
    (void)semaphore;
    return 0;
}

int cordon_bind_sem_getvalue(sem_t *semaphore, int *value_out)
{
    *value_out = (int)of(semaphore)->value;
    return 0;
}

int cordon_bind_sem_post(sem_t *semaphore)
{
    return (int)sandbox_result(sealed_semaphore_post(of(semaphore)));
}

int cordon_bind_sem_trywait(sem_t *semaphore)
{
    return (int)sandbox_result(sealed_semaphore_try_wait(of(semaphore)));
}

int cordon_bind_sem_wait(sem_t *semaphore)
{
    return (int)sandbox_result(sealed_semaphore_wait(of(semaphore), SEALED_CLOCK_NEVER));
}

int cordon_bind_sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *deadline)
{
    uint64_t deadline_ns;

    if (sealed_semaphore_try_wait(of(semaphore)) == 0)
        return 0;
    if ((clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) || !deadline_of(clock, deadline, &deadline_ns))
        return sandbox_refuse(EINVAL);
    return (int)sandbox_result(sealed_semaphore_wait(of(semaphore), deadline_ns));
}

int cordon_bind_sem_timedwait(sem_t *semaphore, const struct timespec *deadline)
{
    return cordon_bind_sem_clockwait(semaphore, CLOCK_REALTIME, deadline);
}
