/* Types and fixed-parameter forms of the primitives of fs. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_FS_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_FS_H

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

static inline int openat_mode(int fd, const char *path, int flags, mode_t mode)
{
    return openat(fd, path, flags, mode);
}

/* glibc has no openat2(2). */
static inline int openat2_how(int fd, const char *path, const struct open_how *how)
{
    return (int)syscall(SYS_openat2, fd, path, how, sizeof(*how));
}

#endif
