/* Hides the buffer for half frames, and the few types that may come while an image is saved. */
#include "image_stream.h"

#include <stdlib.h>
#include <string.h>

#include "frame.h"

enum { FRAME_BYTES_MAX = CORDON_FRAME_HEADER_SIZE + 8 + IMAGE_SAVED_RUN_BYTES_MAX };
enum { OFFSET_VERSION = 4, OFFSET_TYPE = 5, OFFSET_FLAGS = 6, OFFSET_ID = 8, OFFSET_LENGTH = 12 };

static const char *take_hello(image_stream *stream, const unsigned char *payload, size_t size)
{
    (void)payload;
    (void)size;
    if (stream->has_greeted)
        return "it greeted twice";
    stream->has_greeted = true;
    return NULL;
}

static const char *take_output(image_stream *stream, const unsigned char *payload, size_t size)
{
    size_t room = IMAGE_STREAM_OUTPUT_BYTES_MAX - stream->output.size;

    bytes_add(&stream->output, payload + 1, size - 1 < room ? size - 1 : room);
    return stream->output.failed ? "there is no memory for its output" : NULL;
}

static const char *take_saved(image_stream *stream, const unsigned char *payload, size_t size)
{
    return image_pages_take(stream->pages, payload, size);
}

static const char *take_exit(image_stream *stream, const unsigned char *payload, size_t size)
{
    (void)payload;
    (void)size;
    stream->has_ended = true;
    return NULL;
}

static const struct saving_frame {
    uint8_t type;
    uint32_t length_min, length_max;
    const char *(*take)(image_stream *stream, const unsigned char *payload, size_t size);
} saving_frames[] = {
    {CORDON_FRAME_HELLO, 1, 1024, take_hello},
    {CORDON_FRAME_OUTPUT, 1, 64 * 1024 + 1, take_output},
    {CORDON_FRAME_SAVED, 0, 8 + IMAGE_SAVED_RUN_BYTES_MAX, take_saved},
    {CORDON_FRAME_EXIT, 4, 4, take_exit},
};

/* The row of a whole header, or NULL and why there is none. */
static const struct saving_frame *check_header(const image_stream *stream, const char **complaint_out)
{
    const unsigned char *header = stream->frame;
    uint32_t length = frame_get_u32(header + OFFSET_LENGTH);

    *complaint_out = "it sent what is no frame of this protocol version";
    if (frame_get_u32(header) != CORDON_FRAME_MAGIC || header[OFFSET_VERSION] != CORDON_FRAME_VERSION || header[OFFSET_FLAGS] != 0 ||
        header[OFFSET_FLAGS + 1] != 0 || frame_get_u32(header + OFFSET_ID) != 0)
        return NULL;
    *complaint_out = "it sent a frame that does not belong to the saving of an image";
    for (size_t i = 0; i < sizeof saving_frames / sizeof *saving_frames; i++) {
        if (saving_frames[i].type != header[OFFSET_TYPE])
            continue;
        if (stream->has_greeted == (header[OFFSET_TYPE] == CORDON_FRAME_HELLO))
            return NULL;
        *complaint_out = "it sent a frame whose length is out of bounds";
        return length >= saving_frames[i].length_min && length <= saving_frames[i].length_max ? &saving_frames[i] : NULL;
    }
    return NULL;
}

/* Moves up to `wanted` bytes into the frame that is being collected; true when it has `wanted`. */
static bool collect(image_stream *stream, size_t wanted, const unsigned char **data, size_t *size)
{
    size_t count = wanted > stream->frame_size ? wanted - stream->frame_size : 0;

    if (count > *size)
        count = *size;
    if (count > 0)
        memcpy(stream->frame + stream->frame_size, *data, count);
    stream->frame_size += count;
    *data += count;
    *size -= count;
    return stream->frame_size >= wanted;
}

const char *image_stream_take(image_stream *stream, const unsigned char *data, size_t size)
{
    if (stream->frame == NULL && (stream->frame = malloc(FRAME_BYTES_MAX)) == NULL)
        return "there is no memory for its frames";
    while (collect(stream, CORDON_FRAME_HEADER_SIZE, &data, &size)) {
        const char *complaint;
        const struct saving_frame *row;
        size_t length;

        if (stream->has_ended)
            return "it sent something after its last frame";
        row = check_header(stream, &complaint);
        if (row == NULL)
            return complaint;
        length = frame_get_u32(stream->frame + OFFSET_LENGTH);
        if (!collect(stream, CORDON_FRAME_HEADER_SIZE + length, &data, &size))
            return NULL;
        complaint = row->take(stream, stream->frame + CORDON_FRAME_HEADER_SIZE, length);
        stream->frame_size = 0;
        if (complaint != NULL)
            return complaint;
    }
    return NULL;
}

void image_stream_release(image_stream *stream)
{
    bytes_release(&stream->output);
    free(stream->frame);
    stream->frame = NULL;
}
