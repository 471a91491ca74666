/* Hides from the reader how the parts of a line, and of all sites, are given back. */
#include "arena.h"

#include <stdlib.h>

enum { BLOCK_BYTES = 64 * 1024, ALIGNMENT = 16 };

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    _Alignas(ALIGNMENT) char bytes[];
};

void *arena_take(arena *memory, size_t size)
{
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct arena_block *block = memory->blocks;
    if (block == NULL || block->size - block->used < size) {
        size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        block = malloc(sizeof *block + room);
        if (block == NULL)
            return NULL;
        *block = (struct arena_block){.next = memory->blocks, .size = room};
        memory->blocks = block;
    }
    void *taken = block->bytes + block->used;
    block->used += size;
    return taken;
}

static void release_from(struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_reset(arena *memory)
{
    if (memory->blocks == NULL)
        return;
    release_from(memory->blocks->next);
    memory->blocks->next = NULL;
    memory->blocks->used = 0;
}

void arena_release(arena *memory)
{
    release_from(memory->blocks);
    memory->blocks = NULL;
}
