/* Hides how the host lays out a set of signals. Private to host_env. */
#ifndef HOST_ENV_SOURCE_SIGNAL_SETS_H
#define HOST_ENV_SOURCE_SIGNAL_SETS_H

#include <signal.h>
#include <string.h>

#include "host_env/signal.h"

/* sigset_t begins with the kernel's own 64 bits; sigaddset() would refuse the two that libc keeps for itself, so we
 * copy. */
_Static_assert(sizeof(sigset_t) >= sizeof(host_signal_set), "64 signals fit");

static inline sigset_t signal_set_to_host(host_signal_set set)
{
    sigset_t host;
    sigemptyset(&host);
    memcpy(&host, &set, sizeof(set));
    return host;
}

static inline host_signal_set signal_set_from_host(const sigset_t *host)
{
    host_signal_set set;
    memcpy(&set, host, sizeof(set));
    return set;
}

#endif
