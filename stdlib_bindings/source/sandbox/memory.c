/* Hides from libraries that look for pages of their own that there are none: memory comes from the heap only, and no
 * protection ever changes. */
#include "result.h"

#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>

void *cordon_bind_mmap(void *address, size_t size, int protection, int flags, int descriptor, off_t offset)
{
    (void)address, (void)size, (void)protection, (void)flags, (void)descriptor, (void)offset;
    errno = ENOSYS;
    return MAP_FAILED;
}

int cordon_bind_munmap(void *address, size_t size)
{
    (void)address, (void)size;
    return sandbox_refuse(EINVAL); /* nothing was ever mapped */
}

int cordon_bind_mprotect(void *address, size_t size, int protection)
{
    (void)address, (void)size, (void)protection;
    return sandbox_refuse(ENOSYS);
}

int cordon_bind_madvise(void *address, size_t size, int advice)
{
    (void)address, (void)size, (void)advice;
    return sandbox_refuse(ENOSYS);
}
