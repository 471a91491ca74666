/* Tells what a sandbox changed in an overlay, and reads it; hides that it lies in two folders. All of it is found on the host's disk: no word of a
 * worker's is taken. */
#include "broker_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "host_env/fd.h"

struct names {
    char **rows; /* sorted, without duplicates; owned */
    size_t count, capacity;
};

struct report {
    broker *broker;
    broker_mount *mount;
    bool (*tell)(void *context, const broker_change *change);
    void *context;
    bool is_stopped;
    char path[CORDON_BROKER_PATH_MAX];
};

static int fail(host_error *error, int code, const char *what, const char *path)
{
    if (error) {
        *error = (host_error){.status = HOST_FAILURE, .operation = "broker", .host_code = -code};
        snprintf(error->message, sizeof error->message, "%s: %.160s: %s", what, path, strerror(-code));
    }
    return HOST_FAILURE;
}

/* ---- Names of both folders ---- */

static void names_release(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->rows[i]);
    free(names->rows);
}

static int names_add(struct names *names, const char *name)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 0;
    if (names->count == names->capacity) {
        size_t capacity = names->capacity * 2 + 16;
        char **grown = realloc(names->rows, capacity * sizeof *grown);
        if (!grown)
            return -ENOMEM;
        names->rows = grown;
        names->capacity = capacity;
    }
    names->rows[names->count] = strdup(name);
    return names->rows[names->count] ? (names->count++, 0) : -ENOMEM;
}

static int names_collect(struct names *names, const broker_layer *layer, const char *path)
{
    char text[PATH_MAX];
    host_directory *directory;
    host_directory_entry entry = {0};
    host_error problem;
    int error = broker_join(layer, path, text);
    if (error)
        return error;
    if (host_fs_directory_open(layer->env, HOST_AT_CWD, text, &directory, &problem) != HOST_OK)
        return broker_errno(&problem);
    do {
        if (host_fs_directory_read(layer->env, directory, &entry, &problem) != HOST_OK)
            error = broker_errno(&problem);
        else if (entry.name)
            error = names_add(names, entry.name);
    } while (!error && entry.name);
    (void)host_fs_directory_close(layer->env, directory, NULL);
    return error;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* ---- Comparing ---- */

static bool has_same_bytes(const struct report *report, int lower, int upper, int64_t size)
{
    unsigned char left[16384], right[sizeof left];
    size_t left_count = 1, right_count;
    for (int64_t offset = 0; offset < size && left_count > 0; offset += (int64_t)left_count) {
        if (host_fd_pread(report->mount->lower.env, lower, left, sizeof left, offset, &left_count, NULL) != HOST_OK ||
            host_fd_pread(report->mount->upper.env, upper, right, sizeof right, offset, &right_count, NULL) != HOST_OK ||
            left_count != right_count || memcmp(left, right, left_count) != 0)
            return false;
    }
    return true;
}

static int open_to_compare(const broker_layer *layer, const char *path)
{
    char text[PATH_MAX];
    int fd = -1;
    if (broker_join(layer, path, text) != 0 ||
        host_fs_open(layer->env, HOST_AT_CWD, text, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0, &fd, NULL) != HOST_OK)
        return -1;
    return fd;
}

static bool has_same_content(const struct report *report, int64_t size)
{
    int lower = open_to_compare(&report->mount->lower, report->path), upper = open_to_compare(&report->mount->upper, report->path);
    bool is_same = lower >= 0 && upper >= 0 && has_same_bytes(report, lower, upper, size);
    if (lower >= 0)
        (void)host_fd_close(report->mount->lower.env, lower, NULL);
    if (upper >= 0)
        (void)host_fd_close(report->mount->upper.env, upper, NULL);
    return is_same;
}

static bool has_same_target(const struct report *report)
{
    char left[BROKER_TARGET_MAX], right[BROKER_TARGET_MAX], text[PATH_MAX];
    size_t left_length, right_length;
    return broker_join(&report->mount->lower, report->path, text) == 0 &&
           host_fs_readlink(report->mount->lower.env, HOST_AT_CWD, text, left, sizeof left, &left_length, NULL) == HOST_OK &&
           broker_join(&report->mount->upper, report->path, text) == 0 &&
           host_fs_readlink(report->mount->upper.env, HOST_AT_CWD, text, right, sizeof right, &right_length, NULL) == HOST_OK &&
           left_length == right_length && memcmp(left, right, left_length) == 0;
}

/* A folder's times are those of what is in it, which is told by itself. */
static bool is_same(const struct report *report, const host_file_status *lower, const host_file_status *upper)
{
    /* Set-id bits are not copied, and cannot be made. */
    if ((lower->mode & ~06000u) != (upper->mode & ~06000u))
        return false;
    if (broker_is_type(lower, S_IFDIR))
        return true;
    if (broker_is_type(lower, S_IFLNK))
        return has_same_target(report);
    return lower->size_bytes == upper->size_bytes && lower->modify_time_s == upper->modify_time_s &&
           lower->modify_time_ns == upper->modify_time_ns && has_same_content(report, lower->size_bytes);
}

/* ---- Walking ---- */

static int walk(struct report *report, bool lower_is_folder);

static void tell(struct report *report, broker_change_kind kind, const host_file_status *status)
{
    broker_change change = {kind, status->mode, kind == BROKER_REMOVED ? 0 : status->size_bytes, report->path};
    if (!report->is_stopped)
        report->is_stopped = !report->tell(report->context, &change);
}

/* One name of a folder: report->path is its path. */
static int visit(struct report *report, bool may_be_below)
{
    host_file_status lower, upper;
    bool is_above = broker_layer_status(&report->mount->upper, report->path, &upper) == 0;
    bool is_below = may_be_below && broker_layer_status(&report->mount->lower, report->path, &lower) == 0;
    if (!is_above) {
        if (is_below && broker_is_hidden(report->mount, report->path))
            tell(report, BROKER_REMOVED, &lower);
        return 0;
    }
    if (!is_below)
        tell(report, BROKER_ADDED, &upper);
    else if (!is_same(report, &lower, &upper))
        tell(report, BROKER_CHANGED, &upper);
    return broker_is_type(&upper, S_IFDIR) ? walk(report, is_below && broker_is_type(&lower, S_IFDIR)) : 0;
}

static int walk(struct report *report, bool lower_is_folder)
{
    struct names names = {0};
    size_t length = strlen(report->path), slash = length > 0;
    int error = names_collect(&names, &report->mount->upper, report->path);
    if (!error && lower_is_folder)
        error = names_collect(&names, &report->mount->lower, report->path);
    if (names.count > 0)
        qsort(names.rows, names.count, sizeof *names.rows, compare_names);
    for (size_t i = 0; i < names.count && !error && !report->is_stopped; i++) {
        if (i > 0 && strcmp(names.rows[i - 1], names.rows[i]) == 0)
            continue;
        if (length + slash + strlen(names.rows[i]) >= sizeof report->path) {
            error = -ENAMETOOLONG;
            break;
        }
        report->path[length] = '/';
        strcpy(report->path + length + slash, names.rows[i]);
        error = visit(report, lower_is_folder);
        report->path[length] = '\0';
    }
    names_release(&names);
    return error;
}

static broker_mount *overlay_at(broker *broker, size_t mount)
{
    return mount < broker->config.mount_count && broker->mounts[mount].mode == BROKER_MOUNT_OVERLAY ? &broker->mounts[mount] : NULL;
}

host_status broker_changes(broker *broker, size_t mount, bool (*tell_change)(void *context, const broker_change *change), void *context,
                           host_error *error)
{
    struct report report = {.broker = broker, .mount = overlay_at(broker, mount), .tell = tell_change, .context = context};
    if (!report.mount)
        return (host_status)fail(error, -EINVAL, "what changed is told of overlays only", "mount");
    if (!report.mount->has_upper)
        return HOST_OK;
    int code = walk(&report, true);
    return code ? (host_status)fail(error, code, "an overlay could not be walked", report.path) : HOST_OK;
}

/* ---- Reading ---- */

static int find_to_read(broker *broker, size_t mount, const char *path, uint32_t type, const broker_layer **layer_out, char text_out[PATH_MAX])
{
    host_file_status status;
    broker_mount *overlay = overlay_at(broker, mount);
    if (!overlay || !broker_path_is_canonical((const unsigned char *)path, strlen(path)))
        return -EINVAL;
    int error = broker_status(broker, overlay, path, &status, layer_out);
    if (!error && !broker_is_type(&status, type))
        error = broker_is_type(&status, S_IFDIR) ? -EISDIR : -EINVAL;
    return error ? error : broker_join(*layer_out, path, text_out);
}

host_status broker_read_file(broker *broker, size_t mount, const char *path, int64_t offset, void *buffer, size_t size, size_t *count_out,
                             host_error *error)
{
    char text[PATH_MAX];
    const broker_layer *layer;
    int fd;
    *count_out = 0;
    int code = find_to_read(broker, mount, path, S_IFREG, &layer, text);
    if (code)
        return (host_status)fail(error, code, "a file of an overlay could not be read", path);
    host_status status = host_fs_open(layer->env, HOST_AT_CWD, text, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0, &fd, error);
    if (status != HOST_OK)
        return status;
    status = host_fd_pread(layer->env, fd, buffer, size, offset, count_out, error);
    (void)host_fd_close(layer->env, fd, NULL);
    return status;
}

host_status broker_read_link(broker *broker, size_t mount, const char *path, char *target_out, size_t size, host_error *error)
{
    char text[PATH_MAX];
    const broker_layer *layer;
    size_t length = 0;
    target_out[0] = '\0';
    int code = find_to_read(broker, mount, path, S_IFLNK, &layer, text);
    if (code)
        return (host_status)fail(error, code, "a link of an overlay could not be read", path);
    host_status status = host_fs_readlink(layer->env, HOST_AT_CWD, text, target_out, size - 1, &length, error);
    target_out[length] = '\0';
    return status;
}
