/* What an open file of a mount can do; hides that its content lies with the host and comes in pieces. */
#include "mount_internal.h"

#include "sealed/heap.h"

static cordon_broker_writer *begin(const struct open_file *file, cordon_broker_operation operation)
{
    cordon_broker_writer *arguments = broker_begin(operation);
    cordon_broker_put_integer(arguments, file->handle);
    return arguments;
}

static int refresh(struct open_file *file)
{
    begin(file, CORDON_BROKER_FS_OPEN_STATUS);
    int error = broker_ask();
    return error ? error : fs_mount_take_status(file->inode, false);
}

/* ---- Reading and writing ---- */

static int64_t read_piece(struct open_file *file, unsigned char *buffer, size_t size_bytes, int64_t offset)
{
    cordon_broker_writer *arguments = begin(file, CORDON_BROKER_FS_READ);
    cordon_broker_put_integer(arguments, offset);
    cordon_broker_put_integer(arguments, (int64_t)size_bytes);
    int error = broker_ask();
    size_t got;
    const unsigned char *bytes = error ? NULL : broker_take_bytes(&got);
    if (error)
        return error;
    if (!broker_is_complete() || got > size_bytes)
        return -SEALED_EIO;
    if (got > 0)
        memcpy(buffer, bytes, got);
    return (int64_t)got;
}

static int64_t mounted_read_at(struct open_file *file, void *buffer, size_t size_bytes, int64_t offset)
{
    unsigned char *next = buffer;
    int64_t total = 0;
    while (size_bytes > 0) {
        size_t piece = size_bytes < CORDON_BROKER_DATA_MAX ? size_bytes : CORDON_BROKER_DATA_MAX;
        int64_t got = read_piece(file, next + total, piece, offset + total);
        if (got < 0)
            return total > 0 ? total : got;
        total += got;
        size_bytes -= (size_t)got;
        if ((size_t)got < piece)
            break;
    }
    return total;
}

static int64_t mounted_read(struct open_file *file, void *buffer, size_t size_bytes)
{
    int64_t done = mounted_read_at(file, buffer, size_bytes, file->offset);
    if (done > 0)
        file->offset += done;
    return done;
}

/* `offset` -1 is the end. *end_out is the offset behind what was written. */
static int64_t write_piece(struct open_file *file, const unsigned char *data, size_t size_bytes, int64_t offset, int64_t *end_out)
{
    cordon_broker_writer *arguments = begin(file, CORDON_BROKER_FS_WRITE);
    cordon_broker_put_integer(arguments, offset);
    cordon_broker_put_bytes(arguments, data, size_bytes);
    int error = broker_ask();
    if (error)
        return error;
    int64_t count = broker_take_integer();
    *end_out = broker_take_integer();
    return broker_is_complete() && count >= 0 && (uint64_t)count <= size_bytes ? count : -SEALED_EIO;
}

static int64_t write_all(struct open_file *file, const void *data, size_t size_bytes, int64_t offset, int64_t *end_out)
{
    int64_t total = 0;
    *end_out = offset;
    while ((size_t)total < size_bytes) {
        size_t left = size_bytes - (size_t)total, piece = left < CORDON_BROKER_DATA_MAX ? left : CORDON_BROKER_DATA_MAX;
        int64_t put = write_piece(file, (const unsigned char *)data + total, piece, offset == -1 ? -1 : offset + total, end_out);
        if (put < 0)
            return total > 0 ? total : put;
        total += put;
        if ((size_t)put < piece)
            break;
    }
    return total;
}

static int64_t mounted_write_at(struct open_file *file, const void *data, size_t size_bytes, int64_t offset)
{
    int64_t end;
    return write_all(file, data, size_bytes, file->flags & SEALED_OPEN_APPEND ? -1 : offset, &end);
}

static int64_t mounted_write(struct open_file *file, const void *data, size_t size_bytes)
{
    int64_t end;
    int64_t done = write_all(file, data, size_bytes, file->flags & SEALED_OPEN_APPEND ? -1 : file->offset, &end);
    if (done > 0)
        file->offset = end;
    return done;
}

/* ---- Where it is ---- */

/* The host does not say where holes are: all is data, and the end counts as a hole. */
static int64_t find_data_or_hole(int64_t size, int64_t offset, bool data)
{
    if (offset < 0 || offset >= size)
        return -SEALED_ENXIO;
    return data ? offset : size;
}

static int64_t mounted_seek(struct open_file *file, int64_t offset, int whence)
{
    int64_t base = whence == SEALED_SEEK_CURRENT ? file->offset : 0;
    if (whence < SEALED_SEEK_SET || whence > SEALED_SEEK_HOLE)
        return -SEALED_EINVAL;
    if (whence >= SEALED_SEEK_END) {
        int error = refresh(file);
        if (error)
            return error;
        if (whence == SEALED_SEEK_END)
            base = (int64_t)file->inode->size;
        else
            offset = find_data_or_hole((int64_t)file->inode->size, offset, whence == SEALED_SEEK_DATA);
        if (whence != SEALED_SEEK_END && offset < 0)
            return offset;
    }
    int64_t target;
    if (__builtin_add_overflow(base, offset, &target))
        return -SEALED_EOVERFLOW;
    if (target < 0 || (uint64_t)target > fs_quota()->file_size_max)
        return -SEALED_EINVAL;
    file->offset = target;
    return target;
}

static int64_t mounted_available(struct open_file *file)
{
    int error = refresh(file);
    return error ? error : (int64_t)file->inode->size - file->offset;
}

/* ---- What it is ---- */

static int mounted_resize(struct open_file *file, int64_t size_bytes)
{
    cordon_broker_put_integer(begin(file, CORDON_BROKER_FS_RESIZE), size_bytes);
    return broker_ask();
}

static int mounted_reserve(struct open_file *file, int64_t offset, int64_t size_bytes, bool keep_size)
{
    if (keep_size)
        return -SEALED_EOPNOTSUPP;
    cordon_broker_writer *arguments = begin(file, CORDON_BROKER_FS_RESERVE);
    cordon_broker_put_integer(arguments, offset);
    cordon_broker_put_integer(arguments, size_bytes);
    return broker_ask();
}

static int mounted_synchronise(struct open_file *file)
{
    begin(file, CORDON_BROKER_FS_SYNC);
    return broker_ask();
}

static int mounted_change_mode(struct open_file *file, uint32_t mode)
{
    cordon_broker_put_integer(begin(file, CORDON_BROKER_FS_OPEN_MODE), mode);
    return broker_ask();
}

static int mounted_change_times(struct open_file *file, struct sealed_time accessed, struct sealed_time modified)
{
    cordon_broker_writer *arguments = begin(file, CORDON_BROKER_FS_OPEN_TIMES);
    fs_mount_put_time(arguments, accessed);
    fs_mount_put_time(arguments, modified);
    return broker_ask();
}

static void mounted_close(struct open_file *file)
{
    begin(file, CORDON_BROKER_FS_CLOSE);
    (void)broker_ask();
}

static const struct open_file_kind open_file_kind_mounted = {
    .read = mounted_read,
    .write = mounted_write,
    .read_at = mounted_read_at,
    .write_at = mounted_write_at,
    .seek = mounted_seek,
    .available = mounted_available,
    .close = mounted_close,
    .refresh = refresh,
    .resize = mounted_resize,
    .reserve = mounted_reserve,
    .synchronise = mounted_synchronise,
    .change_mode = mounted_change_mode,
    .change_times = mounted_change_times,
    .can_synchronise = true,
};

/* ---- Opening ---- */

static int ask_open(const struct fs_place *place, int flags, uint32_t mode)
{
    char buffer[SEALED_PATH_MAX];
    const char *path;
    const int sent = SEALED_OPEN_ACCESS_MASK | SEALED_OPEN_CREATE | SEALED_OPEN_EXCLUSIVE | SEALED_OPEN_TRUNCATE;
    int error = fs_mount_path(place->parent, place->name, place->name_length, buffer, &path);
    if (error)
        return error;
    cordon_broker_writer *arguments = broker_begin(CORDON_BROKER_FS_OPEN);
    cordon_broker_put_integer(arguments, fs_mount_of(place->parent)->id);
    cordon_broker_put_bytes(arguments, path, strlen(path));
    cordon_broker_put_integer(arguments, flags & sent);
    cordon_broker_put_integer(arguments, mode & SEALED_MODE_PERMISSIONS);
    return broker_ask();
}

static void close_handle(int64_t handle)
{
    cordon_broker_put_integer(broker_begin(CORDON_BROKER_FS_CLOSE), handle);
    (void)broker_ask();
}

int fs_mount_open(struct fs_place *place, int flags, uint32_t mode)
{
    const int kept = SEALED_OPEN_ACCESS_MASK | SEALED_OPEN_APPEND | SEALED_OPEN_NONBLOCK;
    int error = ask_open(place, flags, mode);
    if (error)
        return error;
    int64_t handle = broker_take_integer();
    if (!broker_is_complete())
        return -SEALED_EIO;
    struct fs_inode *inode = fs_mount_intern(place->parent, place->name, place->name_length, &error);
    struct open_file *file = inode ? open_file_create(&open_file_kind_mounted, inode, (uint32_t)(flags & kept)) : NULL;
    if (inode)
        fs_inode_release(inode);
    if (!file) {
        close_handle(handle);
        return error ? error : -SEALED_ENOMEM;
    }
    file->handle = handle;
    int descriptor = descriptor_install(file, 0, flags & SEALED_OPEN_CLOSE_ON_EXEC);
    if (descriptor < 0)
        open_file_release(file);
    return descriptor;
}
