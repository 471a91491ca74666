/* Hides from CPython that the sealed file system keeps no extended attributes: the answer of a volume without them, after the file was looked up. */
#define _GNU_SOURCE
#include "fs_convert.h"

#include <sys/types.h>

enum follow { FOLLOWS = 0, NO_FOLLOW = SEALED_AT_SYMLINK_NOFOLLOW };

/* A file that is not there is reported as such, as everywhere. */
static int refuse_path(const char *path, enum follow follow)
{
    struct sealed_status status;
    int error = sealed_fs_status(SEALED_AT_CWD, path, (int)follow, &status);
    return sandbox_refuse(error ? -error : EOPNOTSUPP);
}

static int refuse_descriptor(int descriptor)
{
    struct sealed_status status;
    int error = sealed_descriptor_status(descriptor, &status);
    return sandbox_refuse(error ? -error : EOPNOTSUPP);
}

ssize_t cordon_bind_getxattr(const char *path, const char *name, void *value, size_t size)
{
    (void)name, (void)value, (void)size;
    return refuse_path(path, FOLLOWS);
}

ssize_t cordon_bind_lgetxattr(const char *path, const char *name, void *value, size_t size)
{
    (void)name, (void)value, (void)size;
    return refuse_path(path, NO_FOLLOW);
}

ssize_t cordon_bind_fgetxattr(int descriptor, const char *name, void *value, size_t size)
{
    (void)name, (void)value, (void)size;
    return refuse_descriptor(descriptor);
}

int cordon_bind_setxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
    (void)name, (void)value, (void)size, (void)flags;
    return refuse_path(path, FOLLOWS);
}

int cordon_bind_lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
    (void)name, (void)value, (void)size, (void)flags;
    return refuse_path(path, NO_FOLLOW);
}

int cordon_bind_fsetxattr(int descriptor, const char *name, const void *value, size_t size, int flags)
{
    (void)name, (void)value, (void)size, (void)flags;
    return refuse_descriptor(descriptor);
}

int cordon_bind_removexattr(const char *path, const char *name)
{
    (void)name;
    return refuse_path(path, FOLLOWS);
}

int cordon_bind_lremovexattr(const char *path, const char *name)
{
    (void)name;
    return refuse_path(path, NO_FOLLOW);
}

int cordon_bind_fremovexattr(int descriptor, const char *name)
{
    (void)name;
    return refuse_descriptor(descriptor);
}

ssize_t cordon_bind_listxattr(const char *path, char *list, size_t size)
{
    (void)list, (void)size;
    return refuse_path(path, FOLLOWS);
}

ssize_t cordon_bind_llistxattr(const char *path, char *list, size_t size)
{
    (void)list, (void)size;
    return refuse_path(path, NO_FOLLOW);
}

ssize_t cordon_bind_flistxattr(int descriptor, char *list, size_t size)
{
    (void)list, (void)size;
    return refuse_descriptor(descriptor);
}
