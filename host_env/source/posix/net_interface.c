/* Hides from everyone how the host's network interfaces are numbered and listed. */
#include "host_env/net.h"

#include <stdlib.h>
#include <string.h>

#include "net_internal.h"

static_assert(HOST_NET_INTERFACE_NAME_SIZE >= IF_NAMESIZE, "an interface's name fits");

static host_net_interface *copy_interfaces(const struct if_nameindex *list, size_t *count_out)
{
    size_t count = 0;
    while (list[count].if_index != 0) count++;
    host_net_interface *interfaces = calloc(count + 1, sizeof *interfaces); /* never of size 0, whose answer may be NULL */
    if (interfaces == NULL) return NULL;
    for (size_t i = 0; i < count; i++) {
        interfaces[i].index = list[i].if_index;
        strncpy(interfaces[i].name, list[i].if_name, sizeof interfaces[i].name - 1);
    }
    *count_out = count;
    return interfaces;
}

host_status host_net_interfaces(host_env *env, host_net_interface **interfaces_out, size_t *count_out, host_error *error)
{
    HOST_CALL(call, env, NET_INTERFACES, error);
    if (interfaces_out == NULL || count_out == NULL) return host_call_invalid(&call, "an output is NULL");
    *interfaces_out = NULL;
    *count_out = 0;
    if (!host_call_permitted(&call)) return call.access.status;
    struct if_nameindex *list = env->operations.if_nameindex();
    int code = list == NULL ? errno : 0;
    if (list != NULL) {
        *interfaces_out = copy_interfaces(list, count_out);
        code = *interfaces_out == NULL ? ENOMEM : 0;
        if_freenameindex(list);
    }
    return host_call_finish(&call, code, (int64_t)*count_out);
}

void host_net_interfaces_free(host_net_interface *interfaces)
{
    free(interfaces);
}

host_status host_net_interface_index(host_env *env, const char *name, unsigned int *index_out, host_error *error)
{
    HOST_CALL(call, env, NET_INTERFACE_INDEX, error);
    host_call_name(&call, "name", name);
    if (name == NULL || index_out == NULL) return host_call_invalid(&call, "an argument is NULL");
    *index_out = 0;
    if (!host_call_permitted(&call)) return call.access.status;
    unsigned int index = env->operations.if_nametoindex(name);
    int code = index == 0 ? errno : 0;
    *index_out = index;
    if (code == ENODEV) return host_call_finish_status(&call, HOST_MISSING, code, 0, "there is no such interface");
    return host_call_finish(&call, code, index);
}

host_status host_net_interface_name(host_env *env, unsigned int index, char name_out[HOST_NET_INTERFACE_NAME_SIZE], host_error *error)
{
    HOST_CALL(call, env, NET_INTERFACE_NAME, error);
    host_call_number(&call, "index", index);
    if (name_out == NULL) return host_call_invalid(&call, "name_out is NULL");
    name_out[0] = '\0';
    if (!host_call_permitted(&call)) return call.access.status;
    char *name = env->operations.if_indextoname(index, name_out);
    int code = name == NULL ? errno : 0;
    if (code == ENXIO) return host_call_finish_status(&call, HOST_MISSING, code, 0, "there is no such interface");
    return host_call_finish(&call, code, 0);
}
