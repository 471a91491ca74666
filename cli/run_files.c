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

/* What a copy needs to know at every depth. */
typedef struct copying {
    const command_context *context;
    cordon_sandbox *sandbox;
    uint64_t modified_ns; /* of all that is copied; 0: each has its own */
} copying;

static uint64_t modify_time_ns(const copying *copying, const host_file_status *file)
{
    if (copying->modified_ns != 0)
        return copying->modified_ns;
    return file->modify_time_s < 0 ? 0 : (uint64_t)file->modify_time_s * 1000000000u + (uint64_t)file->modify_time_ns;
}

static host_status copy_file(const copying *copying, const char *source, const char *destination, const host_file_status *file, host_error *error)
{
    unsigned char *content;
    size_t size;
    host_status status = run_read_file(copying->context, source, &content, &size, error);
    if (status != HOST_OK)
        return status;
    cordon_error cause;
    if (cordon_sandbox_put_file(copying->sandbox, destination, file->mode & 07777u, modify_time_ns(copying, file), content, size, &cause) != CORDON_OK)
        status = not_taken(error, source, &cause);
    free(content);
    return status;
}

/* ---- Folders ---- */

typedef struct name_list {
    char **names;
    size_t count, capacity;
} name_list;

static void release_names(name_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
}

static bool add_name(name_list *list, const char *name)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity != 0 ? 2 * list->capacity : 64;
        char **names = realloc(list->names, capacity * sizeof *names);
        if (names == NULL)
            return false;
        list->names = names;
        list->capacity = capacity;
    }
    list->names[list->count] = strdup(name);
    return list->names[list->count] != NULL && ++list->count > 0;
}

static int compare_names(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* Sorted: the order in which a file system lists would be seen in the sandbox, and differs between machines. The caller releases it, after a failure too. */
static host_status list_folder(const copying *copying, const char *source, name_list *list, host_error *error)
{
    host_directory *directory;
    host_directory_entry entry;
    host_status status = host_fs_directory_open(copying->context->env, HOST_AT_CWD, source, &directory, error);
    if (status != HOST_OK)
        return status;
    while ((status = host_fs_directory_read(copying->context->env, directory, &entry, error)) == HOST_OK && entry.name != NULL) {
        if (strcmp(entry.name, ".") == 0 || strcmp(entry.name, "..") == 0)
            continue;
        if (!add_name(list, entry.name)) {
            status = no_memory(error, source);
            break;
        }
    }
    (void)host_fs_directory_close(copying->context->env, directory, NULL); /* only read from */
    if (list->count > 0)
        qsort(list->names, list->count, sizeof *list->names, compare_names);
    return status;
}

static host_status copy_node(const copying *copying, const char *source, const char *destination, int stat_flags, bool *is_copied_out, host_error *error);

static host_status copy_entry(const copying *copying, const char *source, const char *destination, const char *name, host_error *error)
{
    char from[PATH_MAX], to[PATH_MAX];
    if (snprintf(from, sizeof from, "%s/%s", source, name) >= (int)sizeof from ||
        snprintf(to, sizeof to, "%s/%s", destination, name) >= (int)sizeof to) {
        *error = (host_error){.status = HOST_TOO_LARGE, .operation = "run_copy", .host_code = ENAMETOOLONG};
        snprintf(error->message, sizeof error->message, "the path of '%.200s' is too long", name);
        return HOST_TOO_LARGE;
    }
    bool is_copied; /* links, sockets and the like in a folder are left out */
    return copy_node(copying, from, to, AT_SYMLINK_NOFOLLOW, &is_copied, error);
}

static host_status copy_folder(const copying *copying, const char *source, const char *destination, const host_file_status *folder, host_error *error)
{
    name_list list = {0};
    cordon_error cause;
    if (cordon_sandbox_put_folder(copying->sandbox, destination, folder->mode & 07777u, modify_time_ns(copying, folder), &cause) != CORDON_OK)
        return not_taken(error, source, &cause);
    host_status status = list_folder(copying, source, &list, error);
    for (size_t i = 0; i < list.count && status == HOST_OK; i++)
        status = copy_entry(copying, source, destination, list.names[i], error);
    release_names(&list);
    return status;
}

static host_status copy_node(const copying *copying, const char *source, const char *destination, int stat_flags, bool *is_copied_out, host_error *error)
{
    host_file_status file;
    *is_copied_out = false;
    host_status status = host_fs_stat(copying->context->env, HOST_AT_CWD, source, stat_flags, &file, error);
    if (status != HOST_OK)
        return status;
    *is_copied_out = S_ISDIR(file.mode) || S_ISREG(file.mode);
    if (S_ISDIR(file.mode))
        return copy_folder(copying, source, destination, &file, error);
    if (S_ISREG(file.mode))
        return copy_file(copying, source, destination, &file, error);
    return HOST_OK;
}

host_status run_copy(const command_context *context, const char *source, const char *destination, uint64_t modified_ns, cordon_sandbox *sandbox, host_error *error)
{
    const copying copying = {.context = context, .sandbox = sandbox, .modified_ns = modified_ns};
    bool is_copied;
    host_status status = copy_node(&copying, source, destination, 0, &is_copied, error);
    if (status != HOST_OK || is_copied)
        return status;
    *error = (host_error){.status = HOST_INVALID_ARGUMENT, .operation = "run_copy", .host_code = EINVAL};
    snprintf(error->message, sizeof error->message, "'%.200s' is neither a file nor a folder", source);
    return HOST_INVALID_ARGUMENT;
}
