/* Keeps what a sandbox has open at the host; hides descriptors behind small numbers, and that a file may move to an overlay's upper folder while it is
 * open. */
#include "broker_internal.h"

#include <fcntl.h>

#include "host_env/fd.h"

broker_handle *broker_handle_take(broker *broker)
{
    for (uint32_t i = 0; i < broker->handle_limit; i++) {
        broker_handle *handle = &broker->handles[i];
        if (handle->kind != BROKER_HANDLE_FREE)
            continue;
        *handle = (broker_handle){.kind = BROKER_HANDLE_FILE, .fd = -1};
        broker->handles_open++;
        return handle;
    }
    return NULL;
}

int64_t broker_handle_number(const broker *broker, const broker_handle *handle)
{
    return handle - broker->handles;
}

broker_handle *broker_handle_find(broker *broker, int64_t number, int kind)
{
    if (number < 0 || number >= (int64_t)broker->handle_limit || (int)broker->handles[number].kind != kind)
        return NULL;
    return &broker->handles[number];
}

static bool is_same_file(const broker_handle *handle, uint64_t device, uint64_t inode)
{
    return handle->kind == BROKER_HANDLE_FILE && handle->device == device && handle->inode == inode;
}

/* The bytes of a private file without a name are given back when its last handle goes. */
static void give_back_orphan(broker *broker, const broker_handle *closing)
{
    host_file_status status;
    for (uint32_t i = 0; i < broker->handle_limit; i++)
        if (&broker->handles[i] != closing && is_same_file(&broker->handles[i], closing->device, closing->inode))
            return;
    if (host_fd_fstat(closing->layer->env, closing->fd, &status, NULL) == HOST_OK)
        broker_count_change(broker, (uint64_t)status.blocks_512 * 512, 0);
}

void broker_handle_close(broker *broker, broker_handle *handle)
{
    if (handle->is_orphan)
        give_back_orphan(broker, handle);
    if (handle->fd >= 0)
        (void)host_fd_close(handle->layer->env, handle->fd, NULL);
    if (handle->directory)
        (void)host_fs_directory_close(handle->layer->env, handle->directory, NULL);
    free(handle->path);
    *handle = (broker_handle){.kind = BROKER_HANDLE_FREE, .fd = -1};
    broker->handles_open--;
}

bool broker_handles_orphan(broker *broker, uint64_t device, uint64_t inode)
{
    bool is_held = false;
    for (uint32_t i = 0; i < broker->handle_limit; i++)
        if (is_same_file(&broker->handles[i], device, inode))
            is_held = broker->handles[i].is_orphan = true;
    return is_held;
}

static int move_up(broker_mount *mount, broker_handle *handle, const char *path)
{
    char text[PATH_MAX];
    host_file_status status;
    host_error problem;
    int fd;
    int error = broker_join(&mount->upper, path, text);
    if (error)
        return error;
    if (host_fs_open(mount->upper.env, HOST_AT_CWD, text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0, &fd, &problem) != HOST_OK)
        return broker_errno(&problem);
    if (host_fd_fstat(mount->upper.env, fd, &status, &problem) != HOST_OK) {
        (void)host_fd_close(mount->upper.env, fd, NULL);
        return broker_errno(&problem);
    }
    (void)host_fd_close(handle->layer->env, handle->fd, NULL);
    handle->fd = fd;
    handle->layer = &mount->upper;
    handle->is_lower = false;
    handle->device = status.device;
    handle->inode = status.inode;
    return 0;
}

int broker_handles_move_up(broker *broker, broker_mount *mount, const char *path, const host_file_status *lower)
{
    int error = 0;
    for (uint32_t i = 0; i < broker->handle_limit && !error; i++) {
        broker_handle *handle = &broker->handles[i];
        /* Only they are open for reading alone: who writes has copied before. */
        if (is_same_file(handle, lower->device, lower->inode) && handle->is_lower && handle->layer == &mount->lower)
            error = move_up(mount, handle, path);
    }
    return error;
}
