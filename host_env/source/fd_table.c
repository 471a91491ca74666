/* The table of descriptors: duplicating, closing, controlling, locking. Hides that roots have descriptors too, which nobody may take away. */
#include <limits.h>

#include "fd_control.h"
#include "fd_internal.h"
#include "path_place.h"

host_status host_fd_dup(host_env *env, int fd, int *fd_out, host_error *error)
{
    HOST_CALL(call, env, FD_DUP, error);
    host_call_fd(&call, "fd", fd);
    *fd_out = -1;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *fd_out = env->operations.dup(fd);
    return fd_finish(&call, *fd_out);
}

host_status host_fd_dup2(host_env *env, int fd, int fd_to, int flags, host_error *error)
{
    HOST_CALL(call, env, FD_DUP2, error);
    host_call_fd(&call, "fd", fd);
    host_call_fd(&call, "fd_to", fd_to);
    host_call_number(&call, "flags", flags);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    if (host_root_is(env, fd_to)) {
        return host_root_refuse(&call);
    }
    return fd_finish(&call, flags == 0 ? env->operations.dup2(fd, fd_to) : env->operations.dup3(fd, fd_to, flags));
}

HOST_HOT host_status host_fd_close(host_env *env, int fd, host_error *error)
{
    HOST_CALL(call, env, FD_CLOSE, error);
    host_call_fd(&call, "fd", fd);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    if (host_root_is(env, fd)) {
        return host_root_refuse(&call);
    }
    return fd_finish(&call, env->operations.close(fd));
}

/* The smallest root's number from `first` on, or UINT_MAX. */
static unsigned int next_root(const host_env *env, unsigned int first)
{
    unsigned int next = UINT_MAX;
    for (size_t i = 0; i < env->root_count; i++) {
        unsigned int fd = (unsigned int)env->roots[i].fd;
        next = fd >= first && fd < next ? fd : next;
    }
    return next;
}

/* Closes the gaps between roots. Returns 0 or an errno. */
static int close_around_roots(const host_env *env, unsigned int first, unsigned int last, unsigned int flags)
{
    for (;;) {
        unsigned int root = next_root(env, first);
        bool is_before_root = root > last || root == UINT_MAX;
        unsigned int until = is_before_root ? last : root - 1;
        if ((is_before_root || root > first) && env->operations.close_range_flags(first, until, flags) < 0) {
            return errno;
        }
        if (is_before_root || root == last) {
            return 0;
        }
        first = root + 1;
    }
}

host_status host_fd_close_range(host_env *env, unsigned int first, unsigned int last, unsigned int flags, host_error *error)
{
    HOST_CALL(call, env, FD_CLOSE_RANGE, error);
    host_call_number(&call, "first", first);
    host_call_number(&call, "last", last);
    host_call_number(&call, "flags", flags);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return host_call_finish(&call, close_around_roots(env, first, last, flags), 0);
}

host_status host_fd_closefrom(host_env *env, int first, host_error *error)
{
    HOST_CALL(call, env, FD_CLOSEFROM, error);
    host_call_number(&call, "first", first);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return host_call_finish(&call, close_around_roots(env, first < 0 ? 0 : (unsigned int)first, UINT_MAX, 0), 0);
}

host_status host_fd_fcntl(host_env *env, int fd, int command, int64_t argument, int64_t *result_out, host_error *error)
{
    HOST_CALL(call, env, FD_FCNTL, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "command", command);
    host_call_number(&call, "argument", argument);
    *result_out = -1;
    if (!fd_command_permitted(&call, command, argument)) {
        return call.access.status;
    }
    int result = env->operations.fcntl_number(fd, command, (long)argument);
    int code = result == -1 ? errno : 0; /* F_GETOWN answers other negative numbers: process groups */
    *result_out = result;
    return host_call_finish(&call, code, result);
}

host_status host_fd_fcntl_buffer(host_env *env, int fd, int command, void *buffer, int64_t *result_out, host_error *error)
{
    HOST_CALL(call, env, FD_FCNTL_BUFFER, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "command", command);
    *result_out = -1;
    if (!fd_command_permitted(&call, command, 0)) {
        return call.access.status;
    }
    return fd_finish_number(&call, env->operations.fcntl_buffer(fd, command, buffer), result_out);
}

/* Requests that only ask, or change the descriptor and not the file. Any other may change a file that is open for reading only (FS_IOC_SETFLAGS). */
static bool is_harmless_request(unsigned long request)
{
    static const unsigned long harmless[] = { FIONREAD, FIOCLEX, FIONCLEX, FIONBIO, FIOASYNC, FIOQSIZE, TCGETS, TIOCGWINSZ, TIOCGPGRP };
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        if (harmless[i] == request) {
            return true;
        }
    }
    return false;
}

/* Beneath roots, a request that may change a file or directory needs what fchmod needs. 0 and a descriptor to use, or an errno. */
static int ioctl_descriptor(host_env *env, int fd, unsigned long request, int *held_out)
{
    struct stat status;
    *held_out = fd;
    if (env->path_mode == HOST_PATHS_ANY || is_harmless_request(request)) {
        return 0;
    }
    if (env->operations.fstat(fd, &status) < 0) {
        return errno;
    }
    return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) ? host_place_descriptor(env, fd, HOST_ROOT_WRITE, held_out) : 0;
}

host_status host_fd_ioctl(host_env *env, int fd, unsigned long request, uintptr_t argument, int64_t *result_out, host_error *error)
{
    HOST_CALL(call, env, FD_IOCTL, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "request", (int64_t)request);
    *result_out = -1;
    if (!fd_request_permitted(&call, request)) {
        return call.access.status;
    }
    int held;
    int code = ioctl_descriptor(env, fd, request, &held);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    int result = env->operations.ioctl_argument(held, request, argument);
    code = result < 0 ? errno : 0;
    host_place_let_go(env, fd, held);
    *result_out = result < 0 ? -1 : result;
    return host_call_finish(&call, code, result);
}

host_status host_fd_flock(host_env *env, int fd, int operation, host_error *error)
{
    HOST_CALL(call, env, FD_FLOCK, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "operation", operation);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish(&call, env->operations.flock(fd, operation));
}

host_status host_fd_lockf(host_env *env, int fd, int command, int64_t size, host_error *error)
{
    HOST_CALL(call, env, FD_LOCKF, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "command", command);
    host_call_number(&call, "size", size);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish(&call, env->operations.lockf(fd, command, size));
}

HOST_HOT host_status host_fd_isatty(host_env *env, int fd, bool *is_terminal_out, host_error *error)
{
    HOST_CALL(call, env, FD_ISATTY, error);
    host_call_fd(&call, "fd", fd);
    *is_terminal_out = false;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *is_terminal_out = env->operations.isatty(fd) == 1;
    int code = *is_terminal_out || errno == ENOTTY || errno == EINVAL ? 0 : errno; /* "no" is an answer */
    return host_call_finish(&call, code, *is_terminal_out);
}
