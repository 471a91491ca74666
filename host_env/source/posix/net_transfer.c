/* Hides from everyone how bytes go through sockets, and that sending to an address is a connection in the policy's eyes. */
#include "host_env/net.h"

#include <stddef.h>
#include <sys/uio.h>

#include "net_internal.h"

static_assert(sizeof(host_net_buffer) == sizeof(struct iovec), "host_net_buffer is struct iovec");
static_assert(offsetof(host_net_buffer, data) == offsetof(struct iovec, iov_base), "host_net_buffer is struct iovec");
static_assert(offsetof(host_net_buffer, size) == offsetof(struct iovec, iov_len), "host_net_buffer is struct iovec");

static void show_transfer(host_call *call, int fd, size_t size, int flags)
{
    host_call_fd(call, "fd", fd);
    host_call_number(call, "size", (int64_t)size);
    host_call_number(call, "flags", flags);
}

static host_status finish_transfer(host_call *call, ssize_t count, int code, size_t *count_out)
{
    *count_out = count < 0 ? 0 : (size_t)count;
    return host_call_finish(call, count < 0 ? code : 0, count);
}

host_status host_net_send(host_env *env, int fd, const void *buffer, size_t size, int flags, size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, NET_SEND, error);
    show_transfer(&call, fd, size, flags);
    if (count_out == NULL) return host_call_invalid(&call, "count_out is NULL");
    *count_out = 0;
    if (!host_call_permitted(&call)) return call.access.status;
    ssize_t count = env->operations.send(fd, buffer, size, flags);
    return finish_transfer(&call, count, errno, count_out);
}

host_status host_net_send_to(host_env *env, int fd, const void *buffer, size_t size, int flags, const void *address, size_t address_size,
                             size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, NET_SEND_TO, error);
    net_target target;
    host_call_fd(&call, "fd", fd);
    if (count_out == NULL) return host_call_invalid(&call, "count_out is NULL");
    *count_out = 0;
    if (!net_target_read(&target, &call, NET_TARGET_PEER, address, address_size)) return host_call_invalid(&call, "not a socket address");
    if (!host_call_permitted(&call)) return call.access.status;
    host_status held = net_target_hold_path(&target, &call, NET_PATH_EXISTS);
    if (held != HOST_OK) return held;
    ssize_t count = env->operations.sendto(fd, buffer, size, flags, net_target_address(&target), target.size);
    int code = errno;
    net_target_release(&target, &call);
    return finish_transfer(&call, count, code, count_out);
}

host_status host_net_receive(host_env *env, int fd, void *buffer, size_t size, int flags, size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, NET_RECEIVE, error);
    show_transfer(&call, fd, size, flags);
    if (count_out == NULL) return host_call_invalid(&call, "count_out is NULL");
    *count_out = 0;
    if (!host_call_permitted(&call)) return call.access.status;
    ssize_t count = env->operations.recv(fd, buffer, size, flags);
    return finish_transfer(&call, count, errno, count_out);
}

host_status host_net_receive_from(host_env *env, int fd, void *buffer, size_t size, int flags, void *address_out, size_t *address_size,
                                  size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, NET_RECEIVE_FROM, error);
    show_transfer(&call, fd, size, flags);
    if (count_out == NULL) return host_call_invalid(&call, "count_out is NULL");
    *count_out = 0;
    if (address_out != NULL && address_size == NULL) return host_call_invalid(&call, "address_size is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    socklen_t room = address_out != NULL ? (socklen_t)*address_size : 0;
    ssize_t count = env->operations.recvfrom(fd, buffer, size, flags, address_out, address_out != NULL ? &room : NULL);
    int code = errno;
    if (count >= 0 && address_out != NULL) *address_size = room;
    return finish_transfer(&call, count, code, count_out);
}

static struct msghdr header_of(const host_net_message *message)
{
    return (struct msghdr){
        .msg_name = message->address,
        .msg_namelen = (socklen_t)message->address_size,
        .msg_iov = (struct iovec *)message->buffers,
        .msg_iovlen = message->buffer_count,
        .msg_control = message->control,
        .msg_controllen = message->control_size,
    };
}

host_status host_net_send_message(host_env *env, int fd, const host_net_message *message, int flags, size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, NET_SEND_MESSAGE, error);
    net_target target;
    target.address.family = HOST_ADDRESS_NONE;
    target.place.owned = -1;
    host_call_fd(&call, "fd", fd);
    if (count_out == NULL || message == NULL) return host_call_invalid(&call, "message or count_out is NULL");
    *count_out = 0;
    struct msghdr header = header_of(message);
    bool has_address = message->address != NULL && message->address_size > 0;
    if (!has_address)
        call.access.capability = HOST_CAPABILITY_FD_USE;
    else if (!net_target_read(&target, &call, NET_TARGET_PEER, message->address, message->address_size))
        return host_call_invalid(&call, "not a socket address");
    if (net_message_hides_addresses(&header)) return host_call_invalid(&call, "control data that names addresses is not supported");
    if (!host_call_permitted(&call)) return call.access.status;
    host_status held = net_target_hold_path(&target, &call, NET_PATH_EXISTS);
    if (held != HOST_OK) return held;
    header.msg_name = has_address ? &target.bytes : NULL;
    header.msg_namelen = has_address ? target.size : 0;
    ssize_t count = env->operations.sendmsg(fd, &header, flags);
    int code = errno;
    net_target_release(&target, &call);
    return finish_transfer(&call, count, code, count_out);
}

host_status host_net_receive_message(host_env *env, int fd, host_net_message *message, int flags, size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, NET_RECEIVE_MESSAGE, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "flags", flags);
    if (count_out == NULL || message == NULL) return host_call_invalid(&call, "message or count_out is NULL");
    *count_out = 0;
    if (!host_call_permitted(&call)) return call.access.status;
    struct msghdr header = header_of(message);
    ssize_t count = env->operations.recvmsg(fd, &header, flags);
    int code = errno;
    if (count >= 0) {
        message->address_size = header.msg_namelen;
        message->control_size = header.msg_controllen;
        message->flags = header.msg_flags;
    }
    return finish_transfer(&call, count, code, count_out);
}
