/* Types and fixed-parameter forms of the primitives of fs. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_FS_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_FS_H

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

static inline int openat_mode(int fd, const char *path, int flags, mode_t mode)
{
    return openat(fd, path, flags, mode);
}

#endif
