/* Hides from everyone how memory is mapped, and how it is shared by name. */
#include "host_env/memory.h"

#include "host_call.h"

host_status host_memory_map(host_env *env, void *hint, size_t size, int protection, int flags, int fd, int64_t offset, void **memory_out,
                            host_error *error)
{
    HOST_CALL(call, env, MEMORY_MAP, error);
    host_call_number(&call, "size", (int64_t)size);
    host_call_number(&call, "protection", protection);
    host_call_number(&call, "flags", flags);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "offset", offset);
    if (memory_out == NULL) return host_call_invalid(&call, "memory_out is NULL");
    *memory_out = NULL;
    if (!host_call_permitted(&call)) return call.access.status;
    void *memory = env->operations.mmap(hint, size, protection, flags, fd, offset);
    int code = memory == MAP_FAILED ? errno : 0;
    if (code == 0) *memory_out = memory;
    return host_call_finish(&call, code, (int64_t)size);
}

host_status host_memory_unmap(host_env *env, void *memory, size_t size, host_error *error)
{
    HOST_CALL(call, env, MEMORY_UNMAP, error);
    host_call_number(&call, "size", (int64_t)size);
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.munmap(memory, size) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_memory_remap(host_env *env, void *memory, size_t size, size_t new_size, int flags, void *new_address, void **memory_out,
                              host_error *error)
{
    HOST_CALL(call, env, MEMORY_REMAP, error);
    host_call_number(&call, "size", (int64_t)size);
    host_call_number(&call, "new_size", (int64_t)new_size);
    host_call_number(&call, "flags", flags);
    if (memory_out == NULL) return host_call_invalid(&call, "memory_out is NULL");
    *memory_out = NULL;
    if (!host_call_permitted(&call)) return call.access.status;
    void *moved = env->operations.mremap_to(memory, size, new_size, flags, new_address);
    int code = moved == MAP_FAILED ? errno : 0;
    if (code == 0) *memory_out = moved;
    return host_call_finish(&call, code, (int64_t)new_size);
}

host_status host_memory_protect(host_env *env, void *memory, size_t size, int protection, host_error *error)
{
    HOST_CALL(call, env, MEMORY_PROTECT, error);
    host_call_number(&call, "size", (int64_t)size);
    host_call_number(&call, "protection", protection);
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.mprotect(memory, size, protection) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_memory_advise(host_env *env, void *memory, size_t size, int advice, host_error *error)
{
    HOST_CALL(call, env, MEMORY_ADVISE, error);
    host_call_number(&call, "size", (int64_t)size);
    host_call_number(&call, "advice", advice);
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.madvise(memory, size, advice) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_memory_synchronize(host_env *env, void *memory, size_t size, int flags, host_error *error)
{
    HOST_CALL(call, env, MEMORY_SYNCHRONIZE, error);
    host_call_number(&call, "size", (int64_t)size);
    host_call_number(&call, "flags", flags);
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.msync(memory, size, flags) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_memory_file_create(host_env *env, const char *name, unsigned int flags, int *fd_out, host_error *error)
{
    HOST_CALL(call, env, MEMORY_FILE_CREATE, error);
    host_call_name(&call, "name", name);
    host_call_number(&call, "flags", flags);
    if (fd_out == NULL) return host_call_invalid(&call, "fd_out is NULL");
    *fd_out = -1;
    if (name == NULL) return host_call_invalid(&call, "name is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    int fd = env->operations.memfd_create(name, flags);
    int code = fd < 0 ? errno : 0;
    *fd_out = fd;
    return host_call_finish(&call, code, fd);
}

host_status host_memory_shared_open(host_env *env, const char *name, int flags, unsigned int mode, int *fd_out, host_error *error)
{
    HOST_CALL(call, env, MEMORY_SHARED_OPEN, error);
    host_call_name(&call, "name", name);
    host_call_number(&call, "flags", flags);
    host_call_number(&call, "mode", mode);
    if (fd_out == NULL) return host_call_invalid(&call, "fd_out is NULL");
    *fd_out = -1;
    if (name == NULL) return host_call_invalid(&call, "name is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    int fd = env->operations.shm_open(name, flags, mode);
    int code = fd < 0 ? errno : 0;
    *fd_out = fd;
    return host_call_finish(&call, code, fd);
}

host_status host_memory_shared_remove(host_env *env, const char *name, host_error *error)
{
    HOST_CALL(call, env, MEMORY_SHARED_REMOVE, error);
    host_call_name(&call, "name", name);
    if (name == NULL) return host_call_invalid(&call, "name is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.shm_unlink(name) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}
