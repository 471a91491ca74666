/* Hides how installed distributions say what is theirs: beside their files lies a folder NAME-VERSION.dist-info, with the list of them and a description. A folder
 * that has such folders is read as a whole at the first question about a file beneath it. */
#include "collector_distributions.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_env/fd.h"
#include "host_env/fs.h"

enum {
    PATH_BYTES_MAX = 4096,
    LEVELS_MAX = 12,     /* so far above a file its distribution may lie */
    NAMES_MAX = 20000,   /* a folder with more names holds people's files */
    DISTRIBUTIONS_MAX = 5000,
    LIST_BYTES_MAX = 32 << 20,
    TEXT_BYTES_MAX = 256 << 10
};

/* A file of a distribution, by a hash of its path from the folder on. */
typedef struct owned_file {
    uint64_t hash;
    const char *distribution;
} owned_file;

typedef struct folder {
    struct folder *next;
    char *path;
    owned_file *files; /* by hash; NULL: no distribution is installed here */
    size_t file_count, file_max;
    char **distributions;
    size_t distribution_count;
} folder;

struct collector_distributions {
    host_env *env;
    folder *folders;
};

collector_distributions *collector_distributions_create(host_env *env)
{
    collector_distributions *distributions = calloc(1, sizeof *distributions);
    if (distributions != NULL)
        distributions->env = env;
    return distributions;
}

static void release(folder *folder)
{
    for (size_t i = 0; i < folder->distribution_count; i++)
        free(folder->distributions[i]);
    free(folder->distributions);
    free(folder->files);
    free(folder->path);
    free(folder);
}

void collector_distributions_destroy(collector_distributions *distributions)
{
    while (distributions != NULL && distributions->folders != NULL) {
        folder *first = distributions->folders;
        distributions->folders = first->next;
        release(first);
    }
    free(distributions);
}

/* ---- Files and names
 * --------------------------------------------------------------------------------------------------------------
 */

/* Up to `size_max` bytes and a NUL; the caller frees. NULL: not to be read. */
static char *read_text(host_env *env, const char *path, size_t size_max)
{
    size_t size = 0, room = 0, count = 1;
    char *text = NULL;
    int fd;
    if (host_fs_open(env, HOST_AT_CWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0, &fd, NULL) != HOST_OK)
        return NULL;
    while (count > 0 && size < size_max) {
        if (size + 1 >= room) {
            char *larger = realloc(text, room = room == 0 ? 16384 : room * 2);
            if (larger == NULL)
                break;
            text = larger;
        }
        if (host_fd_read(env, fd, text + size, room - size - 1, &count, NULL) != HOST_OK)
            break;
        size += count;
    }
    (void)host_fd_close(env, fd, NULL);
    if (text != NULL)
        text[size] = '\0';
    return text;
}

static uint64_t hash_bytes(const char *bytes, size_t size)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static bool ends_with(const char *text, size_t size, const char *end)
{
    size_t length = strlen(end);
    return size >= length && memcmp(text + size - length, end, length) == 0;
}

/* The value of a header such as "Name: ", up to the line's end, as far as there is one before the description. */
static const char *header_of(const char *text, const char *name, int *length_out)
{
    for (const char *line = text; line != NULL && *line != '\0' && *line != '\n' && *line != '\r';) {
        size_t length = strcspn(line, "\r\n");
        if (strncmp(line, name, strlen(name)) == 0) {
            *length_out = (int)(length - strlen(name));
            return line + strlen(name);
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return NULL;
}

/* "name version": as it calls itself, or as its folder is called. */
static char *describe(host_env *env, const char *folder, const char *information)
{
    char path[PATH_BYTES_MAX], description[512];
    int name_length, version_length, length = (int)strlen(information) - (int)strlen(".dist-info");
    snprintf(path, sizeof path, "%s/%s/METADATA", folder, information);
    char *text = read_text(env, path, TEXT_BYTES_MAX);
    const char *name = header_of(text, "Name: ", &name_length), *version = header_of(text, "Version: ", &version_length);
    if (name != NULL && version != NULL) {
        snprintf(description, sizeof description, "%.*s %.*s", name_length, name, version_length, version);
    } else {
        snprintf(description, sizeof description, "%.*s", length, information);
        char *dash = strrchr(description, '-');
        if (dash != NULL)
            *dash = ' ';
    }
    free(text);
    return strdup(description);
}

/* ---- Folders
 * ----------------------------------------------------------------------------------------------------------------------
 */

static bool add_file(folder *folder, uint64_t hash, const char *distribution)
{
    if (folder->file_count == folder->file_max) {
        size_t max = folder->file_max == 0 ? 1024 : folder->file_max * 2;
        owned_file *files = realloc(folder->files, max * sizeof *files);
        if (files == NULL)
            return false;
        folder->files = files;
        folder->file_max = max;
    }
    folder->files[folder->file_count++] = (owned_file){hash, distribution};
    return true;
}

/* RECORD: a line a file, its path first, in quotes if it has commas. */
static void add_files(folder *folder, const char *list, const char *distribution)
{
    for (const char *line = list; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
        bool is_quoted = *line == '"';
        const char *path = line + is_quoted;
        size_t length = strcspn(path, is_quoted ? "\"\n" : ",\r\n");
        bool is_code = ends_with(path, length, ".py") || ends_with(path, length, ".so");
        if (is_code && !add_file(folder, hash_bytes(path, length), distribution))
            return;
    }
}

static void add_distribution(host_env *env, folder *folder, const char *information)
{
    char path[PATH_BYTES_MAX];
    snprintf(path, sizeof path, "%s/%s/RECORD", folder->path, information);
    char *list = read_text(env, path, LIST_BYTES_MAX);
    if (list == NULL)
        return;
    char **distributions = realloc(folder->distributions, (folder->distribution_count + 1) * sizeof *distributions);
    char *description = distributions == NULL ? NULL : describe(env, folder->path, information);
    folder->distributions = distributions == NULL ? folder->distributions : distributions;
    if (description != NULL) {
        folder->distributions[folder->distribution_count++] = description;
        add_files(folder, list, description);
    }
    free(list);
}

static int compare_files(const void *one, const void *other)
{
    const owned_file *left = one, *right = other;
    return left->hash < right->hash ? -1 : left->hash > right->hash;
}

static void read_folder(host_env *env, folder *folder)
{
    host_directory *directory;
    host_directory_entry entry;
    if (host_fs_directory_open(env, HOST_AT_CWD, folder->path, &directory, NULL) != HOST_OK)
        return;
    for (int i = 0; i < NAMES_MAX && host_fs_directory_read(env, directory, &entry, NULL) == HOST_OK && entry.name != NULL; i++)
        if (ends_with(entry.name, strlen(entry.name), ".dist-info") && folder->distribution_count < DISTRIBUTIONS_MAX)
            add_distribution(env, folder, entry.name);
    (void)host_fs_directory_close(env, directory, NULL);
    if (folder->file_count > 0)
        qsort(folder->files, folder->file_count, sizeof *folder->files, compare_files);
}

/* NULL: no memory. */
static const folder *folder_at(collector_distributions *distributions, const char *path, size_t length)
{
    for (folder *known = distributions->folders; known != NULL; known = known->next)
        if (strlen(known->path) == length && memcmp(known->path, path, length) == 0)
            return known;
    folder *new = calloc(1, sizeof *new);
    char *copy = new == NULL ? NULL : strndup(path, length);
    if (copy == NULL) {
        free(new);
        return NULL;
    }
    new->path = copy;
    read_folder(distributions->env, new);
    new->next = distributions->folders;
    return distributions->folders = new;
}

const char *collector_distributions_find(collector_distributions *distributions, const char *file)
{
    size_t length = strlen(file), end = length;
    if (file[0] != '/' || length >= PATH_BYTES_MAX)
        return NULL;
    for (int level = 0; level < LEVELS_MAX; level++) {
        while (end > 0 && file[end] != '/')
            end--;
        if (end == 0)
            return NULL;
        const folder *folder = folder_at(distributions, file, end);
        if (folder != NULL && folder->file_count > 0) {
            owned_file wanted = {hash_bytes(file + end + 1, length - end - 1), NULL};
            const owned_file *found = bsearch(&wanted, folder->files, folder->file_count, sizeof wanted, compare_files);
            return found == NULL ? NULL : found->distribution;
        }
        end--;
    }
    return NULL;
}
