/* Roots that are held by names: what is asked about is what is opened. Every refusal has a twin that succeeds.
 *
 * The world (W is a fresh folder, root with HOST_ROOT_BY_NAME): W/root/{open.csv,secret.key,sub/open.csv,sub/secret.key} and links
 * W/root/{link.csv -> secret.key, linked -> sub}. The policy allows names that end in .csv, folders for what is not read, and listing of W/root alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/host_env.h"

static char world[64], root[80], last_asked[PATH_MAX];
static unsigned int last_rights;
static host_env *env;

static host_decision allow(void *context, const host_access *access)
{
    (void)context;
    (void)access;
    return HOST_DECISION_ALLOW;
}

static host_decision decide_name(void *context, const char *path, unsigned int rights)
{
    (void)context;
    size_t length = strlen(path);
    snprintf(last_asked, sizeof last_asked, "%s", path);
    last_rights = rights;
    if (rights & HOST_ROOT_LIST) return strcmp(path, root) == 0 ? HOST_DECISION_ALLOW : HOST_DECISION_DENY;
    return length > 4 && strcmp(path + length - 4, ".csv") == 0 ? HOST_DECISION_ALLOW : HOST_DECISION_DENY;
}

static const char *at(const char *name)
{
    static char texts[4][PATH_MAX];
    static unsigned int next;
    char *text = texts[next++ % 4];
    snprintf(text, PATH_MAX, "%s/%s", root, name);
    return text;
}

static void make_file(const char *name)
{
    int fd = open(at(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, name, strlen(name)), strlen(name));
    close(fd);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(world, "/tmp/host_by_name_XXXXXX");
    assert_non_null(mkdtemp(world));
    snprintf(root, sizeof root, "%s/root", world);
    assert_int_equal(mkdir(root, 0755), 0);
    assert_int_equal(mkdir(at("sub"), 0755), 0);
    make_file("open.csv");
    make_file("secret.key");
    make_file("sub/open.csv");
    make_file("sub/secret.key");
    assert_int_equal(symlink("secret.key", at("link.csv")), 0);
    assert_int_equal(symlink("sub", at("linked")), 0);
    host_root roots[] = { { root, HOST_ROOT_READ | HOST_ROOT_WRITE | HOST_ROOT_BY_NAME } };
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.decide = allow;
    config.decide_name = decide_name;
    config.path_mode = HOST_PATHS_BENEATH_ROOTS;
    config.roots = roots;
    config.root_count = 1;
    assert_int_equal(host_env_create(&config, &env, NULL), HOST_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    host_env_destroy(env);
    assert_int_equal(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf %s", world);
    return system(command);
}

/* Paths begin at the root, or at a folder in it. */
static const struct open_case {
    const char *name, *folder, *path; /* folder NULL: the path is absolute */
    const char *content;              /* NULL: refused */
} open_cases[] = {
    { "allowed_name", NULL, "open.csv", "open.csv" },
    { "denied_name", NULL, "secret.key", NULL },
    { "allowed_name_beneath", NULL, "sub/open.csv", "sub/open.csv" },
    { "denied_name_beneath", NULL, "sub/secret.key", NULL },
    { "dots_to_an_allowed_name", NULL, "sub/../sub/./open.csv", "sub/open.csv" },
    { "dots_to_a_denied_name", NULL, "open.csv/../secret.key", NULL },
    { "dots_behind_an_allowed_name", NULL, "secret.key/../open.csv", "open.csv" },
    { "dots_that_leave", NULL, "../root/open.csv", "open.csv" },
    { "dots_that_leave_for_good", NULL, "../../etc/x.csv", NULL },
    { "link_with_an_allowed_name", NULL, "link.csv", NULL },
    { "folder_by_a_link", NULL, "linked/open.csv", NULL },
    { "relative_allowed", "", "open.csv", "open.csv" },
    { "relative_denied", "", "secret.key", NULL },
    { "relative_from_below", "sub", "open.csv", "sub/open.csv" },
    { "relative_from_below_denied", "sub", "secret.key", NULL },
    { "relative_up", "sub", "../open.csv", "open.csv" },
    { "relative_up_denied", "sub", "../secret.key", NULL },
    { "relative_by_a_link", "", "linked/open.csv", NULL },
    { "double_slashes", NULL, "sub//open.csv", "sub/open.csv" },
};

static void open_case_run(void **state)
{
    const struct open_case *test = *state;
    char buffer[64] = "";
    host_error error;
    int fd = -1, folder = test->folder == NULL ? HOST_AT_CWD : open(at(test->folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    host_status status = host_fs_open(env, folder, test->folder == NULL ? at(test->path) : test->path, O_RDONLY | O_CLOEXEC, 0, &fd, &error);
    if (folder >= 0) close(folder);
    assert_int_equal(status == HOST_OK, test->content != NULL);
    if (status != HOST_OK) {
        assert_int_equal(error.host_code, 13); /* EACCES, whatever is there */
        return;
    }
    assert_true(read(fd, buffer, sizeof buffer - 1) > 0);
    close(fd);
    assert_string_equal(buffer, test->content);
}

static void working_directory_counts(void **state)
{
    (void)state;
    int fd;
    assert_int_equal(chdir(at("sub")), 0);
    assert_int_equal(host_fs_open(env, HOST_AT_CWD, "open.csv", O_RDONLY | O_CLOEXEC, 0, &fd, NULL), HOST_OK);
    close(fd);
    char wanted[PATH_MAX];
    snprintf(wanted, sizeof wanted, "%s/sub/open.csv", root);
    assert_string_equal(last_asked, wanted);
    assert_int_not_equal(host_fs_open(env, HOST_AT_CWD, "secret.key", O_RDONLY | O_CLOEXEC, 0, &fd, NULL), HOST_OK);
}

static void making_and_removing_ask_about_the_name(void **state)
{
    (void)state;
    int fd;
    assert_int_equal(host_fs_mkdir(env, HOST_AT_CWD, at("made.csv"), 0755, NULL), HOST_OK);
    assert_int_equal(last_rights, HOST_ROOT_WRITE);
    assert_int_not_equal(host_fs_mkdir(env, HOST_AT_CWD, at("made"), 0755, NULL), HOST_OK);
    assert_int_not_equal(access(at("made"), F_OK), 0);
    assert_int_equal(host_fs_rename(env, HOST_AT_CWD, at("open.csv"), HOST_AT_CWD, at("sub/new.csv"), 0, NULL), HOST_OK);
    assert_int_not_equal(host_fs_rename(env, HOST_AT_CWD, at("sub/new.csv"), HOST_AT_CWD, at("new.key"), 0, NULL), HOST_OK);
    assert_int_not_equal(host_fs_rename(env, HOST_AT_CWD, at("secret.key"), HOST_AT_CWD, at("secret.csv"), 0, NULL), HOST_OK);
    assert_int_not_equal(host_fs_link(env, HOST_AT_CWD, at("secret.key"), HOST_AT_CWD, at("secret.csv"), 0, NULL), HOST_OK);
    assert_int_not_equal(host_fs_unlink(env, HOST_AT_CWD, at("secret.key"), 0, NULL), HOST_OK);
    assert_int_equal(host_fs_unlink(env, HOST_AT_CWD, at("sub/new.csv"), 0, NULL), HOST_OK);
    assert_int_not_equal(host_fs_open(env, HOST_AT_CWD, at("new.key"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644, &fd, NULL), HOST_OK);
    assert_int_not_equal(access(at("new.key"), F_OK), 0);
    assert_int_equal(host_fs_open(env, HOST_AT_CWD, at("new.csv"), O_RDWR | O_CREAT | O_CLOEXEC, 0644, &fd, NULL), HOST_OK);
    assert_int_equal(last_rights, HOST_ROOT_READ | HOST_ROOT_WRITE);
    close(fd);
}

/* A link may be made, and is not followed: it gives its maker nothing. */
static void a_link_of_ones_own_leads_nowhere(void **state)
{
    (void)state;
    int fd;
    char target[PATH_MAX];
    size_t length;
    assert_int_equal(host_fs_symlink(env, "secret.key", HOST_AT_CWD, at("own.csv"), NULL), HOST_OK);
    assert_int_equal(host_fs_readlink(env, HOST_AT_CWD, at("own.csv"), target, sizeof target, &length, NULL), HOST_OK);
    assert_int_not_equal(host_fs_open(env, HOST_AT_CWD, at("own.csv"), O_RDONLY | O_CLOEXEC, 0, &fd, NULL), HOST_OK);
    assert_int_not_equal(host_fs_open(env, HOST_AT_CWD, at("own.csv"), O_WRONLY | O_TRUNC | O_CLOEXEC, 0, &fd, NULL), HOST_OK);
    assert_int_not_equal(host_fs_truncate(env, at("own.csv"), 0, NULL), HOST_OK);
    struct stat status;
    assert_int_equal(stat(at("secret.key"), &status), 0);
    assert_int_equal(status.st_size, strlen("secret.key"));
}

static void listing_is_told_apart_from_reading(void **state)
{
    (void)state;
    host_directory *directory;
    assert_int_equal(host_fs_directory_open(env, HOST_AT_CWD, root, &directory, NULL), HOST_OK);
    assert_int_equal(last_rights, HOST_ROOT_READ | HOST_ROOT_LIST);
    assert_int_equal(host_fs_directory_close(env, directory, NULL), HOST_OK);
    assert_int_not_equal(host_fs_directory_open(env, HOST_AT_CWD, at("sub"), &directory, NULL), HOST_OK);
    int fd = open(at("sub"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_not_equal(host_fs_directory_open_fd(env, fd, &directory, NULL), HOST_OK);
    assert_int_not_equal(host_fs_fchdir(env, fd, NULL), HOST_OK);
    close(fd);
    fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(host_fs_fchdir(env, fd, NULL), HOST_OK);
    close(fd);
}

static void without_anybody_to_ask_all_is_refused(void **state)
{
    (void)state;
    host_root roots[] = { { root, HOST_ROOT_READ | HOST_ROOT_BY_NAME } };
    host_env_config config = HOST_ENV_CONFIG_INIT;
    host_env *mute;
    int fd;
    config.decide = allow;
    config.path_mode = HOST_PATHS_BENEATH_ROOTS;
    config.roots = roots;
    config.root_count = 1;
    assert_int_equal(host_env_create(&config, &mute, NULL), HOST_OK);
    assert_int_not_equal(host_fs_open(mute, HOST_AT_CWD, at("open.csv"), O_RDONLY | O_CLOEXEC, 0, &fd, NULL), HOST_OK);
    host_env_destroy(mute);
    roots[0].rights = HOST_ROOT_READ;
    assert_int_equal(host_env_create(&config, &mute, NULL), HOST_OK);
    assert_int_equal(host_fs_open(mute, HOST_AT_CWD, at("open.csv"), O_RDONLY | O_CLOEXEC, 0, &fd, NULL), HOST_OK);
    close(fd);
    host_env_destroy(mute);
}

static bool opens(host_env *host, const char *path)
{
    int fd;
    if (host_fs_open(host, HOST_AT_CWD, path, O_RDONLY | O_CLOEXEC, 0, &fd, NULL) != HOST_OK) return false;
    close(fd);
    return true;
}

static host_decision count_asked(void *context, const host_access *access)
{
    (void)access;
    ++*(int *)context;
    return HOST_DECISION_ALLOW;
}

static host_decision name_is_csv(void *context, const char *path, unsigned int rights)
{
    (void)context;
    return decide_name(NULL, path, rights);
}

/* Free paths become names, folders become names, and what was allowed beforehand is asked about. */
static void narrowing_holds_names_from_then_on(void **state)
{
    (void)state;
    host_root roots[] = { { root, HOST_ROOT_READ | HOST_ROOT_WRITE } };
    for (int mode = HOST_PATHS_BENEATH_ROOTS; mode <= HOST_PATHS_ANY; mode++) {
        int asked = 0;
        host_env *host;
        host_env_config config = HOST_ENV_CONFIG_INIT;
        config.decide = count_asked;
        config.decide_name = name_is_csv;
        config.decide_context = &asked;
        config.allowed_always = HOST_CAPABILITIES_ALL;
        config.path_mode = (host_path_mode)mode;
        config.roots = roots;
        config.root_count = mode == HOST_PATHS_ANY ? 0 : 1;
        assert_int_equal(host_env_create(&config, &host, NULL), HOST_OK);
        assert_true(opens(host, at("open.csv")) && opens(host, at("secret.key")) && opens(host, at("linked/secret.key")));
        assert_int_equal(opens(host, "/etc/passwd"), mode == HOST_PATHS_ANY);
        assert_int_equal(asked, 0);
        host_narrowing narrowing = { .holds_names = true, .library = at("sub") };
        assert_int_equal(host_env_narrow(host, &narrowing, NULL), HOST_OK);
        assert_true(opens(host, at("open.csv")));
        assert_true(asked > 0);
        assert_false(opens(host, at("secret.key")) || opens(host, at("link.csv")) || opens(host, "/etc/passwd"));
        /* The library is a root of its own only where there was none. */
        assert_int_equal(opens(host, at("sub/secret.key")), mode == HOST_PATHS_ANY);
        assert_int_not_equal(host_fs_unlink(host, HOST_AT_CWD, at("secret.key"), 0, NULL), HOST_OK);
        host_env_destroy(host);
    }
}

int main(void)
{
#define WITH_WORLD(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    static const struct CMUnitTest others[] = {
        WITH_WORLD(working_directory_counts),           WITH_WORLD(making_and_removing_ask_about_the_name), WITH_WORLD(a_link_of_ones_own_leads_nowhere),
        WITH_WORLD(listing_is_told_apart_from_reading), WITH_WORLD(without_anybody_to_ask_all_is_refused),
        WITH_WORLD(narrowing_holds_names_from_then_on),
    };
    enum { CASES = sizeof open_cases / sizeof *open_cases, OTHERS = sizeof others / sizeof *others };
    struct CMUnitTest tests[CASES + OTHERS];
    for (int i = 0; i < CASES; i++)
        tests[i] = (struct CMUnitTest){ open_cases[i].name, open_case_run, set_up, tear_down, (void *)&open_cases[i] };
    memcpy(tests + CASES, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
