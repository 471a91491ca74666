/* Ranges of addresses. Private to policy. */
#ifndef POLICY_SOURCE_ADDRESS_RANGE_H
#define POLICY_SOURCE_ADDRESS_RANGE_H

#include <stdbool.h>
#include <stdint.h>

/* IPv4 is kept as IPv4-mapped IPv6, so one comparison serves both. */
typedef struct address_range {
    uint8_t bytes[16];
    unsigned int prefix_bits; /* 0 to 128 */
} address_range;

/* "192.0.2.1", "192.0.2.0/24", "2001:db8::/32". False if it is none, or has bits set below the prefix. */
bool address_range_parse(const char *text, address_range *range_out);
/* One address; a zone such as %eth0 behind it is left out. */
bool address_parse(const char *text, uint8_t bytes_out[16]);
bool address_range_contains(const address_range *range, const uint8_t address[16]);

#endif
