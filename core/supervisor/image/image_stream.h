/* What a worker that saves itself writes, from its greeting to its last page; hides how it is cut into frames. Pure. */
#ifndef CORDON_SUPERVISOR_IMAGE_STREAM_H
#define CORDON_SUPERVISOR_IMAGE_STREAM_H

#include "bytes.h"
#include "image_pages.h"

typedef struct image_stream {
    image_pages *pages; /* borrowed */
    bytes output;       /* what the worker printed, for people: at most IMAGE_STREAM_OUTPUT_BYTES_MAX of it */
    unsigned char *frame; /* the one that is not whole yet */
    size_t frame_size;
    bool has_greeted;
    bool has_ended; /* the worker said EXIT: it failed, and `output` says why */
} image_stream;

enum { IMAGE_STREAM_OUTPUT_BYTES_MAX = 64 * 1024 };

/* Takes more of what the worker wrote. NULL, or the rule that it broke (static text); then nothing more may be taken. */
const char *image_stream_take(image_stream *stream, const unsigned char *data, size_t size);

void image_stream_release(image_stream *stream);

#endif
