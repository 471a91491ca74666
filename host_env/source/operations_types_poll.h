/* Types of the primitives of poll. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_POLL_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_POLL_H

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>

#endif
