/* Open descriptors: libc's signatures on host_env/fd.h. */
#include "bind_internal.h"
#include "bindings/bind.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "prototypes.h"

BIND_HOT ssize_t cordon_bind_read(int fd, void *buffer, size_t size)
{
    size_t count;
    return BIND(fd_read, fd, buffer, size, &count) == 0 ? (ssize_t)count : -1;
}

BIND_HOT ssize_t cordon_bind_write(int fd, const void *buffer, size_t size)
{
    size_t count;
    return BIND(fd_write, fd, buffer, size, &count) == 0 ? (ssize_t)count : -1;
}

ssize_t cordon_bind_pread(int fd, void *buffer, size_t size, off_t offset)
{
    size_t count;
    return BIND(fd_pread, fd, buffer, size, offset, &count) == 0 ? (ssize_t)count : -1;
}

ssize_t cordon_bind_pwrite(int fd, const void *buffer, size_t size, off_t offset)
{
    size_t count;
    return BIND(fd_pwrite, fd, buffer, size, offset, &count) == 0 ? (ssize_t)count : -1;
}

/* host_fd_buffer is laid out as struct iovec; host_env checks that. */
static const host_fd_buffer *buffers_of(const struct iovec *buffers) { return (const host_fd_buffer *)buffers; }

ssize_t cordon_bind_readv(int fd, const struct iovec *buffers, int buffer_count)
{
    size_t count;
    return BIND(fd_readv, fd, buffers_of(buffers), buffer_count, &count) == 0 ? (ssize_t)count : -1;
}

ssize_t cordon_bind_writev(int fd, const struct iovec *buffers, int buffer_count)
{
    size_t count;
    return BIND(fd_writev, fd, buffers_of(buffers), buffer_count, &count) == 0 ? (ssize_t)count : -1;
}

ssize_t cordon_bind_preadv2(int fd, const struct iovec *buffers, int buffer_count, off_t offset, int flags)
{
    size_t count;
    return BIND(fd_preadv2, fd, buffers_of(buffers), buffer_count, offset, flags, &count) == 0 ? (ssize_t)count : -1;
}

ssize_t cordon_bind_pwritev2(int fd, const struct iovec *buffers, int buffer_count, off_t offset, int flags)
{
    size_t count;
    return BIND(fd_pwritev2, fd, buffers_of(buffers), buffer_count, offset, flags, &count) == 0 ? (ssize_t)count : -1;
}

/* Offset -1 means "the descriptor's own" to preadv2 only. */
static bool is_offset(off_t offset)
{
    if (offset < 0) errno = EINVAL;
    return offset >= 0;
}

ssize_t cordon_bind_preadv(int fd, const struct iovec *buffers, int buffer_count, off_t offset)
{
    return is_offset(offset) ? cordon_bind_preadv2(fd, buffers, buffer_count, offset, 0) : -1;
}

ssize_t cordon_bind_pwritev(int fd, const struct iovec *buffers, int buffer_count, off_t offset)
{
    return is_offset(offset) ? cordon_bind_pwritev2(fd, buffers, buffer_count, offset, 0) : -1;
}

BIND_HOT off_t cordon_bind_lseek(int fd, off_t offset, int whence)
{
    int64_t position;
    return BIND(fd_lseek, fd, offset, whence, &position) == 0 ? position : -1;
}

ssize_t cordon_bind_copy_file_range(int fd, off64_t *offset, int fd_to, off64_t *offset_to, size_t size, unsigned int flags)
{
    size_t count;
    return BIND(fd_copy_file_range, fd, offset, fd_to, offset_to, size, flags, &count) == 0 ? (ssize_t)count : -1;
}

ssize_t cordon_bind_splice(int fd, off64_t *offset, int fd_to, off64_t *offset_to, size_t size, unsigned int flags)
{
    size_t count;
    return BIND(fd_splice, fd, offset, fd_to, offset_to, size, flags, &count) == 0 ? (ssize_t)count : -1;
}

ssize_t cordon_bind_sendfile(int fd_to, int fd, off_t *offset, size_t size)
{
    size_t count;
    return BIND(fd_sendfile, fd_to, fd, offset, size, &count) == 0 ? (ssize_t)count : -1;
}

int cordon_bind_dup(int fd)
{
    int copy;
    return BIND(fd_dup, fd, &copy) == 0 ? copy : -1;
}

int cordon_bind_dup2(int fd, int fd_to) { return BIND(fd_dup2, fd, fd_to, 0) == 0 ? fd_to : -1; }

int cordon_bind_dup3(int fd, int fd_to, int flags)
{
    if (fd == fd_to) { /* dup3(2) refuses what dup2(2) takes for nothing to do */
        errno = EINVAL;
        return -1;
    }
    return BIND(fd_dup2, fd, fd_to, flags) == 0 ? fd_to : -1;
}

BIND_HOT int cordon_bind_close(int fd) { return BIND(fd_close, fd); }

/* Without the kernel's call (before 5.9) descriptors are closed one by one: a caller that starts a child has no other sound way left. For the
 * same reason an empty range (3 to 2), which CPython asks for between neighbours to keep, is nothing to do and not the kernel's EINVAL. */
int cordon_bind_close_range(unsigned int first, unsigned int last, int flags)
{
    enum { DESCRIPTORS_MAX = 65536 };
    if (first > 0 && first - 1 == last) return 0;
    int result = BIND(fd_close_range, first, last, (unsigned int)flags);
    if (result == 0 || errno != ENOSYS || flags != 0) return result;
    for (unsigned int fd = first; fd <= last && fd < DESCRIPTORS_MAX; fd++) (void)cordon_bind_close((int)fd);
    return 0;
}

void cordon_bind_closefrom(int first) { (void)BIND(fd_closefrom, first); }

/* Commands whose third argument is memory; every other one takes a number or nothing. */
static const int buffer_commands[] = { F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_GETOWN_EX, F_SETOWN_EX,
                                       F_GET_RW_HINT, F_SET_RW_HINT, F_GET_FILE_RW_HINT, F_SET_FILE_RW_HINT };

int cordon_bind_fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    /* A number and a pointer are passed alike on this host's ABI; which it is depends on the command. */
    uintptr_t argument = va_arg(arguments, uintptr_t);
    va_end(arguments);
    int64_t result;
    for (size_t i = 0; i < sizeof buffer_commands / sizeof *buffer_commands; i++)
        if (buffer_commands[i] == command) return BIND(fd_fcntl_buffer, fd, command, (void *)argument, &result) == 0 ? (int)result : -1;
    return BIND(fd_fcntl, fd, command, (int64_t)argument, &result) == 0 ? (int)result : -1;
}

int cordon_bind_ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    uintptr_t argument = va_arg(arguments, uintptr_t);
    va_end(arguments);
    int64_t result;
    return BIND(fd_ioctl, fd, request, argument, &result) == 0 ? (int)result : -1;
}

int cordon_bind_flock(int fd, int operation) { return BIND(fd_flock, fd, operation); }
int cordon_bind_lockf(int fd, int command, off_t size) { return BIND(fd_lockf, fd, command, size); }

BIND_HOT int cordon_bind_isatty(int fd)
{
    bool is_terminal = false;
    if (BIND(fd_isatty, fd, &is_terminal) != 0) return 0;
    if (!is_terminal) errno = ENOTTY;
    return is_terminal;
}

BIND_HOT int cordon_bind_fstat(int fd, struct stat *stat_out)
{
    host_file_status own, *status = bind_stat_room(stat_out, &own);
    if (BIND(fd_fstat, fd, status) != 0) return -1;
    bind_stat_take(stat_out, status);
    return 0;
}

int cordon_bind_fstatvfs(int fd, struct statvfs *status_out)
{
    host_file_system_status status;
    if (BIND(fd_fstatvfs, fd, &status) != 0) return -1;
    bind_statvfs_fill(status_out, &status);
    return 0;
}

long cordon_bind_fpathconf(int fd, int name)
{
    int64_t value;
    return BIND(fd_fpathconf, fd, name, &value) == 0 ? value : -1;
}

int cordon_bind_fsync(int fd) { return BIND(fd_fsync, fd); }
int cordon_bind_fdatasync(int fd) { return BIND(fd_fdatasync, fd); }
int cordon_bind_ftruncate(int fd, off_t size) { return BIND(fd_ftruncate, fd, size); }
/* These two return the error number. */
int cordon_bind_posix_fadvise(int fd, off_t offset, off_t size, int advice) { return BIND_CODE(fd_fadvise, fd, offset, size, advice); }
int cordon_bind_posix_fallocate(int fd, off_t offset, off_t size) { return BIND_CODE(fd_fallocate, fd, offset, size); }
int cordon_bind_fchmod(int fd, mode_t mode) { return BIND(fd_fchmod, fd, mode); }
int cordon_bind_fchown(int fd, uid_t uid, gid_t gid) { return BIND(fd_fchown, fd, uid, gid); }

const host_file_time *bind_file_times(const struct timespec times[2], host_file_time pair[2])
{
    if (times == NULL) return NULL;
    for (int i = 0; i < 2; i++) pair[i] = (host_file_time){ .seconds = times[i].tv_sec, .nanoseconds = times[i].tv_nsec };
    return pair;
}

int cordon_bind_futimens(int fd, const struct timespec times[2])
{
    host_file_time pair[2];
    return BIND(fd_futimens, fd, bind_file_times(times, pair));
}
