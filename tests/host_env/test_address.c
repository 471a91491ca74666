/* Addresses in every notation, where they lead, which blocks hold them, and host names in one spelling. */
#include "support/test_host.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "host_env/address.h"

/* class_name and text NULL: not an address */
typedef struct notation_case {
    const char *given, *text, *class_name;
    host_address_embedding embedding;
    const char *embedded;
} notation_case;

static const notation_case notation_cases[] = {
    { "127.0.0.1", "127.0.0.1", "loopback", 0, NULL },
    { "2130706433", "127.0.0.1", "loopback", 0, NULL },
    { "017700000001", "127.0.0.1", "loopback", 0, NULL },
    { "0x7f000001", "127.0.0.1", "loopback", 0, NULL },
    { "0X7F000001", "127.0.0.1", "loopback", 0, NULL },
    { "0177.0.0.1", "127.0.0.1", "loopback", 0, NULL },
    { "0x7f.1", "127.0.0.1", "loopback", 0, NULL },
    { "0x7f.0.0.0x1", "127.0.0.1", "loopback", 0, NULL },
    { "127.1", "127.0.0.1", "loopback", 0, NULL },
    { "127.0.1", "127.0.0.1", "loopback", 0, NULL },
    { "127.0x1", "127.0.0.1", "loopback", 0, NULL },
    { "0177.1", "127.0.0.1", "loopback", 0, NULL },
    { "127.0.0.1.", "127.0.0.1", "loopback", 0, NULL },
    { "127.0.0.01", "127.0.0.1", "loopback", 0, NULL },
    { "0000177.0.0.1", "127.0.0.1", "loopback", 0, NULL },
    { "127.255.255.254", "127.255.255.254", "loopback", 0, NULL },
    { "0", "0.0.0.0", "unspecified", 0, NULL },
    { "0.0.0.0", "0.0.0.0", "unspecified", 0, NULL },
    { "0.1.2.3", "0.1.2.3", "unspecified", 0, NULL },
    { "10.1", "10.0.0.1", "private", 0, NULL },
    { "167772161", "10.0.0.1", "private", 0, NULL },
    { "172.16.0.1", "172.16.0.1", "private", 0, NULL },
    { "172.31.255.255", "172.31.255.255", "private", 0, NULL },
    { "172.32.0.0", "172.32.0.0", "global", 0, NULL },
    { "192.168.1.1", "192.168.1.1", "private", 0, NULL },
    { "192.169.1.1", "192.169.1.1", "global", 0, NULL },
    { "100.64.0.1", "100.64.0.1", "private", 0, NULL },
    { "100.128.0.1", "100.128.0.1", "global", 0, NULL },
    { "169.254.169.254", "169.254.169.254", "link-local", 0, NULL },
    { "2852039166", "169.254.169.254", "link-local", 0, NULL },
    { "0xa9.0xfe.0xa9.0xfe", "169.254.169.254", "link-local", 0, NULL },
    { "192.0.2.7", "192.0.2.7", "reserved", 0, NULL },
    { "198.19.255.255", "198.19.255.255", "reserved", 0, NULL },
    { "224.0.0.1", "224.0.0.1", "multicast", 0, NULL },
    { "240.0.0.1", "240.0.0.1", "reserved", 0, NULL },
    { "255.255.255.255", "255.255.255.255", "broadcast", 0, NULL },
    { "4294967295", "255.255.255.255", "broadcast", 0, NULL },
    { "8.8.8.8", "8.8.8.8", "global", 0, NULL },
    { "::1", "::1", "loopback", 0, NULL },
    { "0:0:0:0:0:0:0:1", "::1", "loopback", 0, NULL },
    { "[::1]", "::1", "loopback", 0, NULL },
    { "::", "::", "unspecified", 0, NULL },
    { "::1%1", "::1", "loopback", 0, NULL },
    { "fe80::1", "fe80::1", "link-local", 0, NULL },
    { "FE80::0001%eth0", "fe80::1", "link-local", 0, NULL },
    { "[fe80::1%2]", "fe80::1", "link-local", 0, NULL },
    { "febf::1", "febf::1", "link-local", 0, NULL },
    { "fec0::1", "fec0::1", "unique-local", 0, NULL },
    { "fd12:3456::1", "fd12:3456::1", "unique-local", 0, NULL },
    { "fc00::", "fc00::", "unique-local", 0, NULL },
    { "ff02::1", "ff02::1", "multicast", 0, NULL },
    { "2001:DB8::A", "2001:db8::a", "reserved", 0, NULL },
    { "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", "reserved", 0, NULL },
    { "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", "reserved", 0, NULL },
    { "2a00:1450:4001:82a::200e", "2a00:1450:4001:82a::200e", "global", 0, NULL },
    { "2a00:0:0:0:0:0:0:0", "2a00::", "global", 0, NULL },
    { "1:0:0:0:0:0:0:0", "1::", "reserved", 0, NULL },
    { "::ffff:127.0.0.1", "127.0.0.1", "loopback", HOST_ADDRESS_EMBEDS_MAPPED, "127.0.0.1" },
    { "::FFFF:7F00:1", "127.0.0.1", "loopback", HOST_ADDRESS_EMBEDS_MAPPED, "127.0.0.1" },
    { "[::ffff:7f00:1%1]", "127.0.0.1", "loopback", HOST_ADDRESS_EMBEDS_MAPPED, "127.0.0.1" },
    { "0:0:0:0:0:ffff:a9fe:a9fe", "169.254.169.254", "link-local", HOST_ADDRESS_EMBEDS_MAPPED, "169.254.169.254" },
    { "::ffff:8.8.8.8", "8.8.8.8", "global", HOST_ADDRESS_EMBEDS_MAPPED, "8.8.8.8" },
    { "::127.0.0.1", "::7f00:1", "loopback", HOST_ADDRESS_EMBEDS_COMPATIBLE, "127.0.0.1" },
    { "::a00:1", "::a00:1", "private", HOST_ADDRESS_EMBEDS_COMPATIBLE, "10.0.0.1" },
    { "64:ff9b::10.0.0.1", "64:ff9b::a00:1", "private", HOST_ADDRESS_EMBEDS_TRANSLATED, "10.0.0.1" },
    { "64:ff9b::8.8.8.8", "64:ff9b::808:808", "global", HOST_ADDRESS_EMBEDS_TRANSLATED, "8.8.8.8" },
    { "64:ff9b:1::1", "64:ff9b:1::1", "private", 0, NULL },
    { "::ffff:0:192.168.0.1", "::ffff:0:c0a8:1", "private", HOST_ADDRESS_EMBEDS_TRANSLATED, "192.168.0.1" },
    { "2002:7f00:1::", "2002:7f00:1::", "loopback", HOST_ADDRESS_EMBEDS_6TO4, "127.0.0.1" },
    { "2002:0808:0808::1", "2002:808:808::1", "global", HOST_ADDRESS_EMBEDS_6TO4, "8.8.8.8" },
    { "2001:0:4136:e378:8000:63bf:f5ff:fffe", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "private", HOST_ADDRESS_EMBEDS_TEREDO, "10.0.0.1" },
    { "2a00::5efe:a00:1", "2a00::5efe:a00:1", "private", HOST_ADDRESS_EMBEDS_ISATAP, "10.0.0.1" },
    { "fe80::200:5efe:808:808", "fe80::200:5efe:808:808", "link-local", HOST_ADDRESS_EMBEDS_ISATAP, "8.8.8.8" },
    { "", NULL, NULL, 0, NULL },
    { ".", NULL, NULL, 0, NULL },
    { "localhost", NULL, NULL, 0, NULL },
    { "256.0.0.1", NULL, NULL, 0, NULL },
    { "1.2.3.4.5", NULL, NULL, 0, NULL },
    { "1..2", NULL, NULL, 0, NULL },
    { ".1.2.3", NULL, NULL, 0, NULL },
    { "4294967296", NULL, NULL, 0, NULL },
    { "127.16777216", NULL, NULL, 0, NULL },
    { "0x", NULL, NULL, 0, NULL },
    { "08.0.0.1", NULL, NULL, 0, NULL },
    { "127.0.0.1 ", NULL, NULL, 0, NULL },
    { " 127.0.0.1", NULL, NULL, 0, NULL },
    { "-1", NULL, NULL, 0, NULL },
    { ":", NULL, NULL, 0, NULL },
    { ":::", NULL, NULL, 0, NULL },
    { "1::2::3", NULL, NULL, 0, NULL },
    { "1:2:3:4:5:6:7", NULL, NULL, 0, NULL },
    { "1:2:3:4:5:6:7:8:9", NULL, NULL, 0, NULL },
    { "1:2:3:4:5:6:7:8::", NULL, NULL, 0, NULL },
    { "12345::", NULL, NULL, 0, NULL },
    { "::1%", NULL, NULL, 0, NULL },
    { "[::1", NULL, NULL, 0, NULL },
    { "::ffff:0177.0.0.1", NULL, NULL, 0, NULL },
    { "::ffff:1.2.3", NULL, NULL, 0, NULL },
    { "::1.2.3.4:5", NULL, NULL, 0, NULL },
    { "g::", NULL, NULL, 0, NULL },
};

static void text_of_embedded(const host_address *address, char text[INET_ADDRSTRLEN])
{
    assert_non_null(inet_ntop(AF_INET, address->embedded, text, INET_ADDRSTRLEN));
}

static void notation_case_run(void **state)
{
    const notation_case *row = *state;
    host_address address;
    bool is_address = host_address_parse(row->given, &address);
    assert_int_equal(is_address, row->text != NULL);
    if (!is_address) {
        assert_string_equal(address.text, "");
        return;
    }
    assert_string_equal(address.text, row->text);
    assert_string_equal(host_address_class_name(address.address_class), row->class_name);
    assert_int_equal(address.embedding, row->embedding);
    if (row->embedded != NULL) {
        char text[INET_ADDRSTRLEN];
        text_of_embedded(&address, text);
        assert_string_equal(text, row->embedded);
    }
}

/* What libc takes for an address, we must take for the same one: the policy would see another otherwise. */
static void libc_agrees(void **state)
{
    const notation_case *row = *state;
    host_address address;
    struct in_addr ipv4;
    struct in6_addr ipv6;
    bool is_address = host_address_parse(row->given, &address);
    if (row->given[0] != ' ' && strchr(row->given, ' ') == NULL && inet_aton(row->given, &ipv4)) {
        assert_true(is_address);
        assert_memory_equal(&ipv4, address.bytes, sizeof ipv4);
    }
    if (inet_pton(AF_INET6, row->given, &ipv6) == 1) {
        char text[INET6_ADDRSTRLEN];
        assert_true(is_address);
        if (address.family == HOST_ADDRESS_IPV4) {
            assert_true(IN6_IS_ADDR_V4MAPPED(&ipv6));
            return;
        }
        assert_memory_equal(&ipv6, address.bytes, sizeof ipv6);
        inet_ntop(AF_INET6, &ipv6, text, sizeof text);
        if (address.embedding == HOST_ADDRESS_EMBEDS_NOTHING) assert_string_equal(text, address.text);
    }
}

/* Random bytes through libc's text and back. */
static void random_addresses_survive_libc(void **state)
{
    (void)state;
    srandom(20240229);
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[16];
        char text[INET6_ADDRSTRLEN];
        host_address from_text, from_bytes;
        for (size_t k = 0; k < sizeof bytes; k++) bytes[k] = random() % 3 != 0 ? 0 : (uint8_t)random();
        bytes[0] |= 0x20; /* not an embedding at the front */
        inet_ntop(AF_INET6, bytes, text, sizeof text);
        assert_true(host_address_parse(text, &from_text));
        assert_true(host_address_from_bytes(HOST_ADDRESS_IPV6, bytes, sizeof bytes, &from_bytes));
        assert_string_equal(from_text.text, from_bytes.text);
        assert_memory_equal(from_text.bytes, bytes, sizeof bytes);
        assert_string_equal(from_text.text, text);
    }
}

typedef struct prefix_case {
    const char *prefix, *address;
    int expected; /* 1 in, 0 out, -1 the prefix is malformed */
} prefix_case;

static const prefix_case prefix_cases[] = {
    { "10.0.0.0/8", "10.255.0.1", 1 },
    { "10.0.0.0/8", "11.0.0.1", 0 },
    { "10.0.0.0/8", "::ffff:10.0.0.1", 1 },
    { "10.0.0.0/8", "64:ff9b::10.0.0.1", 1 },
    { "10.0.0.0/8", "2002:a00:1::", 1 },
    { "10.0.0.0/8", "64:ff9b::11.0.0.1", 0 },
    { "10.0.0.0/8", "::1", 0 },
    { "127.0.0.1", "127.1", 1 },
    { "127.0.0.1", "127.0.0.2", 0 },
    { "192.168.128.0/17", "192.168.129.1", 1 },
    { "192.168.128.0/17", "192.168.127.1", 0 },
    { "0.0.0.0/0", "8.8.8.8", 1 },
    { "0.0.0.0/0", "2a00::1", 0 },
    { "::/0", "2a00::1", 1 },
    { "::/0", "8.8.8.8", 0 },
    { "fe80::/10", "febf::1", 1 },
    { "fe80::/10", "fec0::1", 0 },
    { "2001:db8::/33", "2001:db8:7fff::1", 1 },
    { "2001:db8::/33", "2001:db8:8000::1", 0 },
    { "::1/128", "::1", 1 },
    { "::1", "0:0::1", 1 },
    { "::ffff:10.0.0.0/104", "10.1.2.3", 1 },
    { "::ffff:10.0.0.0/104", "11.1.2.3", 0 },
    { "10.0.0.0/33", NULL, -1 },
    { "10.0.0.1/8", NULL, -1 },
    { "fe80::1/64", NULL, -1 },
    { "10.0.0.0/", NULL, -1 },
    { "10.0.0.0/ 8", NULL, -1 },
    { "10.0.0.0/8/8", NULL, -1 },
    { "::/129", NULL, -1 },
    { "example.org/8", NULL, -1 },
    { "", NULL, -1 },
};

static void prefix_case_run(void **state)
{
    const prefix_case *row = *state;
    host_address_prefix prefix;
    host_address address;
    assert_int_equal(host_address_prefix_parse(row->prefix, &prefix), row->expected >= 0);
    if (row->expected < 0) {
        /* What is malformed matches nothing, should a caller not look. */
        assert_true(host_address_parse("10.0.0.1", &address));
        assert_false(host_address_prefix_contains(&prefix, &address));
        return;
    }
    assert_true(host_address_parse(row->address, &address));
    assert_int_equal(host_address_prefix_contains(&prefix, &address), row->expected);
}

typedef struct name_case {
    const char *given, *canonical; /* NULL: no name */
} name_case;

static const name_case name_cases[] = {
    { "Example.ORG", "example.org" },
    { "example.org.", "example.org" },
    { "example.org..", "example.org" },
    { "LOCALHOST", "localhost" },
    { "0x7F.1", "127.0.0.1" },
    { "2130706433", "127.0.0.1" },
    { "::FFFF:127.0.0.1", "127.0.0.1" },
    { "FE80::1%eth0", "fe80::1" },
    { "b\xc3\xbc" "cher.example", "b\xc3\xbc" "cher.example" },
    { ".", "." },
    { "", NULL },
    { NULL, NULL },
};

static void name_case_run(void **state)
{
    const name_case *row = *state;
    char canonical[64];
    assert_int_equal(host_name_canonical(row->given, canonical, sizeof canonical), row->canonical != NULL);
    assert_string_equal(canonical, row->canonical != NULL ? row->canonical : "");
    if (row->canonical != NULL) {
        assert_true(host_name_canonical(row->given, canonical, strlen(row->canonical) + 1));
        assert_false(host_name_canonical(row->given, canonical, strlen(row->canonical)));
    }
}

typedef struct socket_case {
    const char *label;
    const void *bytes;
    size_t size;
    const char *text, *family, *class_name; /* NULL: refused */
    int64_t port;                           /* -1: none */
} socket_case;

static const struct sockaddr_in loopback_ipv4 = { .sin_family = AF_INET, .sin_port = 0x5000, .sin_addr = { 0x0100007f } };
static const struct sockaddr_in unspecified_family = { .sin_family = AF_UNSPEC, .sin_port = 0x5000, .sin_addr = { 0x0100007f } };
static const struct sockaddr_in6 mapped = { .sin6_family = AF_INET6, .sin6_port = 0x5000,
    .sin6_addr = { { { [10] = 0xff, [11] = 0xff, 10, 0, 0, 1 } } } };
static const struct sockaddr_in6 link_local = { .sin6_family = AF_INET6, .sin6_port = 0x5000, .sin6_scope_id = 7,
    .sin6_addr = { { { 0xfe, 0x80, [15] = 1 } } } };
static const struct sockaddr_un unix_path = { .sun_family = AF_UNIX, .sun_path = "/run/a socket" };
static const struct sockaddr_un abstract_name = { .sun_family = AF_UNIX, .sun_path = "\0a\0b\\" };
static const struct sockaddr_nl netlink = { .nl_family = AF_NETLINK, .nl_pid = 12 };
static const struct sockaddr_vm vsock = { .svm_family = AF_VSOCK, .svm_cid = 2, .svm_port = 1024 };
static const struct { sa_family_t family; uint8_t bytes[4]; } can = { AF_CAN, { 1, 2, 0xa, 0xff } }, unknown = { 250, { 1 } };

static const socket_case socket_cases[] = {
    { "ipv4", &loopback_ipv4, sizeof loopback_ipv4, "127.0.0.1", "ipv4", "loopback", 80 },
    { "ipv4 cut short", &loopback_ipv4, sizeof loopback_ipv4 - 9, NULL, NULL, NULL, -1 },
    { "no family, as long as ipv4", &unspecified_family, sizeof unspecified_family, "127.0.0.1", "ipv4", "loopback", 80 },
    { "no family, short", &unspecified_family, 2, "none", "none", "none", -1 },
    { "mapped", &mapped, sizeof mapped, "10.0.0.1", "ipv4", "private", 80 },
    { "mapped, RFC 2133", &mapped, 24, "10.0.0.1", "ipv4", "private", 80 },
    { "ipv6 cut short", &mapped, 23, NULL, NULL, NULL, -1 },
    { "link-local", &link_local, sizeof link_local, "fe80::1", "ipv6", "link-local", 80 },
    { "unix path", &unix_path, sizeof unix_path, "unix:/run/a socket", "unix", "local", -1 },
    { "unix path without NUL", &unix_path, 2 + 4, "unix:/run", "unix", "local", -1 },
    { "unix without a path", &unix_path, 2, "unix:", "unix", "local", -1 },
    { "abstract", &abstract_name, 2 + 5, "abstract:a\\x00b\\x5c", "abstract", "local", -1 },
    { "abstract, longer", &abstract_name, 2 + 6, "abstract:a\\x00b\\x5c\\x00", "abstract", "local", -1 },
    { "netlink", &netlink, sizeof netlink, "netlink:12", "netlink", "local", 12 },
    { "vsock", &vsock, sizeof vsock, "vsock:2", "vsock", "local", 1024 },
    { "can", &can, 6, "can:01020aff", "can", "local", -1 },
    { "unknown family", &unknown, 6, "other:01000000", "other", "local", -1 },
    { "one byte", &unix_path, 1, NULL, NULL, NULL, -1 },
    { "nothing", NULL, 16, NULL, NULL, NULL, -1 },
};

static void socket_case_run(void **state)
{
    const socket_case *row = *state;
    host_address address;
    assert_int_equal(host_address_from_socket(row->bytes, row->size, &address), row->text != NULL);
    if (row->text == NULL) {
        assert_int_equal(address.family, HOST_ADDRESS_NONE);
        assert_string_equal(address.text, "");
        return;
    }
    assert_string_equal(address.text, row->text);
    assert_string_equal(host_address_family_name(address.family), row->family);
    assert_string_equal(host_address_class_name(address.address_class), row->class_name);
    assert_int_equal(address.has_port ? (int64_t)address.port : -1, row->port);
    assert_int_equal(address.zone, row->bytes == &link_local ? 7 : 0);
}

static void socket_addresses_of_every_size_stay_inside(void **state)
{
    (void)state;
    uint8_t bytes[160];
    memset(bytes, 0xff, sizeof bytes);
    for (unsigned int family = 0; family < 50; family++) {
        memcpy(bytes, &(sa_family_t){ (sa_family_t)family }, sizeof(sa_family_t));
        for (size_t size = 0; size <= sizeof bytes; size++) {
            host_address address;
            bool is_address = host_address_from_socket(bytes, size, &address);
            assert_true(strnlen(address.text, sizeof address.text) < sizeof address.text);
            if (size < 2 || size > HOST_ADDRESS_SOCKET_SIZE_MAX) assert_false(is_address);
        }
    }
}

/* One cmocka group per table: the row's first member is its name. */
static int run_table(const char *group, const void *rows, size_t count, size_t row_size, CMUnitTestFunction run)
{
    struct CMUnitTest *tests = calloc(count, sizeof *tests);
    for (size_t i = 0; i < count; i++) {
        const char *row = (const char *)rows + i * row_size;
        const char *name = *(const char *const *)row;
        tests[i] = (struct CMUnitTest){ .name = name != NULL ? name : "(NULL)", .test_func = run, .initial_state = (void *)row };
    }
    int failed = _cmocka_run_group_tests(group, tests, count, NULL, NULL);
    free(tests);
    return failed;
}
#define RUN_TABLE(group, rows, run) run_table(group, rows, sizeof rows / sizeof rows[0], sizeof rows[0], run)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_addresses_survive_libc),
        cmocka_unit_test(socket_addresses_of_every_size_stay_inside),
    };
    int failed = RUN_TABLE("notations", notation_cases, notation_case_run);
    failed += RUN_TABLE("notations, against libc", notation_cases, libc_agrees);
    failed += RUN_TABLE("prefixes", prefix_cases, prefix_case_run);
    failed += RUN_TABLE("names", name_cases, name_case_run);
    failed += RUN_TABLE("socket addresses", socket_cases, socket_case_run);
    return failed + cmocka_run_group_tests_name("addresses", tests, NULL, NULL);
}
