/* Files by path: libc's signatures on host_env/fs.h. Streams of directories are in directory.c, extended attributes in xattr.c. */
#include "bind_internal.h"
#include "bindings/bind.h"
#include "host_env/fs.h"
#include "prototypes.h"

_Static_assert(HOST_AT_CWD == AT_FDCWD, "directory descriptors pass through unchanged");

/* A mode is given only if the call can create a file. */
static bool can_create(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

static int open_at(int directory, const char *path, int flags, mode_t mode)
{
    int fd;
    return BIND(fs_open, directory, path, flags, mode, &fd) == 0 ? fd : -1;
}

BIND_HOT int cordon_bind_open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (can_create(flags)) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return open_at(AT_FDCWD, path, flags, mode);
}

BIND_HOT int cordon_bind_openat(int directory, const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (can_create(flags)) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return open_at(directory, path, flags, mode);
}

void bind_stat_fill(struct stat *stat_out, const host_file_status *status)
{
    *stat_out = (struct stat){
        .st_dev = status->device,
        .st_ino = status->inode,
        .st_mode = status->mode,
        .st_nlink = status->link_count,
        .st_uid = status->uid,
        .st_gid = status->gid,
        .st_rdev = status->device_special,
        .st_size = status->size_bytes,
        .st_blksize = status->block_size_bytes,
        .st_blocks = status->blocks_512,
        .st_atim = { status->access_time_s, status->access_time_ns },
        .st_mtim = { status->modify_time_s, status->modify_time_ns },
        .st_ctim = { status->change_time_s, status->change_time_ns },
    };
}

BIND_HOT int cordon_bind_fstatat(int directory, const char *restrict path, struct stat *restrict stat_out, int flags)
{
    host_file_status own, *status = bind_stat_room(stat_out, &own);
    if (BIND(fs_stat, directory, path, flags, status) != 0) return -1;
    bind_stat_take(stat_out, status);
    return 0;
}

BIND_HOT int cordon_bind_stat(const char *restrict path, struct stat *restrict stat_out) { return cordon_bind_fstatat(AT_FDCWD, path, stat_out, 0); }
int cordon_bind_lstat(const char *restrict path, struct stat *restrict stat_out) { return cordon_bind_fstatat(AT_FDCWD, path, stat_out, AT_SYMLINK_NOFOLLOW); }

int cordon_bind_faccessat(int directory, const char *path, int mode, int flags) { return BIND(fs_access, directory, path, mode, flags); }
int cordon_bind_access(const char *path, int mode) { return BIND(fs_access, AT_FDCWD, path, mode, 0); }

ssize_t cordon_bind_readlinkat(int directory, const char *restrict path, char *restrict target_out, size_t size)
{
    size_t length;
    return BIND(fs_readlink, directory, path, target_out, size, &length) == 0 ? (ssize_t)length : -1;
}

ssize_t cordon_bind_readlink(const char *restrict path, char *restrict target_out, size_t size)
{
    return cordon_bind_readlinkat(AT_FDCWD, path, target_out, size);
}

char *cordon_bind_realpath(const char *restrict path, char *restrict path_out)
{
    char resolved[PATH_MAX];
    if (BIND(fs_realpath, path, resolved, sizeof resolved) != 0) {
        if (errno == ERANGE) errno = ENAMETOOLONG;
        return NULL;
    }
    return path_out == NULL ? strdup(resolved) : strcpy(path_out, resolved);
}

void bind_statvfs_fill(struct statvfs *status_out, const host_file_system_status *status)
{
    *status_out = (struct statvfs){
        .f_bsize = status->block_size_bytes,
        .f_frsize = status->fragment_size_bytes,
        .f_blocks = status->blocks,
        .f_bfree = status->blocks_free,
        .f_bavail = status->blocks_available,
        .f_files = status->files,
        .f_ffree = status->files_free,
        .f_favail = status->files_available,
        .f_fsid = status->file_system_id,
        .f_flag = status->flags,
        .f_namemax = status->name_bytes_max,
    };
}

int cordon_bind_statvfs(const char *restrict path, struct statvfs *restrict status_out)
{
    host_file_system_status status;
    if (BIND(fs_statvfs, path, &status) != 0) return -1;
    bind_statvfs_fill(status_out, &status);
    return 0;
}

long cordon_bind_pathconf(const char *path, int name)
{
    int64_t value;
    return BIND(fs_pathconf, path, name, &value) == 0 ? value : -1;
}

int cordon_bind_mkdirat(int directory, const char *path, mode_t mode) { return BIND(fs_mkdir, directory, path, mode); }
int cordon_bind_mkdir(const char *path, mode_t mode) { return BIND(fs_mkdir, AT_FDCWD, path, mode); }
int cordon_bind_mkfifoat(int directory, const char *path, mode_t mode) { return BIND(fs_mkfifo, directory, path, mode); }
int cordon_bind_mkfifo(const char *path, mode_t mode) { return BIND(fs_mkfifo, AT_FDCWD, path, mode); }
int cordon_bind_mknodat(int directory, const char *path, mode_t mode, dev_t device) { return BIND(fs_mknod, directory, path, mode, device); }
int cordon_bind_mknod(const char *path, mode_t mode, dev_t device) { return BIND(fs_mknod, AT_FDCWD, path, mode, device); }

int cordon_bind_linkat(int directory, const char *path, int new_directory, const char *new_path, int flags)
{
    return BIND(fs_link, directory, path, new_directory, new_path, flags);
}

int cordon_bind_link(const char *path, const char *new_path) { return BIND(fs_link, AT_FDCWD, path, AT_FDCWD, new_path, 0); }
int cordon_bind_symlinkat(const char *target, int directory, const char *path) { return BIND(fs_symlink, target, directory, path); }
int cordon_bind_symlink(const char *target, const char *path) { return BIND(fs_symlink, target, AT_FDCWD, path); }
int cordon_bind_unlinkat(int directory, const char *path, int flags) { return BIND(fs_unlink, directory, path, flags); }
int cordon_bind_unlink(const char *path) { return BIND(fs_unlink, AT_FDCWD, path, 0); }
int cordon_bind_rmdir(const char *path) { return BIND(fs_unlink, AT_FDCWD, path, AT_REMOVEDIR); }

int cordon_bind_renameat(int directory, const char *path, int new_directory, const char *new_path)
{
    return BIND(fs_rename, directory, path, new_directory, new_path, 0);
}

int cordon_bind_rename(const char *path, const char *new_path) { return BIND(fs_rename, AT_FDCWD, path, AT_FDCWD, new_path, 0); }

int cordon_bind_fchmodat(int directory, const char *path, mode_t mode, int flags) { return BIND(fs_chmod, directory, path, mode, flags); }
int cordon_bind_chmod(const char *path, mode_t mode) { return BIND(fs_chmod, AT_FDCWD, path, mode, 0); }

int cordon_bind_fchownat(int directory, const char *path, uid_t uid, gid_t gid, int flags) { return BIND(fs_chown, directory, path, uid, gid, flags); }
int cordon_bind_chown(const char *path, uid_t uid, gid_t gid) { return BIND(fs_chown, AT_FDCWD, path, uid, gid, 0); }
int cordon_bind_lchown(const char *path, uid_t uid, gid_t gid) { return BIND(fs_chown, AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW); }

int cordon_bind_utimensat(int directory, const char *path, const struct timespec times[2], int flags)
{
    host_file_time pair[2];
    return BIND(fs_utimens, directory, path, bind_file_times(times, pair), flags);
}

int cordon_bind_utimes(const char *path, const struct timeval times[2])
{
    if (times == NULL) return cordon_bind_utimensat(AT_FDCWD, path, NULL, 0);
    struct timespec fine[2];
    for (int i = 0; i < 2; i++) {
        if (times[i].tv_usec < 0 || times[i].tv_usec >= 1000000) {
            errno = EINVAL;
            return -1;
        }
        fine[i] = (struct timespec){ times[i].tv_sec, times[i].tv_usec * 1000 };
    }
    return cordon_bind_utimensat(AT_FDCWD, path, fine, 0);
}

int cordon_bind_truncate(const char *path, off_t size) { return BIND(fs_truncate, path, size); }
int cordon_bind_chdir(const char *path) { return BIND(fs_chdir, path); }
int cordon_bind_fchdir(int fd) { return BIND(fs_fchdir, fd); }
int cordon_bind_chroot(const char *path) { return BIND(fs_chroot, path); }
void cordon_bind_sync(void) { (void)BIND_PLAIN(fs_sync); }

/* A working directory beneath no root is, to the program, not there: Python's importer goes on without it then, as after a removed one. */
static int current_directory(char *path_out, size_t size)
{
    host_error error;
    host_status status = host_fs_getcwd(bind_host(), path_out, size, &error);
    if (status == HOST_OK) return 0;
    if (status != HOST_OUTSIDE_ROOT) return bind_fail(&error);
    errno = ENOENT;
    return -1;
}

char *cordon_bind_getcwd(char *path_out, size_t size)
{
    if (path_out != NULL) return current_directory(path_out, size) == 0 ? path_out : NULL;
    char path[PATH_MAX];
    return current_directory(path, sizeof path) == 0 ? strdup(path) : NULL;
}

/* umask(2) cannot fail; a refused one changes nothing and tells the mask that most processes have. */
mode_t cordon_bind_umask(mode_t mask)
{
    uint32_t old;
    return BIND(fs_umask, mask, &old) == 0 ? old : 022;
}
