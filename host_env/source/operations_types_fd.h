/* Types and fixed-parameter forms of the primitives of fd. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_FD_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_FD_H

#include <fcntl.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

static inline int fcntl_number(int fd, int command, long argument)
{
    return fcntl(fd, command, argument);
}

static inline int fcntl_buffer(int fd, int command, void *argument)
{
    return fcntl(fd, command, argument);
}

static inline int ioctl_argument(int fd, unsigned long request, uintptr_t argument)
{
    return ioctl(fd, request, argument);
}

/* The system call itself, because it is in glibc only since 2.34 and its fallbacks open /proc. */
static inline int close_range_flags(unsigned int first, unsigned int last, unsigned int flags)
{
    return (int)syscall(SYS_close_range, first, last, flags);
}

/* libc's read and write are points where a thread may be cancelled, which in a program with threads costs two locked instructions each; one that ended there would
 * leave the locks of whoever called locked. */
static inline ssize_t read_uncancelled(int fd, void *buffer, size_t size)
{
    return syscall(SYS_read, fd, buffer, size);
}

static inline ssize_t write_uncancelled(int fd, const void *buffer, size_t size)
{
    return syscall(SYS_write, fd, buffer, size);
}

#endif
