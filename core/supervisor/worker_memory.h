/* The memory of a worker, reached from outside while it waits for a frame. Hides how the kernel tells that it waits, and how pages are found and moved. */
#ifndef CORDON_SUPERVISOR_WORKER_MEMORY_H
#define CORDON_SUPERVISOR_WORKER_MEMORY_H

#include "image_map.h"
#include "worker.h"

/* Whether the worker waits for a frame, by the kernel's word and by ours: everything that it was sent has been sent and read, everything that it said has been taken,
 * and it is blocked in the one read, at the one instruction, of the one buffer. While this is so, and nobody sends it anything, it cannot move, and its memory may be
 * reached. False: it does not wait now, or cannot be asked. It is no failure of the worker's: a moment later it may. */
bool worker_memory_is_at_rest(worker *worker, const image_map *map);
/* The same, asked again until it is true or so much time has passed. */
bool worker_memory_comes_to_rest(worker *worker, const image_map *map, uint64_t timeout_ns);

typedef struct memory_ranges {
    host_memory_range *items; /* ascending, no two touch within a segment */
    size_t count, capacity;
    uint64_t bytes;           /* in all of them */
} memory_ranges;
void memory_ranges_release(memory_ranges *ranges);

/* The pages of the image's writable memory that the worker, at rest, has written, or that its start had written for it. The caller owns what *ranges_out holds, on failure
 * nothing. What was found is remembered, and told again while the worker has got no page since. */
cordon_status worker_memory_written(worker *worker, const image_map *map, memory_ranges *ranges_out, cordon_error *error);

/* Moves pieces; HOST_FAILURE: a part of it may have been moved, and after a write the worker is of no use any more.
 * Writing, also of no piece at all, makes the worker believe no register when it goes on: what it computes from then on is what its memory says. */
cordon_status worker_memory_read(const worker *worker, const host_memory_piece *pieces, size_t count, cordon_error *error);
cordon_status worker_memory_write(worker *worker, const host_memory_piece *pieces, size_t count, cordon_error *error);

/* To be called before anybody writes a worker's memory in another way, and at its end. */
void worker_memory_forget_written(worker *worker);

#endif
