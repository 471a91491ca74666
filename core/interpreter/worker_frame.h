/* Frames as the worker sends and receives them; hides byte order, bounds, order and partial transfers. A frame that
 * breaks a rule ends the sandbox. Threads switch only in waits, and nothing here waits for another thread, so frames of
 * several threads do not mix. */
#ifndef WORKER_FRAME_H
#define WORKER_FRAME_H

#include "cordon/protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WORKER_STREAM_CHUNK_MAX = 64 * 1024 }; /* most bytes of a stream in one frame */

/* What the worker is doing, which decides what the host may send. */
enum worker_state {
    WORKER_GREETED = 1 << 0,      /* has said HELLO, and knows nothing yet */
    WORKER_RESTING = 1 << 1,      /* configured; waits for work */
    WORKER_WAITING = 1 << 2,      /* has said WAIT */
    WORKER_WANTS_INPUT = 1 << 3,  /* has said INPUT_WANTED */
    WORKER_ASKS_BROKER = 1 << 4,  /* has said BROKER */
    WORKER_BEING_FILLED = 1 << 5, /* becomes an image: files, then SAVE */
};

struct worker_frame {
    uint8_t type; /* one that the host may send now */
    uint16_t flags;
    uint32_t id;
    uint32_t length; /* of the payload, which must be received whole before the next frame */
};

/* Bytes that were read from the gate before frames were known to come. */
void worker_frame_begin(unsigned char first_byte);

/* Who takes RENEW, which may come wherever a worker rests or waits. */
typedef void (*worker_renew_function)(const struct worker_frame *frame);
void worker_frame_set_renew(worker_renew_function renew);

/* Waits for the host's next frame and reads its header. RENEW is dealt with, and the one behind it is the next. */
void worker_frame_next(enum worker_state state, struct worker_frame *frame_out);
/* Reads exactly `size_bytes` of the payload. */
void worker_frame_receive(void *buffer, size_t size_bytes);
/* Reads a whole payload, with a NUL behind it that is not counted: the caller's (sealed_release). Without memory it is
 * read all the same, and the answer is NULL. */
unsigned char *worker_frame_payload(const struct worker_frame *frame);
/* The payload where it lies, if all of it has come already; else NULL. It is there until it is taken, and is not received otherwise then. */
const unsigned char *worker_frame_payload_ahead(const struct worker_frame *frame);
void worker_frame_take_ahead(const struct worker_frame *frame);

/* Sends one frame in one transfer where the host takes it. `payload` is `head` (at most 8 bytes) then `data` (at most
 * WORKER_STREAM_CHUNK_MAX). */
void worker_frame_send(cordon_frame_type type, uint32_t id, const void *head, size_t head_size, const void *data,
                       size_t data_size);
/* The same for a payload of any size that has CORDON_FRAME_HEADER_SIZE free bytes in front of it, which are written.
 * `payload_size` is at most CORDON_FRAME_LENGTH_MAX. */
void worker_frame_send_in_place(cordon_frame_type type, uint32_t id, unsigned char *header, size_t payload_size);
/* The same, but it may leave together with the next frame. The caller is about to wait. */
void worker_frame_hold_in_place(cordon_frame_type type, uint32_t id, unsigned char *header, size_t payload_size);

/* Zeroes what was received and asked for. */
void worker_frame_forget_received(void);
/* From now on `send` (NULL: nothing) is called before each frame, and may send others that shall come first; then it is called for these too. */
void worker_frame_set_before(void (*send)(void));

/* Zeroes what was received and sent, and forgets what was held. */
void worker_frame_forget(void);

uint32_t worker_u32(const unsigned char *bytes);
uint64_t worker_u64(const unsigned char *bytes);
void worker_u32_put(unsigned char *bytes, uint32_t value);
void worker_u64_put(unsigned char *bytes, uint64_t value);

_Noreturn void worker_protocol_broken(const char *what);

#endif
