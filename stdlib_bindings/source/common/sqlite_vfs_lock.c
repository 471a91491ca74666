/* SQLite's file locks; hides that POSIX locks belong to a process and vanish when it closes any descriptor of the file.
 *
 * Three byte ranges at the offset where SQLite never stores a page, the same as every other SQLite uses, so that unrelated programs exclude
 * each other: PENDING (a writer waits, no new readers), RESERVED (one will write), SHARED (readers; a writer takes all of it).
 * Between connections of one process such locks do nothing; there the counts in struct vfs_node decide. */
#include "sqlite_vfs_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { LOCK_PENDING_LEVEL = 3 }; /* SQLITE_LOCK_PENDING, which SQLite never asks for but which stays after a failed EXCLUSIVE */

struct byte_range {
    off_t start, length;
};
static const struct byte_range pending_byte = {0x40000000, 1};
static const struct byte_range reserved_byte = {0x40000001, 1};
static const struct byte_range pending_and_reserved = {0x40000000, 2};
static const struct byte_range shared_range = {0x40000002, 510};
static const struct byte_range whole_file = {0, 0};

static struct vfs_node *nodes; /* all files that are open as databases; guarded by vfs_lock_nodes */

static int set_lock(struct vfs_file *file, short type, struct byte_range range)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = range.start, .l_len = range.length};
    int result;
    do {
        result = fcntl(file->descriptor, F_SETLK, &lock);
    } while (result != 0 && errno == EINTR);
    if (result != 0)
        file->last_errno = errno;
    return result;
}

static int set_lock_or(struct vfs_file *file, short type, struct byte_range range, int failure)
{
    return set_lock(file, type, range) == 0 ? SQLITE_OK : vfs_error_of_lock(file->last_errno, failure);
}

/* ---- taking ---- */

/* The first reader of this process. PENDING is taken for a moment, so that a waiting writer is not starved by new readers. */
static int take_shared(struct vfs_file *file)
{
    int result = set_lock_or(file, F_RDLCK, pending_byte, SQLITE_IOERR_LOCK);
    if (result != SQLITE_OK)
        return result;
    result = set_lock_or(file, F_RDLCK, shared_range, SQLITE_IOERR_LOCK);
    if (set_lock(file, F_UNLCK, pending_byte) != 0 && result == SQLITE_OK)
        result = SQLITE_IOERR_UNLOCK;
    if (result != SQLITE_OK)
        return result;
    file->node->shared_count = 1;
    file->node->lock_count++;
    return SQLITE_OK;
}

static int take_exclusive(struct vfs_file *file)
{
    if (file->level == SQLITE_LOCK_RESERVED) {
        int result = set_lock_or(file, F_WRLCK, pending_byte, SQLITE_IOERR_LOCK);
        if (result != SQLITE_OK)
            return result;
        file->level = file->node->level = LOCK_PENDING_LEVEL;
    }
    if (file->node->shared_count > 1) /* readers of this process, which the range lock would not see */
        return SQLITE_BUSY;
    return set_lock_or(file, F_WRLCK, shared_range, SQLITE_IOERR_LOCK);
}

static int take(struct vfs_file *file, int level)
{
    struct vfs_node *node = file->node;
    int result;

    if (file->level != node->level && (node->level >= LOCK_PENDING_LEVEL || level > SQLITE_LOCK_SHARED))
        return SQLITE_BUSY; /* another connection of this process is in the way */
    if (level == SQLITE_LOCK_SHARED && (node->level == SQLITE_LOCK_SHARED || node->level == SQLITE_LOCK_RESERVED)) {
        file->level = SQLITE_LOCK_SHARED;
        node->shared_count++;
        node->lock_count++;
        return SQLITE_OK;
    }
    if (level == SQLITE_LOCK_SHARED)
        result = take_shared(file);
    else if (level == SQLITE_LOCK_RESERVED)
        result = set_lock_or(file, F_WRLCK, reserved_byte, SQLITE_IOERR_LOCK);
    else
        result = take_exclusive(file);
    if (result == SQLITE_OK)
        file->level = node->level = level;
    return result;
}

int vfs_file_lock(sqlite3_file *base, int level)
{
    struct vfs_file *file = (struct vfs_file *)base;
    int result;
    if (file->level >= level)
        return SQLITE_OK;
    vfs_lock_nodes();
    result = take(file, level);
    vfs_unlock_nodes();
    return result;
}

/* ---- giving back ---- */

static void close_parked(struct vfs_node *node)
{
    while (node->parked) {
        struct vfs_parked *parked = node->parked;
        node->parked = parked->next;
        vfs_close_descriptor(parked->descriptor);
        sqlite3_free(parked);
    }
}

static int stop_writing(struct vfs_file *file, int level)
{
    /* Readers back first, so that no other writer can slip between. */
    if (level == SQLITE_LOCK_SHARED && set_lock(file, F_RDLCK, shared_range) != 0)
        return SQLITE_IOERR_RDLOCK;
    if (set_lock(file, F_UNLCK, pending_and_reserved) != 0)
        return SQLITE_IOERR_UNLOCK;
    file->node->level = SQLITE_LOCK_SHARED;
    return SQLITE_OK;
}

static int stop_reading(struct vfs_file *file)
{
    struct vfs_node *node = file->node;
    int result = SQLITE_OK;
    if (--node->shared_count == 0) {
        if (set_lock(file, F_UNLCK, whole_file) != 0)
            result = SQLITE_IOERR_UNLOCK;
        node->level = SQLITE_LOCK_NONE;
    }
    if (--node->lock_count == 0)
        close_parked(node);
    return result;
}

int vfs_file_unlock(sqlite3_file *base, int level)
{
    struct vfs_file *file = (struct vfs_file *)base;
    int result = SQLITE_OK;
    if (file->level <= level)
        return SQLITE_OK;
    vfs_lock_nodes();
    if (file->level > SQLITE_LOCK_SHARED)
        result = stop_writing(file, level);
    if (result == SQLITE_OK && level == SQLITE_LOCK_NONE)
        result = stop_reading(file);
    if (result == SQLITE_OK || level == SQLITE_LOCK_NONE)
        file->level = level;
    vfs_unlock_nodes();
    return result;
}

int vfs_file_check_reserved(sqlite3_file *base, int *is_reserved_out)
{
    struct vfs_file *file = (struct vfs_file *)base;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = reserved_byte.start, .l_len = reserved_byte.length};
    int result = SQLITE_OK;
    vfs_lock_nodes();
    *is_reserved_out = file->node->level > SQLITE_LOCK_SHARED;
    if (!*is_reserved_out) {
        if (fcntl(file->descriptor, F_GETLK, &lock) != 0) {
            file->last_errno = errno;
            result = SQLITE_IOERR_CHECKRESERVEDLOCK;
        } else {
            *is_reserved_out = lock.l_type != F_UNLCK;
        }
    }
    vfs_unlock_nodes();
    return result;
}

/* ---- nodes ---- */

static struct vfs_node *find_node(const struct stat *status)
{
    struct vfs_node *node = nodes;
    while (node && (node->inode != status->st_ino || node->device != status->st_dev))
        node = node->next;
    return node;
}

int vfs_node_acquire(int descriptor, struct vfs_node **node_out)
{
    struct stat status;
    struct vfs_node *node;
    if (fstat(descriptor, &status) != 0)
        return SQLITE_IOERR_FSTAT;
    node = find_node(&status);
    if (!node) {
        node = sqlite3_malloc(sizeof *node);
        if (!node)
            return SQLITE_NOMEM;
        *node = (struct vfs_node){.device = status.st_dev, .inode = status.st_ino, .next = nodes};
        nodes = node;
    }
    node->references++;
    *node_out = node;
    return SQLITE_OK;
}

void vfs_node_release(struct vfs_node *node)
{
    struct vfs_node **link = &nodes;
    if (--node->references > 0)
        return;
    close_parked(node);
    while (*link != node)
        link = &(*link)->next;
    *link = node->next;
    sqlite3_free(node);
}

void vfs_node_let_go_of_descriptor(struct vfs_file *file)
{
    if (file->node->lock_count == 0) {
        vfs_close_descriptor(file->descriptor);
        sqlite3_free(file->spare);
    } else {
        *file->spare = (struct vfs_parked){.descriptor = file->descriptor, .open_flags = file->open_flags, .next = file->node->parked};
        file->node->parked = file->spare;
    }
    file->descriptor = -1;
    file->spare = NULL;
}

int vfs_node_reuse_parked(const char *path, int open_flags, struct vfs_parked **spare_out)
{
    const int decisive = O_RDWR | O_RDONLY | O_WRONLY;
    struct stat status;
    struct vfs_node *node;

    if (!nodes || (open_flags & O_EXCL) || stat(path, &status) != 0 || !(node = find_node(&status)))
        return -1;
    for (struct vfs_parked **link = &node->parked; *link; link = &(*link)->next) {
        struct vfs_parked *parked = *link;
        if ((parked->open_flags & decisive) == (open_flags & decisive)) {
            *link = parked->next;
            *spare_out = parked;
            return parked->descriptor;
        }
    }
    return -1;
}
