/* Random bytes: libc's signatures on host_env/random.h. */
#include "bindings/bind.h"
#include "host_env/random.h"
#include "prototypes.h"

ssize_t cordon_bind_getrandom(void *buffer, size_t size, unsigned int flags)
{
    size_t count;
    return BIND(random_bytes, buffer, size, flags, &count) == 0 ? (ssize_t)count : -1;
}

int cordon_bind_getentropy(void *buffer, size_t size) { return BIND(random_entropy, buffer, size); }
