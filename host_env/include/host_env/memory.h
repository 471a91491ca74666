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

/* ---- Another process's memory ----
 * As its own instructions may reach it: a page that it may not write is not written from outside. The kernel lets a process do this to those that it
 * could trace, its children among them. A process that runs meanwhile sees and leaves any mixture. */

enum { HOST_MEMORY_PIECE_BYTES_MAX = 1 << 20 };
/* So many bytes of this process's memory, and where they are in the other's. */
typedef struct host_memory_piece {
    void *bytes; /* only read by host_memory_process_write */
    uint64_t address;
    size_t size; /* at most HOST_MEMORY_PIECE_BYTES_MAX */
} host_memory_piece;

/* Moves all pieces, many in one call of the kernel. After a failure an unknown part of them was moved. Fails with INVALID_ARGUMENT where memory is not there or
 * may not be used so (host_code EFAULT), NO_SUCH_PROCESS, NOT_PERMITTED. */
host_status host_memory_process_read(host_env *env, int64_t pid, const host_memory_piece *pieces, size_t count, host_error *error);
host_status host_memory_process_write(host_env *env, int64_t pid, const host_memory_piece *pieces, size_t count, host_error *error);

typedef struct host_memory_range {
    uint64_t address, size;
} host_memory_range;

/* Which pages in `within` (whole pages) are the process's own: written since it mapped them, in memory or swapped out; not those of a file, nor those that
 * were never touched. Before Linux 6.7 pages that were read and never written can be among them. Tells ranges in order, *count_out of them, at most
 * `capacity`; *next_out is where to go on, the end of `within` when all was told. `pagemap` is a descriptor of the process's /proc/PID/pagemap that the caller has, or -1: then one is opened
 * for this call. Fails with NO_SUCH_PROCESS, NOT_PERMITTED, INVALID_ARGUMENT, BAD_DESCRIPTOR. */
host_status host_memory_process_written(host_env *env, int64_t pid, int pagemap, const host_memory_range *within, host_memory_range *ranges_out, size_t capacity,
                                        size_t *count_out, uint64_t *next_out, host_error *error);

#endif
