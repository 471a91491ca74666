/* Frames as the worker sends and receives them; hides byte order, bounds and partial transfers. A frame that breaks a
 * rule ends the sandbox. */
#ifndef WORKER_FRAME_H
#define WORKER_FRAME_H

#include "cordon/protocol.h"

#include <stddef.h>
#include <stdint.h>

enum { WORKER_STREAM_CHUNK_MAX = 64 * 1024 }; /* most bytes of a stream in one frame */

struct worker_frame {
    uint8_t type; /* a type that the host may send */
    uint16_t flags;
    uint32_t length;
};

/* A run of bytes that is taken apart from the front. */
struct worker_bytes {
    const unsigned char *next;
    size_t left;
};

/* Reads a header. `byte_count_read` of its bytes are in `first_bytes` already. */
void worker_frame_receive_header(struct worker_frame *frame_out, const unsigned char *first_bytes,
                                 size_t byte_count_read);
/* Reads exactly `size_bytes`, the payload or a part of it. */
void worker_frame_receive(void *buffer, size_t size_bytes);

/* Sends one frame in one transfer where the host takes it. `payload` is `head` (at most 8 bytes) then `data` (at most
 * WORKER_STREAM_CHUNK_MAX). */
void worker_frame_send(cordon_frame_type type, const void *head, size_t head_size, const void *data, size_t data_size);

uint32_t worker_u32(const unsigned char *bytes);
void worker_u32_put(unsigned char *bytes, uint32_t value);

/* Each takes its value from the front, or ends the sandbox because the payload is too short. */
uint32_t worker_take_u32(struct worker_bytes *bytes);
uint64_t worker_take_u64(struct worker_bytes *bytes);
const unsigned char *worker_take(struct worker_bytes *bytes, size_t size_bytes);
const char *worker_take_string(struct worker_bytes *bytes);

_Noreturn void worker_protocol_broken(const char *what);

#endif
