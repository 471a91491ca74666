/* Hides from everyone how pipes and event counters are made. */
#include "host_env/ipc.h"

#include "errno_guard.h"
#include "host_call.h"

host_status host_ipc_pipe(host_env *env, int flags, int fds_out[2], host_error *error)
{
    HOST_CALL(call, env, IPC_PIPE, error);
    host_call_number(&call, "flags", flags);
    if (fds_out == NULL) return host_call_invalid(&call, "fds_out is NULL");
    fds_out[0] = fds_out[1] = -1;
    if (!host_call_permitted(&call)) return call.access.status;
    int fds[2];
    int code = env->operations.pipe2(fds, flags) < 0 ? errno : 0;
    if (code == 0) {
        fds_out[0] = fds[0];
        fds_out[1] = fds[1];
    }
    return host_call_finish(&call, code, fds_out[0]);
}

host_status host_ipc_event_create(host_env *env, unsigned int initial, int flags, int *fd_out, host_error *error)
{
    HOST_CALL(call, env, IPC_EVENT_CREATE, error);
    host_call_number(&call, "initial", initial);
    host_call_number(&call, "flags", flags);
    if (fd_out == NULL) return host_call_invalid(&call, "fd_out is NULL");
    *fd_out = -1;
    if (!host_call_permitted(&call)) return call.access.status;
    int fd = env->operations.eventfd(initial, flags);
    int code = fd < 0 ? errno : 0;
    *fd_out = fd;
    return host_call_finish(&call, code, fd);
}

host_status host_ipc_event_read(host_env *env, int fd, uint64_t *value_out, host_error *error)
{
    HOST_CALL(call, env, IPC_EVENT_READ, error);
    host_call_fd(&call, "fd", fd);
    if (value_out == NULL) return host_call_invalid(&call, "value_out is NULL");
    *value_out = 0;
    if (!host_call_permitted(&call)) return call.access.status;
    eventfd_t value = 0;
    int before = errno_guard_begin(); /* a descriptor of another kind reads too few bytes, and sets none */
    bool failed = env->operations.eventfd_read(fd, &value) < 0;
    int code = errno_guard_end(before);
    code = !failed ? 0 : code != 0 ? code : EINVAL;
    *value_out = code == 0 ? value : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_ipc_event_write(host_env *env, int fd, uint64_t value, host_error *error)
{
    HOST_CALL(call, env, IPC_EVENT_WRITE, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "value", (int64_t)value);
    if (!host_call_permitted(&call)) return call.access.status;
    int before = errno_guard_begin();
    bool failed = env->operations.eventfd_write(fd, value) < 0;
    int code = errno_guard_end(before);
    code = !failed ? 0 : code != 0 ? code : EINVAL;
    return host_call_finish(&call, code, 0);
}
