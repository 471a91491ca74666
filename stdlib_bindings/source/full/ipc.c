/* Pipes, event counters and semaphores: libc's signatures on host_env/ipc.h. */
#include "bind_internal.h"
#include "bindings/bind.h"
#include "host_env/ipc.h"
#include "prototypes.h"

int cordon_bind_pipe(int fds[2]) { return BIND(ipc_pipe, 0, fds); }
int cordon_bind_pipe2(int fds[2], int flags) { return BIND(ipc_pipe, flags, fds); }

int cordon_bind_eventfd(unsigned int count, int flags)
{
    int fd;
    return BIND(ipc_event_create, count, flags, &fd) == 0 ? fd : -1;
}

int cordon_bind_eventfd_read(int fd, eventfd_t *value) { return BIND(ipc_event_read, fd, value); }
int cordon_bind_eventfd_write(int fd, eventfd_t value) { return BIND(ipc_event_write, fd, value); }

/* A host_ipc_semaphore is libc's sem_t behind another name. */
static host_ipc_semaphore *semaphore_of(sem_t *semaphore) { return (host_ipc_semaphore *)semaphore; }

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
    return BIND(ipc_semaphore_open, name, flags, mode, value, &semaphore) == 0 ? (sem_t *)semaphore : SEM_FAILED;
}

int cordon_bind_sem_close(sem_t *semaphore) { return BIND(ipc_semaphore_close, semaphore_of(semaphore)); }
int cordon_bind_sem_unlink(const char *name) { return BIND(ipc_semaphore_remove, name); }
int cordon_bind_sem_wait(sem_t *semaphore) { return BIND(ipc_semaphore_wait, semaphore_of(semaphore)); }
int cordon_bind_sem_trywait(sem_t *semaphore) { return BIND(ipc_semaphore_try_wait, semaphore_of(semaphore)); }
int cordon_bind_sem_post(sem_t *semaphore) { return BIND(ipc_semaphore_post, semaphore_of(semaphore)); }
int cordon_bind_sem_getvalue(sem_t *semaphore, int *value) { return BIND(ipc_semaphore_value, semaphore_of(semaphore), value); }

int cordon_bind_sem_timedwait(sem_t *semaphore, const struct timespec *deadline)
{
    host_time time = bind_time(deadline);
    return BIND(ipc_semaphore_wait_until, semaphore_of(semaphore), &time);
}
