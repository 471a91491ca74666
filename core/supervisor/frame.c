/* Hides the byte order and the checks of a frame header from the rest of the supervisor. */
#include "frame.h"

#include <stdbool.h>

enum { OFFSET_MAGIC = 0, OFFSET_VERSION = 4, OFFSET_TYPE = 5, OFFSET_FLAGS = 6, OFFSET_ID = 8, OFFSET_LENGTH = 12 };

void frame_put_u32(unsigned char *bytes, uint32_t value)
{
    bytes[0] = (unsigned char)value;
    bytes[1] = (unsigned char)(value >> 8);
    bytes[2] = (unsigned char)(value >> 16);
    bytes[3] = (unsigned char)(value >> 24);
}

void frame_put_u64(unsigned char *bytes, uint64_t value)
{
    frame_put_u32(bytes, (uint32_t)value);
    frame_put_u32(bytes + 4, (uint32_t)(value >> 32));
}

uint32_t frame_get_u32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

void frame_header_encode(const frame_header *header, unsigned char bytes[CORDON_FRAME_HEADER_SIZE])
{
    frame_put_u32(bytes + OFFSET_MAGIC, CORDON_FRAME_MAGIC);
    bytes[OFFSET_VERSION] = CORDON_FRAME_VERSION;
    bytes[OFFSET_TYPE] = header->type;
    bytes[OFFSET_FLAGS] = (unsigned char)header->flags;
    bytes[OFFSET_FLAGS + 1] = (unsigned char)(header->flags >> 8);
    frame_put_u32(bytes + OFFSET_ID, header->id);
    frame_put_u32(bytes + OFFSET_LENGTH, header->length);
}

uint64_t frame_get_u64(const unsigned char *bytes)
{
    return (uint64_t)frame_get_u32(bytes) | (uint64_t)frame_get_u32(bytes + 4) << 32;
}

enum {
    BUSY = FRAME_STATE_EXECUTING | FRAME_STATE_RUNNING,
    AFTER_GREETING = FRAME_STATE_GREETED | FRAME_STATE_RESTING | FRAME_STATE_ASKED | BUSY /* last words come in any state */
};

/* What a worker may send, when, and how long it may be. A type without a row is refused. */
static const struct worker_frame {
    uint8_t states; /* frame_state; 0: a worker never sends the type */
    bool has_id;
    uint32_t length_min, length_max;
} worker_frames[] = {
    [CORDON_FRAME_HELLO] = {FRAME_STATE_NEW, false, 1, 1024},
    [CORDON_FRAME_OUTPUT] = {AFTER_GREETING, false, 2, 64 * 1024 + 1},
    [CORDON_FRAME_INPUT_WANTED] = {BUSY, false, 4, 4},
    [CORDON_FRAME_EXIT] = {AFTER_GREETING, false, 4, 4},
    [CORDON_FRAME_RESULT] = {FRAME_STATE_EXECUTING, true, 1, CORDON_FRAME_LENGTH_MAX},
    [CORDON_FRAME_CALL] = {BUSY, true, 1, CORDON_FRAME_LENGTH_MAX},
    [CORDON_FRAME_WAIT] = {BUSY, false, 8, 8},
    [CORDON_FRAME_BROKER] = {BUSY, true, 1, 128 * 1024},
    [CORDON_FRAME_FILES_ANSWER] = {FRAME_STATE_ASKED, true, 1, CORDON_FRAME_LENGTH_MAX},
    [CORDON_FRAME_LIMIT] = {AFTER_GREETING, false, 1, 4096},
    [CORDON_FRAME_FIGURES] = {BUSY, false, CORDON_FIGURES_SIZE, CORDON_FIGURES_SIZE},
    [CORDON_FRAME_TRACE] = {BUSY, false, 8, CORDON_TRACE_LENGTH_MAX},
    [CORDON_FRAME_VIOLATION] = {FRAME_STATE_NEW | AFTER_GREETING, false, CORDON_VIOLATION_SIZE, CORDON_VIOLATION_SIZE},
};

static const struct worker_frame *find_rule(uint8_t type)
{
    return type < sizeof worker_frames / sizeof *worker_frames && worker_frames[type].states != 0 ? &worker_frames[type] : NULL;
}

const char *frame_header_decode(const unsigned char bytes[CORDON_FRAME_HEADER_SIZE], frame_state state, frame_header *header_out)
{
    *header_out = (frame_header){
        .type = bytes[OFFSET_TYPE],
        .flags = (uint16_t)(bytes[OFFSET_FLAGS] | bytes[OFFSET_FLAGS + 1] << 8),
        .id = frame_get_u32(bytes + OFFSET_ID),
        .length = frame_get_u32(bytes + OFFSET_LENGTH),
    };
    const struct worker_frame *rule = find_rule(header_out->type);
    if (frame_get_u32(bytes + OFFSET_MAGIC) != CORDON_FRAME_MAGIC)
        return "it does not begin with the magic number";
    if (bytes[OFFSET_VERSION] != CORDON_FRAME_VERSION)
        return "its protocol version is another";
    if (rule == NULL)
        return "a worker never sends this type";
    if (!(rule->states & state))
        return "a worker does not send this type now";
    if (header_out->flags != 0)
        return "it has flags where none are defined";
    if ((header_out->id != 0) != rule->has_id)
        return rule->has_id ? "it has no id" : "it has an id where none is defined";
    if (header_out->length < rule->length_min || header_out->length > rule->length_max)
        return "its length is out of bounds for its type";
    return NULL;
}
