/* Hides from everyone the older databases of hosts, services and protocols (the reentrant gethostbyname family). */
#include "host_env/net.h"

#include <stddef.h>
#include <string.h>

#include "net_internal.h"

enum { NAME_SIZE = 1026, PROTOCOL_BUFFER_SIZE = 4096 };

static_assert(sizeof(host_net_host) == sizeof(struct hostent), "host_net_host is struct hostent");
static_assert(offsetof(host_net_host, addresses) == offsetof(struct hostent, h_addr_list), "host_net_host is struct hostent");
static_assert(offsetof(host_net_host, address_size) == offsetof(struct hostent, h_length), "host_net_host is struct hostent");
static_assert(sizeof(host_net_service) == sizeof(struct servent), "host_net_service is struct servent");
static_assert(offsetof(host_net_service, protocol) == offsetof(struct servent, s_proto), "host_net_service is struct servent");

static host_status finish_host(host_call *call, const struct hostent *found, int code, int resolver_code, int *resolver_code_out)
{
    if (found != NULL) {
        if (resolver_code_out != NULL) *resolver_code_out = 0;
        return host_call_finish(call, 0, 0);
    }
    if (resolver_code_out != NULL) *resolver_code_out = resolver_code != 0 ? resolver_code : NETDB_INTERNAL;
    if (code == ERANGE) return host_call_finish_status(call, HOST_TOO_LARGE, ERANGE, 0, "the buffer is too small");
    switch (resolver_code) {
    case HOST_NOT_FOUND: return host_call_finish_status(call, HOST_MISSING, ENOENT, 0, "the host is not known");
    case NO_DATA: return host_call_finish_status(call, HOST_MISSING, ENOENT, 0, "the host has no address of this kind");
    case TRY_AGAIN: return host_call_finish_status(call, HOST_UNREACHABLE, EAGAIN, 0, "the name servers did not answer");
    default: return host_call_finish(call, code != 0 ? code : EIO, 0);
    }
}

host_status host_net_host_by_name(host_env *env, const char *name, char *buffer, size_t size, host_net_host *host_out, int *resolver_code_out,
                                  host_error *error)
{
    HOST_CALL(call, env, NET_HOST_BY_NAME, error);
    char canonical[NAME_SIZE];
    if (resolver_code_out != NULL) *resolver_code_out = NETDB_INTERNAL;
    if (host_out == NULL || buffer == NULL) return host_call_invalid(&call, "an output is NULL");
    memset(host_out, 0, sizeof *host_out);
    if (!host_name_canonical(name, canonical, sizeof canonical)) return host_call_invalid(&call, "the host name is empty or too long");
    host_call_name(&call, "host", canonical);
    if (!host_call_permitted(&call)) return call.access.status;
    struct hostent entry, *found = NULL;
    int resolver_code = 0;
    int code = env->operations.gethostbyname_r(name, &entry, buffer, size, &found, &resolver_code);
    if (found != NULL) memcpy(host_out, found, sizeof *host_out);
    return finish_host(&call, found, code, resolver_code, resolver_code_out);
}

static host_address_family family_of(int family)
{
    return family == AF_INET ? HOST_ADDRESS_IPV4 : family == AF_INET6 ? HOST_ADDRESS_IPV6 : HOST_ADDRESS_OTHER;
}

host_status host_net_host_by_address(host_env *env, const void *address, size_t address_size, int family, char *buffer, size_t size,
                                     host_net_host *host_out, int *resolver_code_out, host_error *error)
{
    HOST_CALL(call, env, NET_HOST_BY_ADDRESS, error);
    host_address judged;
    if (resolver_code_out != NULL) *resolver_code_out = NETDB_INTERNAL;
    if (host_out == NULL || buffer == NULL) return host_call_invalid(&call, "an output is NULL");
    memset(host_out, 0, sizeof *host_out);
    if (!host_address_from_bytes(family_of(family), address, address_size, &judged)) return host_call_invalid(&call, "not an address");
    host_call_address(&call, "address", judged.text);
    if (!host_call_permitted(&call)) return call.access.status;
    struct hostent entry, *found = NULL;
    int resolver_code = 0;
    int code = env->operations.gethostbyaddr_r(address, (socklen_t)address_size, family, &entry, buffer, size, &found, &resolver_code);
    if (found != NULL) memcpy(host_out, found, sizeof *host_out);
    return finish_host(&call, found, code, resolver_code, resolver_code_out);
}

/* These functions answer "none" by no entry and no code. */
static host_status finish_entry(host_call *call, bool is_found, int code, const char *why_not)
{
    if (is_found) return host_call_finish(call, 0, 0);
    if (code == ERANGE) return host_call_finish_status(call, HOST_TOO_LARGE, ERANGE, 0, "the buffer is too small");
    if (code == 0 || code == ENOENT) return host_call_finish_status(call, HOST_MISSING, ENOENT, 0, why_not);
    return host_call_finish(call, code, 0);
}

host_status host_net_service_by_name(host_env *env, const char *name, const char *protocol, char *buffer, size_t size,
                                     host_net_service *service_out, host_error *error)
{
    HOST_CALL(call, env, NET_SERVICE_BY_NAME, error);
    host_call_name(&call, "service", name);
    host_call_name(&call, "protocol", protocol);
    if (name == NULL || buffer == NULL || service_out == NULL) return host_call_invalid(&call, "an argument is NULL");
    memset(service_out, 0, sizeof *service_out);
    if (!host_call_permitted(&call)) return call.access.status;
    struct servent entry, *found = NULL;
    int code = env->operations.getservbyname_r(name, protocol, &entry, buffer, size, &found);
    if (found != NULL) memcpy(service_out, found, sizeof *service_out);
    return finish_entry(&call, found != NULL, code, "there is no such service");
}

host_status host_net_service_by_port(host_env *env, int port, const char *protocol, char *buffer, size_t size, host_net_service *service_out,
                                     host_error *error)
{
    HOST_CALL(call, env, NET_SERVICE_BY_PORT, error);
    host_call_number(&call, "port", ntohs((uint16_t)port));
    host_call_name(&call, "protocol", protocol);
    if (buffer == NULL || service_out == NULL) return host_call_invalid(&call, "an output is NULL");
    memset(service_out, 0, sizeof *service_out);
    if (!host_call_permitted(&call)) return call.access.status;
    struct servent entry, *found = NULL;
    int code = env->operations.getservbyport_r(port, protocol, &entry, buffer, size, &found);
    if (found != NULL) memcpy(service_out, found, sizeof *service_out);
    return finish_entry(&call, found != NULL, code, "no service has this port");
}

host_status host_net_protocol_by_name(host_env *env, const char *name, int *number_out, host_error *error)
{
    HOST_CALL(call, env, NET_PROTOCOL_BY_NAME, error);
    host_call_name(&call, "name", name);
    if (name == NULL || number_out == NULL) return host_call_invalid(&call, "an argument is NULL");
    *number_out = 0;
    if (!host_call_permitted(&call)) return call.access.status;
    char buffer[PROTOCOL_BUFFER_SIZE];
    struct protoent entry, *found = NULL;
    int code = env->operations.getprotobyname_r(name, &entry, buffer, sizeof buffer, &found);
    if (found != NULL) *number_out = found->p_proto;
    return finish_entry(&call, found != NULL, code, "there is no such protocol");
}
