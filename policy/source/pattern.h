/* How one pattern of a rule is compared with one fact. Private to policy. */
#ifndef POLICY_SOURCE_PATTERN_H
#define POLICY_SOURCE_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

/* An address range: IPv4 is kept as IPv4-mapped IPv6, so one comparison serves both. */
typedef struct address_range {
    uint8_t bytes[16];
    unsigned int prefix_bits; /* 0 to 128 */
} address_range;

/* `*` stands for any text, `?` for one byte; everything else for itself. */
bool pattern_fits(const char *pattern, const char *text);
/* "192.0.2.1", "192.0.2.0/24", "2001:db8::/32". False if it is none, or has bits set below the prefix. */
bool address_range_parse(const char *text, address_range *range_out);
bool address_range_contains(const address_range *range, const char *address);

#endif
