/* Hides from the reader how JSON's texts, numbers and lists are told from what only looks like them. */
#include "scan.h"

#include <string.h>

#include "utf8.h"

void scan_fail(scan *in, const char *expected)
{
    if (in->expected == NULL)
        in->expected = expected;
}

bool scan_try(scan *in, const char *literal)
{
    size_t size = strlen(literal);
    if (in->expected != NULL || (size_t)(in->end - in->next) < size || memcmp(in->next, literal, size) != 0)
        return false;
    in->next += size;
    return true;
}

bool scan_literal(scan *in, const char *literal)
{
    if (scan_try(in, literal))
        return true;
    scan_fail(in, literal);
    return false;
}

uint64_t scan_number(scan *in)
{
    uint64_t number = 0;
    char *first = in->next;
    if (in->expected != NULL)
        return 0;
    while (in->next < in->end && *in->next >= '0' && *in->next <= '9') {
        uint64_t digit = (uint64_t)(*in->next - '0');
        if (number > (UINT64_MAX - digit) / 10)
            break;
        number = number * 10 + digit;
        in->next++;
    }
    bool is_padded = in->next - first > 1 && *first == '0';
    bool goes_on = in->next < in->end && *in->next >= '0' && *in->next <= '9';
    if (in->next == first || is_padded || goes_on)
        scan_fail(in, "a whole number below 2**64");
    return in->expected == NULL ? number : 0;
}

int64_t scan_signed(scan *in)
{
    bool is_negative = scan_try(in, "-");
    uint64_t number = scan_number(in);
    if (number > (uint64_t)INT64_MAX + (is_negative ? 1 : 0) || (is_negative && number == 0))
        scan_fail(in, "a number of 64 bits");
    if (in->expected != NULL)
        return 0;
    return is_negative ? (int64_t)-number : (int64_t)number;
}

/* ---- Texts
 * ------------------------------------------------------------------------------------------------------------------------
 */

static bool scan_unit(scan *in, unsigned int *unit_out)
{
    *unit_out = 0;
    if (in->end - in->next < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char digit = *in->next++;
        if (digit >= '0' && digit <= '9')
            *unit_out = *unit_out << 4 | (unsigned int)(digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            *unit_out = *unit_out << 4 | (unsigned int)(digit - 'a' + 10);
        else
            return false;
    }
    return true;
}

/* What a writer escapes: control characters, and surrogates that stand for bytes that are no UTF-8. */
static char *put_unit(char *out, unsigned int unit)
{
    if (unit < 0x80) {
        *out++ = (char)unit;
        return out;
    }
    *out++ = (char)(0xe0 | unit >> 12);
    *out++ = (char)(0x80 | (unit >> 6 & 0x3f));
    *out++ = (char)(0x80 | (unit & 0x3f));
    return out;
}

/* After a backslash. Only what a writer of records puts there: anything else would give two spellings to one text. */
static char *scan_escape(scan *in, char *out)
{
    unsigned int unit;
    if (in->next < in->end && (*in->next == '"' || *in->next == '\\')) {
        *out++ = *in->next++;
        return out;
    }
    if (!scan_try(in, "u") || !scan_unit(in, &unit))
        return NULL;
    bool is_control = unit > 0 && (unit < 0x20 || unit == 0x7f), is_surrogate = unit >= 0xd800 && unit < 0xe000;
    return is_control || is_surrogate ? put_unit(out, unit) : NULL;
}

/* How many bytes of valid UTF-8, no surrogate, one character has; 0: it is none. */
static size_t character_length(const unsigned char *text, size_t size)
{
    bool is_surrogate;
    size_t length = utf8_length(text, size, &is_surrogate);
    return is_surrogate ? 0 : length;
}

static char *scan_character(scan *in, char *out)
{
    unsigned char byte = (unsigned char)*in->next;
    if (byte == '\\') {
        in->next++;
        return scan_escape(in, out);
    }
    if (byte < 0x20 || byte == 0x7f)
        return NULL;
    size_t length = byte < 0x80 ? 1 : character_length((const unsigned char *)in->next, (size_t)(in->end - in->next));
    if (length == 0)
        return NULL;
    memmove(out, in->next, length);
    in->next += length;
    return out + length;
}

const char *scan_text(scan *in)
{
    if (!scan_literal(in, "\""))
        return NULL;
    char *text = in->next, *out = in->next;
    while (in->next < in->end && *in->next != '"') {
        out = scan_character(in, out);
        if (out == NULL) {
            scan_fail(in, "text in UTF-8, escaped as a record's is");
            return NULL;
        }
    }
    if (!scan_literal(in, "\""))
        return NULL;
    *out = '\0'; /* at the latest where the quote was */
    return text;
}

const char *scan_text_or_null(scan *in)
{
    return scan_try(in, "null") ? NULL : scan_text(in);
}

/* ---- Lists
 * ------------------------------------------------------------------------------------------------------------------------
 */

enum { CHUNK_TEXTS = 64 };

/* Texts before their number is known. */
typedef struct chunk {
    struct chunk *next;
    const char *texts[CHUNK_TEXTS];
} chunk;

static const char **flatten(scan *in, chunk *first, size_t count)
{
    const char **list = arena_take(in->memory, (count + 1) * sizeof *list);
    if (list == NULL) {
        scan_fail(in, "less: there is no memory left");
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = first->texts[i % CHUNK_TEXTS];
        if (i % CHUNK_TEXTS == CHUNK_TEXTS - 1)
            first = first->next;
    }
    list[count] = NULL;
    return list;
}

const char *const *scan_list(scan *in)
{
    chunk *first = NULL, **next = &first, *last = NULL;
    size_t count = 0;
    if (!scan_literal(in, "["))
        return NULL;
    if (scan_try(in, "]"))
        return flatten(in, NULL, 0);
    do {
        if (count % CHUNK_TEXTS == 0) {
            last = *next = arena_take(in->memory, sizeof *last);
            if (last == NULL) {
                scan_fail(in, "less: there is no memory left");
                return NULL;
            }
            last->next = NULL;
            next = &last->next;
        }
        last->texts[count++ % CHUNK_TEXTS] = scan_text(in);
    } while (scan_try(in, ","));
    scan_literal(in, "]");
    return in->expected == NULL ? flatten(in, first, count) : NULL;
}
