/* Hides how bytes are copied, filled, compared and found on x86-64 without asking which processor it is: 16 at a time, which each of them can. In place of
 * musl's, which are written for size: its memcmp goes byte by byte, and its memcpy starts a string instruction for a handful of bytes, and an interpreter does
 * little else. Compiled with -fno-builtin, so that no loop here becomes a call of the function that it is in. */
#include <stddef.h>
#include <stdint.h>

typedef char vector __attribute__((vector_size(16), aligned(1), may_alias)); /* anywhere in memory */
typedef char aligned_vector __attribute__((vector_size(16), may_alias));
typedef uint64_t word8 __attribute__((aligned(1), may_alias));
typedef uint32_t word4 __attribute__((aligned(1), may_alias));
typedef uint16_t word2 __attribute__((aligned(1), may_alias));

enum { VECTOR = sizeof(vector), BLOCK = 4 * VECTOR, STRING_INSTRUCTION_BYTES = 2048 /* from here on one starts up for less than it saves */ };

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
void *memchr(const void *start, int byte, size_t size);
void *memrchr(const void *start, int byte, size_t size);

#define AT(type, pointer) (*(type *)(pointer))
#define AT_CONST(type, pointer) (*(const type *)(pointer))

/* ---- Copying ---- */

/* Two pieces that may overlap each other: both are read before one is written. */
#define COPY_ENDS(type)                                                                                                \
    do {                                                                                                               \
        type first = AT_CONST(type, from), last = AT_CONST(type, from + size - sizeof(type));                          \
        AT(type, to) = first;                                                                                          \
        AT(type, to + size - sizeof(type)) = last;                                                                     \
    } while (0)

static void copy_few(char *to, const char *from, size_t size)
{
    if (size >= 8)
        COPY_ENDS(word8);
    else if (size >= 4)
        COPY_ENDS(word4);
    else if (size >= 2)
        COPY_ENDS(word2);
    else if (size == 1)
        *to = *from;
}

/* 33 to 128 bytes: up to four vectors from each end, all read before one is written. */
static void copy_some(char *to, const char *from, size_t size)
{
    const char *from_end = from + size;
    char *to_end = to + size;
    vector a = AT_CONST(vector, from), b = AT_CONST(vector, from + VECTOR);
    vector y = AT_CONST(vector, from_end - 2 * VECTOR), z = AT_CONST(vector, from_end - VECTOR);

    if (size > BLOCK) {
        vector c = AT_CONST(vector, from + 2 * VECTOR), d = AT_CONST(vector, from + 3 * VECTOR);
        vector w = AT_CONST(vector, from_end - 4 * VECTOR), x = AT_CONST(vector, from_end - 3 * VECTOR);
        AT(vector, to + 2 * VECTOR) = c;
        AT(vector, to + 3 * VECTOR) = d;
        AT(vector, to_end - 4 * VECTOR) = w;
        AT(vector, to_end - 3 * VECTOR) = x;
    }
    AT(vector, to) = a;
    AT(vector, to + VECTOR) = b;
    AT(vector, to_end - 2 * VECTOR) = y;
    AT(vector, to_end - VECTOR) = z;
}

static void copy_block(char *to, const char *from)
{
    vector a = AT_CONST(vector, from), b = AT_CONST(vector, from + VECTOR);
    vector c = AT_CONST(vector, from + 2 * VECTOR), d = AT_CONST(vector, from + 3 * VECTOR);

    AT(vector, to) = a;
    AT(vector, to + VECTOR) = b;
    AT(vector, to + 2 * VECTOR) = c;
    AT(vector, to + 3 * VECTOR) = d;
}

/* More than 128 bytes, to a place that is not within what is still to be read when going up. The last block is read first, since it may be written to. */
static void copy_up(char *to, const char *from, size_t size)
{
    char last[BLOCK];
    size_t done = 0;

    copy_block(last, from + size - BLOCK);
    for (; done < size - BLOCK; done += BLOCK)
        copy_block(to + done, from + done);
    copy_block(to + size - BLOCK, last);
}

static void copy_down(char *to, const char *from, size_t size)
{
    char first[BLOCK];
    size_t left = size;

    copy_block(first, from);
    for (; left > BLOCK; left -= BLOCK)
        copy_block(to + left - BLOCK, from + left - BLOCK);
    copy_block(to, first);
}

static void copy_by_instruction(void *to, const void *from, size_t size)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

static inline void copy(char *to, const char *from, size_t size)
{
    uintptr_t ahead = (uintptr_t)to - (uintptr_t)from; /* very large if `to` is behind */

    if (size <= VECTOR)
        copy_few(to, from, size);
    else if (size <= 2 * VECTOR)
        COPY_ENDS(vector);
    else if (size <= 2 * BLOCK)
        copy_some(to, from, size);
    else if (size >= STRING_INSTRUCTION_BYTES && ahead >= size && -ahead >= size)
        copy_by_instruction(to, from, size);
    else if (ahead >= size)
        copy_up(to, from, size);
    else
        copy_down(to, from, size);
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    copy(to, from, size);
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    copy(to, from, size);
    return to;
}

/* ---- Filling ---- */

static void fill_few(char *to, uint64_t bytes, size_t size)
{
    if (size >= 8) {
        AT(word8, to) = bytes;
        AT(word8, to + size - 8) = bytes;
    } else if (size >= 4) {
        AT(word4, to) = (uint32_t)bytes;
        AT(word4, to + size - 4) = (uint32_t)bytes;
    } else if (size >= 2) {
        AT(word2, to) = (uint16_t)bytes;
        AT(word2, to + size - 2) = (uint16_t)bytes;
    } else if (size == 1) {
        *to = (char)bytes;
    }
}

static vector of(int byte)
{
    char b = (char)byte;

    return (vector){b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b};
}

void *memset(void *to, int byte, size_t size)
{
    char *next = to, *end = next + size;
    vector bytes;

    if (size < VECTOR) {
        fill_few(to, (unsigned char)byte * UINT64_C(0x0101010101010101), size);
        return to;
    }
    if (size >= STRING_INSTRUCTION_BYTES) {
        __asm__ volatile("rep stosb" : "+D"(next), "+c"(size) : "a"(byte) : "memory");
        return to;
    }
    bytes = of(byte);
    for (; next < end - VECTOR; next += VECTOR)
        AT(vector, next) = bytes;
    AT(vector, end - VECTOR) = bytes;
    return to;
}

/* ---- Comparing ---- */

/* Bit n: byte n is alike in both. */
static unsigned alike(vector left, vector right)
{
    return (unsigned)__builtin_ia32_pmovmskb128((vector)(left == right));
}

static int difference(const unsigned char *left, const unsigned char *right, unsigned is_alike)
{
    unsigned first = (unsigned)__builtin_ctz(~is_alike);

    return left[first] - right[first];
}

static int compare_words(uint64_t left, uint64_t right)
{
    left = __builtin_bswap64(left); /* the first byte is the most significant one */
    right = __builtin_bswap64(right);
    return left == right ? 0 : left < right ? -1 : 1;
}

static int compare_few(const char *left, const char *right, size_t size)
{
    if (size >= 8) {
        int result = compare_words(AT_CONST(word8, left), AT_CONST(word8, right));
        return result != 0 ? result : compare_words(AT_CONST(word8, left + size - 8), AT_CONST(word8, right + size - 8));
    }
    if (size >= 4) {
        int result = compare_words(AT_CONST(word4, left), AT_CONST(word4, right));
        return result != 0 ? result : compare_words(AT_CONST(word4, left + size - 4), AT_CONST(word4, right + size - 4));
    }
    for (size_t i = 0; i < size; i++)
        if (left[i] != right[i])
            return (unsigned char)left[i] - (unsigned char)right[i];
    return 0;
}

int memcmp(const void *left_start, const void *right_start, size_t size)
{
    const char *left = left_start, *right = right_start;
    size_t place = 0;

    if (size < VECTOR)
        return compare_few(left, right, size);
    for (;;) {
        unsigned is_alike = alike(AT_CONST(vector, left + place), AT_CONST(vector, right + place));
        if (is_alike != 0xffff)
            return difference((const unsigned char *)left + place, (const unsigned char *)right + place, is_alike);
        if (place == size - VECTOR)
            return 0;
        place = place + VECTOR < size - VECTOR ? place + VECTOR : size - VECTOR;
    }
}

/* ---- Finding ---- */

/* Bit n: byte n of the block is the one looked for. Blocks are aligned, so none lies on two pages, and what is read beside what was asked for is mapped. */
static unsigned found_in(const char *block, vector bytes)
{
    return (unsigned)__builtin_ia32_pmovmskb128((vector)(AT_CONST(aligned_vector, block) == (aligned_vector)bytes));
}

void *memchr(const void *start, int byte, size_t size)
{
    const char *first = start, *end = size > UINTPTR_MAX - (uintptr_t)first ? (const char *)UINTPTR_MAX : first + size;
    const char *block = (const char *)((uintptr_t)first & ~(uintptr_t)(VECTOR - 1));
    vector bytes = of(byte);
    unsigned found;

    if (size == 0)
        return NULL;
    found = found_in(block, bytes) & 0xffffu << (first - block);
    while (found == 0) {
        block += VECTOR;
        if (block >= end)
            return NULL;
        found = found_in(block, bytes);
    }
    block += __builtin_ctz(found);
    return block < end ? (void *)(uintptr_t)block : NULL;
}

void *memrchr(const void *start, int byte, size_t size)
{
    const char *first = start, *last = first + size - 1;
    const char *block = (const char *)((uintptr_t)last & ~(uintptr_t)(VECTOR - 1));
    vector bytes = of(byte);
    unsigned found;

    if (size == 0)
        return NULL;
    found = found_in(block, bytes) & 0xffffu >> (VECTOR - 1 - (last - block));
    while (found == 0) {
        if (block <= first)
            return NULL;
        block -= VECTOR;
        found = found_in(block, bytes);
    }
    block += 31 - __builtin_clz(found);
    return block >= first ? (void *)(uintptr_t)block : NULL;
}
