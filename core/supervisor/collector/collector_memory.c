/* Hides where the shared memory lies: in a file without a name, which is gone with the last process that uses it,
 * however they end. */
#include "collector_memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/memory.h"
#include "host_env/process.h"
#include "host_env/random.h"

enum {
    CLOSE_ON_EXEC = 1,      /* MFD_CLOEXEC */
    READ_AND_WRITE = 1 | 2, /* PROT_READ | PROT_WRITE */
    SHARED = 1,             /* MAP_SHARED */
    PAGE_BYTES = 4096
};

/* Field 22 of /proc/self/stat, which with the pid names this process and no later one. 0 if the kernel does not tell.
 */
static uint64_t own_start(host_env *env)
{
    char text[1024];
    size_t count = 0;
    int fd;
    if (host_fs_open(env, HOST_AT_CWD, "/proc/self/stat", O_RDONLY | O_CLOEXEC, 0, &fd, NULL) != HOST_OK)
        return 0;
    (void)host_fd_read(env, fd, text, sizeof text - 1, &count, NULL);
    (void)host_fd_close(env, fd, NULL);
    text[count] = '\0';
    char *next = strrchr(text, ')'); /* a name may hold spaces and parentheses */
    for (int field = 2; next != NULL && field < 22; field++)
        next = strchr(next + 1, ' ');
    return next == NULL ? 0 : strtoull(next + 1, NULL, 10);
}

static host_status fill(host_env *env, collector_memory *memory, host_error *error)
{
    audit_channel *channel = memory->channel;
    channel->version = AUDIT_CHANNEL_VERSION;
    channel->slot_count = memory->slot_count;
    channel->ring_bytes = memory->ring_bytes;
    channel->repeat_offset = memory->repeat_offset;
    channel->data_offset = memory->data_offset;
    channel->start_ns = memory->start_ns;
    channel->collector_start = own_start(env);
    host_status status = host_process_getpid(env, &channel->collector_pid, error);
    if (status == HOST_OK)
        status = host_random_fill(env, channel->key, sizeof channel->key, error);
    if (status == HOST_OK)
        status = host_random_fill(env, &memory->nonce, sizeof memory->nonce, error);
    channel->nonce = memory->nonce;
    atomic_store(&channel->state, AUDIT_CHANNEL_OPEN);
    channel->magic = AUDIT_CHANNEL_MAGIC;
    snprintf(memory->path, sizeof memory->path, "/proc/%lld/fd/%d", (long long)channel->collector_pid, memory->fd);
    return status;
}

host_status collector_memory_create(host_env *env, uint32_t slot_count, uint64_t ring_bytes, uint64_t start_ns,
                                    collector_memory *memory_out, host_error *error)
{
    uint64_t header = (AUDIT_CHANNEL_HEADER_BYTES(slot_count) + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    uint64_t data = header + AUDIT_CHANNEL_REPEAT_BYTES(slot_count);
    void *memory = NULL;
    *memory_out = (collector_memory){
        .slot_count = slot_count, .ring_bytes = ring_bytes, .repeat_offset = header, .data_offset = data, .start_ns = start_ns, .fd = -1};
    memory_out->size = data + slot_count * ring_bytes;
    host_status status = host_memory_file_create(env, "cordon audit", CLOSE_ON_EXEC, &memory_out->fd, error);
    if (status == HOST_OK)
        status = host_fd_ftruncate(env, memory_out->fd, (int64_t)memory_out->size, error);
    if (status == HOST_OK)
        status =
            host_memory_map(env, NULL, memory_out->size, READ_AND_WRITE, SHARED, memory_out->fd, 0, &memory, error);
    memory_out->channel = memory;
    if (status == HOST_OK)
        status = fill(env, memory_out, error);
    if (status != HOST_OK)
        collector_memory_release(env, memory_out);
    return status;
}

const unsigned char *collector_memory_ring(const collector_memory *memory, uint32_t slot)
{
    return (const unsigned char *)memory->channel + memory->data_offset + slot * memory->ring_bytes;
}

_Atomic uint64_t *collector_memory_repeats(const collector_memory *memory, uint32_t slot)
{
    return AUDIT_CHANNEL_REPEATS(memory->channel, memory->repeat_offset, slot);
}

void collector_memory_release(host_env *env, collector_memory *memory)
{
    if (memory->channel != NULL)
        (void)host_memory_unmap(env, memory->channel, memory->size, NULL);
    if (memory->channel != NULL || memory->fd > 0)
        (void)host_fd_close(env, memory->fd, NULL);
    *memory = (collector_memory){.fd = -1};
}
