/* A growing block of bytes that remembers a failed allocation, so that a chain of additions is checked once at its end. */
#ifndef CORDON_SUPERVISOR_BYTES_H
#define CORDON_SUPERVISOR_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct bytes {
    unsigned char *data;
    size_t size, capacity;
    bool failed;  /* memory ran out: data holds only what came before */
    bool is_lent; /* data is the room of somebody who outlives this; more than fits there goes to a block of its own */
} bytes;

/* Empty, with that room to begin with. */
static inline bytes bytes_in(unsigned char *room, size_t capacity)
{
    return (bytes){.data = room, .capacity = capacity, .is_lent = true};
}

void bytes_add_growing(bytes *bytes, const void *data, size_t size);
/* Here, since most additions are of a few bytes whose number the compiler knows, into room that is there. */
static inline void bytes_add(bytes *bytes, const void *data, size_t size)
{
    if (bytes->failed || size == 0 || size > bytes->capacity - bytes->size) {
        bytes_add_growing(bytes, data, size);
        return;
    }
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}
void bytes_add_string(bytes *bytes, const char *text); /* with its NUL */
void bytes_add_u32(bytes *bytes, uint32_t value);
void bytes_add_u64(bytes *bytes, uint64_t value);
/* Room for `more` bytes behind the last; false without memory, and then nothing has changed. */
bool bytes_reserve(bytes *bytes, size_t more);
void bytes_release(bytes *bytes); /* empty, without a room */

#endif
