/* Types and fixed-parameter forms of the primitives of ipc. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_IPC_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_IPC_H

#include <semaphore.h>
#include <sys/eventfd.h>
#include <sys/types.h>
#include <unistd.h>

static inline sem_t *sem_open_value(const char *name, int flags, mode_t mode, unsigned int value)
{
    return sem_open(name, flags, mode, value);
}

#endif
