/* The sandbox's heap: one bounded arena in the image, constant-time allocation, damage noticed instead of spread.
 *
 * Every block is aligned to 16 bytes. At the limit an allocation answers NULL, or, if the host named the limit
 * (sealed/limit.h) and the request is smaller than it, ends the sandbox; nothing here asks anybody outside for memory.
 * A pointer that was not given out, or was released already, or whose header was overwritten, ends the sandbox with a
 * message (sealed_fatal). Threads switch only in explicit waits, so none of this locks. */
#ifndef SEALED_HEAP_H
#define SEALED_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes that the image sets aside. They cost nothing until written. A build may choose another number. */
#ifndef SEALED_HEAP_ARENA_BYTES
#define SEALED_HEAP_ARENA_BYTES (1024ul * 1024ul * 1024ul)
#endif

struct sealed_heap_figures {
    size_t limit_bytes;   /* of the arena that may be used, block headers included */
    size_t current_bytes; /* in blocks given out, headers included */
    size_t peak_bytes;    /* the most that current_bytes has been since sealed_heap_peak_restart */
    size_t refused_bytes; /* what current_bytes would have been, at least, with the request that was refused last since
                             then; 0: none was */
    size_t touched_bytes; /* from the arena's start to the highest byte that was ever given out */
    size_t block_count;   /* blocks given out */
    size_t largest_bytes; /* lower bound for a request that would succeed now */
};

/* NULL when no room is left. A size of 0 gives a block of its own. The caller owns the block: sealed_release. */
void *sealed_allocate(size_t size_bytes);

/* As above, zeroed; NULL also when count * size overflows. */
void *sealed_allocate_zeroed(size_t count, size_t size_bytes);

/* As sealed_allocate; `alignment` is a power of two, else NULL. */
void *sealed_allocate_aligned(size_t alignment_bytes, size_t size_bytes);

/* Keeps the first min(old, new) bytes; the block may move. On NULL the old block is still the caller's. A NULL `block`
 * allocates. */
void *sealed_reallocate(void *block, size_t size_bytes);

/* Accepts NULL. */
void sealed_release(void *block);

/* Bytes that may be used behind `block`, at least what was asked for; 0 for NULL. */
size_t sealed_usable_size(const void *block);

/* Lowers or raises the limit, at most SEALED_HEAP_ARENA_BYTES (0 means that). False, and no change, if blocks in use
 * lie beyond the new end. */
bool sealed_heap_limit_set(size_t limit_bytes);

/* From now on peak_bytes is that of what follows. */
void sealed_heap_peak_restart(void);

void sealed_heap_figures(struct sealed_heap_figures *figures_out);

/* Where current_bytes and peak_bytes are counted. */
void sealed_heap_counter_places(const size_t **current_out, const size_t **peak_out);

/* Zeroes what released blocks left behind and gives up the gaps between blocks in use, so that the arena's image is
 * small, depends on nothing but what is in use, and the next blocks lie side by side behind it. Returns the first
 * address behind all that is not zero. The limit is then as low as it can be: set it again before the next allocation.
 */
const void *sealed_heap_compact(void);

/* Walks all blocks and lists and says whether they agree. For tests and for an inspection after an incident; takes time
 * with the heap's size. */
bool sealed_heap_is_sound(void);

#endif
