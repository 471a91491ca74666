/* Hides from CPython that pipes, pairs and event counters are memory of the sealed layer. */
#define _GNU_SOURCE
#include "result.h"

#include "sealed/descriptor.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <fcntl.h>

_Static_assert(EFD_NONBLOCK == SEALED_OPEN_NONBLOCK && EFD_CLOEXEC == SEALED_OPEN_CLOSE_ON_EXEC,
               "eventfd's flags are open's");
_Static_assert(SOCK_NONBLOCK == SEALED_OPEN_NONBLOCK && SOCK_CLOEXEC == SEALED_OPEN_CLOSE_ON_EXEC,
               "socketpair's flags are open's");

int cordon_bind_pipe2(int descriptors[2], int flags)
{
    return (int)sandbox_result(sealed_pipe_open(descriptors, flags));
}

int cordon_bind_pipe(int descriptors[2])
{
    return cordon_bind_pipe2(descriptors, 0);
}

/* A stream between two descriptors of this process, with read and write; it is no socket otherwise. */
int cordon_bind_socketpair(int family, int type, int protocol, int descriptors[2])
{
    const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
    if (family != AF_UNIX || (protocol != 0 && protocol != AF_UNIX))
        return sandbox_refuse(EAFNOSUPPORT);
    if ((type & ~flags) != SOCK_STREAM)
        return sandbox_refuse(ESOCKTNOSUPPORT);
    return (int)sandbox_result(sealed_pair_open(descriptors, type & flags));
}

int cordon_bind_eventfd(unsigned value, int flags)
{
    if (flags & ~(EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC))
        return sandbox_refuse(EINVAL);
    return (int)sandbox_result(sealed_event_open(value, flags & EFD_SEMAPHORE, flags & ~EFD_SEMAPHORE));
}

int cordon_bind_eventfd_read(int descriptor, eventfd_t *value)
{
    int64_t done = sandbox_result(sealed_descriptor_read(descriptor, value, sizeof *value));
    return done == sizeof *value ? 0 : -1;
}

int cordon_bind_eventfd_write(int descriptor, eventfd_t value)
{
    int64_t done = sandbox_result(sealed_descriptor_write(descriptor, &value, sizeof value));
    return done == sizeof value ? 0 : -1;
}
