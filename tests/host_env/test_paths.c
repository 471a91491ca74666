/* Paths beneath granted roots: nothing leads out, and what stays inside works. Every refusal has a twin that succeeds.
 *
 * The world (W is a fresh folder):  W/outside/marker          "outside"   no root
 *                                   W/root/{file,sub/deep}    "inside"    root, READ and WRITE
 *                                   W/other/file              "other"     root, READ only
 * A leak would show as the text "outside", as a change of the marker, or as a new name beside it. */
#include "support/host_cases.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/stream.h"
#include "roots.h"

static char world[64];
static test_host host;

static const char *at(const char *name)
{
    static char texts[8][PATH_MAX];
    static unsigned next;
    char *text = texts[next++ % 8];
    snprintf(text, PATH_MAX, "%s/%s", world, name);
    return text;
}

/* "@" in a row's path stands for W. */
static const char *expand(const char *path)
{
    static char texts[8][PATH_MAX];
    static unsigned next;
    char *text = texts[next++ % 8];
    const char *mark = strchr(path, '@');
    if (mark == NULL) {
        return path;
    }
    snprintf(text, PATH_MAX, "%.*s%s%s", (int)(mark - path), path, world, mark + 1);
    return text;
}

static void make_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void host_with_mounts(unsigned int more_rights)
{
    char root[PATH_MAX], other[PATH_MAX];
    snprintf(root, sizeof(root), "%s/root", world);
    snprintf(other, sizeof(other), "%s/other", world);
    host_root roots[] = { { root, HOST_ROOT_READ | HOST_ROOT_WRITE | more_rights }, { other, HOST_ROOT_READ } };
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.path_mode = HOST_PATHS_BENEATH_ROOTS;
    config.roots = roots;
    config.root_count = 2;
    test_host_create(&host, &config);
}

static int set_up(void **state)
{
    (void)state;
    test_folder_create(world);
    const char *folders[] = { "outside", "outside/folder", "root", "root/sub", "root/empty", "other", "root.not" };
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        assert_int_equal(mkdir(at(folders[i]), 0755), 0);
    }
    make_file(at("outside/marker"), "outside");
    make_file(at("root.not/file"), "outside");
    make_file(at("root/file"), "inside");
    make_file(at("root/sub/deep"), "inside");
    make_file(at("other/file"), "other");
    const char *links[][2] = {
        { "root/to_file", "file" },
        { "root/sub/to_file", "../file" },
        { "root/chain1", "chain2" },
        { "root/chain2", "sub/to_file" },
        { "root/to_sub", "sub" },
        { "root/loop", "loop" },
        { "root/out_relative", "../outside/marker" },
        { "root/out_folder", "../outside" },
        { "root/out_chain", "out_relative" },
        { "root/dangling_out", "../outside/new" },
        { "root/dangling_in", "sub/new" },
        { "root/proc_root", "/proc/self/root" },
        { "root/proc_cwd", "/proc/self/cwd" },
        { "root/etc", "/etc" },
    };
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        assert_int_equal(symlink(links[i][1], at(links[i][0])), 0);
    }
    const char *absolute[][2] = {
        { "root/absolute_out", "outside/marker" },      { "root/absolute_out_folder", "outside" },  { "root/absolute_in", "root/file" },
        { "root/absolute_in_folder", "root/sub" },      { "root/absolute_other", "other/file" },    { "root/absolute_chain", "root/absolute_in" },
        { "root/absolute_out_chain", "root/out_chain" }, { "root/absolute_up", "root/sub/../../outside/marker" },
        { "root/absolute_dangling_out", "outside/new" }, { "root/absolute_dangling_in", "root/sub/new" },
        { "to_root", "root" },
    };
    for (size_t i = 0; i < sizeof(absolute) / sizeof(absolute[0]); i++) {
        assert_int_equal(symlink(at(absolute[i][1]), at(absolute[i][0])), 0);
    }
    assert_int_equal(chdir(at("root")), 0);
    host_with_mounts(0);
    return 0;
}

static bool is_there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static void assert_outside_untouched(void)
{
    char text[32] = "";
    struct stat status;
    int fd = open(at("outside/marker"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, text, sizeof(text) - 1), 7);
    assert_string_equal(text, "outside");
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_nlink, 1);
    assert_int_equal(status.st_mode & 07777, 0644);
    assert_true(status.st_mtim.tv_sec > 1000);
    close(fd);
    assert_false(is_there(at("outside/new")));
    assert_true(is_there(at("outside/folder")));
}

static int tear_down(void **state)
{
    (void)state;
    assert_outside_untouched();
    test_host_destroy(&host);
    assert_int_equal(chdir("/"), 0);
    test_folder_remove(world);
    return 0;
}

/* ---- Reading: a path, and what it leads to ("" is an error) ---- */

typedef struct read_case {
    const char *name, *path;
    host_status status;
    const char *text;
} read_case;

static const read_case read_cases[] = {
    { "absolute path inside", "@/root/file", HOST_OK, "inside" },
    { "absolute path outside", "@/outside/marker", HOST_OUTSIDE_ROOT, "" },
    { "absolute path outside, nothing there", "@/outside/nothing", HOST_OUTSIDE_ROOT, "" },
    { "absolute path that only begins like a root", "@/root.not/file", HOST_OUTSIDE_ROOT, "" },
    { "absolute path with slashes and dots", "/@//./root/.///sub/./deep", HOST_OK, "inside" },
    { "absolute path with .. inside", "@/root/sub/../file", HOST_OK, "inside" },
    { "absolute path with .. out", "@/root/../outside/marker", HOST_OUTSIDE_ROOT, "" },
    { "absolute path with .. out, deep", "@/root/sub/../../outside/marker", HOST_OUTSIDE_ROOT, "" },
    { "absolute path with .. out and in again", "@/root/../root/file", HOST_OK, "inside" },
    { "absolute path with .. into another root", "@/root/../other/file", HOST_OK, "other" },
    { "absolute path in another root", "@/other/file", HOST_OK, "other" },
    { "absolute path to a root by a link beside it", "@/to_root/file", HOST_OUTSIDE_ROOT, "" },
    { "system file", "/etc/passwd", HOST_OUTSIDE_ROOT, "" },
    { "relative path inside", "file", HOST_OK, "inside" },
    { "relative path with . and //", ".//./sub///deep", HOST_OK, "inside" },
    { "relative path with .. inside", "sub/../file", HOST_OK, "inside" },
    { "relative path with .. out", "../outside/marker", HOST_OUTSIDE_ROOT, "" },
    { "relative path with many ..", "../../../../../../../../etc/passwd", HOST_OUTSIDE_ROOT, "" },
    { "relative path with .. into another root", "../other/file", HOST_OK, "other" },
    { "missing inside", "nothing", HOST_MISSING, "" },
    { "missing folder inside", "nothing/file", HOST_MISSING, "" },
    { "empty path", "", HOST_MISSING, "" },
    { "file used as a folder", "file/x", HOST_NOT_A_DIRECTORY, "" },
    { "file with a slash behind", "file/", HOST_NOT_A_DIRECTORY, "" },
    { "file with a dot behind", "@/root/file/.", HOST_NOT_A_DIRECTORY, "" },
    { "link inside", "to_file", HOST_OK, "inside" },
    { "link inside with a slash behind", "to_file/", HOST_NOT_A_DIRECTORY, "" },
    { "link with .. that stays inside", "sub/to_file", HOST_OK, "inside" },
    { "chain of links inside", "chain1", HOST_OK, "inside" },
    { "link in the middle, inside", "to_sub/deep", HOST_OK, "inside" },
    { "link in the middle and .. inside", "to_sub/../file", HOST_OK, "inside" },
    { "loop of links", "loop", HOST_FAILURE, "" },
    { "relative link out", "out_relative", HOST_OUTSIDE_ROOT, "" },
    { "relative link to a folder out", "out_folder/marker", HOST_OUTSIDE_ROOT, "" },
    { "chain of links out", "out_chain", HOST_OUTSIDE_ROOT, "" },
    { "link out and .. back in", "out_folder/../root/file", HOST_OUTSIDE_ROOT, "" },
    { "absolute link inside", "absolute_in", HOST_OK, "inside" },
    { "absolute link inside, absolute path", "@/root/absolute_in", HOST_OK, "inside" },
    { "absolute link in the middle, inside", "absolute_in_folder/deep", HOST_OK, "inside" },
    { "absolute link in the middle and ..", "absolute_in_folder/../file", HOST_OK, "inside" },
    { "chain of absolute links inside", "absolute_chain", HOST_OK, "inside" },
    { "absolute link into another root", "absolute_other", HOST_OK, "other" },
    { "absolute link out", "absolute_out", HOST_OUTSIDE_ROOT, "" },
    { "absolute link to a folder out", "absolute_out_folder/marker", HOST_OUTSIDE_ROOT, "" },
    { "chain of absolute and relative links out", "absolute_out_chain", HOST_OUTSIDE_ROOT, "" },
    { "absolute link that climbs out", "absolute_up", HOST_OUTSIDE_ROOT, "" },
    { "link to a system folder", "etc/passwd", HOST_OUTSIDE_ROOT, "" },
    { "/proc/self/root by name", "/proc/self/root/etc/passwd", HOST_OUTSIDE_ROOT, "" },
    { "/proc/self/root by link", "proc_root/etc/passwd", HOST_OUTSIDE_ROOT, "" },
    { "/proc/self/cwd by name", "/proc/self/cwd/file", HOST_OUTSIDE_ROOT, "" },
    { "/proc/self/cwd by link", "proc_cwd/file", HOST_OUTSIDE_ROOT, "" },
};

static host_status read_text(const char *path, int flags, char text_out[32])
{
    int fd;
    memset(text_out, 0, 32);
    host_status status = host_fs_open(host.env, HOST_AT_CWD, path, O_RDONLY | O_CLOEXEC | flags, 0, &fd, &host.error);
    if (status == HOST_OK) {
        assert_true(read(fd, text_out, 31) > 0);
        close(fd);
    }
    return status;
}

static void read_case_run(void **state)
{
    const read_case *row = *state;
    char text[32], real[PATH_MAX];
    host_file_status status;
    const char *path = expand(row->path);

    assert_host_status(row->status, read_text(path, 0, text), &host.error);
    assert_string_equal(text, row->text);
    if (row->status == HOST_OUTSIDE_ROOT) {
        assert_int_equal(host.error.host_code, EACCES);
        assert_int_equal(test_recorded(&host, HOST_FUNCTION_FS_OPEN)->access.status, HOST_OUTSIDE_ROOT);
    }
    /* What holds for open holds for the others that look. */
    assert_host_status(row->status, host_fs_stat(host.env, HOST_AT_CWD, path, 0, &status, &host.error), &host.error);
    assert_int_equal(status.size_bytes, strlen(row->text));
    assert_host_status(row->status, host_fs_access(host.env, HOST_AT_CWD, path, R_OK, 0, &host.error), &host.error);
    assert_host_status(row->status, host_fs_realpath(host.env, path, real, sizeof(real), &host.error), &host.error);
}

/* ---- Magic links and descriptors of others ---- */

static void descriptors_of_proc_are_not_followed(void **state)
{
    (void)state;
    char path[64], text[32];
    int outside = open(at("outside/marker"), O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", outside);
    assert_host_status(HOST_OUTSIDE_ROOT, read_text(path, 0, text), &host.error);
    assert_int_equal(symlink(path, at("root/to_fd")), 0);
    assert_host_status(HOST_OUTSIDE_ROOT, read_text("to_fd", 0, text), &host.error);
    close(outside);
}

static void magic_links_beneath_a_root_are_not_followed(void **state)
{
    (void)state;
    host_root proc = { "/proc", HOST_ROOT_READ | HOST_ROOT_CROSS_MOUNTS };
    host_env_config config = HOST_ENV_CONFIG_INIT;
    char text[32];
    config.path_mode = HOST_PATHS_BENEATH_ROOTS;
    config.roots = &proc;
    config.root_count = 1;
    test_host_destroy(&host);
    test_host_create(&host, &config);
    assert_int_not_equal(read_text("/proc/self/root/etc/passwd", 0, text), HOST_OK);
    assert_int_not_equal(read_text("/proc/self/cwd/file", 0, text), HOST_OK);
    assert_int_not_equal(read_text("/proc/self/exe", 0, text), HOST_OK);
    assert_host_ok(read_text("/proc/self/comm", 0, text), &host.error); /* "self" is an ordinary link */
}

static void foreign_directories_are_no_way_in(void **state)
{
    (void)state;
    int outside = open(at("outside"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int inside = open(at("root/sub"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd;
    host_file_status status;
    host_env *env = host.env;
    host_error *error = &host.error;
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_open(env, outside, "marker", O_RDONLY, 0, &fd, error), error);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_stat(env, outside, "marker", 0, &status, error), error);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_mkdir(env, outside, "new", 0700, error), error);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_open(env, outside, "../root/file", O_RDONLY, 0, &fd, error), error);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_fchdir(env, outside, error), error);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_open(env, inside, "../../outside/marker", O_RDONLY, 0, &fd, error), error);

    assert_host_ok(host_fs_open(env, inside, "deep", O_RDONLY | O_CLOEXEC, 0, &fd, error), error);
    close(fd);
    assert_host_ok(host_fs_open(env, inside, "../file", O_RDONLY | O_CLOEXEC, 0, &fd, error), error);
    close(fd);
    assert_host_ok(host_fs_open(env, outside, at("root/file"), O_RDONLY | O_CLOEXEC, 0, &fd, error), error); /* absolute: ignored */
    close(fd);
    assert_host_ok(host_fs_mkdir(env, inside, "made", 0700, error), error);
    assert_host_ok(host_fs_fchdir(env, inside, error), error);
    assert_host_status(HOST_BAD_DESCRIPTOR, host_fs_open(env, 9999, "x", O_RDONLY, 0, &fd, error), error);
    close(outside);
    close(inside);
}

static void listing_needs_a_directory_beneath_a_root(void **state)
{
    (void)state;
    host_directory *directory;
    host_env *env = host.env;
    host_error *error = &host.error;
    int outside = open(at("outside"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int inside = open(at("root/sub"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_directory_open(env, HOST_AT_CWD, "..", &directory, error), error);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_directory_open(env, HOST_AT_CWD, "out_folder", &directory, error), error);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_directory_open_fd(env, outside, &directory, error), error);
    assert_host_ok(host_fs_directory_open(env, HOST_AT_CWD, "sub/..", &directory, error), error);
    assert_host_ok(host_fs_directory_close(env, directory, error), error);
    assert_host_ok(host_fs_directory_open_fd(env, inside, &directory, error), error);
    assert_host_ok(host_fs_directory_close(env, directory, error), error);
    close(outside);
}

/* ---- Changing: a call, a path that is refused, its twin that works ---- */

typedef host_status (*change)(const char *path);

static host_status change_create(const char *path)
{
    int fd;
    host_status status = host_fs_open(host.env, HOST_AT_CWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600, &fd, &host.error);
    close(fd);
    return status;
}

static host_status change_create_new(const char *path)
{
    int fd;
    host_status status = host_fs_open(host.env, HOST_AT_CWD, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &fd, &host.error);
    close(fd);
    return status;
}

static host_status change_temporary(const char *path)
{
    int fd;
    host_status status = host_fs_open(host.env, HOST_AT_CWD, path, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600, &fd, &host.error);
    close(fd);
    return status;
}

static host_status change_mkdir(const char *path)
{
    return host_fs_mkdir(host.env, HOST_AT_CWD, path, 0700, &host.error);
}

static host_status change_mkfifo(const char *path)
{
    return host_fs_mkfifo(host.env, HOST_AT_CWD, path, 0600, &host.error);
}

static host_status change_mknod(const char *path)
{
    return host_fs_mknod(host.env, HOST_AT_CWD, path, S_IFREG | 0600, 0, &host.error);
}

static host_status change_symlink(const char *path)
{
    return host_fs_symlink(host.env, "/anywhere", HOST_AT_CWD, path, &host.error);
}

static host_status change_link_to(const char *path)
{
    return host_fs_link(host.env, HOST_AT_CWD, "file", HOST_AT_CWD, path, 0, &host.error);
}

static host_status change_link_from(const char *path)
{
    return host_fs_link(host.env, HOST_AT_CWD, path, HOST_AT_CWD, "second", 0, &host.error);
}

static host_status change_link_from_followed(const char *path)
{
    return host_fs_link(host.env, HOST_AT_CWD, path, HOST_AT_CWD, "second", AT_SYMLINK_FOLLOW, &host.error);
}

static host_status change_unlink(const char *path)
{
    return host_fs_unlink(host.env, HOST_AT_CWD, path, 0, &host.error);
}

static host_status change_rmdir(const char *path)
{
    return host_fs_unlink(host.env, HOST_AT_CWD, path, AT_REMOVEDIR, &host.error);
}

static host_status change_rename_from(const char *path)
{
    return host_fs_rename(host.env, HOST_AT_CWD, path, HOST_AT_CWD, "renamed", 0, &host.error);
}

static host_status change_rename_to(const char *path)
{
    return host_fs_rename(host.env, HOST_AT_CWD, "file", HOST_AT_CWD, path, 0, &host.error);
}

static host_status change_chmod(const char *path)
{
    return host_fs_chmod(host.env, HOST_AT_CWD, path, 0600, 0, &host.error);
}

static host_status change_chown(const char *path)
{
    return host_fs_chown(host.env, HOST_AT_CWD, path, UINT32_MAX, getegid(), 0, &host.error);
}

static host_status change_times(const char *path)
{
    const host_file_time times[2] = { { 1, 0 }, { 1, 0 } };
    return host_fs_utimens(host.env, HOST_AT_CWD, path, times, 0, &host.error);
}

static host_status change_truncate(const char *path)
{
    return host_fs_truncate(host.env, path, 1, &host.error);
}

static host_status change_attribute(const char *path)
{
    return host_fs_setxattr(host.env, path, "user.a", "b", 1, 0, HOST_LINK_FOLLOW, &host.error);
}

static host_status change_chdir(const char *path)
{
    return host_fs_chdir(host.env, path, &host.error);
}

typedef struct change_case {
    const char *name;
    change change;
    const char *refused; /* OUTSIDE_ROOT */
    const char *works;
    const char *proof; /* W/proof is there afterwards, or gone if it begins with '-' */
} change_case;

static const change_case change_cases[] = {
    { "create beyond ..", change_create, "../outside/new", "sub/new", "root/sub/new" },
    { "create absolute", change_create, "@/outside/new", "@/root/new", "root/new" },
    { "create in the read-only root", change_create, "@/other/new", "@/root/new", "root/new" },
    { "create through a folder link", change_create, "out_folder/new", "to_sub/new", "root/sub/new" },
    { "create through an absolute folder link", change_create, "absolute_out_folder/new", "absolute_in_folder/new", "root/sub/new" },
    { "create through a dangling link", change_create, "dangling_out", "dangling_in", "root/sub/new" },
    { "create through an absolute dangling link", change_create, "absolute_dangling_out", "absolute_dangling_in", "root/sub/new" },
    { "truncate through a link", change_create, "out_relative", "to_file", "root/file" },
    { "create new, exclusively", change_create_new, "out_folder/new", "to_sub/new", "root/sub/new" },
    { "write to the read-only root by a link", change_create, "absolute_other", "absolute_in", "root/file" },
    { "unnamed temporary file", change_temporary, "out_folder", "to_sub", "root/file" },
    { "mkdir", change_mkdir, "out_folder/new", "to_sub/new", "root/sub/new" },
    { "mkdir beyond ..", change_mkdir, "../outside/new", "sub/../new", "root/new" },
    { "mkdir with a slash behind", change_mkdir, "../outside/new/", "new/", "root/new" },
    { "mkdir through an absolute link", change_mkdir, "absolute_out_folder/new", "absolute_in_folder/new", "root/sub/new" },
    { "mkfifo", change_mkfifo, "out_folder/new", "to_sub/new", "root/sub/new" },
    { "mknod", change_mknod, "out_folder/new", "to_sub/new", "root/sub/new" },
    { "symlink", change_symlink, "out_folder/new", "to_sub/new", "root/sub/new" },
    { "link to a new name", change_link_to, "out_folder/new", "to_sub/new", "root/sub/new" },
    { "link from a name", change_link_from, "../outside/marker", "file", "root/second" },
    { "link from a name in a folder", change_link_from, "out_folder/marker", "to_sub/deep", "root/second" },
    { "link from what a link leads to", change_link_from_followed, "out_relative", "to_file", "root/second" },
    { "link from the read-only root", change_link_from, "@/other/file", "sub/deep", "root/second" },
    { "unlink", change_unlink, "../outside/marker", "sub/deep", "-root/sub/deep" },
    { "unlink through a folder link", change_unlink, "out_folder/marker", "to_sub/deep", "-root/sub/deep" },
    { "unlink in the read-only root", change_unlink, "@/other/file", "@/root/file", "-root/file" },
    { "rmdir", change_rmdir, "out_folder/folder", "empty", "-root/empty" },
    { "rmdir beyond ..", change_rmdir, "../outside/folder", "sub/../empty/", "-root/empty" },
    { "rmdir of the root's parent", change_rmdir, "..", "empty", "-root/empty" },
    { "rename from", change_rename_from, "../outside/marker", "sub/deep", "root/renamed" },
    { "rename from through a link", change_rename_from, "out_folder/marker", "to_sub/deep", "root/renamed" },
    { "rename from the read-only root", change_rename_from, "@/other/file", "sub/deep", "root/renamed" },
    { "rename to", change_rename_to, "../outside/new", "sub/new", "root/sub/new" },
    { "rename over", change_rename_to, "out_folder/marker", "to_sub/deep", "root/sub/deep" },
    { "rename across roots", change_rename_to, "@/other/new", "@/root/sub/new", "root/sub/new" },
    { "chmod", change_chmod, "out_relative", "to_file", "root/file" },
    { "chmod absolute link", change_chmod, "absolute_out", "absolute_in", "root/file" },
    { "chmod in the read-only root", change_chmod, "@/other/file", "file", "root/file" },
    { "chown", change_chown, "out_relative", "to_file", "root/file" },
    { "times", change_times, "out_relative", "to_file", "root/file" },
    { "truncate", change_truncate, "out_relative", "to_file", "root/file" },
    { "attribute", change_attribute, "out_relative", "to_file", "root/file" },
    { "chdir", change_chdir, "out_folder", "to_sub", "root/file" },
    { "chdir ..", change_chdir, "..", "sub/..", "root/file" },
    { "chdir absolute", change_chdir, "/", "@/root/sub", "root/file" },
};

static void change_case_run(void **state)
{
    const change_case *row = *state;
    int before = test_descriptor_count();
    assert_host_status(HOST_OUTSIDE_ROOT, row->change(expand(row->refused)), &host.error);
    assert_outside_untouched();
    assert_false(is_there(at("other/new")));
    assert_true(is_there(at("other/file")));
    assert_host_ok(row->change(expand(row->works)), &host.error);
    assert_int_equal(is_there(at(row->proof + (row->proof[0] == '-'))), row->proof[0] != '-');
    assert_int_equal(test_descriptor_count(), before);
}

/* Links themselves are inside, wherever they point. */
static void links_themselves_can_be_seen_and_removed(void **state)
{
    (void)state;
    char target[32] = "";
    size_t length;
    host_file_status status;
    host_env *env = host.env;
    host_error *error = &host.error;
    assert_host_ok(host_fs_readlink(env, HOST_AT_CWD, "out_relative", target, sizeof(target), &length, error), error);
    assert_string_equal(target, "../outside/marker");
    assert_host_ok(host_fs_stat(env, HOST_AT_CWD, "absolute_out", AT_SYMLINK_NOFOLLOW, &status, error), error);
    assert_int_equal(status.mode & S_IFMT, S_IFLNK);
    assert_host_status(HOST_INVALID_ARGUMENT, host_fs_readlink(env, HOST_AT_CWD, "file", target, sizeof(target), &length, error), error);
    assert_host_status(HOST_UNSUPPORTED, host_fs_chmod(env, HOST_AT_CWD, "out_relative", 0600, AT_SYMLINK_NOFOLLOW, error), error);
    const host_file_time times[2] = { { 1, 0 }, { 1, 0 } };
    assert_host_ok(host_fs_utimens(env, HOST_AT_CWD, "out_relative", times, AT_SYMLINK_NOFOLLOW, error), error);
    assert_host_ok(host_fs_link(env, HOST_AT_CWD, "out_relative", HOST_AT_CWD, "second", 0, error), error);
    assert_host_ok(host_fs_stat(env, HOST_AT_CWD, "second", AT_SYMLINK_NOFOLLOW, &status, error), error);
    assert_int_equal(status.mode & S_IFMT, S_IFLNK);
    assert_int_equal(status.modify_time_s, 1);
    assert_host_ok(host_fs_unlink(env, HOST_AT_CWD, "absolute_out", 0, error), error);
    assert_false(is_there(at("root/absolute_out")));
    int fd;
    assert_int_not_equal(host_fs_open(env, HOST_AT_CWD, "out_relative", O_RDONLY | O_NOFOLLOW, 0, &fd, error), HOST_OK);
    assert_int_equal(host.error.host_code, ELOOP);
}

static void the_working_directory_is_told_only_beneath_a_root(void **state)
{
    (void)state;
    char text[PATH_MAX], here[PATH_MAX];
    assert_host_ok(host_fs_getcwd(host.env, here, sizeof(here), &host.error), &host.error);
    assert_string_equal(here, at("root"));
    assert_int_equal(chdir(at("outside")), 0); /* someone else's doing */
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_getcwd(host.env, here, sizeof(here), &host.error), &host.error);
    assert_string_equal(here, "");
    assert_host_status(HOST_OUTSIDE_ROOT, read_text("marker", 0, text), &host.error);
    assert_host_status(HOST_OUTSIDE_ROOT, read_text("../root/file", 0, text), &host.error);
    assert_host_ok(read_text(at("root/file"), 0, text), &host.error);
    assert_int_equal(chdir(at("root")), 0);
}

static void chroot_is_unsupported_beneath_roots(void **state)
{
    (void)state;
    assert_host_status(HOST_UNSUPPORTED, host_fs_chroot(host.env, at("root"), &host.error), &host.error);
}

static void without_openat2_nothing_opens(void **state)
{
    (void)state;
    char text[32];
    host_operations_fail(host.env, HOST_OPERATION_openat2_how, 1, ENOSYS);
    assert_host_status(HOST_UNSUPPORTED, read_text(at("root/file"), 0, text), &host.error);
    assert_int_equal(host_operations_calls(HOST_OPERATION_openat_mode), 0); /* no other way was tried */
    host_operations_fail(host.env, HOST_OPERATION_openat2_how, 1, ENOSYS);
    assert_host_status(HOST_UNSUPPORTED, read_text("file", 0, text), &host.error);
    host_operations_restore(host.env);
    assert_host_ok(read_text("file", 0, text), &host.error);
}

/* An access that the kernel asks to try again is tried again; one that never ends counts as leaving. */
static void races_in_the_kernel_are_tried_again(void **state)
{
    (void)state;
    char text[32];
    host_operations_fail(host.env, HOST_OPERATION_openat2_how, 1, EAGAIN);
    assert_host_ok(read_text("file", 0, text), &host.error);
    assert_int_equal(host_operations_calls(HOST_OPERATION_openat2_how), 2);
    host_operations_restore(host.env);
}

static void path_mode_none_refuses_every_path(void **state)
{
    (void)state;
    host_env_config config = HOST_ENV_CONFIG_INIT;
    char text[32];
    host_directory *directory;
    test_host_destroy(&host);
    test_host_create(&host, &config);
    assert_host_status(HOST_OUTSIDE_ROOT, read_text("file", 0, text), &host.error);
    assert_host_status(HOST_OUTSIDE_ROOT, change_mkdir("new"), &host.error);
    assert_host_status(HOST_OUTSIDE_ROOT, change_chmod("file"), &host.error);
    assert_host_status(HOST_OUTSIDE_ROOT, change_chdir("."), &host.error);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_directory_open(host.env, HOST_AT_CWD, ".", &directory, &host.error), &host.error);
    test_host_destroy(&host);
    host_with_mounts(0); /* the twin */
    assert_host_ok(read_text("file", 0, text), &host.error);
}

static void files_open_for_reading_cannot_be_changed_by_descriptor(void **state)
{
    (void)state;
    host_env *env = host.env;
    host_error *error = &host.error;
    int reading, writing, folder, other;
    assert_host_ok(host_fs_open(env, HOST_AT_CWD, at("other/file"), O_RDONLY | O_CLOEXEC, 0, &reading, error), error);
    assert_host_ok(host_fs_open(env, HOST_AT_CWD, "file", O_WRONLY | O_CLOEXEC, 0, &writing, error), error);
    assert_host_ok(host_fs_open(env, HOST_AT_CWD, "sub", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, &folder, error), error);
    assert_host_ok(host_fs_open(env, HOST_AT_CWD, at("other"), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, &other, error), error);

    assert_host_status(HOST_OUTSIDE_ROOT, host_fd_fchmod(env, reading, 0600, error), error);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fd_futimens(env, reading, NULL, error), error);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fd_fchown(env, reading, UINT32_MAX, UINT32_MAX, error), error);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fd_fsetxattr(env, reading, "user.a", "b", 1, 0, error), error);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fd_fremovexattr(env, reading, "user.a", error), error);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_chown(env, reading, "", UINT32_MAX, UINT32_MAX, AT_EMPTY_PATH, error), error);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fd_fchmod(env, other, 0700, error), error);

    assert_host_ok(host_fd_fchmod(env, writing, 0600, error), error);
    assert_host_ok(host_fd_futimens(env, writing, NULL, error), error);
    assert_host_ok(host_fd_fchown(env, writing, UINT32_MAX, UINT32_MAX, error), error);
    assert_host_ok(host_fd_fsetxattr(env, writing, "user.a", "b", 1, 0, error), error);
    assert_host_ok(host_fd_fremovexattr(env, writing, "user.a", error), error);
    assert_host_ok(host_fs_chown(env, writing, "", UINT32_MAX, UINT32_MAX, AT_EMPTY_PATH, error), error);
    assert_host_ok(host_fd_fchmod(env, folder, 0700, error), error);
    close(reading);
    close(writing);
    close(folder);
    close(other);
}

static void requests_that_change_files_need_them_open_for_writing(void **state)
{
    (void)state;
    host_env *env = host.env;
    host_error *error = &host.error;
    int reading, writing, ends[2], flags = 0;
    int64_t result;
    assert_host_ok(host_fs_open(env, HOST_AT_CWD, at("other/file"), O_RDONLY | O_CLOEXEC, 0, &reading, error), error);
    assert_host_ok(host_fs_open(env, HOST_AT_CWD, "file", O_RDWR | O_CLOEXEC, 0, &writing, error), error);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    int before = test_descriptor_count();

    assert_host_status(HOST_OUTSIDE_ROOT, host_fd_ioctl(env, reading, FS_IOC_SETFLAGS, (uintptr_t)&flags, &result, error), error);
    assert_host_ok(host_fd_ioctl(env, reading, FIONREAD, (uintptr_t)&flags, &result, error), error);
    /* Some file systems have no flags; what counts is that the host was asked. */
    host_status status = host_fd_ioctl(env, writing, FS_IOC_GETFLAGS, (uintptr_t)&flags, &result, error);
    assert_true(status == HOST_OK || status == HOST_BAD_DESCRIPTOR || status == HOST_UNSUPPORTED);
    assert_host_status(HOST_BAD_DESCRIPTOR, host_fd_ioctl(env, ends[0], FS_IOC_SETFLAGS, (uintptr_t)&flags, &result, error), error);
    assert_int_equal(error->host_code, ENOTTY);
    assert_int_equal(test_descriptor_count(), before);
    close(reading);
    close(writing);
    close(ends[0]);
    close(ends[1]);
}

static void devices_are_not_made_beneath_roots(void **state)
{
    (void)state;
    host_env *env = host.env;
    host_error *error = &host.error;
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_mknod(env, HOST_AT_CWD, "device", S_IFCHR | 0600, makedev(1, 3), error), error);
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_mknod(env, HOST_AT_CWD, "device", S_IFBLK | 0600, makedev(7, 0), error), error);
    assert_int_equal(test_asked(&host, HOST_FUNCTION_FS_MKNOD)->access.capability, HOST_CAPABILITY_FS_WRITE);
    assert_false(is_there(at("root/device")));
    assert_host_ok(host_fs_mknod(env, HOST_AT_CWD, "device", S_IFIFO | 0600, 0, error), error);
}

static void roots_cannot_be_adopted(void **state)
{
    (void)state;
    host_directory *directory;
    host_stream *stream;
    char text[32];
    int root = host.env->roots[0].fd, file = open("file", O_RDONLY | O_CLOEXEC);
    assert_host_status(HOST_BAD_DESCRIPTOR, host_fs_directory_open_fd(host.env, root, &directory, &host.error), &host.error);
    assert_host_status(HOST_BAD_DESCRIPTOR, host_stream_adopt_fd(host.env, root, "r", &stream, &host.error), &host.error);
    assert_host_ok(read_text(at("root/file"), 0, text), &host.error);
    assert_host_ok(host_stream_adopt_fd(host.env, file, "r", &stream, &host.error), &host.error);
    assert_host_ok(host_stream_close(host.env, stream, &host.error), &host.error);
}

/* At least so many opens; more while a slow machine has not yet shown both sides of every swap, but not for ever. */
enum { RACE_OPENS = 20000, RACE_OPENS_MAX = 20 * RACE_OPENS, RACE_ROUNDS = 100 };

typedef struct racer {
    bool must_stop;
    uint64_t rounds;
    int directory, file; /* descriptors that are exchanged */
} racer;

/* ---- Exchanging what a number or the working directory means, in between ---- */

/* Goes back and forth between a root that grants WRITE and one that does not, by every way there is. */
static void *exchange(void *context)
{
    racer *racer = context;
    int writable = open(at("root/sub"), O_RDONLY | O_DIRECTORY | O_CLOEXEC), readable = open(at("other"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int file_writable = open(at("root/file"), O_RDWR | O_CLOEXEC), file_readable = open(at("other/file"), O_RDONLY | O_CLOEXEC);
    while (!__atomic_load_n(&racer->must_stop, __ATOMIC_RELAXED)) {
        bool is_even = racer->rounds % 2 == 0;
        (void)!fchdir(is_even ? readable : writable);
        dup2(is_even ? readable : writable, racer->directory);
        dup2(is_even ? file_readable : file_writable, racer->file);
        __atomic_add_fetch(&racer->rounds, 1, __ATOMIC_RELAXED);
    }
    close(writable);
    close(readable);
    close(file_writable);
    close(file_readable);
    return NULL;
}

static void rights_do_not_move_with_an_exchanged_descriptor(void **state)
{
    (void)state;
    racer racer = { .directory = open(at("root/sub"), O_RDONLY | O_CLOEXEC), .file = open(at("root/file"), O_RDWR | O_CLOEXEC) };
    pthread_t thread;
    struct stat status;
    unsigned made = 0, refused = 0, changed = 0;
    assert_int_equal(pthread_create(&thread, NULL, exchange, &racer), 0);
    for (unsigned i = 0; i < RACE_OPENS; i++) {
        host_status results[] = { change_mkdir("made"), host_fs_mkdir(host.env, racer.directory, "made_too", 0700, NULL),
                                  host_fd_fchmod(host.env, racer.file, 0600, NULL) };
        made += (results[0] == HOST_OK) + (results[1] == HOST_OK);
        changed += results[2] == HOST_OK;
        refused += (results[0] == HOST_OUTSIDE_ROOT) + (results[1] == HOST_OUTSIDE_ROOT) + (results[2] == HOST_OUTSIDE_ROOT);
        rmdir(at("root/sub/made"));
        rmdir(at("root/sub/made_too"));
        test_host_forget(&host);
    }
    __atomic_store_n(&racer.must_stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    close(racer.directory);
    close(racer.file);
    assert_int_equal(chdir(at("root")), 0);

    assert_true(made > 0 && changed > 0 && refused > 0);
    assert_false(is_there(at("other/made")));
    assert_false(is_there(at("other/made_too")));
    assert_int_equal(stat(at("other/file"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
}

static void empty_paths_mean_the_descriptor_only_when_asked(void **state)
{
    (void)state;
    host_file_status status;
    host_env *env = host.env;
    host_error *error = &host.error;
    int fd = open(at("root/file"), O_RDONLY | O_CLOEXEC);
    assert_host_status(HOST_MISSING, host_fs_stat(env, fd, "", 0, &status, error), error);
    assert_host_status(HOST_MISSING, change_mkdir(""), error);
    assert_host_status(HOST_MISSING, change_unlink(""), error);
    assert_host_ok(host_fs_stat(env, fd, "", AT_EMPTY_PATH, &status, error), error);
    assert_int_equal(status.size_bytes, 6);
    assert_host_ok(host_fs_stat(env, HOST_AT_CWD, "", AT_EMPTY_PATH, &status, error), error);
    assert_int_equal(status.mode & S_IFMT, S_IFDIR);
    close(fd);
}

static void long_paths_are_too_large(void **state)
{
    (void)state;
    static char path[PATH_MAX + 10];
    char text[32];
    memset(path, '/', PATH_MAX + 5);
    memcpy(path, "file", 4);
    assert_host_status(HOST_TOO_LARGE, read_text(path, 0, text), &host.error);
    assert_host_status(HOST_TOO_LARGE, change_mkdir(path), &host.error);
    memset(path, 'a', 300);
    path[300] = '\0';
    assert_host_status(HOST_TOO_LARGE, read_text(path, 0, text), &host.error);
    assert_host_status(HOST_TOO_LARGE, change_mkdir(path), &host.error);
}

/* The grant is the directory that was there at the start, wherever it goes; its old name then means nothing. */
static void a_root_that_is_renamed_keeps_its_grant_and_gives_none_to_its_successor(void **state)
{
    (void)state;
    char text[32];
    assert_int_equal(rename(at("root"), at("moved")), 0);
    assert_int_equal(mkdir(at("root"), 0755), 0);
    make_file(at("root/file"), "outside");
    assert_host_ok(read_text(at("root/file"), 0, text), &host.error);
    assert_string_equal(text, "inside");
    assert_host_status(HOST_OUTSIDE_ROOT, read_text(at("moved/file"), 0, text), &host.error);
    assert_host_ok(read_text("file", 0, text), &host.error); /* the working directory moved along */
    assert_string_equal(text, "inside");
}

/* ---- Renames during use ---- */

/* Swaps a folder with a link that leads out, moves a folder out of the root and back, and swaps the target of a link. */
static void *race(void *context)
{
    racer *racer = context;
    char swap_folder[PATH_MAX], swap_link[PATH_MAX], walk_in[PATH_MAX], walk_out[PATH_MAX], link_a[PATH_MAX], link_b[PATH_MAX];
    snprintf(swap_folder, PATH_MAX, "%s/root/swap", world);
    snprintf(swap_link, PATH_MAX, "%s/root/swap_link", world);
    snprintf(walk_in, PATH_MAX, "%s/root/walk/a", world);
    snprintf(walk_out, PATH_MAX, "%s/outside/a", world);
    snprintf(link_a, PATH_MAX, "%s/root/turn", world);
    snprintf(link_b, PATH_MAX, "%s/root/turn_new", world);
    while (!__atomic_load_n(&racer->must_stop, __ATOMIC_RELAXED)) {
        renameat2(AT_FDCWD, swap_folder, AT_FDCWD, swap_link, RENAME_EXCHANGE);
        rename(walk_in, walk_out);
        (void)!symlink(racer->rounds % 2 == 0 ? "../outside/marker" : "file", link_b);
        rename(link_b, link_a);
        rename(walk_out, walk_in);
        __atomic_add_fetch(&racer->rounds, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void race_prepare(void)
{
    assert_int_equal(mkdir(at("root/swap"), 0755), 0);
    make_file(at("root/swap/marker"), "inside");
    assert_int_equal(symlink("../outside", at("root/swap_link")), 0);
    assert_int_equal(mkdir(at("root/walk"), 0755), 0);
    assert_int_equal(mkdir(at("root/walk/a"), 0755), 0);
    assert_int_equal(mkdir(at("root/walk/a/b"), 0755), 0);
    assert_int_equal(symlink("file", at("root/turn")), 0);
}

static void renames_during_use_lead_nowhere(void **state)
{
    (void)state;
    static const char *const paths[] = { "swap/marker", "swap_link/marker", "turn", "walk/a/b/../../../outside/marker", "walk/a/b/../../../../outside/marker",
                                         "walk/a/b/../../../file" };
    enum { PATHS = sizeof(paths) / sizeof(paths[0]) };
    unsigned succeeded[PATHS] = { 0 }, refused = 0, opens = 0;
    bool has_raced = false;
    racer racer = { 0 };
    pthread_t thread;
    char text[32];
    race_prepare();
    assert_int_equal(pthread_create(&thread, NULL, race, &racer), 0);
    int before = test_descriptor_count();
    for (; opens < RACE_OPENS || (!has_raced && opens < RACE_OPENS_MAX); opens++) {
        host_status status = read_text(paths[opens % PATHS], 0, text);
        assert_string_not_equal(text, "outside");
        succeeded[opens % PATHS] += status == HOST_OK;
        refused += status == HOST_OUTSIDE_ROOT;
        has_raced = succeeded[0] > 0 && succeeded[1] > 0 && succeeded[2] > 0 && succeeded[5] > 0 && refused > 0 &&
                    __atomic_load_n(&racer.rounds, __ATOMIC_RELAXED) > RACE_ROUNDS;
        test_host_forget(&host);
    }
    __atomic_store_n(&racer.must_stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    assert_int_equal(test_descriptor_count(), before);

    assert_true(has_raced); /* or it would have proved nothing */
    print_message("%u opens against %llu rounds of renames: %u refused as leaving\n", opens, (unsigned long long)racer.rounds, refused);
    rename(at("outside/a"), at("root/walk/a"));
}

/* Changes race too: a file is created and removed beneath a folder that turns into a link out. */
static void changes_during_renames_stay_inside(void **state)
{
    (void)state;
    racer racer = { 0 };
    pthread_t thread;
    unsigned made = 0;
    race_prepare();
    assert_int_equal(pthread_create(&thread, NULL, race, &racer), 0);
    for (unsigned i = 0; i < RACE_OPENS / 4; i++) {
        made += change_create("swap/new") == HOST_OK;
        change_mkdir("swap/made");
        change_chmod("swap/marker");
        change_truncate("turn");
        change_rename_to("swap/new");
        change_unlink("swap/new");
        change_rmdir("swap/made");
        change_create("file");
        test_host_forget(&host);
    }
    __atomic_store_n(&racer.must_stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    assert_true(made > 0);
    assert_false(is_there(at("outside/made")));
    assert_outside_untouched();
    rename(at("outside/a"), at("root/walk/a"));
}

/* ---- Mount points; in a child with a mount namespace of its own ---- */

enum { CHILD_MAY_NOT = 77 };

static void look_at_mounts(void)
{
    char text[32];
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount(at("outside"), at("root/empty"), NULL, MS_BIND, NULL) != 0) {
        _exit(CHILD_MAY_NOT);
    }
    test_host_destroy(&host); /* its roots belong to the other namespace, which has no such mount */
    host_with_mounts(0);
    assert_host_status(HOST_OUTSIDE_ROOT, read_text("empty/marker", 0, text), &host.error);
    assert_host_status(HOST_OUTSIDE_ROOT, read_text(at("root/empty/marker"), 0, text), &host.error);
    assert_host_status(HOST_OUTSIDE_ROOT, change_create("empty/new"), &host.error);
    assert_host_status(HOST_OUTSIDE_ROOT, change_mkdir("empty/new"), &host.error);
    assert_host_status(HOST_OUTSIDE_ROOT, change_unlink("empty/marker"), &host.error);
    assert_host_status(HOST_OUTSIDE_ROOT, change_chdir("empty"), &host.error);
    int inside_mount = open("empty", O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;
    assert_host_status(HOST_OUTSIDE_ROOT, host_fs_open(host.env, inside_mount, "marker", O_RDONLY, 0, &fd, &host.error), &host.error);
    assert_host_ok(read_text("sub/../file", 0, text), &host.error);
    test_host_destroy(&host);

    host_with_mounts(HOST_ROOT_CROSS_MOUNTS); /* the twins */
    assert_host_ok(read_text("empty/marker", 0, text), &host.error);
    assert_string_equal(text, "outside");
    assert_host_ok(host_fs_open(host.env, inside_mount, "marker", O_RDONLY, 0, &fd, &host.error), &host.error);
    assert_host_ok(change_chdir("empty"), &host.error);
    assert_host_ok(read_text("../file", 0, text), &host.error);
    assert_string_equal(text, "inside");
}

static void mount_points_are_crossed_only_if_granted(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        setenv("CMOCKA_TEST_ABORT", "1", 1);
        alarm(60);
        look_at_mounts();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_MAY_NOT) {
        print_message("skipped: this process may not make a mount namespace\n");
        skip();
    }
    assert_int_equal(status, 0);
}

/* ---- Walks: nothing is left behind whichever primitive fails ---- */

typedef struct walk_case {
    const char *name;
    change change;
    const char *path;
    const char *undo_unlink; /* removed between steps */
} walk_case;

static const walk_case walk_cases[] = {
    { "failures while opening", change_create, "file", NULL },
    { "failures while opening through absolute links", change_create, "absolute_chain", NULL },
    { "failures while opening with ..", change_create, "../root/sub/../file", NULL },
    { "failures while making", change_mkdir, "absolute_in_folder/new", "root/sub/new" },
    { "failures while linking", change_link_from_followed, "to_file", "root/second" },
    { "failures while changing", change_chmod, "absolute_in", NULL },
    { "failures while moving to a directory", change_chdir, "sub/..", NULL },
};

static void walk_case_run(void **state)
{
    static const int codes[] = { EIO, EMFILE, ENOMEM, EACCES };
    const walk_case *row = *state;
    int before = test_descriptor_count();
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        unsigned nth = 0;
        do {
            host_operations_fail_any(host.env, ++nth, codes[i]);
            host_status status = row->change(row->path);
            host_operations_restore(host.env);
            assert_int_equal(test_descriptor_count(), before);
            assert_true(host_operations_failed() || status == HOST_OK);
            if (row->undo_unlink != NULL) {
                remove(at(row->undo_unlink));
            }
        } while (host_operations_failed() && nth < 200);
        assert_true(nth > 2 && nth < 200);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static const struct CMUnitTest others[] = {
    TEST(descriptors_of_proc_are_not_followed),
    TEST(magic_links_beneath_a_root_are_not_followed),
    TEST(foreign_directories_are_no_way_in),
    TEST(listing_needs_a_directory_beneath_a_root),
    TEST(links_themselves_can_be_seen_and_removed),
    TEST(the_working_directory_is_told_only_beneath_a_root),
    TEST(chroot_is_unsupported_beneath_roots),
    TEST(without_openat2_nothing_opens),
    TEST(races_in_the_kernel_are_tried_again),
    TEST(path_mode_none_refuses_every_path),
    TEST(files_open_for_reading_cannot_be_changed_by_descriptor),
    TEST(requests_that_change_files_need_them_open_for_writing),
    TEST(devices_are_not_made_beneath_roots),
    TEST(roots_cannot_be_adopted),
    TEST(rights_do_not_move_with_an_exchanged_descriptor),
    TEST(empty_paths_mean_the_descriptor_only_when_asked),
    TEST(long_paths_are_too_large),
    TEST(a_root_that_is_renamed_keeps_its_grant_and_gives_none_to_its_successor),
    TEST(renames_during_use_lead_nowhere),
    TEST(changes_during_renames_stay_inside),
    TEST(mount_points_are_crossed_only_if_granted),
};

enum {
    READS = sizeof(read_cases) / sizeof(read_cases[0]),
    CHANGES = sizeof(change_cases) / sizeof(change_cases[0]),
    WALKS = sizeof(walk_cases) / sizeof(walk_cases[0]),
};

static struct CMUnitTest row_test(const char *name, CMUnitTestFunction run, const void *row)
{
    return (struct CMUnitTest){ name, run, set_up, tear_down, (void *)row };
}

int main(void)
{
    struct CMUnitTest reads[READS], changes[CHANGES], walks[WALKS];
    umask(022);
    for (size_t i = 0; i < READS; i++) {
        reads[i] = row_test(read_cases[i].name, read_case_run, &read_cases[i]);
    }
    for (size_t i = 0; i < CHANGES; i++) {
        changes[i] = row_test(change_cases[i].name, change_case_run, &change_cases[i]);
    }
    for (size_t i = 0; i < WALKS; i++) {
        walks[i] = row_test(walk_cases[i].name, walk_case_run, &walk_cases[i]);
    }
    int failed = cmocka_run_group_tests_name("reading beneath roots", reads, NULL, NULL);
    failed += cmocka_run_group_tests_name("changing beneath roots", changes, NULL, NULL);
    failed += cmocka_run_group_tests_name("beneath roots", others, NULL, NULL);
    return failed + cmocka_run_group_tests_name("failures beneath roots", walks, NULL, NULL);
}
