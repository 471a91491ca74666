/* Reads, writes, seeks and copies through a number; hides the kinds of open files behind one set of calls. */
#include "descriptor_internal.h"

/* As Linux: one call moves at most this, so that a count always fits. */
#define TRANSFER_MAX ((size_t)0x7ffff000)
enum { COPY_BUFFER_BYTES = 16384 };

static size_t cut(size_t size_bytes)
{
    return size_bytes < TRANSFER_MAX ? size_bytes : TRANSFER_MAX;
}

enum direction { READING, WRITING };

/* The open file with one hold for the call, because a waiting call may see its number closed; NULL: -EBADF. */
static struct open_file *hold(int descriptor, enum direction direction)
{
    struct open_file *file = descriptor_file(descriptor);
    if (!file || !(direction == READING ? open_file_may_read(file) : open_file_may_write(file)))
        return NULL;
    file->holds++;
    return file;
}

int64_t sealed_descriptor_read(int descriptor, void *buffer, size_t size_bytes)
{
    struct open_file *file = hold(descriptor, READING);
    if (!file)
        return -SEALED_EBADF;
    int64_t done = file->kind->read ? file->kind->read(file, buffer, cut(size_bytes)) : -SEALED_EINVAL;
    open_file_release(file);
    return done;
}

int64_t sealed_descriptor_write(int descriptor, const void *data, size_t size_bytes)
{
    struct open_file *file = hold(descriptor, WRITING);
    if (!file)
        return -SEALED_EBADF;
    int64_t done = file->kind->write ? file->kind->write(file, data, cut(size_bytes)) : -SEALED_EINVAL;
    open_file_release(file);
    return done;
}

int64_t sealed_descriptor_read_at(int descriptor, void *buffer, size_t size_bytes, int64_t offset)
{
    if (offset < 0)
        return -SEALED_EINVAL;
    struct open_file *file = hold(descriptor, READING);
    if (!file)
        return -SEALED_EBADF;
    int64_t done = file->kind->read_at ? file->kind->read_at(file, buffer, cut(size_bytes), offset) : -SEALED_ESPIPE;
    open_file_release(file);
    return done;
}

int64_t sealed_descriptor_write_at(int descriptor, const void *data, size_t size_bytes, int64_t offset)
{
    if (offset < 0)
        return -SEALED_EINVAL;
    struct open_file *file = hold(descriptor, WRITING);
    if (!file)
        return -SEALED_EBADF;
    int64_t done = file->kind->write_at ? file->kind->write_at(file, data, cut(size_bytes), offset) : -SEALED_ESPIPE;
    open_file_release(file);
    return done;
}

/* Ends a scattered transfer: what was moved counts for more than the error that stopped it. */
static bool add_span(int64_t *total, int64_t done, size_t wanted)
{
    if (done < 0 && *total == 0)
        *total = done;
    else if (done > 0)
        *total += done;
    return done >= 0 && (size_t)done == wanted;
}

int64_t sealed_descriptor_read_spans(int descriptor, const struct sealed_span *spans, size_t count, int64_t offset)
{
    /* No span at all still says whether the number is good. */
    int64_t total = count == 0 ? sealed_descriptor_read(descriptor, NULL, 0) : 0;
    for (size_t i = 0; i < count; i++) {
        /* Only the first may wait; later ones would hold back what is there already. */
        if (i > 0 && offset < 0 && !(sealed_descriptor_ready(descriptor, SEALED_READY_READ) & SEALED_READY_READ))
            break;
        int64_t done = offset < 0
                           ? sealed_descriptor_read(descriptor, spans[i].data, spans[i].size_bytes)
                           : sealed_descriptor_read_at(descriptor, spans[i].data, spans[i].size_bytes, offset + total);
        if (!add_span(&total, done, spans[i].size_bytes))
            break;
    }
    return total;
}

int64_t sealed_descriptor_write_spans(int descriptor, const struct sealed_span *spans, size_t count, int64_t offset)
{
    int64_t total = count == 0 ? sealed_descriptor_write(descriptor, NULL, 0) : 0;
    for (size_t i = 0; i < count; i++) {
        int64_t done = offset < 0
                           ? sealed_descriptor_write(descriptor, spans[i].data, spans[i].size_bytes)
                           : sealed_descriptor_write_at(descriptor, spans[i].data, spans[i].size_bytes, offset + total);
        if (!add_span(&total, done, spans[i].size_bytes))
            break;
    }
    return total;
}

int64_t sealed_descriptor_seek(int descriptor, int64_t offset, int whence)
{
    struct open_file *file = descriptor_file(descriptor);
    if (!file || (file->flags & SEALED_OPEN_PATH))
        return -SEALED_EBADF;
    return file->kind->seek ? file->kind->seek(file, offset, whence) : -SEALED_ESPIPE;
}

int sealed_descriptor_truncate(int descriptor, int64_t size_bytes)
{
    struct open_file *file = descriptor_file(descriptor);
    if (!file || (file->flags & SEALED_OPEN_PATH))
        return -SEALED_EBADF;
    if (size_bytes < 0 || !open_file_may_write(file) || !fs_is_file(file->inode))
        return -SEALED_EINVAL;
    return file->kind->resize ? file->kind->resize(file, size_bytes) : fs_file_resize(file->inode, size_bytes);
}

int sealed_descriptor_reserve(int descriptor, int64_t offset, int64_t size_bytes, bool keep_size)
{
    struct open_file *file = descriptor_file(descriptor);
    if (!file || !open_file_may_write(file))
        return -SEALED_EBADF;
    if (offset < 0 || size_bytes <= 0)
        return -SEALED_EINVAL;
    if (!fs_is_file(file->inode))
        return file->kind->read_at ? -SEALED_ENODEV : -SEALED_ESPIPE;
    if (!fs_offset_is_allowed((uint64_t)offset + (uint64_t)size_bytes))
        return -SEALED_EFBIG;
    if (file->kind->reserve)
        return file->kind->reserve(file, offset, size_bytes, keep_size);
    struct fs_inode *inode = file->inode;
    if (fs_content_write(&inode->content, (uint64_t)offset, NULL, (size_t)size_bytes) != (size_t)size_bytes) {
        fs_content_cut(&inode->content, inode->size);
        return -SEALED_ENOSPC;
    }
    if (!keep_size && (uint64_t)(offset + size_bytes) > inode->size)
        inode->size = (uint64_t)(offset + size_bytes);
    fs_inode_touch_modified(inode);
    return 0;
}

int sealed_descriptor_synchronise(int descriptor)
{
    struct open_file *file = descriptor_file(descriptor);
    if (!file || (file->flags & SEALED_OPEN_PATH))
        return -SEALED_EBADF;
    if (file->kind->synchronise)
        return file->kind->synchronise(file);
    return file->kind->can_synchronise ? 0 : -SEALED_EINVAL;
}

int64_t sealed_descriptor_available(int descriptor)
{
    struct open_file *file = descriptor_file(descriptor);
    if (!file)
        return -SEALED_EBADF;
    return file->kind->available ? file->kind->available(file) : -SEALED_ENOTTY;
}

int sealed_descriptor_ready(int descriptor, int events)
{
    struct open_file *file = descriptor_file(descriptor);
    if (!file || (file->flags & SEALED_OPEN_PATH))
        return SEALED_READY_INVALID;
    int ready = file->kind->ready ? file->kind->ready(file) : SEALED_READY_READ | SEALED_READY_WRITE;
    return ready & (events | SEALED_READY_ERROR | SEALED_READY_END | SEALED_READY_INVALID);
}

/* ---- from one to the other ---- */

static int64_t copy_some(struct open_file *from, int64_t from_at, int to, const int64_t *to_at, size_t size_bytes)
{
    unsigned char buffer[COPY_BUFFER_BYTES];
    int64_t got = from->kind->read_at(from, buffer, size_bytes < sizeof buffer ? size_bytes : sizeof buffer, from_at);
    if (got <= 0)
        return got;
    return to_at ? sealed_descriptor_write_at(to, buffer, (size_t)got, *to_at)
                 : sealed_descriptor_write(to, buffer, (size_t)got);
}

static int64_t copy_all(struct open_file *from, int64_t *from_at, int to, int64_t *to_at, size_t size_bytes)
{
    size_t total = 0;
    while (total < size_bytes) {
        int64_t done = copy_some(from, *from_at, to, to_at, size_bytes - total);
        if (done < 0 && total == 0)
            return done;
        if (done <= 0)
            break;
        total += (size_t)done;
        *from_at += done;
        if (to_at)
            *to_at += done;
    }
    return (int64_t)total;
}

int64_t sealed_descriptor_copy(int from, int64_t *from_offset, int to, int64_t *to_offset, size_t size_bytes)
{
    struct open_file *target = hold(to, WRITING);
    if (!target)
        return -SEALED_EBADF;
    open_file_release(target);
    struct open_file *source = hold(from, READING);
    if (!source)
        return -SEALED_EBADF;
    int64_t done = from_offset && !source->kind->read_at ? -SEALED_ESPIPE : -SEALED_EINVAL;
    if (fs_is_file(source->inode) && (!from_offset || *from_offset >= 0) && (!to_offset || *to_offset >= 0))
        done = copy_all(source, from_offset ? from_offset : &source->offset, to, to_offset, cut(size_bytes));
    else if (fs_is_directory(source->inode))
        done = -SEALED_EISDIR;
    open_file_release(source);
    return done;
}
