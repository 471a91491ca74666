/* Opens, reads and writes files of a mount; hides that opening another program's fifo or a device is never tried. */
#define _GNU_SOURCE /* RWF_APPEND */
#include "broker_internal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "host_env/fd.h"

#define OPEN_FLAGS_KNOWN (O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC)

static bool wants_write(int64_t flags)
{
    return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
}

/* May what is there be opened so? */
static int permit_open(const host_file_status *status, int64_t flags)
{
    if ((flags & O_CREAT) && (flags & O_EXCL))
        return -EEXIST;
    if (broker_is_type(status, S_IFLNK))
        return -ELOOP;
    if (broker_is_type(status, S_IFDIR))
        return -EISDIR;
    return broker_is_type(status, S_IFREG) ? 0 : -ENXIO;
}

/* Takes the descriptor into the handle. The look before the open is repeated here, because something else may stand there by now; O_NONBLOCK has
 * kept that from waiting. */
static int adopt(broker_handle *handle, const broker_layer *layer, int fd, int64_t flags, host_file_status *status_out)
{
    host_error problem;
    handle->fd = fd;
    handle->layer = layer;
    if (host_fd_fstat(layer->env, fd, status_out, &problem) != HOST_OK)
        return broker_errno(&problem);
    if (!broker_is_type(status_out, S_IFREG))
        return -ENXIO;
    handle->device = status_out->device;
    handle->inode = status_out->inode;
    handle->may_read = (flags & O_ACCMODE) != O_WRONLY;
    handle->may_write = (flags & O_ACCMODE) != O_RDONLY;
    return 0;
}

/* The host's mask is not the guest's. Set-id bits are never made: whoever runs such a file would act for this host's user. */
static int set_mode(const broker_layer *layer, const char *text, int fd, host_file_status *status, uint32_t mode)
{
    host_error problem;
    host_status result = HOST_OK;
    if ((status->mode & 07777) == mode)
        return 0;
    if (host_fd_fchmod(layer->env, fd, mode, &problem) != HOST_OK)
        result = host_fs_chmod(layer->env, HOST_AT_CWD, text, mode, 0, &problem);
    if (result == HOST_OK)
        status->mode = (status->mode & S_IFMT) | mode;
    return result == HOST_OK ? 0 : broker_errno(&problem);
}

static int open_on(broker_request *request, broker_handle *handle, const broker_layer *layer, bool is_new, host_file_status *status)
{
    char text[PATH_MAX];
    host_error problem;
    int fd, flags = (int)request->numbers[0];
    uint64_t before = is_new ? 0 : (uint64_t)status->blocks_512 * 512;
    uint32_t mode = (uint32_t)request->numbers[1] & 01777;
    int error = broker_join(layer, request->paths[0], text);
    if (error)
        return error;
    if (host_fs_open(layer->env, HOST_AT_CWD, text, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode, &fd, &problem) != HOST_OK)
        return broker_errno(&problem);
    error = adopt(handle, layer, fd, request->numbers[0], status);
    if (!error && is_new) {
        request->broker->figures.made++;
        error = set_mode(layer, text, fd, status, mode);
    }
    if (!error && layer == &request->mount->upper && (flags & O_TRUNC))
        broker_count_change(request->broker, before, (uint64_t)status->blocks_512 * 512);
    handle->is_lower = request->mount->mode == BROKER_MOUNT_OVERLAY && layer == &request->mount->lower;
    return error;
}

int broker_fs_open(broker_request *request)
{
    const char *path = request->paths[0];
    int64_t flags = request->numbers[0];
    const broker_layer *layer;
    host_file_status status;
    if ((flags & ~(int64_t)OPEN_FLAGS_KNOWN) || (flags & O_ACCMODE) == O_ACCMODE)
        return -EINVAL;
    int error = broker_status(request->broker, request->mount, path, &status, &layer);
    bool is_new = error == -ENOENT && (flags & O_CREAT);
    if (is_new)
        error = broker_prepare_creation(request->broker, request->mount, path, false, &layer);
    else if (!error)
        error = permit_open(&status, flags);
    if (!error && !is_new && wants_write(flags))
        error = broker_prepare_change(request->broker, request->mount, path, &layer);
    if (error)
        return error;
    broker_handle *handle = broker_handle_take(request->broker);
    if (!handle)
        return -EMFILE;
    handle->mount = (uint16_t)(request->mount - request->broker->mounts);
    error = open_on(request, handle, layer, is_new, &status);
    if (error) {
        broker_handle_close(request->broker, handle);
        return error;
    }
    status.inode = broker_guest_inode(request->mount, layer, status.inode);
    cordon_broker_put_integer(request->reply, broker_handle_number(request->broker, handle));
    broker_put_status(request, &status);
    return 0;
}

static broker_handle *file_of(broker_request *request)
{
    return broker_handle_find(request->broker, request->numbers[0], BROKER_HANDLE_FILE);
}

static broker_mount *mount_of(broker_request *request, const broker_handle *handle)
{
    return &request->broker->mounts[handle->mount];
}

int broker_fs_close(broker_request *request)
{
    broker_handle *handle = file_of(request);
    if (!handle)
        handle = broker_handle_find(request->broker, request->numbers[0], BROKER_HANDLE_LIST);
    if (!handle)
        return -EBADF;
    broker_handle_close(request->broker, handle);
    return 0;
}

int broker_fs_read(broker_request *request)
{
    broker_handle *handle = file_of(request);
    int64_t offset = request->numbers[1], size = request->numbers[2];
    host_error problem;
    size_t count;
    if (!handle || !handle->may_read)
        return -EBADF;
    if (offset < 0 || size < 0)
        return -EINVAL;
    if (size > (int64_t)CORDON_BROKER_DATA_MAX)
        size = CORDON_BROKER_DATA_MAX;
    unsigned char *to = cordon_broker_reserve(request->reply, (size_t)size);
    if (!to)
        return -EIO;
    if (host_fd_pread(handle->layer->env, handle->fd, to, (size_t)size, offset, &count, &problem) != HOST_OK)
        return broker_errno(&problem);
    cordon_broker_shrink(request->reply, (size_t)size, count);
    return 0;
}

/* ---- Changes of an open file. Those of a private file are counted. ---- */

struct change {
    broker_handle *handle;
    host_file_status before;
    bool is_counted;
};

static int begin_change(broker_request *request, struct change *change)
{
    host_error problem;
    change->handle = file_of(request);
    if (!change->handle || !change->handle->may_write)
        return -EBADF;
    change->is_counted = mount_of(request, change->handle)->mode == BROKER_MOUNT_OVERLAY;
    return host_fd_fstat(change->handle->layer->env, change->handle->fd, &change->before, &problem) == HOST_OK ? 0 : broker_errno(&problem);
}

/* Also after a failure: a part may have been done. */
static void end_change(broker_request *request, struct change *change, host_file_status *after_out)
{
    *after_out = change->before;
    if (host_fd_fstat(change->handle->layer->env, change->handle->fd, after_out, NULL) == HOST_OK && change->is_counted)
        broker_count_change(request->broker, (uint64_t)change->before.blocks_512 * 512, (uint64_t)after_out->blocks_512 * 512);
}

/* Does [offset, offset + size) lie within what a file may span? */
static bool is_within_limit(const broker_request *request, int64_t offset, int64_t size)
{
    int64_t limit = (int64_t)request->broker->config.file_offset_max;
    return offset >= 0 && size >= 0 && offset <= limit && size <= limit - offset;
}

int broker_fs_write(broker_request *request)
{
    struct change change;
    host_file_status after;
    host_error problem;
    size_t count = 0;
    int64_t offset = request->numbers[1];
    bool appends = offset == -1;
    int error = begin_change(request, &change);
    if (error)
        return error;
    if (offset < -1)
        return -EINVAL;
    if (!is_within_limit(request, appends ? change.before.size_bytes : offset, (int64_t)request->bytes_size))
        return -EFBIG;
    if (change.is_counted && !broker_has_room(request->broker, request->bytes_size))
        return -ENOSPC;
    host_fd_buffer buffer = {(void *)(uintptr_t)request->bytes, request->bytes_size};
    /* RWF_APPEND finds the end and writes there in one step, also beside other programs. */
    if (host_fd_pwritev2(change.handle->layer->env, change.handle->fd, &buffer, 1, appends ? 0 : offset, appends ? RWF_APPEND : 0, &count, &problem) !=
        HOST_OK)
        error = broker_errno(&problem);
    end_change(request, &change, &after);
    cordon_broker_put_integer(request->reply, (int64_t)count);
    cordon_broker_put_integer(request->reply, appends ? after.size_bytes : offset + (int64_t)count);
    return error;
}

int broker_fs_resize(broker_request *request)
{
    struct change change;
    host_file_status after;
    host_error problem;
    int64_t size = request->numbers[1];
    int error = begin_change(request, &change);
    if (error)
        return error;
    if (size < 0)
        return -EINVAL;
    if (!is_within_limit(request, size, 0))
        return -EFBIG;
    if (host_fd_ftruncate(change.handle->layer->env, change.handle->fd, size, &problem) != HOST_OK)
        error = broker_errno(&problem);
    end_change(request, &change, &after);
    return error;
}

int broker_fs_reserve(broker_request *request)
{
    struct change change;
    host_file_status after;
    host_error problem;
    broker *broker = request->broker;
    int64_t offset = request->numbers[1], size = request->numbers[2];
    int error = begin_change(request, &change);
    if (error)
        return error;
    if (offset < 0 || size <= 0)
        return -EINVAL;
    if (!is_within_limit(request, offset, size))
        return -EFBIG;
    /* Room on the host's disk for a request of some bytes: it counts as if the content had been sent. */
    if ((uint64_t)size > broker->config.bytes_max - broker->figures.bytes || (change.is_counted && !broker_has_room(broker, (uint64_t)size)))
        return -ENOSPC;
    broker->figures.bytes += (uint64_t)size;
    if (host_fd_fallocate(change.handle->layer->env, change.handle->fd, offset, size, &problem) != HOST_OK)
        error = broker_errno(&problem);
    end_change(request, &change, &after);
    return error;
}

int broker_fs_sync(broker_request *request)
{
    broker_handle *handle = file_of(request);
    host_error problem;
    if (!handle)
        return -EBADF;
    return host_fd_fsync(handle->layer->env, handle->fd, &problem) == HOST_OK ? 0 : broker_errno(&problem);
}

int broker_fs_open_status(broker_request *request)
{
    broker_handle *handle = file_of(request);
    host_file_status status;
    host_error problem;
    if (!handle)
        return -EBADF;
    if (host_fd_fstat(handle->layer->env, handle->fd, &status, &problem) != HOST_OK)
        return broker_errno(&problem);
    status.inode = broker_guest_inode(mount_of(request, handle), handle->layer, status.inode);
    broker_put_status(request, &status);
    return 0;
}

/* Permissions and times can be changed through any descriptor; the host only does it through one that may write. */
static int changeable(broker_request *request, broker_handle **handle_out)
{
    *handle_out = file_of(request);
    if (!*handle_out)
        return -EBADF;
    return mount_of(request, *handle_out)->mode == BROKER_MOUNT_READ_ONLY || (*handle_out)->is_lower ? -EROFS : 0;
}

int broker_fs_open_mode(broker_request *request)
{
    broker_handle *handle;
    host_error problem;
    int error = changeable(request, &handle);
    if (error)
        return error;
    uint32_t mode = (uint32_t)request->numbers[1] & 01777;
    return host_fd_fchmod(handle->layer->env, handle->fd, mode, &problem) == HOST_OK ? 0 : broker_errno(&problem);
}

int broker_fs_open_times(broker_request *request)
{
    broker_handle *handle;
    host_file_time times[2];
    host_error problem;
    int error = changeable(request, &handle);
    if (!error)
        error = broker_times(request->numbers + 1, times);
    if (error)
        return error;
    return host_fd_futimens(handle->layer->env, handle->fd, times, &problem) == HOST_OK ? 0 : broker_errno(&problem);
}
