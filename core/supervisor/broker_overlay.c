/* Keeps what a sandbox changes in an overlay apart from the host's folder: copies above, and a list of what is out of sight below. Hides from the
 * operations that there are two folders. */
#include "broker_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "host_env/fd.h"

/* What a hidden path costs besides its text. */
enum { HIDDEN_COST_BYTES = 64, FIRST_CAPACITY = 16 };

/* ---- Counting ---- */

bool broker_has_room(const broker *broker, uint64_t bytes)
{
    uint64_t held = broker->figures.overlay_bytes, most = broker->config.overlay_bytes_max;
    return held <= most && bytes <= most - held;
}

void broker_count_change(broker *broker, uint64_t before, uint64_t after)
{
    uint64_t *held = &broker->figures.overlay_bytes;
    if (after >= before)
        *held += after - before;
    else
        *held -= before - after < *held ? before - after : *held;
}

/* ---- What is out of sight ---- */

/* Where `path` (its first `length` bytes) is in the list, or would be. */
static size_t position_of(const broker_hidden *hidden, const char *path, size_t length, bool *is_there_out)
{
    size_t low = 0, high = hidden->count;
    *is_there_out = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strncmp(hidden->paths[middle], path, length);
        if (order == 0 && hidden->paths[middle][length] != '\0')
            order = 1;
        if (order == 0) {
            *is_there_out = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool broker_is_hidden(const broker_mount *mount, const char *path)
{
    bool is_there = false;
    if (mount->hidden.count == 0 || path[0] == '\0')
        return false;
    for (size_t i = 1; !is_there; i++) {
        if (path[i] == '/' || path[i] == '\0')
            (void)position_of(&mount->hidden, path, i, &is_there);
        if (path[i] == '\0')
            break;
    }
    return is_there;
}

int broker_hide(broker *broker, broker_mount *mount, const char *path)
{
    broker_hidden *hidden = &mount->hidden;
    size_t length = strlen(path);
    bool is_there;
    size_t at = position_of(hidden, path, length, &is_there);
    if (is_there)
        return 0;
    if (!broker_has_room(broker, length + HIDDEN_COST_BYTES))
        return -ENOSPC;
    if (hidden->count == hidden->capacity) {
        size_t capacity = hidden->capacity ? hidden->capacity * 2 : FIRST_CAPACITY;
        char **grown = realloc(hidden->paths, capacity * sizeof *grown);
        if (!grown)
            return -ENOMEM;
        hidden->paths = grown;
        hidden->capacity = capacity;
    }
    char *copy = strdup(path);
    if (!copy)
        return -ENOMEM;
    memmove(hidden->paths + at + 1, hidden->paths + at, (hidden->count - at) * sizeof *hidden->paths);
    hidden->paths[at] = copy;
    hidden->count++;
    broker_count_change(broker, 0, length + HIDDEN_COST_BYTES);
    return 0;
}

/* ---- Inode numbers: a file keeps its own when it is copied, and a new one never has that of a file below ---- */

#define NEW_INODE_BIT (UINT64_C(1) << 62)

static size_t twin_position(const broker_mount *mount, uint64_t upper)
{
    size_t low = 0, high = mount->twin_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (mount->twins[middle].upper < upper)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t broker_guest_inode(const broker_mount *mount, const broker_layer *layer, uint64_t inode)
{
    if (layer != &mount->upper)
        return inode;
    size_t at = twin_position(mount, inode);
    return at < mount->twin_count && mount->twins[at].upper == inode ? mount->twins[at].lower : inode ^ NEW_INODE_BIT;
}

static int remember_twin(broker_mount *mount, uint64_t upper, uint64_t lower)
{
    size_t at = twin_position(mount, upper);
    if (at < mount->twin_count && mount->twins[at].upper == upper) {
        mount->twins[at].lower = lower; /* the number was used before, by a file that is gone */
        return 0;
    }
    if (mount->twin_count == mount->twin_capacity) {
        size_t capacity = mount->twin_capacity ? mount->twin_capacity * 2 : FIRST_CAPACITY;
        broker_twin *grown = realloc(mount->twins, capacity * sizeof *grown);
        if (!grown)
            return -ENOMEM;
        mount->twins = grown;
        mount->twin_capacity = capacity;
    }
    memmove(mount->twins + at + 1, mount->twins + at, (mount->twin_count - at) * sizeof *mount->twins);
    mount->twins[at] = (broker_twin){upper, lower};
    mount->twin_count++;
    return 0;
}

void broker_forget_twin(broker_mount *mount, uint64_t upper)
{
    size_t at = twin_position(mount, upper);
    if (at >= mount->twin_count || mount->twins[at].upper != upper)
        return;
    mount->twin_count--;
    memmove(mount->twins + at, mount->twins + at + 1, (mount->twin_count - at) * sizeof *mount->twins);
}

/* ---- Copying up ---- */

struct copy {
    broker *broker;
    broker_mount *mount;
    const char *path;
    char from[PATH_MAX], to[PATH_MAX];
    host_file_status status; /* of what is copied */
};

static int copy_bytes(struct copy *copy, int from, int to)
{
    size_t size = CORDON_BROKER_DATA_MAX, got = 1, put;
    int64_t offset = 0;
    host_error problem;
    int error = 0;
    unsigned char *buffer = malloc(size);
    if (!buffer)
        return -ENOMEM;
    while (!error && got > 0 && offset < copy->status.size_bytes) {
        if (host_fd_pread(copy->mount->lower.env, from, buffer, size, offset, &got, &problem) != HOST_OK)
            error = broker_errno(&problem);
        for (size_t done = 0; !error && done < got; done += put)
            if (host_fd_pwrite(copy->mount->upper.env, to, buffer + done, got - done, offset + (int64_t)done, &put, &problem) != HOST_OK)
                error = broker_errno(&problem);
        offset += (int64_t)got;
    }
    free(buffer);
    return error;
}

static int copy_open_files(struct copy *copy, int from, int to)
{
    host_file_status after;
    host_error problem;
    uint64_t size = (uint64_t)copy->status.size_bytes;
    if (!broker_has_room(copy->broker, size))
        return -ENOSPC;
    copy->broker->figures.bytes += size;
    int error = copy_bytes(copy, from, to);
    if (host_fd_fstat(copy->mount->upper.env, to, &after, &problem) != HOST_OK)
        return broker_errno(&problem);
    broker_count_change(copy->broker, 0, (uint64_t)after.blocks_512 * 512);
    return error ? error : remember_twin(copy->mount, after.inode, copy->status.inode);
}

static int copy_file(struct copy *copy)
{
    host_error problem;
    int from, to;
    const int flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
    if (host_fs_open(copy->mount->lower.env, HOST_AT_CWD, copy->from, O_RDONLY | flags, 0, &from, &problem) != HOST_OK)
        return broker_errno(&problem);
    if (host_fs_open(copy->mount->upper.env, HOST_AT_CWD, copy->to, O_WRONLY | O_CREAT | O_EXCL | flags, 0600, &to, &problem) != HOST_OK) {
        (void)host_fd_close(copy->mount->lower.env, from, NULL);
        return broker_errno(&problem);
    }
    int error = copy_open_files(copy, from, to);
    (void)host_fd_close(copy->mount->lower.env, from, NULL);
    (void)host_fd_close(copy->mount->upper.env, to, NULL);
    return error;
}

static int copy_folder(struct copy *copy)
{
    host_error problem;
    host_file_status after;
    if (host_fs_mkdir(copy->mount->upper.env, HOST_AT_CWD, copy->to, 0700, &problem) != HOST_OK)
        return broker_errno(&problem);
    int error = broker_layer_status(&copy->mount->upper, copy->path, &after);
    return error ? error : remember_twin(copy->mount, after.inode, copy->status.inode);
}

static int copy_link(struct copy *copy)
{
    char target[BROKER_TARGET_MAX];
    size_t length;
    host_error problem;
    host_file_status after;
    if (host_fs_readlink(copy->mount->lower.env, HOST_AT_CWD, copy->from, target, sizeof target - 1, &length, &problem) != HOST_OK)
        return broker_errno(&problem);
    target[length] = '\0';
    if (host_fs_symlink(copy->mount->upper.env, target, HOST_AT_CWD, copy->to, &problem) != HOST_OK)
        return broker_errno(&problem);
    int error = broker_layer_status(&copy->mount->upper, copy->path, &after);
    return error ? error : remember_twin(copy->mount, after.inode, copy->status.inode);
}

static int set_times(const broker_layer *layer, const char *text, const host_file_status *status)
{
    const host_file_time times[2] = {{status->access_time_s, status->access_time_ns}, {status->modify_time_s, status->modify_time_ns}};
    host_error problem;
    return host_fs_utimens(layer->env, HOST_AT_CWD, text, times, AT_SYMLINK_NOFOLLOW, &problem) == HOST_OK ? 0 : broker_errno(&problem);
}

static int copy_node(struct copy *copy)
{
    host_error problem;
    int error = -EPERM; /* a device, fifo or socket */
    if (broker_is_type(&copy->status, S_IFREG))
        error = copy_file(copy);
    else if (broker_is_type(&copy->status, S_IFDIR))
        error = copy_folder(copy);
    else if (broker_is_type(&copy->status, S_IFLNK))
        error = copy_link(copy);
    if (!error && !broker_is_type(&copy->status, S_IFLNK) &&
        host_fs_chmod(copy->mount->upper.env, HOST_AT_CWD, copy->to, copy->status.mode & 01777, 0, &problem) != HOST_OK)
        error = broker_errno(&problem);
    return error ? error : set_times(&copy->mount->upper, copy->to, &copy->status);
}

/* A copy that failed half-way must not stand for the file. */
static void discard(struct copy *copy)
{
    host_file_status status;
    if (broker_layer_status(&copy->mount->upper, copy->path, &status) != 0 || broker_is_type(&status, S_IFDIR))
        return;
    broker_count_change(copy->broker, (uint64_t)status.blocks_512 * 512, 0);
    broker_forget_twin(copy->mount, status.inode);
    (void)host_fs_unlink(copy->mount->upper.env, HOST_AT_CWD, copy->to, 0, NULL);
}

/* The folder above is there already. It looks as it did afterwards: nothing came into it that the guest can see. */
static int copy_one(broker *broker, broker_mount *mount, const char *path)
{
    struct copy *copy = malloc(sizeof *copy);
    char parent[CORDON_BROKER_PATH_MAX], parent_text[PATH_MAX];
    host_file_status parent_status;
    if (!copy)
        return -ENOMEM;
    *copy = (struct copy){.broker = broker, .mount = mount, .path = path};
    broker_parent(path, parent);
    int error = broker_join(&mount->lower, path, copy->from);
    if (!error)
        error = broker_join(&mount->upper, path, copy->to);
    if (!error)
        error = broker_layer_status(&mount->lower, path, &copy->status);
    if (!error)
        error = broker_layer_status(&mount->upper, parent, &parent_status);
    if (!error && broker->figures.made >= broker->config.made_max)
        error = -ENOSPC;
    if (!error) {
        error = copy_node(copy);
        if (error)
            discard(copy);
        if (broker_join(&mount->upper, parent, parent_text) == 0)
            (void)set_times(&mount->upper, parent_text, &parent_status);
    }
    if (!error) {
        broker->figures.made++;
        error = broker_handles_move_up(broker, mount, path, &copy->status);
    }
    free(copy);
    return error;
}

static int copy_root(broker *broker, broker_mount *mount)
{
    host_file_status status, after;
    host_error problem;
    if (mount->has_upper)
        return 0;
    int error = broker_layer_status(&mount->lower, "", &status);
    if (!error)
        error = broker_upper_make(broker, mount);
    if (!error)
        error = broker_layer_status(&mount->upper, "", &after);
    if (!error)
        error = remember_twin(mount, after.inode, status.inode);
    if (!error && host_fs_chmod(mount->upper.env, HOST_AT_CWD, mount->upper.path, (status.mode & 01777) | 0700, 0, &problem) != HOST_OK)
        error = broker_errno(&problem);
    return error ? error : set_times(&mount->upper, mount->upper.path, &status);
}

int broker_copy_up(broker *broker, broker_mount *mount, const char *path)
{
    char part[CORDON_BROKER_PATH_MAX];
    host_file_status status;
    int error = copy_root(broker, mount);
    if (error || path[0] == '\0')
        return error;
    for (size_t i = 1; !error; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        error = broker_layer_status(&mount->upper, part, &status);
        if (!error && path[i] == '/' && !broker_is_type(&status, S_IFDIR))
            error = -ENOTDIR; /* a link on the way: a worker's paths have none */
        else if (error == -ENOENT)
            error = broker_is_hidden(mount, part) ? -ENOENT : copy_one(broker, mount, part);
        if (path[i] == '\0')
            break;
    }
    return error;
}

/* ---- A folder with all that is in it ---- */

/* The names of a folder, one behind the other with their NULs; owned by the caller. */
static int collect_names(broker *broker, broker_mount *mount, const char *path, char **names_out, size_t *size_out)
{
    host_directory_entry entry;
    size_t capacity = 0;
    int result;
    *names_out = NULL;
    *size_out = 0;
    broker_handle *handle = broker_handle_take(broker);
    if (!handle)
        return -EMFILE;
    result = broker_list_start(broker, mount, path, handle);
    while (!result && (result = broker_list_next(broker, handle, &entry)) > 0) {
        size_t length = strlen(entry.name) + 1;
        if (*size_out + length > capacity) {
            capacity = capacity * 2 + 4096;
            char *grown = realloc(*names_out, capacity);
            result = grown ? 0 : -ENOMEM;
            *names_out = grown ? grown : *names_out;
        }
        if (result >= 0) {
            memcpy(*names_out + *size_out, entry.name, length);
            *size_out += length;
            result = 0;
        }
    }
    broker_handle_close(broker, handle);
    return result < 0 ? result : 0;
}

static int copy_tree(broker *broker, broker_mount *mount, char path[CORDON_BROKER_PATH_MAX], int depth);

static int copy_children(broker *broker, broker_mount *mount, char path[CORDON_BROKER_PATH_MAX], int depth)
{
    char *names;
    size_t size, length = strlen(path);
    int error = collect_names(broker, mount, path, &names, &size);
    for (size_t at = 0; !error && at < size; at += strlen(names + at) + 1) {
        if (length + 1 + strlen(names + at) >= CORDON_BROKER_PATH_MAX) {
            error = -ENAMETOOLONG;
            break;
        }
        path[length] = '/';
        strcpy(path + length + 1, names + at);
        error = copy_tree(broker, mount, path, depth + 1);
        path[length] = '\0';
    }
    free(names);
    return error;
}

static int copy_tree(broker *broker, broker_mount *mount, char path[CORDON_BROKER_PATH_MAX], int depth)
{
    host_file_status status;
    if (depth > BROKER_DEPTH_MAX)
        return -ENAMETOOLONG;
    int error = broker_copy_up(broker, mount, path);
    if (!error)
        error = broker_layer_status(&mount->upper, path, &status);
    if (error || !broker_is_type(&status, S_IFDIR) || broker_is_hidden(mount, path))
        return error;
    /* A folder that only the upper one has is all there: whatever else a guest put into it moves with it. */
    if (broker_layer_status(&mount->lower, path, &status) != 0 || !broker_is_type(&status, S_IFDIR))
        return 0;
    return copy_children(broker, mount, path, depth);
}

int broker_copy_up_tree(broker *broker, broker_mount *mount, const char *path)
{
    char copy[CORDON_BROKER_PATH_MAX];
    memcpy(copy, path, strlen(path) + 1);
    return copy_tree(broker, mount, copy, 0);
}

/* ---- The end ---- */

/* One folder of the private folder: its files go, and its folders move up beside it, so that no path is ever long and nothing is recursive, however
 * deep a guest built. */
static void flatten(broker *broker, const char *folder, uint64_t *counter)
{
    char from[PATH_MAX], to[PATH_MAX];
    host_directory *directory;
    host_directory_entry entry;
    host_env *env = broker->private_env;
    (void)host_fs_chmod(env, HOST_AT_CWD, folder, 0700, 0, NULL);
    if (host_fs_directory_open(env, HOST_AT_CWD, folder, &directory, NULL) != HOST_OK)
        return;
    while (host_fs_directory_read(env, directory, &entry, NULL) == HOST_OK && entry.name) {
        if (strcmp(entry.name, ".") == 0 || strcmp(entry.name, "..") == 0 ||
            (size_t)snprintf(from, sizeof from, "%s/%s", folder, entry.name) >= sizeof from)
            continue;
        if (host_fs_unlink(env, HOST_AT_CWD, from, 0, NULL) == HOST_OK)
            continue;
        (void)host_fs_chmod(env, HOST_AT_CWD, from, 0700, 0, NULL); /* or its ".." could not be changed */
        if ((size_t)snprintf(to, sizeof to, "%s/x%llu", broker->private_path, (unsigned long long)(*counter)++) < sizeof to)
            (void)host_fs_rename(env, HOST_AT_CWD, from, HOST_AT_CWD, to, 0, NULL);
    }
    (void)host_fs_directory_close(env, directory, NULL);
    (void)host_fs_unlink(env, HOST_AT_CWD, folder, AT_REMOVEDIR, NULL);
}

void broker_upper_remove(broker *broker)
{
    char folder[PATH_MAX];
    uint64_t counter = 0;
    if (broker->private_path[0] == '\0')
        return;
    for (size_t i = 0; i < broker->config.mount_count; i++)
        if (broker->mounts[i].has_upper)
            flatten(broker, broker->mounts[i].upper.path, &counter);
    for (uint64_t i = 0; i < counter; i++)
        if ((size_t)snprintf(folder, sizeof folder, "%s/x%llu", broker->private_path, (unsigned long long)i) < sizeof folder)
            flatten(broker, folder, &counter);
    (void)host_fs_unlink(broker->private_env, HOST_AT_CWD, broker->private_path, AT_REMOVEDIR, NULL);
    broker->private_path[0] = '\0';
}

void broker_mount_release(broker_mount *mount)
{
    for (size_t i = 0; i < mount->hidden.count; i++)
        free(mount->hidden.paths[i]);
    free(mount->hidden.paths);
    free(mount->twins);
    host_env_destroy(mount->upper.env);
    host_env_destroy(mount->lower.env);
}
