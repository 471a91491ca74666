/* Each mechanism of lockdown, in children: what it takes away fails there, and succeeds in a twin without it. The
 * witness is how the child ended. */
#include "host_env/lockdown.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host_call.h"
#include "host_env/process.h"
#include "lockdown/lockdown_internal.h"
#include "support/host_cases.h"

static int landlock_version(void)
{
    int version = host_operations_real.landlock_create(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 0 ? 0 : version;
}

/* ---- Two children for each row: one confined, one not ---- */

typedef struct lockdown_scene {
    char folder[64]; /* the row's own: inside it are "in" (read and write), "look" (read), "out" (neither), each with a
                        "file" */
    int fd;          /* kept open across, 50 */
    int fd_closed;   /* not kept, 51 */
} lockdown_scene;

/* How a child ends: exit code, or 1000 + signal. */
enum { SIGNALLED = 1000, NOT_CONFINED = 90 };

typedef struct lockdown_case {
    const char *name;
    void (*wish)(host_lockdown_config *config, const lockdown_scene *scene); /* NULL: the common wish of the group */
    int (*act)(const lockdown_scene *scene); /* in the child; its answer is the exit code */
    int confined, twin;                      /* how the two children shall end */
} lockdown_case;

static char path_buffer[160];
static const char *path_of(const lockdown_scene *scene, const char *relative)
{
    snprintf(path_buffer, sizeof(path_buffer), "%s/%s", scene->folder, relative);
    return path_buffer;
}

static void file_make(const lockdown_scene *scene, const char *folder)
{
    assert_int_equal(mkdir(path_of(scene, folder), 0700), 0);
    char name[64];
    snprintf(name, sizeof(name), "%s/file", folder);
    int fd = open(path_of(scene, name), O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
    assert_int_equal(write(fd, "text\n", 5), 5);
    close(fd);
}

static void scene_create(lockdown_scene *scene)
{
    test_folder_create(scene->folder);
    file_make(scene, "in");
    file_make(scene, "look");
    file_make(scene, "out");
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    scene->fd = fcntl(fd, F_DUPFD, 50);
    scene->fd_closed = fcntl(fd, F_DUPFD, scene->fd + 1);
    close(fd);
}

static void scene_destroy(lockdown_scene *scene)
{
    close(scene->fd);
    close(scene->fd_closed);
    test_folder_remove(scene->folder);
}

static int ending(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Ends a child by one system call, which every filter here allows: _exit() of a sanitizer does more. */
static void leave(int code)
{
    for (;;) {
        syscall(SYS_exit_group, code);
    }
}

/* A core file of a killed child would only litter. */
static void child_run(const lockdown_case *row, const lockdown_scene *scene, test_host *host,
                      const host_lockdown_config *config)
{
    struct rlimit no_core = {0, RLIM_INFINITY};
    getrlimit(RLIMIT_CORE, &no_core);
    no_core.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &no_core);
    alarm(20);
    if (config != NULL) {
        host_lockdown *lockdown;
        if (host_lockdown_prepare(host->env, config, &lockdown, NULL) != HOST_OK ||
            host_lockdown_enter(host->env, lockdown, NULL) != HOST_OK) {
            leave(NOT_CONFINED);
        }
    }
    leave(row->act(scene));
}

static int child_ending(const lockdown_case *row, const lockdown_scene *scene, test_host *host,
                        const host_lockdown_config *config)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        child_run(row, scene, host, config);
    }
    return ending(pid);
}

static void lockdown_takes_it_away(void **state)
{
    const lockdown_case *row = *state;
    test_host host;
    lockdown_scene scene;
    host_lockdown_config config = HOST_LOCKDOWN_CONFIG_INIT;
    test_host_create(&host, NULL);
    scene_create(&scene);
    row->wish(&config, &scene);

    int confined = child_ending(row, &scene, &host, &config);
    scene_destroy(&scene);
    scene_create(&scene); /* the first child may have changed it */
    int twin = child_ending(row, &scene, &host, NULL);

    scene_destroy(&scene);
    test_host_destroy(&host);
    assert_int_equal(confined, row->confined);
    assert_int_equal(twin, row->twin);
}

/* ---- What is wished ---- */

#define WISH(name) static void wish_##name(host_lockdown_config *config, const lockdown_scene *scene)
#define ONLY(flag)                                                                                                     \
    {                                                                                                                  \
        (void)scene;                                                                                                   \
        config->wishes = (flag);                                                                                       \
    }

WISH(new_group)
ONLY(HOST_LOCKDOWN_NEW_GROUP)
WISH(new_session) ONLY(HOST_LOCKDOWN_NEW_SESSION) WISH(no_core) ONLY(HOST_LOCKDOWN_NO_CORE) WISH(undumpable)
    ONLY(HOST_LOCKDOWN_UNDUMPABLE) WISH(no_new_privileges) ONLY(HOST_LOCKDOWN_NO_NEW_PRIVILEGES) WISH(death_signal)
{
    (void)scene;
    config->parent_death_signal = SIGTERM;
}
WISH(limits)
{
    static const host_lockdown_limit limits[] = {
        {HOST_RESOURCE_CPU_SECONDS, {1, 1}},
        {HOST_RESOURCE_FILE_BYTES, {100, 100}},
        {HOST_RESOURCE_DESCRIPTORS, {60, 60}},
        {HOST_RESOURCE_ADDRESS_BYTES, {1ULL << 30, 1ULL << 30}},
    };
    (void)scene;
    config->limits = limits;
    config->limit_count = 4;
}
WISH(closed_descriptors)
{
    static int kept[2];
    kept[0] = scene->fd;
    kept[1] = 2;
    config->descriptors = HOST_LOCKDOWN_DESCRIPTORS_CLOSE_OTHERS;
    config->kept = kept;
    config->kept_count = 2;
}
WISH(files)
{
    static char in[96], look[96];
    static const host_lockdown_path paths[] = {
        {in, HOST_LOCKDOWN_READ | HOST_LOCKDOWN_WRITE},
        {look, HOST_LOCKDOWN_READ},
        {"/dev/null", HOST_LOCKDOWN_READ | HOST_LOCKDOWN_WRITE}, /* a file, not a directory */
    };
    snprintf(in, sizeof(in), "%s/in", scene->folder);
    snprintf(look, sizeof(look), "%s/look", scene->folder);
    config->files = HOST_LOCKDOWN_FILES_ONLY_PATHS;
    config->paths = paths;
    config->path_count = 3;
}
WISH(no_files)
{
    (void)scene;
    config->files = HOST_LOCKDOWN_FILES_ONLY_PATHS;
}
WISH(worker_filter)
{
    (void)scene;
    config->filter = &host_system_calls_worker;
}
WISH(eperm_filter)
{
    static const host_system_call_rule rules[] = {{.number = SYS_exit_group}, {.number = SYS_getuid}};
    static const host_system_call_filter filter = {rules, 2, HOST_SYSTEM_CALL_EPERM};
    (void)scene;
    config->filter = &filter;
}
WISH(everything)
{
    wish_files(config, scene);
    wish_closed_descriptors(config, scene);
    wish_limits(config, scene);
    config->wishes = HOST_LOCKDOWN_NEW_SESSION | HOST_LOCKDOWN_NO_CORE | HOST_LOCKDOWN_UNDUMPABLE;
    config->parent_death_signal = SIGKILL;
    config->filter = &host_system_calls_worker;
}

/* ---- What is tried: 0 if it worked, else errno or what the name says ---- */

#define ACT(name) static int act_##name(const lockdown_scene *scene)
#define TRY(name, expression)                                                                                          \
    ACT(name)                                                                                                          \
    {                                                                                                                  \
        (void)scene;                                                                                                   \
        return (expression) < 0 ? errno : 0;                                                                           \
    }

ACT(leads_group)
{
    (void)scene;
    return getpgrp() == getpid() ? 0 : 1;
}
ACT(leads_session)
{
    (void)scene;
    return getsid(0) == getpid() ? 0 : 1;
}
ACT(core_limit)
{
    struct rlimit limit;
    (void)scene;
    getrlimit(RLIMIT_CORE, &limit);
    return limit.rlim_max == 0 ? 0 : 1;
}
ACT(dumpable)
{
    (void)scene;
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
}
ACT(privileges_fixed)
{
    (void)scene;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
}
ACT(death_signal)
{
    int signal = 0;
    (void)scene;
    prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0);
    return signal;
}
ACT(burn)
{
    struct timespec used = {0, 0};
    (void)scene;
    while (used.tv_sec < 2) {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    }
    return 0;
}
ACT(write_much)
{
    char bytes[200] = {0};
    signal(SIGXFSZ, SIG_IGN);
    int fd = open(path_of(scene, "in/big"), O_CREAT | O_WRONLY, 0600);
    ssize_t first = write(fd, bytes, sizeof(bytes));
    return first == sizeof(bytes) ? 0 : first == 100 && write(fd, bytes, 1) < 0 ? errno : 99;
}
ACT(open_many)
{
    (void)scene;
    for (int i = 0; i < 100; i++) {
        if (dup(0) < 0) {
            return errno;
        }
    }
    return 0;
}
ACT(allocate_much)
{
    (void)scene;
    return syscall(SYS_mmap, NULL, 2ULL << 30, 0, 0x22 /* MAP_PRIVATE | MAP_ANONYMOUS */, -1, 0) < 0 ? errno : 0;
}
ACT(use_other_descriptor)
{
    return fcntl(scene->fd_closed, F_GETFD) < 0 ? errno : 0;
}
ACT(use_kept_descriptor)
{
    return fcntl(scene->fd, F_GETFD) < 0 ? errno : 0;
}
ACT(use_descriptor_0)
{
    (void)scene;
    return fcntl(0, F_GETFD) < 0 ? errno : 0;
}

TRY(read_in, open(path_of(scene, "in/file"), O_RDONLY))
TRY(write_in, open(path_of(scene, "in/new"), O_WRONLY | O_CREAT, 0600))
TRY(remove_in, unlink(path_of(scene, "in/file")))
TRY(make_folder_in, mkdir(path_of(scene, "in/folder"), 0700))
TRY(truncate_in, truncate(path_of(scene, "in/file"), 1))
TRY(write_null, open("/dev/null", O_WRONLY))
TRY(read_look, open(path_of(scene, "look/file"), O_RDONLY))
TRY(list_look, open(path_of(scene, "look"), O_RDONLY | O_DIRECTORY))
TRY(write_look, open(path_of(scene, "look/file"), O_WRONLY))
TRY(truncate_look, truncate(path_of(scene, "look/file"), 1))
TRY(create_look, open(path_of(scene, "look/new"), O_WRONLY | O_CREAT, 0600))
TRY(remove_look, unlink(path_of(scene, "look/file")))
TRY(read_out, open(path_of(scene, "out/file"), O_RDONLY))
TRY(read_out_by_dots, open(path_of(scene, "in/../out/file"), O_RDONLY))
TRY(write_out, open(path_of(scene, "out/file"), O_WRONLY))
TRY(list_out, open(path_of(scene, "out"), O_RDONLY | O_DIRECTORY))
TRY(read_passwords, open("/etc/passwd", O_RDONLY))
ACT(move_out_to_in)
{
    char to[160];
    strcpy(to, path_of(scene, "in/stolen"));
    return rename(path_of(scene, "out/file"), to) < 0 ? errno : 0;
}
ACT(read_out_by_symlink)
{
    char target[160];
    strcpy(target, path_of(scene, "out/file"));
    if (symlink(target, path_of(scene, "in/link")) != 0) {
        return 99;
    }
    return open(path_of(scene, "in/link"), O_RDONLY) < 0 ? errno : 0;
}
ACT(run_program)
{
    (void)scene;
    execl("/bin/true", "true", (char *)NULL);
    return errno;
}

TRY(getuid_call, (int)syscall(SYS_getuid))
TRY(getpid_call, (int)syscall(SYS_getpid))
ACT(worker_read)
{
    (void)scene;
    return read(0, path_buffer, 0) == 0 ? 0 : 1;
}
ACT(worker_write)
{
    (void)scene;
    return write(1, "", 0) == 0 ? 0 : 1;
}
ACT(read_other)
{
    return read(scene->fd, path_buffer, 1) == 0 ? 0 : 1;
}
ACT(write_other)
{
    return write(scene->fd, "x", 1) == 1 ? 0 : 1;
}
ACT(open_call)
{
    (void)scene;
    return open("/dev/null", O_RDONLY) >= 0 ? 0 : 1;
}
ACT(socket_call)
{
    (void)scene;
    return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : 1;
}
ACT(fork_call)
{
    (void)scene;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    return ending(pid);
}
ACT(mprotect_call)
{
    (void)scene;
    return syscall(SYS_mprotect, 0, 0, 0) == 0 ? 0 : 1;
}
ACT(kill_call)
{
    (void)scene;
    return kill(getpid(), 0) == 0 ? 0 : 1;
}
static void return_from_signal(int signal)
{
    (void)signal;
}
#if defined(__x86_64__)
/* The 32-bit door: number 20 is getpid there, and writev here. A kernel without it faults in both. */
ACT(int_80)
{
    long result;
    (void)scene;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "cc");
    return result > 0 ? 0 : 1;
}
/* getpid of the x32 kind: an ordinary kernel knows none of them. */
ACT(x32_call)
{
    (void)scene;
    return syscall(0x40000000 + SYS_getpid) < 0 && errno == ENOSYS ? 0 : 1;
}
#endif
/* A thread that was there before the filter is bound by it too. */
static int thread_may_go;
static void *thread_calls(void *unused)
{
    while (__atomic_load_n(&thread_may_go, __ATOMIC_ACQUIRE) == 0) {}
    syscall(SYS_getppid);
    leave(3);
    return unused;
}

static const lockdown_case cases[] = {
    {"new_group_is_led", wish_new_group, act_leads_group, 0, 1},
    {"new_session_is_led", wish_new_session, act_leads_session, 0, 1},
    {"no_core_is_a_hard_limit", wish_no_core, act_core_limit, 0, 1},
    {"undumpable_is_undumpable", wish_undumpable, act_dumpable, 0, 1},
    {"no_new_privileges_is_set", wish_no_new_privileges, act_privileges_fixed, 1, 0},
    {"death_signal_is_set", wish_death_signal, act_death_signal, SIGTERM, 0},
    {"processor_time_ends", wish_limits, act_burn, SIGNALLED + SIGKILL, 0},
    {"files_stay_small", wish_limits, act_write_much, EFBIG, 0},
    {"descriptors_stay_few", wish_limits, act_open_many, EMFILE, 0},
    {"address_space_stays_small", wish_limits, act_allocate_much, ENOMEM, 0},
    {"other_descriptors_are_closed", wish_closed_descriptors, act_use_other_descriptor, EBADF, 0},
    {"descriptor_0_is_closed_too", wish_closed_descriptors, act_use_descriptor_0, EBADF, 0},
    {"kept_descriptors_stay", wish_closed_descriptors, act_use_kept_descriptor, 0, 0},
};

static const lockdown_case landlock_cases[] = {
    {"granted: read", wish_files, act_read_in, 0, 0},
    {"granted: create", wish_files, act_write_in, 0, 0},
    {"granted: remove", wish_files, act_remove_in, 0, 0},
    {"granted: make folder", wish_files, act_make_folder_in, 0, 0},
    {"granted: truncate", wish_files, act_truncate_in, 0, 0},
    {"granted: one file", wish_files, act_write_null, 0, 0},
    {"read only: read", wish_files, act_read_look, 0, 0},
    {"read only: list", wish_files, act_list_look, 0, 0},
    {"read only: write", wish_files, act_write_look, EACCES, 0},
    {"read only: truncate", wish_files, act_truncate_look, EACCES, 0},
    {"read only: create", wish_files, act_create_look, EACCES, 0},
    {"read only: remove", wish_files, act_remove_look, EACCES, 0},
    {"outside: read", wish_files, act_read_out, EACCES, 0},
    {"outside: read through dots", wish_files, act_read_out_by_dots, EACCES, 0},
    {"outside: read through a symlink", wish_files, act_read_out_by_symlink, EACCES, 0},
    {"outside: write", wish_files, act_write_out, EACCES, 0},
    {"outside: list", wish_files, act_list_out, EACCES, 0},
    {"outside: move in", wish_files, act_move_out_to_in, EACCES, 0},
    {"outside: passwords", wish_files, act_read_passwords, EACCES, 0},
    {"outside: run", wish_files, act_run_program, EACCES, 0},
    {"no path at all: read", wish_no_files, act_read_in, EACCES, 0},
    {"no path at all: privileges are fixed", wish_no_files, act_privileges_fixed, 1, 0},
};

enum { KILLED = SIGNALLED + SIGSYS };
static const lockdown_case seccomp_cases[] = {
    {"worker: read from 0", wish_worker_filter, act_worker_read, 0, 0},
    {"worker: write to 1", wish_worker_filter, act_worker_write, 0, 0},
    {"worker: read from another", wish_worker_filter, act_read_other, KILLED, 0},
    {"worker: write to another", wish_worker_filter, act_write_other, KILLED, 0},
    {"worker: open", wish_worker_filter, act_open_call, KILLED, 0},
    {"worker: socket", wish_worker_filter, act_socket_call, KILLED, 0},
    {"worker: fork", wish_worker_filter, act_fork_call, KILLED, 0},
    {"worker: mprotect", wish_worker_filter, act_mprotect_call, KILLED, 0},
    {"worker: kill", wish_worker_filter, act_kill_call, KILLED, 0},
    {"worker: exec", wish_worker_filter, act_run_program, KILLED, 0},
    {"worker: getpid", wish_worker_filter, act_getpid_call, KILLED, 0},
#if defined(__x86_64__)
    {"worker: x32", wish_worker_filter, act_x32_call, KILLED, 0},
#endif
    {"eperm: listed", wish_eperm_filter, act_getuid_call, 0, 0},
    {"eperm: not listed", wish_eperm_filter, act_getpid_call, EPERM, 0},
    {"everything at once: the worker's calls work", wish_everything, act_worker_write, 1,
     0}, /* 1 was not kept, so write fails: the filter let it through */
    {"everything at once: others kill", wish_everything, act_getpid_call, KILLED, 0},
};

/* ---- What is not a row ---- */

static void filter_binds_threads_that_were_there_before(void **state)
{
    (void)state;
    for (int confined = 0; confined < 2; confined++) {
        test_host host;
        host_lockdown_config config = HOST_LOCKDOWN_CONFIG_INIT;
        host_lockdown *lockdown = NULL;
        config.filter = &host_system_calls_worker;
        test_host_create(&host, NULL);
        assert_host_ok(host_lockdown_prepare(host.env, &config, &lockdown, &host.error), &host.error);
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
            pthread_t thread;
            pthread_create(&thread, NULL, thread_calls, NULL);
            if (confined && host_lockdown_enter(host.env, lockdown, NULL) != HOST_OK) {
                _exit(NOT_CONFINED);
            }
            __atomic_store_n(&thread_may_go, 1, __ATOMIC_RELEASE);
            for (;;) { /* nothing of this thread's own may kill it */
            }
        }
        assert_int_equal(ending(pid), confined ? KILLED : 3);
        host_lockdown_destroy(lockdown);
        test_host_destroy(&host);
    }
}

/* A child with a handler for SIGUSR1, which it gets once it is behind the filter, if there is one; whether it was still there then. */
static int end_of_interrupted_child(const host_system_call_filter *filter, bool *goes_on_out)
{
    test_host host;
    host_lockdown_config config = HOST_LOCKDOWN_CONFIG_INIT;
    host_lockdown *lockdown = NULL;
    int ready[2], status;
    char byte;
    config.filter = filter;
    test_host_create(&host, NULL);
    assert_host_ok(host_lockdown_prepare(host.env, &config, &lockdown, &host.error), &host.error);
    assert_int_equal(pipe(ready), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGUSR1, return_from_signal);
        dup2(ready[1], 1);
        host_lockdown_enter(host.env, lockdown, NULL);
        (void)!write(1, "x", 1);
        for (volatile long i = 0; i < 2000000000; i++) {}
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    kill(pid, SIGUSR1);
    usleep(100000);
    pid_t found = waitpid(pid, &status, WNOHANG);
    *goes_on_out = found == 0;
    if (found == 0)
        kill(pid, SIGKILL);
    close(ready[0]);
    host_lockdown_destroy(lockdown);
    test_host_destroy(&host);
    return found == 0 ? ending(pid) : WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Returning is a system call too, by which one could choose a signal mask and a stack for handlers: things that outlive a worker's memory. */
static void signal_handlers_do_not_return_under_the_worker_filter(void **state)
{
    bool goes_on;
    (void)state;
    assert_int_equal(end_of_interrupted_child(&host_system_calls_worker, &goes_on), SIGNALLED + SIGSYS);
    assert_false(goes_on);
    assert_int_equal(end_of_interrupted_child(NULL, &goes_on), SIGNALLED + SIGKILL); /* the twin */
    assert_true(goes_on);
}

#if defined(__x86_64__)
/* Where the kernel has the 32-bit door, the filter shuts it; where it has none, both children fault. */
static void the_32_bit_door_is_shut(void **state)
{
    static const lockdown_case row = {"int 0x80", wish_worker_filter, act_int_80, 0, 0};
    test_host host;
    lockdown_scene scene;
    host_lockdown_config config = HOST_LOCKDOWN_CONFIG_INIT;
    (void)state;
    test_host_create(&host, NULL);
    scene_create(&scene);
    config.filter = &host_system_calls_worker;
    int twin = child_ending(&row, &scene, &host, NULL);
    int confined = child_ending(&row, &scene, &host, &config);
    scene_destroy(&scene);
    test_host_destroy(&host);
    assert_true(twin == 0 || twin == SIGNALLED + SIGSEGV);
    assert_int_equal(confined, twin == 0 ? KILLED : SIGNALLED + SIGSEGV);
    if (twin != 0) {
        print_message("this kernel has no 32-bit door, so it could not be tried\n");
    }
}
#endif

static void prepare_refuses_bad_configurations(void **state)
{
    static const host_lockdown_limit upside_down = {HOST_RESOURCE_CORE_BYTES, {2, 1}};
    static const host_lockdown_path missing = {"/nonexistent", HOST_LOCKDOWN_READ}, rightless = {"/tmp", 0},
                                    unknown = {"/tmp", 64};
    static const host_system_call_rule negative = {.number = -1};
    static const host_system_call_filter bad_filter = {&negative, 1, HOST_SYSTEM_CALL_KILL},
                                         no_rules = {NULL, 1, HOST_SYSTEM_CALL_KILL};
    static const int negative_fd = -1, some_fd = 1;
    const bool has_landlock = landlock_version() >= 3;
#define CONFIG(...)                                                                                                    \
    {                                                                                                                  \
        .struct_size = sizeof(host_lockdown_config), __VA_ARGS__                                                       \
    }
    const struct {
        const char *name;
        host_lockdown_config config;
        host_status status;
    } rows[] = {
        {"empty", CONFIG(0), HOST_OK},
        {"other version", {.struct_size = 8}, HOST_INVALID_ARGUMENT},
        {"unknown wish", CONFIG(.wishes = 1U << 20), HOST_INVALID_ARGUMENT},
        {"unknown files", CONFIG(.files = (host_lockdown_files)7), HOST_INVALID_ARGUMENT},
        {"unknown descriptors", CONFIG(.descriptors = (host_lockdown_descriptors)7), HOST_INVALID_ARGUMENT},
        {"no limits", CONFIG(.limit_count = 1), HOST_INVALID_ARGUMENT},
        {"too many limits", CONFIG(.limits = &upside_down, .limit_count = 17), HOST_TOO_LARGE},
        {"soft above hard", CONFIG(.limits = &upside_down, .limit_count = 1), HOST_INVALID_ARGUMENT},
        {"no such signal", CONFIG(.parent_death_signal = 65), HOST_INVALID_ARGUMENT},
        {"paths unused", CONFIG(.paths = &missing, .path_count = 1), HOST_INVALID_ARGUMENT},
        {"kept unused", CONFIG(.kept = &some_fd, .kept_count = 1), HOST_INVALID_ARGUMENT},
        {"kept negative",
         CONFIG(.descriptors = HOST_LOCKDOWN_DESCRIPTORS_CLOSE_OTHERS, .kept = &negative_fd, .kept_count = 1),
         HOST_INVALID_ARGUMENT},
        {"kept too many",
         CONFIG(.descriptors = HOST_LOCKDOWN_DESCRIPTORS_CLOSE_OTHERS, .kept = &some_fd, .kept_count = 65),
         HOST_TOO_LARGE},
        {"path missing", CONFIG(.files = HOST_LOCKDOWN_FILES_ONLY_PATHS, .paths = &missing, .path_count = 1),
         has_landlock ? HOST_MISSING : HOST_UNSUPPORTED},
        {"path without rights", CONFIG(.files = HOST_LOCKDOWN_FILES_ONLY_PATHS, .paths = &rightless, .path_count = 1),
         has_landlock ? HOST_INVALID_ARGUMENT : HOST_UNSUPPORTED},
        {"path with unknown rights",
         CONFIG(.files = HOST_LOCKDOWN_FILES_ONLY_PATHS, .paths = &unknown, .path_count = 1),
         has_landlock ? HOST_INVALID_ARGUMENT : HOST_UNSUPPORTED},
        {"filter malformed", CONFIG(.filter = &bad_filter), HOST_INVALID_ARGUMENT},
        {"filter without rules", CONFIG(.filter = &no_rules), HOST_INVALID_ARGUMENT},
        {"filter", CONFIG(.filter = &host_system_calls_worker), HOST_OK},
    };
    test_host host;
    (void)state;
    test_host_create(&host, NULL);
    int before = test_descriptor_count();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        host_lockdown *lockdown = NULL;
        assert_host_status(rows[i].status, host_lockdown_prepare(host.env, &rows[i].config, &lockdown, &host.error),
                           &host.error);
        assert_int_equal(lockdown != NULL, rows[i].status == HOST_OK);
        host_lockdown_destroy(lockdown);
        assert_int_equal(test_descriptor_count(), before);
    }
    host_lockdown_destroy(NULL);
    test_host_destroy(&host);
}

static int landlock_is_missing(const void *attributes, size_t size, unsigned int flags)
{
    (void)attributes, (void)size, (void)flags;
    errno = ENOSYS;
    return -1;
}
static int landlock_is_old(const void *attributes, size_t size, unsigned int flags)
{
    (void)attributes, (void)size, (void)flags;
    return 2;
}

static void an_old_kernel_is_told_as_unsupported(void **state)
{
    (void)state;
    test_host host;
    lockdown_scene scene;
    host_lockdown *lockdown;
    host_lockdown_config config = HOST_LOCKDOWN_CONFIG_INIT;
    test_host_create(&host, NULL);
    scene_create(&scene);
    wish_files(&config, &scene);
    host.env->operations.landlock_create = landlock_is_missing;
    assert_host_status(HOST_UNSUPPORTED, host_lockdown_prepare(host.env, &config, &lockdown, &host.error), &host.error);
    host.env->operations.landlock_create = landlock_is_old;
    assert_host_status(HOST_UNSUPPORTED, host_lockdown_prepare(host.env, &config, &lockdown, &host.error), &host.error);
    assert_null(lockdown);
    host_operations_restore(host.env);
    scene_destroy(&scene);
    test_host_destroy(&host);
}

/* The list for hosts that can do nothing: a wish is refused, no wish is granted. */
static void a_host_without_mechanisms_says_so(void **state)
{
    static const struct {
        const char *name;
        void (*wish)(host_lockdown_config *config, const lockdown_scene *scene);
    } rows[] = {
        {"group", wish_new_group},
        {"core", wish_no_core},
        {"death", wish_death_signal},
        {"limits", wish_limits},
        {"descriptors", wish_closed_descriptors},
        {"files", wish_files},
        {"filter", wish_worker_filter},
    };
    lockdown_scene scene;
    (void)state;
    scene_create(&scene);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        host_lockdown_config config = HOST_LOCKDOWN_CONFIG_INIT;
        lockdown_refusal refusal = {0};
        host_lockdown *lockdown = NULL;
        rows[i].wish(&config, &scene);
        assert_int_equal(
            lockdown_prepare_with(lockdown_mechanisms_none, &host_operations_real, &config, &lockdown, &refusal),
            HOST_UNSUPPORTED);
        assert_null(lockdown);
        assert_int_equal(refusal.status, HOST_UNSUPPORTED);
    }
    host_lockdown_config nothing = HOST_LOCKDOWN_CONFIG_INIT;
    lockdown_refusal refusal = {0};
    host_lockdown *lockdown = NULL;
    assert_int_equal(
        lockdown_prepare_with(lockdown_mechanisms_none, &host_operations_real, &nothing, &lockdown, &refusal), HOST_OK);
    host_lockdown_destroy(lockdown);
    scene_destroy(&scene);
}

/* A spawned program is confined before its first instruction. */
static int spawn_ending(const host_lockdown *lockdown, host_env *env, const char *script)
{
    const char *const arguments[] = {"sh", "-c", script, NULL};
    const host_descriptor_pair pairs[] = {{0, 0}, {1, 1}, {2, 2}};
    host_process_spawn_config config = HOST_PROCESS_SPAWN_CONFIG_INIT;
    host_process_child child;
    host_error error = {0};
    config.program = "/bin/sh";
    config.arguments = arguments;
    config.descriptors = pairs;
    config.descriptor_count = 3;
    config.lockdown = lockdown;
    assert_host_ok(host_process_spawn(env, &config, &child, &error), &error);
    close(child.fd);
    return ending((pid_t)child.pid);
}

static void spawned_programs_are_confined(void **state)
{
    static const host_lockdown_path paths[] = {
        {"/usr", HOST_LOCKDOWN_READ | HOST_LOCKDOWN_EXECUTE},
        {"/lib", HOST_LOCKDOWN_READ | HOST_LOCKDOWN_EXECUTE},
        {"/lib64", HOST_LOCKDOWN_READ | HOST_LOCKDOWN_EXECUTE},
        {"/bin", HOST_LOCKDOWN_READ | HOST_LOCKDOWN_EXECUTE},
    };
    test_host host;
    host_lockdown *lockdown;
    host_lockdown_config config = HOST_LOCKDOWN_CONFIG_INIT;
    (void)state;
    if (landlock_version() < 3) {
        print_message("skipped: this kernel has no Landlock\n");
        skip();
    }
    test_host_create(&host, NULL);
    config.files = HOST_LOCKDOWN_FILES_ONLY_PATHS;
    config.paths = paths;
    config.path_count = access("/lib64", F_OK) == 0 ? 4 : 2;
    assert_host_ok(host_lockdown_prepare(host.env, &config, &lockdown, &host.error), &host.error);
    static const char script[] = "exec 2>&-; test -d /usr || exit 5; read line </etc/passwd || exit 6; exit 7";
    assert_int_equal(spawn_ending(lockdown, host.env, "exec 2>&-; test -d /usr && exit 5; exit 6"), 5);
    int confined = spawn_ending(lockdown, host.env, script);
    assert_true(confined == 2 || confined == 6); /* dash gives up, bash goes on */
    assert_int_equal(spawn_ending(NULL, host.env, script), 7);
    /* A lockdown is not used up: the same one for the next child, and this process is free. */
    assert_int_equal(spawn_ending(lockdown, host.env, "exit 3"), 3);
    assert_int_equal(access("/etc/passwd", R_OK), 0);
    host_lockdown_destroy(lockdown);
    test_host_destroy(&host);
}

static void spawned_worker_filter_lets_exec_through_and_kills_the_rest(void **state)
{
    test_host host;
    host_lockdown *lockdown;
    host_lockdown_config config = HOST_LOCKDOWN_CONFIG_INIT;
    (void)state;
    test_host_create(&host, NULL);
    config.wishes = HOST_LOCKDOWN_NO_CORE;
    config.filter = &host_system_calls_worker_before_exec;
    assert_host_ok(host_lockdown_prepare(host.env, &config, &lockdown, &host.error), &host.error);
    assert_int_equal(spawn_ending(lockdown, host.env, "exit 0"), KILLED); /* its loader's first brk */
    assert_int_equal(spawn_ending(NULL, host.env, "exit 0"), 0);
    host_lockdown_destroy(lockdown);
    test_host_destroy(&host);
}

static void spawn_tells_which_mechanism_failed(void **state)
{
    static const host_lockdown_limit unknown = {9999, {0, 0}};
    test_host host;
    host_lockdown *lockdown;
    host_lockdown_config config = HOST_LOCKDOWN_CONFIG_INIT;
    host_process_spawn_config spawn = HOST_PROCESS_SPAWN_CONFIG_INIT;
    host_process_child child;
    const char *const arguments[] = {"true", NULL};
    (void)state;
    test_host_create(&host, NULL);
    config.limits = &unknown;
    config.limit_count = 1;
    assert_host_ok(host_lockdown_prepare(host.env, &config, &lockdown, &host.error), &host.error);
    spawn.program = "/bin/true";
    spawn.arguments = arguments;
    spawn.lockdown = lockdown;
    assert_host_status(HOST_INVALID_ARGUMENT, host_process_spawn(host.env, &spawn, &child, &host.error), &host.error);
    assert_non_null(strstr(host.error.message, "a limit could not be set"));
    assert_int_equal(child.pid, -1);
    assert_false(test_has_child());
    host_lockdown_destroy(lockdown);
    test_host_destroy(&host);
}

static void spawn_refuses_a_lockdown_that_closes_descriptors(void **state)
{
    test_host host;
    host_lockdown *lockdown;
    host_lockdown_config config = HOST_LOCKDOWN_CONFIG_INIT;
    host_process_spawn_config spawn = HOST_PROCESS_SPAWN_CONFIG_INIT;
    host_process_child child;
    const char *const arguments[] = {"true", NULL};
    (void)state;
    test_host_create(&host, NULL);
    config.descriptors = HOST_LOCKDOWN_DESCRIPTORS_CLOSE_OTHERS;
    assert_host_ok(host_lockdown_prepare(host.env, &config, &lockdown, &host.error), &host.error);
    spawn.program = "/bin/true";
    spawn.arguments = arguments;
    spawn.lockdown = lockdown;
    assert_host_status(HOST_INVALID_ARGUMENT, host_process_spawn(host.env, &spawn, &child, &host.error), &host.error);
    host_lockdown_destroy(lockdown);
    test_host_destroy(&host);
}

/* ---- The four steps ---- */

static host_status call_prepare(host_case_world *world, host_env *env, host_error *error)
{
    lockdown_scene scene = {.fd = 50};
    host_lockdown_config config = HOST_LOCKDOWN_CONFIG_INIT;
    (void)world;
    config.filter = &host_system_calls_worker;
    if (landlock_version() >= 3) {
        wish_no_files(&config, &scene);
    }
    return host_lockdown_prepare(env, &config, (host_lockdown **)&world->pointer, error);
}
static void lockdown_free(host_case_world *world)
{
    host_lockdown_destroy(world->pointer);
}
static void set_up_privileges(host_case_world *world)
{
    host_lockdown_config config = HOST_LOCKDOWN_CONFIG_INIT;
    config.wishes = HOST_LOCKDOWN_NO_NEW_PRIVILEGES;
    assert_int_equal(host_lockdown_prepare(world->env, &config, (host_lockdown **)&world->pointer, NULL), HOST_OK);
    test_host_forget(world->host);
}
static host_status call_enter(host_case_world *world, host_env *env, host_error *error)
{
    return host_lockdown_enter(env, world->pointer, error);
}
static void check_enter(host_case_world *world)
{
    (void)world;
    assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
}

static host_status call_landlock_version(host_case_world *world, host_env *env, host_error *error)
{
    return host_lockdown_landlock_version(env, (int *)world->bytes, error);
}
static void check_landlock_version(host_case_world *world)
{
    assert_int_equal(*(int *)world->bytes, landlock_version());
}

static host_case steps[] = {
    {.function = HOST_FUNCTION_LOCKDOWN_PREPARE,
     .call = call_prepare,
     .tear_down = lockdown_free,
     .primitive = HOST_OPERATION_landlock_create,
     .primitive_nth = 2,
     .fail_code = EMFILE,
     .fail_status = HOST_NO_SPACE},
    {.function = HOST_FUNCTION_LOCKDOWN_ENTER,
     .set_up = set_up_privileges,
     .call = call_enter,
     .check = check_enter,
     .tear_down = lockdown_free,
     .primitive = HOST_OPERATION_prctl_option,
     .fail_code = EINVAL,
     .fail_status = HOST_INVALID_ARGUMENT,
     .flags = HOST_CASE_IN_CHILD},
    {.function = HOST_FUNCTION_LOCKDOWN_LANDLOCK_VERSION,
     .call = call_landlock_version,
     .check = check_landlock_version,
     .infallible = "a kernel that fails to tell has none: version 0"},
};

/* A lockdown of every mechanism that a child can survive, whose every primitive fails once: then enter must say so. */
static void enter_fails_whole_if_any_primitive_fails(void **state)
{
    (void)state;
    enum { PRIMITIVES_MAX = 100, SAID_SO = 10, UNNOTICED = 11, NO_MORE = 12 };
    unsigned nth = 1;
    for (; nth < PRIMITIVES_MAX; nth++) {
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
            static const host_system_call_rule rules[] = {{.number = SYS_exit_group}};
            static const host_system_call_filter filter = {rules, 1, HOST_SYSTEM_CALL_EPERM};
            test_host host;
            lockdown_scene scene = {.fd = 1};
            host_lockdown *lockdown;
            host_lockdown_config config = HOST_LOCKDOWN_CONFIG_INIT;
            test_host_create(&host, NULL);
            wish_closed_descriptors(&config, &scene);
            wish_limits(&config, &scene);
            if (landlock_version() >= 3) {
                wish_no_files(&config, &scene);
            }
            config.wishes = HOST_LOCKDOWN_NEW_SESSION | HOST_LOCKDOWN_NO_CORE | HOST_LOCKDOWN_UNDUMPABLE;
            config.parent_death_signal = SIGKILL;
            config.filter = &filter;
            if (host_lockdown_prepare(host.env, &config, &lockdown, NULL) != HOST_OK) {
                _exit(NOT_CONFINED);
            }
            host_operations_fail_any(host.env, nth, EIO);
            host_status status = host_lockdown_enter(host.env, lockdown, NULL);
            leave(!host_operations_failed() ? NO_MORE : status == HOST_OK ? UNNOTICED : SAID_SO);
        }
        int end = ending(pid);
        if (end == NO_MORE) {
            break;
        }
        assert_int_equal(end, SAID_SO);
    }
    assert_true(nth > 10 && nth < PRIMITIVES_MAX);
}

/* Every primitive of prepare fails once: no descriptor and no memory may stay. */
static host_status call_prepare_with_all(host_case_world *world, host_env *env, host_error *error)
{
    const host_lockdown_path paths[] = {
        {world->folder, HOST_LOCKDOWN_READ | HOST_LOCKDOWN_WRITE},
        {"/dev/null", HOST_LOCKDOWN_READ}, /* a file: Landlock refuses the rights of folders first */
    };
    host_lockdown_config config = HOST_LOCKDOWN_CONFIG_INIT;
    config.files = HOST_LOCKDOWN_FILES_ONLY_PATHS;
    config.paths = paths;
    config.path_count = 2;
    config.filter = &host_system_calls_worker;
    return host_lockdown_prepare(env, &config, (host_lockdown **)&world->pointer, error);
}
static const host_case walked = {
    .function = HOST_FUNCTION_LOCKDOWN_PREPARE, .call = call_prepare_with_all, .tear_down = lockdown_free};

static void prepare_leaves_nothing_behind_whatever_fails(void **state)
{
    (void)state;
    if (landlock_version() < HOST_LOCKDOWN_LANDLOCK_VERSION_MIN) {
        print_message("skipped: this kernel has no Landlock that could be prepared\n");
        skip();
    }
    host_walk_failures(&walked);
}

static int run_rows(const char *name, const lockdown_case *rows, size_t count)
{
    struct CMUnitTest tests[64];
    for (size_t i = 0; i < count; i++) {
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = lockdown_takes_it_away, .initial_state = (void *)&rows[i]};
    }
    return _cmocka_run_group_tests(name, tests, count, NULL, NULL);
}
#define RUN_ROWS(name, rows) run_rows(name, rows, sizeof(rows) / sizeof(rows[0]))

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filter_binds_threads_that_were_there_before),
        cmocka_unit_test(signal_handlers_do_not_return_under_the_worker_filter),
#if defined(__x86_64__)
        cmocka_unit_test(the_32_bit_door_is_shut),
#endif
        cmocka_unit_test(prepare_refuses_bad_configurations),
        cmocka_unit_test(an_old_kernel_is_told_as_unsupported),
        cmocka_unit_test(a_host_without_mechanisms_says_so),
        cmocka_unit_test(spawned_programs_are_confined),
        cmocka_unit_test(spawned_worker_filter_lets_exec_through_and_kills_the_rest),
        cmocka_unit_test(spawn_tells_which_mechanism_failed),
        cmocka_unit_test(spawn_refuses_a_lockdown_that_closes_descriptors),
        cmocka_unit_test(prepare_leaves_nothing_behind_whatever_fails),
        cmocka_unit_test(enter_fails_whole_if_any_primitive_fails),
    };
    const int landlock = landlock_version();
    if (landlock < 3) {
        steps[0].fail_code = 0;
        steps[0].infallible = "without Landlock nothing in it can fail";
        print_message("this kernel has Landlock version %d, so its rows are skipped\n", landlock);
    }
    int failed = RUN_ROWS("lockdown", cases) + RUN_ROWS("lockdown: system calls", seccomp_cases);
    failed += landlock >= 3 ? RUN_ROWS("lockdown: files", landlock_cases) : 0;
    failed += host_cases_run("lockdown", steps, sizeof(steps) / sizeof(steps[0]));
    return failed + cmocka_run_group_tests_name("lockdown: more", tests, NULL, NULL);
}
