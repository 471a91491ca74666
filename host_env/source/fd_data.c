/* Moving bytes through descriptors. */
#include <sys/uio.h>

#include "fd_internal.h"

_Static_assert(sizeof(host_fd_buffer) == sizeof(struct iovec) && offsetof(host_fd_buffer, data) == offsetof(struct iovec, iov_base) &&
                   offsetof(host_fd_buffer, size) == offsetof(struct iovec, iov_len),
               "buffers are handed to the host as they are");

static void call_bytes(host_call *call, int fd, size_t size)
{
    host_call_fd(call, "fd", fd);
    host_call_number(call, "size", (int64_t)size);
}

HOST_HOT host_status host_fd_read(host_env *env, int fd, void *buffer_out, size_t size, size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, FD_READ, error);
    call_bytes(&call, fd, size);
    *count_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish_count(&call, env->operations.read_uncancelled(fd, buffer_out, size), count_out);
}

HOST_HOT host_status host_fd_write(host_env *env, int fd, const void *buffer, size_t size, size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, FD_WRITE, error);
    call_bytes(&call, fd, size);
    *count_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish_count(&call, env->operations.write_uncancelled(fd, buffer, size), count_out);
}

host_status host_fd_pread(host_env *env, int fd, void *buffer_out, size_t size, int64_t offset, size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, FD_PREAD, error);
    call_bytes(&call, fd, size);
    host_call_number(&call, "offset", offset);
    *count_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish_count(&call, env->operations.pread(fd, buffer_out, size, offset), count_out);
}

host_status host_fd_pwrite(host_env *env, int fd, const void *buffer, size_t size, int64_t offset, size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, FD_PWRITE, error);
    call_bytes(&call, fd, size);
    host_call_number(&call, "offset", offset);
    *count_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish_count(&call, env->operations.pwrite(fd, buffer, size, offset), count_out);
}

static void call_buffers(host_call *call, int fd, int buffer_count)
{
    host_call_fd(call, "fd", fd);
    host_call_number(call, "count", buffer_count);
}

host_status host_fd_readv(host_env *env, int fd, const host_fd_buffer *buffers, int buffer_count, size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, FD_READV, error);
    call_buffers(&call, fd, buffer_count);
    *count_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish_count(&call, env->operations.readv(fd, (const struct iovec *)buffers, buffer_count), count_out);
}

host_status host_fd_writev(host_env *env, int fd, const host_fd_buffer *buffers, int buffer_count, size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, FD_WRITEV, error);
    call_buffers(&call, fd, buffer_count);
    *count_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish_count(&call, env->operations.writev(fd, (const struct iovec *)buffers, buffer_count), count_out);
}

host_status host_fd_preadv2(host_env *env, int fd, const host_fd_buffer *buffers, int buffer_count, int64_t offset, int flags, size_t *count_out,
                            host_error *error)
{
    HOST_CALL(call, env, FD_PREADV2, error);
    call_buffers(&call, fd, buffer_count);
    host_call_number(&call, "offset", offset);
    host_call_number(&call, "flags", flags);
    *count_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish_count(&call, env->operations.preadv2(fd, (const struct iovec *)buffers, buffer_count, offset, flags), count_out);
}

host_status host_fd_pwritev2(host_env *env, int fd, const host_fd_buffer *buffers, int buffer_count, int64_t offset, int flags, size_t *count_out,
                             host_error *error)
{
    HOST_CALL(call, env, FD_PWRITEV2, error);
    call_buffers(&call, fd, buffer_count);
    host_call_number(&call, "offset", offset);
    host_call_number(&call, "flags", flags);
    *count_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish_count(&call, env->operations.pwritev2(fd, (const struct iovec *)buffers, buffer_count, offset, flags), count_out);
}

HOST_HOT host_status host_fd_lseek(host_env *env, int fd, int64_t offset, int whence, int64_t *offset_out, host_error *error)
{
    HOST_CALL(call, env, FD_LSEEK, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "offset", offset);
    host_call_number(&call, "whence", whence);
    *offset_out = -1;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish_number(&call, env->operations.lseek(fd, offset, whence), offset_out);
}

_Static_assert(sizeof(off_t) == sizeof(int64_t), "offsets are handed to the host as they are");

static void call_transfer(host_call *call, int fd, int fd_to, size_t size, unsigned int flags)
{
    host_call_fd(call, "fd", fd);
    host_call_fd(call, "fd_to", fd_to);
    host_call_number(call, "size", (int64_t)size);
    host_call_number(call, "flags", flags);
}

host_status host_fd_copy_file_range(host_env *env, int fd, int64_t *offset, int fd_to, int64_t *offset_to, size_t size, unsigned int flags,
                                    size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, FD_COPY_FILE_RANGE, error);
    call_transfer(&call, fd, fd_to, size, flags);
    *count_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish_count(&call, env->operations.copy_file_range(fd, (off_t *)offset, fd_to, (off_t *)offset_to, size, flags), count_out);
}

host_status host_fd_splice(host_env *env, int fd, int64_t *offset, int fd_to, int64_t *offset_to, size_t size, unsigned int flags,
                           size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, FD_SPLICE, error);
    call_transfer(&call, fd, fd_to, size, flags);
    *count_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish_count(&call, env->operations.splice(fd, (off_t *)offset, fd_to, (off_t *)offset_to, size, flags), count_out);
}

host_status host_fd_sendfile(host_env *env, int fd_to, int fd, int64_t *offset, size_t size, size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, FD_SENDFILE, error);
    host_call_fd(&call, "fd_to", fd_to);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "size", (int64_t)size);
    *count_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish_count(&call, env->operations.sendfile(fd_to, fd, (off_t *)offset, size), count_out);
}
