/* Hides from everyone above the layout of Linux's socket addresses: bytes in, one host_address out. */
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "address_internal.h"

typedef union socket_address {
    sa_family_t family;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
    struct sockaddr_un unix_path;
    struct sockaddr_nl netlink;
    struct sockaddr_vm vsock;
    uint8_t bytes[HOST_ADDRESS_SOCKET_SIZE_MAX + 1]; /* and a NUL */
} socket_address;

typedef bool (*family_reader)(const socket_address *from, size_t size, host_address *address);

static void set_port(host_address *address, uint32_t port)
{
    address->has_port = true;
    address->port = port;
}

static bool read_ipv4(const socket_address *from, size_t size, host_address *address)
{
    if (size < sizeof from->ipv4) return false;
    address_set_ipv4(address, (const uint8_t *)&from->ipv4.sin_addr);
    set_port(address, ntohs(from->ipv4.sin_port));
    return true;
}

static bool read_ipv6(const socket_address *from, size_t size, host_address *address)
{
    /* The kernel takes the shorter layout of RFC 2133, which has no scope. */
    if (size < offsetof(struct sockaddr_in6, sin6_scope_id)) return false;
    address_set_ipv6(address, from->ipv6.sin6_addr.s6_addr);
    set_port(address, ntohs(from->ipv6.sin6_port));
    if (size >= sizeof from->ipv6) address->zone = from->ipv6.sin6_scope_id;
    return true;
}

static void append_escaped(char *text, size_t size, const uint8_t *bytes, size_t count)
{
    size_t used = strlen(text);
    for (size_t i = 0; i < count && used + 5 <= size; i++) {
        bool is_plain = bytes[i] > 0x20 && bytes[i] < 0x7f && bytes[i] != '\\';
        used += (size_t)snprintf(text + used, size - used, is_plain ? "%c" : "\\x%02x", bytes[i]);
    }
}

static bool read_unix(const socket_address *from, size_t size, host_address *address)
{
    size_t path_size = size - offsetof(struct sockaddr_un, sun_path);
    const uint8_t *path = from->bytes + offsetof(struct sockaddr_un, sun_path);
    if (size > sizeof from->unix_path) return false;
    if (path_size > 0 && path[0] == 0) {
        address->family = HOST_ADDRESS_ABSTRACT; /* every byte counts, zeros too */
        strcpy(address->text, "abstract:");
        append_escaped(address->text, sizeof address->text, path + 1, path_size - 1);
        return true;
    }
    address->family = HOST_ADDRESS_UNIX; /* up to the first NUL; empty: the kernel shall choose a name */
    snprintf(address->text, sizeof address->text, "unix:%.*s", (int)path_size, (const char *)path);
    return true;
}

static bool read_netlink(const socket_address *from, size_t size, host_address *address)
{
    if (size < sizeof from->netlink) return false;
    set_port(address, from->netlink.nl_pid);
    snprintf(address->text, sizeof address->text, "netlink:%u", from->netlink.nl_pid);
    return true;
}

static bool read_vsock(const socket_address *from, size_t size, host_address *address)
{
    if (size < sizeof from->vsock) return false;
    set_port(address, from->vsock.svm_port);
    snprintf(address->text, sizeof address->text, "vsock:%u", from->vsock.svm_cid);
    return true;
}

static bool read_other(const socket_address *from, size_t size, host_address *address)
{
    size_t used = (size_t)snprintf(address->text, sizeof address->text, "%s:", host_address_family_name(address->family));
    for (size_t i = sizeof from->family; i < size; i++)
        used += (size_t)snprintf(address->text + used, sizeof address->text - used, "%02x", from->bytes[i]);
    return true;
}

/* Linux's sockets for datagrams send to the IPv4 address in an AF_UNSPEC one; connect takes the short form to end an association. */
static bool read_unspecified(const socket_address *from, size_t size, host_address *address)
{
    if (size >= sizeof from->ipv4) return read_ipv4(from, size, address);
    address->family = HOST_ADDRESS_NONE;
    strcpy(address->text, "none");
    return true;
}

static const struct family_row {
    int number;
    host_address_family family;
    family_reader read;
} family_rows[] = {
    { AF_UNSPEC, HOST_ADDRESS_NONE, read_unspecified },
    { AF_INET, HOST_ADDRESS_IPV4, read_ipv4 },
    { AF_INET6, HOST_ADDRESS_IPV6, read_ipv6 },
    { AF_UNIX, HOST_ADDRESS_UNIX, read_unix },
    { AF_NETLINK, HOST_ADDRESS_NETLINK, read_netlink },
    { AF_VSOCK, HOST_ADDRESS_VSOCK, read_vsock },
    { AF_PACKET, HOST_ADDRESS_PACKET, read_other },
    { AF_CAN, HOST_ADDRESS_CAN, read_other },
    { AF_BLUETOOTH, HOST_ADDRESS_BLUETOOTH, read_other },
    { AF_TIPC, HOST_ADDRESS_TIPC, read_other },
    { 42 /* AF_QIPCRTR, newer than some libc's headers */, HOST_ADDRESS_QIPCRTR, read_other },
    { AF_ALG, HOST_ADDRESS_ALG, read_other },
    { AF_RDS, HOST_ADDRESS_RDS, read_other },
};

host_address_family address_family_of_number(int number)
{
    for (size_t i = 0; i < sizeof family_rows / sizeof family_rows[0]; i++)
        if (family_rows[i].number == number) return family_rows[i].family;
    return HOST_ADDRESS_OTHER;
}

static family_reader reader_of_number(int number)
{
    for (size_t i = 0; i < sizeof family_rows / sizeof family_rows[0]; i++)
        if (family_rows[i].number == number) return family_rows[i].read;
    return read_other;
}

bool host_address_from_socket(const void *socket_address_bytes, size_t size, host_address *address_out)
{
    socket_address from = { .bytes = { 0 } };
    memset(address_out, 0, sizeof *address_out);
    address_out->address_class = HOST_ADDRESS_CLASS_NONE;
    if (socket_address_bytes == NULL || size < sizeof from.family || size > HOST_ADDRESS_SOCKET_SIZE_MAX) return false;
    memcpy(from.bytes, socket_address_bytes, size);
    address_out->family = address_family_of_number(from.family);
    if (!reader_of_number(from.family)(&from, size, address_out)) {
        memset(address_out, 0, sizeof *address_out);
        address_out->address_class = HOST_ADDRESS_CLASS_NONE;
        return false;
    }
    address_out->address_class = host_address_classify(address_out);
    return true;
}
