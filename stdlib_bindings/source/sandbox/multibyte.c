/* Hides from CPython that the only multibyte encoding is UTF-8: no locale is looked up, which would need a thread
 * pointer. */
#include "result.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

enum { BYTES_MAX = 4, INVALID = -1, INCOMPLETE = -2, CODE_POINT_MAX = 0x10ffff };

/* What an mbstate_t holds: the bytes of a character that is not complete. All zero is the start. */
struct partial {
    unsigned char count;
    unsigned char bytes[BYTES_MAX - 1];
};

_Static_assert(sizeof(struct partial) <= sizeof(mbstate_t), "a partial character lives inside libc's type");

/* First bytes of a sequence: how long it is, which second bytes keep it shortest, no surrogate and within Unicode, and
 * its value bits. */
struct lead_row {
    unsigned char first, last, length, second_min, second_max, value_mask;
};

static const struct lead_row lead_rows[] = {
    {0x00, 0x7f, 1, 0x00, 0x00, 0x7f}, {0xc2, 0xdf, 2, 0x80, 0xbf, 0x1f}, {0xe0, 0xe0, 3, 0xa0, 0xbf, 0x0f},
    {0xe1, 0xec, 3, 0x80, 0xbf, 0x0f}, {0xed, 0xed, 3, 0x80, 0x9f, 0x0f}, {0xee, 0xef, 3, 0x80, 0xbf, 0x0f},
    {0xf0, 0xf0, 4, 0x90, 0xbf, 0x07}, {0xf1, 0xf3, 4, 0x80, 0xbf, 0x07}, {0xf4, 0xf4, 4, 0x80, 0x8f, 0x07},
};

static const struct lead_row *lead_of(unsigned char byte)
{
    for (size_t i = 0; i < sizeof lead_rows / sizeof lead_rows[0]; i++)
        if (byte >= lead_rows[i].first && byte <= lead_rows[i].last)
            return &lead_rows[i];
    return NULL;
}

/* Length of the character at `bytes`, or INVALID, or INCOMPLETE when `size` bytes begin one that may still become
 * valid. */
static int decode(const unsigned char *bytes, size_t size, wchar_t *character_out)
{
    const struct lead_row *lead;
    unsigned value;

    if (size == 0)
        return INCOMPLETE;
    lead = lead_of(bytes[0]);
    if (!lead)
        return INVALID;
    value = bytes[0] & lead->value_mask;
    for (unsigned i = 1; i < lead->length; i++) {
        if (i >= size)
            return INCOMPLETE;
        if (i == 1 ? bytes[1] < lead->second_min || bytes[1] > lead->second_max : (bytes[i] & 0xc0) != 0x80)
            return INVALID;
        value = value << 6 | (bytes[i] & 0x3f);
    }
    *character_out = (wchar_t)value;
    return lead->length;
}

/* Number of bytes written (1 to 4), or INVALID. */
static int encode(wchar_t character, char *bytes)
{
    unsigned value = (unsigned)character;

    if (value < 0x80) {
        bytes[0] = (char)value;
        return 1;
    }
    if (value > CODE_POINT_MAX || (value >= 0xd800 && value <= 0xdfff))
        return INVALID;
    int length = value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
    static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (int i = length - 1; i > 0; i--, value >>= 6)
        bytes[i] = (char)(0x80 | (value & 0x3f));
    bytes[0] = (char)(marks[length] | value);
    return length;
}

static size_t invalid(void)
{
    errno = EILSEQ;
    return (size_t)INVALID;
}

size_t cordon_bind_mbrtowc(wchar_t *character_out, const char *text, size_t size, mbstate_t *state)
{
    static struct partial own_state;
    struct partial *partial = state ? (struct partial *)state : &own_state;
    unsigned char bytes[BYTES_MAX];
    size_t held = partial->count, taken;
    wchar_t character;
    int length;

    if (!text) {
        partial->count = 0;
        return held ? invalid() : 0;
    }
    memcpy(bytes, partial->bytes, held);
    taken = size < BYTES_MAX - held ? size : BYTES_MAX - held;
    memcpy(bytes + held, text, taken);
    length = decode(bytes, held + taken, &character);
    if (length == INVALID) {
        partial->count = 0;
        return invalid();
    }
    if (length == INCOMPLETE) {
        memcpy(partial->bytes + held, text, taken);
        partial->count = (unsigned char)(held + taken);
        return (size_t)INCOMPLETE;
    }
    partial->count = 0;
    if (character_out)
        *character_out = character;
    return character == 0 ? 0 : (size_t)length - held;
}

size_t cordon_bind_mbrlen(const char *text, size_t size, mbstate_t *state)
{
    static mbstate_t own_state;

    return cordon_bind_mbrtowc(NULL, text, size, state ? state : &own_state);
}

int cordon_bind_mbtowc(wchar_t *character_out, const char *text, size_t size)
{
    wchar_t character;
    int length;

    if (!text)
        return 0; /* UTF-8 has no shift states */
    length = decode((const unsigned char *)text, size, &character);
    if (length < 0)
        return (int)invalid();
    if (character_out)
        *character_out = character;
    return character == 0 ? 0 : length;
}

int cordon_bind_mblen(const char *text, size_t size)
{
    return cordon_bind_mbtowc(NULL, text, size);
}

size_t cordon_bind_wcrtomb(char *text, wchar_t character, mbstate_t *state)
{
    int length;

    (void)state; /* encoding has none */
    if (!text)
        return 1;
    length = encode(character, text);
    return length == INVALID ? invalid() : (size_t)length;
}

int cordon_bind_wctomb(char *text, wchar_t character)
{
    return text ? (int)cordon_bind_wcrtomb(text, character, NULL) : 0;
}

wint_t cordon_bind_btowc(int byte)
{
    return byte >= 0 && byte < 0x80 ? (wint_t)byte : WEOF;
}

int cordon_bind_wctob(wint_t character)
{
    return character < 0x80 ? (int)character : EOF;
}

/* As the standard says for both directions: without a target only counts; with one, *source becomes NULL at the end of
 * the text. */
size_t cordon_bind_mbsrtowcs(wchar_t *target, const char **source, size_t count, mbstate_t *state)
{
    const char *text = *source;
    size_t done = 0;

    while (!target || done < count) {
        wchar_t character;
        size_t length = cordon_bind_mbrtowc(&character, text, strnlen(text, BYTES_MAX - 1) + 1,
                                            state); /* never past the final NUL */
        if (length == (size_t)INVALID || length == (size_t)INCOMPLETE) {
            if (target)
                *source = text;
            return invalid();
        }
        if (target)
            target[done] = character;
        if (length == 0) {
            if (target)
                *source = NULL;
            return done;
        }
        text += length;
        done++;
    }
    *source = text;
    return done;
}

size_t cordon_bind_wcsrtombs(char *target, const wchar_t **source, size_t size, mbstate_t *state)
{
    const wchar_t *text = *source;
    size_t done = 0;

    (void)state;
    for (;; text++) {
        char bytes[BYTES_MAX];
        int length = encode(*text, bytes);
        if (length == INVALID) {
            if (target)
                *source = text;
            return invalid();
        }
        if (target && done + (size_t)length > size) {
            *source = text;
            return done;
        }
        if (target)
            memcpy(target + done, bytes, (size_t)length);
        if (*text == 0)
            break;
        done += (size_t)length;
    }
    if (target)
        *source = NULL;
    return done;
}

size_t cordon_bind_mbstowcs(wchar_t *target, const char *text, size_t count)
{
    mbstate_t state = {0};

    return cordon_bind_mbsrtowcs(target, &text, count, &state);
}

size_t cordon_bind_wcstombs(char *target, const wchar_t *text, size_t size)
{
    return cordon_bind_wcsrtombs(target, &text, size, NULL);
}

size_t cordon_bind___ctype_get_mb_cur_max(void)
{
    return BYTES_MAX;
}
