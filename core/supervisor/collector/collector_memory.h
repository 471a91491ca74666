/* The shared memory that audited processes push into. */
#ifndef CORDON_SUPERVISOR_COLLECTOR_MEMORY_H
#define CORDON_SUPERVISOR_COLLECTOR_MEMORY_H

#include "audit/ring.h"
#include "host_env/host_env.h"

typedef struct collector_memory {
    audit_channel *channel; /* as others see it and may change it; what follows they cannot */
    size_t size;
    int fd;
    uint32_t slot_count;
    uint64_t ring_bytes, repeat_offset, data_offset, start_ns;
    uint32_t nonce;
    char path[64]; /* by which processes of the same user open it */
} collector_memory;

host_status collector_memory_create(host_env *env, uint32_t slot_count, uint64_t ring_bytes, uint64_t start_ns,
                                    collector_memory *memory_out, host_error *error);
const unsigned char *collector_memory_ring(const collector_memory *memory, uint32_t slot);
/* Words that the process changes as it likes. */
_Atomic uint64_t *collector_memory_repeats(const collector_memory *memory, uint32_t slot);
/* Accepts one that was never created, all zero. */
void collector_memory_release(host_env *env, collector_memory *memory);

#endif
