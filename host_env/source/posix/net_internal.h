/* What the net files share: how an address is copied, judged and shown to the policy. Private to host_env. */
#ifndef HOST_ENV_SOURCE_POSIX_NET_INTERNAL_H
#define HOST_ENV_SOURCE_POSIX_NET_INTERNAL_H

#include <limits.h>
#include <sys/socket.h>

#include "address_internal.h"
#include "host_call.h"
#include "path_place.h"

/* A socket address that is used: our own copy of the bytes, what they mean, and what the policy sees of them. */
typedef struct net_target {
    struct sockaddr_storage bytes;
    socklen_t size;
    host_address address;
    char embedded_text[16];
    host_place place;         /* what holds a unix path while it is in use */
    char real_text[PATH_MAX]; /* where a unix path leads, "unix:PATH"; set while it is held for a policy that looks at addresses. Last: it is not cleared */
} net_target;

typedef enum net_target_use { NET_TARGET_OWN, NET_TARGET_PEER } net_target_use;

/* Copies and judges; adds the arguments address, port, family, embedded to the call. False if the bytes are no address. */
bool net_target_read(net_target *target, host_call *call, net_target_use use, const void *address, size_t size);

typedef enum net_path_use { NET_PATH_EXISTS, NET_PATH_IS_MADE } net_path_use;

/* After the policy said yes: holds the path of a unix socket to config.path_mode, rewriting the bytes so that exactly the file that was
 * found is used, and asks the policy about where it leads if that is elsewhere. Other families pass. If it fails, the call is finished with the status
 * that it returns. */
host_status net_target_hold_path(net_target *target, host_call *call, net_path_use use);
/* Lets go of what holding opened. Leaves errno alone. */
void net_target_release(net_target *target, host_call *call);

/* True for options, and for messages with control data, that name addresses which nothing above would show to a policy. */
bool net_option_hides_addresses(int level, int option);
bool net_message_hides_addresses(struct msghdr *header);

static inline const struct sockaddr *net_target_address(const net_target *target)
{
    return (const struct sockaddr *)&target->bytes;
}

#endif
