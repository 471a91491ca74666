/* What a network address is, in one spelling: pure functions that reach no host, for host_env and for whoever writes a policy.
 *
 * Every notation of an address ends as the same host_address: `2130706433`, `0177.0.0.1`, `0x7f.1`, `127.1`, `127.0.0.1.`,
 * `::ffff:127.0.0.1` and `[::FFFF:7F00:1%1]` are all 127.0.0.1. Functions are safe from any thread and allocate nothing. */
#ifndef HOST_ENV_ADDRESS_H
#define HOST_ENV_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(name, text): the text is what a policy and a record see as "family". */
#define HOST_ADDRESS_FAMILY_TABLE(X)                                                                           \
    X(NONE, "none")           /* no address, or the empty one that ends an association */                      \
    X(IPV4, "ipv4")           /* IPv4-mapped IPv6 addresses too */                                             \
    X(IPV6, "ipv6")                                                                                            \
    X(UNIX, "unix")           /* a socket of this host that has a path */                                      \
    X(ABSTRACT, "abstract")   /* a socket of this host that has a name but no path */                          \
    X(NETLINK, "netlink")     /* the kernel's own configuration channel */                                     \
    X(PACKET, "packet")       /* raw frames of an interface */                                                 \
    X(VSOCK, "vsock")         /* the host of a virtual machine, or its guests */                               \
    X(CAN, "can")                                                                                              \
    X(BLUETOOTH, "bluetooth")                                                                                  \
    X(TIPC, "tipc")                                                                                            \
    X(QIPCRTR, "qipcrtr")                                                                                      \
    X(ALG, "alg")             /* the kernel's cryptography */                                                  \
    X(RDS, "rds")                                                                                              \
    X(OTHER, "other")
typedef enum host_address_family {
#define HOST_ADDRESS_FAMILY_ENUM(name, text) HOST_ADDRESS_##name,
    HOST_ADDRESS_FAMILY_TABLE(HOST_ADDRESS_FAMILY_ENUM)
#undef HOST_ADDRESS_FAMILY_ENUM
} host_address_family;

/* Where an address leads. An address that embeds an IPv4 address has the narrower class of the two. */
#define HOST_ADDRESS_CLASS_TABLE(X)                                                                            \
    X(GLOBAL, "global")             /* the public internet */                                                  \
    X(UNSPECIFIED, "unspecified")   /* 0.0.0.0/8 and ::; connecting there reaches this host itself */          \
    X(LOOPBACK, "loopback")                                                                                    \
    X(PRIVATE, "private")           /* RFC 1918, shared address space, local-use translation */                \
    X(UNIQUE_LOCAL, "unique-local") /* fc00::/7, and the site-local addresses before it */                     \
    X(LINK_LOCAL, "link-local")     /* 169.254.0.0/16 (with it the metadata services of clouds), fe80::/10 */  \
    X(MULTICAST, "multicast")                                                                                  \
    X(BROADCAST, "broadcast")                                                                                  \
    X(RESERVED, "reserved")         /* documentation, benchmarks, protocol assignments, future use */          \
    X(LOCAL, "local")               /* not a network address: unix, abstract, netlink, vsock ... */            \
    X(NONE, "none")
typedef enum host_address_class {
#define HOST_ADDRESS_CLASS_ENUM(name, text) HOST_ADDRESS_CLASS_##name,
    HOST_ADDRESS_CLASS_TABLE(HOST_ADDRESS_CLASS_ENUM)
#undef HOST_ADDRESS_CLASS_ENUM
} host_address_class;

/* How an IPv4 address is carried inside an IPv6 address. */
typedef enum host_address_embedding {
    HOST_ADDRESS_EMBEDS_NOTHING = 0,
    HOST_ADDRESS_EMBEDS_MAPPED,     /* ::ffff:a.b.c.d; the family is IPV4 then */
    HOST_ADDRESS_EMBEDS_COMPATIBLE, /* ::a.b.c.d */
    HOST_ADDRESS_EMBEDS_TRANSLATED, /* 64:ff9b::a.b.c.d (NAT64), ::ffff:0:a.b.c.d (SIIT) */
    HOST_ADDRESS_EMBEDS_6TO4,       /* 2002:aabb:ccdd:: */
    HOST_ADDRESS_EMBEDS_TEREDO,     /* 2001:0::, the client's address */
    HOST_ADDRESS_EMBEDS_ISATAP      /* ...:0:5efe:a.b.c.d and ...:200:5efe:a.b.c.d */
} host_address_embedding;

enum { HOST_ADDRESS_TEXT_SIZE = 512, HOST_ADDRESS_SOCKET_SIZE_MAX = 128 };

typedef struct host_address {
    host_address_family family;
    host_address_class address_class;
    host_address_embedding embedding;
    uint8_t bytes[16]; /* network order; the first 4 for IPV4, all for IPV6, zero otherwise */
    uint8_t embedded[4]; /* the IPv4 address inside, if `embedding` says that there is one */
    bool has_port;
    uint32_t port; /* TCP or UDP port, vsock port, netlink pid */
    uint32_t zone; /* IPv6 scope id, 0 = none; not part of the text, so that no zone dodges a rule */
    /* The one spelling: "192.0.2.1", "2001:db8::1", "unix:PATH", "abstract:NAME" (bytes that are not printable as \xNN),
     * "netlink:PID", "vsock:CID"; for other families "can:HEX" of the bytes that the kernel gets. */
    char text[HOST_ADDRESS_TEXT_SIZE];
} host_address;

/* A block of addresses, such as 10.0.0.0/8 or fe80::/10. */
typedef struct host_address_prefix {
    host_address_family family; /* HOST_ADDRESS_IPV4 or HOST_ADDRESS_IPV6 */
    uint8_t bytes[16];
    unsigned int length; /* bits that count */
} host_address_prefix;

/* Reads a numeric IPv4 or IPv6 address in any notation that a resolver takes. False if `text` is no such thing (a name, for one);
 * *address_out is then all zero. */
bool host_address_parse(const char *text, host_address *address_out);
/* Reads the bytes of a socket address as the kernel would. False if they are too short or too long for their family. An address
 * without a family (AF_UNSPEC) that is as long as an IPv4 one is judged as one: sockets for datagrams send there. */
bool host_address_from_socket(const void *socket_address, size_t size, host_address *address_out);
/* From the bytes alone: 4 for IPV4, 16 for IPV6 (which may turn out to be a mapped IPV4). False for another family or size. */
bool host_address_from_bytes(host_address_family family, const void *bytes, size_t size, host_address *address_out);
/* Where an IPV4 or IPV6 address leads; LOCAL or NONE for the other families. */
host_address_class host_address_classify(const host_address *address);

/* Reads "ADDRESS/BITS", or "ADDRESS" for that one alone. Bits below the prefix must be zero. A prefix of mapped addresses
 * (::ffff:a.b.c.d/96+n) is the IPv4 prefix. False if malformed. */
bool host_address_prefix_parse(const char *text, host_address_prefix *prefix_out);
/* True if the address lies in the block, or the IPv4 address that it embeds does. */
bool host_address_prefix_contains(const host_address_prefix *prefix, const host_address *address);

/* A host name in one spelling: lower case, no dots at its end; a numeric address becomes its host_address text. False if it does
 * not fit into `size` bytes, if it is empty, or NULL. */
bool host_name_canonical(const char *name, char *canonical_out, size_t size);

/* Static text, never NULL. */
const char *host_address_family_name(host_address_family family);
const char *host_address_class_name(host_address_class address_class);

#endif
