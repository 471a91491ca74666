/* Hides how entries are taken out of a ring that its owner may write to as it likes: each is checked, and copied before
 * it is read. */
#include <string.h>

#include "collector_internal.h"

enum { ENTRIES_AT_ONCE = 4096, TELL_EVERY_BYTES = 64 * 1024 };

typedef enum take_result { TAKE_ENTRY, TAKE_NOTHING, TAKE_NONSENSE } take_result;

/* The entry at `position`, as its first word tells. */
static take_result look(const collector_memory *memory, const unsigned char *data, uint64_t position,
                        audit_entry_kind *kind_out, uint64_t *size_out)
{
    uint64_t offset = position & (memory->ring_bytes - 1);
    const _Atomic uint64_t *place = (const _Atomic uint64_t *)(const void *)(data + offset);
    uint64_t word = atomic_load_explicit(place, memory_order_acquire);
    if (word >> 32 != audit_entry_mark(position, memory->nonce) >> 32)
        return TAKE_NOTHING;
    *kind_out = (audit_entry_kind)(word >> 24 & 0xff);
    *size_out = (word & 0xffffff) * AUDIT_ENTRY_ALIGNMENT;
    bool is_skip = *kind_out == AUDIT_ENTRY_SKIP;
    bool fits =
        *size_out <= memory->ring_bytes - offset && (is_skip || *size_out <= memory->ring_bytes / AUDIT_ENTRY_PARTS);
    return fits && *size_out >= (is_skip ? AUDIT_ENTRY_ALIGNMENT : sizeof(audit_entry)) ? TAKE_ENTRY : TAKE_NONSENSE;
}

static void tell(collector *collector, uint32_t slot, uint64_t position)
{
    atomic_store_explicit(&AUDIT_CHANNEL_RING(collector->memory.channel, slot)->drained, position,
                          memory_order_release);
}

/* What the entry says of its own size must lie within what the ring says. */
static void take_entry(collector *collector, uint32_t slot, audit_entry_kind kind, const unsigned char *data,
                       uint64_t offset, uint64_t size)
{
    audit_entry head;
    memcpy(collector->entry, data + offset, size);
    memcpy(&head, collector->entry, sizeof head);
    if (head.size < sizeof head || head.size > size ||
        !collector_entry(collector, slot, kind, collector->entry, head.size))
        collector->lost++;
}

unsigned int collector_take(collector *collector, uint32_t slot)
{
    const collector_memory *memory = &collector->memory;
    const unsigned char *data = collector_memory_ring(memory, slot);
    tracked *tracked = collector->slots[slot];
    uint64_t told = tracked->taken;
    unsigned int count = 0;
    while (count < ENTRIES_AT_ONCE && !tracked->is_corrupt && !collector->has_failed) {
        audit_entry_kind kind;
        uint64_t size;
        take_result result = look(memory, data, tracked->taken, &kind, &size);
        if (result == TAKE_NOTHING)
            break;
        if (result == TAKE_NONSENSE) {
            tracked->is_corrupt = true;
            collector_fail(collector, "what process %lld pushed makes no sense", (long long)tracked->pid);
            break;
        }
        if (kind != AUDIT_ENTRY_SKIP)
            take_entry(collector, slot, kind, data, tracked->taken & (memory->ring_bytes - 1), size);
        tracked->taken += size;
        count++;
        if (tracked->taken - told >= TELL_EVERY_BYTES)
            tell(collector, slot, told = tracked->taken);
    }
    if (tracked->taken != told)
        tell(collector, slot, tracked->taken);
    return count;
}
