/* Hides from summaries how what is alike is found. */
#include "table.h"

#include <stdlib.h>

enum { ROOM_MIN = 64 }; /* a power of two, as every room is */

struct table_slot {
    uint64_t hash;
    void *item; /* NULL: free */
};

void *table_find(const table *in, uint64_t hash, table_equal_function is_equal, const void *key)
{
    if (in->room == 0)
        return NULL;
    for (size_t i = hash & (in->room - 1); in->slots[i].item != NULL; i = (i + 1) & (in->room - 1))
        if (in->slots[i].hash == hash && is_equal(in->slots[i].item, key))
            return in->slots[i].item;
    return NULL;
}

static void put(table *in, uint64_t hash, void *item)
{
    size_t i = hash & (in->room - 1);
    while (in->slots[i].item != NULL)
        i = (i + 1) & (in->room - 1);
    in->slots[i] = (struct table_slot){hash, item};
}

static bool grow(table *in)
{
    table larger = {.room = in->room == 0 ? ROOM_MIN : in->room * 2, .count = in->count};
    larger.slots = calloc(larger.room, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < in->room; i++)
        if (in->slots[i].item != NULL)
            put(&larger, in->slots[i].hash, in->slots[i].item);
    free(in->slots);
    *in = larger;
    return true;
}

bool table_add(table *in, uint64_t hash, void *item)
{
    if (in->count >= in->room / 2 && !grow(in))
        return false;
    put(in, hash, item);
    in->count++;
    return true;
}

void table_each(const table *in, void (*visit)(void *context, void *item), void *context)
{
    for (size_t i = 0; i < in->room; i++)
        if (in->slots[i].item != NULL)
            visit(context, in->slots[i].item);
}

void table_release(table *in)
{
    free(in->slots);
    *in = (table){0};
}

/* ---- Hashes: FNV-1a, with a last step that lets all bits reach the low ones ---- */

static uint64_t mix(uint64_t hash)
{
    hash ^= hash >> 32;
    hash *= UINT64_C(0xd6e8feb86659fd93);
    return hash ^ hash >> 32;
}

uint64_t table_hash_text(uint64_t hash, const char *text)
{
    if (text == NULL)
        return mix(hash + 1);
    hash ^= UINT64_C(0xcbf29ce484222325);
    for (const unsigned char *next = (const unsigned char *)text; *next != '\0'; next++)
        hash = (hash ^ *next) * UINT64_C(0x100000001b3);
    return mix(hash);
}

uint64_t table_hash_number(uint64_t hash, uint64_t number)
{
    return mix((hash ^ number) * UINT64_C(0x9e3779b97f4a7c15));
}
