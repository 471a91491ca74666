/* Hides from CPython that its heap is the sandbox's bounded arena. */
#include "result.h"

#include "sealed/heap.h"

#include <stddef.h>

static inline void *or_no_memory(void *block)
{
    if (__builtin_expect(!block, 0))
        errno = ENOMEM;
    return block;
}

void *cordon_bind_malloc(size_t size)
{
    return or_no_memory(sealed_allocate(size));
}

void *cordon_bind_calloc(size_t count, size_t size)
{
    return or_no_memory(sealed_allocate_zeroed(count, size));
}

void *cordon_bind_realloc(void *block, size_t size)
{
    return or_no_memory(sealed_reallocate(block, size));
}

void cordon_bind_free(void *block)
{
    sealed_release(block);
}

void *cordon_bind_aligned_alloc(size_t alignment, size_t size)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    return or_no_memory(sealed_allocate_aligned(alignment, size));
}

int cordon_bind_posix_memalign(void **block_out, size_t alignment, size_t size)
{
    void *block;

    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    block = sealed_allocate_aligned(alignment, size);
    if (!block)
        return ENOMEM;
    *block_out = block;
    return 0;
}

size_t cordon_bind_malloc_usable_size(void *block)
{
    return sealed_usable_size(block);
}
