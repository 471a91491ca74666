/* Types and fixed-parameter forms of the primitives of memory. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_MEMORY_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_MEMORY_H

#include <sys/mman.h>
#include <sys/types.h>

static inline void *mremap_to(void *memory, size_t size, size_t new_size, int flags, void *new_address)
{
    return mremap(memory, size, new_size, flags, new_address);
}

#endif
