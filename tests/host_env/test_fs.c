/* Files and directories by path, with paths as the host allows: a row for every function, and the cases that one row cannot hold. */
#include "support/host_cases.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "host_env/fd.h"
#include "host_env/fs.h"

#define ATTRIBUTE "user.host_env"

/* ---- Worlds ---- */

static void with_file(host_case_world *world)
{
    int fd = open(world->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "0123456789", 10), 10);
    close(fd);
}

static void with_link(host_case_world *world)
{
    with_file(world);
    assert_int_equal(symlink("file", world->other), 0);
}

static void with_directory(host_case_world *world)
{
    assert_int_equal(mkdir(world->path, 0700), 0);
}

static void with_attribute(host_case_world *world)
{
    with_file(world);
    assert_int_equal(setxattr(world->path, ATTRIBUTE, "value", 5, 0), 0);
}

static void with_stream(host_case_world *world)
{
    with_file(world);
    assert_host_ok(host_fs_directory_open(world->env, HOST_AT_CWD, world->folder, (host_directory **)&world->pointer, NULL), NULL);
}

static void close_stream(host_case_world *world)
{
    if (world->pointer != NULL) {
        assert_host_ok(host_fs_directory_close(world->env, world->pointer, NULL), NULL);
    }
}

static void with_directory_fd(host_case_world *world)
{
    with_file(world);
    world->fd = open(world->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(world->fd >= 0);
}

static void close_fd(host_case_world *world)
{
    if (world->fd >= 0) {
        close(world->fd);
    }
}

static bool is_there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static mode_t mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(lstat(path, &status), 0);
    return status.st_mode;
}

/* ---- Opening and looking ---- */

static host_status call_open(host_case_world *world, host_env *env, host_error *error)
{
    host_status status = host_fs_open(env, HOST_AT_CWD, world->path, O_RDONLY | O_CLOEXEC, 0, &world->fd, error);
    assert_true((status == HOST_OK) == (world->fd >= 0));
    return status;
}

static void opened(host_case_world *world)
{
    char buffer[16];
    assert_int_equal(read(world->fd, buffer, sizeof(buffer)), 10);
    if (!world->is_watched) {
        return;
    }
    const test_access *asked = test_asked(world->host, HOST_FUNCTION_FS_OPEN);
    assert_string_equal(test_argument_text(asked, "path"), world->path);
    assert_int_equal(test_argument_number(asked, "directory"), HOST_AT_CWD);
    assert_int_equal(test_recorded(world->host, HOST_FUNCTION_FS_OPEN)->access.result, world->fd);
}

static host_status call_create(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_open(env, HOST_AT_CWD, world->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640, &world->fd, error);
}

static void created(host_case_world *world)
{
    assert_int_equal(mode_of(world->path), S_IFREG | 0640);
}

static host_status call_stat(host_case_world *world, host_env *env, host_error *error)
{
    host_file_status status;
    host_status result = host_fs_stat(env, HOST_AT_CWD, world->path, 0, &status, error);
    world->number = status.size_bytes;
    return result;
}

static void size_is_ten(host_case_world *world)
{
    assert_int_equal(world->number, 10);
}

static host_status call_access(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_access(env, HOST_AT_CWD, world->path, R_OK | W_OK, 0, error);
}

static host_status call_readlink(host_case_world *world, host_env *env, host_error *error)
{
    size_t length = 99;
    host_status status = host_fs_readlink(env, HOST_AT_CWD, world->other, (char *)world->bytes, sizeof(world->bytes), &length, error);
    assert_int_equal(length, status == HOST_OK ? 4 : 0);
    return status;
}

static void link_is_read(host_case_world *world)
{
    assert_string_equal((char *)world->bytes, "file");
}

static host_status call_realpath(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_realpath(env, world->other, (char *)world->bytes, sizeof(world->bytes), error);
}

static void is_real(host_case_world *world)
{
    assert_string_equal((char *)world->bytes, world->path);
}

static host_status call_statvfs(host_case_world *world, host_env *env, host_error *error)
{
    host_file_system_status status;
    host_status result = host_fs_statvfs(env, world->folder, &status, error);
    world->number = (int64_t)status.name_bytes_max;
    return result;
}

static host_status call_pathconf(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_pathconf(env, world->folder, _PC_NAME_MAX, &world->number, error);
}

static void name_limit_is_told(host_case_world *world)
{
    assert_true(world->number >= 14);
}

/* ---- Making and removing ---- */

static host_status call_mkdir(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_mkdir(env, HOST_AT_CWD, world->path, 0750, error);
}

static void is_directory(host_case_world *world)
{
    assert_int_equal(mode_of(world->path), S_IFDIR | 0750);
}

static host_status call_mkfifo(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_mkfifo(env, HOST_AT_CWD, world->path, 0640, error);
}

static host_status call_mknod(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_mknod(env, HOST_AT_CWD, world->path, S_IFIFO | 0640, 0, error);
}

static void is_fifo(host_case_world *world)
{
    assert_int_equal(mode_of(world->path), S_IFIFO | 0640);
}

static host_status call_link(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_link(env, HOST_AT_CWD, world->path, HOST_AT_CWD, world->other, 0, error);
}

static void has_two_names(host_case_world *world)
{
    struct stat status;
    assert_int_equal(stat(world->other, &status), 0);
    assert_int_equal(status.st_nlink, 2);
}

static host_status call_symlink(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_symlink(env, "nowhere", HOST_AT_CWD, world->path, error);
}

static void is_link(host_case_world *world)
{
    char target[16] = "";
    assert_int_equal(readlink(world->path, target, sizeof(target)), 7);
    assert_string_equal(target, "nowhere");
}

static host_status call_unlink(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_unlink(env, HOST_AT_CWD, world->path, 0, error);
}

static host_status call_rmdir(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_unlink(env, HOST_AT_CWD, world->path, AT_REMOVEDIR, error);
}

static void is_gone(host_case_world *world)
{
    assert_false(is_there(world->path));
}

static host_status call_rename(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_rename(env, HOST_AT_CWD, world->path, HOST_AT_CWD, world->other, 0, error);
}

static void is_renamed(host_case_world *world)
{
    assert_false(is_there(world->path));
    assert_true(is_there(world->other));
}

/* ---- Changing ---- */

static host_status call_chmod(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_chmod(env, HOST_AT_CWD, world->path, 0640, 0, error);
}

static host_status call_chown(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_chown(env, HOST_AT_CWD, world->other, UINT32_MAX, getegid(), AT_SYMLINK_NOFOLLOW, error);
}

static host_status call_utimens(host_case_world *world, host_env *env, host_error *error)
{
    const host_file_time times[2] = { { 1, 2 }, { 3, 4 } };
    return host_fs_utimens(env, HOST_AT_CWD, world->path, times, 0, error);
}

static void times_are_set(host_case_world *world)
{
    struct stat status;
    assert_int_equal(stat(world->path, &status), 0);
    assert_int_equal(status.st_atim.tv_sec, 1);
    assert_int_equal(status.st_mtim.tv_nsec, 4);
}

static host_status call_truncate(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_truncate(env, world->path, 4, error);
}

static void is_cut(host_case_world *world)
{
    struct stat status;
    assert_int_equal(stat(world->path, &status), 0);
    assert_int_equal(status.st_size, 4);
}

/* ---- Attributes ---- */

static host_status call_getxattr(host_case_world *world, host_env *env, host_error *error)
{
    size_t size = 99;
    host_status status =
        host_fs_getxattr(env, world->path, ATTRIBUTE, world->bytes, sizeof(world->bytes), HOST_LINK_FOLLOW, &size, error);
    assert_int_equal(size, status == HOST_OK ? 5 : 0);
    return status;
}

static void value_is_read(host_case_world *world)
{
    assert_string_equal((char *)world->bytes, "value");
}

static host_status call_lgetxattr(host_case_world *world, host_env *env, host_error *error)
{
    size_t size;
    return host_fs_getxattr(env, world->path, ATTRIBUTE, world->bytes, sizeof(world->bytes), HOST_LINK_ITSELF, &size, error);
}

static host_status call_setxattr(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_setxattr(env, world->path, ATTRIBUTE, "other", 5, 0, HOST_LINK_FOLLOW, error);
}

static host_status call_lsetxattr(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_setxattr(env, world->path, ATTRIBUTE, "other", 5, 0, HOST_LINK_ITSELF, error);
}

static void value_is_set(host_case_world *world)
{
    char value[8] = "";
    assert_int_equal(getxattr(world->path, ATTRIBUTE, value, 8), 5);
    assert_string_equal(value, "other");
}

static host_status list_attributes(host_case_world *world, host_env *env, host_link_handling handling, host_error *error)
{
    size_t size;
    host_status status = host_fs_listxattr(env, world->path, (char *)world->bytes, sizeof(world->bytes), handling, &size, error);
    world->number = (int64_t)size;
    return status;
}

static host_status call_listxattr(host_case_world *world, host_env *env, host_error *error)
{
    return list_attributes(world, env, HOST_LINK_FOLLOW, error);
}

static host_status call_llistxattr(host_case_world *world, host_env *env, host_error *error)
{
    return list_attributes(world, env, HOST_LINK_ITSELF, error);
}

static void attribute_is_listed(host_case_world *world)
{
    assert_non_null(memmem(world->bytes, (size_t)world->number, ATTRIBUTE, sizeof(ATTRIBUTE)));
}

static host_status call_removexattr(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_removexattr(env, world->path, ATTRIBUTE, HOST_LINK_FOLLOW, error);
}

static host_status call_lremovexattr(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_removexattr(env, world->path, ATTRIBUTE, HOST_LINK_ITSELF, error);
}

static void attribute_is_gone(host_case_world *world)
{
    assert_int_equal(getxattr(world->path, ATTRIBUTE, NULL, 0), -1);
}

/* ---- Process-wide; rows run in a child ---- */

static host_status call_chdir(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_chdir(env, world->folder, error);
}

static host_status call_fchdir(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_fchdir(env, world->fd, error);
}

static void is_there_now(host_case_world *world)
{
    char here[PATH_MAX];
    assert_non_null(getcwd(here, sizeof(here)));
    assert_string_equal(here, world->folder);
}

static void go_there(host_case_world *world)
{
    assert_int_equal(chdir(world->folder), 0);
}

static host_status call_getcwd(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_getcwd(env, (char *)world->bytes, sizeof(world->bytes), error);
}

static void knows_where(host_case_world *world)
{
    assert_string_equal((char *)world->bytes, world->folder);
}

static void with_way_back(host_case_world *world)
{
    world->fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void go_back(host_case_world *world)
{
    if (geteuid() == 0) {
        assert_int_equal(fchdir(world->fd), 0);
        assert_int_equal(chroot("."), 0);
    }
    close(world->fd);
}

static void is_root_now(host_case_world *world)
{
    struct stat root, folder;
    assert_int_equal(stat("/", &root), 0);
    assert_int_equal(fchdir(world->fd), 0);
    assert_int_equal(stat(world->folder + 1, &folder), 0);
    assert_int_equal(root.st_ino, folder.st_ino);
}

static host_status call_chroot(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_chroot(env, world->folder, error);
}

static host_status call_umask(host_case_world *world, host_env *env, host_error *error)
{
    uint32_t old = 0;
    host_status status = host_fs_umask(env, 027, &old, error);
    world->number = old;
    return status;
}

static void set_umask(host_case_world *world)
{
    (void)world;
    umask(033);
}

static void mask_is_set(host_case_world *world)
{
    assert_int_equal(world->number, 033);
    assert_int_equal(umask(0), 027);
}

static host_status call_sync(host_case_world *world, host_env *env, host_error *error)
{
    (void)world;
    return host_fs_sync(env, error);
}

/* ---- Directories ---- */

static host_status call_directory_open(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_directory_open(env, HOST_AT_CWD, world->folder, (host_directory **)&world->pointer, error);
}

static host_status call_directory_open_fd(host_case_world *world, host_env *env, host_error *error)
{
    host_status status = host_fs_directory_open_fd(env, world->fd, (host_directory **)&world->pointer, error);
    if (status == HOST_OK) {
        world->fd = -1; /* adopted */
    }
    return status;
}

static host_status call_directory_read(host_case_world *world, host_env *env, host_error *error)
{
    host_directory_entry entry = { .name = "" };
    host_status status = host_fs_directory_read(env, world->pointer, &entry, error);
    assert_true((status == HOST_OK) == (entry.name != NULL));
    return status;
}

/* Counts the entries that are left and checks that "file" is one of them if `is_whole`. */
static void read_all(host_case_world *world, int expected)
{
    int count = 0;
    host_directory_entry entry;
    do {
        assert_host_ok(host_fs_directory_read(world->env, world->pointer, &entry, NULL), NULL);
        count += entry.name != NULL;
        if (entry.name != NULL && strcmp(entry.name, "file") == 0) {
            struct stat status;
            assert_int_equal(stat(world->path, &status), 0);
            assert_int_equal(entry.inode, status.st_ino);
        }
    } while (entry.name != NULL);
    assert_int_equal(count, expected);
}

static void reads_all(host_case_world *world)
{
    read_all(world, 3); /* . .. file */
}

static void reads_the_rest(host_case_world *world)
{
    read_all(world, 2);
}

static void with_stream_at_end(host_case_world *world)
{
    with_stream(world);
    read_all(world, 3);
}

static host_status call_directory_rewind(host_case_world *world, host_env *env, host_error *error)
{
    return host_fs_directory_rewind(env, world->pointer, error);
}

static host_status call_directory_fd(host_case_world *world, host_env *env, host_error *error)
{
    int fd = 99;
    host_status status = host_fs_directory_fd(env, world->pointer, &fd, error);
    world->number = fd;
    return status;
}

static void fd_is_the_folder(host_case_world *world)
{
    struct stat one, other;
    assert_int_equal(fstat((int)world->number, &one), 0);
    assert_int_equal(stat(world->folder, &other), 0);
    assert_int_equal(one.st_ino, other.st_ino);
}

static host_status call_directory_close(host_case_world *world, host_env *env, host_error *error)
{
    host_status status = host_fs_directory_close(env, world->pointer, error);
    if (status != HOST_DENIED_BY_POLICY) {
        world->pointer = NULL;
    }
    return status;
}

static void tear_down(host_case_world *world)
{
    close_stream(world);
    close_fd(world);
}

#define ROW(NAME, setting, function_call, result, primitive_name, code, status)                                     \
    { .function = HOST_FUNCTION_FS_##NAME, .set_up = setting, .call = function_call, .check = result,               \
      .tear_down = tear_down, .primitive = HOST_OPERATION_##primitive_name, .fail_code = code, .fail_status = HOST_##status }

static host_case cases[] = {
    ROW(OPEN, with_file, call_open, opened, openat_mode, EMFILE, NO_SPACE),
    { .function = HOST_FUNCTION_FS_OPEN, .label = "create", .call = call_create, .check = created, .tear_down = tear_down,
      .primitive = HOST_OPERATION_openat_mode, .fail_code = EEXIST, .fail_status = HOST_EXISTS, .capability = HOST_CAPABILITY_FS_WRITE },
    ROW(STAT, with_file, call_stat, size_is_ten, fstatat, ENOTDIR, NOT_A_DIRECTORY),
    ROW(ACCESS, with_file, call_access, NULL, faccessat, EACCES, NOT_PERMITTED),
    ROW(READLINK, with_link, call_readlink, link_is_read, readlinkat, EINVAL, INVALID_ARGUMENT),
    ROW(REALPATH, with_link, call_realpath, is_real, realpath, ENOENT, MISSING),
    ROW(STATVFS, with_file, call_statvfs, name_limit_is_told, statvfs, EIO, FAILURE),
    ROW(PATHCONF, with_file, call_pathconf, name_limit_is_told, pathconf, EINVAL, INVALID_ARGUMENT),
    ROW(MKDIR, NULL, call_mkdir, is_directory, mkdirat, ENOSPC, NO_SPACE),
    ROW(MKFIFO, NULL, call_mkfifo, is_fifo, mkfifoat, EEXIST, EXISTS),
    ROW(MKNOD, NULL, call_mknod, is_fifo, mknodat, EPERM, NOT_PERMITTED),
    ROW(LINK, with_file, call_link, has_two_names, linkat, EMLINK, NO_SPACE),
    ROW(SYMLINK, NULL, call_symlink, is_link, symlinkat, ENAMETOOLONG, TOO_LARGE),
    ROW(UNLINK, with_file, call_unlink, is_gone, unlinkat, EISDIR, IS_A_DIRECTORY),
    { .function = HOST_FUNCTION_FS_UNLINK, .label = "directory", .set_up = with_directory, .call = call_rmdir, .check = is_gone,
      .tear_down = tear_down, .primitive = HOST_OPERATION_unlinkat, .fail_code = ENOTEMPTY, .fail_status = HOST_NOT_EMPTY },
    ROW(RENAME, with_file, call_rename, is_renamed, renameat2, EXDEV, FAILURE),
    ROW(CHMOD, with_file, call_chmod, created, fchmodat, EROFS, NOT_PERMITTED),
    ROW(CHOWN, with_link, call_chown, NULL, fchownat, EPERM, NOT_PERMITTED),
    ROW(UTIMENS, with_file, call_utimens, times_are_set, utimensat, EACCES, NOT_PERMITTED),
    ROW(TRUNCATE, with_file, call_truncate, is_cut, truncate, EFBIG, TOO_LARGE),
    ROW(GETXATTR, with_attribute, call_getxattr, value_is_read, getxattr, ENODATA, MISSING),
    { .function = HOST_FUNCTION_FS_GETXATTR, .label = "of the link itself", .set_up = with_attribute, .call = call_lgetxattr,
      .check = value_is_read, .primitive = HOST_OPERATION_lgetxattr, .fail_code = ERANGE, .fail_status = HOST_TOO_LARGE },
    ROW(SETXATTR, with_attribute, call_setxattr, value_is_set, setxattr, ENOSPC, NO_SPACE),
    { .function = HOST_FUNCTION_FS_SETXATTR, .label = "of the link itself", .set_up = with_attribute, .call = call_lsetxattr,
      .check = value_is_set, .primitive = HOST_OPERATION_lsetxattr, .fail_code = EOPNOTSUPP, .fail_status = HOST_UNSUPPORTED },
    ROW(LISTXATTR, with_attribute, call_listxattr, attribute_is_listed, listxattr, ERANGE, TOO_LARGE),
    { .function = HOST_FUNCTION_FS_LISTXATTR, .label = "of the link itself", .set_up = with_attribute, .call = call_llistxattr,
      .check = attribute_is_listed, .primitive = HOST_OPERATION_llistxattr, .fail_code = EACCES, .fail_status = HOST_NOT_PERMITTED },
    ROW(REMOVEXATTR, with_attribute, call_removexattr, attribute_is_gone, removexattr, ENODATA, MISSING),
    { .function = HOST_FUNCTION_FS_REMOVEXATTR, .label = "of the link itself", .set_up = with_attribute, .call = call_lremovexattr,
      .check = attribute_is_gone, .primitive = HOST_OPERATION_lremovexattr, .fail_code = EPERM, .fail_status = HOST_NOT_PERMITTED },
    { .function = HOST_FUNCTION_FS_CHDIR, .call = call_chdir, .check = is_there_now, .primitive = HOST_OPERATION_chdir,
      .fail_code = ENOTDIR, .fail_status = HOST_NOT_A_DIRECTORY, .flags = HOST_CASE_IN_CHILD },
    { .function = HOST_FUNCTION_FS_FCHDIR, .set_up = with_directory_fd, .call = call_fchdir, .check = is_there_now, .tear_down = tear_down,
      .primitive = HOST_OPERATION_fchdir, .fail_code = EBADF, .fail_status = HOST_BAD_DESCRIPTOR, .flags = HOST_CASE_IN_CHILD },
    { .function = HOST_FUNCTION_FS_GETCWD, .set_up = go_there, .call = call_getcwd, .check = knows_where, .primitive = HOST_OPERATION_getcwd,
      .fail_code = ENOENT, .fail_status = HOST_MISSING, .flags = HOST_CASE_IN_CHILD },
    { .function = HOST_FUNCTION_FS_UMASK, .set_up = set_umask, .call = call_umask, .check = mask_is_set, .infallible = "umask always works",
      .flags = HOST_CASE_IN_CHILD },
    { .function = HOST_FUNCTION_FS_SYNC, .call = call_sync, .infallible = "sync tells nothing" },
    ROW(DIRECTORY_OPEN, with_file, call_directory_open, reads_all, fdopendir, ENOMEM, NO_MEMORY),
    { .function = HOST_FUNCTION_FS_DIRECTORY_OPEN, .label = "open fails", .set_up = with_file, .call = call_directory_open, .tear_down = tear_down,
      .primitive = HOST_OPERATION_openat_mode, .fail_code = ENOTDIR, .fail_status = HOST_NOT_A_DIRECTORY },
    ROW(DIRECTORY_OPEN_FD, with_directory_fd, call_directory_open_fd, reads_all, fdopendir, ENOTDIR, NOT_A_DIRECTORY),
    ROW(DIRECTORY_READ, with_stream, call_directory_read, reads_the_rest, readdir, EBADF, BAD_DESCRIPTOR),
    { .function = HOST_FUNCTION_FS_DIRECTORY_REWIND, .set_up = with_stream_at_end, .call = call_directory_rewind, .check = reads_all,
      .tear_down = tear_down, .infallible = "rewinddir tells nothing" },
    { .function = HOST_FUNCTION_FS_DIRECTORY_FD, .set_up = with_stream, .call = call_directory_fd, .check = fd_is_the_folder,
      .tear_down = tear_down, .infallible = "reads the stream's own memory" },
    ROW(DIRECTORY_CLOSE, with_stream, call_directory_close, NULL, closedir, EIO, FAILURE),
    { .function = HOST_FUNCTION_FS_CHROOT, .set_up = with_way_back, .call = call_chroot, .check = is_root_now, .tear_down = go_back,
      .primitive = HOST_OPERATION_chroot, .fail_code = EPERM, .fail_status = HOST_NOT_PERMITTED, .flags = HOST_CASE_IN_CHILD }, /* last, see main */
};

/* ---- Which capabilities the flags of open ask for ---- */

typedef struct flags_case {
    const char *name;
    int flags;
    host_capability asked[2];
} flags_case;

#define READ HOST_CAPABILITY_FS_READ
#define WRITE HOST_CAPABILITY_FS_WRITE

static const flags_case flags_cases[] = {
    { "O_RDONLY asks to read", O_RDONLY, { READ } },
    { "O_PATH asks to read", O_PATH, { READ } },
    { "O_PATH with ignored flags asks to read", O_PATH | O_RDWR, { READ } },
    { "O_DIRECTORY asks to read", O_RDONLY | O_DIRECTORY, { READ } },
    { "O_WRONLY asks to write", O_WRONLY, { WRITE } },
    { "O_WRONLY|O_CREAT asks to write", O_WRONLY | O_CREAT, { WRITE } },
    { "O_RDWR asks both", O_RDWR, { WRITE, READ } },
    { "access mode 3 asks both", O_ACCMODE, { WRITE, READ } },
    { "O_RDONLY|O_CREAT asks both", O_RDONLY | O_CREAT, { WRITE, READ } },
    { "O_RDONLY|O_TRUNC asks both", O_RDONLY | O_TRUNC, { WRITE, READ } },
    { "O_TMPFILE asks to write", O_TMPFILE | O_WRONLY, { WRITE } },
};

static void flags_case_run(void **state)
{
    const flags_case *row = *state;
    test_host host;
    char folder[64], path[80];
    int fd;
    test_folder_create(folder);
    snprintf(path, sizeof(path), "%s%s", folder, (row->flags & O_DIRECTORY) ? "" : "/file");
    int made = (row->flags & O_DIRECTORY) ? open("/", O_PATH) : open(path, O_WRONLY | O_CREAT, 0600);
    close(made);
    test_host_create(&host, NULL);
    unsigned expected = row->asked[1] == HOST_CAPABILITY_NONE ? 1 : 2;

    assert_host_ok(host_fs_open(host.env, HOST_AT_CWD, path, row->flags | O_CLOEXEC, 0600, &fd, &host.error), &host.error);
    close(fd);
    assert_int_equal(host.watch->asked.count, expected);
    assert_int_equal(host.watch->recorded.count, 1);
    for (unsigned i = 0; i < expected; i++) {
        assert_int_equal(host.watch->asked.kept[i].access.capability, row->asked[i]);
        test_host_policy(&host, TEST_POLICY_DENY_CAPABILITY, row->asked[i]);
        assert_host_status(HOST_DENIED_BY_POLICY, host_fs_open(host.env, HOST_AT_CWD, path, row->flags, 0600, &fd, &host.error), &host.error);
        assert_int_equal(fd, -1);
        assert_int_equal(host.watch->recorded.kept[0].access.capability, row->asked[i]);
        test_host_policy(&host, TEST_POLICY_ALLOW_ALL, HOST_CAPABILITY_NONE);
        host_fs_open(host.env, HOST_AT_CWD, path, row->flags | O_CLOEXEC, 0600, &fd, &host.error);
        close(fd);
    }
    test_folder_remove(folder);
    test_host_destroy(&host);
}

/* ---- Arguments ---- */

static void paths_must_be_there(void **state)
{
    (void)state;
    test_host host;
    host_file_status status;
    host_file_system_status system_status;
    host_directory *directory;
    host_directory_entry entry;
    char buffer[8];
    int fd;
    int64_t value;
    size_t size;
    test_host_create(&host, NULL);
    host_env *env = host.env;
    host_error *error = &host.error;
    const host_status answers[] = {
        host_fs_open(env, HOST_AT_CWD, NULL, 0, 0, &fd, error),
        host_fs_stat(env, HOST_AT_CWD, NULL, 0, &status, error),
        host_fs_access(env, HOST_AT_CWD, NULL, 0, 0, error),
        host_fs_readlink(env, HOST_AT_CWD, NULL, buffer, 8, &size, error),
        host_fs_readlink(env, HOST_AT_CWD, "/", NULL, 8, &size, error),
        host_fs_realpath(env, NULL, buffer, 8, error),
        host_fs_realpath(env, "/", NULL, 8, error),
        host_fs_realpath(env, "/", buffer, 0, error),
        host_fs_statvfs(env, NULL, &system_status, error),
        host_fs_pathconf(env, NULL, 0, &value, error),
        host_fs_mkdir(env, HOST_AT_CWD, NULL, 0, error),
        host_fs_mkfifo(env, HOST_AT_CWD, NULL, 0, error),
        host_fs_mknod(env, HOST_AT_CWD, NULL, 0, 0, error),
        host_fs_link(env, HOST_AT_CWD, NULL, HOST_AT_CWD, "x", 0, error),
        host_fs_link(env, HOST_AT_CWD, "x", HOST_AT_CWD, NULL, 0, error),
        host_fs_symlink(env, NULL, HOST_AT_CWD, "x", error),
        host_fs_symlink(env, "x", HOST_AT_CWD, NULL, error),
        host_fs_unlink(env, HOST_AT_CWD, NULL, 0, error),
        host_fs_rename(env, HOST_AT_CWD, NULL, HOST_AT_CWD, "x", 0, error),
        host_fs_rename(env, HOST_AT_CWD, "x", HOST_AT_CWD, NULL, 0, error),
        host_fs_chmod(env, HOST_AT_CWD, NULL, 0, 0, error),
        host_fs_chown(env, HOST_AT_CWD, NULL, 0, 0, 0, error),
        host_fs_utimens(env, HOST_AT_CWD, NULL, NULL, 0, error),
        host_fs_truncate(env, NULL, 0, error),
        host_fs_getxattr(env, NULL, "user.a", buffer, 8, HOST_LINK_FOLLOW, &size, error),
        host_fs_getxattr(env, "/", NULL, buffer, 8, HOST_LINK_FOLLOW, &size, error),
        host_fs_setxattr(env, "/", NULL, "", 0, 0, HOST_LINK_FOLLOW, error),
        host_fs_listxattr(env, NULL, buffer, 8, HOST_LINK_FOLLOW, &size, error),
        host_fs_removexattr(env, "/", NULL, HOST_LINK_FOLLOW, error),
        host_fs_chdir(env, NULL, error),
        host_fs_getcwd(env, NULL, 8, error),
        host_fs_getcwd(env, buffer, 0, error),
        host_fs_chroot(env, NULL, error),
        host_fs_directory_open(env, HOST_AT_CWD, NULL, &directory, error),
        host_fs_directory_read(env, NULL, &entry, error),
        host_fs_directory_rewind(env, NULL, error),
        host_fs_directory_fd(env, NULL, &fd, error),
        host_fs_directory_close(env, NULL, error),
    };
    enum { COUNT = sizeof(answers) / sizeof(answers[0]) };
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(answers[i], HOST_INVALID_ARGUMENT);
    }
    assert_int_equal(host.watch->asked.count, 0);
    assert_int_equal(host.watch->recorded.count, COUNT);
    test_host_destroy(&host);
}

static void buffers_that_are_too_small_are_refused(void **state)
{
    (void)state;
    test_host host;
    char buffer[2] = "x";
    test_host_create(&host, NULL);
    assert_host_status(HOST_TOO_LARGE, host_fs_realpath(host.env, "/tmp", buffer, 2, &host.error), &host.error);
    assert_string_equal(buffer, "");
    assert_host_ok(host_fs_realpath(host.env, "/", buffer, 2, &host.error), &host.error);
    assert_string_equal(buffer, "/");
    assert_int_equal(chdir("/tmp"), 0);
    assert_host_status(HOST_TOO_LARGE, host_fs_getcwd(host.env, buffer, 2, &host.error), &host.error);
    assert_int_equal(host.error.host_code, ERANGE);
    assert_int_equal(chdir("/"), 0);
    assert_host_ok(host_fs_getcwd(host.env, buffer, 2, &host.error), &host.error);
    test_host_destroy(&host);
}

static void pathconf_without_a_limit_is_no_failure(void **state)
{
    (void)state;
    test_host host;
    int64_t value = 0;
    test_host_create(&host, NULL);
    errno = EIO; /* what an earlier call left must not be taken for a failure */
    assert_host_ok(host_fs_pathconf(host.env, "/", _PC_SYMLINK_MAX, &value, &host.error), &host.error);
    assert_int_equal(value, -1);
    test_host_destroy(&host);
}

/* ---- Walks ---- */

static const host_case walks[] = {
    { .function = HOST_FUNCTION_FS_DIRECTORY_OPEN, .set_up = with_file, .call = call_directory_open, .check = reads_all, .tear_down = tear_down },
    { .function = HOST_FUNCTION_FS_OPEN, .set_up = with_file, .call = call_open, .tear_down = tear_down },
    { .function = HOST_FUNCTION_FS_REALPATH, .set_up = with_link, .call = call_realpath, .check = is_real },
};

static void walk_run(void **state)
{
    host_walk_failures(*state);
}

int main(void)
{
    enum { FLAGS = sizeof(flags_cases) / sizeof(flags_cases[0]), WALKS = sizeof(walks) / sizeof(walks[0]), OTHERS = 3 };
    struct CMUnitTest tests[OTHERS + FLAGS + WALKS] = {
        cmocka_unit_test(paths_must_be_there),
        cmocka_unit_test(buffers_that_are_too_small_are_refused),
        cmocka_unit_test(pathconf_without_a_limit_is_no_failure),
    };
    umask(022);
    if (geteuid() != 0) { /* only root may change the root directory */
        cases[sizeof(cases) / sizeof(cases[0]) - 1].allowed_status = HOST_NOT_PERMITTED;
    }
    for (size_t i = 0; i < FLAGS; i++) {
        tests[OTHERS + i] =
            (struct CMUnitTest){ .name = flags_cases[i].name, .test_func = flags_case_run, .initial_state = (void *)&flags_cases[i] };
    }
    for (size_t i = 0; i < WALKS; i++) {
        tests[OTHERS + FLAGS + i] =
            (struct CMUnitTest){ .name = "failures leave nothing behind", .test_func = walk_run, .initial_state = (void *)&walks[i] };
    }
    int failed = host_cases_run("fs", cases, sizeof(cases) / sizeof(cases[0]));
    return failed + cmocka_run_group_tests_name("paths as the host allows", tests, NULL, NULL);
}
