/* Hides from the socket functions how the address that a caller gave becomes one that was judged and cannot change any more. */
#include "net_internal.h"

#include <stddef.h>
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

/* A path that begins at the working directory says nothing to a rule. Where it does not fit, or the directory has gone, it stays as it is and fits no pattern of
 * absolute paths. */
static void make_absolute(host_address *address, const host_env *env)
{
    char text[PATH_MAX];
    const char *path = address->text + strlen("unix:");
    if (env == NULL || address->family != HOST_ADDRESS_UNIX || path[0] == '/' || path[0] == '\0') return;
    if (env->operations.getcwd(text, sizeof text) == NULL || text[0] != '/') return;
    size_t folder = strcmp(text, "/") == 0 ? 0 : strlen(text), name = strlen(path);
    if (strlen("unix:") + folder + 1 + name >= sizeof address->text) return;
    memmove(address->text + strlen("unix:") + folder + 1, path, name + 1);
    memcpy(address->text + strlen("unix:"), text, folder);
    address->text[strlen("unix:") + folder] = '/';
}

/* connect(2) and sendto(2) take "any address" for this host's own: rules about where that leads are asked as well. */
static void note_own_host(net_target *target)
{
    static const uint8_t zero[sizeof target->address.bytes];
    bool is_internet = target->address.family == HOST_ADDRESS_IPV4 || target->address.family == HOST_ADDRESS_IPV6;
    if (!is_internet || memcmp(target->address.bytes, zero, sizeof zero) != 0) return;
    snprintf(target->embedded_text, sizeof target->embedded_text, "%s", target->address.family == HOST_ADDRESS_IPV4 ? "127.0.0.1" : "::1");
}

bool net_target_read(net_target *target, host_call *call, net_target_use use, const void *address, size_t size)
{
    memset(target, 0, offsetof(net_target, real_text)); /* the text is long, and rarely used */
    target->place.owned = -1;
    if (address == NULL || size > sizeof target->bytes) return false;
    memcpy(&target->bytes, address, size);
    target->size = (socklen_t)size;
    if (!host_address_from_socket(&target->bytes, size, &target->address)) return false;
    if (target->address.family == HOST_ADDRESS_IPV6 && target->address.embedding != HOST_ADDRESS_EMBEDS_NOTHING) {
        const uint8_t *inner = target->address.embedded;
        snprintf(target->embedded_text, sizeof target->embedded_text, "%u.%u.%u.%u", inner[0], inner[1], inner[2], inner[3]);
    }
    make_absolute(&target->address, call->env);
    if (use == NET_TARGET_PEER) note_own_host(target);
    show_target(target, call);
    return true;
}
