/* Turns SQLite's names into absolute ones without links, and invents temporary ones; hides the walk over components. */
#include "sqlite_vfs_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct path_walk {
    char *text;
    size_t size_max; /* with the final NUL */
    size_t used;
    int links_followed;
};

static int walk_path(struct path_walk *walk, const char *path);

static void drop_last(struct path_walk *walk)
{
    while (walk->used > 0 && walk->text[--walk->used] != '/')
        ;
    walk->text[walk->used] = '\0';
}

static int append(struct path_walk *walk, const char *name, size_t size)
{
    if (walk->used + 1 + size >= walk->size_max)
        return SQLITE_CANTOPEN;
    walk->text[walk->used++] = '/';
    memcpy(walk->text + walk->used, name, size);
    walk->used += size;
    walk->text[walk->used] = '\0';
    return SQLITE_OK;
}

static int follow_link(struct path_walk *walk)
{
    char target[VFS_PATH_MAX];
    ssize_t size = readlink(walk->text, target, sizeof target);
    if (size <= 0 || size >= (ssize_t)sizeof target || ++walk->links_followed > VFS_SYMLINK_MAX)
        return SQLITE_CANTOPEN;
    target[size] = '\0';
    if (target[0] == '/')
        walk->used = 0;
    else
        drop_last(walk);
    walk->text[walk->used] = '\0';
    return walk_path(walk, target);
}

static int walk_component(struct path_walk *walk, const char *name, size_t size)
{
    struct stat status;
    int result;
    if (size == 0 || (size == 1 && name[0] == '.'))
        return SQLITE_OK;
    if (size == 2 && name[0] == '.' && name[1] == '.') {
        drop_last(walk);
        return SQLITE_OK;
    }
    result = append(walk, name, size);
    if (result != SQLITE_OK)
        return result;
    if (lstat(walk->text, &status) != 0)
        return errno == ENOENT || errno == EACCES ? SQLITE_OK : SQLITE_CANTOPEN; /* may be made yet, or lies above what a policy shows; opening decides */
    return S_ISLNK(status.st_mode) ? follow_link(walk) : SQLITE_OK;
}

static int walk_path(struct path_walk *walk, const char *path)
{
    while (*path) {
        size_t size = strcspn(path, "/");
        int result = walk_component(walk, path, size);
        if (result != SQLITE_OK)
            return result;
        path += size + (path[size] == '/');
    }
    return SQLITE_OK;
}

int vfs_full_path(sqlite3_vfs *vfs, const char *path, int size_bytes, char *full_out)
{
    struct path_walk walk = {.text = full_out, .size_max = (size_t)size_bytes};
    char current[VFS_PATH_MAX];
    int result = SQLITE_OK;

    (void)vfs;
    if (size_bytes < 2)
        return SQLITE_CANTOPEN;
    full_out[0] = '\0';
    if (path[0] != '/') {
        if (!getcwd(current, sizeof current))
            return SQLITE_CANTOPEN;
        result = walk_path(&walk, current);
    }
    if (result == SQLITE_OK)
        result = walk_path(&walk, path);
    if (result != SQLITE_OK)
        return result;
    if (walk.used == 0)
        memcpy(full_out, "/", 2);
    return walk.links_followed ? SQLITE_OK_SYMLINK : SQLITE_OK;
}

static const char *temporary_folder(void)
{
    const char *folders[] = {sqlite3_temp_directory, getenv("SQLITE_TMPDIR"), getenv("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp", "."};
    struct stat status;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (folders[i] && stat(folders[i], &status) == 0 && S_ISDIR(status.st_mode) && access(folders[i], W_OK | X_OK) == 0)
            return folders[i];
    }
    return NULL;
}

int vfs_temporary_name(char *name_out, int size_bytes)
{
    const char *folder = temporary_folder();
    sqlite3_uint64 number;
    if (!folder)
        return SQLITE_IOERR_GETTEMPPATH;
    for (int attempt = 0; attempt < 10; attempt++) {
        sqlite3_randomness(sizeof number, &number);
        memset(name_out, 0, (size_t)size_bytes);
        /* Two characters of room: SQLite reads URI parameters behind the name's NUL. */
        sqlite3_snprintf(size_bytes - 1, name_out, "%s/cordon_sqlite_%016llx", folder, number);
        if (strlen(name_out) >= (size_t)size_bytes - 2)
            return SQLITE_ERROR;
        if (access(name_out, F_OK) != 0)
            return SQLITE_OK;
    }
    return SQLITE_ERROR;
}
