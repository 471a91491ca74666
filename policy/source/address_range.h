/* Ranges of addresses. Private to policy. */
#ifndef POLICY_SOURCE_ADDRESS_RANGE_H
#define POLICY_SOURCE_ADDRESS_RANGE_H

#include <stdbool.h>
#include <stdint.h>

/* An address as a number. IPv4 is kept as IPv4-mapped IPv6, so one comparison serves both. */
typedef unsigned __int128 address_bits;

typedef struct address_range {
    address_bits first, mask;
    unsigned int prefix_bits; /* 0 to 128 */
} address_range;

/* "192.0.2.1", "192.0.2.0/24", "2001:db8::/32". False if it is none, or has bits set below the prefix. */
bool address_range_parse(const char *text, address_range *range_out);
/* One address; a zone such as %eth0 behind it is left out. */
bool address_parse(const char *text, address_bits *address_out);
static inline bool address_range_contains(const address_range *range, address_bits address) { return (address & range->mask) == range->first; }

#endif
