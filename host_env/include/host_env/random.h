/* Random bytes of the host. Safe from any thread. */
#ifndef HOST_ENV_RANDOM_H
#define HOST_ENV_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"

/* Random bytes from the kernel; *count_out may be less than `size`. `flags`: GRND_*. WOULD_BLOCK: not seeded yet (GRND_NONBLOCK).
 * UNSUPPORTED: the kernel has no getrandom(2). */
host_status host_random_bytes(host_env *env, void *buffer, size_t size, unsigned int flags, size_t *count_out, host_error *error);
/* All `size` (at most 256: else FAILURE with EIO, as the host has it) bytes or none. */
host_status host_random_entropy(host_env *env, void *buffer, size_t size, host_error *error);
/* All `size` bytes or none, from the first source that this host has: getrandom(2), then /dev/urandom. On failure the buffer holds
 * zeros. UNSUPPORTED: no source. */
host_status host_random_fill(host_env *env, void *buffer, size_t size, host_error *error);

#endif
