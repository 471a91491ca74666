/* Hides from everyone how names become addresses and back (getaddrinfo), and what the resolver's codes mean. */
#include "host_env/net.h"

#include <stdlib.h>
#include <string.h>

#include "net_internal.h"

enum { NAME_SIZE = 1026 }; /* longer than any name that a resolver takes */

static host_status finish_resolver(host_call *call, int resolver_code, int system_code, int *resolver_code_out)
{
    static const struct resolver_row {
        int resolver_code;
        host_status status;
        int code;
        const char *why;
    } rows[] = {
        { EAI_NONAME, HOST_MISSING, ENOENT, "the name or service is not known" },
        { EAI_NODATA, HOST_MISSING, ENOENT, "the name has no address of this kind" },
        { EAI_ADDRFAMILY, HOST_MISSING, ENOENT, "the name has no address of this family" },
        { EAI_SERVICE, HOST_MISSING, ENOENT, "the service is not known for this type of socket" },
        { EAI_AGAIN, HOST_UNREACHABLE, EAGAIN, "the name servers did not answer" },
        { EAI_BADFLAGS, HOST_INVALID_ARGUMENT, EINVAL, "the flags are not valid" },
        { EAI_FAMILY, HOST_INVALID_ARGUMENT, EAFNOSUPPORT, "the family is not supported" },
        { EAI_SOCKTYPE, HOST_INVALID_ARGUMENT, ESOCKTNOSUPPORT, "the type of socket is not supported" },
        { EAI_MEMORY, HOST_NO_MEMORY, ENOMEM, "memory could not be had" },
        { EAI_OVERFLOW, HOST_TOO_LARGE, ERANGE, "a buffer is too small" },
    };
    if (resolver_code_out != NULL) *resolver_code_out = resolver_code;
    if (resolver_code == 0) return host_call_finish(call, 0, 0);
    if (resolver_code == EAI_SYSTEM) return host_call_finish(call, system_code != 0 ? system_code : EIO, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].resolver_code == resolver_code)
            return host_call_finish_status(call, rows[i].status, rows[i].code, 0, rows[i].why);
    return host_call_finish_status(call, HOST_FAILURE, EIO, 0, "the name servers failed");
}

/* Everything of one list in one block: the answers, then the canonical name. */
static host_net_answers *copy_list(const struct addrinfo *list)
{
    size_t count = 0;
    for (const struct addrinfo *entry = list; entry != NULL; entry = entry->ai_next) count++;
    const char *name = list != NULL ? list->ai_canonname : NULL;
    size_t answers_size = sizeof(host_net_answers) + count * sizeof(host_net_answer);
    size_t name_size = name != NULL ? strlen(name) + 1 : 0;
    host_net_answers *answers = calloc(1, answers_size + name_size);
    if (answers == NULL) return NULL;
    if (name != NULL) answers->canonical_name = memcpy((char *)answers + answers_size, name, name_size);
    for (const struct addrinfo *entry = list; entry != NULL; entry = entry->ai_next) {
        host_net_answer *answer = &answers->answers[answers->count];
        if (entry->ai_addrlen > sizeof answer->address) continue;
        answer->family = entry->ai_family;
        answer->type = entry->ai_socktype;
        answer->protocol = entry->ai_protocol;
        answer->flags = entry->ai_flags;
        answer->address_size = entry->ai_addrlen;
        memcpy(answer->address, entry->ai_addr, entry->ai_addrlen);
        answers->count++;
    }
    return answers;
}

/* The name that policy sees; false if it is none. NULL and "" stay what they are: this host. */
static bool show_host(host_call *call, const char *host, char *canonical, size_t size)
{
    bool is_this_host = host == NULL || host[0] == '\0';
    canonical[0] = '\0';
    if (!is_this_host && !host_name_canonical(host, canonical, size)) return false;
    host_call_name(call, "host", is_this_host ? NULL : canonical);
    return true;
}

host_status host_net_resolve(host_env *env, const char *host, const char *service, const host_net_hints *hints, host_net_answers **answers_out,
                             int *resolver_code_out, host_error *error)
{
    HOST_CALL(call, env, NET_RESOLVE, error);
    char canonical[NAME_SIZE];
    if (resolver_code_out != NULL) *resolver_code_out = EAI_SYSTEM;
    if (answers_out == NULL) return host_call_invalid(&call, "answers_out is NULL");
    *answers_out = NULL;
    if (!show_host(&call, host, canonical, sizeof canonical)) return host_call_invalid(&call, "the host name is too long");
    host_call_name(&call, "service", service);
    host_call_number(&call, "family", hints != NULL ? hints->family : AF_UNSPEC);
    if (!host_call_permitted(&call)) return call.access.status;
    struct addrinfo wanted = { 0 }, *list = NULL;
    if (hints != NULL)
        wanted = (struct addrinfo){ .ai_flags = hints->flags, .ai_family = hints->family, .ai_socktype = hints->type, .ai_protocol = hints->protocol };
    int resolver_code = env->operations.getaddrinfo(host, service, hints != NULL ? &wanted : NULL, &list);
    int system_code = errno;
    if (resolver_code == 0) {
        *answers_out = copy_list(list);
        freeaddrinfo(list);
        if (*answers_out == NULL) resolver_code = EAI_MEMORY;
    }
    return finish_resolver(&call, resolver_code, system_code, resolver_code_out);
}

void host_net_answers_free(host_net_answers *answers)
{
    free(answers);
}

host_status host_net_resolve_address(host_env *env, const void *address, size_t address_size, char *host_out, size_t host_size, char *service_out,
                                     size_t service_size, int flags, int *resolver_code_out, host_error *error)
{
    HOST_CALL(call, env, NET_RESOLVE_ADDRESS, error);
    net_target target;
    if (resolver_code_out != NULL) *resolver_code_out = EAI_SYSTEM;
    if (host_out != NULL && host_size > 0) host_out[0] = '\0';
    if (service_out != NULL && service_size > 0) service_out[0] = '\0';
    if (!net_target_read(&target, &call, NET_TARGET_OWN, address, address_size)) return host_call_invalid(&call, "not a socket address");
    if (!host_call_permitted(&call)) return call.access.status;
    int resolver_code = env->operations.getnameinfo(net_target_address(&target), target.size, host_out, (socklen_t)host_size, service_out,
                                                    (socklen_t)service_size, flags);
    return finish_resolver(&call, resolver_code, errno, resolver_code_out);
}
