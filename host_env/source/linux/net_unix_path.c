/* Hides from the socket functions how the path of a unix socket is held to config.path_mode. */
#include "posix/net_internal.h"

static bool is_path(const net_target *target)
{
    return target->address.family == HOST_ADDRESS_UNIX && target->size > sizeof(sa_family_t);
}

host_status net_target_hold_path(net_target *target, host_call *call, net_path_use use)
{
    (void)use;
    if (!is_path(target) || call->env->path_mode == HOST_PATHS_ANY) return HOST_OK;
    return host_call_finish_status(call, HOST_OUTSIDE_ROOT, EACCES, 0, "no path may be used");
}

void net_target_release(net_target *target, host_call *call)
{
    if (target->directory_fd < 0) return;
    int code = errno;
    call->env->operations.close(target->directory_fd);
    target->directory_fd = -1;
    errno = code;
}
