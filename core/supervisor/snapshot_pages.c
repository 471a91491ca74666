/* Hides how pages are compressed: in blocks that do not need each other, by zstd at a level that is chosen for speed. */
#include "snapshot_pages.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "frame.h"

enum { PACKED_BYTES = SNAPSHOT_PACKED_PAGES * SNAPSHOT_PAGE_BYTES, UNPACKED_BYTES = SNAPSHOT_BLOCK_PAGES * SNAPSHOT_PAGE_BYTES, LEVEL = 1 };

struct snapshot_packer {
    cordon_snapshot *snapshot;
    ZSTD_CCtx *context;
    unsigned char *block; /* of PACKED_BYTES */
    size_t used;
    size_t run_capacity;
};

snapshot_packer *snapshot_packer_create(cordon_snapshot *snapshot)
{
    snapshot_packer *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    made->snapshot = snapshot;
    made->context = ZSTD_createCCtx();
    made->block = malloc(PACKED_BYTES);
    if (made->context != NULL && made->block != NULL)
        return made;
    snapshot_packer_destroy(made);
    return NULL;
}

void snapshot_packer_destroy(snapshot_packer *packer)
{
    if (packer == NULL)
        return;
    ZSTD_freeCCtx(packer->context);
    free(packer->block);
    free(packer);
}

static bool pack_block(snapshot_packer *packer)
{
    bytes *to = &packer->snapshot->blocks;
    size_t most = ZSTD_compressBound(packer->used);
    if (packer->used == 0)
        return true;
    if (!bytes_reserve(to, SNAPSHOT_BLOCK_HEAD_BYTES + most))
        return false;
    unsigned char *head = to->data + to->size;
    size_t size = ZSTD_compressCCtx(packer->context, head + SNAPSHOT_BLOCK_HEAD_BYTES, most, packer->block, packer->used, LEVEL);
    if (ZSTD_isError(size))
        return false;
    frame_put_u32(head, (uint32_t)(packer->used / SNAPSHOT_PAGE_BYTES));
    frame_put_u32(head + 4, (uint32_t)size);
    to->size += SNAPSHOT_BLOCK_HEAD_BYTES + size;
    packer->used = 0;
    return true;
}

/* The last run, if it reaches to the address; else a new one. */
static snapshot_run *run_for(snapshot_packer *packer, uint64_t address)
{
    cordon_snapshot *snapshot = packer->snapshot;
    snapshot_run *last = snapshot->head.run_count > 0 ? &snapshot->runs[snapshot->head.run_count - 1] : NULL;
    if (last != NULL && last->address + last->pages * SNAPSHOT_PAGE_BYTES == address)
        return last;
    if (snapshot->head.run_count == packer->run_capacity) {
        size_t capacity = packer->run_capacity ? 2 * packer->run_capacity : 64;
        snapshot_run *runs = realloc(snapshot->runs, capacity * sizeof *runs);
        if (runs == NULL)
            return NULL;
        snapshot->runs = runs;
        packer->run_capacity = capacity;
    }
    last = &snapshot->runs[snapshot->head.run_count++];
    *last = (snapshot_run){.address = address};
    return last;
}

unsigned char *snapshot_packer_place(snapshot_packer *packer, uint64_t address, size_t pages)
{
    size_t size = pages * SNAPSHOT_PAGE_BYTES;
    if (packer->used + size > PACKED_BYTES && !pack_block(packer))
        return NULL;
    snapshot_run *run = run_for(packer, address);
    if (run == NULL)
        return NULL;
    unsigned char *place = packer->block + packer->used;
    run->pages += pages;
    packer->snapshot->head.page_count += pages;
    packer->used += size;
    return place;
}

bool snapshot_packer_finish(snapshot_packer *packer)
{
    if (!pack_block(packer))
        return false;
    packer->snapshot->head.block_bytes = packer->snapshot->blocks.size;
    return true;
}

/* ---- Taking out ---- */

typedef struct walker {
    const cordon_snapshot *snapshot;
    size_t run;        /* the one that comes next */
    uint64_t run_done; /* pages of it that were told */
    snapshot_pages_function tell;
    void *context;
} walker;

/* One block, by the runs that it has parts of. */
static bool tell_block(walker *walker, unsigned char *data, size_t pages)
{
    host_memory_piece pieces[SNAPSHOT_BLOCK_PAGES];
    size_t piece_count = 0;
    while (pages > 0) {
        const snapshot_run *run = &walker->snapshot->runs[walker->run];
        uint64_t left = run->pages - walker->run_done;
        size_t count = left < pages ? (size_t)left : pages;
        pieces[piece_count++] =
            (host_memory_piece){.bytes = data, .address = run->address + walker->run_done * SNAPSHOT_PAGE_BYTES, .size = count * SNAPSHOT_PAGE_BYTES};
        data += count * SNAPSHOT_PAGE_BYTES;
        pages -= count;
        walker->run_done += count;
        if (walker->run_done == run->pages) {
            walker->run++;
            walker->run_done = 0;
        }
    }
    return walker->tell(walker->context, pieces, piece_count);
}

static snapshot_walk walk(walker *walker, ZSTD_DCtx *context, unsigned char *block)
{
    const bytes *blocks = &walker->snapshot->blocks;
    for (size_t at = 0; at < blocks->size;) {
        uint32_t pages = frame_get_u32(blocks->data + at), size = frame_get_u32(blocks->data + at + 4);
        size_t wanted = (size_t)pages * SNAPSHOT_PAGE_BYTES;
        at += SNAPSHOT_BLOCK_HEAD_BYTES;
        if (ZSTD_decompressDCtx(context, block, wanted, blocks->data + at, size) != wanted) /* an error is no such number either */
            return SNAPSHOT_WALK_DAMAGED;
        at += size;
        if (!tell_block(walker, block, pages))
            return SNAPSHOT_WALK_STOPPED;
    }
    return SNAPSHOT_WALKED;
}

snapshot_walk snapshot_pages_walk(const cordon_snapshot *snapshot, snapshot_pages_function tell, void *context)
{
    walker walker = {.snapshot = snapshot, .tell = tell, .context = context};
    ZSTD_DCtx *unpacker = ZSTD_createDCtx();
    unsigned char *block = malloc(UNPACKED_BYTES);
    snapshot_walk result = unpacker != NULL && block != NULL ? walk(&walker, unpacker, block) : SNAPSHOT_WALK_NO_MEMORY;
    ZSTD_freeDCtx(unpacker);
    free(block);
    return result;
}
