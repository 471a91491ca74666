/* Hides how the kernel tells that a worker waits, and how its pages are found and moved. */
#include "worker_memory.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "failure.h"
#include "host_env/poll.h"
#include "moment.h"

/* ---- At rest ---- */

enum { CALL_READ = 0 };

/* What the kernel says of a process that waits in a system call: its number, six arguments, stack pointer and the address behind it. Of one that runs it says
 * "running", of one that waits for anything else -1. */
static bool waits_for_frame(const worker *worker, const image_rest *rest)
{
    char text[256];
    long number;
    unsigned long long descriptor, buffer, size, next;
    if (!process_read_about(worker->env, &worker->process, "syscall", text, sizeof text))
        return false;
    if (sscanf(text, "%ld %llx %llx %llx %*x %*x %*x %*x %llx", &number, &descriptor, &buffer, &size, &next) != 5)
        return false;
    return number == CALL_READ && descriptor == 0 && buffer == rest->buffer && size == rest->buffer_bytes && next == rest->behind_call;
}

/* Nothing of it is left in the pipe or here, and nothing for it here. What lies in the other pipe it would read instead of waiting. */
static bool has_said_all(const worker *worker)
{
    const channel *channel = &worker->channel;
    host_poll_item item = {.fd = worker->process.from_worker, .events = POLLIN};
    int ready = 0;
    return channel->incoming_start == channel->incoming.size && !channel_has_unsent(channel) && !channel->has_ended &&
           host_poll_wait(worker->env, &item, 1, 0, &ready, NULL) == HOST_OK && ready == 0;
}

bool worker_memory_is_at_rest(const worker *worker, const image_map *map)
{
    return worker->process.pid != 0 && worker->channel.is_writable && image_map_is_of_process(map, worker->env, worker->process.pid) &&
           waits_for_frame(worker, image_map_rest(map)) && has_said_all(worker);
}

bool worker_memory_comes_to_rest(const worker *worker, const image_map *map, uint64_t timeout_ns)
{
    enum { PAUSE_NS = 20000, LOOKS_AT_ONCE = 3 };
    uint64_t deadline = after(now_ns(worker->env), timeout_ns);
    for (unsigned looks = 0; !worker_memory_is_at_rest(worker, map); looks++) {
        int ready = 0;
        if (now_ns(worker->env) >= deadline)
            return false;
        if (looks >= LOOKS_AT_ONCE) /* by then it has not merely been on its way */
            (void)host_poll_wait(worker->env, NULL, 0, PAUSE_NS, &ready, NULL);
    }
    return true;
}

/* ---- Pages ---- */

void memory_ranges_release(memory_ranges *ranges)
{
    free(ranges->items);
    *ranges = (memory_ranges){0};
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

static cordon_status add_written(const worker *worker, host_memory_range within, memory_ranges *ranges, cordon_error *error)
{
    host_error cause;
    while (within.size > 0) {
        size_t found = 0;
        uint64_t next = 0;
        if (!make_room(ranges))
            return failure(error, "worker_memory", CORDON_NO_MEMORY, "no memory for a list of pages");
        if (host_memory_process_written(worker->env, worker->process.pid, &within, ranges->items + ranges->count, ranges->capacity - ranges->count, &found, &next,
                                        &cause) != HOST_OK)
            return failure_of_host(error, "worker_memory", CORDON_HOST_FAILURE, "the sandbox's pages cannot be looked at", &cause);
        for (size_t i = 0; i < found; i++)
            ranges->bytes += ranges->items[ranges->count + i].size;
        ranges->count += found;
        within = (host_memory_range){next, within.address + within.size - next};
    }
    return CORDON_OK;
}

cordon_status worker_memory_written(const worker *worker, const image_map *map, memory_ranges *ranges_out, cordon_error *error)
{
    size_t count;
    const host_memory_range *writable = image_map_writable(map, &count);
    cordon_status status = CORDON_OK;
    *ranges_out = (memory_ranges){0};
    for (size_t i = 0; i < count && status == CORDON_OK; i++)
        status = add_written(worker, writable[i], ranges_out, error);
    if (status != CORDON_OK)
        memory_ranges_release(ranges_out);
    return status;
}

cordon_status worker_memory_read(const worker *worker, const host_memory_piece *pieces, size_t count, cordon_error *error)
{
    host_error cause;
    if (host_memory_process_read(worker->env, worker->process.pid, pieces, count, &cause) == HOST_OK)
        return CORDON_OK;
    return failure_of_host(error, "worker_memory", CORDON_HOST_FAILURE, "the sandbox's memory cannot be read", &cause);
}

cordon_status worker_memory_write(const worker *worker, const host_memory_piece *pieces, size_t count, cordon_error *error)
{
    host_error cause;
    if (host_memory_process_write(worker->env, worker->process.pid, pieces, count, &cause) == HOST_OK)
        return CORDON_OK;
    return failure_of_host(error, "worker_memory", CORDON_HOST_FAILURE, "the sandbox's memory cannot be written", &cause);
}
