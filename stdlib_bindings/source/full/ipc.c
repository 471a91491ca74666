/* Pipes and event counters: libc's signatures on host_env/ipc.h. */
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
