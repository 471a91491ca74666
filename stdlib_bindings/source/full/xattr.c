/* Extended attributes: libc's signatures on host_env/fs.h and host_env/fd.h. */
#include "bindings/bind.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "prototypes.h"

static ssize_t read_path(const char *path, const char *name, void *value, size_t size, host_link_handling handling)
{
    size_t length;
    return BIND(fs_getxattr, path, name, value, size, handling, &length) == 0 ? (ssize_t)length : -1;
}

static ssize_t list_path(const char *path, char *names, size_t size, host_link_handling handling)
{
    size_t length;
    return BIND(fs_listxattr, path, names, size, handling, &length) == 0 ? (ssize_t)length : -1;
}

ssize_t cordon_bind_getxattr(const char *path, const char *name, void *value, size_t size) { return read_path(path, name, value, size, HOST_LINK_FOLLOW); }
ssize_t cordon_bind_lgetxattr(const char *path, const char *name, void *value, size_t size) { return read_path(path, name, value, size, HOST_LINK_ITSELF); }

ssize_t cordon_bind_fgetxattr(int fd, const char *name, void *value, size_t size)
{
    size_t length;
    return BIND(fd_fgetxattr, fd, name, value, size, &length) == 0 ? (ssize_t)length : -1;
}

ssize_t cordon_bind_listxattr(const char *path, char *names, size_t size) { return list_path(path, names, size, HOST_LINK_FOLLOW); }
ssize_t cordon_bind_llistxattr(const char *path, char *names, size_t size) { return list_path(path, names, size, HOST_LINK_ITSELF); }

ssize_t cordon_bind_flistxattr(int fd, char *names, size_t size)
{
    size_t length;
    return BIND(fd_flistxattr, fd, names, size, &length) == 0 ? (ssize_t)length : -1;
}

int cordon_bind_setxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
    return BIND(fs_setxattr, path, name, value, size, flags, HOST_LINK_FOLLOW);
}

int cordon_bind_lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
    return BIND(fs_setxattr, path, name, value, size, flags, HOST_LINK_ITSELF);
}

int cordon_bind_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
    return BIND(fd_fsetxattr, fd, name, value, size, flags);
}

int cordon_bind_removexattr(const char *path, const char *name) { return BIND(fs_removexattr, path, name, HOST_LINK_FOLLOW); }
int cordon_bind_lremovexattr(const char *path, const char *name) { return BIND(fs_removexattr, path, name, HOST_LINK_ITSELF); }
int cordon_bind_fremovexattr(int fd, const char *name) { return BIND(fd_fremovexattr, fd, name); }
