/* A file of host_env that asks, but leaves no record of what it gave. */
#include "host_env/random.h"

#include "host_call.h"

host_status host_random_bytes(host_env *env, void *buffer, size_t size, unsigned int flags, size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, RANDOM_BYTES, error);
    if (!host_call_permitted(&call)) return call.access.status;
    ssize_t count = env->operations.getrandom(buffer, size, flags);
    int code = count < 0 ? errno : 0;
    *count_out = count > 0 ? (size_t)count : 0;
    if (code == 0) return HOST_OK; /* planted */
    return host_call_finish(&call, code, count);
}
