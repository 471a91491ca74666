/* Hides how texts that come again and again - labels, names of events, rules - get numbers, without a lock and without the allocator. */
#include <stdatomic.h>
#include <string.h>

#include "full_audit_internal.h"

/* A text's number is its place. What the table has no room for is defined anew at each use, under numbers that take turns: a ring holds far fewer entries
 * than there are such numbers, so none is taken for another. */
enum { PLACES = 4096 /* a power of two */, TRIES = 64, TURNS = 60000 };

static struct place {
    _Atomic uint64_t key;        /* 0: free */
    _Atomic uint32_t generation; /* of the process in whose ring it is defined */
} places[PLACES];
static _Atomic uint32_t turn;

static void define(uint32_t id, const char *text)
{
    uint64_t length = strlen(text), size, position;
    if (length > full_audit_entry_max() / 2) length = full_audit_entry_max() / 2;
    size = sizeof(audit_entry_text) + length + 1;
    audit_entry_text *entry = full_audit_reserve(size, 0, &position);
    entry->id = id;
    memcpy(entry + 1, text, length);
    ((char *)(entry + 1))[length] = '\0';
    full_audit_commit(entry, position, AUDIT_ENTRY_TEXT, size, size);
}

static uint32_t find(uint64_t key, const char *text)
{
    for (uint32_t i = 0; i < TRIES; i++) {
        uint32_t index = ((uint32_t)(key >> 32) + i) & (PLACES - 1);
        struct place *place = &places[index];
        uint64_t there = atomic_load_explicit(&place->key, memory_order_relaxed);
        if (there == 0 && !atomic_compare_exchange_strong(&place->key, &there, key) && there != key) continue;
        if (there != 0 && there != key) continue;
        if (__builtin_expect(atomic_load_explicit(&place->generation, memory_order_acquire) != full_audit.generation, 0)) {
            define(index + 1, text);
            atomic_store_explicit(&place->generation, full_audit.generation, memory_order_release);
        }
        return index + 1;
    }
    uint32_t id = PLACES + 1 + atomic_fetch_add(&turn, 1) % TURNS;
    define(id, text);
    return id;
}

static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return value ^ value >> 32;
}

/* Keys of texts that stay are odd, of others even and not 0. */
uint32_t full_audit_static_text(const char *text) { return find(mix((uintptr_t)text) | 1, text); }

uint32_t full_audit_text(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const unsigned char *byte = (const unsigned char *)text; *byte != '\0'; byte++) hash = (hash ^ *byte) * UINT64_C(0x100000001b3);
    return find((mix(hash) & ~UINT64_C(1)) | 2, text);
}

_Atomic uint64_t full_audit_labels[HOST_FUNCTION_COUNT][HOST_ARGUMENTS_MAX];

uint32_t full_audit_new_label(host_function function, uint32_t index, const char *label)
{
    uint32_t id = full_audit_static_text(label);
    if (id <= PLACES) atomic_store_explicit(&full_audit_labels[function][index], full_audit_label_word(label) | id, memory_order_relaxed);
    return id;
}
