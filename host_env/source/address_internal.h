/* What the parts of address.h share: the builders of a host_address. Private to host_env. */
#ifndef HOST_ENV_SOURCE_ADDRESS_INTERNAL_H
#define HOST_ENV_SOURCE_ADDRESS_INTERNAL_H

#include "host_env/address.h"

/* Fill family, bytes, embedding, class and text; an IPv4-mapped address becomes the IPv4 one. The port is left alone. */
void address_set_ipv4(host_address *address, const uint8_t bytes[4]);
void address_set_ipv6(host_address *address, const uint8_t bytes[16]);

/* Text to bytes, the whole text or nothing. IPv4 in the forms of inet_aton; IPv6 without brackets and zone. */
bool address_read_ipv4(const char *text, size_t length, uint8_t bytes_out[4]);
bool address_read_ipv6(const char *text, size_t length, uint8_t bytes_out[16]);

/* The family that stands for the host's number (AF_*); OTHER for one that is not known. */
host_address_family address_family_of_number(int number);

/* True if the first `length` bits agree. */
bool address_bits_agree(const uint8_t *one, const uint8_t *other, unsigned int length);

#endif
