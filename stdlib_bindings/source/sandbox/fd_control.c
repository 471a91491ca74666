/* Hides from CPython that control calls and locks have one process and no device to speak to. */
#define _GNU_SOURCE
#include "result.h"

#include "sealed/descriptor.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PIPE_CAPACITY = 65536 };

/* --- locks: nobody else can hold one, so they are granted; what may be asked is checked as ever --- */

static bool lacks_access(int descriptor, short type)
{
    int mode = sealed_descriptor_flags(descriptor) & O_ACCMODE;
    return (type == F_RDLCK && mode == O_WRONLY) || (type == F_WRLCK && mode == O_RDONLY);
}

static int set_lock(int descriptor, const struct flock *lock)
{
    if (lock->l_type != F_RDLCK && lock->l_type != F_WRLCK && lock->l_type != F_UNLCK)
        return sandbox_refuse(EINVAL);
    return lacks_access(descriptor, lock->l_type) ? sandbox_refuse(EBADF) : 0;
}

static int get_lock(struct flock *lock)
{
    if (lock->l_type != F_RDLCK && lock->l_type != F_WRLCK)
        return sandbox_refuse(EINVAL);
    lock->l_type = F_UNLCK;
    return 0;
}

int cordon_bind_flock(int descriptor, int operation)
{
    if (sealed_descriptor_flags(descriptor) < 0)
        return sandbox_refuse(EBADF);
    int kind = operation & ~LOCK_NB;
    return kind == LOCK_SH || kind == LOCK_EX || kind == LOCK_UN ? 0 : sandbox_refuse(EINVAL);
}

int cordon_bind_lockf(int descriptor, int command, off_t size)
{
    (void)size;
    if (sealed_descriptor_flags(descriptor) < 0)
        return sandbox_refuse(EBADF);
    switch (command) {
    case F_LOCK:
    case F_TLOCK:
        return lacks_access(descriptor, F_WRLCK) ? sandbox_refuse(EBADF) : 0;
    case F_ULOCK:
    case F_TEST:
        return 0;
    }
    return sandbox_refuse(EINVAL);
}

/* --- fcntl --- */

static int fcntl_pointer(int descriptor, int command, void *argument)
{
    switch (command) {
    case F_GETLK:
    case F_OFD_GETLK:
        return get_lock(argument);
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return set_lock(descriptor, argument);
    }
    return sandbox_refuse(EINVAL);
}

static int pipe_capacity(int descriptor, int wanted)
{
    struct sealed_status status;
    sealed_descriptor_status(descriptor, &status);
    if ((status.mode & SEALED_MODE_TYPE) != SEALED_MODE_FIFO)
        return sandbox_refuse(EBADF);
    return wanted > PIPE_CAPACITY ? sandbox_refuse(EPERM) : PIPE_CAPACITY;
}

static int fcntl_number(int descriptor, int command, int argument)
{
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        return (int)sandbox_result(sealed_descriptor_duplicate(descriptor, argument, command == F_DUPFD_CLOEXEC));
    case F_GETFD:
        return sealed_descriptor_close_on_exec(descriptor) ? FD_CLOEXEC : 0;
    case F_SETFD:
        return (int)sandbox_result(sealed_descriptor_set_close_on_exec(descriptor, argument & FD_CLOEXEC));
    case F_GETFL:
        return sealed_descriptor_flags(descriptor);
    case F_SETFL:
        return (int)sandbox_result(sealed_descriptor_set_flags(descriptor, argument));
    case F_GETPIPE_SZ:
        return pipe_capacity(descriptor, 0);
    case F_SETPIPE_SZ:
        return pipe_capacity(descriptor, argument);
    }
    return sandbox_refuse(EINVAL);
}

static bool takes_pointer(int command)
{
    return command == F_GETLK || command == F_SETLK || command == F_SETLKW || command == F_OFD_GETLK ||
           command == F_OFD_SETLK || command == F_OFD_SETLKW;
}

int cordon_bind_fcntl(int descriptor, int command, ...)
{
    if (sealed_descriptor_flags(descriptor) < 0)
        return sandbox_refuse(EBADF);
    va_list arguments;
    va_start(arguments, command);
    int result;
    if (takes_pointer(command))
        result = fcntl_pointer(descriptor, command, va_arg(arguments, void *));
    else
        result = fcntl_number(descriptor, command, va_arg(arguments, int));
    va_end(arguments);
    return result;
}

/* --- ioctl --- */

static int set_nonblocking(int descriptor, int is_on)
{
    int flags = sealed_descriptor_flags(descriptor);
    return (int)sandbox_result(
        sealed_descriptor_set_flags(descriptor, is_on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}

static int report_available(int descriptor, int *count_out)
{
    int64_t available = sealed_descriptor_available(descriptor);
    if (available < 0)
        return (int)sandbox_result(available);
    *count_out = (int)available;
    return 0;
}

int cordon_bind_ioctl(int descriptor, int request, ...)
{
    if (sealed_descriptor_flags(descriptor) < 0)
        return sandbox_refuse(EBADF);
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    switch (request) {
    case FIONBIO:
        return set_nonblocking(descriptor, *(const int *)argument);
    case FIONREAD:
        return report_available(descriptor, argument);
    case FIOCLEX:
    case FIONCLEX:
        return (int)sandbox_result(sealed_descriptor_set_close_on_exec(descriptor, request == FIOCLEX));
    }
    return sandbox_refuse(ENOTTY);
}
