/* Sockets: what the policy sees of addresses, that no notation, option or path dodges it, and that failures leave nothing behind. */
#include "support/host_cases.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host_call.h"
#include "host_env/address.h"
#include "host_env/net.h"
#include "support/loopback.h"

typedef struct seen_case {
    const char *label;
    int family;
    const char *bytes; /* of the address */
    const char *address, *family_text, *embedded;
    const char *peer; /* what is embedded when it is somebody to talk to, if that differs */
} seen_case;

static const seen_case seen_cases[] = {
    { "plain", AF_INET, "127.0.0.1", "127.0.0.1", "ipv4", NULL, NULL },
    { "any", AF_INET, "0.0.0.0", "0.0.0.0", "ipv4", NULL, "127.0.0.1" },
    { "any_mapped", AF_INET6, "::ffff:0.0.0.0", "0.0.0.0", "ipv4", NULL, "127.0.0.1" },
    { "any_ipv6", AF_INET6, "::", "::", "ipv6", NULL, "::1" },
    { "mapped", AF_INET6, "::ffff:127.0.0.1", "127.0.0.1", "ipv4", NULL, NULL },
    { "translated", AF_INET6, "64:ff9b::10.0.0.1", "64:ff9b::a00:1", "ipv6", "10.0.0.1", NULL },
    { "6to4", AF_INET6, "2002:7f00:1::1", "2002:7f00:1::1", "ipv6", "127.0.0.1", NULL },
    { "compatible", AF_INET6, "::127.0.0.1", "::7f00:1", "ipv6", "127.0.0.1", NULL },
    { "no family", AF_UNSPEC, "127.0.0.1", "127.0.0.1", "ipv4", NULL, NULL },
};

static size_t make_address(const seen_case *row, struct sockaddr_storage *address_out)
{
    memset(address_out, 0, sizeof *address_out);
    if (row->family == AF_INET6) {
        struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)address_out;
        ipv6->sin6_family = AF_INET6;
        ipv6->sin6_port = htons(9);
        assert_int_equal(inet_pton(AF_INET6, row->bytes, &ipv6->sin6_addr), 1);
        return sizeof *ipv6;
    }
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)address_out;
    *ipv4 = (struct sockaddr_in){ .sin_family = (sa_family_t)row->family, .sin_port = htons(9) };
    assert_int_equal(inet_pton(AF_INET, row->bytes, &ipv4->sin_addr), 1);
    return sizeof *ipv4;
}

static void assert_seen(const test_host *host, host_function function, const seen_case *row)
{
    const test_access *asked = test_asked(host, function);
    char labels[128];
    assert_non_null(asked);
    assert_int_equal(asked->access.capability, function == HOST_FUNCTION_NET_BIND ? HOST_CAPABILITY_NET_LISTEN : HOST_CAPABILITY_NET_CONNECT);
    assert_string_equal(test_argument_text(asked, "address"), row->address);
    assert_int_equal(test_argument_number(asked, "port"), 9);
    assert_string_equal(test_argument_text(asked, "family"), row->family_text);
    const char *embedded = row->peer != NULL && function != HOST_FUNCTION_NET_BIND ? row->peer : row->embedded;
    assert_int_equal(strstr(test_argument_labels(asked, labels, sizeof labels), "embedded") != NULL, embedded != NULL);
    if (embedded != NULL) assert_string_equal(test_argument_text(asked, "embedded"), embedded);
}

/* Every way to a peer shows it alike, and a refusal means that nothing was sent or connected. */
static void seen_case_run(void **state)
{
    const seen_case *row = *state;
    struct sockaddr_storage address;
    size_t size = make_address(row, &address), count = 9;
    char byte = 'x';
    host_net_buffer buffer = { &byte, 1 };
    host_net_message message = { .address = &address, .address_size = size, .buffers = &buffer, .buffer_count = 1 };
    test_host host;
    test_host_create(&host, NULL);
    test_host_policy(&host, TEST_POLICY_DENY_ALL, HOST_CAPABILITY_NONE);
    host_operations_watch(host.env);
    assert_host_status(HOST_DENIED_BY_POLICY, host_net_connect(host.env, 0, &address, size, &host.error), &host.error);
    assert_host_status(HOST_DENIED_BY_POLICY, host_net_bind(host.env, 0, &address, size, &host.error), &host.error);
    assert_host_status(HOST_DENIED_BY_POLICY, host_net_send_to(host.env, 0, &byte, 1, 0, &address, size, &count, &host.error), &host.error);
    assert_host_status(HOST_DENIED_BY_POLICY, host_net_send_message(host.env, 0, &message, 0, &count, &host.error), &host.error);
    assert_int_equal(host_operations_calls_total(), 0);
    assert_int_equal(count, 0);
    assert_seen(&host, HOST_FUNCTION_NET_CONNECT, row);
    assert_seen(&host, HOST_FUNCTION_NET_BIND, row);
    assert_seen(&host, HOST_FUNCTION_NET_SEND_TO, row);
    assert_seen(&host, HOST_FUNCTION_NET_SEND_MESSAGE, row);
    host_operations_restore(host.env);
    test_host_destroy(&host);
}

/* ---- A policy that decides by address: what it forbids is out of reach in every notation, what it allows works ---- */

static host_decision only_loopback(void *context, const host_access *access)
{
    (void)context;
    host_address address;
    for (uint32_t i = 0; i < access->argument_count; i++) {
        if (access->arguments[i].kind != HOST_ARGUMENT_ADDRESS) continue;
        if (!host_address_parse(access->arguments[i].value.text, &address)) return HOST_DECISION_DENY;
        if (address.address_class != HOST_ADDRESS_CLASS_LOOPBACK) return HOST_DECISION_DENY;
    }
    return HOST_DECISION_ALLOW;
}

static host_env *env_for_loopback(void)
{
    host_env_config config = HOST_ENV_CONFIG_INIT;
    host_env *env = NULL;
    config.decide = only_loopback;
    config.path_mode = HOST_PATHS_ANY;
    assert_host_ok(host_env_create(&config, &env, NULL), NULL);
    return env;
}

static host_status resolve_and_connect(host_env *env, const char *host, const char *port)
{
    host_net_hints hints = { 0, AF_UNSPEC, SOCK_STREAM, 0 };
    host_net_answers *answers = NULL;
    int fd = -1;
    host_status status = host_net_resolve(env, host, port, &hints, &answers, NULL, NULL);
    if (status != HOST_OK) return status;
    assert_host_ok(host_net_socket(env, answers->answers[0].family, SOCK_STREAM, 0, &fd, NULL), NULL);
    status = host_net_connect(env, fd, answers->answers[0].address, answers->answers[0].address_size, NULL);
    close(fd);
    host_net_answers_free(answers);
    return status;
}

static void names_are_judged_where_they_lead(void **state)
{
    (void)state;
    static const struct { const char *host; bool is_allowed; } rows[] = {
        { "127.0.0.1", true },  { "2130706433", true },     { "0177.0.0.1", true },  { "0x7f.1", true },
        { "LOCALHOST", true },  { "::ffff:127.0.0.1", true }, { "192.0.2.1", false }, { "3221225985", false },
        { "0xc0.0.0x201", false }, { "::ffff:192.0.2.1", false }, { "0.0.0.0", false },
        { "64:ff9b::c000:201", false },
    };
    struct sockaddr_in address;
    char port[8];
    int listener;
    host_env *env = env_for_loopback();
    bound_socket(SOCK_STREAM, &listener, &address);
    assert_int_equal(listen(listener, 16), 0);
    snprintf(port, sizeof port, "%u", ntohs(address.sin_port));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        host_status status = resolve_and_connect(env, rows[i].host, port);
        if (!rows[i].is_allowed) assert_host_status(HOST_DENIED_BY_POLICY, status, NULL);
        if (rows[i].is_allowed) assert_int_not_equal(status, HOST_DENIED_BY_POLICY);
        if (i < 6) assert_host_ok(status, NULL);
    }
    close(listener);
    host_env_destroy(env);
}

/* Linux sends a datagram for a peer without a family to the IPv4 address in it. */
static void a_peer_without_family_dodges_no_rule(void **state)
{
    (void)state;
    struct sockaddr_in peer = { .sin_family = AF_UNSPEC, .sin_port = htons(9), .sin_addr.s_addr = htonl(0xc0000201) };
    size_t count;
    host_env *env = env_for_loopback();
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_host_status(HOST_DENIED_BY_POLICY, host_net_send_to(env, fd, "x", 1, 0, &peer, sizeof peer, &count, NULL), NULL);
    struct sockaddr_in near;
    int receiver;
    bound_socket(SOCK_DGRAM, &receiver, &near);
    near.sin_family = AF_UNSPEC;
    assert_host_ok(host_net_send_to(env, fd, "x", 1, 0, &near, sizeof near, &count, NULL), NULL);
    char byte = 0;
    assert_int_equal(recv(receiver, &byte, 1, 0), 1); /* so it is true of this kernel */
    close(fd);
    close(receiver);
    host_env_destroy(env);
}

/* The address is copied before it is judged: a policy that changes the caller's bytes (as another thread might) changes nothing. */
static host_decision change_bytes(void *context, const host_access *access)
{
    if (access->function == HOST_FUNCTION_NET_CONNECT) ((struct sockaddr_in *)context)->sin_port = htons(1);
    return HOST_DECISION_ALLOW;
}

static void an_address_cannot_change_after_it_was_judged(void **state)
{
    (void)state;
    struct sockaddr_in address, changed;
    int listener, fd;
    bound_socket(SOCK_STREAM, &listener, &address);
    assert_int_equal(listen(listener, 5), 0);
    changed = address;
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.decide = change_bytes;
    config.decide_context = &changed;
    host_env *env = NULL;
    assert_host_ok(host_env_create(&config, &env, NULL), NULL);
    assert_host_ok(host_net_socket(env, AF_INET, SOCK_STREAM, 0, &fd, NULL), NULL);
    assert_host_ok(host_net_connect(env, fd, &changed, sizeof changed, NULL), NULL);
    assert_int_not_equal(changed.sin_port, address.sin_port);
    close(fd);
    close(listener);
    host_env_destroy(env);
}

static void a_message_without_address_is_use_of_a_descriptor(void **state)
{
    (void)state;
    char byte = 'x';
    size_t count = 0;
    host_net_buffer buffer = { &byte, 1 };
    host_net_message message = { .buffers = &buffer, .buffer_count = 1 };
    int fds[2];
    test_host host;
    test_host_create(&host, NULL);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    test_host_policy(&host, TEST_POLICY_DENY_CAPABILITY, HOST_CAPABILITY_NET_CONNECT);
    assert_host_ok(host_net_send_message(host.env, fds[0], &message, 0, &count, &host.error), &host.error);
    assert_int_equal(count, 1);
    test_host_policy(&host, TEST_POLICY_DENY_CAPABILITY, HOST_CAPABILITY_FD_USE);
    assert_host_status(HOST_DENIED_BY_POLICY, host_net_send_message(host.env, fds[0], &message, 0, &count, &host.error), &host.error);
    close(fds[0]);
    close(fds[1]);
    test_host_destroy(&host);
}

/* ---- Sockets that need no address ---- */

static host_decision no_address(void *context, const host_access *access)
{
    (void)context;
    for (uint32_t i = 0; i < access->argument_count; i++)
        if (access->arguments[i].kind == HOST_ARGUMENT_ADDRESS) return HOST_DECISION_DENY;
    return HOST_DECISION_ALLOW;
}

static host_env *env_that_decides(host_decide_function decide, const void *context)
{
    host_env_config config = HOST_ENV_CONFIG_INIT;
    host_env *env = NULL;
    config.decide = decide;
    config.decide_context = (void *)context;
    config.path_mode = HOST_PATHS_ANY;
    assert_host_ok(host_env_create(&config, &env, NULL), NULL);
    return env;
}

static void sockets_that_hear_without_an_address_show_one(void **state)
{
    (void)state;
    static const struct { int family, type; bool is_shown; } rows[] = {
        { AF_INET, SOCK_STREAM | SOCK_CLOEXEC, false }, { AF_INET6, SOCK_DGRAM, false }, { AF_UNIX, SOCK_DGRAM, false }, { AF_UNIX, SOCK_RAW, false },
        { AF_INET, SOCK_RAW, true }, { AF_INET6, SOCK_RAW | SOCK_NONBLOCK, true }, { AF_INET, SOCK_PACKET, true }, { AF_NETLINK, SOCK_RAW, true }, { AF_NETLINK, SOCK_DGRAM, true },
        { AF_PACKET, SOCK_DGRAM, true }, { AF_VSOCK, SOCK_STREAM, true }, { AF_KEY, SOCK_RAW, true }, { 200, SOCK_STREAM, true },
    };
    host_env *env = env_that_decides(no_address, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int fd = -1;
        host_status status = host_net_socket(env, rows[i].family, rows[i].type, 0, &fd, NULL);
        if (rows[i].is_shown) assert_host_status(HOST_DENIED_BY_POLICY, status, NULL);
        if (!rows[i].is_shown) assert_int_not_equal(status, HOST_DENIED_BY_POLICY);
        if (fd >= 0) close(fd);
    }
    host_env_destroy(env);
}

/* listen(2) binds what nobody bound, to every address. */
static void listening_unbound_is_asked_about(void **state)
{
    (void)state;
    struct sockaddr_in address;
    int bound, unbound = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t size = sizeof address;
    host_env *env = env_that_decides(no_address, NULL);
    bound_socket(SOCK_STREAM, &bound, &address);
    assert_host_ok(host_net_listen(env, bound, 1, NULL), NULL);
    assert_host_status(HOST_DENIED_BY_POLICY, host_net_listen(env, unbound, 1, NULL), NULL);
    assert_int_equal(getsockname(unbound, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(address.sin_port, 0);
    test_host host;
    test_host_create(&host, NULL);
    assert_host_ok(host_net_listen(host.env, unbound, 1, &host.error), &host.error);
    assert_string_equal(test_argument_text(test_recorded(&host, HOST_FUNCTION_NET_LISTEN), "address"), "0.0.0.0");
    test_host_destroy(&host);
    host_env_destroy(env);
    close(bound);
    close(unbound);
}

/* ---- Sockets that have a path ---- */

static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%.107s", path);
    return address;
}

static host_status bind_path(host_env *env, int fd, const char *path)
{
    struct sockaddr_un address = unix_address(path);
    return host_net_bind(env, fd, &address, sizeof address, NULL);
}

static host_status connect_path(host_env *env, const char *path)
{
    struct sockaddr_un address = unix_address(path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    host_status status = host_net_connect(env, fd, &address, sizeof address, NULL);
    close(fd);
    return status;
}

static host_status bind_fresh(host_env *env, const char *path)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    host_status status = bind_path(env, fd, path);
    close(fd);
    return status;
}

static void unix_paths_are_held_beneath_the_roots(void **state)
{
    (void)state;
    char root_folder[64], outside_folder[64], inside[80], outside[80], link[80], escape[160];
    test_folder_create(root_folder);
    test_folder_create(outside_folder);
    snprintf(inside, sizeof inside, "%s/socket", root_folder);
    snprintf(outside, sizeof outside, "%s/socket", outside_folder);
    snprintf(link, sizeof link, "%s/link", root_folder);
    snprintf(escape, sizeof escape, "%s/../%s/other", root_folder, strrchr(outside_folder, '/') + 1);
    assert_int_equal(symlink(outside, link), 0);
    host_root root = { root_folder, HOST_ROOT_READ | HOST_ROOT_WRITE };
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.path_mode = HOST_PATHS_BENEATH_ROOTS;
    config.roots = &root;
    config.root_count = 1;
    test_host host, free_host;
    test_host_create(&host, &config);
    test_host_create(&free_host, NULL);
    int before = test_descriptor_count();
    int listener_in = socket(AF_UNIX, SOCK_STREAM, 0), listener_out = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_host_ok(bind_path(host.env, listener_in, inside), NULL);
    assert_host_ok(bind_path(free_host.env, listener_out, outside), NULL);
    assert_int_equal(listen(listener_in, 5) | listen(listener_out, 5), 0);
    struct stat status;
    assert_int_equal(stat(inside, &status), 0);
    assert_true(S_ISSOCK(status.st_mode));

    assert_host_ok(connect_path(host.env, inside), NULL);
    assert_host_status(HOST_OUTSIDE_ROOT, connect_path(host.env, outside), NULL);
    assert_host_status(HOST_OUTSIDE_ROOT, connect_path(host.env, link), NULL);
    assert_host_ok(connect_path(free_host.env, link), NULL); /* the twin: it leads somewhere */
    assert_host_status(HOST_OUTSIDE_ROOT, bind_fresh(host.env, escape), NULL);
    assert_host_ok(bind_fresh(free_host.env, escape), NULL);
    assert_int_not_equal(bind_fresh(host.env, inside), HOST_OK); /* it is there already */

    close(listener_in);
    close(listener_out);
    assert_int_equal(test_descriptor_count(), before);
    test_host_destroy(&host);
    test_host_destroy(&free_host);
    test_folder_remove(root_folder);
    test_folder_remove(outside_folder);
}

/* Allows everything but one socket, or nothing but one folder's, by the text of the address. */
typedef struct path_rule {
    char denied[160], allowed[160]; /* allowed: what it begins with */
} path_rule;

static host_decision decide_by_text(void *context, const host_access *access)
{
    const path_rule *rule = context;
    for (uint32_t i = 0; i < access->argument_count; i++) {
        if (access->arguments[i].kind != HOST_ARGUMENT_ADDRESS) continue;
        const char *text = access->arguments[i].value.text;
        if (strcmp(text, rule->denied) == 0 || strncmp(text, rule->allowed, strlen(rule->allowed)) != 0) return HOST_DECISION_DENY;
    }
    return HOST_DECISION_ALLOW;
}

/* Folders "in" and "out" with a socket each, a link from one to the other, and the working directory above them. */
static void unix_paths_are_judged_where_they_lead(void **state)
{
    (void)state;
    static const struct { const char *path; bool is_denied_out, is_allowed_in; } rows[] = {
        { "%s/out/socket", true, false },      { "%s//out/socket", true, false },          { "%s/in/../out/socket", true, false },
        { "%s/in/link", true, false },         { "%s/in/folder/socket", true, false },     { "out/socket%.0s", true, false },
        { "/proc/self/cwd/out/socket%.0s", true, false }, { "%s/in/socket", false, true }, { "in/socket%.0s", false, true }, { "%s/in/./socket", false, true },
        { "%s/out/../in/socket", false, false }, /* as it is written it is outside */
    };
    char folder[64], path[160], target[160], before_folder[512];
    test_folder_create(folder);
    assert_non_null(realpath(folder, path));
    snprintf(folder, sizeof folder, "%.60s", path);
    int before = test_descriptor_count(), listeners[2];
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, i == 0 ? "in" : "out");
        assert_int_equal(mkdir(path, 0700), 0);
        snprintf(path, sizeof path, "%s/%s/socket", folder, i == 0 ? "in" : "out");
        struct sockaddr_un address = unix_address(path);
        listeners[i] = socket(AF_UNIX, SOCK_STREAM, 0);
        assert_int_equal(bind(listeners[i], (struct sockaddr *)&address, sizeof address) | listen(listeners[i], 100), 0);
    }
    snprintf(path, sizeof path, "%s/in/link", folder);
    snprintf(target, sizeof target, "%s/out/socket", folder);
    assert_int_equal(symlink(target, path), 0);
    snprintf(path, sizeof path, "%s/in/folder", folder);
    assert_int_equal(symlink("../out", path), 0);
    assert_non_null(getcwd(before_folder, sizeof before_folder));
    assert_int_equal(chdir(folder), 0);

    path_rule deny_out = { .allowed = "" }, only_in = { .denied = "" };
    snprintf(deny_out.denied, sizeof deny_out.denied, "unix:%s/out/socket", folder);
    snprintf(only_in.allowed, sizeof only_in.allowed, "unix:%s/in/", folder);
    host_env *denying = env_that_decides(decide_by_text, &deny_out), *allowing = env_that_decides(decide_by_text, &only_in);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(path, sizeof path, rows[i].path, folder);
        assert_host_status(rows[i].is_denied_out ? HOST_DENIED_BY_POLICY : HOST_OK, connect_path(denying, path), NULL);
        assert_host_status(rows[i].is_allowed_in ? HOST_OK : HOST_DENIED_BY_POLICY, connect_path(allowing, path), NULL);
    }
    assert_host_status(HOST_MISSING, connect_path(denying, "in/none"), NULL);
    assert_host_status(HOST_DENIED_BY_POLICY, bind_fresh(allowing, "in/folder/made"), NULL);
    assert_int_equal(access("out/made", F_OK), -1);
    assert_host_ok(bind_fresh(allowing, "in/made"), NULL);
    assert_host_ok(bind_fresh(denying, "in/folder/made"), NULL);
    assert_int_equal(access("out/made", F_OK), 0);

    assert_int_equal(chdir(before_folder), 0);
    close(listeners[0]);
    close(listeners[1]);
    host_env_destroy(denying);
    host_env_destroy(allowing);
    assert_int_equal(test_descriptor_count(), before);
    test_folder_remove(folder);
}

static void without_paths_only_names_without_a_path_work(void **state)
{
    (void)state;
    host_env_config config = HOST_ENV_CONFIG_INIT;
    test_host host;
    char folder[64], path[80];
    struct sockaddr_un abstract = { .sun_family = AF_UNIX };
    int length = snprintf(abstract.sun_path + 1, sizeof abstract.sun_path - 1, "cordon-test-%d", (int)getpid());
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    test_host_create(&host, &config);
    test_folder_create(folder);
    snprintf(path, sizeof path, "%s/socket", folder);
    assert_int_not_equal(bind_fresh(host.env, path), HOST_OK);
    assert_int_equal(access(path, F_OK), -1);
    size_t size = offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length;
    assert_host_ok(host_net_bind(host.env, fd, &abstract, size, &host.error), &host.error);
    close(fd);
    test_folder_remove(folder);
    test_host_destroy(&host);
}

/* ---- The way of a whole conversation, failure by failure ---- */

static host_status serve(host_env *env, int listener, int client, const struct sockaddr_in *address, host_error *error)
{
    int connection = -1;
    size_t count = 0;
    char bytes[8];
    host_status status = host_net_connect(env, client, address, sizeof *address, error);
    if (status == HOST_OK) status = host_net_accept(env, listener, NULL, NULL, SOCK_CLOEXEC, &connection, error);
    if (status == HOST_OK) status = host_net_send(env, client, "hello", 5, MSG_NOSIGNAL, &count, error);
    if (status == HOST_OK) status = host_net_receive(env, connection, bytes, sizeof bytes, 0, &count, error);
    if (status == HOST_OK) status = host_net_shutdown(env, connection, SHUT_RDWR, error);
    if (connection >= 0) close(connection);
    return status;
}

static host_status call_conversation(host_case_world *world, host_env *env, host_error *error)
{
    static const int on = 1;
    host_net_hints hints = { AI_NUMERICHOST, AF_INET, SOCK_STREAM, 0 };
    host_net_answers *answers = NULL;
    struct sockaddr_in address;
    size_t size = sizeof address;
    int listener = -1, client = -1;
    (void)world;
    host_status status = host_net_resolve(env, "127.0.0.1", "0", &hints, &answers, NULL, error);
    if (status == HOST_OK) status = host_net_socket(env, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0, &listener, error);
    if (status == HOST_OK) status = host_net_set_option(env, listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on, error);
    if (status == HOST_OK) status = host_net_bind(env, listener, answers->answers[0].address, answers->answers[0].address_size, error);
    if (status == HOST_OK) status = host_net_listen(env, listener, 1, error);
    if (status == HOST_OK) status = host_net_local_address(env, listener, &address, &size, error);
    if (status == HOST_OK) status = host_net_socket(env, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0, &client, error);
    if (status == HOST_OK) status = serve(env, listener, client, &address, error);
    host_net_answers_free(answers);
    if (listener >= 0) close(listener);
    if (client >= 0) close(client);
    return status;
}

static host_status call_unix_conversation(host_case_world *world, host_env *env, host_error *error)
{
    struct sockaddr_un address = unix_address(world->path);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    struct host_root_open *roots = env->roots;
    host_status status = host_net_bind(env, listener, &address, sizeof address, error);
    if (status == HOST_OK) status = host_net_listen(env, listener, 1, error);
    if (status == HOST_OK) status = host_net_connect(env, client, &address, sizeof address, error);
    close(listener);
    close(client);
    assert_ptr_equal(roots, env->roots);
    return status;
}

static void a_conversation_leaves_nothing_behind(void **state)
{
    (void)state;
    host_walk_failures(&(host_case){ .function = HOST_FUNCTION_NET_CONNECT, .call = call_conversation });
    host_walk_failures(&(host_case){ .function = HOST_FUNCTION_NET_CONNECT, .call = call_unix_conversation });
}

/* The same with roots: holding a path opens descriptors, each of which must be gone however it ends. */
static void holding_a_path_leaves_nothing_behind(void **state)
{
    (void)state;
    char folder[64];
    test_folder_create(folder);
    host_root root = { folder, HOST_ROOT_READ | HOST_ROOT_WRITE };
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.path_mode = HOST_PATHS_BENEATH_ROOTS;
    config.roots = &root;
    config.root_count = 1;
    test_host host;
    test_host_create(&host, &config);
    host_case_world world = { .host = &host, .env = host.env };
    snprintf(world.path, sizeof world.path, "%s/socket", folder);
    int before = test_descriptor_count();
    unsigned nth = 0;
    do {
        unlink(world.path);
        host_operations_fail_any(host.env, ++nth, EIO);
        host_status status = call_unix_conversation(&world, host.env, &host.error);
        host_operations_restore(host.env);
        assert_int_equal(test_descriptor_count(), before);
        if (!host_operations_failed()) assert_host_ok(status, &host.error);
        assert_true(nth < 1000);
    } while (host_operations_failed());
    assert_true(nth > 5);
    test_host_destroy(&host);
    test_folder_remove(folder);
}

/* ---- Details ---- */

static void resolver_codes_become_statuses(void **state)
{
    (void)state;
    test_host host;
    host_net_answers *answers = (host_net_answers *)&host;
    host_net_hints hints = { AI_NUMERICHOST, AF_INET, SOCK_STREAM, 0 }, wrong = { 0, 4711, 0, 0 }, flags = { -1, AF_INET, 0, 0 };
    int code = 99;
    char name[4000];
    test_host_create(&host, NULL);
    assert_host_status(HOST_MISSING, host_net_resolve(host.env, "no.number", NULL, &hints, &answers, &code, &host.error), &host.error);
    assert_int_equal(code, EAI_NONAME);
    assert_null(answers);
    assert_host_status(HOST_INVALID_ARGUMENT, host_net_resolve(host.env, "127.1", NULL, &wrong, &answers, &code, &host.error), &host.error);
    assert_int_equal(code, EAI_FAMILY);
    assert_host_status(HOST_INVALID_ARGUMENT, host_net_resolve(host.env, "127.1", NULL, &flags, &answers, &code, &host.error), &host.error);
    assert_int_equal(code, EAI_BADFLAGS);
    hints.flags = AI_NUMERICHOST | AI_NUMERICSERV;
    assert_host_status(HOST_MISSING, host_net_resolve(host.env, "127.1", "none", &hints, &answers, &code, &host.error), &host.error);
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_host_status(HOST_INVALID_ARGUMENT, host_net_resolve(host.env, name, NULL, NULL, &answers, &code, &host.error), &host.error);
    assert_int_equal(code, EAI_SYSTEM);
    assert_host_ok(host_net_resolve(host.env, NULL, "80", NULL, &answers, &code, &host.error), &host.error); /* this host */
    assert_true(answers->count >= 1);
    host_net_answers_free(answers);
    host_net_answers_free(NULL);
    test_host_destroy(&host);
}

static void what_is_not_in_the_databases_is_missing(void **state)
{
    (void)state;
    test_host host;
    char buffer[2000];
    host_net_service service;
    host_net_host named;
    unsigned int index = 9;
    int number = 9;
    test_host_create(&host, NULL);
    assert_host_status(HOST_MISSING, host_net_service_by_name(host.env, "no-such-service", NULL, buffer, sizeof buffer, &service, &host.error), &host.error);
    assert_host_status(HOST_MISSING, host_net_protocol_by_name(host.env, "no-such-protocol", &number, &host.error), &host.error);
    assert_host_status(HOST_MISSING, host_net_interface_index(host.env, "no-such-if", &index, &host.error), &host.error);
    assert_host_status(HOST_MISSING, host_net_interface_name(host.env, 4711, buffer, &host.error), &host.error);
    assert_host_status(HOST_TOO_LARGE, host_net_host_by_name(host.env, "localhost", buffer, 1, &named, NULL, &host.error), &host.error);
    assert_int_equal(host.error.host_code, ERANGE);
    assert_host_status(HOST_INVALID_ARGUMENT, host_net_host_by_name(host.env, "", buffer, sizeof buffer, &named, NULL, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_net_host_by_address(host.env, "abc", 3, AF_INET, buffer, sizeof buffer, &named, NULL, &host.error), &host.error);
    test_host_destroy(&host);
}

static void malformed_addresses_never_reach_the_policy(void **state)
{
    (void)state;
    struct sockaddr_in address = loopback(9);
    char long_bytes[200] = { 0 };
    size_t count = 9;
    test_host host;
    test_host_create(&host, NULL);
    host_operations_watch(host.env);
    assert_host_status(HOST_INVALID_ARGUMENT, host_net_connect(host.env, 0, NULL, 16, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_net_connect(host.env, 0, &address, 8, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_net_connect(host.env, 0, &address, 1, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_net_bind(host.env, 0, long_bytes, sizeof long_bytes, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_net_send_to(host.env, 0, "x", 1, 0, NULL, 0, &count, &host.error), &host.error);
    assert_int_equal(host.error.host_code, EINVAL);
    assert_int_equal(host.watch->asked.count, 0);
    assert_int_equal(host_operations_calls_total(), 0);
    assert_true(host.watch->recorded.count == 5);
    host_operations_restore(host.env);
    test_host_destroy(&host);
}

static const struct hidden_case {
    const char *label;
    int level, option, message;
} hidden_cases[] = {
    { "SCTP's connect", 132, 110, 0 },
    { "IPv4 source route", IPPROTO_IP, IP_OPTIONS, IP_RETOPTS },
    { "IPv6 routing header", IPPROTO_IPV6, IPV6_RTHDR, IPV6_RTHDR },
    { "IPv6 routing header, older", IPPROTO_IPV6, IPV6_2292RTHDR, IPV6_2292RTHDR },
};

static host_status send_with_control(test_host *host, int fd, int level, int type, const void *data, size_t data_size)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(16) + CMSG_SPACE(16)];
    } control = { .bytes = { 0 } };
    char byte = 'x';
    size_t count = 0;
    host_net_buffer buffer = { &byte, 1 };
    control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(data_size), .cmsg_level = level, .cmsg_type = type };
    memcpy(CMSG_DATA(&control.header), data, data_size);
    host_net_message message = { .buffers = &buffer, .buffer_count = 1, .control = &control, .control_size = CMSG_SPACE(data_size) };
    return host_net_send_message(host->env, fd, &message, 0, &count, &host->error);
}

static void options_and_messages_hide_no_addresses(void **state)
{
    (void)state;
    struct sockaddr_in address;
    size_t size = sizeof address;
    int receiver, fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1, life = 7;
    test_host host;
    test_host_create(&host, NULL);
    bound_socket(SOCK_DGRAM, &receiver, &address);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    for (size_t i = 0; i < sizeof hidden_cases / sizeof hidden_cases[0]; i++) {
        const struct hidden_case *row = &hidden_cases[i];
        host_operations_watch(host.env);
        assert_host_status(HOST_UNSUPPORTED, host_net_set_option(host.env, fd, row->level, row->option, &address, size, &host.error), &host.error);
        assert_host_status(HOST_UNSUPPORTED, host_net_option(host.env, fd, row->level, row->option, &address, &size, &host.error), &host.error);
        assert_host_status(HOST_INVALID_ARGUMENT, send_with_control(&host, fd, row->level, row->message, &on, sizeof on), &host.error);
        assert_int_equal(host_operations_calls_total(), 0);
        host_operations_restore(host.env);
    }
    assert_host_ok(host_net_set_option(host.env, fd, IPPROTO_IP, IP_TTL, &life, sizeof life, &host.error), &host.error);
    assert_host_ok(send_with_control(&host, fd, IPPROTO_IP, IP_TTL, &life, sizeof life), &host.error);
    close(fd);
    close(receiver);
    test_host_destroy(&host);
}

static void descriptors_pass_in_control_messages(void **state)
{
    (void)state;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } out = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } }, in = { .bytes = { 0 } };
    int fds[2], passed = -1;
    char byte = 'x';
    size_t count = 0;
    host_net_buffer buffer = { &byte, 1 };
    host_net_message message = { .buffers = &buffer, .buffer_count = 1, .control = &out, .control_size = sizeof out };
    test_host host;
    test_host_create(&host, NULL);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    memcpy(CMSG_DATA(&out.header), &fds[0], sizeof(int));
    assert_host_ok(host_net_send_message(host.env, fds[0], &message, 0, &count, &host.error), &host.error);
    message.control = &in;
    assert_host_ok(host_net_receive_message(host.env, fds[1], &message, MSG_CMSG_CLOEXEC, &count, &host.error), &host.error);
    assert_int_equal(message.control_size, sizeof in);
    memcpy(&passed, CMSG_DATA(&in.header), sizeof(int));
    assert_int_equal(fcntl(passed, F_GETFD), FD_CLOEXEC);
    close(passed);
    close(fds[0]);
    close(fds[1]);
    test_host_destroy(&host);
}

static void ipv6_loopback_works(void **state)
{
    (void)state;
    struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    size_t size = sizeof address;
    int listener = -1, client = -1;
    test_host host;
    test_host_create(&host, NULL);
    host_status status = host_net_socket(host.env, AF_INET6, SOCK_STREAM, 0, &listener, &host.error);
    if (status == HOST_OK) status = host_net_bind(host.env, listener, &address, size, &host.error);
    if (status == HOST_UNSUPPORTED || status == HOST_ADDRESS_IN_USE) {
        print_message("this host has no ::1: %s\n", host.error.message);
        if (listener >= 0) close(listener);
        test_host_destroy(&host);
        skip();
    }
    assert_host_ok(status, &host.error);
    assert_host_ok(host_net_listen(host.env, listener, 1, &host.error), &host.error);
    assert_host_ok(host_net_local_address(host.env, listener, &address, &size, &host.error), &host.error);
    assert_host_ok(host_net_socket(host.env, AF_INET6, SOCK_STREAM, 0, &client, &host.error), &host.error);
    assert_host_ok(host_net_connect(host.env, client, &address, size, &host.error), &host.error);
    assert_string_equal(test_argument_text(test_recorded(&host, HOST_FUNCTION_NET_CONNECT), "address"), "::1");
    close(listener);
    close(client);
    test_host_destroy(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_judged_where_they_lead),
        cmocka_unit_test(a_peer_without_family_dodges_no_rule),
        cmocka_unit_test(an_address_cannot_change_after_it_was_judged),
        cmocka_unit_test(a_message_without_address_is_use_of_a_descriptor),
        cmocka_unit_test(unix_paths_are_held_beneath_the_roots),
        cmocka_unit_test(unix_paths_are_judged_where_they_lead),
        cmocka_unit_test(sockets_that_hear_without_an_address_show_one),
        cmocka_unit_test(listening_unbound_is_asked_about),
        cmocka_unit_test(without_paths_only_names_without_a_path_work),
        cmocka_unit_test(a_conversation_leaves_nothing_behind),
        cmocka_unit_test(holding_a_path_leaves_nothing_behind),
        cmocka_unit_test(resolver_codes_become_statuses),
        cmocka_unit_test(what_is_not_in_the_databases_is_missing),
        cmocka_unit_test(malformed_addresses_never_reach_the_policy),
        cmocka_unit_test(options_and_messages_hide_no_addresses),
        cmocka_unit_test(descriptors_pass_in_control_messages),
        cmocka_unit_test(ipv6_loopback_works),
    };
    struct CMUnitTest seen[sizeof seen_cases / sizeof seen_cases[0]];
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++)
        seen[i] = (struct CMUnitTest){ .name = seen_cases[i].label, .test_func = seen_case_run, .initial_state = (void *)&seen_cases[i] };
    int failed = cmocka_run_group_tests_name("addresses that the policy sees", seen, NULL, NULL);
    return failed + cmocka_run_group_tests_name("net details", tests, NULL, NULL);
}
