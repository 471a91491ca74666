/* Hides how the kernel tells that a worker waits, and how its pages are found and moved. */
#include "worker_memory.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "host_env/fd.h"
#include "host_env/poll.h"
#include "host_env/thread.h"
#include "moment.h"

/* ---- At rest ---- */

static bool waits_for_frame(worker *worker, const image_rest *rest)
{
    char text[256];
    if (!process_read_about(worker->env, &worker->process, PROCESS_VIEW_SYSCALL, text, sizeof text))
        return false;
    const size_t size = strlen(text), begins = strlen(rest->call_begins), ends = strlen(rest->call_ends);
    return size > begins + ends && memcmp(text, rest->call_begins, begins) == 0 && memcmp(text + size - ends, rest->call_ends, ends) == 0;
}

enum { REQUEST_UNREAD = 0x541b }; /* FIONREAD: bytes that lie in a pipe */

/* What it is given it reads instead of waiting; but not while it is stopped, nor before the processor comes to it. */
static bool has_heard_all(const worker *worker)
{
    int unread = 1;
    int64_t result;
    return host_fd_ioctl(worker->env, worker->process.to_worker, REQUEST_UNREAD, (uintptr_t)&unread, &result, NULL) == HOST_OK && unread == 0;
}

/* Nothing of it is left in the pipe or here, and nothing for it here. */
static bool has_said_all(const worker *worker)
{
    const channel *channel = &worker->channel;
    host_poll_item item = {.fd = worker->process.from_worker, .events = POLLIN};
    int ready = 0;
    return channel->incoming_start == channel->incoming.size && !channel_has_unsent(channel) && !channel->has_ended &&
           host_poll_wait(worker->env, &item, 1, 0, &ready, NULL) == HOST_OK && ready == 0;
}

/* What a process runs cannot change: it cannot exec. So each map is looked at once. */
static bool is_of_map(worker *worker, const image_map *map)
{
    if (worker->known_map != map && image_map_is_of_process(map, worker->env, worker->process.pid))
        worker->known_map = map;
    return worker->known_map == map;
}

bool worker_memory_is_at_rest(worker *worker, const image_map *map)
{
    return worker->process.pid != 0 && !worker->channel.has_ended && is_of_map(worker, map) && waits_for_frame(worker, image_map_rest(map)) &&
           has_heard_all(worker) && has_said_all(worker);
}

/* A worker that has just spoken, or was just spoken to, is a few microseconds away from its read, or waits for the processor that this thread is on: a pause of any length would be longer than
 * that. */
bool worker_memory_comes_to_rest(worker *worker, const image_map *map, uint64_t timeout_ns)
{
    enum { PAUSE_NS = 50000, AT_ONCE_NS = 1000000 };
    uint64_t start = now_ns(worker->env), now = start;
    while (!worker_memory_is_at_rest(worker, map)) {
        int ready = 0;
        if (worker->process.pid == 0 || worker->channel.has_ended || now >= after(start, timeout_ns))
            return false;
        if (now - start < AT_ONCE_NS)
            (void)host_thread_yield(worker->env, NULL);
        else
            (void)host_poll_wait(worker->env, NULL, 0, PAUSE_NS, &ready, NULL);
        now = now_ns(worker->env);
    }
    return true;
}

/* ---- Pages ---- */

/* Neither a worker nor the kernel takes a page away from it: all calls for that are refused. So what it has written only grows, by one page at each fault of its own (a larger page could be
 * made of its pages without one: the image has small ones), and by what this side writes. While it had no fault since it was looked at, and nothing was written to it elsewhere, it has written what it
 * had then, and the tables of its pages need not be walked, which costs more than writing them back. */
struct worker_written {
    memory_ranges ranges;
    uint64_t faults; /* that it had had before it was looked at */
};

void memory_ranges_release(memory_ranges *ranges)
{
    free(ranges->items);
    *ranges = (memory_ranges){0};
}

void worker_memory_forget_written(worker *worker)
{
    if (worker->written == NULL)
        return;
    memory_ranges_release(&worker->written->ranges);
    free(worker->written);
    worker->written = NULL;
}

static bool copy_ranges(const memory_ranges *ranges, memory_ranges *copy_out)
{
    *copy_out = (memory_ranges){.items = malloc(ranges->count * sizeof *ranges->items), .count = ranges->count, .capacity = ranges->count, .bytes = ranges->bytes};
    if (copy_out->items == NULL) {
        *copy_out = (memory_ranges){0};
        return false;
    }
    memcpy(copy_out->items, ranges->items, ranges->count * sizeof *ranges->items);
    return true;
}

/* Not where the kernel may give it pages without a fault, nor where it counts none: one that has written more pages than it had faults has not been counted. Without memory for it, it is not
 * remembered. */
static void remember_written(worker *worker, const image_map *map, const memory_ranges *ranges, uint64_t faults)
{
    enum { RANGES_MAX = 4096 };
    if (!image_map_rest(map)->has_small_pages || ranges->bytes / IMAGE_MAP_PAGE_BYTES > faults || ranges->count > RANGES_MAX)
        return;
    worker->written = calloc(1, sizeof *worker->written);
    if (worker->written == NULL)
        return;
    worker->written->faults = faults;
    if (!copy_ranges(ranges, &worker->written->ranges))
        worker_memory_forget_written(worker);
}

static bool lies_in(const memory_ranges *ranges, const host_memory_piece *piece)
{
    size_t low = 0, high = ranges->count; /* the last range that begins at or before it */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges->items[middle].address <= piece->address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    uint64_t into = piece->address - ranges->items[low - 1].address;
    return into <= ranges->items[low - 1].size && piece->size <= ranges->items[low - 1].size - into;
}

/* Writing gives a worker the pages that it has not got. */
static void see_written(worker *worker, const host_memory_piece *pieces, size_t count)
{
    for (size_t i = 0; i < count && worker->written != NULL; i++)
        if (!lies_in(&worker->written->ranges, &pieces[i]))
            worker_memory_forget_written(worker);
}

static bool make_room(memory_ranges *ranges)
{
    enum { ROOM_FIRST = 256 };
    size_t capacity = ranges->capacity == 0 ? ROOM_FIRST : ranges->capacity * 2;
    if (ranges->count < ranges->capacity)
        return true;
    host_memory_range *items = realloc(ranges->items, capacity * sizeof *items);
    if (items == NULL)
        return false;
    ranges->items = items;
    ranges->capacity = capacity;
    return true;
}

static cordon_status add_written(worker *worker, host_memory_range within, memory_ranges *ranges, cordon_error *error)
{
    host_error cause;
    const int pagemap = process_view_descriptor(worker->env, &worker->process, PROCESS_VIEW_PAGEMAP);
    while (within.size > 0) {
        size_t found = 0;
        uint64_t next = 0;
        if (!make_room(ranges))
            return failure(error, "worker_memory", CORDON_NO_MEMORY, "no memory for a list of pages");
        if (host_memory_process_written(worker->env, worker->process.pid, pagemap, &within, ranges->items + ranges->count, ranges->capacity - ranges->count, &found,
                                        &next, &cause) != HOST_OK)
            return failure_of_host(error, "worker_memory", CORDON_HOST_FAILURE, "the sandbox's pages cannot be looked at", &cause);
        for (size_t i = 0; i < found; i++)
            ranges->bytes += ranges->items[ranges->count + i].size;
        ranges->count += found;
        within = (host_memory_range){next, within.address + within.size - next};
    }
    return CORDON_OK;
}

cordon_status worker_memory_written(worker *worker, const image_map *map, memory_ranges *ranges_out, cordon_error *error)
{
    size_t count;
    const host_memory_range *writable = image_map_writable(map, &count);
    uint64_t start = writable[0].address, end = writable[count - 1].address + writable[count - 1].size;
    uint64_t faults = 0;
    const bool is_counted = process_faults(worker->env, &worker->process, &faults); /* before it is looked at */
    if (is_counted && worker->written != NULL && worker->written->faults == faults && copy_ranges(&worker->written->ranges, ranges_out))
        return CORDON_OK;
    worker_memory_forget_written(worker);
    *ranges_out = (memory_ranges){0};
    /* All at once, since asking costs more than the few guards between them. Nothing else is mapped there, and a worker can map nothing. */
    cordon_status status = add_written(worker, (host_memory_range){start, end - start}, ranges_out, error);
    if (status == CORDON_OK && ranges_out->count == 0) /* its stack at least it has written; a process that has ended has no pages */
        status = failure(error, "worker_memory", CORDON_HOST_FAILURE, "the sandbox's pages cannot be looked at: it has ended");
    if (status != CORDON_OK)
        memory_ranges_release(ranges_out);
    else if (is_counted)
        remember_written(worker, map, ranges_out, faults);
    return status;
}

cordon_status worker_memory_read(const worker *worker, const host_memory_piece *pieces, size_t count, cordon_error *error)
{
    host_error cause;
    if (host_memory_process_read(worker->env, worker->process.pid, pieces, count, &cause) == HOST_OK)
        return CORDON_OK;
    return failure_of_host(error, "worker_memory", CORDON_HOST_FAILURE, "the sandbox's memory cannot be read", &cause);
}

cordon_status worker_memory_write(worker *worker, const host_memory_piece *pieces, size_t count, cordon_error *error)
{
    unsigned char yes = 1;
    host_error cause;
    if (worker->known_map == NULL)
        return failure(error, "worker_memory", CORDON_HOST_FAILURE, "the sandbox was not found at rest, so its memory is not written");
    const host_memory_piece renewal = {.bytes = &yes, .address = image_map_rest(worker->known_map)->must_renew, .size = sizeof yes};
    see_written(worker, pieces, count);
    see_written(worker, &renewal, 1);
    /* Last, since the pieces may bring a zero for it. */
    if ((count == 0 || host_memory_process_write(worker->env, worker->process.pid, pieces, count, &cause) == HOST_OK) &&
        host_memory_process_write(worker->env, worker->process.pid, &renewal, 1, &cause) == HOST_OK)
        return CORDON_OK;
    return failure_of_host(error, "worker_memory", CORDON_HOST_FAILURE, "the sandbox's memory cannot be written", &cause);
}
