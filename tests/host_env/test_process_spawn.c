/* host_process_spawn: what a child has and has not, and that every way to fail leaves no child and no descriptor. */
#include "host_env/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host_call.h"
#include "support/host_cases.h"

static int status_of(int64_t pid)
{
    int status = -1;
    assert_int_equal(waitpid((pid_t)pid, &status, 0), pid);
    return status;
}

/* Runs a shell script with `config` (program and arguments are ours) and gives its exit code. */
static int shell_code(test_host *host, host_process_spawn_config config, const char *script)
{
    const char *const arguments[] = {"sh", "-c", script, NULL};
    host_process_child child;
    config.program = "/bin/sh";
    config.arguments = arguments;
    assert_host_ok(host_process_spawn(host->env, &config, &child, &host->error), &host->error);
    struct pollfd ended = {child.fd, POLLIN, 0};
    assert_int_equal(poll(&ended, 1, 20000), 1); /* the descriptor tells the end */
    assert_true((fcntl(child.fd, F_GETFD) & FD_CLOEXEC) != 0);
    close(child.fd);
    int status = status_of(child.pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#define WITH_HOST                                                                                                      \
    test_host host;                                                                                                    \
    host_process_spawn_config config = HOST_PROCESS_SPAWN_CONFIG_INIT;                                                 \
    (void)state;                                                                                                       \
    test_host_create(&host, NULL)

static void child_has_exactly_the_descriptors_of_the_map(void **state)
{
    WITH_HOST;
    int three = open("/dev/null", O_RDONLY), leaked = open("/dev/null", O_RDONLY); /* without close-on-exec */
    const host_descriptor_pair pairs[] = {{0, three}, {20, three}, {7, three}};
    config.descriptors = pairs;
    config.descriptor_count = 3;

    int code = shell_code(&host, config,
                          "i=0; while test $i -lt 300; do test -e /proc/$$/fd/$i && s=\"$s $i\"; i=$((i + 1)); done; "
                          "test \"$s\" = ' 0 7 20'");

    assert_int_equal(code, 0);
    close(three);
    close(leaked);
    test_host_destroy(&host);
}

static void child_without_a_map_has_no_descriptor(void **state)
{
    WITH_HOST;
    int leaked = fcntl(open("/dev/null", O_RDONLY), F_DUPFD, 40);
    assert_true(leaked >= 40);

    assert_int_equal(
        shell_code(&host, config, "test ! -e /proc/$$/fd/40 && test ! -e /proc/$$/fd/2 && test ! -e /proc/$$/fd/1"), 0);
    const host_descriptor_pair given = {40, leaked}; /* the twin: given, it is there */
    config.descriptors = &given;
    config.descriptor_count = 1;
    assert_int_equal(shell_code(&host, config, "test -e /proc/$$/fd/40 && test ! -e /proc/$$/fd/2"), 0);

    close(leaked);
    test_host_destroy(&host);
}

/* A map that exchanges two descriptors: placing them one by one would lose one. */
static void child_descriptors_may_be_exchanged(void **state)
{
    WITH_HOST;
    int pipes[2][2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pipe2(pipes[i], O_CLOEXEC), 0);
        assert_int_equal(write(pipes[i][1], i == 0 ? "a\n" : "b\n", 2), 2);
        close(pipes[i][1]);
    }
    int low = pipes[0][0], high = pipes[1][0];
    assert_true(low < 10 && high < 10);
    const host_descriptor_pair pairs[] = {{low, high}, {high, low}};
    config.descriptors = pairs;
    config.descriptor_count = 2;
    char script[128];
    snprintf(script, sizeof(script), "read x <&%d; read y <&%d; test $x$y = ba", low, high);

    assert_int_equal(shell_code(&host, config, script), 0);

    close(low);
    close(high);
    test_host_destroy(&host);
}

static void child_environment_is_what_is_given(void **state)
{
    WITH_HOST;
    setenv("LEAKED", "1", 1);
    assert_int_equal(shell_code(&host, config, "test -z \"$LEAKED\""), 0);
    config.environment = (const char *const[]){"LEAKED=2", NULL};
    assert_int_equal(shell_code(&host, config, "test \"$LEAKED\" = 2"), 0);
    unsetenv("LEAKED");
    test_host_destroy(&host);
}

static void child_directory_is_what_is_given(void **state)
{
    WITH_HOST;
    config.directory = "/usr";
    assert_int_equal(shell_code(&host, config, "test \"$(pwd -P)\" = /usr"), 0);
    config.directory = NULL;
    assert_int_equal(shell_code(&host, config, "test \"$(pwd -P)\" != /usr"), 0);
    test_host_destroy(&host);
}

static void child_group_is_what_is_given(void **state)
{
    static const struct {
        host_process_group group;
        const char *script;
    } rows[] = {
        {HOST_PROCESS_GROUP_KEEP,
         "set -- $(cat /proc/$$/stat); test $5 != $$ && test $6 != $$"}, /* 5: group, 6: session */
        {HOST_PROCESS_GROUP_NEW, "set -- $(cat /proc/$$/stat); test $5 = $$ && test $6 != $$"},
        {HOST_PROCESS_SESSION_NEW, "set -- $(cat /proc/$$/stat); test $5 = $$ && test $6 = $$"},
    };
    WITH_HOST;
    int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
    config.descriptors = &(host_descriptor_pair){2, out};
    config.descriptor_count = 1;
    for (size_t i = 0; i < 3; i++) {
        config.group = rows[i].group;
        assert_int_equal(shell_code(&host, config, rows[i].script), 0);
    }
    close(out);
    test_host_destroy(&host);
}

static void ignoring_handler(int signal)
{
    (void)signal;
}

/* Python ignores SIGPIPE and blocks nothing; a child must start as if it came from a shell. The exceptions: sh itself catches two signals, and
 * 32 and 33 are glibc's own, out of reach of sigaction(); a program started by its posix_spawn(), as make does, has them ignored. */
static void child_signals_are_at_their_defaults(void **state)
{
    WITH_HOST;
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, ignoring_handler);

    assert_int_equal(
        shell_code(
            &host, config,
            "while read key value; do case $key in SigBlk:|SigIgn:|SigCgt:) "
            "case $value in 0000000000000000|0000000000010002|0000000180000000) ;; *) exit 1;; esac;; esac; done </proc/$$/status"),
        0);

    sigset_t after;
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_int_equal(sigismember(&after, SIGUSR2), 1); /* and ours are as they were */
    assert_int_equal(sigismember(&after, SIGTERM), 0);
    struct sigaction action;
    sigaction(SIGUSR1, NULL, &action);
    assert_ptr_equal(action.sa_handler, ignoring_handler);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGUSR1, SIG_DFL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    test_host_destroy(&host);
}

/* A process in between starts the child and ends; the pipe's other end tells whether the child lived on. */
static bool child_outlives_its_parent(test_host *host, int death_signal)
{
    int alive[2];
    assert_int_equal(pipe2(alive, O_CLOEXEC), 0);
    pid_t between = fork();
    if (between == 0) {
        host_process_spawn_config config = HOST_PROCESS_SPAWN_CONFIG_INIT;
        const char *const arguments[] = {"sleep", "2", NULL};
        host_process_child child;
        config.program = "/bin/sleep";
        config.arguments = arguments;
        config.parent_death_signal = death_signal;
        config.descriptors = &(host_descriptor_pair){1, alive[1]};
        config.descriptor_count = 1;
        _exit(host_process_spawn(host->env, &config, &child, NULL) == HOST_OK ? 0 : 1);
    }
    close(alive[1]);
    assert_int_equal(status_of(between), 0);
    struct pollfd closed = {alive[0], POLLIN, 0};
    int ready = poll(&closed, 1, 1000);
    close(alive[0]);
    return ready == 0;
}

static void child_dies_with_its_parent_if_asked(void **state)
{
    WITH_HOST;
    (void)config;
    assert_false(child_outlives_its_parent(&host, SIGKILL));
    assert_true(child_outlives_its_parent(&host, 0));
    test_host_destroy(&host);
}

static void spawn_refuses_bad_configurations(void **state)
{
    static const host_descriptor_pair negative[] = {{-1, 0}}, twice[] = {{4, 0}, {4, 1}}, good[] = {{0, 0}};
    static const struct {
        const char *name;
        const host_descriptor_pair *pairs;
        size_t count;
        size_t struct_size;
        int group;
    } rows[] = {
        {"negative number", negative, 1, sizeof(host_process_spawn_config), 0},
        {"number given twice", twice, 2, sizeof(host_process_spawn_config), 0},
        {"list is NULL", NULL, 1, sizeof(host_process_spawn_config), 0},
        {"too many", good, 1000, sizeof(host_process_spawn_config), 0},
        {"other version", good, 1, 8, 0},
        {"no such group", good, 1, sizeof(host_process_spawn_config), 77},
    };
    WITH_HOST;
    const char *const arguments[] = {"true", NULL};
    host_process_child child;
    config.program = "/bin/true";
    config.arguments = arguments;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        config.descriptors = rows[i].pairs;
        config.descriptor_count = rows[i].count;
        config.struct_size = rows[i].struct_size;
        config.group = (host_process_group)rows[i].group;
        assert_host_status(HOST_INVALID_ARGUMENT, host_process_spawn(host.env, &config, &child, &host.error),
                           &host.error);
        assert_int_equal(child.pid, -1);
        assert_int_equal(child.fd, -1);
    }
    config = (host_process_spawn_config)HOST_PROCESS_SPAWN_CONFIG_INIT;
    assert_host_status(HOST_INVALID_ARGUMENT, host_process_spawn(host.env, &config, &child, &host.error), &host.error);
    test_host_destroy(&host);
}

/* What only the child can find out is told as if this process had found it. */
static void spawn_tells_what_failed_in_the_child(void **state)
{
    static const struct {
        const char *program;
        int descriptor;
        const char *directory;
        host_status status;
        int code;
        const char *words;
    } rows[] = {
        {"/nonexistent/program", 0, NULL, HOST_MISSING, ENOENT, "program could not be started"},
        {"/etc/passwd", 0, NULL, HOST_NOT_PERMITTED, EACCES, "program could not be started"},
        {"/bin/true", 999, NULL, HOST_BAD_DESCRIPTOR, EBADF, "descriptor"},
        {"/bin/true", 0, "/nonexistent", HOST_MISSING, ENOENT, "directory"},
    };
    WITH_HOST;
    const char *const arguments[] = {"x", NULL};
    int before = test_descriptor_count();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        host_process_child child;
        config.program = rows[i].program;
        config.arguments = arguments;
        config.descriptors = &(host_descriptor_pair){0, rows[i].descriptor};
        config.descriptor_count = 1;
        config.directory = rows[i].directory;
        assert_host_status(rows[i].status, host_process_spawn(host.env, &config, &child, &host.error), &host.error);
        assert_int_equal(host.error.host_code, rows[i].code);
        assert_non_null(strstr(host.error.message, rows[i].words));
        assert_int_equal(child.pid, -1);
        assert_false(test_has_child());
        assert_int_equal(test_descriptor_count(), before);
    }
    test_host_destroy(&host);
}

/* ---- Failure by failure ---- */

static host_status call_spawn_with_all(host_case_world *world, host_env *env, host_error *error)
{
    static const char *const arguments[] = {"true", NULL};
    host_process_spawn_config config = HOST_PROCESS_SPAWN_CONFIG_INIT;
    config.program = "/bin/true";
    config.arguments = arguments;
    config.descriptors = (const host_descriptor_pair[]){{0, 0}, {5, 1}};
    config.descriptor_count = 2;
    config.directory = "/";
    config.group = HOST_PROCESS_SESSION_NEW;
    config.parent_death_signal = SIGKILL;
    host_process_child child;
    host_status status = host_process_spawn(env, &config, &child, error);
    world->number = child.pid;
    world->fd = child.fd;
    return status;
}

/* A child that was reported must exist, one that was not must not: the walk looks for both. */
static void child_end(host_case_world *world)
{
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none,
                    NULL); /* the walk may have failed the call that restores it, which in truth cannot fail */
    if (world->number > 0) {
        assert_int_equal(status_of(world->number), 0);
        close(world->fd);
    }
}

static const host_case walked = {
    .function = HOST_FUNCTION_PROCESS_SPAWN, .call = call_spawn_with_all, .tear_down = child_end};

static void spawn_leaves_nothing_behind_whatever_fails(void **state)
{
    (void)state;
    host_walk_failures(&walked);
}

/* ---- Confined paths ---- */

static host_status spawn_in(host_path_mode mode, const host_root *roots, size_t root_count, const char *program,
                            int64_t *pid_out)
{
    test_host host;
    host_env_config env_config = HOST_ENV_CONFIG_INIT;
    host_process_spawn_config config = HOST_PROCESS_SPAWN_CONFIG_INIT;
    const char *const arguments[] = {"true", NULL};
    host_process_child child;
    env_config.path_mode = mode;
    env_config.roots = roots;
    env_config.root_count = root_count;
    test_host_create(&host, &env_config);
    config.program = program;
    config.arguments = arguments;
    host_status status = host_process_spawn(host.env, &config, &child, &host.error);
    *pid_out = child.pid;
    if (status == HOST_OK) {
        assert_int_equal(status_of(child.pid), 0);
        close(child.fd);
    }
    test_host_destroy(&host);
    return status;
}

static void confined_spawn_starts_only_what_lies_beneath_a_root(void **state)
{
    (void)state;
    static const host_root usr = {"/usr", HOST_ROOT_READ}, etc = {"/etc", HOST_ROOT_READ};
    int64_t pid;
    assert_int_equal(spawn_in(HOST_PATHS_ANY, NULL, 0, "/usr/bin/true", &pid), HOST_OK);
    assert_int_equal(spawn_in(HOST_PATHS_BENEATH_ROOTS, &usr, 1, "/usr/bin/true", &pid), HOST_OK);
    assert_int_equal(spawn_in(HOST_PATHS_BENEATH_ROOTS, &etc, 1, "/usr/bin/true", &pid), HOST_OUTSIDE_ROOT);
    assert_int_equal(spawn_in(HOST_PATHS_BENEATH_ROOTS, &usr, 1, "/usr/../bin/../usr/bin/true", &pid),
                     HOST_OUTSIDE_ROOT);
    assert_int_equal(pid, -1);
    assert_int_equal(spawn_in(HOST_PATHS_NONE, NULL, 0, "/usr/bin/true", &pid), HOST_OUTSIDE_ROOT);
}

static void confined_exec_replaces_only_by_what_lies_beneath_a_root(void **state)
{
    static const struct {
        const char *root;
        const char *program;
        host_status status;
        int code;
    } rows[] = {
        {"/usr", "/usr/bin/false", HOST_OK, 1}, /* it ran: false's own exit code */
        {"/etc", "/usr/bin/false", HOST_OUTSIDE_ROOT, 100 + HOST_OUTSIDE_ROOT},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        test_host host;
        host_env_config config = HOST_ENV_CONFIG_INIT;
        const char *const arguments[] = {"false", NULL};
        const host_root root = {rows[i].root, HOST_ROOT_READ};
        config.path_mode = HOST_PATHS_BENEATH_ROOTS;
        config.roots = &root;
        config.root_count = 1;
        test_host_create(&host, &config);
        pid_t pid = fork();
        if (pid == 0) {
            _exit(100 + (int)host_process_execve(host.env, rows[i].program, arguments, NULL, NULL));
        }
        assert_int_equal(WEXITSTATUS(status_of(pid)), rows[i].code);
        test_host_destroy(&host);
    }
}

static host_status posix_spawn_with_open(test_host *host, int flags)
{
    const char *const arguments[] = {"true", NULL};
    const host_file_action action = {.kind = HOST_FILE_ACTION_OPEN, .fd = 5, .path = "/dev/null", .flags = flags};
    const host_posix_spawn spawn = {
        .program = "/usr/bin/true", .arguments = arguments, .actions = &action, .action_count = 1};
    int64_t pid;
    host_status status = host_process_posix_spawn(host->env, &spawn, &pid, &host->error);
    if (status == HOST_OK) {
        assert_int_equal(status_of(pid), 0);
    }
    return status;
}

/* Else a policy that grants programs but no files could be got round by letting the child open. */
static void posix_spawn_asks_for_the_files_that_its_actions_open(void **state)
{
    static const struct {
        int flags;
        host_capability denied;
        host_status status;
    } rows[] = {
        {O_RDONLY, HOST_CAPABILITY_FS_READ, HOST_DENIED_BY_POLICY},
        {O_RDONLY, HOST_CAPABILITY_FS_WRITE, HOST_OK},
        {O_WRONLY, HOST_CAPABILITY_FS_WRITE, HOST_DENIED_BY_POLICY},
        {O_WRONLY, HOST_CAPABILITY_FS_READ, HOST_OK},
        {O_RDWR, HOST_CAPABILITY_FS_READ, HOST_DENIED_BY_POLICY},
        {O_RDWR, HOST_CAPABILITY_FS_WRITE, HOST_DENIED_BY_POLICY},
        {O_RDONLY | O_CREAT, HOST_CAPABILITY_FS_WRITE, HOST_DENIED_BY_POLICY},
        {O_RDONLY | O_TRUNC, HOST_CAPABILITY_FS_WRITE, HOST_DENIED_BY_POLICY},
    };
    test_host host;
    (void)state;
    test_host_create(&host, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test_host_policy(&host, TEST_POLICY_DENY_CAPABILITY, rows[i].denied);
        assert_host_status(rows[i].status, posix_spawn_with_open(&host, rows[i].flags), &host.error);
        assert_int_equal(test_recorded(&host, HOST_FUNCTION_PROCESS_POSIX_SPAWN)->access.status, rows[i].status);
    }
    test_host_destroy(&host);
}

static void confined_posix_spawn_opens_nothing(void **state)
{
    static const host_root roots[] = {{"/usr", HOST_ROOT_READ}, {"/dev", HOST_ROOT_READ}};
    test_host host;
    host_env_config config = HOST_ENV_CONFIG_INIT;
    const char *const arguments[] = {"true", NULL};
    host_posix_spawn spawn = {.program = "/usr/bin/true", .arguments = arguments};
    int64_t pid;
    (void)state;
    config.path_mode = HOST_PATHS_BENEATH_ROOTS;
    config.roots = roots;
    config.root_count = 2;
    test_host_create(&host, &config);
    assert_host_status(HOST_OUTSIDE_ROOT, posix_spawn_with_open(&host, O_RDONLY), &host.error);
    assert_host_ok(host_process_posix_spawn(host.env, &spawn, &pid, &host.error), &host.error);
    assert_int_equal(status_of(pid), 0);
    spawn.program = "true";
    spawn.search = HOST_SPAWN_SEARCH_PATH;
    assert_host_status(HOST_OUTSIDE_ROOT, host_process_posix_spawn(host.env, &spawn, &pid, &host.error), &host.error);
    assert_int_equal(pid, -1);
    test_host_destroy(&host);
}

/* The program is held by a descriptor, which the child's actions must neither close nor put another file at. */
static void confined_posix_spawn_keeps_its_program(void **state)
{
    enum { NUMBERS = 64 };
    static const host_root root = {"/usr", HOST_ROOT_READ};
    host_file_action actions[NUMBERS] = {{.kind = HOST_FILE_ACTION_CLOSE_FROM, .fd = 3}};
    const char *const arguments[] = {"true", NULL};
    host_posix_spawn spawn = {.program = "/usr/bin/true", .arguments = arguments, .actions = actions, .action_count = 1};
    host_env_config config = HOST_ENV_CONFIG_INIT;
    test_host host;
    int64_t pid;
    (void)state;
    config.path_mode = HOST_PATHS_BENEATH_ROOTS;
    config.roots = &root;
    config.root_count = 1;
    test_host_create(&host, &config);
    assert_host_ok(host_process_posix_spawn(host.env, &spawn, &pid, &host.error), &host.error);
    assert_int_equal(status_of(pid), 0);

    int other = open("/usr/bin/false", O_RDONLY | O_CLOEXEC);
    assert_true(other >= 0);
    for (int number = 0; number < NUMBERS; number++) {
        actions[number] = (host_file_action){.kind = HOST_FILE_ACTION_DUPLICATE, .fd = other, .fd_to = number};
    }
    actions[other] = actions[0];
    spawn.action_count = NUMBERS;
    assert_host_ok(host_process_posix_spawn(host.env, &spawn, &pid, &host.error), &host.error);
    assert_int_equal(status_of(pid), 0); /* false would have ended with 1 */
    for (int number = 0; number < NUMBERS; number++) {
        actions[number] = (host_file_action){.kind = HOST_FILE_ACTION_CLOSE, .fd = number};
    }
    assert_host_ok(host_process_posix_spawn(host.env, &spawn, &pid, &host.error), &host.error);
    assert_int_equal(status_of(pid), 0);
    close(other);
    test_host_destroy(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confined_posix_spawn_keeps_its_program),
        cmocka_unit_test(child_has_exactly_the_descriptors_of_the_map),
        cmocka_unit_test(child_without_a_map_has_no_descriptor),
        cmocka_unit_test(child_descriptors_may_be_exchanged),
        cmocka_unit_test(child_environment_is_what_is_given),
        cmocka_unit_test(child_directory_is_what_is_given),
        cmocka_unit_test(child_group_is_what_is_given),
        cmocka_unit_test(child_signals_are_at_their_defaults),
        cmocka_unit_test(child_dies_with_its_parent_if_asked),
        cmocka_unit_test(spawn_refuses_bad_configurations),
        cmocka_unit_test(spawn_tells_what_failed_in_the_child),
        cmocka_unit_test(spawn_leaves_nothing_behind_whatever_fails),
        cmocka_unit_test(confined_spawn_starts_only_what_lies_beneath_a_root),
        cmocka_unit_test(confined_exec_replaces_only_by_what_lies_beneath_a_root),
        cmocka_unit_test(posix_spawn_asks_for_the_files_that_its_actions_open),
        cmocka_unit_test(confined_posix_spawn_opens_nothing),
    };
    return cmocka_run_group_tests_name("process_spawn", tests, NULL, NULL);
}
