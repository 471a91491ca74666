/* The file behind a descriptor: its status, size, durability, permissions and attributes. */
#include <string.h>

#include "fd_internal.h"
#include "file_status_convert.h"
#include "path_place.h"

HOST_HOT host_status host_fd_fstat(host_env *env, int fd, host_file_status *status_out, host_error *error)
{
    HOST_CALL(call, env, FD_FSTAT, error);
    struct stat own;
    host_call_fd(&call, "fd", fd);
    if (!host_call_permitted(&call)) {
        *status_out = (host_file_status){ 0 };
        return call.access.status;
    }
    int code = env->operations.fstat(fd, file_status_room(status_out, &own)) < 0 ? errno : 0;
    file_status_take(status_out, &own, code);
    return host_call_finish(&call, code, 0);
}

host_status host_fd_fstatvfs(host_env *env, int fd, host_file_system_status *status_out, host_error *error)
{
    HOST_CALL(call, env, FD_FSTATVFS, error);
    struct statvfs status;
    host_call_fd(&call, "fd", fd);
    memset(status_out, 0, sizeof(*status_out));
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int code = env->operations.fstatvfs(fd, &status) < 0 ? errno : 0;
    if (code == 0) {
        file_system_status_convert(status_out, &status);
    }
    return host_call_finish(&call, code, 0);
}

host_status host_fd_fpathconf(host_env *env, int fd, int name, int64_t *value_out, host_error *error)
{
    HOST_CALL(call, env, FD_FPATHCONF, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "name", name);
    *value_out = -1;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    errno = 0; /* -1 with errno untouched means "no limit" */
    *value_out = env->operations.fpathconf(fd, name);
    return host_call_finish(&call, *value_out < 0 ? errno : 0, *value_out);
}

host_status host_fd_fsync(host_env *env, int fd, host_error *error)
{
    HOST_CALL(call, env, FD_FSYNC, error);
    host_call_fd(&call, "fd", fd);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish(&call, env->operations.fsync(fd));
}

host_status host_fd_fdatasync(host_env *env, int fd, host_error *error)
{
    HOST_CALL(call, env, FD_FDATASYNC, error);
    host_call_fd(&call, "fd", fd);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish(&call, env->operations.fdatasync(fd));
}

host_status host_fd_ftruncate(host_env *env, int fd, int64_t size, host_error *error)
{
    HOST_CALL(call, env, FD_FTRUNCATE, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "size", size);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish(&call, env->operations.ftruncate(fd, size));
}

host_status host_fd_fadvise(host_env *env, int fd, int64_t offset, int64_t size, int advice, host_error *error)
{
    HOST_CALL(call, env, FD_FADVISE, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "offset", offset);
    host_call_number(&call, "size", size);
    host_call_number(&call, "advice", advice);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return host_call_finish(&call, env->operations.posix_fadvise(fd, offset, size, advice), 0);
}

host_status host_fd_fallocate(host_env *env, int fd, int64_t offset, int64_t size, host_error *error)
{
    HOST_CALL(call, env, FD_FALLOCATE, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "offset", offset);
    host_call_number(&call, "size", size);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return host_call_finish(&call, env->operations.posix_fallocate(fd, offset, size), 0);
}

/* ---- Changes to the file itself; see the header for what they need beneath roots ---- */

/* Step 2, and the descriptor to use in step 3; false: call.access.status is final. */
static bool change_permitted(host_call *call, int fd, int *held_out)
{
    if (!host_call_permitted(call)) {
        return false;
    }
    int code = host_place_descriptor(call->env, fd, HOST_ROOT_WRITE, held_out);
    if (code != 0) {
        host_place_refuse(call, code);
    }
    return code == 0;
}

/* Step 4 with the primitive's result as it comes. */
static host_status change_finish(host_call *call, int fd, int held, int result)
{
    int code = result < 0 ? errno : 0;
    host_place_let_go(call->env, fd, held);
    return host_call_finish(call, code, 0);
}

host_status host_fd_fchmod(host_env *env, int fd, uint32_t mode, host_error *error)
{
    HOST_CALL(call, env, FD_FCHMOD, error);
    int held;
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "mode", mode);
    if (!change_permitted(&call, fd, &held)) {
        return call.access.status;
    }
    return change_finish(&call, fd, held, env->operations.fchmod(held, mode));
}

host_status host_fd_fchown(host_env *env, int fd, uint32_t uid, uint32_t gid, host_error *error)
{
    HOST_CALL(call, env, FD_FCHOWN, error);
    int held;
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "uid", uid);
    host_call_number(&call, "gid", gid);
    if (!change_permitted(&call, fd, &held)) {
        return call.access.status;
    }
    return change_finish(&call, fd, held, env->operations.fchown(held, uid, gid));
}

host_status host_fd_futimens(host_env *env, int fd, const host_file_time times[2], host_error *error)
{
    HOST_CALL(call, env, FD_FUTIMENS, error);
    int held;
    struct timespec converted[2];
    host_call_fd(&call, "fd", fd);
    if (!change_permitted(&call, fd, &held)) {
        return call.access.status;
    }
    return change_finish(&call, fd, held, env->operations.futimens(held, file_times_convert(converted, times)));
}

static void call_attribute(host_call *call, int fd, const char *name)
{
    host_call_fd(call, "fd", fd);
    host_call_name(call, "name", name);
}

host_status host_fd_fgetxattr(host_env *env, int fd, const char *name, void *value_out, size_t size_bytes, size_t *size_out, host_error *error)
{
    HOST_CALL(call, env, FD_FGETXATTR, error);
    call_attribute(&call, fd, name);
    *size_out = 0;
    if (name == NULL) {
        return host_call_invalid_code(&call, EFAULT, "the name is NULL");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish_count(&call, env->operations.fgetxattr(fd, name, value_out, size_bytes), size_out);
}

host_status host_fd_fsetxattr(host_env *env, int fd, const char *name, const void *value, size_t size_bytes, int flags, host_error *error)
{
    HOST_CALL(call, env, FD_FSETXATTR, error);
    int held;
    call_attribute(&call, fd, name);
    host_call_number(&call, "flags", flags);
    if (name == NULL) {
        return host_call_invalid_code(&call, EFAULT, "the name is NULL");
    }
    if (!change_permitted(&call, fd, &held)) {
        return call.access.status;
    }
    return change_finish(&call, fd, held, env->operations.fsetxattr(held, name, value, size_bytes, flags));
}

host_status host_fd_flistxattr(host_env *env, int fd, char *names_out, size_t size_bytes, size_t *size_out, host_error *error)
{
    HOST_CALL(call, env, FD_FLISTXATTR, error);
    host_call_fd(&call, "fd", fd);
    *size_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return fd_finish_count(&call, env->operations.flistxattr(fd, names_out, size_bytes), size_out);
}

host_status host_fd_fremovexattr(host_env *env, int fd, const char *name, host_error *error)
{
    HOST_CALL(call, env, FD_FREMOVEXATTR, error);
    int held;
    call_attribute(&call, fd, name);
    if (name == NULL) {
        return host_call_invalid_code(&call, EFAULT, "the name is NULL");
    }
    if (!change_permitted(&call, fd, &held)) {
        return call.access.status;
    }
    return change_finish(&call, fd, held, env->operations.fremovexattr(held, name));
}
