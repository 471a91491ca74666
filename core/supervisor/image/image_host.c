/* Hides how the host's files and folders are read in a fixed order. */
#include "image_host.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/random.h"

enum { CHUNK_BYTES = 1024 * 1024, NAMES_MAX = 100000 };
#define MODE_FOLDER 0040000u
#define MODE_TYPE 0170000u
#define MODE_FILE 0100000u
#define TIME_NS (1735689600ull * 1000000000u) /* as the standard library's files have it: 2025-01-01 */

static host_status fail(host_error *error, host_status status, const char *what, const char *path)
{
    if (error != NULL) {
        *error = (host_error){.status = status, .operation = "image_build"};
        snprintf(error->message, sizeof error->message, "%s: %.200s", what, path);
    }
    return status;
}

host_status image_host_read(host_env *env, const char *path, bytes *content_out, host_error *error)
{
    unsigned char *chunk = malloc(CHUNK_BYTES);
    size_t count = 0;
    int fd = -1;

    *content_out = (bytes){0};
    if (chunk == NULL)
        return fail(error, HOST_NO_MEMORY, "no memory to read", path);
    host_file_status found;
    /* A device may have no end; nor is a pipe waited for. */
    host_status status = host_fs_open(env, HOST_AT_CWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0, &fd, error);
    if (status == HOST_OK) {
        status = host_fd_fstat(env, fd, &found, error);
        if (status == HOST_OK && (found.mode & MODE_TYPE) != MODE_FILE)
            status = fail(error, HOST_INVALID_ARGUMENT, "it is no regular file", path);
        while (status == HOST_INTERRUPTED || (status == HOST_OK && (count > 0 || content_out->size == 0))) {
            status = host_fd_read(env, fd, chunk, CHUNK_BYTES, &count, error);
            if (status == HOST_OK)
                bytes_add(content_out, chunk, count);
            if (status == HOST_OK && count == 0)
                break;
        }
        (void)host_fd_close(env, fd, NULL); /* only read from */
    }
    free(chunk);
    if (status == HOST_OK && content_out->failed)
        status = fail(error, HOST_NO_MEMORY, "no memory for", path);
    if (status != HOST_OK)
        bytes_release(content_out);
    return status;
}

static host_status write_all(host_env *env, int fd, const unsigned char *data, size_t size, host_error *error)
{
    host_status status = HOST_OK;

    while (size > 0 && (status == HOST_OK || status == HOST_INTERRUPTED)) {
        size_t count = 0;
        status = host_fd_write(env, fd, data, size, &count, error);
        data += count;
        size -= count;
    }
    return status;
}

host_status image_host_write(host_env *env, const char *path, const void *data, size_t size, host_error *error)
{
    char temporary[PATH_MAX];
    host_file_status found;
    uint64_t number;
    int fd = -1;

    /* What is renamed over a device takes its place. */
    if (host_fs_stat(env, HOST_AT_CWD, path, 0, &found, NULL) == HOST_OK && (found.mode & MODE_TYPE) != MODE_FILE)
        return fail(error, HOST_EXISTS, "it is there, and no regular file", path);
    host_status status = host_random_fill(env, &number, sizeof number, error);
    if (status != HOST_OK)
        return status;
    /* Of nobody else: two that make the same image must not write into one file, nor anybody through a link that was laid there. */
    if (snprintf(temporary, sizeof temporary, "%s.%016llx.new", path, (unsigned long long)number) >= (int)sizeof temporary)
        return fail(error, HOST_TOO_LARGE, "the path is too long", path);
    status = host_fs_open(env, HOST_AT_CWD, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0755, &fd, error);
    if (status != HOST_OK)
        return status;
    status = write_all(env, fd, data, size, error);
    if (status == HOST_OK)
        status = host_fd_close(env, fd, error);
    else
        (void)host_fd_close(env, fd, NULL);
    if (status == HOST_OK)
        status = host_fs_rename(env, HOST_AT_CWD, temporary, HOST_AT_CWD, path, 0, error);
    if (status != HOST_OK)
        (void)host_fs_unlink(env, HOST_AT_CWD, temporary, 0, NULL);
    return status;
}

/* ---- folders ---- */

static void add_node(bytes *frames, const char *path, uint32_t mode, const unsigned char *content, size_t size)
{
    size_t done = 0;

    do {
        size_t chunk = size - done < CHUNK_BYTES ? size - done : CHUNK_BYTES;
        unsigned char header[CORDON_FRAME_HEADER_SIZE];
        frame_header_encode(&(frame_header){.type = CORDON_FRAME_FILE, .flags = done > 0 ? CORDON_FILE_APPEND : 0,
                                            .length = (uint32_t)(4 + 8 + strlen(path) + 1 + chunk)}, header);
        bytes_add(frames, header, sizeof header);
        bytes_add_u32(frames, mode);
        bytes_add_u64(frames, TIME_NS);
        bytes_add_string(frames, path);
        bytes_add(frames, content + done, chunk);
        done += chunk;
    } while (done < size);
}

typedef struct names {
    char **items;
    size_t count, capacity;
} names;

static void release_names(names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
}

static bool add_name(names *names, const char *name)
{
    if (names->count == names->capacity) {
        size_t capacity = names->capacity ? names->capacity * 2 : 64;
        char **items = capacity <= NAMES_MAX ? realloc(names->items, capacity * sizeof *items) : NULL;
        if (items == NULL)
            return false;
        names->items = items;
        names->capacity = capacity;
    }
    names->items[names->count] = strdup(name);
    return names->items[names->count++] != NULL;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The host's order of entries is an accident; the image shall not depend on it. */
static host_status list(host_env *env, const char *folder, names *names_out, host_error *error)
{
    host_directory *directory;
    host_directory_entry entry;
    host_status status = host_fs_directory_open(env, HOST_AT_CWD, folder, &directory, error);

    if (status != HOST_OK)
        return status;
    while ((status = host_fs_directory_read(env, directory, &entry, error)) == HOST_OK && entry.name != NULL) {
        if (strcmp(entry.name, ".") == 0 || strcmp(entry.name, "..") == 0 || strcmp(entry.name, "__pycache__") == 0)
            continue;
        if (!add_name(names_out, entry.name)) {
            status = fail(error, HOST_NO_MEMORY, "no memory for the names in", folder);
            break;
        }
    }
    (void)host_fs_directory_close(env, directory, NULL); /* only read from */
    if (status == HOST_OK && names_out->count > 1)
        qsort(names_out->items, names_out->count, sizeof *names_out->items, compare_names);
    return status;
}

static host_status add_entry(host_env *env, const char *source, const char *destination, bytes *frames, host_error *error)
{
    host_file_status file;
    bytes content;
    host_status status = host_fs_stat(env, HOST_AT_CWD, source, AT_SYMLINK_NOFOLLOW, &file, error);

    if (status != HOST_OK)
        return status;
    if ((file.mode & MODE_TYPE) == MODE_FOLDER)
        return image_host_add_folder(env, source, destination, frames, error);
    if ((file.mode & MODE_TYPE) != MODE_FILE)
        return HOST_OK;
    status = image_host_read(env, source, &content, error);
    if (status != HOST_OK)
        return status;
    add_node(frames, destination, MODE_FILE | 0644u, content.data, content.size);
    bytes_release(&content);
    return HOST_OK;
}

host_status image_host_add_folder(host_env *env, const char *folder, const char *destination, bytes *frames, host_error *error)
{
    char source[PATH_MAX], target[PATH_MAX];
    names names = {0};
    host_status status = list(env, folder, &names, error);

    if (status == HOST_OK)
        add_node(frames, destination, MODE_FOLDER | 0755u, (const unsigned char *)"", 0);
    for (size_t i = 0; i < names.count && status == HOST_OK; i++) {
        if (snprintf(source, sizeof source, "%s/%s", folder, names.items[i]) >= (int)sizeof source ||
            snprintf(target, sizeof target, "%s/%s", destination, names.items[i]) >= (int)sizeof target)
            status = fail(error, HOST_TOO_LARGE, "the path is too long", names.items[i]);
        else
            status = add_entry(env, source, target, frames, error);
    }
    release_names(&names);
    if (status == HOST_OK && frames->failed)
        status = fail(error, HOST_NO_MEMORY, "no memory for", folder);
    return status;
}
