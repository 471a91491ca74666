/* Hides how children are waited for and processes are signalled. */
#include "host_env/process.h"

#include "host_call.h"
#include "process_usage.h"

host_status host_process_wait4(host_env *env, int64_t pid, int flags, int64_t *pid_out, int *status_out,
                               host_process_usage *usage_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_WAIT4, error);
    host_call_number(&call, "pid", pid);
    host_call_number(&call, "flags", flags);
    if (pid_out == NULL || status_out == NULL) {
        return host_call_invalid(&call, "pid_out or status_out is NULL");
    }
    *pid_out = -1;
    *status_out = 0;
    if (usage_out != NULL) {
        *usage_out = (host_process_usage){0};
    }
    if (pid != (pid_t)pid) {
        return host_call_invalid(&call, "pid is out of range");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    struct rusage usage = {0};
    *pid_out = env->operations.wait4((pid_t)pid, status_out, flags, usage_out != NULL ? &usage : NULL);
    int code = *pid_out < 0 ? errno : 0;
    if (code == 0 && usage_out != NULL) {
        *usage_out = process_usage_from_host(&usage);
    }
    return host_call_finish(&call, code, *pid_out);
}

host_status host_process_waitid(host_env *env, int type, int64_t id, int flags, host_process_change *change_out,
                                host_error *error)
{
    HOST_CALL(call, env, PROCESS_WAITID, error);
    host_call_number(&call, "type", type);
    host_call_number(&call, "id", id);
    host_call_number(&call, "flags", flags);
    if (change_out == NULL) {
        return host_call_invalid(&call, "change_out is NULL");
    }
    *change_out = (host_process_change){0};
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    siginfo_t info = {0}; /* Linux leaves it alone if WNOHANG finds nothing */
    int code = env->operations.waitid((idtype_t)type, (id_t)id, &info, flags) != 0 ? errno : 0;
    if (code == 0) {
        *change_out = (host_process_change){info.si_pid, info.si_uid, info.si_signo, info.si_status, info.si_code};
    }
    return host_call_finish(&call, code, change_out->pid);
}

host_status host_process_pidfd_open(host_env *env, int64_t pid, unsigned int flags, int *fd_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_PIDFD_OPEN, error);
    host_call_number(&call, "pid", pid);
    host_call_number(&call, "flags", flags);
    if (fd_out == NULL) {
        return host_call_invalid(&call, "fd_out is NULL");
    }
    *fd_out = -1;
    if (pid != (pid_t)pid) {
        return host_call_invalid(&call, "pid is out of range");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *fd_out = env->operations.pidfd_open_flags((pid_t)pid, flags);
    return host_call_finish(&call, *fd_out < 0 ? errno : 0, *fd_out);
}

host_status host_process_pidfd_send_signal(host_env *env, int fd, int signal, const void *info, unsigned int flags,
                                           host_error *error)
{
    HOST_CALL(call, env, PROCESS_PIDFD_SEND_SIGNAL, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "signal", signal);
    host_call_number(&call, "flags", flags);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int failed = env->operations.pidfd_send_signal_info(fd, signal, (siginfo_t *)info, flags);
    return host_call_finish(&call, failed ? errno : 0, 0);
}

/* X(primitive, FUNCTION, label) */
#define SEND_TABLE(X)                                                                                                  \
    X(kill, PROCESS_KILL, "pid")                                                                                       \
    X(killpg, PROCESS_KILLPG, "group")

#define SEND(primitive, function, label)                                                                               \
    host_status host_process_##primitive(host_env *env, int64_t id, int signal, host_error *error)                     \
    {                                                                                                                  \
        HOST_CALL(call, env, function, error);                                                              \
        host_call_number(&call, label, id);                                                                            \
        host_call_number(&call, "signal", signal);                                                                     \
        if (id != (pid_t)id) {                                                                                         \
            return host_call_invalid(&call, "the id is out of range");                                                 \
        }                                                                                                              \
        if (!host_call_permitted(&call)) {                                                                             \
            return call.access.status;                                                                                 \
        }                                                                                                              \
        int failed = env->operations.primitive((pid_t)id, signal);                                                     \
        return host_call_finish(&call, failed ? errno : 0, 0);                                                         \
    }
SEND_TABLE(SEND)
