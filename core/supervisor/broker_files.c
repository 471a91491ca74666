/* Looks at, makes, moves and removes names in a mount; hides in which order that is checked and counted. */
#include "broker_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

enum { LIST_ENTRIES_MAX = (CORDON_BROKER_VALUES_MAX - 2) / 3, LIST_ENTRY_BYTES_MAX = CORDON_BROKER_NAME_MAX + 23 };
#define RENAME_FLAGS_KNOWN 3 /* RENAME_NOREPLACE | RENAME_EXCHANGE */
#define RENAME_EXCHANGING 2

static int64_t nanoseconds(int64_t seconds, int64_t rest)
{
    int64_t sum;
    if (__builtin_mul_overflow(seconds, INT64_C(1000000000), &sum) || __builtin_add_overflow(sum, rest, &sum))
        return seconds < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

void broker_put_status(broker_request *request, const host_file_status *status)
{
    const int64_t fields[CORDON_BROKER_STATUS_COUNT] = {
        [CORDON_BROKER_STATUS_MODE] = status->mode,
        [CORDON_BROKER_STATUS_SIZE] = status->size_bytes,
        [CORDON_BROKER_STATUS_INODE] = (int64_t)status->inode,
        [CORDON_BROKER_STATUS_LINKS] = (int64_t)status->link_count,
        [CORDON_BROKER_STATUS_BLOCKS] = status->blocks_512,
        [CORDON_BROKER_STATUS_ACCESSED] = nanoseconds(status->access_time_s, status->access_time_ns),
        [CORDON_BROKER_STATUS_MODIFIED] = nanoseconds(status->modify_time_s, status->modify_time_ns),
        [CORDON_BROKER_STATUS_CHANGED] = nanoseconds(status->change_time_s, status->change_time_ns),
    };
    for (size_t i = 0; i < CORDON_BROKER_STATUS_COUNT; i++)
        cordon_broker_put_integer(request->reply, fields[i]);
}

/* ---- Looking ---- */

int broker_fs_status(broker_request *request)
{
    char text[PATH_MAX], target[BROKER_TARGET_MAX];
    const broker_layer *layer;
    host_file_status status;
    host_error problem;
    size_t length = 0;
    int error = broker_status(request->broker, request->mount, request->paths[0], &status, &layer);
    if (!error && broker_is_type(&status, S_IFLNK)) {
        error = broker_join(layer, request->paths[0], text);
        if (!error && host_fs_readlink(layer->env, HOST_AT_CWD, text, target, sizeof target, &length, &problem) != HOST_OK)
            error = broker_errno(&problem);
    }
    if (error)
        return error;
    broker_put_status(request, &status);
    cordon_broker_put_bytes(request->reply, target, length);
    return 0;
}

int broker_fs_volume(broker_request *request)
{
    char text[PATH_MAX];
    host_file_system_status volume;
    host_error problem;
    const broker *broker = request->broker;
    int error = broker_join(&request->mount->lower, "", text);
    if (error)
        return error;
    if (host_fs_statvfs(request->mount->lower.env, text, &volume, &problem) != HOST_OK)
        return broker_errno(&problem);
    if (request->mount->mode == BROKER_MOUNT_OVERLAY) { /* what a guest can add is held by its quota, not by the host's disk */
        uint64_t held = broker->figures.overlay_bytes, most = broker->config.overlay_bytes_max;
        volume.blocks = most / volume.fragment_size_bytes;
        volume.blocks_available = held < most ? (most - held) / volume.fragment_size_bytes : 0;
    }
    const uint64_t fields[] = {volume.fragment_size_bytes, volume.blocks, volume.blocks_available, volume.files, volume.files_available,
                               volume.name_bytes_max};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        cordon_broker_put_integer(request->reply, (int64_t)fields[i]);
    return 0;
}

int broker_fs_list_open(broker_request *request)
{
    broker_handle *handle = broker_handle_take(request->broker);
    if (!handle)
        return -EMFILE;
    int error = broker_list_start(request->broker, request->mount, request->paths[0], handle);
    if (error)
        broker_handle_close(request->broker, handle);
    else
        cordon_broker_put_integer(request->reply, broker_handle_number(request->broker, handle));
    return error;
}

/* The end is told first, and known last: its place is filled in afterwards (one byte, as all small numbers are). */
int broker_fs_list(broker_request *request)
{
    broker_handle *handle = broker_handle_find(request->broker, request->numbers[0], BROKER_HANDLE_LIST);
    cordon_broker_writer *reply = request->reply;
    host_directory_entry entry;
    if (!handle)
        return -EBADF;
    size_t end_at = reply->size;
    cordon_broker_put_integer(reply, 1);
    for (int count = 0; count < LIST_ENTRIES_MAX && reply->room - reply->size >= LIST_ENTRY_BYTES_MAX; count++) {
        int result = broker_list_next(request->broker, handle, &entry);
        if (result <= 0)
            return result;
        cordon_broker_put_integer(reply, (int64_t)entry.type << 12);
        cordon_broker_put_bytes(reply, entry.name, strlen(entry.name));
        cordon_broker_put_integer(reply, (int64_t)entry.inode);
    }
    reply->bytes[end_at] = 0;
    return 0;
}

/* ---- Making ---- */

int broker_fs_make_folder(broker_request *request)
{
    char text[PATH_MAX];
    const broker_layer *layer, *found;
    host_file_status status;
    host_error problem;
    uint32_t mode = (uint32_t)request->numbers[0] & 01777;
    int error = broker_prepare_creation(request->broker, request->mount, request->paths[0], false, &layer);
    if (!error)
        error = broker_join(layer, request->paths[0], text);
    if (error)
        return error;
    if (host_fs_mkdir(layer->env, HOST_AT_CWD, text, mode, &problem) != HOST_OK)
        return broker_errno(&problem);
    request->broker->figures.made++;
    /* The host's mask is not the guest's. */
    if (host_fs_chmod(layer->env, HOST_AT_CWD, text, mode, 0, &problem) != HOST_OK)
        return broker_errno(&problem);
    error = broker_status(request->broker, request->mount, request->paths[0], &status, &found);
    if (!error)
        broker_put_status(request, &status);
    return error;
}

int broker_fs_symlink(broker_request *request)
{
    char text[PATH_MAX], target[BROKER_TARGET_MAX];
    const broker_layer *layer;
    host_error problem;
    if (request->bytes_size == 0 || request->bytes_size >= sizeof target || memchr(request->bytes, '\0', request->bytes_size))
        return -EINVAL;
    memcpy(target, request->bytes, request->bytes_size);
    target[request->bytes_size] = '\0';
    int error = broker_prepare_creation(request->broker, request->mount, request->paths[0], false, &layer);
    if (!error)
        error = broker_join(layer, request->paths[0], text);
    if (error)
        return error;
    if (host_fs_symlink(layer->env, target, HOST_AT_CWD, text, &problem) != HOST_OK)
        return broker_errno(&problem);
    request->broker->figures.made++;
    return 0;
}

int broker_fs_link(broker_request *request)
{
    char old_text[PATH_MAX], new_text[PATH_MAX];
    const broker_layer *layer;
    host_file_status status;
    host_error problem;
    int error = broker_status(request->broker, request->mount, request->paths[0], &status, &layer);
    if (!error && !broker_is_type(&status, S_IFREG) && !broker_is_type(&status, S_IFLNK))
        error = -EPERM;
    if (!error)
        error = broker_prepare_creation(request->broker, request->mount, request->paths[1], false, &layer);
    if (!error)
        error = broker_prepare_change(request->broker, request->mount, request->paths[0], &layer);
    if (!error)
        error = broker_join(layer, request->paths[0], old_text);
    if (!error)
        error = broker_join(layer, request->paths[1], new_text);
    if (error)
        return error;
    if (host_fs_link(layer->env, HOST_AT_CWD, old_text, HOST_AT_CWD, new_text, 0, &problem) != HOST_OK)
        return broker_errno(&problem);
    request->broker->figures.made++;
    return 0;
}

/* ---- Removing ---- */

/* An upper file is about to lose a name: after its last one its bytes are given back, at once or when its handles are closed. */
static void count_lost_name(broker *broker, broker_mount *mount, const char *path)
{
    host_file_status status;
    if (broker_layer_status(&mount->upper, path, &status) != 0 || broker_is_type(&status, S_IFDIR) || status.link_count > 1)
        return;
    broker_forget_twin(mount, status.inode);
    if (!broker_handles_orphan(broker, status.device, status.inode))
        broker_count_change(broker, (uint64_t)status.blocks_512 * 512, 0);
}

/* Takes the name out of the layer that changes go to. In an overlay it may only be below, and then is hidden. */
static int take_out(broker_request *request, const char *path, int flags)
{
    char text[PATH_MAX], parent[CORDON_BROKER_PATH_MAX];
    const broker_layer *layer;
    host_file_status status;
    host_error problem;
    broker_mount *mount = request->mount;
    bool is_overlay = mount->mode == BROKER_MOUNT_OVERLAY;
    broker_parent(path, parent);
    int error = broker_prepare_change(request->broker, mount, parent, &layer);
    if (!error)
        error = broker_join(layer, path, text);
    if (error)
        return error;
    if (!is_overlay || broker_layer_status(layer, path, &status) == 0) {
        if (is_overlay)
            count_lost_name(request->broker, mount, path);
        if (host_fs_unlink(layer->env, HOST_AT_CWD, text, flags, &problem) != HOST_OK)
            return broker_errno(&problem);
    } else if (broker_join(layer, parent, text) == 0) {
        (void)host_fs_utimens(layer->env, HOST_AT_CWD, text, NULL, 0, NULL); /* the folder has changed, though nothing was removed from it */
    }
    return broker_removed(request->broker, mount, path);
}

int broker_fs_remove(broker_request *request)
{
    const broker_layer *layer;
    host_file_status status;
    int error = broker_status(request->broker, request->mount, request->paths[0], &status, &layer);
    if (!error && broker_is_type(&status, S_IFDIR))
        error = -EISDIR;
    return error ? error : take_out(request, request->paths[0], 0);
}

int broker_fs_remove_folder(broker_request *request)
{
    const broker_layer *layer;
    host_file_status status;
    if (request->paths[0][0] == '\0')
        return -EBUSY;
    int error = broker_status(request->broker, request->mount, request->paths[0], &status, &layer);
    if (!error && !broker_is_type(&status, S_IFDIR))
        error = -ENOTDIR;
    if (!error && request->mount->mode != BROKER_MOUNT_READ_ONLY)
        error = broker_check_empty(request->broker, request->mount, request->paths[0]);
    return error ? error : take_out(request, request->paths[0], AT_REMOVEDIR);
}

/* ---- Moving ---- */

static bool is_within(const char *inner, const char *outer)
{
    size_t length = strlen(outer);
    return strncmp(inner, outer, length) == 0 && (inner[length] == '/' || inner[length] == '\0');
}

/* May `from` be moved over `to`, as rename(2) has it? 1: both are one file, and nothing is to be done. */
static int permit_replace(broker_request *request, const host_file_status *from, const host_file_status *to)
{
    bool is_folder = broker_is_type(from, S_IFDIR);
    if (from->inode == to->inode && from->device == to->device)
        return 1;
    if (is_folder != broker_is_type(to, S_IFDIR))
        return is_folder ? -ENOTDIR : -EISDIR;
    return is_folder ? broker_check_empty(request->broker, request->mount, request->paths[1]) : 0;
}

static int permit_rename(broker_request *request, int64_t flags)
{
    const broker_layer *layer;
    host_file_status from, to;
    int error = broker_status(request->broker, request->mount, request->paths[0], &from, &layer);
    if (error)
        return error;
    if (broker_is_type(&from, S_IFDIR) && is_within(request->paths[1], request->paths[0]))
        return strcmp(request->paths[0], request->paths[1]) == 0 ? 1 : -EINVAL;
    error = broker_status(request->broker, request->mount, request->paths[1], &to, &layer);
    if (error == -ENOENT)
        return flags & RENAME_EXCHANGING ? -ENOENT : 0;
    if (error || flags)
        return error || (flags & RENAME_EXCHANGING) ? error : -EEXIST;
    return permit_replace(request, &from, &to);
}

/* Brings all that moves to the upper folder, so that moving is one step there. */
static int rename_above(broker_request *request, int64_t flags)
{
    broker *broker = request->broker;
    broker_mount *mount = request->mount;
    char parent[CORDON_BROKER_PATH_MAX];
    int error = broker_copy_up_tree(broker, mount, request->paths[0]);
    broker_parent(request->paths[1], parent);
    if (!error)
        error = broker_copy_up(broker, mount, parent);
    if (!error && (flags & RENAME_EXCHANGING))
        error = broker_copy_up_tree(broker, mount, request->paths[1]);
    if (!error && !(flags & RENAME_EXCHANGING))
        count_lost_name(broker, mount, request->paths[1]);
    return error;
}

int broker_fs_rename(broker_request *request)
{
    char old_text[PATH_MAX], new_text[PATH_MAX];
    const broker_layer *layer;
    host_error problem;
    int64_t flags = request->numbers[0];
    broker_mount *mount = request->mount;
    if ((flags & ~(int64_t)RENAME_FLAGS_KNOWN) || flags == RENAME_FLAGS_KNOWN)
        return -EINVAL;
    if (request->paths[0][0] == '\0' || request->paths[1][0] == '\0')
        return -EBUSY;
    if (mount->mode == BROKER_MOUNT_READ_ONLY)
        return -EROFS;
    int error = permit_rename(request, flags);
    if (error)
        return error > 0 ? 0 : error;
    error = broker_prepare_creation(request->broker, mount, request->paths[1], true, &layer);
    if (!error && mount->mode == BROKER_MOUNT_OVERLAY)
        error = rename_above(request, flags);
    if (!error)
        error = broker_join(layer, request->paths[0], old_text);
    if (!error)
        error = broker_join(layer, request->paths[1], new_text);
    if (error)
        return error;
    if (host_fs_rename(layer->env, HOST_AT_CWD, old_text, HOST_AT_CWD, new_text, (unsigned)flags, &problem) != HOST_OK)
        return broker_errno(&problem);
    uint64_t made = request->broker->figures.made;
    error = broker_removed(request->broker, mount, request->paths[0]);
    if (!error)
        error = broker_removed(request->broker, mount, request->paths[1]);
    request->broker->figures.made = made; /* what moved is still there */
    return error;
}

/* ---- Attributes ---- */

int broker_fs_mode(broker_request *request)
{
    char text[PATH_MAX];
    const broker_layer *layer;
    host_file_status status;
    host_error problem;
    int error = broker_status(request->broker, request->mount, request->paths[0], &status, &layer);
    if (!error && broker_is_type(&status, S_IFLNK))
        error = -EOPNOTSUPP;
    if (!error)
        error = broker_prepare_change(request->broker, request->mount, request->paths[0], &layer);
    if (!error)
        error = broker_join(layer, request->paths[0], text);
    if (error)
        return error;
    if (host_fs_chmod(layer->env, HOST_AT_CWD, text, (uint32_t)request->numbers[0] & 01777, 0, &problem) != HOST_OK)
        return broker_errno(&problem);
    return 0;
}

int broker_times(const int64_t numbers[4], host_file_time times_out[2])
{
    for (size_t i = 0; i < 2; i++) {
        int64_t how = numbers[2 * i], ns = numbers[2 * i + 1];
        int64_t rest = ns % 1000000000;
        if (how != CORDON_BROKER_TIME_SET && how != CORDON_BROKER_TIME_NOW && how != CORDON_BROKER_TIME_KEEP)
            return -EINVAL;
        times_out[i] = (host_file_time){ns / 1000000000 - (rest < 0), rest < 0 ? rest + 1000000000 : rest};
        if (how != CORDON_BROKER_TIME_SET)
            times_out[i] = (host_file_time){0, how == CORDON_BROKER_TIME_NOW ? UTIME_NOW : UTIME_OMIT};
    }
    return 0;
}

int broker_fs_times(broker_request *request)
{
    char text[PATH_MAX];
    const broker_layer *layer;
    host_file_status status;
    host_file_time times[2];
    host_error problem;
    int error = broker_times(request->numbers, times);
    if (!error)
        error = broker_status(request->broker, request->mount, request->paths[0], &status, &layer);
    if (!error)
        error = broker_prepare_change(request->broker, request->mount, request->paths[0], &layer);
    if (!error)
        error = broker_join(layer, request->paths[0], text);
    if (error)
        return error;
    if (host_fs_utimens(layer->env, HOST_AT_CWD, text, times, AT_SYMLINK_NOFOLLOW, &problem) != HOST_OK)
        return broker_errno(&problem);
    return 0;
}

int broker_fs_truncate(broker_request *request)
{
    char text[PATH_MAX];
    const broker_layer *layer;
    host_file_status before, after;
    host_error problem;
    int64_t size = request->numbers[0];
    if (size < 0)
        return -EINVAL;
    if ((uint64_t)size > request->broker->config.file_offset_max)
        return -EFBIG;
    int error = broker_status(request->broker, request->mount, request->paths[0], &before, &layer);
    if (!error && !broker_is_type(&before, S_IFREG))
        error = broker_is_type(&before, S_IFDIR) ? -EISDIR : -EINVAL;
    if (!error)
        error = broker_prepare_change(request->broker, request->mount, request->paths[0], &layer);
    if (!error)
        error = broker_layer_status(layer, request->paths[0], &before);
    if (!error)
        error = broker_join(layer, request->paths[0], text);
    if (error)
        return error;
    if (host_fs_truncate(layer->env, text, size, &problem) != HOST_OK)
        return broker_errno(&problem);
    if (request->mount->mode == BROKER_MOUNT_OVERLAY && broker_layer_status(layer, request->paths[0], &after) == 0)
        broker_count_change(request->broker, (uint64_t)before.blocks_512 * 512, (uint64_t)after.blocks_512 * 512);
    return 0;
}
