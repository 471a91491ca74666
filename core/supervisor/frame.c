/* Hides the byte order and the checks of a frame header from the rest of the supervisor. */
#include "frame.h"

enum { OFFSET_MAGIC = 0, OFFSET_VERSION = 4, OFFSET_TYPE = 5, OFFSET_FLAGS = 6, OFFSET_ID = 8, OFFSET_LENGTH = 12 };

void frame_put_u32(unsigned char *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
}

void frame_put_u64(unsigned char *bytes, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
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

/* What a worker may send, and how long it may be. A type without a row is refused. */
static const struct worker_frame {
    uint8_t type;
    uint32_t length_min, length_max;
} worker_frames[] = {
    {CORDON_FRAME_HELLO, 16, 256},
    {CORDON_FRAME_LIMIT, 1, 1024},
    {CORDON_FRAME_OUTPUT, 1, 1024 * 1024 + 1},
    {CORDON_FRAME_INPUT_WANTED, 4, 4},
    {CORDON_FRAME_EXIT, 4, 4},
    {CORDON_FRAME_VIOLATION, CORDON_VIOLATION_SIZE, CORDON_VIOLATION_SIZE},
};

const char *frame_header_decode(const unsigned char bytes[CORDON_FRAME_HEADER_SIZE], frame_header *header_out)
{
    *header_out = (frame_header){
        .type = bytes[OFFSET_TYPE],
        .flags = (uint16_t)(bytes[OFFSET_FLAGS] | bytes[OFFSET_FLAGS + 1] << 8),
        .id = frame_get_u32(bytes + OFFSET_ID),
        .length = frame_get_u32(bytes + OFFSET_LENGTH),
    };
    if (frame_get_u32(bytes + OFFSET_MAGIC) != CORDON_FRAME_MAGIC)
        return "it does not begin with the magic number";
    if (bytes[OFFSET_VERSION] != CORDON_FRAME_VERSION)
        return "its protocol version is another";
    if (header_out->flags != 0 || header_out->id != 0)
        return "flags or id are set where none are defined";
    for (size_t i = 0; i < sizeof worker_frames / sizeof *worker_frames; i++) {
        if (worker_frames[i].type != header_out->type)
            continue;
        if (header_out->length < worker_frames[i].length_min || header_out->length > worker_frames[i].length_max)
            return "its length is out of bounds for its type";
        return NULL;
    }
    return "a worker never sends this type";
}
