/* Hides from CPython that bytes move to and from the sealed layer's open files. */
#define _GNU_SOURCE
#include "result.h"

#include "sealed/descriptor.h"

#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

ssize_t cordon_bind_read(int descriptor, void *buffer, size_t size)
{
    return sandbox_result(sealed_descriptor_read(descriptor, buffer, size));
}

ssize_t cordon_bind_write(int descriptor, const void *data, size_t size)
{
    return sandbox_result(sealed_descriptor_write(descriptor, data, size));
}

ssize_t cordon_bind_pread(int descriptor, void *buffer, size_t size, off_t offset)
{
    return sandbox_result(sealed_descriptor_read_at(descriptor, buffer, size, offset));
}

ssize_t cordon_bind_pwrite(int descriptor, const void *data, size_t size, off_t offset)
{
    return sandbox_result(sealed_descriptor_write_at(descriptor, data, size, offset));
}

/* --- scattered --- */

_Static_assert(sizeof(struct iovec) == sizeof(struct sealed_span) &&
                   offsetof(struct iovec, iov_base) == offsetof(struct sealed_span, data) &&
                   offsetof(struct iovec, iov_len) == offsetof(struct sealed_span, size_bytes),
               "a span is laid out as libc's iovec");

/* As the kernel asks: a sane number of buffers whose sizes add up to a count that can be answered. */
static int check_vectors(const struct iovec *vectors, int count)
{
    size_t total = 0;
    if (count < 0 || count > IOV_MAX)
        return sandbox_refuse(EINVAL);
    for (int i = 0; i < count; i++)
        if (__builtin_add_overflow(total, vectors[i].iov_len, &total) || total > SSIZE_MAX)
            return sandbox_refuse(EINVAL);
    return 0;
}

static ssize_t read_vectors(int descriptor, const struct iovec *vectors, int count, off_t offset)
{
    if (check_vectors(vectors, count))
        return -1;
    return sandbox_result(sealed_descriptor_read_spans(descriptor, (const struct sealed_span *)(const void *)vectors,
                                                       (size_t)count, offset));
}

static ssize_t write_vectors(int descriptor, const struct iovec *vectors, int count, off_t offset)
{
    if (check_vectors(vectors, count))
        return -1;
    return sandbox_result(sealed_descriptor_write_spans(descriptor, (const struct sealed_span *)(const void *)vectors,
                                                        (size_t)count, offset));
}

ssize_t cordon_bind_readv(int descriptor, const struct iovec *vectors, int count)
{
    return read_vectors(descriptor, vectors, count, -1);
}

ssize_t cordon_bind_writev(int descriptor, const struct iovec *vectors, int count)
{
    return write_vectors(descriptor, vectors, count, -1);
}

ssize_t cordon_bind_preadv(int descriptor, const struct iovec *vectors, int count, off_t offset)
{
    return offset < 0 ? sandbox_refuse(EINVAL) : read_vectors(descriptor, vectors, count, offset);
}

ssize_t cordon_bind_pwritev(int descriptor, const struct iovec *vectors, int count, off_t offset)
{
    return offset < 0 ? sandbox_refuse(EINVAL) : write_vectors(descriptor, vectors, count, offset);
}

/* The flags of the second generation ask for speed or durability, which memory has anyway; RWF_APPEND (0x10) changes
 * meaning and is refused. */
enum { HARMLESS_VECTOR_FLAGS = 0x1 | 0x2 | 0x4 | 0x8 };

ssize_t cordon_bind_preadv2(int descriptor, const struct iovec *vectors, int count, off_t offset, int flags)
{
    if (flags & ~HARMLESS_VECTOR_FLAGS)
        return sandbox_refuse(EOPNOTSUPP);
    return offset == -1 ? cordon_bind_readv(descriptor, vectors, count)
                        : cordon_bind_preadv(descriptor, vectors, count, offset);
}

ssize_t cordon_bind_pwritev2(int descriptor, const struct iovec *vectors, int count, off_t offset, int flags)
{
    if (flags & ~HARMLESS_VECTOR_FLAGS)
        return sandbox_refuse(EOPNOTSUPP);
    return offset == -1 ? cordon_bind_writev(descriptor, vectors, count)
                        : cordon_bind_pwritev(descriptor, vectors, count, offset);
}

/* --- position and size --- */

off_t cordon_bind_lseek(int descriptor, off_t offset, int whence)
{
    return sandbox_result(sealed_descriptor_seek(descriptor, offset, whence));
}

int cordon_bind_ftruncate(int descriptor, off_t size)
{
    return (int)sandbox_result(sealed_descriptor_truncate(descriptor, size));
}

int cordon_bind_fsync(int descriptor)
{
    return (int)sandbox_result(sealed_descriptor_synchronise(descriptor));
}

int cordon_bind_fdatasync(int descriptor)
{
    return cordon_bind_fsync(descriptor);
}

/* These two answer the error itself and leave errno alone. */

int cordon_bind_posix_fallocate(int descriptor, off_t offset, off_t size)
{
    return -sealed_descriptor_reserve(descriptor, offset, size, false);
}

int cordon_bind_posix_fadvise(int descriptor, off_t offset, off_t size, int advice)
{
    (void)offset;
    struct sealed_status status;
    if (sealed_descriptor_status(descriptor, &status))
        return EBADF;
    if (S_ISFIFO(status.mode))
        return ESPIPE;
    return size < 0 || advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE ? EINVAL : 0;
}

/* --- from file to file --- */

ssize_t cordon_bind_sendfile(int to, int from, off_t *offset, size_t size)
{
    int flags = sealed_descriptor_flags(to);
    if (flags >= 0 && (flags & O_APPEND))
        return sandbox_refuse(EINVAL);
    int64_t at = offset ? *offset : 0;
    int64_t done = sealed_descriptor_copy(from, offset ? &at : NULL, to, NULL, size);
    if (offset && done >= 0)
        *offset = at;
    return sandbox_result(done);
}

static bool ranges_overlap(int64_t one, int64_t other, size_t size)
{
    return one < other ? (uint64_t)(other - one) < size : (uint64_t)(one - other) < size;
}

static int check_copy(int from, int64_t from_at, int to, int64_t to_at, size_t size)
{
    struct sealed_status source, target;
    if (sealed_descriptor_status(from, &source) || sealed_descriptor_status(to, &target) ||
        (sealed_descriptor_flags(to) & O_APPEND))
        return sandbox_refuse(EBADF);
    if (S_ISDIR(source.mode) || S_ISDIR(target.mode))
        return sandbox_refuse(EISDIR);
    if (!S_ISREG(source.mode) || !S_ISREG(target.mode))
        return sandbox_refuse(EINVAL);
    bool is_same = source.device == target.device && source.inode == target.inode;
    return is_same && ranges_overlap(from_at, to_at, size) ? sandbox_refuse(EINVAL) : 0;
}

ssize_t cordon_bind_copy_file_range(int from, off_t *from_offset, int to, off_t *to_offset, size_t size, unsigned flags)
{
    if (flags)
        return sandbox_refuse(EINVAL);
    int64_t from_at = from_offset ? *from_offset : sealed_descriptor_seek(from, 0, SEEK_CUR);
    int64_t to_at = to_offset ? *to_offset : sealed_descriptor_seek(to, 0, SEEK_CUR);
    if (check_copy(from, from_at, to, to_at, size))
        return -1;
    int64_t done = sealed_descriptor_copy(from, from_offset ? &from_at : NULL, to, to_offset ? &to_at : NULL, size);
    if (done >= 0 && from_offset)
        *from_offset = from_at;
    if (done >= 0 && to_offset)
        *to_offset = to_at;
    return sandbox_result(done);
}
