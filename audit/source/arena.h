/* Memory that is given back all at once. Private to audit. */
#ifndef AUDIT_ARENA_H
#define AUDIT_ARENA_H

#include <stddef.h>

typedef struct arena {
    struct arena_block *blocks;
} arena;

/* NULL if there is no memory. All zero is an empty arena. */
void *arena_take(arena *memory, size_t size);
/* Keeps one block for what comes next. */
void arena_reset(arena *memory);
void arena_release(arena *memory);

#endif
