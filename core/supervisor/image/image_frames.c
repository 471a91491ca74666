/* Hides how a list of modules becomes the payload of SAVE. */
#include "image_frames.h"

#include <string.h>

#include "frame.h"

/* The few forms of MessagePack that SAVE needs, in their longest encoding. */
enum { PACK_MAP_OF_2 = 0x82, PACK_ARRAY = 0xdd, PACK_TEXT = 0xdb };

static void add_head(bytes *payload, unsigned char form, uint32_t count)
{
    const unsigned char head[] = {form, (unsigned char)(count >> 24), (unsigned char)(count >> 16), (unsigned char)(count >> 8), (unsigned char)count};

    bytes_add(payload, head, sizeof head);
}

static void add_text(bytes *payload, const char *text)
{
    add_head(payload, PACK_TEXT, (uint32_t)strlen(text));
    bytes_add(payload, text, strlen(text));
}

static void add_texts(bytes *payload, const char *key, const char *const *texts, size_t count)
{
    add_text(payload, key);
    add_head(payload, PACK_ARRAY, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        add_text(payload, texts[i]);
}

bool image_frames_add_save(bytes *frames, const char *const *modules, size_t module_count, const char *const *paths, size_t path_count)
{
    static const unsigned char map = PACK_MAP_OF_2;
    unsigned char header[CORDON_FRAME_HEADER_SIZE];
    bytes payload = {0};
    bool is_done;

    bytes_add(&payload, &map, 1);
    add_texts(&payload, "imports", modules, module_count);
    add_texts(&payload, "paths", paths, path_count);
    is_done = !payload.failed && payload.size <= CORDON_FRAME_LENGTH_MAX;
    if (is_done) {
        frame_header_encode(&(frame_header){.type = CORDON_FRAME_SAVE, .length = (uint32_t)payload.size}, header);
        bytes_add(frames, header, sizeof header);
        bytes_add(frames, payload.data, payload.size);
    }
    bytes_release(&payload);
    return is_done && !frames->failed;
}
