/* Names of hosts, services and interfaces: libc's signatures on host_env/net.h. */
#include "bindings/bind.h"
#include "host_env/net.h"
#include "prototypes.h"

/* One block per question: every entry, its address and the canonical name, so that one free releases the list. */
struct answer_entry {
    struct addrinfo info;
    struct sockaddr_storage address;
};

static struct addrinfo *list_of(const host_net_answers *answers)
{
    size_t name_size = answers->canonical_name == NULL ? 0 : strlen(answers->canonical_name) + 1;
    struct answer_entry *entries = calloc(1, answers->count * sizeof *entries + name_size);
    if (entries == NULL) return NULL;
    for (size_t i = 0; i < answers->count; i++) {
        const host_net_answer *answer = &answers->answers[i];
        size_t size = answer->address_size < sizeof entries[i].address ? answer->address_size : sizeof entries[i].address;
        memcpy(&entries[i].address, answer->address, size);
        entries[i].info = (struct addrinfo){
            .ai_flags = answer->flags,
            .ai_family = answer->family,
            .ai_socktype = answer->type,
            .ai_protocol = answer->protocol,
            .ai_addrlen = (socklen_t)size,
            .ai_addr = (struct sockaddr *)&entries[i].address,
            .ai_next = i + 1 < answers->count ? &entries[i + 1].info : NULL,
        };
    }
    if (name_size != 0) entries[0].info.ai_canonname = memcpy(entries + answers->count, answers->canonical_name, name_size);
    return &entries[0].info;
}

int cordon_bind_getaddrinfo(const char *restrict host, const char *restrict service, const struct addrinfo *restrict hints,
                            struct addrinfo **restrict list_out)
{
    host_net_hints asked = { 0 };
    if (hints != NULL)
        asked = (host_net_hints){ .flags = hints->ai_flags, .family = hints->ai_family, .type = hints->ai_socktype, .protocol = hints->ai_protocol };
    host_net_answers *answers;
    int code = 0;
    if (BIND(net_resolve, host, service, hints == NULL ? NULL : &asked, &answers, &code) != 0) return code != 0 ? code : EAI_SYSTEM;
    *list_out = answers->count == 0 ? NULL : list_of(answers);
    code = answers->count == 0 ? EAI_NONAME : *list_out == NULL ? EAI_MEMORY : 0;
    host_net_answers_free(answers);
    return code;
}

void cordon_bind_freeaddrinfo(struct addrinfo *list) { free(list); }

int cordon_bind_getnameinfo(const struct sockaddr *restrict address, socklen_t address_size, char *restrict host, socklen_t host_size,
                            char *restrict service, socklen_t service_size, int flags)
{
    int code = 0;
    if (BIND(net_resolve_address, address, address_size, host, host_size, service, service_size, flags, &code) == 0) return 0;
    return code != 0 ? code : EAI_SYSTEM;
}

/* host_net_host and host_net_service carry the fields of hostent and servent in their order; copied by name all the same. */
static struct hostent hostent_of(const host_net_host *host)
{
    return (struct hostent){ .h_name = host->name, .h_aliases = host->aliases, .h_addrtype = host->family, .h_length = host->address_size,
                             .h_addr_list = host->addresses };
}

static int host_result(int code, const host_net_host *host, struct hostent *entry, struct hostent **result)
{
    *result = NULL;
    if (code != 0) return code;
    *entry = hostent_of(host);
    *result = entry;
    return 0;
}

int cordon_bind_gethostbyname_r(const char *restrict name, struct hostent *restrict entry, char *restrict buffer, size_t size,
                                struct hostent **restrict result, int *restrict resolver_code)
{
    host_net_host host;
    return host_result(BIND_CODE(net_host_by_name, name, buffer, size, &host, resolver_code), &host, entry, result);
}

int cordon_bind_gethostbyaddr_r(const void *restrict address, socklen_t address_size, int family, struct hostent *restrict entry,
                                char *restrict buffer, size_t size, struct hostent **restrict result, int *restrict resolver_code)
{
    host_net_host host;
    return host_result(BIND_CODE(net_host_by_address, address, address_size, family, buffer, size, &host, resolver_code), &host, entry, result);
}

/* libc keeps one answer per process; one per thread serves the same callers and no thread can spoil another's. */
enum { SERVICE_BUFFER_SIZE = 8192 };
static _Thread_local char service_buffer[SERVICE_BUFFER_SIZE];
static _Thread_local struct servent service_entry;
static _Thread_local struct protoent protocol_entry;

static struct servent *servent_of(const host_net_service *service)
{
    service_entry = (struct servent){ .s_name = service->name, .s_aliases = service->aliases, .s_port = service->port, .s_proto = service->protocol };
    return &service_entry;
}

struct servent *cordon_bind_getservbyname(const char *name, const char *protocol)
{
    host_net_service service;
    return BIND(net_service_by_name, name, protocol, service_buffer, sizeof service_buffer, &service) == 0 ? servent_of(&service) : NULL;
}

struct servent *cordon_bind_getservbyport(int port, const char *protocol)
{
    host_net_service service;
    return BIND(net_service_by_port, port, protocol, service_buffer, sizeof service_buffer, &service) == 0 ? servent_of(&service) : NULL;
}

struct protoent *cordon_bind_getprotobyname(const char *name)
{
    static char *no_aliases[] = { NULL };
    int number;
    if (BIND(net_protocol_by_name, name, &number) != 0) return NULL;
    protocol_entry = (struct protoent){ .p_name = (char *)name, .p_aliases = no_aliases, .p_proto = number };
    return &protocol_entry;
}

unsigned int cordon_bind_if_nametoindex(const char *name)
{
    unsigned int index;
    return BIND(net_interface_index, name, &index) == 0 ? index : 0;
}

char *cordon_bind_if_indextoname(unsigned int index, char *name_out)
{
    _Static_assert(IF_NAMESIZE == HOST_NET_INTERFACE_NAME_SIZE, "the caller's buffer holds any name");
    return BIND_POINTER(name_out, net_interface_name, index, name_out);
}

struct if_nameindex *cordon_bind_if_nameindex(void)
{
    host_net_interface *interfaces;
    size_t count;
    if (BIND(net_interfaces, &interfaces, &count) != 0) return NULL;
    /* The list, its all-zero end, then the names. */
    struct if_nameindex *list = calloc(1, (count + 1) * sizeof *list + count * sizeof interfaces->name);
    char(*names)[HOST_NET_INTERFACE_NAME_SIZE] = list == NULL ? NULL : (void *)(list + count + 1);
    for (size_t i = 0; list != NULL && i < count; i++) {
        memcpy(names[i], interfaces[i].name, sizeof names[i]);
        list[i] = (struct if_nameindex){ .if_index = interfaces[i].index, .if_name = names[i] };
    }
    host_net_interfaces_free(interfaces);
    if (list == NULL) errno = ENOBUFS;
    return list;
}

void cordon_bind_if_freenameindex(struct if_nameindex *list) { free(list); }
