/* Hides from the subcommands how the bytes of a record come in. */
#include "audit_input.h"

#include <fcntl.h>
#include <string.h>

#include "host_env/fd.h"
#include "host_env/fs.h"

static int64_t read_bytes(void *context, char *buffer, size_t size)
{
    const audit_input *input = context;
    host_status status;
    size_t count = 0;
    do
        status = host_fd_read(input->env, input->fd, buffer, size, &count, NULL);
    while (status == HOST_INTERRUPTED);
    return status == HOST_OK ? (int64_t)count : -1;
}

bool audit_input_open(const command_context *context, const char *name, audit_input *input_out)
{
    bool is_standard = strcmp(name, "-") == 0;
    host_error error;
    *input_out = (audit_input){.env = context->env, .fd = 0};
    if (!is_standard &&
        host_fs_open(context->env, HOST_AT_CWD, name, O_RDONLY | O_CLOEXEC, 0, &input_out->fd, &error) != HOST_OK) {
        command_complain(context, "cannot read the record %s: %s", name, error.message);
        return false;
    }
    input_out->reader = audit_reader_create(is_standard ? "<stdin>" : name, read_bytes, input_out);
    if (input_out->reader != NULL)
        return true;
    command_complain(context, "has no memory left");
    audit_input_close(input_out);
    return false;
}

void audit_input_close(audit_input *input)
{
    audit_reader_destroy(input->reader);
    if (input->fd > 0)
        (void)host_fd_close(input->env, input->fd, NULL);
    *input = (audit_input){.fd = 0};
}
