/* Hides how a block of bytes grows. */
#include "bytes.h"

#include <stdlib.h>

#include "frame.h"

/* What most answers need. From 1,024 on malloc first puts its freed blocks together, which costs more than growing once. */
enum { INITIAL_BYTES = 256 };

bool bytes_reserve(bytes *bytes, size_t more)
{
    if (bytes->failed || more > SIZE_MAX / 2 - bytes->size)
        return false;
    if (bytes->size + more <= bytes->capacity)
        return true;
    size_t capacity = bytes->capacity ? bytes->capacity : INITIAL_BYTES;
    while (capacity < bytes->size + more)
        capacity *= 2;
    unsigned char *data = realloc(bytes->is_lent ? NULL : bytes->data, capacity);
    if (data == NULL)
        return false;
    if (bytes->is_lent && bytes->size > 0)
        memcpy(data, bytes->data, bytes->size);
    bytes->is_lent = false;
    bytes->data = data;
    bytes->capacity = capacity;
    return true;
}

void bytes_add_growing(bytes *bytes, const void *data, size_t size)
{
    if (!bytes_reserve(bytes, size)) {
        bytes->failed = true;
        return;
    }
    if (size > 0)
        memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

void bytes_add_string(bytes *bytes, const char *text)
{
    bytes_add(bytes, text, strlen(text) + 1);
}

void bytes_add_u32(bytes *bytes, uint32_t value)
{
    unsigned char encoded[4];
    frame_put_u32(encoded, value);
    bytes_add(bytes, encoded, sizeof encoded);
}

void bytes_add_u64(bytes *bytes, uint64_t value)
{
    unsigned char encoded[8];
    frame_put_u64(encoded, value);
    bytes_add(bytes, encoded, sizeof encoded);
}

void bytes_release(bytes *bytes)
{
    if (!bytes->is_lent)
        free(bytes->data);
    *bytes = (struct bytes){0};
}
