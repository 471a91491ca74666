/* Types of the primitives of net. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_NET_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_NET_H

#include <net/if.h>
#include <netdb.h>
#include <sys/socket.h>

#endif
