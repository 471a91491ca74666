/* Hides the byte patterns of UTF-8. */
#include "utf8.h"

/* Length by the first byte and the least character of that length; 0: no first byte. */
static size_t sequence_length(unsigned char first, uint32_t *least_out)
{
    static const struct {
        unsigned char mask, pattern;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t i = 0; i < 4; i++)
        if ((first & forms[i].mask) == forms[i].pattern) {
            *least_out = forms[i].least;
            return i + 1;
        }
    return 0;
}

static uint32_t decode(const unsigned char *bytes, size_t length)
{
    uint32_t character = length == 1 ? bytes[0] : bytes[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++)
        character = character << 6 | (bytes[i] & 0x3fu);
    return character;
}

uint32_t utf8_next(const char *text, size_t *length_out)
{
    uint32_t least;
    *length_out = sequence_length((unsigned char)*text, &least);
    return decode((const unsigned char *)text, *length_out);
}

utf8_kind utf8_check(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    utf8_kind kind = UTF8_PLAIN;
    for (size_t at = 0; at < size;) {
        uint32_t least;
        size_t length = sequence_length(bytes[at], &least);
        if (length == 0 || length > size - at)
            return UTF8_BROKEN;
        for (size_t i = 1; i < length; i++)
            if ((bytes[at + i] & 0xc0) != 0x80)
                return UTF8_BROKEN;
        uint32_t character = decode(bytes + at, length);
        if (character < least || character > 0x10ffff)
            return UTF8_BROKEN;
        if (character >= 0xd800 && character <= 0xdfff)
            kind = UTF8_SURROGATES;
        at += length;
    }
    return kind;
}
