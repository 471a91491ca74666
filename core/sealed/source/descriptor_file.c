/* What an open file, directory, device or bare path can do; hides offsets and append mode. */
#include "mount_internal.h"

/* ---- regular files ---- */

static int64_t file_read_at(struct open_file *file, void *buffer, size_t size_bytes, int64_t offset)
{
    return fs_file_read(file->inode, (uint64_t)offset, buffer, size_bytes);
}

static int64_t file_read(struct open_file *file, void *buffer, size_t size_bytes)
{
    int64_t done = fs_file_read(file->inode, (uint64_t)file->offset, buffer, size_bytes);
    if (done > 0)
        file->offset += done;
    return done;
}

static int64_t file_write_at(struct open_file *file, const void *data, size_t size_bytes, int64_t offset)
{
    /* As Linux and unlike POSIX: in append mode even pwrite appends. */
    uint64_t at = file->flags & SEALED_OPEN_APPEND ? file->inode->size : (uint64_t)offset;
    return fs_file_write(file->inode, at, data, size_bytes);
}

static int64_t file_write(struct open_file *file, const void *data, size_t size_bytes)
{
    if (file->flags & SEALED_OPEN_APPEND)
        file->offset = (int64_t)file->inode->size;
    int64_t done = fs_file_write(file->inode, (uint64_t)file->offset, data, size_bytes);
    if (done > 0)
        file->offset += done;
    return done;
}

/* SEEK_DATA and SEEK_HOLE; the end of a file counts as a hole. */
static int64_t find_data_or_hole(const struct fs_inode *inode, int64_t offset, bool data)
{
    if (offset < 0 || (uint64_t)offset >= inode->size)
        return -SEALED_ENXIO;
    if (inode->flags & FS_FROM_IMAGE)
        return data ? offset : (int64_t)inode->size;
    uint64_t found = fs_content_find(&inode->content, (uint64_t)offset, inode->size, data);
    return data && found >= inode->size ? -SEALED_ENXIO : (int64_t)found;
}

static int64_t file_seek(struct open_file *file, int64_t offset, int whence)
{
    int64_t base = 0;
    switch (whence) {
    case SEALED_SEEK_SET:
        break;
    case SEALED_SEEK_CURRENT:
        base = file->offset;
        break;
    case SEALED_SEEK_END:
        base = (int64_t)file->inode->size;
        break;
    case SEALED_SEEK_DATA:
    case SEALED_SEEK_HOLE:
        offset = find_data_or_hole(file->inode, offset, whence == SEALED_SEEK_DATA);
        if (offset < 0)
            return offset;
        break;
    default:
        return -SEALED_EINVAL;
    }
    int64_t target;
    if (__builtin_add_overflow(base, offset, &target))
        return -SEALED_EOVERFLOW;
    if (target < 0 || (uint64_t)target > fs_quota()->file_size_max)
        return -SEALED_EINVAL;
    file->offset = target;
    return target;
}

static int64_t file_available(struct open_file *file)
{
    return (int64_t)file->inode->size - file->offset;
}

const struct open_file_kind open_file_kind_file = {
    .read = file_read,
    .write = file_write,
    .read_at = file_read_at,
    .write_at = file_write_at,
    .seek = file_seek,
    .available = file_available,
    .can_synchronise = true,
};

/* ---- directories ---- */

static int64_t directory_read(struct open_file *file, void *buffer, size_t size_bytes)
{
    (void)file, (void)buffer, (void)size_bytes;
    return -SEALED_EISDIR;
}

static int64_t directory_read_at(struct open_file *file, void *buffer, size_t size_bytes, int64_t offset)
{
    (void)offset;
    return directory_read(file, buffer, size_bytes);
}

static int64_t directory_seek(struct open_file *file, int64_t offset, int whence)
{
    if (whence == SEALED_SEEK_CURRENT)
        offset += (int64_t)file->position;
    else if (whence != SEALED_SEEK_SET)
        return -SEALED_EINVAL;
    if (offset < 0)
        return -SEALED_EINVAL;
    file->position = (uint64_t)offset;
    return offset;
}

static void directory_close(struct open_file *file)
{
    fs_mount_list_release(file);
}

const struct open_file_kind open_file_kind_directory = {
    .close = directory_close,
    .read = directory_read,
    .read_at = directory_read_at,
    .seek = directory_seek,
    .can_synchronise = true,
};

static int directory_of(int descriptor, struct open_file **file_out)
{
    *file_out = descriptor_file(descriptor);
    if (!*file_out || ((*file_out)->flags & SEALED_OPEN_PATH))
        return -SEALED_EBADF;
    return (*file_out)->kind == &open_file_kind_directory ? 0 : -SEALED_ENOTDIR;
}

int sealed_directory_next(int descriptor, struct sealed_directory_entry *entry_out)
{
    struct open_file *file;
    int error = directory_of(descriptor, &file);
    if (error)
        return error;
    if (file->inode->mounted)
        return fs_mount_list_next(file, entry_out);
    fs_inode_touch_accessed(file->inode);
    return fs_directory_next(file->inode, &file->position, entry_out);
}

int sealed_directory_seek(int descriptor, uint64_t position)
{
    struct open_file *file;
    int error = directory_of(descriptor, &file);
    if (!error)
        file->position = position;
    return error;
}

/* ---- devices ---- */

static int64_t device_read(struct open_file *file, void *buffer, size_t size_bytes)
{
    return fs_device_read(file->inode->device, buffer, size_bytes);
}

static int64_t device_write(struct open_file *file, const void *data, size_t size_bytes)
{
    (void)data;
    return fs_device_write(file->inode->device, size_bytes);
}

static int64_t device_read_at(struct open_file *file, void *buffer, size_t size_bytes, int64_t offset)
{
    (void)offset;
    return device_read(file, buffer, size_bytes);
}

static int64_t device_write_at(struct open_file *file, const void *data, size_t size_bytes, int64_t offset)
{
    (void)offset;
    return device_write(file, data, size_bytes);
}

static int64_t device_seek(struct open_file *file, int64_t offset, int whence)
{
    (void)file, (void)offset;
    return whence >= SEALED_SEEK_SET && whence <= SEALED_SEEK_END ? 0 : -SEALED_EINVAL;
}

const struct open_file_kind open_file_kind_device = {
    .read = device_read,
    .write = device_write,
    .read_at = device_read_at,
    .write_at = device_write_at,
    .seek = device_seek,
};

const struct open_file_kind open_file_kind_path = {0};
