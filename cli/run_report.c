/* Hides how a result becomes a file: a report that cannot be written whole is not written at all. */
#include "run_report.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "host_env/fd.h"
#include "host_env/fs.h"

static host_status write_all(const command_context *context, int fd, const char *text, size_t size, host_error *error)
{
    for (size_t done = 0, count = 0; done < size; done += count) {
        host_status status = host_fd_write(context->env, fd, text + done, size - done, &count, error);
        if (status == HOST_INTERRUPTED)
            count = 0;
        else if (status != HOST_OK)
            return status;
    }
    return HOST_OK;
}

static host_status replace_file(const command_context *context, const char *path, const char *text, size_t size, host_error *error)
{
    char temporary[PATH_MAX];
    int fd = -1;
    if (snprintf(temporary, sizeof temporary, "%s.part", path) >= (int)sizeof temporary) {
        *error = (host_error){.status = HOST_TOO_LARGE, .operation = "run_report_write", .message = "the path is too long"};
        return HOST_TOO_LARGE;
    }
    host_status status = host_fs_open(context->env, HOST_AT_CWD, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666, &fd, error);
    if (status != HOST_OK)
        return status;
    status = write_all(context, fd, text, size, error);
    host_status closed = host_fd_close(context->env, fd, status == HOST_OK ? error : NULL);
    if (status == HOST_OK)
        status = closed;
    if (status == HOST_OK)
        status = host_fs_rename(context->env, HOST_AT_CWD, temporary, HOST_AT_CWD, path, 0, error);
    if (status != HOST_OK)
        (void)host_fs_unlink(context->env, HOST_AT_CWD, temporary, 0, NULL);
    return status;
}

int run_report_write(const command_context *context, const char *path, cordon_sandbox *sandbox, const cordon_result *result)
{
    cordon_error error;
    host_error host;
    char *text = NULL;
    size_t size = 0;
    (void)sandbox;
    if (cordon_result_to_json(result, &text, &size, &error) != CORDON_OK) {
        command_complain(context, "--report %s: %s", path, error.message);
        return -1;
    }
    host_status status = replace_file(context, path, text, size, &host);
    cordon_text_release(text);
    if (status == HOST_OK)
        return 0;
    command_complain(context, "--report %s: %s", path, host.message);
    return -1;
}
