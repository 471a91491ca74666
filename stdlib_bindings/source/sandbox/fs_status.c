/* Hides from CPython that what a file says about itself, and who may change it, is the sealed file system's business.
 */
#define _GNU_SOURCE
#include "fs_convert.h"

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

enum { NS_PER_US = 1000, LINKS_MAX = 65000, CANONICAL_MAX = 255 };

/* --- stat --- */

int cordon_bind_fstatat(int directory, const char *restrict path, struct stat *restrict stat_out, int flags)
{
    struct sealed_status status;
    return fs_convert_status(sealed_fs_status(directory, path, flags, &status), &status, stat_out);
}

int cordon_bind_stat(const char *restrict path, struct stat *restrict stat_out)
{
    return cordon_bind_fstatat(AT_FDCWD, path, stat_out, 0);
}

int cordon_bind_lstat(const char *restrict path, struct stat *restrict stat_out)
{
    return cordon_bind_fstatat(AT_FDCWD, path, stat_out, AT_SYMLINK_NOFOLLOW);
}

int cordon_bind_fstat(int descriptor, struct stat *stat_out)
{
    struct sealed_status status;
    return fs_convert_status(sealed_descriptor_status(descriptor, &status), &status, stat_out);
}

int cordon_bind_statvfs(const char *restrict path, struct statvfs *restrict volume_out)
{
    struct sealed_volume volume;
    return fs_convert_volume(sealed_fs_volume(path, &volume), &volume, volume_out);
}

int cordon_bind_fstatvfs(int descriptor, struct statvfs *volume_out)
{
    struct sealed_volume volume;
    return fs_convert_volume(sealed_descriptor_volume(descriptor, &volume), &volume, volume_out);
}

/* --- access, mode, owner --- */

int cordon_bind_faccessat(int directory, const char *path, int access, int flags)
{
    if (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return sandbox_refuse(EINVAL);
    return (int)sandbox_result(sealed_fs_access(directory, path, access, flags));
}

int cordon_bind_access(const char *path, int access)
{
    return cordon_bind_faccessat(AT_FDCWD, path, access, 0);
}

int cordon_bind_fchmodat(int directory, const char *path, mode_t mode, int flags)
{
    if (flags & ~AT_SYMLINK_NOFOLLOW)
        return sandbox_refuse(EINVAL);
    return (int)sandbox_result(sealed_fs_change_mode(directory, path, mode, flags));
}

int cordon_bind_chmod(const char *path, mode_t mode)
{
    return cordon_bind_fchmodat(AT_FDCWD, path, mode, 0);
}

int cordon_bind_fchmod(int descriptor, mode_t mode)
{
    return (int)sandbox_result(sealed_descriptor_change_mode(descriptor, mode));
}

int cordon_bind_fchownat(int directory, const char *path, uid_t user, gid_t group, int flags)
{
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return sandbox_refuse(EINVAL);
    return (int)sandbox_result(sealed_fs_change_owner(directory, path, user, group, flags));
}

int cordon_bind_chown(const char *path, uid_t user, gid_t group)
{
    return cordon_bind_fchownat(AT_FDCWD, path, user, group, 0);
}

int cordon_bind_lchown(const char *path, uid_t user, gid_t group)
{
    return cordon_bind_fchownat(AT_FDCWD, path, user, group, AT_SYMLINK_NOFOLLOW);
}

int cordon_bind_fchown(int descriptor, uid_t user, gid_t group)
{
    return (int)sandbox_result(sealed_descriptor_change_owner(descriptor, user, group));
}

/* --- times --- */

int cordon_bind_futimens(int descriptor, const struct timespec times[2])
{
    struct sealed_time wanted[2];
    if (fs_convert_times(times, wanted))
        return -1;
    return (int)sandbox_result(sealed_descriptor_change_times(descriptor, wanted[0], wanted[1]));
}

int cordon_bind_utimensat(int directory, const char *path, const struct timespec times[2], int flags)
{
    struct sealed_time wanted[2];
    if (!path)
        return cordon_bind_futimens(directory, times);
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return sandbox_refuse(EINVAL);
    if (fs_convert_times(times, wanted))
        return -1;
    return (int)sandbox_result(sealed_fs_change_times(directory, path, wanted[0], wanted[1], flags));
}

int cordon_bind_utimes(const char *path, const struct timeval times[2])
{
    struct timespec precise[2];
    for (int i = 0; times && i < 2; i++) {
        if (times[i].tv_usec < 0 || times[i].tv_usec >= 1000000)
            return sandbox_refuse(EINVAL);
        precise[i] = (struct timespec){.tv_sec = times[i].tv_sec, .tv_nsec = times[i].tv_usec * NS_PER_US};
    }
    return cordon_bind_utimensat(AT_FDCWD, path, times ? precise : NULL, 0);
}

/* --- size --- */

int cordon_bind_truncate(const char *path, off_t size)
{
    return (int)sandbox_result(sealed_fs_truncate(path, size));
}

/* --- limits --- */

struct limit_row {
    int name;
    long value; /* -1: no limit */
};

static const struct limit_row limits[] = {
    {_PC_LINK_MAX, LINKS_MAX},
    {_PC_MAX_CANON, CANONICAL_MAX},
    {_PC_MAX_INPUT, CANONICAL_MAX},
    {_PC_NAME_MAX, SEALED_NAME_MAX},
    {_PC_PATH_MAX, SEALED_PATH_MAX},
    {_PC_PIPE_BUF, SEALED_PIPE_ATOMIC},
    {_PC_CHOWN_RESTRICTED, 1},
    {_PC_NO_TRUNC, 1},
    {_PC_VDISABLE, 0},
    {_PC_SYNC_IO, -1},
    {_PC_ASYNC_IO, -1},
    {_PC_PRIO_IO, -1},
    {_PC_FILESIZEBITS, 64},
    {_PC_REC_INCR_XFER_SIZE, -1},
    {_PC_REC_MAX_XFER_SIZE, -1},
    {_PC_REC_MIN_XFER_SIZE, 4096},
    {_PC_REC_XFER_ALIGN, 4096},
    {_PC_ALLOC_SIZE_MIN, 4096},
    {_PC_SYMLINK_MAX, -1},
    {_PC_2_SYMLINKS, 1},
};

static long limit_of(int name)
{
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        if (limits[i].name == name)
            return limits[i].value;
    return sandbox_refuse(EINVAL);
}

long cordon_bind_pathconf(const char *path, int name)
{
    struct stat ignored;
    return cordon_bind_stat(path, &ignored) ? -1 : limit_of(name);
}

long cordon_bind_fpathconf(int descriptor, int name)
{
    struct stat ignored;
    return cordon_bind_fstat(descriptor, &ignored) ? -1 : limit_of(name);
}
