/* Hides from the socket functions how the address that a caller gave becomes one that was judged and cannot change any more. */
#include "net_internal.h"

#include <stdio.h>
#include <string.h>

static void show_target(const net_target *target, host_call *call)
{
    const host_address *address = &target->address;
    host_call_address(call, "address", address->text);
    if (address->has_port) host_call_number(call, "port", address->port);
    host_call_name(call, "family", host_address_family_name(address->family));
    if (target->embedded_text[0] != '\0') host_call_address(call, "embedded", target->embedded_text);
}

bool net_target_read(net_target *target, host_call *call, const void *address, size_t size)
{
    memset(target, 0, sizeof *target);
    target->place.owned = -1;
    if (address == NULL || size > sizeof target->bytes) return false;
    memcpy(&target->bytes, address, size);
    target->size = (socklen_t)size;
    if (!host_address_from_socket(&target->bytes, size, &target->address)) return false;
    if (target->address.family == HOST_ADDRESS_IPV6 && target->address.embedding != HOST_ADDRESS_EMBEDS_NOTHING) {
        const uint8_t *inner = target->address.embedded;
        snprintf(target->embedded_text, sizeof target->embedded_text, "%u.%u.%u.%u", inner[0], inner[1], inner[2], inner[3]);
    }
    show_target(target, call);
    return true;
}
