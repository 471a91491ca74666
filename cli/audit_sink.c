/* Hides from the subcommands how small text files are read and replaced. */
#include "audit_sink.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_env/fd.h"
#include "host_env/fs.h"
#include "replace_file.h"

enum { FILE_BYTES_MAX = 64 << 20, FIRST_BYTES = 1 << 16, FILE_MODE = 0666 };

/* ---- Writing ---------------------------------------------------------------------------------------------------------------------- */

void audit_sink_use(const command_context *context, int fd, audit_sink *sink_out)
{
    sink_out->context = context;
    sink_out->path = NULL;
    sink_out->fd = fd;
    sink_out->has_failed = false;
    sink_out->text = NULL;
    sink_out->text_size = sink_out->text_room = sink_out->used = 0;
}

void audit_sink_open(const command_context *context, const char *path, audit_sink *sink_out)
{
    audit_sink_use(context, -1, sink_out);
    sink_out->path = path;
}

/* Such files are small: they are put together here and written at once. */
static bool keep(audit_sink *sink)
{
    if (sink->text_room - sink->text_size < sink->used) {
        size_t room = 2 * (sink->text_size + sink->used);
        char *larger = realloc(sink->text, room);
        if (larger == NULL)
            return false;
        sink->text = larger;
        sink->text_room = room;
    }
    if (sink->used > 0)
        memcpy(sink->text + sink->text_size, sink->buffer, sink->used);
    sink->text_size += sink->used;
    return true;
}

static bool flush(audit_sink *sink)
{
    if (sink->path != NULL)
        sink->has_failed = sink->has_failed || !keep(sink);
    for (size_t done = 0; sink->path == NULL && done < sink->used && !sink->has_failed;) {
        size_t count = 0;
        host_status status = host_fd_write(sink->context->env, sink->fd, sink->buffer + done, sink->used - done, &count, NULL);
        sink->has_failed = status != HOST_OK && status != HOST_INTERRUPTED;
        done += count;
    }
    sink->used = 0;
    return !sink->has_failed;
}

bool audit_sink_write(void *context, const char *bytes, size_t size)
{
    audit_sink *sink = context;
    while (size > 0) {
        size_t room = sizeof sink->buffer - sink->used, part = size < room ? size : room;
        memcpy(sink->buffer + sink->used, bytes, part);
        sink->used += part;
        bytes += part;
        size -= part;
        if (sink->used == sizeof sink->buffer && !flush(sink))
            return false;
    }
    return !sink->has_failed;
}

bool audit_sink_close(audit_sink *sink, bool is_good)
{
    host_error error = {.message = "there is no memory left"};
    bool is_whole = flush(sink) && is_good;
    if (sink->path == NULL) {
        if (!is_whole)
            command_complain(sink->context, "cannot write to standard output");
        return is_whole;
    }
    is_whole = is_whole && replace_file(sink->context, sink->path, FILE_MODE, sink->text, sink->text_size, REPLACE_WHEN_THE_SYSTEM_LIKES, &error) == HOST_OK;
    free(sink->text);
    sink->text = NULL;
    if (!is_whole)
        command_complain(sink->context, "cannot write %s: %s", sink->path, error.message);
    return is_whole;
}

/* ---- Reading ---------------------------------------------------------------------------------------------------------------------- */

/* NULL: no memory, too large (both OK) or what *status says. */
static char *read_all(host_env *env, int fd, size_t *size_out, host_status *status, host_error *error)
{
    size_t room = FIRST_BYTES, count = 1;
    char *bytes = malloc(room);
    *size_out = 0;
    while (bytes != NULL && count != 0) {
        if (*size_out + 1 == room) {
            char *larger = room > FILE_BYTES_MAX ? NULL : realloc(bytes, room * 2);
            if (larger == NULL)
                break;
            bytes = larger;
            room *= 2;
        }
        *status = host_fd_read(env, fd, bytes + *size_out, room - 1 - *size_out, &count, error);
        if (*status != HOST_OK && *status != HOST_INTERRUPTED)
            break;
        *size_out += *status == HOST_OK ? count : 0;
        count = *status == HOST_OK ? count : 1;
    }
    if (bytes != NULL && *status == HOST_OK && count == 0) {
        bytes[*size_out] = '\0';
        return bytes;
    }
    free(bytes);
    return NULL;
}

char *audit_file_read(const command_context *context, const char *path, size_t *size_out, bool *is_missing_out)
{
    host_error error = {.message = "it is too large, or there is no memory left"};
    char *bytes = NULL;
    int fd = -1;
    host_status status = host_fs_open(context->env, HOST_AT_CWD, path, O_RDONLY | O_CLOEXEC, 0, &fd, &error);
    *is_missing_out = status == HOST_MISSING;
    if (status == HOST_OK) {
        bytes = read_all(context->env, fd, size_out, &status, &error);
        (void)host_fd_close(context->env, fd, NULL);
    }
    if (bytes == NULL && !*is_missing_out)
        command_complain(context, "cannot read %s: %s", path, error.message);
    return bytes;
}
