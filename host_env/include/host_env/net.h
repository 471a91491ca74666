/* Sockets, and names of hosts, services and interfaces.
 *
 * Families, types, protocols, levels, options and flags are the host's own numbers (AF_*, SOCK_*, MSG_* ...), since a socket API without
 * them would be another one. Socket addresses are the host's bytes (struct sockaddr), given as pointer and size; they are copied once,
 * and it is the copy that is judged and used, so no other thread can change an address between the two.
 *
 * What a policy sees of an address: "address" (HOST_ARGUMENT_ADDRESS, see address.h for its one spelling), "port" if there is one,
 * "family", and "embedded" with the IPv4 address that an IPv6 address carries inside. That is the address that is really used, so a
 * name that resolves to somewhere else than it did before gains nothing. A policy is asked about names as well (net.resolve).
 * Peers that mean this host by "any address" (0.0.0.0, ::) show its own as "embedded". A socket that needs no address to hear or to reach something, a raw one or
 * one of another family than unix and internet, shows "raw:ipv4", "netlink:" ... as "address" when it is made, and one that listens unbound the address that it gets.
 *
 * Paths of unix sockets are absolute; a policy that does not grant the capability as a whole is asked again, with "real", where links and dots lead elsewhere.
 * They obey config.path_mode: beneath roots a socket is made and reached through the directory or file that was found, so
 * host_net_local_address then tells a path below /proc/self/fd. Abstract names are no paths; a policy sees them as "abstract:NAME".
 *
 * Who connects to a listening socket is not judged: binding decides which network can. Options and control messages that name addresses
 * (SCTP, source routes) are refused, since no policy would see them.
 *
 * Threads: every function may be called from any thread. Blocking calls hold no lock. */
#ifndef HOST_ENV_NET_H
#define HOST_ENV_NET_H

#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"

/* Makes a socket. On HOST_OK the caller owns *fd_out. Fails with INVALID_ARGUMENT, NOT_PERMITTED, NO_SPACE (no descriptor left),
 * UNSUPPORTED (the family is not there). */
host_status host_net_socket(host_env *env, int family, int type, int protocol, int *fd_out, host_error *error);
/* Makes two sockets that are connected to each other; the caller owns both. On failure both are -1. */
host_status host_net_socket_pair(host_env *env, int family, int type, int protocol, int fds_out[2], host_error *error);

/* Gives a socket its local address. Fails with ADDRESS_IN_USE, NOT_PERMITTED, OUTSIDE_ROOT, BAD_DESCRIPTOR. */
host_status host_net_bind(host_env *env, int fd, const void *address, size_t address_size, host_error *error);
/* Connects. Fails with CONNECTION_REFUSED, UNREACHABLE, TIMED_OUT, INTERRUPTED, OUTSIDE_ROOT; WOULD_BLOCK (also for EINPROGRESS: the
 * attempt goes on, poll for writing). */
host_status host_net_connect(host_env *env, int fd, const void *address, size_t address_size, host_error *error);
host_status host_net_listen(host_env *env, int fd, int backlog, host_error *error);
/* Takes a connection; the caller owns *fd_out. `address_out` may be NULL; else *address_size holds its room on the way in and the size
 * of the address on the way out (which may be larger: it was cut). `flags`: SOCK_CLOEXEC, SOCK_NONBLOCK. */
host_status host_net_accept(host_env *env, int fd, void *address_out, size_t *address_size, int flags, int *fd_out, host_error *error);

/* The same convention for address_out and address_size; neither may be NULL. */
host_status host_net_local_address(host_env *env, int fd, void *address_out, size_t *address_size, host_error *error);
host_status host_net_peer_address(host_env *env, int fd, void *address_out, size_t *address_size, host_error *error);

/* *size: room on the way in, size of the value on the way out. */
host_status host_net_option(host_env *env, int fd, int level, int option, void *value_out, size_t *size, host_error *error);
host_status host_net_set_option(host_env *env, int fd, int level, int option, const void *value, size_t size, host_error *error);
host_status host_net_shutdown(host_env *env, int fd, int how, host_error *error);

/* Sends to the peer. *count_out: bytes that were taken, perhaps fewer than `size`. Fails with WOULD_BLOCK, BROKEN_PIPE (the process gets
 * SIGPIPE too, unless flags say MSG_NOSIGNAL), CONNECTION_LOST, NOT_CONNECTED. */
host_status host_net_send(host_env *env, int fd, const void *buffer, size_t size, int flags, size_t *count_out, host_error *error);
/* Sends to an address (which must be given: without one use host_net_send); needs net.connect for it. */
host_status host_net_send_to(host_env *env, int fd, const void *buffer, size_t size, int flags, const void *address, size_t address_size,
                             size_t *count_out, host_error *error);
/* Receives. *count_out is 0 at the end of a stream. */
host_status host_net_receive(host_env *env, int fd, void *buffer, size_t size, int flags, size_t *count_out, host_error *error);
host_status host_net_receive_from(host_env *env, int fd, void *buffer, size_t size, int flags, void *address_out, size_t *address_size,
                                  size_t *count_out, host_error *error);

/* A piece of memory; laid out as struct iovec, which the implementation checks. */
typedef struct host_net_buffer {
    void *data;
    size_t size;
} host_net_buffer;

/* A message with control data. All memory is the caller's. */
typedef struct host_net_message {
    void *address;       /* in: where to, or room for the sender; may be NULL */
    size_t address_size; /* out (receiving): size of the sender's address */
    host_net_buffer *buffers;
    size_t buffer_count;
    void *control;       /* control messages as the host lays them out (struct cmsghdr); may be NULL */
    size_t control_size; /* out (receiving): bytes used */
    int flags;           /* out (receiving): MSG_TRUNC, MSG_CTRUNC ... */
} host_net_message;

/* Without an address (NULL) this needs fd.use, with one net.connect for it. */
host_status host_net_send_message(host_env *env, int fd, const host_net_message *message, int flags, size_t *count_out, host_error *error);
host_status host_net_receive_message(host_env *env, int fd, host_net_message *message, int flags, size_t *count_out, host_error *error);

/* One answer of a resolver. */
typedef struct host_net_answer {
    int family;
    int type;
    int protocol;
    int flags;
    size_t address_size;
    unsigned char address[128];          /* socket address, with the port */
} host_net_answer;

/* All answers of one question, one allocation. */
typedef struct host_net_answers {
    size_t count;
    const char *canonical_name; /* NULL unless asked for (AI_CANONNAME) */
    host_net_answer answers[];
} host_net_answers;

typedef struct host_net_hints {
    int flags; /* AI_* */
    int family;
    int type;
    int protocol;
} host_net_hints;

/* The addresses of `host` (NULL: this host, for `service`) and `service` (name or number, may be NULL). On HOST_OK the caller owns
 * *answers_out (host_net_answers_free). Policy is asked for the name in one spelling (host_name_canonical). *resolver_code_out, which may
 * be NULL, is the resolver's own code (EAI_*), 0 on success and EAI_SYSTEM where host_code tells more, as after a refusal.
 * Fails with MISSING, UNREACHABLE (the name servers did not answer; try again), INVALID_ARGUMENT, NO_MEMORY, FAILURE. */
host_status host_net_resolve(host_env *env, const char *host, const char *service, const host_net_hints *hints, host_net_answers **answers_out,
                             int *resolver_code_out, host_error *error);
/* Accepts NULL. Reaches no host. */
void host_net_answers_free(host_net_answers *answers);
/* Name and service of an address, into buffers of the caller (NULL with size 0: not wanted). `flags`: NI_*. Codes as host_net_resolve. */
host_status host_net_resolve_address(host_env *env, const void *address, size_t address_size, char *host_out, size_t host_size, char *service_out,
                                     size_t service_size, int flags, int *resolver_code_out, host_error *error);

/* A host, as the older interface tells it; laid out as struct hostent. Pointers lead into the caller's buffer. */
typedef struct host_net_host {
    char *name;
    char **aliases; /* NULL-terminated */
    int family;
    int address_size;
    char **addresses; /* NULL-terminated; address_size bytes each */
} host_net_host;

/* TOO_LARGE: the buffer is too small, try a larger one. *resolver_code_out (may be NULL): the resolver's code (HOST_NOT_FOUND ...), 0 on
 * success, NETDB_INTERNAL (-1) where host_code tells more. Fails with MISSING, UNREACHABLE, TOO_LARGE, FAILURE. */
host_status host_net_host_by_name(host_env *env, const char *name, char *buffer, size_t size, host_net_host *host_out, int *resolver_code_out,
                                  host_error *error);
/* `address`: 4 or 16 bytes in network order; `family`: the host's number. */
host_status host_net_host_by_address(host_env *env, const void *address, size_t address_size, int family, char *buffer, size_t size,
                                     host_net_host *host_out, int *resolver_code_out, host_error *error);

/* A service or a protocol; laid out as struct servent. Pointers lead into the caller's buffer. */
typedef struct host_net_service {
    char *name;
    char **aliases; /* NULL-terminated */
    int port;       /* in network order, as the host's own functions have it */
    char *protocol;
} host_net_service;

/* `protocol` may be NULL: any. MISSING: no such service. TOO_LARGE: the buffer is too small. */
host_status host_net_service_by_name(host_env *env, const char *name, const char *protocol, char *buffer, size_t size,
                                     host_net_service *service_out, host_error *error);
/* `port` in network order. */
host_status host_net_service_by_port(host_env *env, int port, const char *protocol, char *buffer, size_t size, host_net_service *service_out,
                                     host_error *error);
host_status host_net_protocol_by_name(host_env *env, const char *name, int *number_out, host_error *error);

enum { HOST_NET_INTERFACE_NAME_SIZE = 16 };
typedef struct host_net_interface {
    unsigned int index;
    char name[HOST_NET_INTERFACE_NAME_SIZE];
} host_net_interface;

/* On HOST_OK the caller owns *interfaces_out (host_net_interfaces_free). */
host_status host_net_interfaces(host_env *env, host_net_interface **interfaces_out, size_t *count_out, host_error *error);
/* Accepts NULL. Reaches no host. */
void host_net_interfaces_free(host_net_interface *interfaces);
host_status host_net_interface_index(host_env *env, const char *name, unsigned int *index_out, host_error *error);
host_status host_net_interface_name(host_env *env, unsigned int index, char name_out[HOST_NET_INTERFACE_NAME_SIZE], host_error *error);

#endif
