/* Moves bytes from writers to readers through a ring; hides its growth, and the waiting for the other side. */
#include "pipe_internal.h"

#include "fs_internal.h"
#include "sealed/clock.h"
#include "sealed/thread.h"

enum { RING_AT_FIRST = 4096 };

struct sealed_pipe *pipe_create(void)
{
    struct sealed_pipe *pipe = fs_take_bytes(sizeof *pipe);
    if (pipe)
        *pipe = (struct sealed_pipe){0};
    return pipe;
}

void pipe_destroy(struct sealed_pipe *pipe)
{
    if (!pipe)
        return;
    fs_release_bytes(pipe->ring, pipe->capacity);
    fs_release_bytes(pipe, sizeof *pipe);
}

bool pipe_is_readable(const struct sealed_pipe *pipe)
{
    return pipe->held > 0 || pipe->writers == 0;
}

bool pipe_is_writable(const struct sealed_pipe *pipe)
{
    return pipe->readers == 0 || PIPE_BYTES_MAX - pipe->held >= SEALED_PIPE_ATOMIC;
}

/* ---- the ring ---- */

static void copy_out(struct sealed_pipe *pipe, unsigned char *to, uint32_t count)
{
    uint32_t until_end = pipe->capacity - pipe->first;
    uint32_t part = count < until_end ? count : until_end;
    memcpy(to, pipe->ring + pipe->first, part);
    memcpy(to + part, pipe->ring, count - part);
    pipe->first = (pipe->first + count) % pipe->capacity;
    pipe->held -= count;
}

static void copy_in(struct sealed_pipe *pipe, const unsigned char *from, uint32_t count)
{
    uint32_t at = (pipe->first + pipe->held) % pipe->capacity;
    uint32_t until_end = pipe->capacity - at;
    uint32_t part = count < until_end ? count : until_end;
    memcpy(pipe->ring + at, from, part);
    memcpy(pipe->ring, from + part, count - part);
    pipe->held += count;
}

static bool grow_ring(struct sealed_pipe *pipe, uint32_t needed)
{
    if (pipe->capacity >= needed)
        return true;
    uint32_t capacity = pipe->capacity ? pipe->capacity : RING_AT_FIRST;
    while (capacity < needed)
        capacity *= 2;
    unsigned char *ring = fs_take_bytes(capacity);
    if (!ring)
        return false;
    uint32_t held = pipe->held;
    if (held > 0)
        copy_out(pipe, ring, held);
    fs_release_bytes(pipe->ring, pipe->capacity);
    pipe->ring = ring;
    pipe->capacity = capacity;
    pipe->first = 0;
    pipe->held = held;
    return true;
}

/* ---- reading and writing ---- */

static bool is_readable(void *pipe)
{
    return pipe_is_readable(pipe);
}

int64_t pipe_read(struct sealed_pipe *pipe, void *buffer, size_t size_bytes, bool nonblocking)
{
    if (size_bytes == 0)
        return 0;
    /* A loop: another reader may have been quicker once there was something. */
    while (!pipe_is_readable(pipe)) {
        int error = nonblocking ? -SEALED_EAGAIN : sealed_wait_until(is_readable, pipe, SEALED_CLOCK_NEVER);
        if (error)
            return error;
    }
    uint32_t count = size_bytes < pipe->held ? (uint32_t)size_bytes : pipe->held;
    if (count > 0)
        copy_out(pipe, buffer, count);
    return count;
}

struct write_wait {
    const struct sealed_pipe *pipe;
    uint32_t needed;
};

static bool has_room(void *context)
{
    const struct write_wait *wait = context;
    return wait->pipe->readers == 0 || PIPE_BYTES_MAX - wait->pipe->held >= wait->needed;
}

/* Puts in what fits now; 0 if an atomic write has to wait. */
static int64_t write_now(struct sealed_pipe *pipe, const unsigned char *data, size_t size_bytes, size_t atomic_size)
{
    uint32_t room = PIPE_BYTES_MAX - pipe->held;
    if (room < atomic_size)
        return 0;
    uint32_t count = size_bytes < room ? (uint32_t)size_bytes : room;
    if (!grow_ring(pipe, pipe->held + count))
        return -SEALED_ENOMEM;
    copy_in(pipe, data, count);
    return count;
}

int64_t pipe_write(struct sealed_pipe *pipe, const void *data, size_t size_bytes, bool nonblocking)
{
    size_t done = 0;
    while (done < size_bytes) {
        size_t atomic_size = size_bytes <= SEALED_PIPE_ATOMIC ? size_bytes : 1;
        int64_t step = pipe->readers == 0
                           ? -SEALED_EPIPE
                           : write_now(pipe, (const unsigned char *)data + done, size_bytes - done, atomic_size);
        if (step == 0) {
            struct write_wait wait = {pipe, (uint32_t)atomic_size};
            step = nonblocking ? -SEALED_EAGAIN : sealed_wait_until(has_room, &wait, SEALED_CLOCK_NEVER);
        }
        if (step < 0)
            return done > 0 ? (int64_t)done : step;
        done += (size_t)step;
    }
    return (int64_t)done;
}
