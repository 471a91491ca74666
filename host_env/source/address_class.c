/* Hides from policies where each block of addresses leads (IANA's special-purpose registries), and how blocks are matched. */
#include <string.h>

#include "address_internal.h"

typedef struct class_rule {
    uint8_t prefix[16];
    unsigned int prefix_length;
    host_address_class address_class;
} class_rule;

/* The first row that fits wins. */
static const class_rule ipv4_rules[] = {
    { { 0 }, 8, HOST_ADDRESS_CLASS_UNSPECIFIED },
    { { 10 }, 8, HOST_ADDRESS_CLASS_PRIVATE },
    { { 100, 64 }, 10, HOST_ADDRESS_CLASS_PRIVATE }, /* shared address space */
    { { 127 }, 8, HOST_ADDRESS_CLASS_LOOPBACK },
    { { 169, 254 }, 16, HOST_ADDRESS_CLASS_LINK_LOCAL },
    { { 172, 16 }, 12, HOST_ADDRESS_CLASS_PRIVATE },
    { { 192, 0, 0 }, 24, HOST_ADDRESS_CLASS_RESERVED },   /* protocol assignments */
    { { 192, 0, 2 }, 24, HOST_ADDRESS_CLASS_RESERVED },   /* documentation */
    { { 192, 88, 99 }, 24, HOST_ADDRESS_CLASS_RESERVED }, /* relays of 6to4 */
    { { 192, 168 }, 16, HOST_ADDRESS_CLASS_PRIVATE },
    { { 198, 18 }, 15, HOST_ADDRESS_CLASS_RESERVED },      /* benchmarks */
    { { 198, 51, 100 }, 24, HOST_ADDRESS_CLASS_RESERVED }, /* documentation */
    { { 203, 0, 113 }, 24, HOST_ADDRESS_CLASS_RESERVED },  /* documentation */
    { { 224 }, 4, HOST_ADDRESS_CLASS_MULTICAST },
    { { 255, 255, 255, 255 }, 32, HOST_ADDRESS_CLASS_BROADCAST },
    { { 240 }, 4, HOST_ADDRESS_CLASS_RESERVED },
    { { 0 }, 0, HOST_ADDRESS_CLASS_GLOBAL },
};

static const class_rule ipv6_rules[] = {
    { { 0 }, 128, HOST_ADDRESS_CLASS_UNSPECIFIED },
    { { [15] = 1 }, 128, HOST_ADDRESS_CLASS_LOOPBACK },
    { { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, HOST_ADDRESS_CLASS_PRIVATE }, /* local-use translation */
    { { 0x00, 0x64, 0xff, 0x9b }, 96, HOST_ADDRESS_CLASS_GLOBAL },              /* translation; the address inside decides */
    { { [8] = 0xff, [9] = 0xff }, 96, HOST_ADDRESS_CLASS_GLOBAL },              /* the same, SIIT */
    { { 0x20, 0x01, 0x00, 0x00 }, 32, HOST_ADDRESS_CLASS_GLOBAL },              /* Teredo; the same */
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32, HOST_ADDRESS_CLASS_RESERVED },            /* documentation */
    { { 0x20, 0x01 }, 23, HOST_ADDRESS_CLASS_RESERVED },                        /* protocol assignments */
    { { 0x3f, 0xff }, 20, HOST_ADDRESS_CLASS_RESERVED },                        /* documentation */
    { { 0x20 }, 3, HOST_ADDRESS_CLASS_GLOBAL },
    { { 0xfc }, 7, HOST_ADDRESS_CLASS_UNIQUE_LOCAL },
    { { 0xfe, 0x80 }, 10, HOST_ADDRESS_CLASS_LINK_LOCAL },
    { { 0xfe, 0xc0 }, 10, HOST_ADDRESS_CLASS_UNIQUE_LOCAL }, /* site-local, deprecated */
    { { 0xff }, 8, HOST_ADDRESS_CLASS_MULTICAST },
    { { 0 }, 0, HOST_ADDRESS_CLASS_RESERVED }, /* what nobody assigned */
};

/* The last row of each table fits everything. */
static host_address_class first_class(const class_rule *rules, const uint8_t *bytes)
{
    while (!address_bits_agree(bytes, rules->prefix, rules->prefix_length)) rules++;
    return rules->address_class;
}

static host_address_class classify_ipv6(const host_address *address)
{
    host_address_class outer = first_class(ipv6_rules, address->bytes);
    bool outer_decides = outer != HOST_ADDRESS_CLASS_GLOBAL && outer != HOST_ADDRESS_CLASS_RESERVED;
    if (outer_decides || address->embedding == HOST_ADDRESS_EMBEDS_NOTHING) return outer;
    host_address_class inner = first_class(ipv4_rules, address->embedded);
    return inner == HOST_ADDRESS_CLASS_GLOBAL ? outer : inner;
}

host_address_class host_address_classify(const host_address *address)
{
    switch (address->family) {
    case HOST_ADDRESS_NONE: return HOST_ADDRESS_CLASS_NONE;
    case HOST_ADDRESS_IPV4: return first_class(ipv4_rules, address->bytes);
    case HOST_ADDRESS_IPV6: return classify_ipv6(address);
    default: return HOST_ADDRESS_CLASS_LOCAL;
    }
}

static bool is_zero_below(const host_address_prefix *prefix, size_t size)
{
    for (unsigned int bit = prefix->length; bit < size * 8; bit++)
        if (prefix->bytes[bit / 8] & (0x80u >> (bit % 8))) return false;
    return true;
}

/* One to three digits; false for anything else. */
static bool read_length(const char *text, unsigned int most, unsigned int *length_out)
{
    unsigned int value = 0;
    size_t digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && digits < 4; digits++) value = value * 10 + (unsigned int)(text[digits] - '0');
    if (digits == 0 || digits > 3 || text[digits] != '\0' || value > most) return false;
    *length_out = value;
    return true;
}

static bool unmap_prefix(host_address_prefix *prefix)
{
    static const uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff };
    if (prefix->length < 96 || !address_bits_agree(prefix->bytes, mapped, 96)) return true;
    memmove(prefix->bytes, prefix->bytes + 12, 4);
    memset(prefix->bytes + 4, 0, 12);
    prefix->family = HOST_ADDRESS_IPV4;
    prefix->length -= 96;
    return true;
}

bool host_address_prefix_parse(const char *text, host_address_prefix *prefix_out)
{
    memset(prefix_out, 0, sizeof *prefix_out);
    if (text == NULL) return false;
    const char *slash = strchr(text, '/');
    size_t address_length = slash != NULL ? (size_t)(slash - text) : strlen(text);
    host_address_prefix prefix = { .family = HOST_ADDRESS_IPV4 };
    if (!address_read_ipv4(text, address_length, prefix.bytes)) {
        prefix.family = HOST_ADDRESS_IPV6;
        if (!address_read_ipv6(text, address_length, prefix.bytes)) return false;
    }
    size_t size = prefix.family == HOST_ADDRESS_IPV4 ? 4 : 16;
    prefix.length = (unsigned int)size * 8;
    if (slash != NULL && !read_length(slash + 1, (unsigned int)size * 8, &prefix.length)) return false;
    if (!is_zero_below(&prefix, size) || !unmap_prefix(&prefix)) return false;
    *prefix_out = prefix;
    return true;
}

bool host_address_prefix_contains(const host_address_prefix *prefix, const host_address *address)
{
    if (prefix->family != HOST_ADDRESS_IPV4 && prefix->family != HOST_ADDRESS_IPV6) return false;
    if (prefix->family == address->family && address_bits_agree(prefix->bytes, address->bytes, prefix->length)) return true;
    bool is_embedded = prefix->family == HOST_ADDRESS_IPV4 && address->family == HOST_ADDRESS_IPV6 &&
                       address->embedding != HOST_ADDRESS_EMBEDS_NOTHING;
    return is_embedded && address_bits_agree(prefix->bytes, address->embedded, prefix->length);
}
