/* Finds where a path of a mount is, and makes it changeable; hides from the operations whether a mount has one layer or two. */
#include "broker_internal.h"

#include <fcntl.h>
#include <sys/stat.h>

int broker_status(broker *broker, broker_mount *mount, const char *path, host_file_status *status_out, const broker_layer **layer_out)
{
    (void)broker;
    int error = mount->has_upper ? broker_layer_status(&mount->upper, path, status_out) : -ENOENT;
    *layer_out = &mount->upper;
    if (error != -ENOENT) { /* also a file where the lower folder has a folder: what was below it is gone */
        status_out->inode = broker_guest_inode(mount, &mount->upper, status_out->inode);
        return error;
    }
    *layer_out = &mount->lower;
    return broker_is_hidden(mount, path) ? -ENOENT : broker_layer_status(&mount->lower, path, status_out);
}

int broker_prepare_change(broker *broker, broker_mount *mount, const char *path, const broker_layer **layer_out)
{
    *layer_out = &mount->lower;
    if (mount->mode == BROKER_MOUNT_READ_ONLY)
        return -EROFS;
    if (mount->mode == BROKER_MOUNT_READ_WRITE)
        return 0;
    *layer_out = &mount->upper;
    return broker_copy_up(broker, mount, path);
}

int broker_prepare_creation(broker *broker, broker_mount *mount, const char *path, bool may_exist, const broker_layer **layer_out)
{
    char parent[CORDON_BROKER_PATH_MAX];
    host_file_status status;
    const broker_layer *layer;
    if (mount->mode == BROKER_MOUNT_READ_ONLY)
        return -EROFS;
    if (broker->figures.made >= broker->config.made_max)
        return -ENOSPC;
    int error = broker_status(broker, mount, path, &status, &layer);
    if (error == 0 && !may_exist)
        return -EEXIST;
    if (error != 0 && error != -ENOENT)
        return error;
    broker_parent(path, parent);
    error = broker_status(broker, mount, parent, &status, &layer);
    if (!error && !broker_is_type(&status, S_IFDIR))
        error = -ENOTDIR;
    return error ? error : broker_prepare_change(broker, mount, parent, layer_out);
}

int broker_removed(broker *broker, broker_mount *mount, const char *path)
{
    host_file_status status;
    if (broker->figures.made > 0)
        broker->figures.made--;
    if (mount->mode != BROKER_MOUNT_OVERLAY || broker_is_hidden(mount, path) || broker_layer_status(&mount->lower, path, &status) != 0)
        return 0;
    return broker_hide(broker, mount, path);
}

/* ---- Listing ---- */

static int open_directory(const broker_layer *layer, const char *path, broker_handle *handle)
{
    char text[PATH_MAX];
    host_error problem;
    int error = broker_join(layer, path, text);
    if (error)
        return error;
    handle->layer = layer;
    return host_fs_directory_open(layer->env, HOST_AT_CWD, text, &handle->directory, &problem) == HOST_OK ? 0 : broker_errno(&problem);
}

static void close_directory(broker_handle *handle)
{
    (void)host_fs_directory_close(handle->layer->env, handle->directory, NULL);
    handle->directory = NULL;
}

/* The lower half of a folder, if it has one. */
static int go_lower(broker_mount *mount, broker_handle *handle)
{
    host_file_status status;
    handle->in_lower = true;
    if (broker_is_hidden(mount, handle->path) || broker_layer_status(&mount->lower, handle->path, &status) != 0 ||
        !broker_is_type(&status, S_IFDIR))
        return 0;
    return open_directory(&mount->lower, handle->path, handle);
}

int broker_list_start(broker *broker, broker_mount *mount, const char *path, broker_handle *handle)
{
    host_file_status status;
    const broker_layer *layer;
    int error = broker_status(broker, mount, path, &status, &layer);
    if (error)
        return error;
    if (!broker_is_type(&status, S_IFDIR))
        return -ENOTDIR;
    handle->kind = BROKER_HANDLE_LIST;
    handle->mount = (uint16_t)(mount - broker->mounts);
    handle->path = strdup(path);
    if (!handle->path)
        return -ENOMEM;
    handle->in_lower = layer == &mount->lower;
    return open_directory(layer, path, handle);
}

/* Is an entry of the lower folder covered by the upper one, or gone? */
static bool is_covered(broker *broker, broker_mount *mount, const broker_handle *handle, const char *name)
{
    char path[CORDON_BROKER_PATH_MAX];
    host_file_status status;
    size_t length = strlen(handle->path), name_length = strlen(name), slash = length > 0;
    (void)broker;
    if (length + slash + name_length >= sizeof path)
        return true;
    memcpy(path, handle->path, length);
    path[length] = '/';
    memcpy(path + length + slash, name, name_length + 1);
    return broker_is_hidden(mount, path) || (mount->has_upper && broker_layer_status(&mount->upper, path, &status) == 0);
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Some file systems do not say in a listing what an entry is. */
static void complete_type(const broker_handle *handle, host_directory_entry *entry)
{
    char path[CORDON_BROKER_PATH_MAX];
    host_file_status status;
    size_t length = strlen(handle->path), name_length = strlen(entry->name), slash = length > 0;
    if (entry->type != 0 || length + slash + name_length >= sizeof path)
        return;
    memcpy(path, handle->path, length);
    path[length] = '/';
    memcpy(path + length + slash, entry->name, name_length + 1);
    if (broker_layer_status(handle->layer, path, &status) == 0)
        entry->type = (uint8_t)((status.mode & S_IFMT) >> 12); /* DT_* are these bits */
}

int broker_list_next(broker *broker, broker_handle *handle, host_directory_entry *entry_out)
{
    broker_mount *mount = &broker->mounts[handle->mount];
    host_error problem;
    for (;;) {
        if (!handle->directory)
            return 0;
        if (host_fs_directory_read(handle->layer->env, handle->directory, entry_out, &problem) != HOST_OK)
            return broker_errno(&problem);
        if (!entry_out->name) {
            close_directory(handle);
            int error = handle->in_lower ? 0 : go_lower(mount, handle);
            if (error)
                return error;
            continue;
        }
        if (is_dots(entry_out->name) || strlen(entry_out->name) > CORDON_BROKER_NAME_MAX)
            continue;
        if (mount->mode == BROKER_MOUNT_OVERLAY && handle->in_lower && is_covered(broker, mount, handle, entry_out->name))
            continue;
        complete_type(handle, entry_out);
        entry_out->inode = broker_guest_inode(mount, handle->layer, entry_out->inode);
        return 1;
    }
}

int broker_check_empty(broker *broker, broker_mount *mount, const char *path)
{
    host_directory_entry entry;
    broker_handle *handle = broker_handle_take(broker);
    if (!handle)
        return -EMFILE;
    int result = broker_list_start(broker, mount, path, handle);
    if (!result)
        result = broker_list_next(broker, handle, &entry);
    broker_handle_close(broker, handle);
    return result > 0 ? -ENOTEMPTY : result;
}
