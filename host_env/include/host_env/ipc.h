/* Pipes, event counters and semaphores. Safe from any thread. */
#ifndef HOST_ENV_IPC_H
#define HOST_ENV_IPC_H

#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"
#include "host_env/time.h"

/* fds_out[0] is for reading, fds_out[1] for writing; the caller owns both, and both are -1 on failure. `flags`: O_CLOEXEC, O_NONBLOCK. */
host_status host_ipc_pipe(host_env *env, int flags, int fds_out[2], host_error *error);

/* A counter behind a descriptor, which the caller owns. `flags`: EFD_*. */
host_status host_ipc_event_create(host_env *env, unsigned int initial, int flags, int *fd_out, host_error *error);
host_status host_ipc_event_read(host_env *env, int fd, uint64_t *value_out, host_error *error);
host_status host_ipc_event_write(host_env *env, int fd, uint64_t value, host_error *error);

/* A semaphore of the host (its sem_t). */
typedef struct host_ipc_semaphore host_ipc_semaphore;

/* Opens or makes (O_CREAT, O_EXCL in `flags`, with permissions `mode` and `value`) the semaphore `name`, such as "/name". The caller owns
 * *semaphore_out (host_ipc_semaphore_close); NULL on failure. Fails with EXISTS, MISSING, NOT_PERMITTED, INVALID_ARGUMENT. */
host_status host_ipc_semaphore_open(host_env *env, const char *name, int flags, unsigned int mode, unsigned int value,
                                    host_ipc_semaphore **semaphore_out, host_error *error);
host_status host_ipc_semaphore_close(host_env *env, host_ipc_semaphore *semaphore, host_error *error);
/* The name goes at once, the semaphore with its last user. */
host_status host_ipc_semaphore_remove(host_env *env, const char *name, host_error *error);
host_status host_ipc_semaphore_wait(host_env *env, host_ipc_semaphore *semaphore, host_error *error);
/* WOULD_BLOCK: it is zero. */
host_status host_ipc_semaphore_try_wait(host_env *env, host_ipc_semaphore *semaphore, host_error *error);
/* TIMED_OUT: the wall clock passed `deadline` first. */
host_status host_ipc_semaphore_wait_until(host_env *env, host_ipc_semaphore *semaphore, const host_time *deadline, host_error *error);
/* TOO_LARGE: its value cannot grow further. */
host_status host_ipc_semaphore_post(host_env *env, host_ipc_semaphore *semaphore, host_error *error);
host_status host_ipc_semaphore_value(host_env *env, host_ipc_semaphore *semaphore, int *value_out, host_error *error);

#endif
