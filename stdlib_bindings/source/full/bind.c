/* Hides from the adapters where the process's host_env is kept, and how its errors become errno. */
#include <errno.h>
#include <stddef.h>

#include "bind_internal.h"
#include "bindings/bind.h"

host_env *bind_process_host;

void bind_set_host(host_env *env)
{
    bind_process_host = env;
    bind_streams_start();
    bind_environment_refresh();
}

/* Where the host was never asked there is no errno of its own. */
static const struct status_code {
    host_status status;
    int code;
} status_codes[] = {
    { HOST_DENIED_BY_POLICY, EPERM }, { HOST_INVALID_ARGUMENT, EINVAL }, { HOST_MISSING, ENOENT },     { HOST_NO_MEMORY, ENOMEM },
    { HOST_TOO_LARGE, ERANGE },       { HOST_OUTSIDE_ROOT, EACCES },     { HOST_UNSUPPORTED, ENOSYS },   { HOST_WOULD_BLOCK, EAGAIN },
    { HOST_BAD_DESCRIPTOR, EBADF },   { HOST_TIMED_OUT, ETIMEDOUT },     { HOST_INTERRUPTED, EINTR },
};

int bind_code(const host_error *error)
{
    if (error->host_code > 0) return (int)error->host_code;
    for (size_t i = 0; i < sizeof status_codes / sizeof *status_codes; i++)
        if (status_codes[i].status == error->status) return status_codes[i].code;
    return EIO;
}

int bind_fail(const host_error *error)
{
    errno = bind_code(error);
    return -1;
}
