/* Sockets: libc's signatures on host_env/net.h. Names and interfaces are in names.c. */
#include "bindings/bind.h"
#include "host_env/net.h"
#include "prototypes.h"

int cordon_bind_socket(int family, int type, int protocol)
{
    int fd;
    return BIND(net_socket, family, type, protocol, &fd) == 0 ? fd : -1;
}

int cordon_bind_socketpair(int family, int type, int protocol, int fds[2]) { return BIND(net_socket_pair, family, type, protocol, fds); }

int cordon_bind_bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t size) { return BIND(net_bind, fd, address.__sockaddr__, size); }
int cordon_bind_connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t size) { return BIND(net_connect, fd, address.__sockaddr__, size); }
int cordon_bind_listen(int fd, int backlog) { return BIND(net_listen, fd, backlog); }
int cordon_bind_shutdown(int fd, int how) { return BIND(net_shutdown, fd, how); }

int cordon_bind_accept4(int fd, __SOCKADDR_ARG address, socklen_t *restrict size, int flags)
{
    size_t room = size == NULL ? 0 : *size;
    int connection;
    if (BIND(net_accept, fd, address.__sockaddr__, size == NULL ? NULL : &room, flags, &connection) != 0) return -1;
    if (size != NULL) *size = (socklen_t)room;
    return connection;
}

int cordon_bind_accept(int fd, __SOCKADDR_ARG address, socklen_t *restrict size) { return cordon_bind_accept4(fd, address, size, 0); }

int cordon_bind_getsockname(int fd, __SOCKADDR_ARG address, socklen_t *restrict size)
{
    size_t room = *size;
    int result = BIND(net_local_address, fd, address.__sockaddr__, &room);
    if (result == 0) *size = (socklen_t)room;
    return result;
}

int cordon_bind_getpeername(int fd, __SOCKADDR_ARG address, socklen_t *restrict size)
{
    size_t room = *size;
    int result = BIND(net_peer_address, fd, address.__sockaddr__, &room);
    if (result == 0) *size = (socklen_t)room;
    return result;
}

int cordon_bind_getsockopt(int fd, int level, int option, void *restrict value, socklen_t *restrict size)
{
    size_t room = *size;
    int result = BIND(net_option, fd, level, option, value, &room);
    if (result == 0) *size = (socklen_t)room;
    return result;
}

int cordon_bind_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    return BIND(net_set_option, fd, level, option, value, size);
}

ssize_t cordon_bind_send(int fd, const void *buffer, size_t size, int flags)
{
    size_t count;
    return BIND(net_send, fd, buffer, size, flags, &count) == 0 ? (ssize_t)count : -1;
}

ssize_t cordon_bind_sendto(int fd, const void *buffer, size_t size, int flags, __CONST_SOCKADDR_ARG address, socklen_t address_size)
{
    if (address.__sockaddr__ == NULL) return cordon_bind_send(fd, buffer, size, flags);
    size_t count;
    return BIND(net_send_to, fd, buffer, size, flags, address.__sockaddr__, address_size, &count) == 0 ? (ssize_t)count : -1;
}

ssize_t cordon_bind_recv(int fd, void *buffer, size_t size, int flags)
{
    size_t count;
    return BIND(net_receive, fd, buffer, size, flags, &count) == 0 ? (ssize_t)count : -1;
}

ssize_t cordon_bind_recvfrom(int fd, void *restrict buffer, size_t size, int flags, __SOCKADDR_ARG address, socklen_t *restrict address_size)
{
    if (address.__sockaddr__ == NULL || address_size == NULL) return cordon_bind_recv(fd, buffer, size, flags);
    size_t count, room = *address_size;
    if (BIND(net_receive_from, fd, buffer, size, flags, address.__sockaddr__, &room, &count) != 0) return -1;
    *address_size = (socklen_t)room;
    return (ssize_t)count;
}

/* host_net_buffer is laid out as struct iovec; host_env checks that. */
static host_net_message message_of(const struct msghdr *header)
{
    return (host_net_message){
        .address = header->msg_name,
        .address_size = header->msg_namelen,
        .buffers = (host_net_buffer *)header->msg_iov,
        .buffer_count = header->msg_iovlen,
        .control = header->msg_control,
        .control_size = header->msg_controllen,
        .flags = header->msg_flags,
    };
}

ssize_t cordon_bind_sendmsg(int fd, const struct msghdr *header, int flags)
{
    host_net_message message = message_of(header);
    size_t count;
    return BIND(net_send_message, fd, &message, flags, &count) == 0 ? (ssize_t)count : -1;
}

ssize_t cordon_bind_recvmsg(int fd, struct msghdr *header, int flags)
{
    host_net_message message = message_of(header);
    size_t count;
    if (BIND(net_receive_message, fd, &message, flags, &count) != 0) return -1;
    header->msg_namelen = (socklen_t)message.address_size;
    header->msg_controllen = message.control_size;
    header->msg_flags = message.flags;
    return (ssize_t)count;
}
