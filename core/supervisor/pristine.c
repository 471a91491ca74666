/* Hides how a used worker is made a new one from outside. */
#include "pristine.h"

#include <stdlib.h>
#include <string.h>

#include "host_env/fd.h"
#include "moment.h"

enum {
    PAGE = IMAGE_MAP_PAGE_BYTES,
    ZEROS_BYTES = 64 * 1024,
    RESTORE_BYTES_MAX = 4 << 20 /* beyond, a new worker is ready earlier: bench/clear.c */
};
#define REST_NS (SECOND_NS / 10)

struct pristine {
    memory_ranges ranges;
    unsigned char *bytes; /* of all ranges, one after the other */
};

/* ---- Pieces ---- */

typedef struct piece_list {
    host_memory_piece *items;
    size_t count, capacity;
    bool failed;
} piece_list;

static void add_piece(piece_list *list, const void *bytes, uint64_t address, size_t size)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 256 : list->capacity * 2;
        host_memory_piece *items = realloc(list->items, capacity * sizeof *items);
        list->failed |= items == NULL;
        if (items == NULL)
            return;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = (host_memory_piece){.bytes = (void *)bytes, .address = address, .size = size};
}

static void add_range(piece_list *list, const unsigned char *bytes, host_memory_range range)
{
    for (uint64_t done = 0; done < range.size; done += HOST_MEMORY_PIECE_BYTES_MAX) {
        uint64_t left = range.size - done;
        add_piece(list, bytes + done, range.address + done, left < HOST_MEMORY_PIECE_BYTES_MAX ? left : HOST_MEMORY_PIECE_BYTES_MAX);
    }
}

static void add_zeros(piece_list *list, host_memory_range range)
{
    static const unsigned char zeros[ZEROS_BYTES];
    for (uint64_t done = 0; done < range.size; done += ZEROS_BYTES) {
        uint64_t left = range.size - done;
        add_piece(list, zeros, range.address + done, left < ZEROS_BYTES ? left : ZEROS_BYTES);
    }
}

/* What the image's file has in a range; a range may begin in the file's part of a segment and end behind it. */
static void add_image(piece_list *list, const image_map *map, host_memory_range range)
{
    uint64_t end = range.address + range.size;
    for (uint64_t page = range.address; page < end;) {
        const unsigned char *content = image_map_page(map, page);
        uint64_t next = page + PAGE;
        while (next < end && (image_map_page(map, next) != NULL) == (content != NULL))
            next += PAGE;
        const host_memory_range alike = {page, next - page};
        if (content != NULL)
            add_range(list, content, alike);
        else
            add_zeros(list, alike);
        page = next;
    }
}

/* The parts of what was written that are not among the pristine pages, which are all written anyway. Both are in ascending order. */
static void add_others(piece_list *list, const image_map *map, const memory_ranges *written, const memory_ranges *kept)
{
    size_t at = 0;
    for (size_t i = 0; i < written->count; i++) {
        uint64_t page = written->items[i].address, end = page + written->items[i].size;
        while (page < end) {
            while (at < kept->count && kept->items[at].address + kept->items[at].size <= page)
                at++;
            uint64_t start = at < kept->count ? kept->items[at].address : end;
            if (start > page)
                add_image(list, map, (host_memory_range){page, least(start, end) - page});
            page = at < kept->count && start < end ? kept->items[at].address + kept->items[at].size : end;
        }
    }
}

/* ---- A new one's memory ---- */

static void add_kept(piece_list *list, const pristine *kept)
{
    uint64_t done = 0;
    for (size_t i = 0; i < kept->ranges.count; i++) {
        add_range(list, kept->bytes + done, kept->ranges.items[i]);
        done += kept->ranges.items[i].size;
    }
}

static bool read_ranges(pristine *kept, const worker *worker)
{
    piece_list pieces = {0};
    kept->bytes = malloc(kept->ranges.bytes > 0 ? kept->ranges.bytes : 1);
    if (kept->bytes == NULL)
        return false;
    add_kept(&pieces, kept);
    bool is_read = !pieces.failed && worker_memory_read(worker, pieces.items, pieces.count, NULL) == CORDON_OK;
    free(pieces.items);
    return is_read;
}

pristine *pristine_read(worker *worker, const image_map *map)
{
    pristine *kept = calloc(1, sizeof *kept);
    if (kept != NULL && worker_memory_comes_to_rest(worker, map, REST_NS) && worker_memory_written(worker, map, &kept->ranges, NULL) == CORDON_OK &&
        read_ranges(kept, worker))
        return kept;
    pristine_destroy(kept);
    return NULL;
}

void pristine_destroy(pristine *pristine)
{
    if (pristine == NULL)
        return;
    memory_ranges_release(&pristine->ranges);
    free(pristine->bytes);
    free(pristine);
}

/* ---- A used one made new ---- */

static bool write_back(const pristine *kept, worker *worker, const image_map *map)
{
    memory_ranges written;
    piece_list pieces = {0};
    if (worker_memory_written(worker, map, &written, NULL) != CORDON_OK)
        return false;
    bool is_written = written.bytes <= RESTORE_BYTES_MAX;
    if (is_written) {
        add_kept(&pieces, kept);
        add_others(&pieces, map, &written, &kept->ranges);
        is_written = !pieces.failed && worker_memory_write(worker, pieces.items, pieces.count, NULL) == CORDON_OK;
    }
    free(pieces.items);
    memory_ranges_release(&written);
    return is_written;
}

/* A new worker has got the first byte of its first frame: this is the second, which is alike in every frame. A worker whose processor or kernel holds something back that ends it at the next instruction (single steps, a right of
 * a memory key) ends now, and not in its next user's first execution. */
static bool knock(worker *worker)
{
    const unsigned char second = (unsigned char)(CORDON_FRAME_MAGIC >> 8);
    size_t count = 0;
    if (host_fd_write(worker->env, worker->process.to_worker, &second, 1, &count, NULL) != HOST_OK || count != 1)
        return false;
    worker->channel.head_sent = 2;
    return true;
}

bool pristine_restore(const pristine *pristine, worker *worker, const image_map *map)
{
    return worker_memory_comes_to_rest(worker, map, REST_NS) && write_back(pristine, worker, map) && knock(worker) &&
           process_is_plain(worker->env, &worker->process) && /* while it wakes and comes back: of what is looked at none is different then */
           worker_memory_comes_to_rest(worker, map, REST_NS);
}
