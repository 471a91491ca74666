/* Hides how limits on what a process may use are read and changed. */
#include "host_env/resource.h"

#include "host_call.h"

_Static_assert(HOST_RESOURCE_UNLIMITED == RLIM_INFINITY, "the host's own mark for no limit");
_Static_assert((int)HOST_RESOURCE_CPU_SECONDS == RLIMIT_CPU && (int)HOST_RESOURCE_FILE_BYTES == RLIMIT_FSIZE &&
                   (int)HOST_RESOURCE_DATA_BYTES == RLIMIT_DATA && (int)HOST_RESOURCE_STACK_BYTES == RLIMIT_STACK &&
                   (int)HOST_RESOURCE_CORE_BYTES == RLIMIT_CORE && (int)HOST_RESOURCE_PROCESSES == RLIMIT_NPROC &&
                   (int)HOST_RESOURCE_DESCRIPTORS == RLIMIT_NOFILE &&
                   (int)HOST_RESOURCE_LOCKED_BYTES == RLIMIT_MEMLOCK && (int)HOST_RESOURCE_ADDRESS_BYTES == RLIMIT_AS,
               "resource.h names the host's own numbers");

host_status host_resource_getrlimit(host_env *env, int64_t pid, int resource, host_resource_limit *limit_out,
                                    host_error *error)
{
    HOST_CALL(call, env, RESOURCE_GETRLIMIT, error);
    host_call_number(&call, "pid", pid);
    host_call_number(&call, "resource", resource);
    if (limit_out == NULL) {
        return host_call_invalid(&call, "limit_out is NULL");
    }
    *limit_out = (host_resource_limit){0};
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct rlimit limit = {0};
    int code = env->operations.prlimit((pid_t)pid, resource, NULL, &limit) != 0 ? errno : 0;
    if (code == 0) {
        *limit_out = (host_resource_limit){limit.rlim_cur, limit.rlim_max};
    }
    return host_call_finish(&call, code, 0);
}

host_status host_resource_setrlimit(host_env *env, int64_t pid, int resource, const host_resource_limit *limit,
                                    host_resource_limit *old_out, host_error *error)
{
    HOST_CALL(call, env, RESOURCE_SETRLIMIT, error);
    host_call_number(&call, "pid", pid);
    host_call_number(&call, "resource", resource);
    if (limit == NULL) {
        return host_call_invalid(&call, "limit is NULL");
    }
    host_call_number(&call, "soft", (int64_t)limit->soft);
    host_call_number(&call, "hard", (int64_t)limit->hard);
    if (old_out != NULL) {
        *old_out = (host_resource_limit){0};
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    const struct rlimit new_limit = {.rlim_cur = limit->soft, .rlim_max = limit->hard};
    struct rlimit old_limit = {0};
    int code = env->operations.prlimit((pid_t)pid, resource, &new_limit, &old_limit) != 0 ? errno : 0;
    if (code == 0 && old_out != NULL) {
        *old_out = (host_resource_limit){old_limit.rlim_cur, old_limit.rlim_max};
    }
    return host_call_finish(&call, code, 0);
}

host_status host_resource_getpagesize(host_env *env, int64_t *size_bytes_out, host_error *error)
{
    HOST_CALL(call, env, RESOURCE_GETPAGESIZE, error);
    if (size_bytes_out == NULL) {
        return host_call_invalid(&call, "size_bytes_out is NULL");
    }
    *size_bytes_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *size_bytes_out = env->operations.getpagesize();
    return host_call_finish(&call, 0, *size_bytes_out);
}
