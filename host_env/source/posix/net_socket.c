/* Hides from everyone how sockets are made, named, connected and configured. */
#include "host_env/net.h"

#include <stdio.h>

#include "net_internal.h"

static const char *family_text(int family)
{
    return family == AF_UNSPEC ? "none" : host_address_family_name(address_family_of_number(family));
}

static void show_kind(host_call *call, int family, int type, int protocol)
{
    host_call_name(call, "family", family_text(family));
    host_call_number(call, "type", type);
    host_call_number(call, "protocol", protocol);
    host_call_number(call, "family_number", family);
}

/* Sockets that hear or reach something before any address was asked about: raw ones, and those of families such as netlink and packet, which the kernel
 * answers or feeds unbound. No pattern of addresses fits what they show. Type numbers carry flags above the low four bits. */
static void show_reach(host_call *call, int family, int type, char *text, size_t size)
{
    bool is_internet = family == AF_INET || family == AF_INET6;
    int kind = type & 0xf;
    bool is_raw = is_internet && kind != SOCK_STREAM && kind != SOCK_DGRAM && kind != SOCK_SEQPACKET;
    if (family == AF_UNIX || (is_internet && !is_raw)) return;
    snprintf(text, size, "%s:%s", is_raw ? "raw" : family_text(family), is_raw ? family_text(family) : "");
    host_call_address(call, "address", text);
}

host_status host_net_socket(host_env *env, int family, int type, int protocol, int *fd_out, host_error *error)
{
    HOST_CALL(call, env, NET_SOCKET, error);
    char reach[32];
    show_kind(&call, family, type, protocol);
    show_reach(&call, family, type, reach, sizeof reach);
    if (fd_out == NULL) return host_call_invalid(&call, "fd_out is NULL");
    *fd_out = -1;
    if (!host_call_permitted(&call)) return call.access.status;
    int fd = env->operations.socket(family, type, protocol);
    int code = fd < 0 ? errno : 0;
    *fd_out = fd;
    return host_call_finish(&call, code, fd);
}

host_status host_net_socket_pair(host_env *env, int family, int type, int protocol, int fds_out[2], host_error *error)
{
    HOST_CALL(call, env, NET_SOCKET_PAIR, error);
    show_kind(&call, family, type, protocol);
    if (fds_out == NULL) return host_call_invalid(&call, "fds_out is NULL");
    fds_out[0] = fds_out[1] = -1;
    if (!host_call_permitted(&call)) return call.access.status;
    int fds[2];
    int code = env->operations.socketpair(family, type, protocol, fds) < 0 ? errno : 0;
    if (code == 0) {
        fds_out[0] = fds[0];
        fds_out[1] = fds[1];
    }
    return host_call_finish(&call, code, fds_out[0]);
}

host_status host_net_bind(host_env *env, int fd, const void *address, size_t address_size, host_error *error)
{
    HOST_CALL(call, env, NET_BIND, error);
    net_target target;
    host_call_fd(&call, "fd", fd);
    if (!net_target_read(&target, &call, NET_TARGET_OWN, address, address_size)) return host_call_invalid(&call, "not a socket address");
    if (!host_call_permitted(&call)) return call.access.status;
    host_status held = net_target_hold_path(&target, &call, NET_PATH_IS_MADE);
    if (held != HOST_OK) return held;
    int code = env->operations.bind(fd, net_target_address(&target), target.size) < 0 ? errno : 0;
    net_target_release(&target, &call);
    return host_call_finish(&call, code, 0);
}

/* An attempt that goes on in the background is an everyday answer of a socket that does not block. */
static host_status finish_connect(host_call *call, int code)
{
    if (code == EINPROGRESS || code == EALREADY)
        return host_call_finish_status(call, HOST_WOULD_BLOCK, code, 0, "the connection is being made");
    return host_call_finish(call, code, 0);
}

host_status host_net_connect(host_env *env, int fd, const void *address, size_t address_size, host_error *error)
{
    HOST_CALL(call, env, NET_CONNECT, error);
    net_target target;
    host_call_fd(&call, "fd", fd);
    if (!net_target_read(&target, &call, NET_TARGET_PEER, address, address_size)) return host_call_invalid(&call, "not a socket address");
    if (!host_call_permitted(&call)) return call.access.status;
    host_status held = net_target_hold_path(&target, &call, NET_PATH_EXISTS);
    if (held != HOST_OK) return held;
    int code = env->operations.connect(fd, net_target_address(&target), target.size) < 0 ? errno : 0;
    net_target_release(&target, &call);
    return finish_connect(&call, code);
}

/* listen(2) gives a socket that nobody bound every address of the host and a port that the kernel chooses; no bind was asked about, so this call is. */
static bool show_unbound(const host_env *env, host_call *call, int fd, host_address *address)
{
    struct sockaddr_storage bytes;
    socklen_t size = sizeof bytes;
    if (env->operations.getsockname(fd, (struct sockaddr *)&bytes, &size) < 0 || !host_address_from_socket(&bytes, size, address)) return false;
    bool is_internet = address->family == HOST_ADDRESS_IPV4 || address->family == HOST_ADDRESS_IPV6;
    if (!is_internet || address->port != 0) return false;
    host_call_address(call, "address", address->text);
    host_call_number(call, "port", 0);
    return true;
}

host_status host_net_listen(host_env *env, int fd, int backlog, host_error *error)
{
    HOST_CALL(call, env, NET_LISTEN, error);
    host_address address;
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "backlog", backlog);
    if (!host_call_permitted(&call)) return call.access.status;
    bool is_granted = (env->answered >> HOST_CAPABILITY_NET_LISTEN & 1) != 0; /* whatever the address: nobody looks at it, so the host is not asked for it */
    if (!is_granted && show_unbound(env, &call, fd, &address) && !host_call_permitted(&call)) return call.access.status;
    int code = env->operations.listen(fd, backlog) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_net_accept(host_env *env, int fd, void *address_out, size_t *address_size, int flags, int *fd_out, host_error *error)
{
    HOST_CALL(call, env, NET_ACCEPT, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "flags", flags);
    if (fd_out == NULL) return host_call_invalid(&call, "fd_out is NULL");
    *fd_out = -1;
    if (address_out != NULL && address_size == NULL) return host_call_invalid(&call, "address_size is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    socklen_t room = address_out != NULL ? (socklen_t)*address_size : 0;
    int connection = env->operations.accept4(fd, address_out, address_out != NULL ? &room : NULL, flags);
    int code = connection < 0 ? errno : 0;
    *fd_out = connection;
    if (code == 0 && address_out != NULL) *address_size = room;
    return host_call_finish(&call, code, connection);
}

host_status host_net_local_address(host_env *env, int fd, void *address_out, size_t *address_size, host_error *error)
{
    HOST_CALL(call, env, NET_LOCAL_ADDRESS, error);
    host_call_fd(&call, "fd", fd);
    if (address_out == NULL || address_size == NULL) return host_call_invalid(&call, "an output is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    socklen_t room = (socklen_t)*address_size;
    int code = env->operations.getsockname(fd, address_out, &room) < 0 ? errno : 0;
    if (code == 0) *address_size = room;
    return host_call_finish(&call, code, 0);
}

host_status host_net_peer_address(host_env *env, int fd, void *address_out, size_t *address_size, host_error *error)
{
    HOST_CALL(call, env, NET_PEER_ADDRESS, error);
    host_call_fd(&call, "fd", fd);
    if (address_out == NULL || address_size == NULL) return host_call_invalid(&call, "an output is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    socklen_t room = (socklen_t)*address_size;
    int code = env->operations.getpeername(fd, address_out, &room) < 0 ? errno : 0;
    if (code == 0) *address_size = room;
    return host_call_finish(&call, code, 0);
}

static void show_option(host_call *call, int fd, int level, int option)
{
    host_call_fd(call, "fd", fd);
    host_call_number(call, "level", level);
    host_call_number(call, "option", option);
}

host_status host_net_option(host_env *env, int fd, int level, int option, void *value_out, size_t *size, host_error *error)
{
    HOST_CALL(call, env, NET_OPTION, error);
    show_option(&call, fd, level, option);
    if (value_out == NULL || size == NULL) return host_call_invalid(&call, "an output is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    if (net_option_hides_addresses(level, option))
        return host_call_finish_status(&call, HOST_UNSUPPORTED, ENOPROTOOPT, 0, "an option that names addresses is not supported");
    socklen_t room = (socklen_t)*size;
    int code = env->operations.getsockopt(fd, level, option, value_out, &room) < 0 ? errno : 0;
    if (code == 0) *size = room;
    return host_call_finish(&call, code, 0);
}

host_status host_net_set_option(host_env *env, int fd, int level, int option, const void *value, size_t size, host_error *error)
{
    HOST_CALL(call, env, NET_SET_OPTION, error);
    show_option(&call, fd, level, option);
    /* No value with a size is how AF_ALG sockets are told the length of a tag. */
    if (!host_call_permitted(&call)) return call.access.status;
    if (net_option_hides_addresses(level, option))
        return host_call_finish_status(&call, HOST_UNSUPPORTED, ENOPROTOOPT, 0, "an option that names addresses is not supported");
    int code = env->operations.setsockopt(fd, level, option, value, (socklen_t)size) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_net_shutdown(host_env *env, int fd, int how, host_error *error)
{
    HOST_CALL(call, env, NET_SHUTDOWN, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "how", how);
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.shutdown(fd, how) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}
