/* Hides that a file may be written in part only: what cannot be written whole does not take the place of what was there. */
#include "replace_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "host_env/fd.h"
#include "host_env/fs.h"

static host_status write_all(const command_context *context, int fd, const void *data, size_t size, host_error *error)
{
    for (size_t done = 0, count = 0; done < size; done += count) {
        host_status status = host_fd_write(context->env, fd, (const char *)data + done, size - done, &count, error);
        if (status == HOST_INTERRUPTED)
            count = 0;
        else if (status != HOST_OK)
            return status;
    }
    return HOST_OK;
}

/* A device, a pipe, a link to either: something that is not to be replaced but written to. */
static bool is_to_be_written(const command_context *context, const char *path)
{
    host_file_status found;
    return host_fs_stat(context->env, HOST_AT_CWD, path, AT_SYMLINK_NOFOLLOW, &found, NULL) == HOST_OK && !S_ISREG(found.mode);
}

static host_status write_file(const command_context *context, const char *path, int flags, uint32_t mode, const void *data, size_t size, replace_durability durability,
                              host_error *error)
{
    int fd = -1;
    host_status status = host_fs_open(context->env, HOST_AT_CWD, path, O_WRONLY | O_CLOEXEC | flags, mode, &fd, error);
    if (status != HOST_OK)
        return status;
    status = write_all(context, fd, data, size, error);
    if (status == HOST_OK && durability == REPLACE_ON_DISK)
        status = host_fd_fsync(context->env, fd, error);
    host_status closed = host_fd_close(context->env, fd, status == HOST_OK ? error : NULL);
    return status == HOST_OK ? closed : status;
}

host_status replace_file(const command_context *context, const char *path, uint32_t mode, const void *data, size_t size, replace_durability durability, host_error *error)
{
    char temporary[PATH_MAX];
    if (is_to_be_written(context, path))
        return write_file(context, path, 0, mode, data, size, REPLACE_WHEN_THE_SYSTEM_LIKES, error); /* a device has no disk */
    if (snprintf(temporary, sizeof temporary, "%s.part", path) >= (int)sizeof temporary) {
        *error = (host_error){.status = HOST_TOO_LARGE, .operation = "replace_file", .message = "the path is too long"};
        return HOST_TOO_LARGE;
    }
    host_status status = write_file(context, temporary, O_CREAT | O_TRUNC, mode, data, size, durability, error);
    if (status == HOST_OK)
        status = host_fs_rename(context->env, HOST_AT_CWD, temporary, HOST_AT_CWD, path, 0, error);
    if (status != HOST_OK)
        (void)host_fs_unlink(context->env, HOST_AT_CWD, temporary, 0, NULL);
    return status;
}
