/* Hides how the files of a plugin get to disk and away again. All of it by the interpreter's own host_env: what plugins may do is not asked here. */
#include "plugin_files.h"

#include "failure.h"
#include "host_env/fd.h"
#include "host_env/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES_MAX = 4096, FOLDER_MODE = 0700, FILE_MODE = 0400 };

static const char called[] = "plugin_move_in";

/* ---- Writing ---- */

static cordon_status write_all(host_env *own, int fd, const cordon_plugin_file *file, cordon_error *error)
{
    host_error cause;
    for (size_t done = 0, count = 0; done < file->size; done += count)
        if (host_fd_write(own, fd, (const char *)file->content + done, file->size - done, &count, &cause) != HOST_OK)
            return failure_of_host(error, called, CORDON_HOST_FAILURE, "cannot write a file of the plugin", &cause);
    return CORDON_OK;
}

static cordon_status write_file(host_env *own, const char *path, const cordon_plugin_file *file, cordon_error *error)
{
    host_error cause;
    int fd;
    if (host_fs_open(own, HOST_AT_CWD, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE, &fd, &cause) != HOST_OK)
        return failure_of_host(error, called, CORDON_HOST_FAILURE, "cannot make a file of the plugin", &cause);
    cordon_status status = write_all(own, fd, file, error);
    if (host_fd_close(own, fd, &cause) != HOST_OK && status == CORDON_OK)
        status = failure_of_host(error, called, CORDON_HOST_FAILURE, "cannot write a file of the plugin", &cause);
    return status;
}

/* The folders between the root and the file. */
static cordon_status make_folders(host_env *own, char *path, size_t root_length, cordon_error *error)
{
    host_error cause;
    for (char *slash = strchr(path + root_length + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        host_status status = host_fs_mkdir(own, HOST_AT_CWD, path, FOLDER_MODE, &cause);
        *slash = '/';
        if (status != HOST_OK && cause.host_code != EEXIST)
            return failure_of_host(error, called, CORDON_HOST_FAILURE, "cannot make a folder of the plugin", &cause);
    }
    return CORDON_OK;
}

static cordon_status lay_out_one(host_env *own, const char *root, const cordon_plugin_file *file, cordon_error *error)
{
    char path[PATH_BYTES_MAX];
    if (snprintf(path, sizeof path, "%s/%s", root, file->path) >= (int)sizeof path)
        return failure(error, called, CORDON_TOO_LARGE, "the path of a plugin's file is too long: %.100s", file->path);
    cordon_status status = make_folders(own, path, strlen(root), error);
    return status == CORDON_OK ? write_file(own, path, file, error) : status;
}

cordon_status plugin_files_lay_out(host_env *own, const char *root, const cordon_plugin_file *files, size_t count, cordon_error *error)
{
    host_error cause;
    cordon_status status = CORDON_OK;
    if (host_fs_mkdir(own, HOST_AT_CWD, root, FOLDER_MODE, &cause) != HOST_OK)
        return failure_of_host(error, called, cause.host_code == EEXIST ? CORDON_BUSY : CORDON_HOST_FAILURE, "cannot make a folder for the plugin", &cause);
    for (size_t i = 0; status == CORDON_OK && i < count; i++)
        status = lay_out_one(own, root, &files[i], error);
    if (status != CORDON_OK)
        plugin_files_remove(own, root);
    return status;
}

/* ---- Removing: by descriptors, so that no link leads out of what is removed, whatever plugins do there meanwhile ---- */

static void remove_folder(host_env *own, int parent, const char *name);

static void remove_member(host_env *own, int folder, const host_directory_entry *entry)
{
    if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0)
        return;
    if (entry->type == DT_DIR || (host_fs_unlink(own, folder, entry->name, 0, NULL) != HOST_OK && entry->type == DT_UNKNOWN))
        remove_folder(own, folder, entry->name); /* as deep as there are descriptors */
}

static void remove_members(host_env *own, host_directory *directory)
{
    host_directory_entry entry = {.name = ""};
    int folder;
    if (host_fs_directory_fd(own, directory, &folder, NULL) != HOST_OK)
        return;
    while (host_fs_directory_read(own, directory, &entry, NULL) == HOST_OK && entry.name != NULL)
        remove_member(own, folder, &entry);
}

static void remove_folder(host_env *own, int parent, const char *name)
{
    host_directory *directory;
    int fd;
    if (host_fs_open(own, parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, &fd, NULL) != HOST_OK)
        return;
    if (host_fs_directory_open_fd(own, fd, &directory, NULL) == HOST_OK) {
        remove_members(own, directory);
        (void)host_fs_directory_close(own, directory, NULL);
    } else {
        (void)host_fd_close(own, fd, NULL);
    }
    (void)host_fs_unlink(own, parent, name, AT_REMOVEDIR, NULL);
}

void plugin_files_remove(host_env *own, const char *root)
{
    remove_folder(own, HOST_AT_CWD, root);
}
