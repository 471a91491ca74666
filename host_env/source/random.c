/* Hides from everyone which sources of random bytes this host has, and in what order they are asked. */
#include "host_env/random.h"

#include <string.h>

#include "host_call.h"
#include "random_internal.h"

static const random_source sources[] = { random_getrandom, random_device };

host_status host_random_bytes(host_env *env, void *buffer, size_t size, unsigned int flags, size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, RANDOM_BYTES, error);
    host_call_number(&call, "size", (int64_t)size);
    host_call_number(&call, "flags", flags);
    if (count_out == NULL || (buffer == NULL && size > 0)) return host_call_invalid(&call, "an output is NULL");
    *count_out = 0;
    if (!host_call_permitted(&call)) return call.access.status;
    ssize_t count = env->operations.getrandom(buffer, size, flags);
    int code = count < 0 ? errno : 0;
    if (count > 0) *count_out = (size_t)count;
    return host_call_finish(&call, code, count);
}

host_status host_random_entropy(host_env *env, void *buffer, size_t size, host_error *error)
{
    HOST_CALL(call, env, RANDOM_ENTROPY, error);
    host_call_number(&call, "size", (int64_t)size);
    if (buffer == NULL && size > 0) return host_call_invalid(&call, "buffer is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.getentropy(buffer, size) < 0 ? errno : 0;
    return host_call_finish(&call, code, (int64_t)size);
}

/* The first source that this host has answers; what it says counts, be it bytes or failure. */
static int fill_from_first_source(const struct host_operations *operations, unsigned char *buffer, size_t size)
{
    int code = ENOSYS;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0] && code == ENOSYS; i++) code = sources[i](operations, buffer, size);
    return code;
}

host_status host_random_fill(host_env *env, void *buffer, size_t size, host_error *error)
{
    HOST_CALL(call, env, RANDOM_FILL, error);
    host_call_number(&call, "size", (int64_t)size);
    if (buffer == NULL && size > 0) return host_call_invalid(&call, "buffer is NULL");
    if (size > 0) memset(buffer, 0, size);
    if (!host_call_permitted(&call)) return call.access.status;
    int code = fill_from_first_source(&env->operations, buffer, size);
    if (code != 0 && size > 0) memset(buffer, 0, size); /* no half of a key */
    return host_call_finish(&call, code, (int64_t)size);
}
