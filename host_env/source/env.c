/* Hides libc's table of environment variables. */
#include "host_env/env.h"

#include <stdlib.h>
#include <string.h>

#include "host_call.h"

static const char *what_is_wrong(const char *name)
{
    return name == NULL ? "the name is NULL" : name[0] == '\0' ? "the name is empty" : strchr(name, '=') != NULL ? "the name holds '='" : NULL;
}

host_status host_env_get(host_env *env, const char *name, const char **value_out, host_error *error)
{
    HOST_CALL(call, env, ENV_GET, error);
    host_call_name(&call, "name", name);
    *value_out = NULL;
    if (what_is_wrong(name) != NULL) {
        return host_call_invalid(&call, what_is_wrong(name));
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *value_out = env->operations.getenv(name);
    if (*value_out == NULL) {
        return host_call_finish_status(&call, HOST_MISSING, 0, 0, "there is no such variable");
    }
    return host_call_finish(&call, 0, 0);
}

host_status host_env_set(host_env *env, const char *name, const char *value, host_env_replace replace, host_error *error)
{
    HOST_CALL(call, env, ENV_SET, error);
    host_call_name(&call, "name", name);
    host_call_secret(&call, "value", value);
    if (what_is_wrong(name) != NULL || value == NULL) {
        return host_call_invalid(&call, value == NULL ? "the value is NULL" : what_is_wrong(name));
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int result = env->operations.setenv(name, value, replace == HOST_ENV_REPLACE);
    return host_call_finish(&call, result < 0 ? errno : 0, 0);
}

host_status host_env_unset(host_env *env, const char *name, host_error *error)
{
    HOST_CALL(call, env, ENV_UNSET, error);
    host_call_name(&call, "name", name);
    if (what_is_wrong(name) != NULL) {
        return host_call_invalid(&call, what_is_wrong(name));
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int result = env->operations.unsetenv(name);
    return host_call_finish(&call, result < 0 ? errno : 0, 0);
}

host_status host_env_list(host_env *env, const char *const **list_out, host_error *error)
{
    static const char *const empty[] = { NULL }; /* clearenv() leaves no table at all */
    HOST_CALL(call, env, ENV_LIST, error);
    *list_out = NULL;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    char **table = env->operations.environ_table();
    *list_out = table == NULL ? empty : (const char *const *)table;
    return host_call_finish(&call, 0, 0);
}
