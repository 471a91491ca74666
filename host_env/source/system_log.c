/* Hides the system log. libc gives no error for any of it: a line that nobody listens to is lost in silence. */
#include "host_env/system.h"

#include "host_call.h"

host_status host_system_openlog(host_env *env, const char *name, int options, int facility, host_error *error)
{
    HOST_CALL(call, env, SYSTEM_OPENLOG, error);
    host_call_name(&call, "name", name);
    host_call_number(&call, "options", options);
    host_call_number(&call, "facility", facility);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    env->operations.openlog(name, options, facility);
    return host_call_finish(&call, 0, 0);
}

host_status host_system_syslog(host_env *env, int priority, const char *text, host_error *error)
{
    HOST_CALL(call, env, SYSTEM_SYSLOG, error);
    host_call_number(&call, "priority", priority);
    if (text == NULL) {
        return host_call_invalid(&call, "text is NULL");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    env->operations.syslog_text(priority, text);
    return host_call_finish(&call, 0, 0);
}

host_status host_system_closelog(host_env *env, host_error *error)
{
    HOST_CALL(call, env, SYSTEM_CLOSELOG, error);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    env->operations.closelog();
    return host_call_finish(&call, 0, 0);
}

host_status host_system_setlogmask(host_env *env, int mask, int *old_out, host_error *error)
{
    HOST_CALL(call, env, SYSTEM_SETLOGMASK, error);
    host_call_number(&call, "mask", mask);
    if (old_out == NULL) {
        return host_call_invalid(&call, "old_out is NULL");
    }
    *old_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *old_out = env->operations.setlogmask(mask);
    return host_call_finish(&call, 0, *old_out);
}
