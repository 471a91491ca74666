/* Descriptors that are open already.
 *
 * Flags and commands are the host's own numbers (<fcntl.h>, <unistd.h>), passed through unchanged. Buffers are the caller's. *count_out is bytes moved;
 * it, like other outputs, is 0, -1 or false after a failure. Safe from any thread; all but the vector forms' names may be used between fork
 * and exec. Common failures: DENIED_BY_POLICY, BAD_DESCRIPTOR, INVALID_ARGUMENT, WOULD_BLOCK, INTERRUPTED, NO_SPACE, FAILURE.
 *
 * Functions that change what a file is (fchmod, fchown, futimens, fsetxattr, fremovexattr) need fs.write. When paths are held beneath roots, they
 * also need a descriptor that is open for writing, or a directory beneath a root that grants WRITE, else OUTSIDE_ROOT. */
#ifndef HOST_ENV_FD_H
#define HOST_ENV_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host_env/file_status.h"
#include "host_env/host_env.h"

/* A piece of memory; laid out as struct iovec, which the implementation checks. */
typedef struct host_fd_buffer {
    void *data;
    size_t size;
} host_fd_buffer;

/* ---- Reading and writing; 0 bytes read is the end ---- */

host_status host_fd_read(host_env *env, int fd, void *buffer_out, size_t size, size_t *count_out, host_error *error);
host_status host_fd_write(host_env *env, int fd, const void *buffer, size_t size, size_t *count_out, host_error *error);
host_status host_fd_pread(host_env *env, int fd, void *buffer_out, size_t size, int64_t offset, size_t *count_out, host_error *error);
host_status host_fd_pwrite(host_env *env, int fd, const void *buffer, size_t size, int64_t offset, size_t *count_out, host_error *error);
host_status host_fd_readv(host_env *env, int fd, const host_fd_buffer *buffers, int buffer_count, size_t *count_out, host_error *error);
host_status host_fd_writev(host_env *env, int fd, const host_fd_buffer *buffers, int buffer_count, size_t *count_out, host_error *error);
/* `flags`: RWF_*; 0 makes them preadv and pwritev. Offset -1 uses the descriptor's own. */
host_status host_fd_preadv2(host_env *env, int fd, const host_fd_buffer *buffers, int buffer_count, int64_t offset, int flags, size_t *count_out,
                            host_error *error);
host_status host_fd_pwritev2(host_env *env, int fd, const host_fd_buffer *buffers, int buffer_count, int64_t offset, int flags, size_t *count_out,
                             host_error *error);
host_status host_fd_lseek(host_env *env, int fd, int64_t offset, int whence, int64_t *offset_out, host_error *error);

/* ---- Between two descriptors. Offsets are read and advanced; NULL uses the descriptor's own ---- */

host_status host_fd_copy_file_range(host_env *env, int fd, int64_t *offset, int fd_to, int64_t *offset_to, size_t size, unsigned int flags,
                                    size_t *count_out, host_error *error);
host_status host_fd_splice(host_env *env, int fd, int64_t *offset, int fd_to, int64_t *offset_to, size_t size, unsigned int flags,
                           size_t *count_out, host_error *error);
host_status host_fd_sendfile(host_env *env, int fd_to, int fd, int64_t *offset, size_t size, size_t *count_out, host_error *error);

/* ---- The descriptor itself ---- */

/* The caller owns *fd_out. */
host_status host_fd_dup(host_env *env, int fd, int *fd_out, host_error *error);
/* dup3 with `flags` O_CLOEXEC or 0; like dup2, equal numbers do nothing if the descriptor is open. */
host_status host_fd_dup2(host_env *env, int fd, int fd_to, int flags, host_error *error);
/* The number is free afterwards even if INTERRUPTED or FAILURE says that data was lost. Refused by policy: it stays open. */
host_status host_fd_close(host_env *env, int fd, host_error *error);
/* From `first` to `last`, both included. `flags`: CLOSE_RANGE_*. The environment's own descriptors (roots) are kept. */
host_status host_fd_close_range(host_env *env, unsigned int first, unsigned int last, unsigned int flags, host_error *error);
host_status host_fd_closefrom(host_env *env, int first, host_error *error);
/* Commands without an argument or with a number (F_DUPFD, F_GETFD, F_SETFL, F_SETPIPE_SZ ...). F_SETOWN, F_SETOWN_EX and F_SETSIG are process.signal as well. */
host_status host_fd_fcntl(host_env *env, int fd, int command, int64_t argument, int64_t *result_out, host_error *error);
/* Commands whose argument is memory (F_GETLK, F_SETLK ...): `buffer` must be what the command takes. */
host_status host_fd_fcntl_buffer(host_env *env, int fd, int command, void *buffer, int64_t *result_out, host_error *error);
/* `argument` is a number or the address of what the request takes. A request can do anything the driver does, so a policy should look.
 * Requests that change a terminal or are its input are tty as well, those that ask about interfaces system.info, those that change the network net.connect with the
 * address "netlink:", FIOSETOWN process.signal.
 * Beneath roots, requests that may change a file or directory need what fchmod needs. */
host_status host_fd_ioctl(host_env *env, int fd, unsigned long request, uintptr_t argument, int64_t *result_out, host_error *error);
/* `operation`: LOCK_*. */
host_status host_fd_flock(host_env *env, int fd, int operation, host_error *error);
/* `command`: F_LOCK, F_TLOCK, F_ULOCK, F_TEST; from the current offset. */
host_status host_fd_lockf(host_env *env, int fd, int command, int64_t size, host_error *error);
host_status host_fd_isatty(host_env *env, int fd, bool *is_terminal_out, host_error *error);

/* ---- The file behind it ---- */

host_status host_fd_fstat(host_env *env, int fd, host_file_status *status_out, host_error *error);
host_status host_fd_fstatvfs(host_env *env, int fd, host_file_system_status *status_out, host_error *error);
/* *value_out is -1 where the host has no limit. */
host_status host_fd_fpathconf(host_env *env, int fd, int name, int64_t *value_out, host_error *error);
host_status host_fd_fsync(host_env *env, int fd, host_error *error);
host_status host_fd_fdatasync(host_env *env, int fd, host_error *error);
host_status host_fd_ftruncate(host_env *env, int fd, int64_t size, host_error *error);
host_status host_fd_fadvise(host_env *env, int fd, int64_t offset, int64_t size, int advice, host_error *error);
host_status host_fd_fallocate(host_env *env, int fd, int64_t offset, int64_t size, host_error *error);
host_status host_fd_fchmod(host_env *env, int fd, uint32_t mode, host_error *error);
host_status host_fd_fchown(host_env *env, int fd, uint32_t uid, uint32_t gid, host_error *error);
/* `times`: access, then modification; NULL for now. */
host_status host_fd_futimens(host_env *env, int fd, const host_file_time times[2], host_error *error);
/* As the functions of fs.h by path. */
host_status host_fd_fgetxattr(host_env *env, int fd, const char *name, void *value_out, size_t size_bytes, size_t *size_out, host_error *error);
host_status host_fd_fsetxattr(host_env *env, int fd, const char *name, const void *value, size_t size_bytes, int flags, host_error *error);
host_status host_fd_flistxattr(host_env *env, int fd, char *names_out, size_t size_bytes, size_t *size_out, host_error *error);
host_status host_fd_fremovexattr(host_env *env, int fd, const char *name, host_error *error);

#endif
