/* Hides from CPython that random bytes come from the sandbox's seed. */
#include "result.h"

#include "sealed/random.h"

#include <stddef.h>
#include <sys/types.h>

enum {
    ENTROPY_BYTES_MAX = 256,
    FLAGS_KNOWN = 0x7
}; /* getentropy's own limit; GRND_NONBLOCK, GRND_RANDOM, GRND_INSECURE */

ssize_t cordon_bind_getrandom(void *buffer, size_t size, unsigned flags)
{
    if (flags & ~(unsigned)FLAGS_KNOWN)
        return sandbox_refuse(EINVAL);
    sealed_random_bytes(buffer, size);
    return (ssize_t)size;
}

int cordon_bind_getentropy(void *buffer, size_t size)
{
    if (size > ENTROPY_BYTES_MAX)
        return sandbox_refuse(EIO);
    sealed_random_bytes(buffer, size);
    return 0;
}
