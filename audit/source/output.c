/* Hides from the writer how JSON texts and numbers become bytes, fast: this is what a collector does most. */
#include "output.h"

#include <string.h>

#include "utf8.h"

enum { ESCAPE_BYTES_MAX = 6 };

void output_digest(output *out)
{
    if (!out->is_unsealed && !seal_chain_add(&out->chain, out->buffer + out->digested, out->used - out->digested))
        out->has_failed = true;
    out->digested = out->used;
}

void output_flush(output *out)
{
    output_digest(out);
    if (!out->has_failed && out->used > 0 && !out->write(out->context, out->buffer, out->used))
        out->has_failed = true;
    out->used = out->digested = 0;
}

static char *reserve(output *out, size_t size)
{
    if (OUTPUT_BYTES - out->used < size)
        output_flush(out);
    return out->buffer + out->used;
}

void output_bytes(output *out, const char *bytes, size_t size)
{
    memcpy(reserve(out, size), bytes, size);
    out->used += size;
}

void output_number(output *out, uint64_t number)
{
    char digits[20];
    size_t first = sizeof digits;
    do
        digits[--first] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    output_bytes(out, digits + first, sizeof digits - first);
}

void output_signed(output *out, int64_t number)
{
    if (number < 0)
        output_literal(out, "-");
    output_number(out, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

static void escape(output *out, unsigned int unit)
{
    static const char digits[] = "0123456789abcdef";
    char text[ESCAPE_BYTES_MAX] = {
        '\\', 'u', digits[unit >> 12], digits[unit >> 8 & 15], digits[unit >> 4 & 15], digits[unit & 15]};
    output_bytes(out, text, sizeof text);
}

/* What does not stand for itself: returns how many bytes of the text it took. */
static size_t output_special(output *out, const unsigned char *text, size_t size)
{
    if (text[0] == '"' || text[0] == '\\') {
        char pair[] = {'\\', (char)text[0]};
        output_bytes(out, pair, sizeof pair);
        return 1;
    }
    bool is_surrogate;
    size_t length = utf8_length(text, size, &is_surrogate);
    if (length == 0)
        escape(out, 0xdc00u + text[0]);
    else if (length == 1)
        escape(out, text[0]);
    else if (is_surrogate)
        escape(out, 0xd000u | (text[1] & 0x3fu) << 6 | (text[2] & 0x3fu));
    else
        output_bytes(out, (const char *)text, length);
    return length == 0 ? 1 : length;
}

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

void output_text(output *out, const char *text)
{
    if (text == NULL) {
        output_literal(out, "null");
        return;
    }
    const unsigned char *next = (const unsigned char *)text, *end = next + strlen(text);
    output_literal(out, "\"");
    while (next < end) {
        size_t run = 0, room = OUTPUT_BYTES / 2;
        while (next + run < end && run < room && is_plain(next[run]))
            run++;
        output_bytes(out, (const char *)next, run);
        next += run;
        if (next < end && !is_plain(*next))
            next += output_special(out, next, (size_t)(end - next));
    }
    output_literal(out, "\"");
}
