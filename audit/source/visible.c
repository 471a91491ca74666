/* Hides from reports which characters deceive people or disturb terminals: names come from whom nobody trusts. */
#include "visible.h"

#include <stdio.h>
#include <string.h>

#include "utf8.h"

enum {
    ESCAPE_BYTES_MAX = 10 /* \U0010ffff */,
    GROWTH_MAX = 6 /* one byte that is no text: \udcff */,
    ELLIPSIS_COLUMNS = 1
};
static const char ellipsis[] = "\xe2\x80\xa6";

typedef struct range {
    uint32_t first, last;
} range;

/* Not to be seen, or seen where they do not stand. From Unicode's Default_Ignorable_Code_Point and Bidi_Control. */
static const range invisible[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},   {0x61c, 0x61c},   {0x115f, 0x1160},
    {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
    {0xd800, 0xdfff},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xfffe, 0xffff},
    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

/* Stand over the character before them. */
static const range combining[] = {
    {0x300, 0x36f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe20, 0xfe2f}};

/* Two columns wide: East_Asian_Width W and F, by blocks. */
static const range wide[] = {
    {0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0xa4cf},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

#define IS_IN(ranges, character) is_in((ranges), sizeof(ranges) / sizeof *(ranges), (character))
static bool is_in(const range *ranges, size_t count, uint32_t character)
{
    for (size_t i = 0; i < count; i++)
        if (character <= ranges[i].last)
            return character >= ranges[i].first;
    return false;
}

static size_t put_escape(char *to, uint32_t character, bool is_byte)
{
    const char *format = is_byte || character > 0xff ? "\\u%04x" : "\\x%02x";
    if (is_byte)
        character += 0xdc00;
    else if (character > 0xffff)
        format = "\\U%08x";
    return (size_t)snprintf(to, ESCAPE_BYTES_MAX + 1, format, (unsigned int)character);
}

/* Puts what the character at `text` is shown as; returns how many bytes it takes of the text. */
static size_t put_visible(char *to, size_t *used, const unsigned char *text, size_t size)
{
    bool is_surrogate;
    size_t length = utf8_length(text, size, &is_surrogate);
    uint32_t character = length == 0 ? text[0] : utf8_decode(text, length);
    if (length == 0 || IS_IN(invisible, character)) {
        *used += put_escape(to + *used, character, length == 0);
        return length == 0 ? 1 : length;
    }
    if (character == '\\')
        to[(*used)++] = '\\';
    memcpy(to + *used, text, length);
    *used += length;
    return length;
}

const char *visible_text(arena *memory, const char *text)
{
    size_t size = strlen(text), used = 0;
    if (size > SIZE_MAX / GROWTH_MAX - ESCAPE_BYTES_MAX)
        return NULL;
    char *shown = arena_take(memory, size * GROWTH_MAX + ESCAPE_BYTES_MAX + 1);
    if (shown == NULL)
        return NULL;
    for (size_t i = 0; i < size;)
        i += put_visible(shown, &used, (const unsigned char *)text + i, size - i);
    shown[used] = '\0';
    return shown;
}

/* ---- Columns ---- */

static unsigned int character_columns(const unsigned char *text, size_t size, size_t *length_out)
{
    bool is_surrogate;
    *length_out = utf8_length(text, size, &is_surrogate);
    if (*length_out == 0)
        *length_out = 1;
    uint32_t character = utf8_decode(text, *length_out);
    return IS_IN(combining, character) ? 0 : IS_IN(wide, character) ? 2 : 1;
}

unsigned int visible_width(const char *text)
{
    unsigned int width = 0;
    size_t length, size = strlen(text);
    for (size_t i = 0; i < size; i += length)
        width += character_columns((const unsigned char *)text + i, size - i, &length);
    return width;
}

/* How many bytes at the beginning take at most `width` columns. */
static size_t bytes_within(const char *text, unsigned int width)
{
    size_t length, size = strlen(text), i = 0;
    for (unsigned int used = 0; i < size; i += length) {
        used += character_columns((const unsigned char *)text + i, size - i, &length);
        if (used > width)
            break;
    }
    return i;
}

const char *visible_cut(arena *memory, const char *text, unsigned int width)
{
    unsigned int whole = visible_width(text);
    if (whole <= width)
        return text;
    if (width <= ELLIPSIS_COLUMNS)
        return width == 0 ? "" : ellipsis;
    /* A path's end says more than its beginning. */
    unsigned int room = width - ELLIPSIS_COLUMNS, before = room / 3;
    size_t head = bytes_within(text, before);
    unsigned int skip = whole - (room - before);
    size_t tail = bytes_within(text, skip);
    while (visible_width(text + tail) > room - before) { /* a wide character stood across */
        size_t length;
        (void)character_columns((const unsigned char *)text + tail, strlen(text + tail), &length);
        tail += length;
    }
    size_t tail_size = strlen(text + tail);
    char *cut = arena_take(memory, head + sizeof ellipsis + tail_size);
    if (cut == NULL)
        return NULL;
    memcpy(cut, text, head);
    memcpy(cut + head, ellipsis, sizeof ellipsis - 1);
    memcpy(cut + head + sizeof ellipsis - 1, text + tail, tail_size + 1);
    return cut;
}
