/* Hides from everyone the many ways to write a numeric address, and what makes two host names the same name. */
#include <string.h>

#include "address_internal.h"

static int digit_value(char character)
{
    if (character >= '0' && character <= '9') return character - '0';
    if (character >= 'a' && character <= 'f') return character - 'a' + 10;
    if (character >= 'A' && character <= 'F') return character - 'A' + 10;
    return 99;
}

/* A decimal, octal (0...) or hexadecimal (0x...) number up to the next dot, as inet_aton reads it. */
static bool read_number(const char **cursor, const char *end, uint64_t *value_out)
{
    const char *text = *cursor;
    int base = 10;
    if (text < end && *text == '0') {
        bool is_hexadecimal = text + 1 < end && (text[1] == 'x' || text[1] == 'X');
        base = is_hexadecimal ? 16 : 8;
        if (is_hexadecimal) text += 2;
    }
    const char *first = text;
    uint64_t value = 0;
    for (; text < end && digit_value(*text) < base; text++) {
        value = value * (uint64_t)base + (uint64_t)digit_value(*text);
        if (value > UINT32_MAX) return false;
    }
    *cursor = text;
    *value_out = value;
    return text > first;
}

bool address_read_ipv4(const char *text, size_t length, uint8_t bytes_out[4])
{
    const char *cursor = text, *end = text + length;
    uint64_t parts[4];
    size_t count = 0;
    for (;;) {
        if (count == 4 || !read_number(&cursor, end, &parts[count])) return false;
        count++;
        if (cursor == end) break;
        if (*cursor++ != '.') return false;
    }
    uint64_t value = parts[count - 1]; /* the last part fills what the others left */
    if (value >> (8 * (5 - count)) != 0) return false;
    for (size_t i = 0; i + 1 < count; i++) {
        if (parts[i] > 255) return false;
        value |= parts[i] << (8 * (3 - i));
    }
    for (size_t i = 0; i < 4; i++) bytes_out[i] = (uint8_t)(value >> (8 * (3 - i)));
    return true;
}

/* Four decimal numbers: only these may end an IPv6 address. */
static bool is_plain_quad(const char *text, const char *end)
{
    size_t digits = 0, dots = 0;
    for (; text < end; text++) {
        if (*text == '.') {
            if (digits == 0 || digits > 3) return false;
            dots++;
            digits = 0;
        } else if (*text >= '0' && *text <= '9') {
            if (digits == 1 && text[-1] == '0') return false;
            digits++;
        } else {
            return false;
        }
    }
    return dots == 3 && digits >= 1 && digits <= 3;
}

typedef struct ipv6_reader {
    uint8_t bytes[16];
    size_t used;     /* bytes written so far */
    int gap;         /* where "::" stood, -1 for nowhere */
} ipv6_reader;

static const char *read_group(ipv6_reader *reader, const char *text, const char *end)
{
    unsigned int value = 0;
    size_t digits = 0;
    for (; text < end && digit_value(*text) < 16 && digits < 5; text++, digits++) value = value * 16 + (unsigned int)digit_value(*text);
    if (digits == 0 || digits > 4 || reader->used > 14) return NULL;
    reader->bytes[reader->used++] = (uint8_t)(value >> 8);
    reader->bytes[reader->used++] = (uint8_t)value;
    return text;
}

static bool read_quad(ipv6_reader *reader, const char *text, const char *end)
{
    if (reader->used > 12 || !address_read_ipv4(text, (size_t)(end - text), reader->bytes + reader->used)) return false;
    reader->used += 4;
    return true;
}

/* Groups, one "::" at most, perhaps a quad at the end; `reader` then holds them without the gap. */
static bool read_groups(ipv6_reader *reader, const char *text, const char *end)
{
    if (text + 1 < end && text[0] == ':' && text[1] == ':') {
        reader->gap = 0;
        text += 2;
        if (text == end) return true;
    }
    for (;;) {
        if (is_plain_quad(text, end)) return read_quad(reader, text, end);
        text = read_group(reader, text, end);
        if (text == NULL) return false;
        if (text == end) return true;
        if (*text++ != ':' || text == end) return false;
        if (*text != ':') continue;
        if (reader->gap >= 0) return false;
        reader->gap = (int)reader->used;
        if (++text == end) return true;
    }
}

bool address_read_ipv6(const char *text, size_t length, uint8_t bytes_out[16])
{
    ipv6_reader reader = { .gap = -1 };
    if (!read_groups(&reader, text, text + length)) return false;
    if (reader.gap < 0 ? reader.used != 16 : reader.used > 14) return false;
    size_t before = reader.gap < 0 ? 16 : (size_t)reader.gap, after = reader.used - before;
    memset(bytes_out, 0, 16);
    memcpy(bytes_out, reader.bytes, before);
    memcpy(bytes_out + 16 - after, reader.bytes + before, after);
    return true;
}

/* A zone is what follows '%'. Only a number can be told here; an interface's name needs the host, and changes nothing in the text. */
static uint32_t read_zone(const char *text, const char *end)
{
    uint64_t value = 0;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9') return 0;
        value = value * 10 + (uint64_t)(*text - '0');
        if (value > UINT32_MAX) return 0;
    }
    return (uint32_t)value;
}

static bool parse_ipv6(const char *text, size_t length, host_address *address_out)
{
    const char *end = text + length, *percent = memchr(text, '%', length);
    const char *address_end = percent != NULL ? percent : end;
    uint8_t bytes[16];
    if (percent != NULL && percent + 1 == end) return false;
    if (!address_read_ipv6(text, (size_t)(address_end - text), bytes)) return false;
    address_set_ipv6(address_out, bytes);
    if (percent != NULL) address_out->zone = read_zone(percent + 1, end);
    return true;
}

bool host_address_parse(const char *text, host_address *address_out)
{
    memset(address_out, 0, sizeof *address_out);
    address_out->address_class = HOST_ADDRESS_CLASS_NONE;
    if (text == NULL) return false;
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '.') length--;
    uint8_t bytes[4];
    if (address_read_ipv4(text, length, bytes)) {
        address_set_ipv4(address_out, bytes);
        return true;
    }
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') return parse_ipv6(text + 1, length - 2, address_out);
    return parse_ipv6(text, length, address_out);
}

bool host_name_canonical(const char *name, char *canonical_out, size_t size)
{
    host_address address;
    if (size > 0) canonical_out[0] = '\0';
    if (name == NULL || name[0] == '\0') return false;
    bool is_address = host_address_parse(name, &address);
    const char *text = is_address ? address.text : name;
    size_t length = strlen(text);
    while (length > 1 && text[length - 1] == '.') length--;
    if (length >= size) return false;
    for (size_t i = 0; i < length; i++) canonical_out[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
    canonical_out[length] = '\0';
    return true;
}
