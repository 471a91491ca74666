/* Limits on what a process may use. Async-signal-safe, safe from any thread. */
#ifndef HOST_ENV_RESOURCE_H
#define HOST_ENV_RESOURCE_H

#include <stdint.h>

#include "host_env/host_env.h"

/* The host's own numbers (RLIMIT_*), named for callers that include no OS header; every other number the host knows is
 * accepted too. */
typedef enum host_resource {
    HOST_RESOURCE_CPU_SECONDS = 0,
    HOST_RESOURCE_FILE_BYTES = 1,
    HOST_RESOURCE_DATA_BYTES = 2,
    HOST_RESOURCE_STACK_BYTES = 3,
    HOST_RESOURCE_CORE_BYTES = 4,
    HOST_RESOURCE_PROCESSES = 6,
    HOST_RESOURCE_DESCRIPTORS = 7,
    HOST_RESOURCE_LOCKED_BYTES = 8,
    HOST_RESOURCE_ADDRESS_BYTES = 9
} host_resource;

#define HOST_RESOURCE_UNLIMITED UINT64_MAX

typedef struct host_resource_limit {
    uint64_t soft; /* what holds now */
    uint64_t hard; /* how far an ordinary process may raise `soft` */
} host_resource_limit;

/* `pid` 0 is this process. */
host_status host_resource_getrlimit(host_env *env, int64_t pid, int resource, host_resource_limit *limit_out,
                                    host_error *error);
/* `old_out` may be NULL; it is read in the same step. Fails with INVALID_ARGUMENT if soft is above hard, NOT_PERMITTED.
 */
host_status host_resource_setrlimit(host_env *env, int64_t pid, int resource, const host_resource_limit *limit,
                                    host_resource_limit *old_out, host_error *error);
host_status host_resource_getpagesize(host_env *env, int64_t *size_bytes_out, host_error *error);

#endif
