/* Memory mappings and shared memory. Protections, flags and advice are the host's own numbers (PROT_*, MAP_*, MADV_*, MS_*).
 * Sizes and offsets in bytes. Safe from any thread, as far as the mappings that are given are. */
#ifndef HOST_ENV_MEMORY_H
#define HOST_ENV_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"

/* Maps `size` bytes. `hint` may be NULL. On HOST_OK the caller owns *memory_out (host_memory_unmap); otherwise it is NULL. Fails with
 * NO_MEMORY, INVALID_ARGUMENT, BAD_DESCRIPTOR, NOT_PERMITTED. */
host_status host_memory_map(host_env *env, void *hint, size_t size, int protection, int flags, int fd, int64_t offset, void **memory_out,
                            host_error *error);
host_status host_memory_unmap(host_env *env, void *memory, size_t size, host_error *error);
/* `new_address` counts only if flags say MREMAP_FIXED. On failure the old mapping stays as it was. */
host_status host_memory_remap(host_env *env, void *memory, size_t size, size_t new_size, int flags, void *new_address, void **memory_out,
                              host_error *error);
host_status host_memory_protect(host_env *env, void *memory, size_t size, int protection, host_error *error);
host_status host_memory_advise(host_env *env, void *memory, size_t size, int advice, host_error *error);
host_status host_memory_synchronize(host_env *env, void *memory, size_t size, int flags, host_error *error);

/* A file without a name in any folder; `name` is for people. The caller owns *fd_out. `flags`: MFD_*. */
host_status host_memory_file_create(host_env *env, const char *name, unsigned int flags, int *fd_out, host_error *error);
/* Shared memory with a name such as "/name". The caller owns *fd_out. `flags`: O_*; `mode`: permissions if it is made. */
host_status host_memory_shared_open(host_env *env, const char *name, int flags, unsigned int mode, int *fd_out, host_error *error);
host_status host_memory_shared_remove(host_env *env, const char *name, host_error *error);

#endif
