/* Hides how the host's names and figures are asked for. */
#include "host_env/system.h"

#include <string.h>

#include "host_call.h"

_Static_assert(sizeof(((struct utsname *)0)->release) == HOST_SYSTEM_NAME_SIZE, "names are as long as the host's");

host_status host_system_uname(host_env *env, host_system_names *names_out, host_error *error)
{
    HOST_CALL(call, env, SYSTEM_UNAME, error);
    if (names_out == NULL) {
        return host_call_invalid(&call, "names_out is NULL");
    }
    *names_out = (host_system_names){.system = ""};
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct utsname names;
    int code = env->operations.uname(&names) < 0 ? errno : 0;
    if (code == 0) {
        memcpy(names_out->system, names.sysname, HOST_SYSTEM_NAME_SIZE);
        memcpy(names_out->node, names.nodename, HOST_SYSTEM_NAME_SIZE);
        memcpy(names_out->release, names.release, HOST_SYSTEM_NAME_SIZE);
        memcpy(names_out->version, names.version, HOST_SYSTEM_NAME_SIZE);
        memcpy(names_out->machine, names.machine, HOST_SYSTEM_NAME_SIZE);
        memcpy(names_out->domain, names.domainname, HOST_SYSTEM_NAME_SIZE);
    }
    return host_call_finish(&call, code, 0);
}

host_status host_system_sysconf(host_env *env, int name, int64_t *value_out, host_error *error)
{
    HOST_CALL(call, env, SYSTEM_SYSCONF, error);
    host_call_number(&call, "name", name);
    if (value_out == NULL) {
        return host_call_invalid(&call, "value_out is NULL");
    }
    *value_out = -1;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    errno = 0; /* -1 without errno is "no limit" */
    *value_out = env->operations.sysconf(name);
    return host_call_finish(&call, *value_out == -1 ? errno : 0, *value_out);
}

host_status host_system_processor_count(host_env *env, int *count_out, host_error *error)
{
    HOST_CALL(call, env, SYSTEM_PROCESSOR_COUNT, error);
    if (count_out == NULL) {
        return host_call_invalid(&call, "count_out is NULL");
    }
    *count_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    errno = 0;
    long count = env->operations.sysconf(_SC_NPROCESSORS_ONLN);
    int code = count < 1 ? errno : 0;
    if (count < 1 && code == 0) {
        return host_call_finish_status(&call, HOST_FAILURE, ENOSYS, 0, "the host does not tell");
    }
    *count_out = code == 0 ? (int)count : 0;
    return host_call_finish(&call, code, count);
}

host_status host_system_confstr(host_env *env, int name, char *text_out, size_t size_bytes, size_t *size_out,
                                host_error *error)
{
    HOST_CALL(call, env, SYSTEM_CONFSTR, error);
    host_call_number(&call, "name", name);
    if (size_out == NULL || (text_out == NULL && size_bytes > 0)) {
        return host_call_invalid(&call, "text_out or size_out is NULL");
    }
    *size_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    errno = 0; /* 0 without errno is "no such text" */
    *size_out = env->operations.confstr(name, text_out, size_bytes);
    return host_call_finish(&call, *size_out == 0 ? errno : 0, (int64_t)*size_out);
}

host_status host_system_getloadavg(host_env *env, double loads_out[3], host_error *error)
{
    HOST_CALL(call, env, SYSTEM_GETLOADAVG, error);
    if (loads_out == NULL) {
        return host_call_invalid(&call, "loads_out is NULL");
    }
    loads_out[0] = loads_out[1] = loads_out[2] = 0.0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int count = env->operations.getloadavg(loads_out, 3);
    if (count != 3) {
        loads_out[0] = loads_out[1] = loads_out[2] = 0.0;
        return host_call_finish_status(&call, HOST_FAILURE, EIO, 0, "the host does not tell");
    }
    return host_call_finish(&call, 0, 0);
}

host_status host_system_gethostname(host_env *env, char *name_out, size_t size_bytes, host_error *error)
{
    HOST_CALL(call, env, SYSTEM_GETHOSTNAME, error);
    if (name_out == NULL || size_bytes == 0) {
        return host_call_invalid(&call, "there is no room for the name");
    }
    name_out[0] = '\0';
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int code = env->operations.gethostname(name_out, size_bytes) != 0 ? errno : 0;
    name_out[code == 0 ? size_bytes - 1 : 0] = '\0'; /* POSIX leaves a cut name without one */
    return host_call_finish(&call, code, 0);
}

host_status host_system_sethostname(host_env *env, const char *name, size_t length_bytes, host_error *error)
{
    HOST_CALL(call, env, SYSTEM_SETHOSTNAME, error);
    char shown[HOST_SYSTEM_NAME_SIZE] =
        ""; /* `name` need not end in NUL; what does not fit is too long for the host too */
    if (name != NULL) {
        memcpy(shown, name, length_bytes < sizeof(shown) - 1 ? length_bytes : sizeof(shown) - 1);
    }
    host_call_name(&call, "name", shown);
    if (name == NULL) {
        return host_call_invalid(&call, "name is NULL");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int failed = env->operations.sethostname(name, length_bytes);
    return host_call_finish(&call, failed ? errno : 0, 0);
}

host_status host_system_getauxval(host_env *env, uint64_t type, uint64_t *value_out, host_error *error)
{
    HOST_CALL(call, env, SYSTEM_GETAUXVAL, error);
    host_call_number(&call, "type", (int64_t)type);
    if (value_out == NULL) {
        return host_call_invalid(&call, "value_out is NULL");
    }
    *value_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    errno = 0; /* 0 without errno is a value */
    *value_out = env->operations.getauxval(type);
    return host_call_finish(&call, *value_out == 0 ? errno : 0, 0);
}
