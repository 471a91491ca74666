/* Opens, deletes and looks for SQLite's files, and gives it time and randomness; hides POSIX from SQLite. */
#include "sqlite_vfs.h"
#include "sqlite_vfs_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DEFAULT_PERMISSIONS = 0644, TEMPORARY_PERMISSIONS = 0600, FIRST_USABLE_DESCRIPTOR = 3 };

/* SQLite counts milliseconds from noon, 24 November 4714 BC. */
static const sqlite3_int64 julian_epoch_ms = (sqlite3_int64)24405875 * 8640000;

void vfs_lock_nodes(void)
{
    sqlite3_mutex_enter(sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_VFS1));
}

void vfs_unlock_nodes(void)
{
    sqlite3_mutex_leave(sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_VFS1));
}

int vfs_error_of_lock(int error_number, int otherwise)
{
    switch (error_number) {
    case EACCES:
    case EAGAIN:
    case EBUSY:
    case EINTR:
    case ENOLCK:
    case ETIMEDOUT:
        return SQLITE_BUSY;
    case EPERM:
        return SQLITE_PERM;
    default:
        return otherwise;
    }
}

int vfs_open_descriptor(const char *path, int flags, mode_t mode)
{
    int descriptor, moved;
    do {
        descriptor = open(path, flags | O_CLOEXEC, mode);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0 || descriptor >= FIRST_USABLE_DESCRIPTOR)
        return descriptor;
    /* A database on descriptor 2 would be overwritten by the next message to stderr. */
    moved = fcntl(descriptor, F_DUPFD_CLOEXEC, FIRST_USABLE_DESCRIPTOR);
    vfs_close_descriptor(descriptor);
    return moved;
}

void vfs_close_descriptor(int descriptor)
{
    /* Linux frees the number even when close() is interrupted, so there is nothing to repeat. */
    if (close(descriptor) != 0)
        sqlite3_log(SQLITE_IOERR_CLOSE, "close(%d): errno %d", descriptor, errno);
}

int vfs_synchronise_directory(const char *path)
{
    char folder[VFS_PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t size = slash ? (size_t)(slash - path) : 0;
    int descriptor, result;

    if (size >= sizeof folder)
        return SQLITE_CANTOPEN;
    memcpy(folder, path, size);
    folder[size] = '\0';
    /* A folder that may be written but not opened is common enough; the file itself is durable then, its name soon. */
    descriptor = vfs_open_descriptor(size ? folder : (slash ? "/" : "."), O_RDONLY, 0);
    if (descriptor < 0)
        return SQLITE_OK;
    result = fsync(descriptor) == 0 ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
    vfs_close_descriptor(descriptor);
    return result;
}

/* ---- permissions of new files ---- */

struct permissions {
    mode_t mode; /* 0: none of its own; the default less the mask */
    uid_t user;
    gid_t group;
};

static bool permissions_of(const char *path, struct permissions *permissions_out)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return false;
    permissions_out->mode = status.st_mode & 0777;
    permissions_out->user = status.st_uid;
    permissions_out->group = status.st_gid;
    return true;
}

/* A journal gets what its database has: whoever may open the one must be able to roll back with the other. */
static bool permissions_of_database(const char *journal, struct permissions *permissions_out)
{
    char database[VFS_PATH_MAX];
    const char *dash = strrchr(journal, '-');
    if (!dash || (size_t)(dash - journal) >= sizeof database || strchr(dash, '/'))
        return true;
    memcpy(database, journal, (size_t)(dash - journal));
    database[dash - journal] = '\0';
    return permissions_of(database, permissions_out);
}

static int choose_permissions(const char *path, int flags, struct permissions *permissions_out)
{
    const char *model;
    *permissions_out = (struct permissions){0};
    if (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL))
        return permissions_of_database(path, permissions_out) ? SQLITE_OK : SQLITE_IOERR_FSTAT;
    if (flags & SQLITE_OPEN_DELETEONCLOSE) {
        permissions_out->mode = TEMPORARY_PERMISSIONS;
    } else if ((flags & SQLITE_OPEN_URI) && (model = sqlite3_uri_parameter(path, "modeof"))) {
        return permissions_of(model, permissions_out) ? SQLITE_OK : SQLITE_IOERR_FSTAT;
    }
    return SQLITE_OK;
}

/* The mask may have taken bits away that the database has. Only a file without content is surely a new one. */
static void apply_permissions(int descriptor, int flags, const struct permissions *permissions)
{
    struct stat status;
    if (permissions->mode != 0 && fstat(descriptor, &status) == 0 && status.st_size == 0 &&
        (status.st_mode & 0777) != permissions->mode)
        (void)!fchmod(descriptor, permissions->mode);
    if ((flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) && permissions->mode != 0 && geteuid() == 0)
        (void)!fchown(descriptor, permissions->user, permissions->group);
}

/* ---- opening ---- */

static int posix_flags(int flags)
{
    /* Names are resolved before; a link that appears since then is somebody's trap. */
    int result = O_NOFOLLOW;
    result |= (flags & SQLITE_OPEN_READWRITE) ? O_RDWR : O_RDONLY;
    if (flags & SQLITE_OPEN_CREATE)
        result |= O_CREAT;
    if (flags & SQLITE_OPEN_EXCLUSIVE)
        result |= O_EXCL;
    return result;
}

static bool is_new_journal(int flags)
{
    return (flags & SQLITE_OPEN_CREATE) &&
           (flags & (SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL));
}

/* Opens for writing, else for reading, as SQLite's callers expect; *flags then says which it became. */
static int open_for(struct vfs_file *file, const char *path, int *flags)
{
    struct permissions permissions;
    int result = choose_permissions(path, *flags, &permissions);
    mode_t mode = permissions.mode ? permissions.mode : DEFAULT_PERMISSIONS;

    if (result != SQLITE_OK)
        return result;
    file->open_flags = posix_flags(*flags);
    file->descriptor = vfs_open_descriptor(path, file->open_flags, mode);
    if (file->descriptor < 0) {
        if (is_new_journal(*flags) && errno == EACCES && access(path, F_OK) != 0)
            return SQLITE_READONLY_DIRECTORY;
        if (errno == EISDIR || !(*flags & SQLITE_OPEN_READWRITE))
            return SQLITE_CANTOPEN;
        *flags = (*flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
        file->open_flags = posix_flags(*flags);
        file->descriptor = vfs_open_descriptor(path, file->open_flags, mode);
        if (file->descriptor < 0)
            return SQLITE_CANTOPEN;
    }
    if (file->open_flags & O_RDWR)
        apply_permissions(file->descriptor, *flags, &permissions);
    return SQLITE_OK;
}

/* A database: its descriptor may be one that an earlier connection had to leave open. */
static int open_database(struct vfs_file *file, const char *path, int *flags)
{
    int result;
    vfs_lock_nodes();
    file->open_flags = posix_flags(*flags);
    file->descriptor = vfs_node_reuse_parked(path, file->open_flags, &file->spare);
    vfs_unlock_nodes();
    if (file->descriptor < 0) {
        file->spare = sqlite3_malloc(sizeof *file->spare);
        if (!file->spare)
            return SQLITE_NOMEM;
        result = open_for(file, path, flags);
        if (result != SQLITE_OK) {
            sqlite3_free(file->spare);
            return result;
        }
    }
    vfs_lock_nodes();
    result = vfs_node_acquire(file->descriptor, &file->node);
    vfs_unlock_nodes();
    if (result != SQLITE_OK) {
        vfs_close_descriptor(file->descriptor);
        sqlite3_free(file->spare);
    }
    return result;
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *flags_out)
{
    struct vfs_file *file = (struct vfs_file *)base;
    bool is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    char temporary[VFS_PATH_MAX + 2];
    int result;

    (void)vfs;
    memset(file, 0, sizeof *file);
    file->descriptor = -1;
    file->path = path;
    if (!path) {
        result = vfs_temporary_name(temporary, sizeof temporary);
        if (result != SQLITE_OK)
            return result;
        path = temporary;
    }
    result = is_database ? open_database(file, path, &flags) : open_for(file, path, &flags);
    if (result != SQLITE_OK) {
        if (result == SQLITE_CANTOPEN)
            sqlite3_log(SQLITE_CANTOPEN, "open(%s): errno %d", path, errno);
        return result;
    }
    if (flags & SQLITE_OPEN_DELETEONCLOSE)
        unlink(path);
    file->is_read_only = (flags & SQLITE_OPEN_READONLY) != 0;
    file->must_synchronise_directory = is_new_journal(flags);
    file->power_safe_overwrite = is_database && sqlite3_uri_boolean(path, "psow", 1);
    file->base.pMethods = is_database ? &vfs_database_methods : &vfs_plain_methods;
    if (flags_out)
        *flags_out = flags;
    return SQLITE_OK;
}

/* ---- names ---- */

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int synchronise_directory)
{
    (void)vfs;
    if (unlink(path) != 0)
        return errno == ENOENT ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
    return synchronise_directory & 1 ? vfs_synchronise_directory(path) : SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int what, int *answer_out)
{
    struct stat status;
    (void)vfs;
    if (what == SQLITE_ACCESS_EXISTS) /* an empty journal is as good as none */
        *answer_out = stat(path, &status) == 0 && (!S_ISREG(status.st_mode) || status.st_size > 0);
    else
        *answer_out = access(path, what == SQLITE_ACCESS_READWRITE ? W_OK | R_OK : R_OK) == 0;
    return SQLITE_OK;
}

/* ---- time and chance ---- */

static int vfs_current_time_ms(sqlite3_vfs *vfs, sqlite3_int64 *julian_ms_out)
{
    struct timespec now = {0};
    (void)vfs;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return SQLITE_ERROR;
    *julian_ms_out = julian_epoch_ms + (sqlite3_int64)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    return SQLITE_OK;
}

static int vfs_current_time(sqlite3_vfs *vfs, double *julian_days_out)
{
    sqlite3_int64 julian_ms = 0;
    int result = vfs_current_time_ms(vfs, &julian_ms);
    *julian_days_out = (double)julian_ms / 86400000.0;
    return result;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    struct timespec left = {.tv_sec = microseconds / 1000000, .tv_nsec = (long)(microseconds % 1000000) * 1000};
    (void)vfs;
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
    return microseconds;
}

/* SQLite seeds its own generator with this, for row ids and temporary names, not for secrets; so a refusal is no reason to fail. */
static int vfs_randomness(sqlite3_vfs *vfs, int size_bytes, char *bytes_out)
{
    sqlite3_int64 mixed = 0;
    size_t size = size_bytes > 0 ? (size_t)size_bytes : 0, done = 0;
    while (done < size) {
        ssize_t got = getrandom(bytes_out + done, size - done, 0);
        if (got > 0)
            done += (size_t)got;
        else if (got == 0 || errno != EINTR)
            break;
    }
    if (done == size)
        return size_bytes;
    memset(bytes_out + done, 0, size - done);
    vfs_current_time_ms(vfs, &mixed);
    mixed ^= (sqlite3_int64)getpid() << 32;
    memcpy(bytes_out, &mixed, sizeof mixed < size ? sizeof mixed : size);
    return size_bytes;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size_bytes, char *text_out)
{
    (void)vfs;
    (void)size_bytes;
    (void)text_out;
    return errno;
}

/* ---- registration ---- */

static sqlite3_vfs cordon_vfs = {
    .iVersion = 2,
    .szOsFile = sizeof(struct vfs_file),
    .mxPathname = VFS_PATH_MAX - 1,
    .zName = "cordon",
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_full_path,
    .xRandomness = vfs_randomness,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_current_time,
    .xGetLastError = vfs_last_error,
    .xCurrentTimeInt64 = vfs_current_time_ms,
};
static sqlite3_vfs unix_vfs; /* the same under the name that programs know */

static bool may_stay(const sqlite3_vfs *vfs)
{
    return vfs == &cordon_vfs || vfs == &unix_vfs || strcmp(vfs->zName, "memdb") == 0;
}

/* memdb keeps data in memory, but asks the VFS that was the default at start for randomness, time and extensions. */
static void redirect_memory_databases(const sqlite3_vfs *former_default)
{
    sqlite3_vfs *memory = sqlite3_vfs_find("memdb");
    if (!memory || memory->pAppData == &cordon_vfs)
        return;
    if (memory->pAppData == former_default)
        memory->pAppData = &cordon_vfs;
    else
        sqlite3_vfs_unregister(memory); /* another SQLite than we know: rather without it */
}

int bind_sqlite_vfs_register(void)
{
    sqlite3_vfs *former_default = sqlite3_vfs_find(NULL), *vfs;
    int result;

    vfs_add_loading(&cordon_vfs);
    sqlite3_vfs_unregister(&unix_vfs); /* from an earlier call: its link into SQLite's list is overwritten next */
    unix_vfs = cordon_vfs;
    unix_vfs.zName = "unix";
    redirect_memory_databases(former_default);
    for (vfs = sqlite3_vfs_find(NULL); vfs; vfs = vfs ? vfs->pNext : sqlite3_vfs_find(NULL)) {
        if (!may_stay(vfs)) {
            sqlite3_vfs_unregister(vfs);
            vfs = NULL; /* the list has changed: from the start */
        }
    }
    result = sqlite3_vfs_register(&cordon_vfs, 1);
    return result == SQLITE_OK ? sqlite3_vfs_register(&unix_vfs, 0) : result;
}
