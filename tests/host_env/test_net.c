/* Sockets on the loopback interface, and names from the host's own files: a row per function. */
#include "support/host_cases.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host_env/net.h"
#include "support/loopback.h"

/* The address that a row talks to. */
static struct sockaddr_in *address_of(host_case_world *world)
{
    return (struct sockaddr_in *)(void *)world->bytes;
}

/* Where rows receive. */
static char *text_of(host_case_world *world)
{
    return (char *)world->bytes + 1024;
}

static void set_up_socket(host_case_world *world)
{
    world->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *address_of(world) = loopback(0);
}

/* fd: fresh socket; fd_other: listens at the address */
static void set_up_listener(host_case_world *world)
{
    bound_socket(SOCK_STREAM, &world->fd_other, address_of(world));
    assert_int_equal(listen(world->fd_other, 5), 0);
    world->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void set_up_waiting_connection(host_case_world *world)
{
    set_up_listener(world);
    assert_int_equal(connect(world->fd, (struct sockaddr *)address_of(world), sizeof(struct sockaddr_in)), 0);
}

/* fd: fresh datagram socket; fd_other: bound to the address */
static void set_up_datagrams(host_case_world *world)
{
    struct timeval patience = { 10, 0 };
    bound_socket(SOCK_DGRAM, &world->fd_other, address_of(world));
    world->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(setsockopt(world->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
}

/* A datagram "hello" waits at fd_other. */
static void set_up_sent_datagram(host_case_world *world)
{
    set_up_datagrams(world);
    assert_int_equal(sendto(world->fd, "hello", 5, 0, (struct sockaddr *)address_of(world), sizeof(struct sockaddr_in)), 5);
}

static void set_up_pair(host_case_world *world)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    world->fd = fds[0];
    world->fd_other = fds[1];
    assert_int_equal(write(world->fd_other, "hello", 5), 5);
}

static void tear_down_fds(host_case_world *world)
{
    if (world->fd >= 0) close(world->fd);
    if (world->fd_other >= 0) close(world->fd_other);
    if (world->number > 0) close((int)world->number); /* rows keep a third descriptor there */
}

static host_status call_socket(host_case_world *world, host_env *env, host_error *error)
{
    return host_net_socket(env, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP, &world->fd, error);
}

static void check_socket(host_case_world *world)
{
    int type = 0;
    socklen_t size = sizeof type;
    assert_int_equal(getsockopt(world->fd, SOL_SOCKET, SO_TYPE, &type, &size), 0);
    assert_int_equal(type, SOCK_STREAM);
    assert_int_equal(fcntl(world->fd, F_GETFD), FD_CLOEXEC);
    if (!world->is_watched) {
        return;
    }
    const test_access *record = test_recorded(world->host, HOST_FUNCTION_NET_SOCKET);
    assert_string_equal(test_argument_text(record, "family"), "ipv4");
    assert_int_equal(record->access.result, world->fd);
}

static host_status call_socket_pair(host_case_world *world, host_env *env, host_error *error)
{
    int fds[2] = { 7, 7 };
    host_status status = host_net_socket_pair(env, AF_UNIX, SOCK_STREAM, 0, fds, error);
    world->fd = fds[0];
    world->fd_other = fds[1];
    return status;
}

static void check_pair(host_case_world *world)
{
    assert_int_equal(write(world->fd, "x", 1), 1);
    assert_int_equal(read(world->fd_other, text_of(world), 1), 1);
}

static host_status call_bind(host_case_world *world, host_env *env, host_error *error)
{
    return host_net_bind(env, world->fd, address_of(world), sizeof(struct sockaddr_in), error);
}

static void check_bind(host_case_world *world)
{
    struct sockaddr_in real;
    socklen_t size = sizeof real;
    assert_int_equal(getsockname(world->fd, (struct sockaddr *)&real, &size), 0);
    assert_int_equal(real.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    assert_int_not_equal(real.sin_port, 0);
    if (!world->is_watched) {
        return;
    }
    assert_string_equal(test_argument_text(test_asked(world->host, HOST_FUNCTION_NET_BIND), "address"), "127.0.0.1");
}

static host_status call_connect(host_case_world *world, host_env *env, host_error *error)
{
    return host_net_connect(env, world->fd, address_of(world), sizeof(struct sockaddr_in), error);
}

static void check_connected(host_case_world *world)
{
    world->number = accept(world->fd_other, NULL, NULL);
    assert_true(world->number > 0);
    if (!world->is_watched) {
        return;
    }
    const test_access *record = test_recorded(world->host, HOST_FUNCTION_NET_CONNECT);
    assert_string_equal(test_argument_text(record, "address"), "127.0.0.1");
    assert_int_equal(test_argument_number(record, "port"), ntohs(address_of(world)->sin_port));
    assert_string_equal(test_argument_text(record, "family"), "ipv4");
}

static void set_up_unlistening(host_case_world *world)
{
    bound_socket(SOCK_STREAM, &world->fd, address_of(world));
}

static host_status call_listen(host_case_world *world, host_env *env, host_error *error)
{
    return host_net_listen(env, world->fd, 5, error);
}

static void check_listens(host_case_world *world)
{
    world->fd_other = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(world->fd_other, (struct sockaddr *)address_of(world), sizeof(struct sockaddr_in)), 0);
}

static host_status call_accept(host_case_world *world, host_env *env, host_error *error)
{
    int fd = 99;
    size_t size = sizeof(struct sockaddr_in);
    host_status status = host_net_accept(env, world->fd_other, text_of(world), &size, SOCK_CLOEXEC, &fd, error);
    world->number = fd;
    if (status == HOST_OK) assert_int_equal(size, sizeof(struct sockaddr_in));
    return status;
}

static void check_accepted(host_case_world *world)
{
    struct sockaddr_in client;
    socklen_t size = sizeof client;
    assert_int_equal(getsockname(world->fd, (struct sockaddr *)&client, &size), 0);
    assert_memory_equal(text_of(world), &client, offsetof(struct sockaddr_in, sin_zero));
    assert_int_equal(fcntl((int)world->number, F_GETFD), FD_CLOEXEC);
}

static host_status call_local_address(host_case_world *world, host_env *env, host_error *error)
{
    size_t size = sizeof(struct sockaddr_in);
    return host_net_local_address(env, world->fd_other, text_of(world), &size, error);
}

static host_status call_peer_address(host_case_world *world, host_env *env, host_error *error)
{
    size_t size = sizeof(struct sockaddr_in);
    return host_net_peer_address(env, world->fd, text_of(world), &size, error);
}

static void check_is_address(host_case_world *world)
{
    assert_memory_equal(text_of(world), address_of(world), offsetof(struct sockaddr_in, sin_zero));
}

static host_status call_option(host_case_world *world, host_env *env, host_error *error)
{
    size_t size = sizeof(int);
    host_status status = host_net_option(env, world->fd, SOL_SOCKET, SO_TYPE, text_of(world), &size, error);
    assert_int_equal(size, sizeof(int));
    return status;
}

static void check_option(host_case_world *world)
{
    int type;
    memcpy(&type, text_of(world), sizeof type);
    assert_int_equal(type, SOCK_STREAM);
}

static host_status call_set_option(host_case_world *world, host_env *env, host_error *error)
{
    static const int on = 1;
    return host_net_set_option(env, world->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on, error);
}

static void check_set_option(host_case_world *world)
{
    int value = 0;
    socklen_t size = sizeof value;
    assert_int_equal(getsockopt(world->fd, SOL_SOCKET, SO_KEEPALIVE, &value, &size), 0);
    assert_int_equal(value, 1);
}

static host_status call_shutdown(host_case_world *world, host_env *env, host_error *error)
{
    return host_net_shutdown(env, world->fd, SHUT_WR, error);
}

static void check_shut_down(host_case_world *world)
{
    assert_int_equal(read(world->fd_other, text_of(world), 1), 0);
}

static host_status call_send(host_case_world *world, host_env *env, host_error *error)
{
    size_t count = 99;
    host_status status = host_net_send(env, world->fd, "world", 5, MSG_NOSIGNAL, &count, error);
    assert_int_equal(count, status == HOST_OK ? 5 : 0);
    return status;
}

static void check_sent(host_case_world *world)
{
    assert_int_equal(recv(world->fd_other, text_of(world), 64, 0), 5);
    assert_memory_equal(text_of(world), "world", 5);
}

static host_status call_send_to(host_case_world *world, host_env *env, host_error *error)
{
    size_t count = 99;
    host_status status = host_net_send_to(env, world->fd, "world", 5, 0, address_of(world), sizeof(struct sockaddr_in), &count, error);
    assert_int_equal(count, status == HOST_OK ? 5 : 0);
    return status;
}

static host_status call_receive(host_case_world *world, host_env *env, host_error *error)
{
    size_t count = 99;
    host_status status = host_net_receive(env, world->fd, text_of(world), 64, 0, &count, error);
    assert_int_equal(count, status == HOST_OK ? 5 : 0);
    return status;
}

static void check_received(host_case_world *world)
{
    assert_memory_equal(text_of(world), "hello", 5);
}

static host_status call_receive_from(host_case_world *world, host_env *env, host_error *error)
{
    size_t count = 99, size = sizeof(struct sockaddr_in);
    host_status status = host_net_receive_from(env, world->fd_other, text_of(world), 64, 0, text_of(world) + 64, &size, &count, error);
    assert_int_equal(count, status == HOST_OK ? 5 : 0);
    return status;
}

static void check_received_from(host_case_world *world)
{
    struct sockaddr_in sender;
    check_received(world);
    memcpy(&sender, text_of(world) + 64, sizeof sender);
    assert_int_equal(sender.sin_family, AF_INET);
    assert_int_equal(sender.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
}

static host_net_message message_of(host_net_buffer *buffers, struct sockaddr_in *address)
{
    return (host_net_message){ .address = address, .address_size = address != NULL ? sizeof *address : 0, .buffers = buffers, .buffer_count = 2 };
}

static host_status call_send_message(host_case_world *world, host_env *env, host_error *error)
{
    char one[] = "wor", two[] = "ld";
    size_t count = 99;
    host_net_buffer buffers[] = { { one, 3 }, { two, 2 } };
    host_net_message message = message_of(buffers, address_of(world));
    host_status status = host_net_send_message(env, world->fd, &message, 0, &count, error);
    assert_int_equal(count, status == HOST_OK ? 5 : 0);
    return status;
}

static host_status call_receive_message(host_case_world *world, host_env *env, host_error *error)
{
    struct sockaddr_in sender = { 0 };
    size_t count = 99;
    host_net_buffer buffers[] = { { text_of(world), 2 }, { text_of(world) + 2, 2 } };
    host_net_message message = message_of(buffers, &sender);
    host_status status = host_net_receive_message(env, world->fd_other, &message, 0, &count, error);
    if (status == HOST_OK) {
        assert_int_equal(count, 4);
        assert_int_equal(message.flags & MSG_TRUNC, MSG_TRUNC);
        assert_int_equal(message.address_size, sizeof sender);
        assert_int_equal(sender.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    }
    return status;
}

static void check_received_part(host_case_world *world)
{
    assert_memory_equal(text_of(world), "hell", 4);
}

static host_status call_resolve(host_case_world *world, host_env *env, host_error *error)
{
    host_net_hints hints = { AI_CANONNAME, AF_INET, SOCK_STREAM, 0 };
    host_net_answers *answers = (host_net_answers *)world;
    int code = 99;
    host_status status = host_net_resolve(env, "LocalHost", "8080", &hints, &answers, &code, error);
    assert_true((status == HOST_OK) == (code == 0) && (status == HOST_OK) == (answers != NULL));
    world->pointer = answers;
    return status;
}

static void check_resolved(host_case_world *world)
{
    host_net_answers *answers = world->pointer;
    struct sockaddr_in expected = loopback(8080);
    assert_true(answers->count >= 1);
    assert_non_null(answers->canonical_name);
    assert_int_equal(answers->answers[0].family, AF_INET);
    assert_int_equal(answers->answers[0].type, SOCK_STREAM);
    assert_int_equal(answers->answers[0].address_size, sizeof expected);
    assert_memory_equal(answers->answers[0].address, &expected, sizeof expected);
    if (!world->is_watched) {
        return;
    }
    const test_access *record = test_recorded(world->host, HOST_FUNCTION_NET_RESOLVE);
    assert_string_equal(test_argument_text(record, "host"), "localhost");
    assert_string_equal(test_argument_text(record, "service"), "8080");
}

static void tear_down_answers(host_case_world *world)
{
    host_net_answers_free(world->pointer);
}

static host_status call_resolve_address(host_case_world *world, host_env *env, host_error *error)
{
    struct sockaddr_in address = loopback(8080);
    char service[32];
    int code = 99;
    host_status status = host_net_resolve_address(env, &address, sizeof address, text_of(world), 256, service, sizeof service, NI_NUMERICSERV,
                                                  &code, error);
    assert_true((status == HOST_OK) == (code == 0));
    assert_string_equal(service, status == HOST_OK ? "8080" : "");
    return status;
}

static void check_has_name(host_case_world *world)
{
    assert_true(strlen(text_of(world)) > 0);
}

static host_status call_host_by_name(host_case_world *world, host_env *env, host_error *error)
{
    host_net_host host;
    int code = 99;
    host_status status = host_net_host_by_name(env, "LOCALHOST", text_of(world), 2000, &host, &code, error);
    if (status == HOST_OK) {
        assert_int_equal(code, 0);
        assert_int_equal(host.family, AF_INET);
        assert_int_equal(host.address_size, 4);
        assert_memory_equal(host.addresses[0], "\x7f\0\0\1", 4);
    } else {
        assert_null(host.addresses);
    }
    return status;
}

static host_status call_host_by_address(host_case_world *world, host_env *env, host_error *error)
{
    host_net_host host;
    int code = 99;
    host_status status = host_net_host_by_address(env, "\x7f\0\0\1", 4, AF_INET, text_of(world), 2000, &host, &code, error);
    if (status == HOST_OK) assert_true(strlen(host.name) > 0);
    return status;
}

static host_status call_service_by_name(host_case_world *world, host_env *env, host_error *error)
{
    host_net_service service;
    host_status status = host_net_service_by_name(env, "http", "tcp", text_of(world), 2000, &service, error);
    if (status == HOST_OK) assert_int_equal(ntohs((uint16_t)service.port), 80);
    return status;
}

static host_status call_service_by_port(host_case_world *world, host_env *env, host_error *error)
{
    host_net_service service;
    host_status status = host_net_service_by_port(env, htons(80), "tcp", text_of(world), 2000, &service, error);
    if (status == HOST_OK) assert_string_equal(service.name, "http");
    return status;
}

static host_status call_protocol(host_case_world *world, host_env *env, host_error *error)
{
    int number = 99;
    (void)world;
    host_status status = host_net_protocol_by_name(env, "tcp", &number, error);
    assert_int_equal(number, status == HOST_OK ? IPPROTO_TCP : 0);
    return status;
}

static host_status call_interfaces(host_case_world *world, host_env *env, host_error *error)
{
    host_net_interface *interfaces = (host_net_interface *)world;
    size_t count = 99;
    host_status status = host_net_interfaces(env, &interfaces, &count, error);
    assert_true((status == HOST_OK) == (interfaces != NULL));
    for (size_t i = 0; i < count; i++)
        if (interfaces[i].index == if_nametoindex("lo")) strcpy(text_of(world), interfaces[i].name);
    host_net_interfaces_free(interfaces);
    return status;
}

static void check_is_lo(host_case_world *world)
{
    assert_string_equal(text_of(world), "lo");
}

static host_status call_interface_index(host_case_world *world, host_env *env, host_error *error)
{
    unsigned int index = 99;
    (void)world;
    host_status status = host_net_interface_index(env, "lo", &index, error);
    assert_int_equal(index, status == HOST_OK ? if_nametoindex("lo") : 0);
    return status;
}

static host_status call_interface_name(host_case_world *world, host_env *env, host_error *error)
{
    return host_net_interface_name(env, if_nametoindex("lo"), text_of(world), error);
}

#define PAIR .set_up = set_up_pair, .tear_down = tear_down_fds
#define DATAGRAMS .set_up = set_up_datagrams, .tear_down = tear_down_fds
static host_case cases[] = {
    { .function = HOST_FUNCTION_NET_SOCKET, .call = call_socket, .check = check_socket, .tear_down = tear_down_fds,
      .primitive = HOST_OPERATION_socket, .fail_code = EMFILE, .fail_status = HOST_NO_SPACE },
    { .function = HOST_FUNCTION_NET_SOCKET, .label = "family is not there", .call = call_socket, .tear_down = tear_down_fds,
      .primitive = HOST_OPERATION_socket, .fail_code = EAFNOSUPPORT, .fail_status = HOST_UNSUPPORTED },
    { .function = HOST_FUNCTION_NET_SOCKET_PAIR, .call = call_socket_pair, .check = check_pair, .tear_down = tear_down_fds,
      .primitive = HOST_OPERATION_socketpair, .fail_code = ENFILE, .fail_status = HOST_NO_SPACE },
    { .function = HOST_FUNCTION_NET_BIND, .set_up = set_up_socket, .call = call_bind, .check = check_bind, .tear_down = tear_down_fds,
      .primitive = HOST_OPERATION_bind, .fail_code = EADDRINUSE, .fail_status = HOST_ADDRESS_IN_USE },
    { .function = HOST_FUNCTION_NET_CONNECT, .set_up = set_up_listener, .call = call_connect, .check = check_connected, .tear_down = tear_down_fds,
      .primitive = HOST_OPERATION_connect, .fail_code = ECONNREFUSED, .fail_status = HOST_CONNECTION_REFUSED },
    { .function = HOST_FUNCTION_NET_CONNECT, .label = "in progress", .set_up = set_up_listener, .call = call_connect, .tear_down = tear_down_fds,
      .primitive = HOST_OPERATION_connect, .fail_code = EINPROGRESS, .fail_status = HOST_WOULD_BLOCK },
    { .function = HOST_FUNCTION_NET_CONNECT, .label = "no way there", .set_up = set_up_listener, .call = call_connect, .tear_down = tear_down_fds,
      .primitive = HOST_OPERATION_connect, .fail_code = EHOSTUNREACH, .fail_status = HOST_UNREACHABLE },
    { .function = HOST_FUNCTION_NET_LISTEN, .set_up = set_up_unlistening, .call = call_listen, .check = check_listens, .tear_down = tear_down_fds,
      .primitive = HOST_OPERATION_listen, .fail_code = EADDRINUSE, .fail_status = HOST_ADDRESS_IN_USE },
    { .function = HOST_FUNCTION_NET_ACCEPT, .set_up = set_up_waiting_connection, .call = call_accept, .check = check_accepted,
      .tear_down = tear_down_fds, .primitive = HOST_OPERATION_accept4, .fail_code = EAGAIN, .fail_status = HOST_WOULD_BLOCK },
    { .function = HOST_FUNCTION_NET_LOCAL_ADDRESS, .set_up = set_up_listener, .call = call_local_address, .check = check_is_address,
      .tear_down = tear_down_fds, .primitive = HOST_OPERATION_getsockname, .fail_code = ENOTSOCK, .fail_status = HOST_BAD_DESCRIPTOR },
    { .function = HOST_FUNCTION_NET_PEER_ADDRESS, .set_up = set_up_waiting_connection, .call = call_peer_address, .check = check_is_address,
      .tear_down = tear_down_fds, .primitive = HOST_OPERATION_getpeername, .fail_code = ENOTCONN, .fail_status = HOST_NOT_CONNECTED },
    { .function = HOST_FUNCTION_NET_OPTION, PAIR, .call = call_option, .check = check_option,
      .primitive = HOST_OPERATION_getsockopt, .fail_code = ENOPROTOOPT, .fail_status = HOST_UNSUPPORTED },
    { .function = HOST_FUNCTION_NET_SET_OPTION, .set_up = set_up_socket, .tear_down = tear_down_fds, .call = call_set_option,
      .check = check_set_option, .primitive = HOST_OPERATION_setsockopt, .fail_code = EINVAL, .fail_status = HOST_INVALID_ARGUMENT },
    { .function = HOST_FUNCTION_NET_SHUTDOWN, PAIR, .call = call_shutdown, .check = check_shut_down,
      .primitive = HOST_OPERATION_shutdown, .fail_code = ENOTCONN, .fail_status = HOST_NOT_CONNECTED },
    { .function = HOST_FUNCTION_NET_SEND, PAIR, .call = call_send, .check = check_sent,
      .primitive = HOST_OPERATION_send, .fail_code = EPIPE, .fail_status = HOST_BROKEN_PIPE },
    { .function = HOST_FUNCTION_NET_SEND_TO, DATAGRAMS, .call = call_send_to, .check = check_sent,
      .primitive = HOST_OPERATION_sendto, .fail_code = EMSGSIZE, .fail_status = HOST_TOO_LARGE },
    { .function = HOST_FUNCTION_NET_RECEIVE, PAIR, .call = call_receive, .check = check_received,
      .primitive = HOST_OPERATION_recv, .fail_code = ECONNRESET, .fail_status = HOST_CONNECTION_LOST },
    { .function = HOST_FUNCTION_NET_RECEIVE_FROM, .set_up = set_up_sent_datagram, .tear_down = tear_down_fds, .call = call_receive_from,
      .check = check_received_from, .primitive = HOST_OPERATION_recvfrom, .fail_code = EAGAIN, .fail_status = HOST_WOULD_BLOCK },
    { .function = HOST_FUNCTION_NET_SEND_MESSAGE, DATAGRAMS, .call = call_send_message, .check = check_sent,
      .primitive = HOST_OPERATION_sendmsg, .fail_code = ENOBUFS, .fail_status = HOST_NO_SPACE },
    { .function = HOST_FUNCTION_NET_RECEIVE_MESSAGE, .set_up = set_up_sent_datagram, .tear_down = tear_down_fds, .call = call_receive_message,
      .check = check_received_part, .primitive = HOST_OPERATION_recvmsg, .fail_code = EINTR, .fail_status = HOST_INTERRUPTED },
    { .function = HOST_FUNCTION_NET_RESOLVE, .call = call_resolve, .check = check_resolved, .tear_down = tear_down_answers,
      .primitive = HOST_OPERATION_getaddrinfo, .fail_code = EMFILE, .fail_status = HOST_NO_SPACE },
    { .function = HOST_FUNCTION_NET_RESOLVE_ADDRESS, .call = call_resolve_address, .check = check_has_name,
      .primitive = HOST_OPERATION_getnameinfo, .fail_code = ENOMEM, .fail_status = HOST_NO_MEMORY },
    { .function = HOST_FUNCTION_NET_HOST_BY_NAME, .call = call_host_by_name,
      .primitive = HOST_OPERATION_gethostbyname_r, .fail_code = ERANGE, .fail_status = HOST_TOO_LARGE },
    { .function = HOST_FUNCTION_NET_HOST_BY_ADDRESS, .call = call_host_by_address,
      .primitive = HOST_OPERATION_gethostbyaddr_r, .fail_code = EMFILE, .fail_status = HOST_NO_SPACE },
    { .function = HOST_FUNCTION_NET_SERVICE_BY_NAME, .call = call_service_by_name, .data = "/etc/services",
      .primitive = HOST_OPERATION_getservbyname_r, .fail_code = ERANGE, .fail_status = HOST_TOO_LARGE },
    { .function = HOST_FUNCTION_NET_SERVICE_BY_PORT, .call = call_service_by_port, .data = "/etc/services",
      .primitive = HOST_OPERATION_getservbyport_r, .fail_code = EMFILE, .fail_status = HOST_NO_SPACE },
    { .function = HOST_FUNCTION_NET_PROTOCOL_BY_NAME, .call = call_protocol, .data = "/etc/protocols",
      .primitive = HOST_OPERATION_getprotobyname_r, .fail_code = ERANGE, .fail_status = HOST_TOO_LARGE },
    { .function = HOST_FUNCTION_NET_INTERFACES, .call = call_interfaces, .check = check_is_lo,
      .primitive = HOST_OPERATION_if_nameindex, .fail_code = ENOBUFS, .fail_status = HOST_NO_SPACE },
    { .function = HOST_FUNCTION_NET_INTERFACE_INDEX, .call = call_interface_index,
      .primitive = HOST_OPERATION_if_nametoindex, .fail_code = ENODEV, .fail_status = HOST_MISSING },
    { .function = HOST_FUNCTION_NET_INTERFACE_NAME, .call = call_interface_name, .check = check_is_lo,
      .primitive = HOST_OPERATION_if_indextoname, .fail_code = ENXIO, .fail_status = HOST_MISSING },
};

/* A host without these files (they are a package of their own) knows no service and no protocol, and says so. */
static void expect_what_this_host_has(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (cases[i].data == NULL || access(cases[i].data, R_OK) == 0) continue;
        print_message("%s is not there: its rows expect MISSING\n", (const char *)cases[i].data);
        cases[i].allowed_status = HOST_MISSING;
    }
}

int main(void)
{
    expect_what_this_host_has();
    return host_cases_run("net", cases, sizeof cases / sizeof cases[0]);
}
