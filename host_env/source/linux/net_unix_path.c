/* Hides from the socket functions how the path of a unix socket is held beneath the granted roots: the kernel takes no directory beside
 * the path, so it is given one through /proc/self/fd that leads to exactly what was found. */
#include <fcntl.h>
#include <limits.h>
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

/* The folder that the name is made in, or the file itself. Without roots a descriptor holds it all the same, so that where it leads can be asked about and stays what
 * was asked about. A name that is to be made is only looked up then: who may change any file may move the socket afterwards, too. */
static int find_anywhere(net_target *target, host_env *env, net_path_use use)
{
    char folder[PATH_MAX];
    const char *path = path_of(target), *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path), slash == NULL ? "." : path);
    int fd = use == NET_PATH_IS_MADE ? env->operations.openat_mode(AT_FDCWD, folder, O_PATH | O_DIRECTORY | O_CLOEXEC, 0)
                                     : env->operations.openat_mode(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);
    if (fd < 0) return errno;
    target->place = (host_place){ .fd = fd, .owned = fd };
    snprintf(target->place.proc, sizeof target->place.proc, "/proc/self/fd/%d", fd);
    target->place.path = use == NET_PATH_IS_MADE ? (slash == NULL ? path : slash + 1) : target->place.proc;
    return 0;
}

static int find_place(net_target *target, host_env *env, net_path_use use)
{
    if (env->path_mode == HOST_PATHS_ANY) return find_anywhere(target, env, use);
    if (use == NET_PATH_IS_MADE) return host_place_parent(env, HOST_AT_CWD, path_of(target), &target->place);
    return host_place_object(env, HOST_AT_CWD, path_of(target), 0, HOST_ROOT_WRITE, HOST_PLACE_NAME, &target->place);
}

/* The kernel's own name for what is held, as an address. */
static int read_real(net_target *target, const host_env *env, net_path_use use)
{
    static const char scheme[] = "unix:";
    char name[32];
    size_t used = strlen(scheme);
    memcpy(target->real_text, scheme, used);
    snprintf(name, sizeof name, "/proc/self/fd/%d", target->place.owned >= 0 ? target->place.owned : target->place.fd);
    ssize_t length = env->operations.readlinkat(AT_FDCWD, name, target->real_text + used, sizeof target->real_text - used - 1);
    if (length < 0) return errno;
    used += (size_t)length;
    target->real_text[used] = '\0';
    if (use == NET_PATH_EXISTS) return 0;
    const char *between = target->real_text[used - 1] == '/' ? "" : "/";
    int added = snprintf(target->real_text + used, sizeof target->real_text - used, "%s%s", between, target->place.path);
    return added < 0 || used + (size_t)added >= sizeof target->real_text ? ENAMETOOLONG : 0;
}

/* Puts the path of what was found in place of the caller's. */
static int rewrite(net_target *target, const host_env *env, net_path_use use)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const host_place *place = &target->place;
    if (env->path_mode == HOST_PATHS_ANY && use == NET_PATH_IS_MADE) return 0;
    int length = use == NET_PATH_IS_MADE ? snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", place->fd, place->path)
                                         : snprintf(address.sun_path, sizeof address.sun_path, "%s", place->path);
    if (length < 0 || (size_t)length >= sizeof address.sun_path) return ENAMETOOLONG;
    target->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length + 1);
    memcpy(&target->bytes, &address, sizeof address);
    return 0;
}

/* A policy that has been asked about the path as it was given is asked about where it leads, too: a name with dots or through a link is another one. */
static bool may_lead_there(net_target *target, host_call *call)
{
    if (strcmp(target->real_text, target->address.text) == 0) return true;
    host_call_address(call, "real", target->real_text);
    return host_call_permitted(call);
}

host_status net_target_hold_path(net_target *target, host_call *call, net_path_use use)
{
    bool is_granted = (call->env->answered >> call->access.capability & 1) != 0; /* whatever the address: nobody looks at it */
    if (!has_path(target) || (call->env->path_mode == HOST_PATHS_ANY && is_granted)) return HOST_OK;
    int code = find_place(target, call->env, use);
    if (code == 0 && !is_granted) code = read_real(target, call->env, use);
    if (code == 0 && !is_granted && !may_lead_there(target, call)) {
        net_target_release(target, call);
        return call->access.status;
    }
    if (code == 0) code = rewrite(target, call->env, use);
    if (code != 0) net_target_release(target, call);
    return code == 0 ? HOST_OK : host_place_refuse(call, code);
}

void net_target_release(net_target *target, host_call *call)
{
    int code = errno;
    host_place_release(call->env, &target->place);
    target->place.owned = -1;
    errno = code;
}
