/* Hides from the socket functions how the path of a unix socket is held beneath the granted roots: the kernel takes no directory beside
 * the path, so it is given one through /proc/self/fd that leads to exactly what was found. */
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "host_env/fs.h"
#include "posix/net_internal.h"

static const char *path_of(const net_target *target)
{
    return target->address.text + strlen("unix:");
}

/* Without a path the kernel chooses an abstract name. */
static bool has_path(const net_target *target)
{
    return target->address.family == HOST_ADDRESS_UNIX && path_of(target)[0] != '\0';
}

static int find_place(net_target *target, host_env *env, net_path_use use)
{
    if (use == NET_PATH_IS_MADE) return host_place_parent(env, HOST_AT_CWD, path_of(target), &target->place);
    return host_place_object(env, HOST_AT_CWD, path_of(target), 0, HOST_ROOT_WRITE, HOST_PLACE_NAME, &target->place);
}

/* Puts the path of what was found in place of the caller's. */
static int rewrite(net_target *target, net_path_use use)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const host_place *place = &target->place;
    int length = use == NET_PATH_IS_MADE ? snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", place->fd, place->path)
                                         : snprintf(address.sun_path, sizeof address.sun_path, "%s", place->path);
    if (length < 0 || (size_t)length >= sizeof address.sun_path) return ENAMETOOLONG;
    target->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length + 1);
    memcpy(&target->bytes, &address, sizeof address);
    return 0;
}

host_status net_target_hold_path(net_target *target, host_call *call, net_path_use use)
{
    if (!has_path(target) || call->env->path_mode == HOST_PATHS_ANY) return HOST_OK;
    int code = find_place(target, call->env, use);
    if (code == 0) {
        code = rewrite(target, use);
        if (code != 0) net_target_release(target, call);
    }
    return code == 0 ? HOST_OK : host_place_refuse(call, code);
}

void net_target_release(net_target *target, host_call *call)
{
    int code = errno;
    host_place_release(call->env, &target->place);
    target->place.owned = -1;
    errno = code;
}
