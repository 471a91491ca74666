/* Hides how a folder of the host is walked. Links in it are refused: what they lead to is not the plugin's, and need not stay what it is. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host_env/fd.h"
#include "host_env/fs.h"
#include "plugin_package.h"

enum { DEPTH_MAX = 32 };

typedef struct walk {
    host_env *env;
    const char *root; /* for messages */
    plugin_package *package;
    cordon_plugin_error *error;
} walk;

static cordon_plugin_status walk_folder(walk *walk, int directory, const char *name, int flags, const char *prefix, int depth);

static cordon_plugin_status complain(const walk *walk, const char *path, const char *what)
{
    return plugin_failure(walk->error, CORDON_PLUGIN_BAD_PACKAGE, "%.200s/%.200s %s", walk->root, path, what);
}

static cordon_plugin_status unreadable(const walk *walk, const char *path, const host_error *cause)
{
    return plugin_failure(walk->error, CORDON_PLUGIN_UNREADABLE, "%.200s/%.200s cannot be read: %.200s", walk->root, path, cause->message);
}

/* `path`: from the root, for the package; `name`: in `directory`. */
static cordon_plugin_status take_entry(walk *walk, int directory, const char *name, const char *path, int depth)
{
    host_error cause;
    host_file_status about;
    bytes content;
    if (!plugin_package_wants(path))
        return CORDON_PLUGIN_OK;
    if (host_fs_stat(walk->env, directory, name, AT_SYMLINK_NOFOLLOW, &about, &cause) != HOST_OK)
        return unreadable(walk, path, &cause);
    if (S_ISDIR(about.mode))
        return walk_folder(walk, directory, name, O_NOFOLLOW, path, depth + 1);
    if (!S_ISREG(about.mode))
        return complain(walk, path, S_ISLNK(about.mode) ? "is a symbolic link, which a plugin may not have" : "is no regular file");
    cordon_plugin_status status =
        plugin_file_read(walk->env, directory, name, O_NOFOLLOW, plugin_package_room(walk->package), &content, walk->error);
    return status == CORDON_PLUGIN_OK ? plugin_package_add(walk->package, path, &content, walk->error) : status;
}

static char *joined(const char *prefix, const char *name)
{
    size_t front = strlen(prefix), size = strlen(name) + 1;
    char *path = malloc(front + 1 + size);
    if (path == NULL)
        return NULL;
    memcpy(path, prefix, front);
    if (front > 0)
        path[front++] = '/';
    memcpy(path + front, name, size);
    return path;
}

static cordon_plugin_status take_entries(walk *walk, host_directory *listing, int directory, const char *prefix, int depth)
{
    host_error cause;
    host_directory_entry entry;
    cordon_plugin_status status = CORDON_PLUGIN_OK;
    while (status == CORDON_PLUGIN_OK) {
        if (host_fs_directory_read(walk->env, listing, &entry, &cause) != HOST_OK)
            return unreadable(walk, prefix, &cause);
        if (entry.name == NULL)
            break;
        if (strcmp(entry.name, ".") == 0 || strcmp(entry.name, "..") == 0)
            continue;
        char *path = joined(prefix, entry.name);
        status = path != NULL ? take_entry(walk, directory, path + (prefix[0] != '\0' ? strlen(prefix) + 1 : 0), path, depth) : plugin_no_memory(walk->error);
        free(path);
    }
    return status;
}

static cordon_plugin_status walk_folder(walk *walk, int directory, const char *name, int flags, const char *prefix, int depth)
{
    host_error cause;
    host_directory *listing;
    int fd, inner;
    if (depth > DEPTH_MAX)
        return complain(walk, prefix, "is deeper than 32 folders");
    if (host_fs_open(walk->env, directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags, 0, &fd, &cause) != HOST_OK)
        return unreadable(walk, prefix, &cause);
    if (host_fs_directory_open_fd(walk->env, fd, &listing, &cause) != HOST_OK) {
        (void)host_fd_close(walk->env, fd, NULL);
        return unreadable(walk, prefix, &cause);
    }
    cordon_plugin_status status = host_fs_directory_fd(walk->env, listing, &inner, &cause) == HOST_OK ? take_entries(walk, listing, inner, prefix, depth)
                                                                                                      : unreadable(walk, prefix, &cause);
    (void)host_fs_directory_close(walk->env, listing, NULL);
    return status;
}

cordon_plugin_status plugin_folder_read(host_env *env, const char *path, plugin_package *package, cordon_plugin_error *error)
{
    walk walk = {.env = env, .root = path, .package = package, .error = error};
    return walk_folder(&walk, HOST_AT_CWD, path, 0, "", 0);
}
