/* Descriptors that are open: a row for every function, and the cases that one row cannot hold. */
#include "support/host_cases.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "host_env/fd.h"
#include "host_env/fs.h"
#include "file_status_convert.h"

#define TEXT "0123456789"
#define ATTRIBUTE "user.host_env"

/* ---- Worlds ---- */

static void with_file(host_case_world *world)
{
    world->fd = open(world->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(world->fd >= 0);
    assert_int_equal(write(world->fd, TEXT, 10), 10);
    assert_int_equal(lseek(world->fd, 0, SEEK_SET), 0);
}

static void with_two_files(host_case_world *world)
{
    with_file(world);
    world->fd_other = open(world->other, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(world->fd_other >= 0);
}

static void with_file_and_pipe(host_case_world *world)
{
    int ends[2];
    with_file(world);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    world->fd_other = ends[1];
    world->number = ends[0];
}

static void with_attribute(host_case_world *world)
{
    with_file(world);
    assert_int_equal(fsetxattr(world->fd, ATTRIBUTE, "value", 5, 0), 0);
}

static void close_both(host_case_world *world)
{
    close(world->fd);
    close(world->fd_other);
}

static void close_all(host_case_world *world)
{
    close_both(world);
    close((int)world->number);
}

/* What the file holds must be `text`. */
static void assert_content(int fd, const char *text)
{
    char buffer[64] = "";
    assert_int_equal(pread(fd, buffer, sizeof(buffer), 0), strlen(text));
    assert_string_equal(buffer, text);
}

/* ---- Reading and writing ---- */

static host_status call_read(host_case_world *world, host_env *env, host_error *error)
{
    size_t count = 99;
    host_status status = host_fd_read(env, world->fd, world->bytes, 4, &count, error);
    assert_int_equal(count, status == HOST_OK ? 4 : 0);
    return status;
}

static void read_start(host_case_world *world)
{
    assert_memory_equal(world->bytes, TEXT, 4);
    if (!world->is_watched) {
        return;
    }
    assert_int_equal(test_recorded(world->host, HOST_FUNCTION_FD_READ)->access.result, 4);
    assert_int_equal(test_argument_number(test_asked(world->host, HOST_FUNCTION_FD_READ), "fd"), world->fd);
    assert_int_equal(test_argument_number(test_asked(world->host, HOST_FUNCTION_FD_READ), "size"), 4);
}

static host_status call_write(host_case_world *world, host_env *env, host_error *error)
{
    size_t count = 99;
    host_status status = host_fd_write(env, world->fd, "abc", 3, &count, error);
    assert_int_equal(count, status == HOST_OK ? 3 : 0);
    return status;
}

static void wrote_start(host_case_world *world)
{
    assert_content(world->fd, "abc3456789");
}

static host_status call_pread(host_case_world *world, host_env *env, host_error *error)
{
    size_t count;
    return host_fd_pread(env, world->fd, world->bytes, 4, 2, &count, error);
}

static void read_at_two(host_case_world *world)
{
    assert_memory_equal(world->bytes, TEXT + 2, 4);
    assert_int_equal(lseek(world->fd, 0, SEEK_CUR), 0);
}

static host_status call_pwrite(host_case_world *world, host_env *env, host_error *error)
{
    size_t count;
    return host_fd_pwrite(env, world->fd, "abc", 3, 2, &count, error);
}

static void wrote_at_two(host_case_world *world)
{
    assert_content(world->fd, "01abc56789");
}

static host_status call_readv(host_case_world *world, host_env *env, host_error *error)
{
    host_fd_buffer buffers[] = { { world->bytes + 2, 2 }, { world->bytes, 2 } };
    size_t count;
    return host_fd_readv(env, world->fd, buffers, 2, &count, error);
}

static void read_crossed(host_case_world *world)
{
    assert_memory_equal(world->bytes, "2301", 4);
}

static host_status call_writev(host_case_world *world, host_env *env, host_error *error)
{
    host_fd_buffer buffers[] = { { "ab", 2 }, { "c", 1 } };
    size_t count;
    return host_fd_writev(env, world->fd, buffers, 2, &count, error);
}

static host_status call_preadv2(host_case_world *world, host_env *env, host_error *error)
{
    host_fd_buffer buffers[] = { { world->bytes, 1 }, { world->bytes + 1, 3 } };
    size_t count;
    return host_fd_preadv2(env, world->fd, buffers, 2, 2, 0, &count, error);
}

static host_status call_pwritev2(host_case_world *world, host_env *env, host_error *error)
{
    host_fd_buffer buffers[] = { { "a", 1 }, { "bc", 2 } };
    size_t count;
    return host_fd_pwritev2(env, world->fd, buffers, 2, 2, 0, &count, error);
}

static host_status call_lseek(host_case_world *world, host_env *env, host_error *error)
{
    host_status status = host_fd_lseek(env, world->fd, -3, SEEK_END, &world->number, error);
    assert_int_equal(world->number, status == HOST_OK ? 7 : -1);
    return status;
}

/* ---- Between two ---- */

static host_status call_copy(host_case_world *world, host_env *env, host_error *error)
{
    int64_t offset = 3;
    size_t count;
    host_status status = host_fd_copy_file_range(env, world->fd, &offset, world->fd_other, NULL, 4, 0, &count, error);
    assert_int_equal(count, status == HOST_OK ? 4 : 0);
    assert_int_equal(offset, status == HOST_OK ? 7 : 3);
    return status;
}

static void copied(host_case_world *world)
{
    assert_content(world->fd_other, "3456");
}

static host_status call_splice(host_case_world *world, host_env *env, host_error *error)
{
    int64_t offset = 3;
    size_t count;
    return host_fd_splice(env, world->fd, &offset, world->fd_other, NULL, 4, 0, &count, error);
}

static void spliced(host_case_world *world)
{
    assert_int_equal(read((int)world->number, world->bytes, 16), 4);
    assert_memory_equal(world->bytes, "3456", 4);
}

static host_status call_sendfile(host_case_world *world, host_env *env, host_error *error)
{
    int64_t offset = 3;
    size_t count;
    return host_fd_sendfile(env, world->fd_other, world->fd, &offset, 4, &count, error);
}

/* ---- The table ---- */

static host_status call_dup(host_case_world *world, host_env *env, host_error *error)
{
    host_status status = host_fd_dup(env, world->fd, &world->fd_other, error);
    assert_true((status == HOST_OK) == (world->fd_other >= 0));
    return status;
}

static void is_duplicate(host_case_world *world)
{
    struct stat one, other;
    assert_int_equal(fstat(world->fd, &one), 0);
    assert_int_equal(fstat(world->fd_other, &other), 0);
    assert_int_equal(one.st_ino, other.st_ino);
}

static host_status call_dup2(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_dup2(env, world->fd, world->fd_other, 0, error);
}

static host_status call_dup3(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_dup2(env, world->fd, world->fd_other, O_CLOEXEC, error);
}

static void is_duplicate_to_close(host_case_world *world)
{
    is_duplicate(world);
    assert_int_equal(fcntl(world->fd_other, F_GETFD), FD_CLOEXEC);
}

static host_status call_close(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_close(env, world->fd, error);
}

static void is_closed(host_case_world *world)
{
    assert_int_equal(fcntl(world->fd, F_GETFD), -1);
}

static host_status call_close_range(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_close_range(env, (unsigned)world->fd, (unsigned)world->fd, 0, error);
}

static host_status call_closefrom(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_closefrom(env, world->fd < world->fd_other ? world->fd : world->fd_other, error);
}

static void both_are_closed(host_case_world *world)
{
    is_closed(world);
    assert_int_equal(fcntl(world->fd_other, F_GETFD), -1);
}

static host_status call_fcntl(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_fcntl(env, world->fd, F_GETFD, 0, &world->number, error);
}

static void is_close_on_exec(host_case_world *world)
{
    assert_int_equal(world->number, FD_CLOEXEC);
}

static host_status call_fcntl_buffer(host_case_world *world, host_env *env, host_error *error)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 5 };
    return host_fd_fcntl_buffer(env, world->fd, F_SETLK, &lock, &world->number, error);
}

/* A lock is seen by others only, so a child looks. */
static void is_locked(host_case_world *world)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 5 };
        _exit(fcntl(world->fd, F_SETLK, &lock) == 0 ? 1 : 0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static host_status call_ioctl(host_case_world *world, host_env *env, host_error *error)
{
    int available = 0;
    host_status status = host_fd_ioctl(env, world->fd, FIONREAD, (uintptr_t)&available, &world->number, error);
    assert_int_equal(available, status == HOST_OK ? 10 : 0);
    return status;
}

static host_status call_flock(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_flock(env, world->fd, LOCK_EX | LOCK_NB, error);
}

static void is_flocked(host_case_world *world)
{
    int fd = open(world->path, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
    close(fd);
}

static host_status call_lockf(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_lockf(env, world->fd, F_TLOCK, 5, error);
}

static void with_terminal(host_case_world *world)
{
    assert_int_equal(openpty(&world->fd_other, &world->fd, NULL, NULL, NULL), 0);
}

static host_status call_isatty(host_case_world *world, host_env *env, host_error *error)
{
    bool is_terminal = true;
    host_status status = host_fd_isatty(env, world->fd, &is_terminal, error);
    world->number = is_terminal;
    return status;
}

static void is_terminal(host_case_world *world)
{
    assert_int_equal(world->number, 1);
}

static void is_no_terminal(host_case_world *world)
{
    assert_int_equal(world->number, 0);
}

/* ---- The file behind it ---- */

static host_status call_fstat(host_case_world *world, host_env *env, host_error *error)
{
    host_file_status *status = (host_file_status *)world->bytes;
    return host_fd_fstat(env, world->fd, status, error);
}

static void status_is_the_file_s(host_case_world *world)
{
    const host_file_status *status = (const host_file_status *)world->bytes;
    struct stat real;
    assert_int_equal(fstat(world->fd, &real), 0);
    assert_int_equal(status->size_bytes, 10);
    assert_int_equal(status->inode, real.st_ino);
    assert_int_equal(status->device, real.st_dev);
    assert_int_equal(status->mode, S_IFREG | 0600);
    assert_int_equal(status->uid, real.st_uid);
    assert_int_equal(status->gid, real.st_gid);
    assert_int_equal(status->link_count, 1);
    assert_int_equal(status->block_size_bytes, real.st_blksize);
    assert_int_equal(status->blocks_512, real.st_blocks);
    assert_int_equal(status->access_time_s, real.st_atim.tv_sec);
    assert_int_equal(status->modify_time_s, real.st_mtim.tv_sec);
    assert_int_equal(status->modify_time_ns, real.st_mtim.tv_nsec);
    assert_int_equal(status->change_time_ns, real.st_ctim.tv_nsec);
}

static host_status call_fstatvfs(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_fstatvfs(env, world->fd, (host_file_system_status *)world->bytes, error);
}

static void file_system_is_told(host_case_world *world)
{
    const host_file_system_status *status = (const host_file_system_status *)world->bytes;
    assert_true(status->block_size_bytes >= 512);
    assert_true(status->name_bytes_max >= 14);
    assert_true(status->blocks_available <= status->blocks);
}

static host_status call_fpathconf(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_fpathconf(env, world->fd, _PC_NAME_MAX, &world->number, error);
}

static void name_limit_is_told(host_case_world *world)
{
    assert_true(world->number >= 14);
}

static host_status call_fsync(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_fsync(env, world->fd, error);
}

static host_status call_fdatasync(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_fdatasync(env, world->fd, error);
}

static host_status call_ftruncate(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_ftruncate(env, world->fd, 4, error);
}

static void is_cut(host_case_world *world)
{
    assert_content(world->fd, "0123");
}

static host_status call_fadvise(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_fadvise(env, world->fd, 0, 10, POSIX_FADV_SEQUENTIAL, error);
}

static host_status call_fallocate(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_fallocate(env, world->fd, 0, 5000, error);
}

static void is_grown(host_case_world *world)
{
    struct stat status;
    assert_int_equal(fstat(world->fd, &status), 0);
    assert_int_equal(status.st_size, 5000);
}

static host_status call_fchmod(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_fchmod(env, world->fd, 0640, error);
}

static void mode_is_changed(host_case_world *world)
{
    struct stat status;
    assert_int_equal(fstat(world->fd, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
}

static host_status call_fchown(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_fchown(env, world->fd, UINT32_MAX, getegid(), error);
}

static host_status call_futimens(host_case_world *world, host_env *env, host_error *error)
{
    const host_file_time times[2] = { { 1, 2 }, { 3, 4 } };
    return host_fd_futimens(env, world->fd, times, error);
}

static void times_are_set(host_case_world *world)
{
    struct stat status;
    assert_int_equal(fstat(world->fd, &status), 0);
    assert_int_equal(status.st_mtim.tv_sec, 3);
    assert_int_equal(status.st_mtim.tv_nsec, 4);
}

static host_status call_fgetxattr(host_case_world *world, host_env *env, host_error *error)
{
    size_t size;
    return host_fd_fgetxattr(env, world->fd, ATTRIBUTE, world->bytes, sizeof(world->bytes), &size, error);
}

static void value_is_read(host_case_world *world)
{
    assert_string_equal((char *)world->bytes, "value");
}

static host_status call_fsetxattr(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_fsetxattr(env, world->fd, ATTRIBUTE, "other", 5, 0, error);
}

static void value_is_set(host_case_world *world)
{
    char value[8] = "";
    assert_int_equal(fgetxattr(world->fd, ATTRIBUTE, value, 8), 5);
    assert_string_equal(value, "other");
}

static host_status call_flistxattr(host_case_world *world, host_env *env, host_error *error)
{
    size_t size;
    host_status status = host_fd_flistxattr(env, world->fd, (char *)world->bytes, sizeof(world->bytes), &size, error);
    world->number = (int64_t)size;
    return status;
}

static void attribute_is_listed(host_case_world *world)
{
    assert_non_null(memmem(world->bytes, (size_t)world->number, ATTRIBUTE, sizeof(ATTRIBUTE)));
}

static host_status call_fremovexattr(host_case_world *world, host_env *env, host_error *error)
{
    return host_fd_fremovexattr(env, world->fd, ATTRIBUTE, error);
}

static void attribute_is_gone(host_case_world *world)
{
    assert_int_equal(fgetxattr(world->fd, ATTRIBUTE, NULL, 0), -1);
}

#define ROW(NAME, setting, function_call, result, primitive_name, code, status)                                     \
    { .function = HOST_FUNCTION_FD_##NAME, .set_up = setting, .call = function_call, .check = result,               \
      .tear_down = close_all, .primitive = HOST_OPERATION_##primitive_name, .fail_code = code, .fail_status = HOST_##status }

static void with_file_only(host_case_world *world)
{
    with_file(world);
    world->number = -1;
}

static void with_attribute_only(host_case_world *world)
{
    with_attribute(world);
    world->number = -1;
}

static void with_two_files_only(host_case_world *world)
{
    with_two_files(world);
    world->number = -1;
}

static const host_case cases[] = {
    ROW(READ, with_file_only, call_read, read_start, read_uncancelled, EAGAIN, WOULD_BLOCK),
    ROW(WRITE, with_file_only, call_write, wrote_start, write_uncancelled, ENOSPC, NO_SPACE),
    ROW(PREAD, with_file_only, call_pread, read_at_two, pread, EISDIR, IS_A_DIRECTORY),
    ROW(PWRITE, with_file_only, call_pwrite, wrote_at_two, pwrite, EFBIG, TOO_LARGE),
    ROW(READV, with_file_only, call_readv, read_crossed, readv, EINTR, INTERRUPTED),
    ROW(WRITEV, with_file_only, call_writev, wrote_start, writev, EPIPE, BROKEN_PIPE),
    ROW(PREADV2, with_file_only, call_preadv2, read_at_two, preadv2, EOPNOTSUPP, UNSUPPORTED),
    ROW(PWRITEV2, with_file_only, call_pwritev2, wrote_at_two, pwritev2, EDQUOT, NO_SPACE),
    { .function = HOST_FUNCTION_FD_LSEEK, .set_up = with_file, .call = call_lseek, .tear_down = close_both,
      .primitive = HOST_OPERATION_lseek, .fail_code = ESPIPE, .fail_status = HOST_BAD_DESCRIPTOR },
    ROW(COPY_FILE_RANGE, with_two_files_only, call_copy, copied, copy_file_range, EIO, FAILURE),
    ROW(SPLICE, with_file_and_pipe, call_splice, spliced, splice, EINVAL, INVALID_ARGUMENT),
    ROW(SENDFILE, with_file_and_pipe, call_sendfile, spliced, sendfile, EAGAIN, WOULD_BLOCK),
    ROW(DUP, with_file_only, call_dup, is_duplicate, dup, EMFILE, NO_SPACE),
    ROW(DUP2, with_two_files_only, call_dup2, is_duplicate, dup2, EBUSY, FAILURE),
    { .function = HOST_FUNCTION_FD_DUP2, .label = "with O_CLOEXEC", .set_up = with_two_files_only, .call = call_dup3,
      .check = is_duplicate_to_close, .tear_down = close_both, .primitive = HOST_OPERATION_dup3, .fail_code = EBADF,
      .fail_status = HOST_BAD_DESCRIPTOR },
    ROW(CLOSE, with_file_only, call_close, is_closed, close, EIO, FAILURE),
    ROW(CLOSE_RANGE, with_file_only, call_close_range, is_closed, close_range_flags, ENOSYS, UNSUPPORTED),
    { .function = HOST_FUNCTION_FD_CLOSEFROM, .set_up = with_two_files_only, .call = call_closefrom, .check = both_are_closed,
      .tear_down = close_both, .primitive = HOST_OPERATION_close_range_flags, .fail_code = ENOSYS, .fail_status = HOST_UNSUPPORTED,
      .flags = HOST_CASE_IN_CHILD | HOST_CASE_CHANGES_FDS },
    { .function = HOST_FUNCTION_FD_FCNTL, .set_up = with_file, .call = call_fcntl, .check = is_close_on_exec, .tear_down = close_both,
      .primitive = HOST_OPERATION_fcntl_number, .fail_code = EBADF, .fail_status = HOST_BAD_DESCRIPTOR },
    { .function = HOST_FUNCTION_FD_FCNTL_BUFFER, .set_up = with_file, .call = call_fcntl_buffer, .check = is_locked, .tear_down = close_both,
      .primitive = HOST_OPERATION_fcntl_buffer, .fail_code = EACCES, .fail_status = HOST_NOT_PERMITTED },
    { .function = HOST_FUNCTION_FD_IOCTL, .set_up = with_file, .call = call_ioctl, .tear_down = close_both,
      .primitive = HOST_OPERATION_ioctl_argument, .fail_code = ENOTTY, .fail_status = HOST_BAD_DESCRIPTOR },
    ROW(FLOCK, with_file_only, call_flock, is_flocked, flock, EAGAIN, WOULD_BLOCK),
    ROW(LOCKF, with_file_only, call_lockf, is_locked, lockf, EACCES, NOT_PERMITTED),
    { .function = HOST_FUNCTION_FD_ISATTY, .label = "terminal", .set_up = with_terminal, .call = call_isatty, .check = is_terminal,
      .tear_down = close_both, .primitive = HOST_OPERATION_isatty, .fail_code = EBADF, .fail_status = HOST_BAD_DESCRIPTOR },
    { .function = HOST_FUNCTION_FD_ISATTY, .label = "file", .set_up = with_file, .call = call_isatty, .check = is_no_terminal,
      .tear_down = close_both, .primitive = HOST_OPERATION_isatty, .fail_code = EIO, .fail_status = HOST_FAILURE },
    ROW(FSTAT, with_file_only, call_fstat, status_is_the_file_s, fstat, EOVERFLOW, TOO_LARGE),
    ROW(FSTATVFS, with_file_only, call_fstatvfs, file_system_is_told, fstatvfs, ENOSYS, UNSUPPORTED),
    { .function = HOST_FUNCTION_FD_FPATHCONF, .set_up = with_file, .call = call_fpathconf, .check = name_limit_is_told, .tear_down = close_both,
      .primitive = HOST_OPERATION_fpathconf, .fail_code = EINVAL, .fail_status = HOST_INVALID_ARGUMENT },
    ROW(FSYNC, with_file_only, call_fsync, NULL, fsync, EIO, FAILURE),
    ROW(FDATASYNC, with_file_only, call_fdatasync, NULL, fdatasync, ENOSPC, NO_SPACE),
    ROW(FTRUNCATE, with_file_only, call_ftruncate, is_cut, ftruncate, EFBIG, TOO_LARGE),
    ROW(FADVISE, with_file_only, call_fadvise, NULL, posix_fadvise, ESPIPE, BAD_DESCRIPTOR),
    ROW(FALLOCATE, with_file_only, call_fallocate, is_grown, posix_fallocate, ENOSPC, NO_SPACE),
    ROW(FCHMOD, with_file_only, call_fchmod, mode_is_changed, fchmod, EPERM, NOT_PERMITTED),
    ROW(FCHOWN, with_file_only, call_fchown, NULL, fchown, EPERM, NOT_PERMITTED),
    ROW(FUTIMENS, with_file_only, call_futimens, times_are_set, futimens, EROFS, NOT_PERMITTED),
    ROW(FGETXATTR, with_attribute_only, call_fgetxattr, value_is_read, fgetxattr, ENODATA, MISSING),
    ROW(FSETXATTR, with_attribute_only, call_fsetxattr, value_is_set, fsetxattr, EEXIST, EXISTS),
    { .function = HOST_FUNCTION_FD_FLISTXATTR, .set_up = with_attribute, .call = call_flistxattr, .check = attribute_is_listed,
      .tear_down = close_both, .primitive = HOST_OPERATION_flistxattr, .fail_code = ERANGE, .fail_status = HOST_TOO_LARGE },
    ROW(FREMOVEXATTR, with_attribute_only, call_fremovexattr, attribute_is_gone, fremovexattr, ENODATA, MISSING),
};

/* ---- What one row cannot hold ---- */

static void isatty_answers_no_for_files_and_fails_for_closed_descriptors(void **state)
{
    (void)state;
    test_host host;
    bool answer = true;
    test_host_create(&host, NULL);
    assert_host_status(HOST_BAD_DESCRIPTOR, host_fd_isatty(host.env, 9999, &answer, &host.error), &host.error);
    assert_false(answer);
    test_host_destroy(&host);
}

static void the_names_of_attributes_must_be_there(void **state)
{
    (void)state;
    test_host host;
    size_t size;
    test_host_create(&host, NULL);
    assert_host_status(HOST_INVALID_ARGUMENT, host_fd_fgetxattr(host.env, 0, NULL, NULL, 0, &size, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_fd_fsetxattr(host.env, 0, NULL, "", 0, 0, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_fd_fremovexattr(host.env, 0, NULL, &host.error), &host.error);
    assert_int_equal(host.error.host_code, EFAULT);
    test_host_destroy(&host);
}

static void dup2_of_a_descriptor_to_itself_needs_it_open(void **state)
{
    (void)state;
    test_host host;
    test_host_create(&host, NULL);
    assert_host_ok(host_fd_dup2(host.env, 0, 0, 0, &host.error), &host.error);
    assert_host_status(HOST_BAD_DESCRIPTOR, host_fd_dup2(host.env, 9999, 9999, 0, &host.error), &host.error);
    test_host_destroy(&host);
}

/* ---- A root's own descriptors ---- */

typedef struct rooted {
    test_host host;
    char folder[64];
    int first_root, after_root;
} rooted;

static void rooted_create(rooted *rooted)
{
    test_folder_create(rooted->folder);
    host_root roots[] = { { rooted->folder, HOST_ROOT_READ | HOST_ROOT_WRITE }, { "/tmp", HOST_ROOT_READ } };
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.path_mode = HOST_PATHS_BENEATH_ROOTS;
    config.roots = roots;
    config.root_count = 2;
    rooted->first_root = dup(0); /* the lowest free number is what the first root will get */
    close(rooted->first_root);
    test_host_create(&rooted->host, &config);
    rooted->after_root = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void rooted_destroy(rooted *rooted)
{
    test_host_destroy(&rooted->host);
    test_folder_remove(rooted->folder);
}

static void assert_root_still_works(rooted *rooted)
{
    host_file_status status;
    assert_host_ok(host_fs_stat(rooted->host.env, HOST_AT_CWD, rooted->folder, 0, &status, &rooted->host.error), &rooted->host.error);
}

static void roots_cannot_be_closed_or_replaced(void **state)
{
    (void)state;
    rooted rooted;
    rooted_create(&rooted);
    host_env *env = rooted.host.env;
    host_error *error = &rooted.host.error;
    assert_host_status(HOST_BAD_DESCRIPTOR, host_fd_close(env, rooted.first_root, error), error);
    assert_host_status(HOST_BAD_DESCRIPTOR, host_fd_dup2(env, rooted.after_root, rooted.first_root, 0, error), error);
    assert_root_still_works(&rooted);

    assert_host_ok(host_fd_dup2(env, 0, rooted.after_root, 0, error), error); /* the twins */
    assert_host_ok(host_fd_close(env, rooted.after_root, error), error);
    rooted_destroy(&rooted);
}

static void ranges_are_closed_around_roots(void **state)
{
    (void)state;
    rooted rooted;
    rooted_create(&rooted);
    int far = fcntl(0, F_DUPFD_CLOEXEC, 40);
    host_env *env = rooted.host.env;
    host_error *error = &rooted.host.error;

    assert_host_ok(host_fd_close_range(env, (unsigned)rooted.first_root, (unsigned)rooted.after_root, 0, error), error);
    assert_int_equal(fcntl(rooted.after_root, F_GETFD), -1);
    assert_true(fcntl(far, F_GETFD) >= 0);
    assert_root_still_works(&rooted);

    assert_host_ok(host_fd_closefrom(env, rooted.first_root, error), error);
    assert_int_equal(fcntl(far, F_GETFD), -1);
    assert_root_still_works(&rooted);
    assert_host_ok(host_fd_close_range(env, (unsigned)rooted.first_root, (unsigned)rooted.first_root, 0, error), error);
    assert_root_still_works(&rooted);
    assert_host_status(HOST_INVALID_ARGUMENT, host_fd_close_range(env, 9, 8, 0, error), error);
    rooted_destroy(&rooted);
}

/* Controlling a descriptor reaches more than it. Nothing happens: /dev/null knows none of these requests, and the owner is this process. */
static const struct control_case {
    const char *name;
    unsigned long request; /* 0: a command */
    int command;
    int64_t argument;
    host_capability capability;
} control_cases[] = {
    { "terminal_input", TIOCSTI, 0, 0, HOST_CAPABILITY_TTY },
    { "terminal_settings", TCSETSW, 0, 0, HOST_CAPABILITY_TTY },
    { "terminal_size", TIOCSWINSZ, 0, 0, HOST_CAPABILITY_TTY },
    { "terminal_of_a_session", TIOCSCTTY, 0, 0, HOST_CAPABILITY_TTY },
    { "terminal_bits_that_the_kernel_drops", 0xffffffff00000000 | TIOCSTI, 0, 0, HOST_CAPABILITY_TTY },
    { "terminal_size_read", TIOCGWINSZ, 0, 0, HOST_CAPABILITY_FD_USE },
    { "terminal_settings_read", TCGETS, 0, 0, HOST_CAPABILITY_FD_USE },
    { "inheriting", FIOCLEX, 0, 0, HOST_CAPABILITY_FD_USE },
    { "blocking", FIONBIO, 0, 0, HOST_CAPABILITY_FD_USE },
    { "of_a_driver", 0x1260 /* BLKGETSIZE */, 0, 0, HOST_CAPABILITY_FD_USE },
    { "owner_by_request", FIOSETOWN, 0, 0, HOST_CAPABILITY_PROCESS_SIGNAL },
    { "owner_by_request_of_sockets", SIOCSPGRP, 0, 0, HOST_CAPABILITY_PROCESS_SIGNAL },
    { "urgent_mark", SIOCATMARK, 0, 0, HOST_CAPABILITY_FD_USE },
    { "interface_address_read", SIOCGIFADDR, 0, 0, HOST_CAPABILITY_SYSTEM_INFO },
    { "interface_flags", SIOCSIFFLAGS, 0, 0, HOST_CAPABILITY_NET_CONNECT },
    { "route", SIOCADDRT, 0, 0, HOST_CAPABILITY_NET_CONNECT },
    { "of_a_network_driver", SIOCDEVPRIVATE, 0, 0, HOST_CAPABILITY_NET_CONNECT },
    { "interface_bits_that_the_kernel_drops", 0xffffffff00000000 | SIOCSIFFLAGS, 0, 0, HOST_CAPABILITY_NET_CONNECT },
    { "wireless", 0x8b1a, 0, 0, HOST_CAPABILITY_NET_CONNECT },
    { "owner", 0, F_SETOWN, 0, HOST_CAPABILITY_PROCESS_SIGNAL },
    { "owners_signal", 0, 10 /* F_SETSIG */, 9, HOST_CAPABILITY_PROCESS_SIGNAL },
    { "owners_usual_signal", 0, 10, 0, HOST_CAPABILITY_FD_USE },
    { "flags", 0, F_GETFL, 0, HOST_CAPABILITY_FD_USE },
};

static host_status control(test_host *host, int fd, const struct control_case *row)
{
    int64_t result;
    char memory[256] = "";
    if (row->request == 0) return host_fd_fcntl(host->env, fd, row->command, row->argument, &result, &host->error);
    return host_fd_ioctl(host->env, fd, row->request, (uintptr_t)memory, &result, &host->error);
}

static void control_case_run(void **state)
{
    const struct control_case *row = *state;
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    test_host host;
    test_host_create(&host, NULL);
    assert_int_not_equal(control(&host, fd, row), HOST_DENIED_BY_POLICY);
    test_host_policy(&host, TEST_POLICY_DENY_CAPABILITY, row->capability);
    host_operations_watch(host.env);
    assert_host_status(HOST_DENIED_BY_POLICY, control(&host, fd, row), &host.error);
    assert_int_equal(host_operations_calls_total(), 0);
    host_operations_restore(host.env);
    /* Whatever else it is, it is use of a descriptor. */
    test_host_policy(&host, TEST_POLICY_DENY_CAPABILITY, HOST_CAPABILITY_FD_USE);
    assert_host_status(HOST_DENIED_BY_POLICY, control(&host, fd, row), &host.error);
    close(fd);
    test_host_destroy(&host);
}

static void an_owners_signal_is_shown(void **state)
{
    (void)state;
    int64_t result;
    test_host host;
    test_host_create(&host, NULL);
    test_host_policy(&host, TEST_POLICY_DENY_CAPABILITY, HOST_CAPABILITY_PROCESS_SIGNAL);
    assert_host_status(HOST_DENIED_BY_POLICY, host_fd_fcntl(host.env, 0, 10, 9, &result, &host.error), &host.error);
    assert_int_equal(test_argument_number(test_asked(&host, HOST_FUNCTION_FD_FCNTL), "signal"), 9);
    test_host_destroy(&host);
}

/* Someone who closes by number without asking (a third-party library) must not move a grant. */
static void a_root_whose_number_was_taken_grants_nothing(void **state)
{
    (void)state;
    rooted rooted;
    host_file_status status;
    rooted_create(&rooted);
    int other = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int saved = dup(rooted.first_root);
    dup2(other, rooted.first_root);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_stat(rooted.host.env, HOST_AT_CWD, rooted.folder, 0, &status, &rooted.host.error),
                       &rooted.host.error);

    dup2(saved, rooted.first_root);
    assert_root_still_works(&rooted);
    close(other);
    close(saved);
    close(rooted.after_root);
    rooted_destroy(&rooted);
}

/* Where the host's struct is not ours, it is converted; here it is ours, and both ways must come to the same. */
static void a_converted_status_is_the_one_that_the_host_fills(void **state)
{
    (void)state;
    test_host host;
    struct stat status;
    host_file_status converted, filled;
    test_host_create(&host, NULL);
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_int_equal(fstat(fd, &status), 0);
    memset(&converted, 0xFF, sizeof(converted));
    memset(&filled, 0xFF, sizeof(filled));

    file_status_convert(&converted, &status);
    assert_host_ok(host_fd_fstat(host.env, fd, &filled, &host.error), &host.error);

    assert_true(filled.inode != 0 && filled.size_bytes > 0);
    assert_memory_equal(&converted, &filled, sizeof(filled));
    close(fd);
    test_host_destroy(&host);
}

static void a_failed_or_refused_status_is_all_zeros(void **state)
{
    (void)state;
    static const host_file_status zeros;
    test_host host;
    host_file_status status;
    test_host_create(&host, NULL);

    memset(&status, 0xFF, sizeof(status));
    assert_host_status(HOST_BAD_DESCRIPTOR, host_fd_fstat(host.env, -1, &status, &host.error), &host.error);
    assert_memory_equal(&status, &zeros, sizeof(zeros));
    memset(&status, 0xFF, sizeof(status));
    assert_host_status(HOST_MISSING, host_fs_stat(host.env, HOST_AT_CWD, "/nonexistent-file", 0, &status, &host.error), &host.error);
    assert_memory_equal(&status, &zeros, sizeof(zeros));

    test_host_policy(&host, TEST_POLICY_DENY_ALL, HOST_CAPABILITY_NONE);
    memset(&status, 0xFF, sizeof(status));
    assert_host_status(HOST_DENIED_BY_POLICY, host_fd_fstat(host.env, 0, &status, &host.error), &host.error);
    assert_memory_equal(&status, &zeros, sizeof(zeros));
    memset(&status, 0xFF, sizeof(status));
    assert_host_status(HOST_DENIED_BY_POLICY, host_fs_stat(host.env, HOST_AT_CWD, "/", 0, &status, &host.error), &host.error);
    assert_memory_equal(&status, &zeros, sizeof(zeros));
    test_host_destroy(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_converted_status_is_the_one_that_the_host_fills),
        cmocka_unit_test(a_failed_or_refused_status_is_all_zeros),
        cmocka_unit_test(isatty_answers_no_for_files_and_fails_for_closed_descriptors),
        cmocka_unit_test(the_names_of_attributes_must_be_there),
        cmocka_unit_test(dup2_of_a_descriptor_to_itself_needs_it_open),
        cmocka_unit_test(roots_cannot_be_closed_or_replaced),
        cmocka_unit_test(ranges_are_closed_around_roots),
        cmocka_unit_test(a_root_whose_number_was_taken_grants_nothing),
        cmocka_unit_test(an_owners_signal_is_shown),
    };
    enum { CONTROL_COUNT = sizeof(control_cases) / sizeof(control_cases[0]) };
    struct CMUnitTest controls[CONTROL_COUNT];
    for (int i = 0; i < CONTROL_COUNT; i++) {
        controls[i] = (struct CMUnitTest){ .name = control_cases[i].name, .test_func = control_case_run, .initial_state = (void *)&control_cases[i] };
    }
    int failed = host_cases_run("fd", cases, sizeof(cases) / sizeof(cases[0]));
    failed += cmocka_run_group_tests_name("control", controls, NULL, NULL);
    return failed + cmocka_run_group_tests_name("descriptors", tests, NULL, NULL);
}
