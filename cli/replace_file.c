/* Hides that a file may be written in part only: what cannot be written whole does not take the place of what was there. */
#include "replace_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/random.h"

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

/* A link is followed to the file that is meant, as whoever opens it does: a new file would take the link's place, and the file behind it would stay as it was. Not below /dev and /proc: a name there stands for a
 * descriptor that somebody holds (/dev/stdout), and holds on to. A link that leads nowhere is told of when it is opened. */
static const char *followed(const command_context *context, const char *path, char target[PATH_MAX])
{
    host_file_status found;
    if (strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0)
        return path;
    bool is_link = host_fs_stat(context->env, HOST_AT_CWD, path, AT_SYMLINK_NOFOLLOW, &found, NULL) == HOST_OK && S_ISLNK(found.mode);
    return is_link && host_fs_realpath(context->env, path, target, PATH_MAX, NULL) == HOST_OK ? target : path;
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
    if (status == HOST_OK)
        status = closed;
    if (status != HOST_OK && (flags & O_EXCL) != 0) /* only what was made here */
        (void)host_fs_unlink(context->env, HOST_AT_CWD, path, 0, NULL);
    return status;
}

/* A file has its new content after the machine's end only if its folder says so. A file system that cannot promise it for folders has no better way either. */
static host_status sync_folder(const command_context *context, const char *path, host_error *error)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int fd = -1;
    snprintf(folder, sizeof folder, "%.*s", slash != NULL && slash != path ? (int)(slash - path) : 1, slash != NULL ? path : ".");
    host_status status = host_fs_open(context->env, HOST_AT_CWD, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, &fd, error);
    if (status != HOST_OK)
        return status == HOST_NOT_PERMITTED ? HOST_OK : status; /* a folder may be one that is written to, and not read */
    status = host_fd_fsync(context->env, fd, error);
    (void)host_fd_close(context->env, fd, NULL); /* only synchronised through */
    return status == HOST_INVALID_ARGUMENT ? HOST_OK : status;
}

/* Beside `path`, so that it can be renamed, and of nobody else: two that write the same file must not write into one. */
static host_status name_temporary(const command_context *context, const char *path, char name[PATH_MAX], host_error *error)
{
    uint64_t number;
    host_status status = host_random_fill(context->env, &number, sizeof number, error);
    if (status == HOST_OK && snprintf(name, PATH_MAX, "%s.%016llx.part", path, (unsigned long long)number) >= PATH_MAX) {
        *error = (host_error){.status = HOST_TOO_LARGE, .operation = "replace_file", .message = "the path is too long"};
        status = HOST_TOO_LARGE;
    }
    return status;
}

host_status replace_file(const command_context *context, const char *path, uint32_t mode, const void *data, size_t size, replace_durability durability, host_error *error)
{
    char target[PATH_MAX], temporary[PATH_MAX];
    path = followed(context, path, target);
    if (is_to_be_written(context, path))
        return write_file(context, path, 0, mode, data, size, REPLACE_WHEN_THE_SYSTEM_LIKES, error); /* a device has no disk */
    host_status status = name_temporary(context, path, temporary, error);
    if (status != HOST_OK)
        return status;
    status = write_file(context, temporary, O_CREAT | O_EXCL | O_NOFOLLOW, mode, data, size, durability, error);
    if (status != HOST_OK)
        return status;
    status = host_fs_rename(context->env, HOST_AT_CWD, temporary, HOST_AT_CWD, path, 0, error);
    if (status != HOST_OK)
        (void)host_fs_unlink(context->env, HOST_AT_CWD, temporary, 0, NULL);
    return status == HOST_OK && durability == REPLACE_ON_DISK ? sync_folder(context, path, error) : status;
}
