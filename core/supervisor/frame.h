/* Frames as bytes: encoding what the host sends, checking what a worker sends. Pure: no I/O, no allocation. */
#ifndef CORDON_SUPERVISOR_FRAME_H
#define CORDON_SUPERVISOR_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "cordon/protocol.h"

/* What a worker is doing, as far as the host told it; one bit each. docs/protocol.md has the table of who may send what in each. */
typedef enum frame_state {
    FRAME_STATE_NEW = 1,       /* has got its first byte */
    FRAME_STATE_GREETED = 2,
    FRAME_STATE_RESTING = 4,   /* configured, nothing asked */
    FRAME_STATE_ASKED = 8,     /* FILES was sent */
    FRAME_STATE_EXECUTING = 16,
    FRAME_STATE_RUNNING = 32   /* a program */
} frame_state;

typedef struct frame_header {
    uint8_t type; /* cordon_frame_type */
    uint16_t flags;
    uint32_t id;
    uint32_t length; /* bytes of payload that follow */
} frame_header;

void frame_header_encode(const frame_header *header, unsigned char bytes[CORDON_FRAME_HEADER_SIZE]);

/* Reads a header that a worker sent in that state. Returns NULL, or why it is not acceptable (static text): a worker's header is an attacker's. Which id is due, the
 * caller checks; here only that there is none where none is defined. */
const char *frame_header_decode(const unsigned char bytes[CORDON_FRAME_HEADER_SIZE], frame_state state, frame_header *header_out);

void frame_put_u32(unsigned char *bytes, uint32_t value);
void frame_put_u64(unsigned char *bytes, uint64_t value);
uint32_t frame_get_u32(const unsigned char *bytes);
uint64_t frame_get_u64(const unsigned char *bytes);

#endif
