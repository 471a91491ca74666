/* Hides from CPython that the calls which make, move and remove names work on the sealed file system. */
#define _GNU_SOURCE
#include "result.h"

#include "sealed/fs.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

void *cordon_bind_malloc(size_t size);

/* --- directories and nodes --- */

int cordon_bind_mkdirat(int directory, const char *path, mode_t mode)
{
    return (int)sandbox_result(sealed_fs_make_directory(directory, path, mode));
}

int cordon_bind_mkdir(const char *path, mode_t mode)
{
    return cordon_bind_mkdirat(AT_FDCWD, path, mode);
}

int cordon_bind_mknodat(int directory, const char *path, mode_t mode, dev_t device)
{
    (void)device; /* device nodes are refused whatever the number */
    return (int)sandbox_result(sealed_fs_make_node(directory, path, mode));
}

int cordon_bind_mknod(const char *path, mode_t mode, dev_t device)
{
    return cordon_bind_mknodat(AT_FDCWD, path, mode, device);
}

int cordon_bind_mkfifoat(int directory, const char *path, mode_t mode)
{
    return cordon_bind_mknodat(directory, path, (mode & ~(mode_t)S_IFMT) | S_IFIFO, 0);
}

int cordon_bind_mkfifo(const char *path, mode_t mode)
{
    return cordon_bind_mkfifoat(AT_FDCWD, path, mode);
}

/* --- links --- */

int cordon_bind_linkat(int old_directory, const char *old_path, int new_directory, const char *new_path, int flags)
{
    if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return sandbox_refuse(EINVAL);
    return (int)sandbox_result(sealed_fs_link(old_directory, old_path, new_directory, new_path, flags));
}

int cordon_bind_link(const char *old_path, const char *new_path)
{
    return cordon_bind_linkat(AT_FDCWD, old_path, AT_FDCWD, new_path, 0);
}

int cordon_bind_symlinkat(const char *target, int directory, const char *path)
{
    return (int)sandbox_result(sealed_fs_make_symlink(target, directory, path));
}

int cordon_bind_symlink(const char *target, const char *path)
{
    return cordon_bind_symlinkat(target, AT_FDCWD, path);
}

ssize_t cordon_bind_readlinkat(int directory, const char *path, char *buffer, size_t size)
{
    return sandbox_result(sealed_fs_read_link(directory, path, buffer, size));
}

ssize_t cordon_bind_readlink(const char *path, char *buffer, size_t size)
{
    return cordon_bind_readlinkat(AT_FDCWD, path, buffer, size);
}

/* --- removing and moving --- */

int cordon_bind_unlinkat(int directory, const char *path, int flags)
{
    return (int)sandbox_result(sealed_fs_unlink(directory, path, flags));
}

int cordon_bind_unlink(const char *path)
{
    return cordon_bind_unlinkat(AT_FDCWD, path, 0);
}

int cordon_bind_rmdir(const char *path)
{
    return cordon_bind_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int cordon_bind_renameat(int old_directory, const char *old_path, int new_directory, const char *new_path)
{
    return (int)sandbox_result(sealed_fs_rename(old_directory, old_path, new_directory, new_path, 0));
}

int cordon_bind_rename(const char *old_path, const char *new_path)
{
    return cordon_bind_renameat(AT_FDCWD, old_path, AT_FDCWD, new_path);
}

/* --- where one is --- */

int cordon_bind_chdir(const char *path)
{
    return (int)sandbox_result(sealed_fs_change_directory(path));
}

/* A copy that the caller frees. */
static char *copy_of(const char *path)
{
    char *copy = cordon_bind_malloc(strlen(path) + 1);
    if (!copy)
        errno = ENOMEM;
    return copy ? strcpy(copy, path) : NULL;
}

char *cordon_bind_getcwd(char *buffer, size_t size)
{
    char path[SEALED_PATH_MAX];
    if (buffer && size == 0) {
        errno = EINVAL;
        return NULL;
    }
    if (sandbox_result(sealed_fs_current_directory(buffer ? buffer : path, buffer ? size : sizeof path)) < 0)
        return NULL;
    return buffer ? buffer : copy_of(path);
}

char *cordon_bind_realpath(const char *path, char *resolved)
{
    char buffer[SEALED_PATH_MAX];
    if (!path) {
        errno = EINVAL;
        return NULL;
    }
    if (sandbox_result(sealed_fs_real_path(path, buffer)) < 0)
        return NULL;
    return resolved ? strcpy(resolved, buffer) : copy_of(buffer);
}

mode_t cordon_bind_umask(mode_t mask)
{
    return sealed_fs_mask(mask);
}

void cordon_bind_sync(void)
{
    /* Memory is as durable as it gets. */
}
