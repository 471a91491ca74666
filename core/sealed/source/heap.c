/* Hides from everyone how the arena is cut: two-level segregated fit with boundary tags, so each call takes constant
 * time.
 *
 * A block is a header word, then the payload. The header holds the size (a multiple of 16, header included), two flags,
 * and in its upper half a check value made from the address and the lower half, so a stray write or a made-up pointer
 * shows at the next use. A free block keeps its list links in the payload and its size again in its last word, where
 * the block behind it finds it. Free blocks hang in lists by size class: 32 linear classes below 512 bytes, above that
 * 32 classes per power of two; two levels of bit maps find the first class that surely fits.
 *
 * Blocks up to two pages that were released wait first, a few of each size, for the next request of just that size: most are asked
 * for again at once, and cutting and merging takes five times as long. To their neighbours they are in use until the
 * heap has nothing else left.
 *
 * The arena's bytes are zero until first written, so `touched_end` (the end of what was ever given out) spares zeroing
 * what nobody wrote. */
#include "sealed/heap.h"

#include "sealed/fatal.h"
#include "sealed/limit.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

enum {
    GRAIN = 16,
    HEADER_BYTES = 8,
    BLOCK_BYTES_MIN = 32, /* header, two links, size at the end */
    CLASS_BITS = 5,
    CLASSES = 1 << CLASS_BITS,
    LINEAR_BITS = 9, /* sizes below 512 have one class per 16 bytes */
    LEVELS = 24,     /* up to 2^32 bytes */
    OWN_CLASS_TRIES = 8,
    QUICK_BYTES_MAX = 8192 + 256, /* the first block of a MessagePack zone among them */
    QUICK_SIZES = QUICK_BYTES_MAX / GRAIN + 1,
    QUICK_COUNT_MAX = 8, /* of one size */
    QUICK_TOTAL_MAX = 128 * 1024,
};

#define FLAG_FREE 1u
#define FLAG_PREVIOUS_FREE 2u
#define FLAG_QUICK 4u /* released, and neither free nor merged yet */
#define FLAGS 15u
#define SIZE_BYTES_MAX ((size_t)SEALED_HEAP_ARENA_BYTES)

_Static_assert(SEALED_HEAP_ARENA_BYTES <= CORDON_MEMORY_BYTES_MAX, "hosts tell a limit of memory that an image can have");
_Static_assert(SEALED_HEAP_ARENA_BYTES <= 0xfffffff0ul, "a block's size must fit the lower half of its header");
_Static_assert(SEALED_HEAP_ARENA_BYTES % 4096 == 0 && SEALED_HEAP_ARENA_BYTES >= 65536, "an arena is whole pages");

struct block {
    uint64_t header;
    struct block *next_free; /* these two only while free */
    struct block *previous_free;
};

/* A section of its own, so that the link can put this last and keep the image's written pages together. No compiler
 * makes a name like this one. */
static unsigned char arena[SEALED_HEAP_ARENA_BYTES] __attribute__((aligned(4096), section(".bss.0sealed_heap_arena")));

static struct heap {
    bool is_ready;
    uint32_t level_map;
    uint32_t class_map[LEVELS];
    struct block *lists[LEVELS][CLASSES];
    struct block *quick[QUICK_SIZES]; /* singly linked, the last released first */
    uint8_t quick_count[QUICK_SIZES];
    size_t quick_bytes; /* in all of them */
    struct block *end; /* a block of header only that is never free: stops merging */
    unsigned char *touched_end;
    size_t limit_bytes;
    size_t refused_bytes;
    size_t current_bytes;
    size_t peak_bytes;
    size_t block_count;
} heap;

/* --- headers --- */

static inline uint32_t header_check(const struct block *block, uint32_t low)
{
    uint64_t mixed = ((uint64_t)(uintptr_t)block >> 3) * 0x9E3779B97F4A7C15u + (uint64_t)low * 0xD6E8FEB86659FD93u;
    return (uint32_t)(mixed >> 32);
}

static inline void header_set(struct block *block, size_t size, unsigned flags)
{
    uint32_t low = (uint32_t)size | flags;
    block->header = (uint64_t)header_check(block, low) << 32 | low;
}

static inline bool header_is_sound(const struct block *block)
{
    return (uint32_t)(block->header >> 32) == header_check(block, (uint32_t)block->header);
}

static inline size_t block_size(const struct block *block)
{
    return (uint32_t)block->header & ~FLAGS;
}

static inline unsigned block_flags(const struct block *block)
{
    return (uint32_t)block->header & FLAGS;
}

static inline struct block *block_after(const struct block *block, size_t size)
{
    return (struct block *)((unsigned char *)block + size);
}

static inline void *block_payload(struct block *block)
{
    return (unsigned char *)block + HEADER_BYTES;
}

static inline size_t *block_tail(struct block *block, size_t size)
{
    return (size_t *)((unsigned char *)block + size - sizeof(size_t));
}

static _Noreturn void damaged(const char *what)
{
    sealed_fatal_detail("heap damaged", what, SEALED_EXIT_DAMAGED);
}

/* The block behind a pointer from outside; ends the sandbox unless it is a block in use. */
static inline struct block *block_given_out(const void *payload)
{
    uintptr_t address = (uintptr_t)payload;
    struct block *block = (struct block *)(address - HEADER_BYTES);

    if (__builtin_expect(address % GRAIN != 0 || address < (uintptr_t)arena + GRAIN || address >= (uintptr_t)heap.end,
                         0))
        damaged("pointer is not from this heap");
    if (__builtin_expect(!header_is_sound(block), 0))
        damaged("bad pointer, or bytes before the block were overwritten");
    if (__builtin_expect(block_flags(block) & (FLAG_FREE | FLAG_QUICK), 0))
        damaged("block was released already");
    return block;
}

/* --- size classes --- */

struct place {
    unsigned level, class;
};

static inline unsigned highest_bit(size_t value)
{
    return (unsigned)(sizeof(unsigned long) * CHAR_BIT - 1) - (unsigned)__builtin_clzl(value);
}

static inline struct place place_of(size_t size)
{
    if (size < 1u << LINEAR_BITS)
        return (struct place){0, (unsigned)(size / GRAIN)};
    unsigned bit = highest_bit(size);
    return (struct place){bit - LINEAR_BITS + 1, (unsigned)(size >> (bit - CLASS_BITS)) & (CLASSES - 1)};
}

static inline size_t rounded_to_class(size_t size)
{
    if (size < 1u << LINEAR_BITS)
        return size;
    return size + ((size_t)1 << (highest_bit(size) - CLASS_BITS)) - 1;
}

/* --- free lists --- */

static inline void list_insert(struct block *block, size_t size)
{
    struct place place = place_of(size);
    struct block **head = &heap.lists[place.level][place.class];

    block->next_free = *head;
    block->previous_free = NULL;
    if (*head)
        (*head)->previous_free = block;
    *head = block;
    heap.class_map[place.level] |= 1u << place.class;
    heap.level_map |= 1u << place.level;
}

static inline void list_remove(struct block *block, size_t size)
{
    struct place place = place_of(size);
    struct block *next = block->next_free, *previous = block->previous_free;

    if (next) {
        if (__builtin_expect(next->previous_free != block, 0))
            damaged("a released block was written to");
        next->previous_free = previous;
    }
    if (previous) {
        if (__builtin_expect(previous->next_free != block, 0))
            damaged("a released block was written to");
        previous->next_free = next;
        return;
    }
    if (__builtin_expect(heap.lists[place.level][place.class] != block, 0))
        damaged("a released block was written to");
    heap.lists[place.level][place.class] = next;
    if (!next) {
        heap.class_map[place.level] &= ~(1u << place.class);
        if (heap.class_map[place.level] == 0)
            heap.level_map &= ~(1u << place.level);
    }
}

/* Makes [block, block+size) one free block; the block in front is in use (else it would have been merged). */
static inline void make_free(struct block *block, size_t size)
{
    struct block *after = block_after(block, size);

    header_set(block, size, FLAG_FREE);
    *block_tail(block, size) = size;
    header_set(after, block_size(after), block_flags(after) | FLAG_PREVIOUS_FREE);
    list_insert(block, size);
}

/* Classes of large sizes are wide; before giving up, look whether a block of the request's own class happens to be
 * large enough. */
static struct block *find_in_own_class(size_t size)
{
    struct place place = place_of(size);
    struct block *block = heap.lists[place.level][place.class];

    for (int tries = 0; block && tries < OWN_CLASS_TRIES; tries++, block = block->next_free)
        if (block_size(block) >= size)
            return block;
    return NULL;
}

static inline struct block *find_free(size_t size)
{
    struct place place = place_of(rounded_to_class(size));
    uint32_t classes;

    if (__builtin_expect(place.level >= LEVELS, 0))
        return NULL;
    classes = heap.class_map[place.level] & (~0u << place.class);
    if (!classes) {
        uint32_t levels = place.level + 1 < 32 ? heap.level_map & (~0u << (place.level + 1)) : 0;
        if (__builtin_expect(!levels, 0))
            return find_in_own_class(size);
        place.level = (unsigned)__builtin_ctz(levels);
        classes = heap.class_map[place.level];
    }
    return heap.lists[place.level][__builtin_ctz(classes)];
}

/* --- blocks in use --- */

static inline void count_taken(struct block *block, size_t size)
{
    unsigned char *written_end =
        (unsigned char *)block + size + BLOCK_BYTES_MIN; /* the block behind writes its header and links */

    heap.current_bytes += size;
    if (heap.current_bytes > heap.peak_bytes)
        heap.peak_bytes = heap.current_bytes;
    if (written_end > heap.touched_end)
        heap.touched_end = written_end;
}

/* Turns [block, block+have) into a block in use of `size` bytes and gives the rest back. The block behind is in use. */
static inline void take(struct block *block, size_t have, size_t size, unsigned previous_flag)
{
    size_t rest = have - size;
    struct block *after = block_after(block, have);

    if (rest >= BLOCK_BYTES_MIN) {
        header_set(block, size, previous_flag);
        make_free(block_after(block, size), rest);
    } else {
        size = have;
        header_set(block, size, previous_flag);
        header_set(after, block_size(after), block_flags(after) & ~FLAG_PREVIOUS_FREE);
    }
    count_taken(block, size);
}

static void heap_start(void)
{
    /* Payloads are aligned, so the first header sits 8 bytes before an aligned address; so does the end mark. */
    _Static_assert(sizeof(struct block) % GRAIN == HEADER_BYTES, "the end mark is whole and keeps the alignment");
    struct block *first = (struct block *)(arena + HEADER_BYTES);

    heap.is_ready = true;
    heap.limit_bytes = sizeof arena;
    heap.touched_end = arena + HEADER_BYTES + BLOCK_BYTES_MIN;
    heap.end = (struct block *)(arena + sizeof arena - sizeof(struct block));
    header_set(heap.end, 0, 0);
    make_free(first, (size_t)((unsigned char *)heap.end - (unsigned char *)first));
}

/* Block size for a payload, or 0 if no arena could hold it. */
static inline size_t size_for(size_t payload)
{
    if (__builtin_expect(payload > SIZE_BYTES_MAX, 0))
        return 0;
    size_t size = (payload + HEADER_BYTES + GRAIN - 1) & ~(size_t)(GRAIN - 1);
    return size < BLOCK_BYTES_MIN ? BLOCK_BYTES_MIN : size;
}

/* One request that no use of this heap could meet is the program's mistake; one that fails because of what is in use
 * is the limit. A heap in pieces counts as full. */
static __attribute__((cold, noinline)) void *refuse(size_t size)
{
    size_t wanted = heap.current_bytes + (size != 0 ? size : SIZE_BYTES_MAX);

    heap.refused_bytes = wanted;
    if (size != 0 && size < heap.limit_bytes)
        sealed_limit_refused(CORDON_LIMIT_MEMORY, wanted > heap.limit_bytes ? wanted : heap.limit_bytes);
    return NULL;
}

/* Makes a block in use that nobody has free, with its free neighbours. */
static void merge(struct block *block, size_t size)
{
    struct block *after = block_after(block, size);

    if (block_flags(after) & FLAG_FREE) {
        size_t after_size = block_size(after);
        list_remove(after, after_size);
        size += after_size;
    }
    if (block_flags(block) & FLAG_PREVIOUS_FREE) {
        size_t front_size = *((size_t *)block - 1);
        struct block *front = (struct block *)((unsigned char *)block - front_size);
        if ((uintptr_t)front < (uintptr_t)arena || front_size > SIZE_BYTES_MAX || !header_is_sound(front) ||
            block_size(front) != front_size)
            damaged("a released block was written to");
        list_remove(front, front_size);
        block->header = 0; /* so that a second release of the merged block is noticed */
        block = front;
        size += front_size;
    }
    make_free(block, size);
}

/* --- small blocks that wait for a request of their size --- */

static inline bool quick_put(struct block *block, size_t size)
{
    size_t at = size / GRAIN;

    if (size > QUICK_BYTES_MAX || heap.quick_count[at] == QUICK_COUNT_MAX || heap.quick_bytes > QUICK_TOTAL_MAX - size)
        return false;
    header_set(block, size, block_flags(block) | FLAG_QUICK);
    block->next_free = heap.quick[at];
    heap.quick[at] = block;
    heap.quick_count[at]++;
    heap.quick_bytes += size;
    return true;
}

/* A block in use that nobody has; NULL: none waits. What lies in it is not believed. */
static inline struct block *quick_take(size_t size)
{
    size_t at = size / GRAIN;
    struct block *block = size > QUICK_BYTES_MAX ? NULL : heap.quick[at];

    if (!block)
        return NULL;
    uintptr_t offset = (uintptr_t)block - (uintptr_t)arena;
    if (__builtin_expect(offset % GRAIN != HEADER_BYTES || offset >= (uintptr_t)heap.end - (uintptr_t)arena ||
                             !header_is_sound(block) || !(block_flags(block) & FLAG_QUICK) || block_size(block) != size,
                         0))
        damaged("a released block was written to");
    heap.quick[at] = block->next_free;
    heap.quick_count[at]--;
    heap.quick_bytes -= size;
    header_set(block, size, block_flags(block) & ~FLAG_QUICK);
    return block;
}

/* All of them become free. False: none waited. */
static bool quick_flush(void)
{
    bool was_any = false;

    for (size_t at = 0; at < QUICK_SIZES; at++) {
        struct block *block;
        while ((block = quick_take(at * GRAIN))) {
            if (!header_is_sound(block_after(block, block_size(block))))
                damaged("bytes behind a block were overwritten");
            merge(block, block_size(block));
            was_any = true;
        }
    }
    return was_any;
}

void *sealed_allocate(size_t size_bytes)
{
    size_t size = size_for(size_bytes);
    struct block *block;

    if (__builtin_expect(!heap.is_ready, 0))
        heap_start();
    if (__builtin_expect(size == 0, 0))
        return refuse(size);
    block = quick_take(size);
    if (block) {
        count_taken(block, size);
        heap.block_count++;
        return block_payload(block);
    }
    block = find_free(size);
    if (__builtin_expect(!block, 0) && (!quick_flush() || !(block = find_free(size))))
        return refuse(size);
    if (__builtin_expect(!header_is_sound(block), 0))
        damaged("a released block was written to");
    size_t have = block_size(block);
    list_remove(block, have);
    take(block, have, size, 0);
    heap.block_count++;
    return block_payload(block);
}

static void zero_tail_before_end(unsigned char *payload, size_t total)
{
    unsigned char *tail = (unsigned char *)heap.end - sizeof(size_t);
    unsigned char *start = tail < payload ? payload : tail;

    memset(start, 0, (size_t)(payload + total - start));
}

void *sealed_allocate_zeroed(size_t count, size_t size_bytes)
{
    size_t total;
    unsigned char *written_end = heap.is_ready ? heap.touched_end : arena;

    if (__builtin_mul_overflow(count, size_bytes, &total))
        return NULL;
    unsigned char *payload = sealed_allocate(total);
    if (!payload)
        return NULL;
    /* Beyond touched_end nobody wrote, except the size that a free block keeps right before the end mark. */
    size_t dirty = payload < written_end ? (size_t)(written_end - payload) : 0;
    memset(payload, 0, dirty < total ? dirty : total);
    if (payload + total > (unsigned char *)heap.end - sizeof(size_t))
        zero_tail_before_end(payload, total);
    return payload;
}

static void shrink_in_place(struct block *block, size_t old_size, size_t size)
{
    struct block *rest = block_after(block, size);
    size_t rest_size = old_size - size;

    if (rest_size < BLOCK_BYTES_MIN)
        return;
    header_set(block, size, block_flags(block));
    header_set(rest, rest_size, 0);
    heap.block_count++; /* the rest becomes a block of its own for a moment */
    sealed_release(block_payload(rest));
}

void *sealed_allocate_aligned(size_t alignment_bytes, size_t size_bytes)
{
    if (alignment_bytes == 0 || (alignment_bytes & (alignment_bytes - 1)) != 0)
        return NULL;
    if (alignment_bytes <= GRAIN)
        return sealed_allocate(size_bytes);
    if (alignment_bytes > SIZE_BYTES_MAX || size_bytes > SIZE_BYTES_MAX)
        return NULL;
    unsigned char *payload = sealed_allocate(size_bytes + alignment_bytes + BLOCK_BYTES_MIN);
    if (!payload)
        return NULL;
    struct block *block = block_given_out(payload);
    size_t have = block_size(block);
    uintptr_t aligned = ((uintptr_t)payload + alignment_bytes - 1) & ~(uintptr_t)(alignment_bytes - 1);

    /* A gap in front becomes a free block, so it must be large enough to be one. */
    while (aligned != (uintptr_t)payload && aligned - (uintptr_t)payload < BLOCK_BYTES_MIN)
        aligned += alignment_bytes;
    size_t gap = aligned - (uintptr_t)payload;
    struct block *kept = (struct block *)((unsigned char *)block + gap);
    if (gap) {
        header_set(kept, have - gap, 0);
        merge(block, gap);
        heap.current_bytes -= gap;
    }
    shrink_in_place(kept, have - gap, size_for(size_bytes));
    return block_payload(kept);
}

void sealed_release(void *payload)
{
    if (!payload)
        return;
    struct block *block = block_given_out(payload);
    size_t size = block_size(block);
    struct block *after = block_after(block, size);

    if (__builtin_expect(!header_is_sound(after), 0))
        damaged("bytes behind a block were overwritten");
    heap.current_bytes -= size;
    heap.block_count--;
    if (!quick_put(block, size))
        merge(block, size);
}

/* Grows a block into the free block behind it. False if there is none or it is too small. */
static bool grow_in_place(struct block *block, size_t old_size, size_t size)
{
    struct block *after = block_after(block, old_size);

    if (!header_is_sound(after))
        damaged("bytes behind a block were overwritten");
    if (!(block_flags(after) & FLAG_FREE) || old_size + block_size(after) < size)
        return false;
    size_t after_size = block_size(after);
    list_remove(after, after_size);
    heap.current_bytes -= old_size;
    take(block, old_size + after_size, size, block_flags(block) & FLAG_PREVIOUS_FREE);
    return true;
}

void *sealed_reallocate(void *payload, size_t size_bytes)
{
    if (!payload)
        return sealed_allocate(size_bytes);
    struct block *block = block_given_out(payload);
    size_t size = size_for(size_bytes), old_size = block_size(block);

    if (size == 0)
        return NULL;
    if (size <= old_size) {
        shrink_in_place(block, old_size, size);
        return payload;
    }
    if (grow_in_place(block, old_size, size))
        return payload;
    void *moved = sealed_allocate(size_bytes);
    if (!moved)
        return NULL;
    memcpy(moved, payload, old_size - HEADER_BYTES);
    sealed_release(payload);
    return moved;
}

size_t sealed_usable_size(const void *payload)
{
    return payload ? block_size(block_given_out(payload)) - HEADER_BYTES : 0;
}

/* --- limit, figures, inspection --- */

/* The free block that ends where the end mark is, or NULL. */
static struct block *last_free(void)
{
    if (!(block_flags(heap.end) & FLAG_PREVIOUS_FREE))
        return NULL;
    return (struct block *)((unsigned char *)heap.end - *((size_t *)heap.end - 1));
}

bool sealed_heap_limit_set(size_t limit_bytes)
{
    if (!heap.is_ready)
        heap_start();
    if (limit_bytes == 0 || limit_bytes > sizeof arena)
        limit_bytes = sizeof arena;
    limit_bytes &= ~(size_t)(GRAIN - 1);
    quick_flush();
    struct block *last = last_free();
    struct block *end = (struct block *)(arena + limit_bytes - sizeof(struct block));
    struct block *start = last ? last : heap.end;
    size_t rest = (uintptr_t)end > (uintptr_t)start ? (size_t)((uintptr_t)end - (uintptr_t)start) : 0;

    if (limit_bytes < 4 * GRAIN || (uintptr_t)end < (uintptr_t)start || (rest != 0 && rest < BLOCK_BYTES_MIN))
        return false;
    if (last)
        list_remove(last, block_size(last));
    heap.end->header = 0;
    if (last)
        *((size_t *)heap.end - 1) = 0; /* bytes that nobody was given stay zero */
    heap.end = end;
    header_set(end, 0, 0);
    if (rest) {
        make_free(start, rest);
        if ((unsigned char *)start + BLOCK_BYTES_MIN > heap.touched_end)
            heap.touched_end = (unsigned char *)start + BLOCK_BYTES_MIN;
    }
    heap.limit_bytes = limit_bytes;
    return true;
}

/* A free block becomes one in use that nobody has, all zero: pages of it need no room in a file. */
static void give_up(struct block *block)
{
    size_t size = block_size(block);

    list_remove(block, size);
    memset((unsigned char *)block + sizeof block->header, 0, size - sizeof block->header);
    take(block, size, size, 0);
    heap.block_count++;
}

static void give_up_free_blocks(const struct block *last)
{
    for (struct block *block = (struct block *)(arena + HEADER_BYTES); block != heap.end;
         block = block_after(block, block_size(block)))
        if ((block_flags(block) & FLAG_FREE) && block != last)
            give_up(block);
}

const void *sealed_heap_compact(void)
{
    if (!heap.is_ready)
        heap_start();
    quick_flush();
    struct block *last = last_free();
    give_up_free_blocks(last);
    if (last) {
        unsigned char *rest = (unsigned char *)last + BLOCK_BYTES_MIN;
        if (heap.touched_end > rest)
            memset(rest, 0, (size_t)(heap.touched_end - rest));
        size_t limit = (size_t)((unsigned char *)last - arena) + BLOCK_BYTES_MIN + sizeof *last;
        heap.touched_end = (unsigned char *)last + BLOCK_BYTES_MIN;
        sealed_heap_limit_set((limit + GRAIN - 1) & ~(size_t)(GRAIN - 1));
    }
    return (unsigned char *)heap.end + sizeof *heap.end;
}

static size_t largest_free(void)
{
    if (!heap.level_map)
        return 0;
    unsigned level = highest_bit(heap.level_map);
    struct block *block = heap.lists[level][highest_bit(heap.class_map[level])];
    return block_size(block) - HEADER_BYTES;
}

void sealed_heap_peak_restart(void)
{
    heap.peak_bytes = heap.current_bytes;
    heap.refused_bytes = 0;
}

void sealed_heap_figures(struct sealed_heap_figures *figures_out)
{
    if (!heap.is_ready)
        heap_start();
    *figures_out = (struct sealed_heap_figures){
        .limit_bytes = heap.limit_bytes,
        .current_bytes = heap.current_bytes,
        .peak_bytes = heap.peak_bytes,
        .refused_bytes = heap.refused_bytes,
        .touched_bytes = (size_t)(heap.touched_end - arena),
        .block_count = heap.block_count,
        .largest_bytes = largest_free(),
    };
}

void sealed_heap_counter_places(const size_t **current_out, const size_t **peak_out)
{
    *current_out = &heap.current_bytes;
    *peak_out = &heap.peak_bytes;
}

static bool is_listed(const struct block *wanted, size_t size)
{
    struct place place = place_of(size);

    for (struct block *block = heap.lists[place.level][place.class]; block; block = block->next_free)
        if (block == wanted)
            return true;
    return false;
}

/* SIZE_MAX: a list of those that wait is not what it says. */
static size_t quick_listed_count(void)
{
    size_t count = 0, total = 0;

    for (size_t at = 0; at < QUICK_SIZES; at++) {
        size_t here = 0;
        for (struct block *block = heap.quick[at]; block && here <= QUICK_COUNT_MAX; block = block->next_free, here++)
            if (!header_is_sound(block) || !(block_flags(block) & FLAG_QUICK) || block_size(block) != at * GRAIN)
                return SIZE_MAX;
        if (here != heap.quick_count[at])
            return SIZE_MAX;
        count += here;
        total += here * at * GRAIN;
    }
    return total == heap.quick_bytes ? count : SIZE_MAX;
}

static size_t listed_count(void)
{
    size_t count = 0;

    for (unsigned level = 0; level < LEVELS; level++) {
        if ((heap.class_map[level] != 0) != ((heap.level_map >> level & 1) != 0))
            return SIZE_MAX;
        for (unsigned class = 0; class < CLASSES; class ++) {
            if ((heap.lists[level][class] != NULL) != ((heap.class_map[level] >> class & 1) != 0))
                return SIZE_MAX;
            for (struct block *block = heap.lists[level][class]; block; block = block->next_free)
                count++;
        }
    }
    return count;
}

bool sealed_heap_is_sound(void)
{
    size_t used_bytes = 0, used_count = 0, free_count = 0, waiting_count = 0;
    bool previous_is_free = false;
    struct block *block = (struct block *)(arena + HEADER_BYTES);

    if (!heap.is_ready)
        return true;
    for (; block != heap.end; block = block_after(block, block_size(block))) {
        bool is_free = block_flags(block) & FLAG_FREE, is_waiting = block_flags(block) & FLAG_QUICK;
        size_t size = block_size(block);
        if (!header_is_sound(block) || size < BLOCK_BYTES_MIN || (uintptr_t)block + size > (uintptr_t)heap.end)
            return false;
        if (previous_is_free != ((block_flags(block) & FLAG_PREVIOUS_FREE) != 0) || (is_free && previous_is_free))
            return false;
        if (is_free && is_waiting)
            return false;
        if (is_free && (*block_tail(block, size) != size || !is_listed(block, size)))
            return false;
        free_count += is_free;
        waiting_count += is_waiting;
        used_count += !is_free && !is_waiting;
        used_bytes += is_free || is_waiting ? 0 : size;
        previous_is_free = is_free;
    }
    return header_is_sound(block) && used_bytes == heap.current_bytes && used_count == heap.block_count &&
           free_count == listed_count() && waiting_count == quick_listed_count();
}
