/* Mappings and shared memory: libc's signatures on host_env/memory.h. */
#include "bindings/bind.h"
#include "host_env/memory.h"
#include "prototypes.h"

void *cordon_bind_mmap(void *hint, size_t size, int protection, int flags, int fd, off_t offset)
{
    void *memory;
    return BIND(memory_map, hint, size, protection, flags, fd, offset, &memory) == 0 ? memory : MAP_FAILED;
}

void *cordon_bind_mremap(void *old, size_t size, size_t new_size, int flags, ...)
{
    void *new_address = NULL, *memory;
    if (flags & MREMAP_FIXED) {
        va_list arguments;
        va_start(arguments, flags);
        new_address = va_arg(arguments, void *);
        va_end(arguments);
    }
    return BIND(memory_remap, old, size, new_size, flags, new_address, &memory) == 0 ? memory : MAP_FAILED;
}

int cordon_bind_munmap(void *memory, size_t size) { return BIND(memory_unmap, memory, size); }
int cordon_bind_mprotect(void *memory, size_t size, int protection) { return BIND(memory_protect, memory, size, protection); }
int cordon_bind_madvise(void *memory, size_t size, int advice) { return BIND(memory_advise, memory, size, advice); }
int cordon_bind_msync(void *memory, size_t size, int flags) { return BIND(memory_synchronize, memory, size, flags); }

int cordon_bind_memfd_create(const char *name, unsigned int flags)
{
    int fd;
    return BIND(memory_file_create, name, flags, &fd) == 0 ? fd : -1;
}

int cordon_bind_shm_open(const char *name, int flags, mode_t mode)
{
    int fd;
    return BIND(memory_shared_open, name, flags, mode, &fd) == 0 ? fd : -1;
}

int cordon_bind_shm_unlink(const char *name) { return BIND(memory_shared_remove, name); }
