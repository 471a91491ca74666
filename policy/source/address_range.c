/* Hides how addresses and ranges of them are written. */
#include "address_range.h"

#include <stddef.h>
#include <string.h>

/* A decimal number up to `most` without leading zeros (which some readers take for octal); NULL if there is none. */
static const char *parse_decimal(const char *text, unsigned int most, unsigned int *number_out)
{
    unsigned int number = 0;
    const char *start = text;
    while (*text >= '0' && *text <= '9') {
        number = number * 10 + (unsigned int)(*text++ - '0');
        if (number > most) return NULL;
    }
    if (text == start || (*start == '0' && text - start > 1)) return NULL;
    *number_out = number;
    return text;
}

static const char *parse_ipv4(const char *text, uint8_t bytes[4])
{
    for (int i = 0; i < 4; i++) {
        unsigned int number;
        if (i > 0 && *text++ != '.') return NULL;
        text = parse_decimal(text, 255, &number);
        if (text == NULL) return NULL;
        bytes[i] = (uint8_t)number;
    }
    return text;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static const char *parse_group(const char *text, uint8_t bytes[2])
{
    unsigned int number = 0;
    int digits = 0;
    for (; hex_digit(*text) >= 0 && digits < 4; text++, digits++) number = number * 16 + (unsigned int)hex_digit(*text);
    if (digits == 0 || hex_digit(*text) >= 0) return NULL;
    bytes[0] = (uint8_t)(number >> 8);
    bytes[1] = (uint8_t)number;
    return text;
}

/* Groups before "::" are kept from the left, those after it are moved to the right end. */
static const char *parse_ipv6(const char *text, uint8_t bytes[16])
{
    int count = 0, gap = -1;
    memset(bytes, 0, 16);
    if (text[0] == ':' && text[1] == ':') {
        gap = 0;
        text += 2;
    }
    while (count < 8 && (hex_digit(*text) >= 0)) {
        text = parse_group(text, bytes + 2 * count);
        if (text == NULL) return NULL;
        count++;
        if (text[0] == ':' && text[1] == ':' && gap < 0) {
            gap = count;
            text += 2;
        } else if (text[0] == ':' && hex_digit(text[1]) >= 0) {
            text++;
        } else {
            break;
        }
    }
    if (gap < 0) return count == 8 ? text : NULL;
    if (count == 8) return NULL;
    size_t after = (size_t)(count - gap) * 2;
    memmove(bytes + 16 - after, bytes + 2 * gap, after);
    memset(bytes + 2 * gap, 0, 16 - after - 2 * (size_t)gap);
    return text;
}

/* *bits_out: how many bits an address of this family has in its own notation. */
static const char *parse_address(const char *text, uint8_t bytes[16], unsigned int *bits_out)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    const char *end = parse_ipv4(text, bytes + 12);
    if (end != NULL) {
        memcpy(bytes, mapped, sizeof mapped);
        *bits_out = 32;
        return end;
    }
    *bits_out = 128;
    return parse_ipv6(text, bytes);
}

static address_bits bits_of(const uint8_t bytes[16])
{
    address_bits bits = 0;
    for (int i = 0; i < 16; i++) bits = bits << 8 | bytes[i];
    return bits;
}

bool address_range_parse(const char *text, address_range *range_out)
{
    uint8_t bytes[16];
    unsigned int bits, prefix;
    const char *end = parse_address(text, bytes, &bits);
    if (end == NULL) return false;
    prefix = bits;
    if (*end == '/') {
        end = parse_decimal(end + 1, bits, &prefix);
        if (end == NULL) return false;
    }
    if (*end != '\0') return false;
    prefix += 128 - bits;
    *range_out = (address_range){ .first = bits_of(bytes), .mask = prefix == 0 ? 0 : ~(address_bits)0 << (128 - prefix), .prefix_bits = prefix };
    /* 10.0.0.1/8 is more likely a slip than a wish. */
    return (range_out->first & ~range_out->mask) == 0;
}

bool address_parse(const char *text, address_bits *address_out)
{
    uint8_t bytes[16];
    unsigned int bits;
    const char *end = parse_address(text, bytes, &bits);
    if (end == NULL || (*end != '\0' && *end != '%')) return false;
    *address_out = bits_of(bytes);
    return true;
}
