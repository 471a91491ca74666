/* Hides from the collector how links are followed, and that most folders are looked up only once.
 *
 * The look is taken a moment after the access: a process copies its paths and goes on, so that a record costs it
 * little. A file that has gone by then is shown as it was named, in the folder that it lay in. */
#include "collector_paths.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_env/fd.h"
#include "host_env/fs.h"

enum { PATH_BYTES_MAX = 4096, CACHE_ENTRIES = 2048, LINKS_MAX = 16, ONLY_PATH = 010000000 /* O_PATH */ };
#define FRESH_NS UINT64_C(1000000000)

/* A path that was looked up. */
typedef struct lookup {
    char *path;
    char *real; /* NULL: the same */
    uint64_t when_ns;
} lookup;

struct collector_paths {
    host_env *env;
    lookup folders[CACHE_ENTRIES], names[CACHE_ENTRIES]; /* by hash; a new one replaces an old one */
    char real[PATH_BYTES_MAX];
};

collector_paths *collector_paths_create(host_env *env)
{
    collector_paths *paths = calloc(1, sizeof *paths);
    if (paths != NULL)
        paths->env = env;
    return paths;
}

static void forget(lookup *entry)
{
    free(entry->path);
    free(entry->real);
    *entry = (lookup){0};
}

void collector_paths_destroy(collector_paths *paths)
{
    for (size_t i = 0; paths != NULL && i < CACHE_ENTRIES; i++) {
        forget(&paths->folders[i]);
        forget(&paths->names[i]);
    }
    free(paths);
}

/* ---- What was looked up
 * ----------------------------------------------------------------------------------------------------------- */

static lookup *place_of(lookup *cache, const char *path)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *path != '\0'; path++)
        hash = (hash ^ (unsigned char)*path) * UINT64_C(0x100000001b3);
    return &cache[(hash >> 20) % CACHE_ENTRIES];
}

static bool is_known(const lookup *entry, const char *path, uint64_t now_ns)
{
    return entry->path != NULL && now_ns - entry->when_ns < FRESH_NS && strcmp(entry->path, path) == 0;
}

static const char *remember(lookup *entry, const char *path, const char *real, uint64_t now_ns)
{
    char *path_copy = strdup(path), *real_copy = strcmp(path, real) == 0 ? NULL : strdup(real);
    forget(entry);
    *entry = (lookup){path_copy, real_copy, now_ns};
    return real_copy;
}

/* ---- Looking up
 * -------------------------------------------------------------------------------------------------------------------
 */

/* The kernel's own answer for a folder that exists. */
static bool ask_for_folder(collector_paths *paths, const char *folder, char real[PATH_BYTES_MAX])
{
    char name[64];
    int fd;
    size_t length = 0;
    if (host_fs_open(paths->env, HOST_AT_CWD, folder, ONLY_PATH | O_DIRECTORY | O_CLOEXEC, 0, &fd, NULL) != HOST_OK)
        return false;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    host_file_status folder_status = {.link_count = 0};
    host_status status = host_fs_readlink(paths->env, HOST_AT_CWD, name, real, PATH_BYTES_MAX - 1, &length, NULL);
    /* After the name was read: of a folder that was removed since it was opened the kernel adds " (deleted)" to it. */
    bool is_there = host_fd_fstat(paths->env, fd, &folder_status, NULL) == HOST_OK && folder_status.link_count > 0;
    (void)host_fd_close(paths->env, fd, NULL);
    real[length] = '\0';
    return status == HOST_OK && is_there && real[0] == '/';
}

/* NULL: nowhere else. A folder that has gone is its nearest parent that is left, and the rest as named. */
static const char *real_folder(collector_paths *paths, const char *folder, uint64_t now_ns)
{
    lookup *entry = place_of(paths->folders, folder);
    char real[PATH_BYTES_MAX], nearest[PATH_BYTES_MAX];
    if (is_known(entry, folder, now_ns))
        return entry->real;
    size_t length = strlen(folder);
    memcpy(nearest, folder, length + 1);
    while (!ask_for_folder(paths, nearest[0] == '\0' ? "/" : nearest, real)) {
        char *slash = strrchr(nearest, '/');
        if (slash == NULL) {
            real[0] = '\0';
            break;
        }
        *slash = '\0';
    }
    if (strcmp(real, "/") == 0)
        real[0] = '\0';
    size_t used = strlen(real), kept = strlen(nearest);
    if (used + (length - kept) >= sizeof real)
        return NULL;
    memcpy(real + used, folder + kept, length - kept + 1);
    return remember(entry, folder, real, now_ns);
}

/* Puts folder and name together; false if that is too long. */
static bool join(char out[PATH_BYTES_MAX], const char *folder, const char *name)
{
    return snprintf(out, PATH_BYTES_MAX, "%s/%s", folder, name) < PATH_BYTES_MAX;
}

/* paths->real with its folder's links followed. */
static bool follow_folder(collector_paths *paths, uint64_t now_ns)
{
    char path[PATH_BYTES_MAX];
    strcpy(path, paths->real);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    const char *folder = path[0] == '\0' ? NULL : real_folder(paths, path, now_ns);
    return join(paths->real, folder == NULL ? path : folder, slash + 1);
}

/* Whether paths->real was a link, and is now what the link says. */
static bool follow_link(collector_paths *paths)
{
    char target[PATH_BYTES_MAX], folder[PATH_BYTES_MAX];
    size_t length = 0;
    if (host_fs_readlink(paths->env, HOST_AT_CWD, paths->real, target, sizeof target - 1, &length, NULL) != HOST_OK)
        return false;
    target[length] = '\0';
    if (target[0] == '/') {
        strcpy(paths->real, target);
        return true;
    }
    if (strncmp(paths->real, "/proc/", 6) == 0)
        return false; /* "pipe:[1]" and its like name no file */
    strcpy(folder, paths->real);
    *strrchr(folder, '/') = '\0';
    return join(paths->real, folder, target);
}

static bool is_plain(const char *path)
{
    return strstr(path, "/./") == NULL && strstr(path, "/../") == NULL && strstr(path, "//") == NULL;
}

/* A link's text may hold dots; the kernel resolves those of a folder, so only what stands before the last name matters.
 */
static const char *look_up(collector_paths *paths, const char *path, collector_last_name last, uint64_t now_ns)
{
    strcpy(paths->real, path);
    for (int links = 0; links < LINKS_MAX; links++) {
        const char *name = strrchr(paths->real, '/') + 1;
        if (strcmp(name, "..") == 0 || strcmp(name, ".") == 0 || *name == '\0') {
            const char *folder = real_folder(paths, paths->real, now_ns);
            if (folder != NULL)
                strcpy(paths->real, *folder == '\0' ? "/" : folder);
            return paths->real;
        }
        if (!follow_folder(paths, now_ns))
            return path;
        if (last == COLLECTOR_LAST_KEPT || !follow_link(paths))
            return paths->real;
    }
    return paths->real;
}

const char *collector_paths_real(collector_paths *paths, const char *path, collector_last_name last, uint64_t now_ns)
{
    if (path[0] != '/' || path[1] == '\0' || strlen(path) >= PATH_BYTES_MAX || !is_plain(path))
        return NULL;
    if (last == COLLECTOR_LAST_KEPT) {
        const char *real = look_up(paths, path, last, now_ns);
        return strcmp(real, path) == 0 ? NULL : real;
    }
    lookup *entry = place_of(paths->names, path);
    if (!is_known(entry, path, now_ns))
        (void)remember(entry, path, look_up(paths, path, last, now_ns), now_ns);
    return entry->real;
}
