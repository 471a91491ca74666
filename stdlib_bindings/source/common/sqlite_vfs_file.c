/* Reads, writes and measures one of SQLite's files; hides short reads, interruptions and growth in steps. */
#include "sqlite_vfs_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR_SIZE_BYTES = 4096 };

static int fail_io(struct vfs_file *file, int result)
{
    file->last_errno = errno;
    return result;
}

static int file_close(sqlite3_file *base)
{
    struct vfs_file *file = (struct vfs_file *)base;
    if (file->shm)
        vfs_shm_unmap(base, 0);
    if (file->node) {
        vfs_file_unlock(base, SQLITE_LOCK_NONE);
        vfs_lock_nodes();
        vfs_node_let_go_of_descriptor(file);
        vfs_node_release(file->node);
        vfs_unlock_nodes();
    } else if (file->descriptor >= 0) {
        vfs_close_descriptor(file->descriptor);
    }
    memset(file, 0, sizeof *file);
    file->descriptor = -1;
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *buffer, int size_bytes, sqlite3_int64 offset)
{
    struct vfs_file *file = (struct vfs_file *)base;
    int done = 0;
    while (done < size_bytes) {
        ssize_t got = pread(file->descriptor, (char *)buffer + done, (size_t)(size_bytes - done), offset + done);
        if (got == 0)
            break;
        if (got > 0)
            done += (int)got;
        else if (errno != EINTR)
            return fail_io(file, SQLITE_IOERR_READ);
    }
    if (done == size_bytes)
        return SQLITE_OK;
    file->last_errno = 0;
    /* SQLite relies on zeros behind the end. */
    memset((char *)buffer + done, 0, (size_t)(size_bytes - done));
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *data, int size_bytes, sqlite3_int64 offset)
{
    struct vfs_file *file = (struct vfs_file *)base;
    int done = 0;
    while (done < size_bytes) {
        ssize_t put = pwrite(file->descriptor, (const char *)data + done, (size_t)(size_bytes - done), offset + done);
        if (put > 0)
            done += (int)put;
        else if (put == 0)
            return SQLITE_FULL;
        else if (errno != EINTR)
            return errno == ENOSPC || errno == EDQUOT ? fail_io(file, SQLITE_FULL) : fail_io(file, SQLITE_IOERR_WRITE);
    }
    return SQLITE_OK;
}

static sqlite3_int64 round_up(const struct vfs_file *file, sqlite3_int64 size_bytes)
{
    if (file->chunk_size_bytes <= 0)
        return size_bytes;
    return (size_bytes + file->chunk_size_bytes - 1) / file->chunk_size_bytes * file->chunk_size_bytes;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size_bytes)
{
    struct vfs_file *file = (struct vfs_file *)base;
    int result;
    do {
        result = ftruncate(file->descriptor, round_up(file, size_bytes));
    } while (result != 0 && errno == EINTR);
    return result == 0 ? SQLITE_OK : fail_io(file, SQLITE_IOERR_TRUNCATE);
}

static int file_synchronise(sqlite3_file *base, int flags)
{
    struct vfs_file *file = (struct vfs_file *)base;
    int result = flags & SQLITE_SYNC_DATAONLY ? fdatasync(file->descriptor) : fsync(file->descriptor);
    if (result != 0)
        return fail_io(file, SQLITE_IOERR_FSYNC);
    if (!file->must_synchronise_directory || !file->path)
        return SQLITE_OK;
    file->must_synchronise_directory = false;
    return vfs_synchronise_directory(file->path);
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size_out)
{
    struct vfs_file *file = (struct vfs_file *)base;
    struct stat status;
    if (fstat(file->descriptor, &status) != 0)
        return fail_io(file, SQLITE_IOERR_FSTAT);
    *size_out = status.st_size;
    return SQLITE_OK;
}

/* ---- the many small questions ---- */

static int grow_in_steps(struct vfs_file *file, sqlite3_int64 size_bytes)
{
    sqlite3_int64 present, wanted = round_up(file, size_bytes);
    int result = file_size(&file->base, &present);
    if (result != SQLITE_OK || file->chunk_size_bytes <= 0 || wanted <= present)
        return result;
    do {
        result = posix_fallocate(file->descriptor, present, wanted - present);
    } while (result == EINTR);
    return result == ENOSPC ? SQLITE_FULL : result == 0 || result == EINVAL || result == EOPNOTSUPP ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

static bool has_moved(const struct vfs_file *file)
{
    struct stat status;
    return file->node && file->path &&
           (stat(file->path, &status) != 0 || status.st_ino != file->node->inode || status.st_dev != file->node->device);
}

/* SQLite's convention: a negative value asks, 0 and 1 set; the answer is written back. */
static void answer_flag(bool *flag, int *value)
{
    if (*value < 0)
        *value = *flag;
    else
        *flag = *value != 0;
}

static int temporary_name(char **name_out)
{
    char name[VFS_PATH_MAX + 2];
    int result = vfs_temporary_name(name, sizeof name);
    *name_out = result == SQLITE_OK ? sqlite3_mprintf("%s", name) : NULL;
    return result != SQLITE_OK ? result : *name_out ? SQLITE_OK : SQLITE_NOMEM;
}

static int file_control(sqlite3_file *base, int operation, void *argument)
{
    struct vfs_file *file = (struct vfs_file *)base;
    switch (operation) {
    case SQLITE_FCNTL_LOCKSTATE:
        *(int *)argument = file->level;
        return SQLITE_OK;
    case SQLITE_FCNTL_LAST_ERRNO:
        *(int *)argument = file->last_errno;
        return SQLITE_OK;
    case SQLITE_FCNTL_CHUNK_SIZE:
        file->chunk_size_bytes = *(int *)argument;
        return SQLITE_OK;
    case SQLITE_FCNTL_SIZE_HINT:
        return grow_in_steps(file, *(sqlite3_int64 *)argument);
    case SQLITE_FCNTL_PERSIST_WAL:
        answer_flag(&file->keeps_wal, argument);
        return SQLITE_OK;
    case SQLITE_FCNTL_POWERSAFE_OVERWRITE:
        answer_flag(&file->power_safe_overwrite, argument);
        return SQLITE_OK;
    case SQLITE_FCNTL_VFSNAME:
        *(char **)argument = sqlite3_mprintf("cordon");
        return SQLITE_OK;
    case SQLITE_FCNTL_TEMPFILENAME:
        return temporary_name(argument);
    case SQLITE_FCNTL_HAS_MOVED:
        *(int *)argument = has_moved(file);
        return SQLITE_OK;
    default:
        return SQLITE_NOTFOUND;
    }
}

static int file_sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR_SIZE_BYTES;
}

static int file_characteristics(sqlite3_file *base)
{
    return ((struct vfs_file *)base)->power_safe_overwrite ? SQLITE_IOCAP_POWERSAFE_OVERWRITE : 0;
}

/* Journals and temporary files belong to one connection. */
static int plain_lock(sqlite3_file *base, int level)
{
    (void)base;
    (void)level;
    return SQLITE_OK;
}

static int plain_check_reserved(sqlite3_file *base, int *is_reserved_out)
{
    (void)base;
    *is_reserved_out = 0;
    return SQLITE_OK;
}

#define COMMON_METHODS                                                                                                                     \
    .xClose = file_close, .xRead = file_read, .xWrite = file_write, .xTruncate = file_truncate, .xSync = file_synchronise,                 \
    .xFileSize = file_size, .xFileControl = file_control, .xSectorSize = file_sector_size,                                                 \
    .xDeviceCharacteristics = file_characteristics

const sqlite3_io_methods vfs_database_methods = {
    .iVersion = 2,
    COMMON_METHODS,
    .xLock = vfs_file_lock,
    .xUnlock = vfs_file_unlock,
    .xCheckReservedLock = vfs_file_check_reserved,
    .xShmMap = vfs_shm_map,
    .xShmLock = vfs_shm_lock,
    .xShmBarrier = vfs_shm_barrier,
    .xShmUnmap = vfs_shm_unmap,
};

const sqlite3_io_methods vfs_plain_methods = {
    .iVersion = 1,
    COMMON_METHODS,
    .xLock = plain_lock,
    .xUnlock = plain_lock,
    .xCheckReservedLock = plain_check_reserved,
};
