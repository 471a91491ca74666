/* Hides from everyone how an address is brought into its one spelling: which IPv4 addresses an IPv6 one carries, and its text. */
#include <stdio.h>
#include <string.h>

#include "address_internal.h"

enum { IPV6_GROUPS = 8 };

typedef struct embedding_rule {
    uint8_t prefix[16];
    unsigned int prefix_length;
    host_address_embedding embedding;
    unsigned int offset; /* of the IPv4 address */
    uint8_t mask;        /* each byte is stored xor this */
} embedding_rule;

static const embedding_rule embedding_rules[] = {
    { { [10] = 0xff, [11] = 0xff }, 96, HOST_ADDRESS_EMBEDS_MAPPED, 12, 0 },
    { { [8] = 0xff, [9] = 0xff }, 96, HOST_ADDRESS_EMBEDS_TRANSLATED, 12, 0 },
    { { 0x00, 0x64, 0xff, 0x9b }, 96, HOST_ADDRESS_EMBEDS_TRANSLATED, 12, 0 },
    { { 0x20, 0x02 }, 16, HOST_ADDRESS_EMBEDS_6TO4, 2, 0 },
    { { 0x20, 0x01, 0x00, 0x00 }, 32, HOST_ADDRESS_EMBEDS_TEREDO, 12, 0xff },
    { { 0 }, 96, HOST_ADDRESS_EMBEDS_COMPATIBLE, 12, 0 },
};

static bool is_isatap(const uint8_t bytes[16])
{
    return (bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
}

static bool is_unspecified_or_loopback(const uint8_t bytes[16])
{
    static const uint8_t zero[15];
    return memcmp(bytes, zero, sizeof zero) == 0 && bytes[15] <= 1;
}

bool address_bits_agree(const uint8_t *one, const uint8_t *other, unsigned int length)
{
    unsigned int whole = length / 8, rest = length % 8;
    if (memcmp(one, other, whole) != 0) return false;
    return rest == 0 || ((one[whole] ^ other[whole]) >> (8 - rest)) == 0;
}

static void find_embedded(host_address *address, const uint8_t bytes[16])
{
    if (is_unspecified_or_loopback(bytes)) return; /* :: and ::1 look like compatible ones, and are not */
    for (size_t i = 0; i < sizeof embedding_rules / sizeof embedding_rules[0]; i++) {
        const embedding_rule *rule = &embedding_rules[i];
        if (!address_bits_agree(bytes, rule->prefix, rule->prefix_length)) continue;
        address->embedding = rule->embedding;
        for (size_t k = 0; k < 4; k++) address->embedded[k] = bytes[rule->offset + k] ^ rule->mask;
        return;
    }
    if (is_isatap(bytes)) {
        address->embedding = HOST_ADDRESS_EMBEDS_ISATAP;
        memcpy(address->embedded, bytes + 12, 4);
    }
}

static void write_ipv4_text(char *text, size_t size, const uint8_t bytes[4])
{
    snprintf(text, size, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
}

/* The longest run of two or more zero groups, the first of equals (RFC 5952); length 0 if there is none. */
static void find_zero_run(const unsigned int groups[IPV6_GROUPS], int *start_out, int *length_out)
{
    int best_start = -1, best_length = 1, start = -1;
    for (int i = 0; i < IPV6_GROUPS; i++) {
        if (groups[i] != 0) {
            start = -1;
            continue;
        }
        if (start < 0) start = i;
        if (i - start + 1 > best_length) {
            best_start = start;
            best_length = i - start + 1;
        }
    }
    *start_out = best_start;
    *length_out = best_start < 0 ? 0 : best_length;
}

static void write_ipv6_text(char *text, size_t size, const uint8_t bytes[16])
{
    unsigned int groups[IPV6_GROUPS];
    for (int i = 0; i < IPV6_GROUPS; i++) groups[i] = (unsigned int)bytes[2 * i] << 8 | bytes[2 * i + 1];
    int zero_start, zero_length;
    find_zero_run(groups, &zero_start, &zero_length);
    size_t used = 0;
    for (int i = 0; i < IPV6_GROUPS; i++) {
        if (i == zero_start) {
            used += (size_t)snprintf(text + used, size - used, "::");
            i += zero_length - 1;
            continue;
        }
        bool needs_colon = i > 0 && i != zero_start + zero_length;
        used += (size_t)snprintf(text + used, size - used, needs_colon || (i > 0 && zero_start < 0) ? ":%x" : "%x", groups[i]);
    }
}

void address_set_ipv4(host_address *address, const uint8_t bytes[4])
{
    uint8_t copy[4];
    memcpy(copy, bytes, sizeof copy); /* `bytes` may lie in *address */
    memset(address->bytes, 0, sizeof address->bytes);
    memcpy(address->bytes, copy, sizeof copy);
    address->family = HOST_ADDRESS_IPV4;
    write_ipv4_text(address->text, sizeof address->text, copy);
    address->address_class = host_address_classify(address);
}

void address_set_ipv6(host_address *address, const uint8_t bytes[16])
{
    find_embedded(address, bytes);
    if (address->embedding == HOST_ADDRESS_EMBEDS_MAPPED) {
        address_set_ipv4(address, address->embedded);
        return;
    }
    memcpy(address->bytes, bytes, 16);
    address->family = HOST_ADDRESS_IPV6;
    write_ipv6_text(address->text, sizeof address->text, address->bytes);
    address->address_class = host_address_classify(address);
}

bool host_address_from_bytes(host_address_family family, const void *bytes, size_t size, host_address *address_out)
{
    memset(address_out, 0, sizeof *address_out);
    address_out->address_class = HOST_ADDRESS_CLASS_NONE;
    if (bytes == NULL) return false;
    if (family == HOST_ADDRESS_IPV4 && size == 4) {
        address_set_ipv4(address_out, bytes);
        return true;
    }
    if (family == HOST_ADDRESS_IPV6 && size == 16) {
        address_set_ipv6(address_out, bytes);
        return true;
    }
    return false;
}

const char *host_address_family_name(host_address_family family)
{
    static const char *const names[] = {
#define NAME(name, text) [HOST_ADDRESS_##name] = text,
        HOST_ADDRESS_FAMILY_TABLE(NAME)
#undef NAME
    };
    return (size_t)family < sizeof names / sizeof names[0] ? names[family] : "other";
}

const char *host_address_class_name(host_address_class address_class)
{
    static const char *const names[] = {
#define NAME(name, text) [HOST_ADDRESS_CLASS_##name] = text,
        HOST_ADDRESS_CLASS_TABLE(NAME)
#undef NAME
    };
    return (size_t)address_class < sizeof names / sizeof names[0] ? names[address_class] : "none";
}
