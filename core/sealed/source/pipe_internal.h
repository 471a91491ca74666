/* One direction of bytes in memory, between whoever writes and whoever reads; shared by pipe.c and the descriptors. */
#ifndef SEALED_PIPE_INTERNAL_H
#define SEALED_PIPE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sealed_pipe {
    unsigned char *ring;
    uint32_t capacity; /* of the ring now; grows up to PIPE_BYTES_MAX */
    uint32_t first;    /* where reading goes on */
    uint32_t held;     /* bytes waiting */
    uint32_t readers, writers;
    uint32_t readers_ever, writers_ever; /* openings so far: a fifo's open waits for the other side's to change */
    uint32_t holds;                      /* pipes without an inode: freed with the last */
};

enum { PIPE_BYTES_MAX = 65536 };

/* NULL: no room. The inode or the pair that it belongs to owns it. */
struct sealed_pipe *pipe_create(void);
/* Accepts NULL. */
void pipe_destroy(struct sealed_pipe *pipe);

/* Waits for bytes unless `nonblocking` (-EAGAIN). 0 when empty and nobody writes; -EDEADLK when nobody ever can. */
int64_t pipe_read(struct sealed_pipe *pipe, void *buffer, size_t size_bytes, bool nonblocking);
/* Up to SEALED_PIPE_ATOMIC bytes go in whole or not at all. -EPIPE when nobody reads. */
int64_t pipe_write(struct sealed_pipe *pipe, const void *data, size_t size_bytes, bool nonblocking);

bool pipe_is_readable(const struct sealed_pipe *pipe);
/* Room for an atomic write. */
bool pipe_is_writable(const struct sealed_pipe *pipe);

#endif
