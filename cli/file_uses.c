/* Hides from the subcommands how it is found that two names mean one file. */
#include "file_uses.h"

#include <sys/stat.h>

#include "host_env/fd.h"
#include "host_env/fs.h"

static bool add(const command_context *context, file_uses *uses, const host_file_status *status, const char *name)
{
    if (!S_ISREG(status->mode))
        return true;
    for (size_t i = 0; i < uses->count; i++) {
        if (uses->items[i].device != status->device || uses->items[i].inode != status->inode)
            continue;
        command_complain(context, "%s and %s are one file, and would destroy each other", uses->items[i].name, name);
        return false;
    }
    if (uses->count < FILE_USES_MAX)
        uses->items[uses->count++] = (struct file_use){status->device, status->inode, name};
    return true;
}

bool file_uses_add(const command_context *context, file_uses *uses, int fd, const char *name)
{
    host_file_status status;
    return host_fd_fstat(context->env, fd, &status, NULL) != HOST_OK || add(context, uses, &status, name);
}

bool file_uses_add_path(const command_context *context, file_uses *uses, const char *name)
{
    host_file_status status;
    return host_fs_stat(context->env, HOST_AT_CWD, name, 0, &status, NULL) != HOST_OK || add(context, uses, &status, name);
}
