/* Hides how the host's files become files of a sandbox. */
#include "run_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host_env/fd.h"
#include "host_env/fs.h"

static host_status no_memory(host_error *error, const char *path)
{
    *error = (host_error){.status = HOST_NO_MEMORY, .operation = "run_copy", .host_code = ENOMEM};
    snprintf(error->message, sizeof error->message, "no memory for a copy of '%.200s'", path);
    return HOST_NO_MEMORY;
}

/* The sandbox's own refusal, in the form that the callers here speak. */
static host_status not_taken(host_error *error, const char *path, const cordon_error *cause)
{
    *error = (host_error){.status = HOST_FAILURE, .operation = "run_copy", .host_code = cause->host_code};
    snprintf(error->message, sizeof error->message, "the sandbox does not take '%.60s': %.160s", path, cause->message);
    return HOST_FAILURE;
}

static host_status read_descriptor(const command_context *context, int fd, const char *path, unsigned char **content_out, size_t *size_out,
                                   host_error *error)
{
    unsigned char *content = NULL;
    size_t size = 0, capacity = 0, count = 0;
    host_status status;
    do {
        if (size == capacity) {
            capacity = capacity ? capacity * 2 : 65536;
            unsigned char *larger = realloc(content, capacity);
            if (larger == NULL) {
                free(content);
                return no_memory(error, path);
            }
            content = larger;
        }
        status = host_fd_read(context->env, fd, content + size, capacity - size, &count, error);
        size += status == HOST_OK ? count : 0;
    } while (status == HOST_INTERRUPTED || (status == HOST_OK && count > 0));
    if (status != HOST_OK) {
        free(content);
        return status;
    }
    *content_out = content;
    *size_out = size;
    return HOST_OK;
}

host_status run_read_file(const command_context *context, const char *path, unsigned char **content_out, size_t *size_out, host_error *error)
{
    int fd = -1;
    *content_out = NULL;
    *size_out = 0;
    host_status status = host_fs_open(context->env, HOST_AT_CWD, path, O_RDONLY | O_CLOEXEC, 0, &fd, error);
    if (status != HOST_OK)
        return status;
    status = read_descriptor(context, fd, path, content_out, size_out, error);
    (void)host_fd_close(context->env, fd, NULL); /* only read from */
    return status;
}

static uint64_t modify_time_ns(const host_file_status *file)
{
    return file->modify_time_s < 0 ? 0 : (uint64_t)file->modify_time_s * 1000000000u + (uint64_t)file->modify_time_ns;
}

static host_status copy_file(const command_context *context, const char *source, const char *destination, const host_file_status *file,
                             cordon_sandbox *sandbox, host_error *error)
{
    unsigned char *content;
    size_t size;
    host_status status = run_read_file(context, source, &content, &size, error);
    if (status != HOST_OK)
        return status;
    cordon_error cause;
    if (cordon_sandbox_put_file(sandbox, destination, file->mode & 07777u, modify_time_ns(file), content, size, &cause) != CORDON_OK)
        status = not_taken(error, source, &cause);
    free(content);
    return status;
}

static host_status copy_node(const command_context *context, const char *source, const char *destination, int stat_flags, cordon_sandbox *sandbox,
                             bool *is_copied_out, host_error *error);

static host_status copy_entry(const command_context *context, const char *source, const char *destination, const char *name, cordon_sandbox *sandbox,
                              host_error *error)
{
    char from[PATH_MAX], to[PATH_MAX];
    if (snprintf(from, sizeof from, "%s/%s", source, name) >= (int)sizeof from ||
        snprintf(to, sizeof to, "%s/%s", destination, name) >= (int)sizeof to) {
        *error = (host_error){.status = HOST_TOO_LARGE, .operation = "run_copy", .host_code = ENAMETOOLONG};
        snprintf(error->message, sizeof error->message, "the path of '%.200s' is too long", name);
        return HOST_TOO_LARGE;
    }
    bool is_copied; /* links, sockets and the like in a folder are left out */
    return copy_node(context, from, to, AT_SYMLINK_NOFOLLOW, sandbox, &is_copied, error);
}

static host_status copy_folder(const command_context *context, const char *source, const char *destination, const host_file_status *folder,
                               cordon_sandbox *sandbox, host_error *error)
{
    host_directory *directory;
    host_directory_entry entry;
    cordon_error cause;
    if (cordon_sandbox_put_folder(sandbox, destination, folder->mode & 07777u, modify_time_ns(folder), &cause) != CORDON_OK)
        return not_taken(error, source, &cause);
    host_status status = host_fs_directory_open(context->env, HOST_AT_CWD, source, &directory, error);
    if (status != HOST_OK)
        return status;
    while ((status = host_fs_directory_read(context->env, directory, &entry, error)) == HOST_OK && entry.name != NULL) {
        if (strcmp(entry.name, ".") == 0 || strcmp(entry.name, "..") == 0)
            continue;
        status = copy_entry(context, source, destination, entry.name, sandbox, error);
        if (status != HOST_OK)
            break;
    }
    (void)host_fs_directory_close(context->env, directory, NULL); /* only read from */
    return status;
}

static host_status copy_node(const command_context *context, const char *source, const char *destination, int stat_flags, cordon_sandbox *sandbox,
                             bool *is_copied_out, host_error *error)
{
    host_file_status file;
    *is_copied_out = false;
    host_status status = host_fs_stat(context->env, HOST_AT_CWD, source, stat_flags, &file, error);
    if (status != HOST_OK)
        return status;
    *is_copied_out = S_ISDIR(file.mode) || S_ISREG(file.mode);
    if (S_ISDIR(file.mode))
        return copy_folder(context, source, destination, &file, sandbox, error);
    if (S_ISREG(file.mode))
        return copy_file(context, source, destination, &file, sandbox, error);
    return HOST_OK;
}

host_status run_copy(const command_context *context, const char *source, const char *destination, cordon_sandbox *sandbox, host_error *error)
{
    bool is_copied;
    host_status status = copy_node(context, source, destination, 0, sandbox, &is_copied, error);
    if (status != HOST_OK || is_copied)
        return status;
    *error = (host_error){.status = HOST_INVALID_ARGUMENT, .operation = "run_copy", .host_code = EINVAL};
    snprintf(error->message, sizeof error->message, "'%.200s' is neither a file nor a folder", source);
    return HOST_INVALID_ARGUMENT;
}
