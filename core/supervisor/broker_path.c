/* Puts names together and takes errors apart; hides from the operations what a path from a worker may look like. */
#include "broker_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static bool is_dots(const unsigned char *name, size_t length)
{
    return (length == 1 && name[0] == '.') || (length == 2 && name[0] == '.' && name[1] == '.');
}

bool broker_path_is_canonical(const unsigned char *bytes, size_t size)
{
    size_t start = 0, depth = 0;
    if (size == 0)
        return true;
    if (size >= CORDON_BROKER_PATH_MAX || memchr(bytes, '\0', size))
        return false;
    for (size_t i = 0; i <= size; i++) {
        if (i < size && bytes[i] != '/')
            continue;
        size_t length = i - start;
        if (length == 0 || length > CORDON_BROKER_NAME_MAX || is_dots(bytes + start, length) || ++depth > BROKER_DEPTH_MAX)
            return false;
        start = i + 1;
    }
    return true;
}

int broker_join(const broker_layer *layer, const char *path, char text_out[PATH_MAX])
{
    int length = snprintf(text_out, PATH_MAX, "%s%s%s", layer->path, path[0] == '\0' ? "" : "/", path);
    return length < 0 || length >= PATH_MAX ? -ENAMETOOLONG : 0;
}

void broker_parent(const char *path, char *parent_out)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    memcpy(parent_out, path, length);
    parent_out[length] = '\0';
}

int broker_errno(const host_error *error)
{
    switch (error->status) {
    case HOST_OK:
        return 0;
    case HOST_DENIED_BY_POLICY:
    case HOST_OUTSIDE_ROOT:
        return -EACCES;
    default:
        return error->host_code > 0 && error->host_code < 4096 ? -(int)error->host_code : -EIO;
    }
}

int broker_layer_status(const broker_layer *layer, const char *path, host_file_status *status_out)
{
    char text[PATH_MAX];
    host_error problem;
    int error = broker_join(layer, path, text);
    if (error)
        return error;
    if (host_fs_stat(layer->env, HOST_AT_CWD, text, AT_SYMLINK_NOFOLLOW, status_out, &problem) != HOST_OK)
        return broker_errno(&problem);
    return 0;
}

bool broker_is_type(const host_file_status *status, uint32_t type)
{
    return (status->mode & S_IFMT) == type;
}
