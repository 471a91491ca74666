/* The adapters of the full variant: each does what libc's function of that name does, and is refused with EPERM when its capability is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bind_internal.h"
#include "bindings/bind.h"
#include "host_env/fd.h"
#include <arpa/inet.h>
#include <sys/syscall.h>

#include "prototypes.h"

static host_env *host;
static host_capability denied; /* HOST_CAPABILITY_NONE: nothing */
static unsigned int recorded;
static char folder[] = "/tmp/cordon-adapters-XXXXXX";
static char file_path[64], other_path[64];
static int file_fd = -1;

static host_decision decide(void *context, const host_access *access)
{
    (void)context;
    return access->capability == denied ? HOST_DECISION_DENY : HOST_DECISION_ALLOW;
}

static void record(void *context, const host_access *access)
{
    (void)context;
    (void)access;
    __atomic_add_fetch(&recorded, 1, __ATOMIC_RELAXED);
}

/* ---- Small uses. Each closes what it opened, past the adapters, so that a refusal of closing does not matter. ---------------------- */

static int drop(int fd)
{
    if (fd >= 0) close(fd);
    return fd;
}

static int use_stream(FILE *stream)
{
    if (stream == NULL) return -1;
    fclose(stream);
    return 0;
}

static int use_pipe(int (*make)(int[2]))
{
    int fds[2];
    if (make(fds) != 0) return -1;
    close(fds[0]);
    close(fds[1]);
    return 0;
}

static int use_socket_pair(void)
{
    int fds[2];
    if (cordon_bind_socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) return -1;
    close(fds[0]);
    close(fds[1]);
    return 0;
}

static int use_mapping(void)
{
    void *memory = cordon_bind_mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return -1;
    return munmap(memory, 4096);
}

static int use_directory(void)
{
    DIR *directory = cordon_bind_opendir(folder);
    if (directory == NULL) return -1;
    int entries = 0;
    for (struct dirent *entry; (entry = cordon_bind_readdir(directory)) != NULL;) entries += entry->d_name[0] != '\0';
    return cordon_bind_closedir(directory) == 0 && entries >= 3 ? 0 : -1;
}

static int use_child(void)
{
    pid_t child = cordon_bind_fork();
    if (child < 0) return -1;
    if (child == 0) _exit(7);
    int status = 0;
    return waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7 ? 0 : -1;
}

static int use_select(void)
{
    struct timeval none = { 0, 0 };
    return cordon_bind_select(0, NULL, NULL, NULL, &none);
}

static int use_signal_action(void)
{
    struct sigaction action;
    return cordon_bind_sigaction(SIGUSR1, NULL, &action) == 0 && action.sa_handler == SIG_DFL ? 0 : -1;
}

static int use_write_and_read(void)
{
    char back[5] = "";
    if (cordon_bind_pwrite(file_fd, "hello", 5, 0) != 5 || cordon_bind_pread(file_fd, back, 5, 0) != 5) return -1;
    return memcmp(back, "hello", 5) == 0 ? 0 : -1;
}

static int use_stat(void)
{
    struct stat ours, libc;
    if (cordon_bind_stat(file_path, &ours) != 0 || stat(file_path, &libc) != 0) return -1;
    return memcmp(&ours, &libc, sizeof libc) == 0 ? 0 : -1;
}

static int use_fstat(void)
{
    struct stat ours, libc;
    if (cordon_bind_fstat(file_fd, &ours) != 0 || fstat(file_fd, &libc) != 0) return -1;
    return memcmp(&ours, &libc, sizeof libc) == 0 ? 0 : -1;
}

static int use_make_and_remove_directory(void)
{
    char path[80];
    snprintf(path, sizeof path, "%s/made", folder);
    return cordon_bind_mkdir(path, 0700) != 0 ? -1 : cordon_bind_rmdir(path);
}

static int use_link_and_unlink(void)
{
    return cordon_bind_link(file_path, other_path) != 0 ? -1 : cordon_bind_unlink(other_path);
}

static int use_rename(void) { return cordon_bind_rename(file_path, other_path) != 0 ? -1 : rename(other_path, file_path); }

static int use_epoll(void) { return drop(cordon_bind_epoll_create1(0)); }

static int use_lock(void)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    return cordon_bind_fcntl(file_fd, F_SETLK, &lock);
}

static int use_uname(void)
{
    struct utsname ours, libc;
    return cordon_bind_uname(&ours) == 0 && uname(&libc) == 0 && strcmp(ours.release, libc.release) == 0 ? 0 : -1;
}

static int use_clock(void)
{
    struct timespec time;
    return cordon_bind_clock_gettime(CLOCK_REALTIME, &time) == 0 && time.tv_sec > 1700000000 ? 0 : -1;
}

static int use_local_time(void)
{
    time_t moment = 1000000000;
    struct tm ours, libc;
    if (cordon_bind_localtime_r(&moment, &ours) == NULL) return -1;
    localtime_r(&moment, &libc);
    return ours.tm_hour == libc.tm_hour && ours.tm_yday == libc.tm_yday ? 0 : -1;
}

static int use_resource_limit(void)
{
    struct rlimit ours, libc;
    return cordon_bind_getrlimit(RLIMIT_NOFILE, &ours) == 0 && getrlimit(RLIMIT_NOFILE, &libc) == 0 && ours.rlim_cur == libc.rlim_cur ? 0 : -1;
}

static int use_library(void)
{
    void *library = cordon_bind_dlopen(NULL, RTLD_NOW);
    return library == NULL ? -1 : dlclose(library);
}

static int use_random(void)
{
    unsigned char bytes[16];
    return cordon_bind_getrandom(bytes, sizeof bytes, 0) == (ssize_t)sizeof bytes ? 0 : -1;
}

static int use_numbered_call(void)
{
    unsigned char bytes[16];
    return cordon_bind_syscall(SYS_getrandom, bytes, sizeof bytes, 0) == (long)sizeof bytes ? 0 : -1;
}

static int use_bind(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int result = cordon_bind_bind(fd, (struct sockaddr *)&address, sizeof address);
    int code = errno;
    close(fd);
    errno = code;
    return result;
}

static int use_own_address(void)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int result = cordon_bind_getsockname(fd, (struct sockaddr *)&address, &size);
    int code = errno;
    close(fd);
    errno = code;
    return result == 0 && size == sizeof(struct sockaddr_in) && address.ss_family == AF_INET ? 0 : -1;
}

static int use_pty(void)
{
    int master, slave;
    if (cordon_bind_openpty(&master, &slave, NULL, NULL, NULL) != 0) return -1;
    close(master);
    close(slave);
    return 0;
}

/* ---- The table: name, capability, an expression that is negative (with errno) on failure ------------------------------------------- */

#define ADAPTER_CASES(X)                                                                                       \
    X(open, FS_READ, drop(cordon_bind_open("/dev/null", O_RDONLY)))                                            \
    X(open_to_create, FS_WRITE, drop(cordon_bind_open(other_path, O_WRONLY | O_CREAT, 0600)))                  \
    X(openat, FS_READ, drop(cordon_bind_openat(AT_FDCWD, "/dev/null", O_RDONLY)))                              \
    X(stat, FS_READ, use_stat())                                                                               \
    X(access, FS_READ, cordon_bind_access(file_path, R_OK))                                                    \
    X(realpath, FS_READ, cordon_bind_realpath("/dev/./null", (char[PATH_MAX]){ 0 }) == NULL ? -1 : 0)          \
    X(statvfs, FS_READ, cordon_bind_statvfs("/", &(struct statvfs){ 0 }))                                      \
    X(opendir, FS_LIST, use_directory())                                                                       \
    X(getcwd, FS_LIST, cordon_bind_getcwd((char[PATH_MAX]){ 0 }, PATH_MAX) == NULL ? -1 : 0)                   \
    X(chdir, FS_LIST, cordon_bind_chdir("/"))                                                                  \
    X(mkdir, FS_WRITE, use_make_and_remove_directory())                                                        \
    X(link, FS_WRITE, use_link_and_unlink())                                                                   \
    X(rename, FS_WRITE, use_rename())                                                                          \
    X(chmod, FS_WRITE, cordon_bind_chmod(file_path, 0600))                                                     \
    X(fchmod, FS_WRITE, cordon_bind_fchmod(file_fd, 0600))                                                     \
    X(utimensat, FS_WRITE, cordon_bind_utimensat(AT_FDCWD, file_path, NULL, 0))                                \
    X(truncate, FS_WRITE, cordon_bind_truncate(file_path, 10))                                                 \
    X(fopen, FS_READ, use_stream(cordon_bind_fopen("/dev/null", "r")))                                         \
    X(write, FD_USE, use_write_and_read())                                                                     \
    X(fstat, FD_USE, use_fstat())                                                                              \
    X(lseek, FD_USE, (int)cordon_bind_lseek(file_fd, 0, SEEK_SET))                                             \
    X(ftruncate, FD_USE, cordon_bind_ftruncate(file_fd, 100))                                                  \
    X(dup, FD_USE, drop(cordon_bind_dup(file_fd)))                                                             \
    X(fcntl, FD_USE, cordon_bind_fcntl(file_fd, F_GETFD))                                                      \
    X(fcntl_lock, FD_USE, use_lock())                                                                          \
    X(close_range, FD_USE, cordon_bind_close_range(60000, 60001, 0))                                           \
    X(fsync, FD_USE, cordon_bind_fsync(file_fd))                                                               \
    X(poll, FD_USE, cordon_bind_poll((struct pollfd[1]){ { .fd = -1 } }, 1, 0))                                                              \
    X(select, FD_USE, use_select())                                                                            \
    X(epoll_create1, FD_USE, use_epoll())                                                                      \
    X(fprintf, FD_USE, cordon_bind_fprintf(stderr, "%s", ""))                                      \
    X(fflush, FD_USE, cordon_bind_fflush(stdout))                                                  \
    X(setenv, ENV_WRITE, cordon_bind_setenv("CORDON_ADAPTERS", "1", 1))                                        \
    X(getpid, PROCESS_INFO, cordon_bind_getpid() == getpid() ? 0 : -1)                                         \
    X(getpgrp, PROCESS_INFO, cordon_bind_getpgrp() == getpgrp() ? 0 : -1)                                      \
    X(getrusage, PROCESS_INFO, cordon_bind_getrusage(RUSAGE_SELF, &(struct rusage){ 0 }))                      \
    X(sched_getaffinity, PROCESS_INFO, cordon_bind_sched_getaffinity(0, sizeof(cpu_set_t), &(cpu_set_t){ 0 })) \
    X(getrlimit, PROCESS_INFO, use_resource_limit())                                                           \
    X(fork, PROCESS_SPAWN, use_child())                                                                        \
    X(kill, PROCESS_SIGNAL, cordon_bind_kill(getpid(), 0))                                                     \
    X(sigaction, SIGNAL_HANDLE, use_signal_action())                                                           \
    X(uname, SYSTEM_INFO, use_uname())                                                                         \
    X(sysconf, SYSTEM_INFO, cordon_bind_sysconf(_SC_PAGESIZE) == 4096 ? 0 : -1)                                \
    X(setlocale, SYSTEM_INFO, cordon_bind_setlocale(LC_CTYPE, NULL) == NULL ? -1 : 0)                          \
    X(clock_gettime, TIME_READ, use_clock())                                                                   \
    X(localtime_r, TIME_READ, use_local_time())                                                                \
    X(getrandom, RANDOM, use_random())                                                                         \
    X(syscall, RANDOM, use_numbered_call())                                                                    \
    X(mmap, MEMORY_MAP, use_mapping())                                                                         \
    X(memfd_create, MEMORY_MAP, drop(cordon_bind_memfd_create("x", 0)))                                        \
    X(pipe, IPC, use_pipe(cordon_bind_pipe))                                                                   \
    X(eventfd, IPC, drop(cordon_bind_eventfd(0, 0)))                                                           \
    X(socketpair, IPC, use_socket_pair())                                                                      \
    X(socket, NET_CONNECT, drop(cordon_bind_socket(AF_INET, SOCK_STREAM, 0)))                                  \
    X(bind, NET_LISTEN, use_bind())                                                                            \
    X(getsockname, FD_USE, use_own_address())                                                                  \
    X(openpty, TTY, use_pty())                                                                                 \
    X(dlopen, NATIVE_LOAD, use_library())

struct adapter_case {
    const char *name;
    host_capability capability;
    int (*run)(void); /* 0, or the errno */
};

#define ADAPTER_RUN(name, capability, expression)                                                              \
    static int run_##name(void)                                                                                \
    {                                                                                                          \
        errno = 0;                                                                                             \
        return (expression) >= 0 ? 0 : errno != 0 ? errno : -1;                                                \
    }
ADAPTER_CASES(ADAPTER_RUN)

static const struct adapter_case adapter_cases[] = {
#define ADAPTER_ROW(name, capability, expression) { #name, HOST_CAPABILITY_##capability, run_##name },
    ADAPTER_CASES(ADAPTER_ROW)
};
enum { ADAPTER_CASE_COUNT = sizeof adapter_cases / sizeof *adapter_cases };

static void adapter_case_run(void **state)
{
    const struct adapter_case *adapter = *state;

    denied = HOST_CAPABILITY_NONE;
    unsigned int before = recorded;
    int allowed_code = adapter->run();
    unsigned int records = recorded - before;
    denied = adapter->capability;
    int denied_code = adapter->run();
    denied = HOST_CAPABILITY_NONE;
    bind_set_host(NULL);
    int hostless_code = adapter->run();
    bind_set_host(host);

    assert_int_equal(allowed_code, 0);
    assert_true(records > 0);
    assert_int_equal(denied_code, EPERM);
    assert_int_not_equal(hostless_code, 0);
}

/* ---- What a table cannot say ----------------------------------------------------------------------------------------------------- */

static void getenv_is_refused_without_its_capability(void **state)
{
    (void)state;
    setenv("CORDON_ADAPTERS", "seen", 1);
    bind_set_host(host);
    assert_string_equal(cordon_bind_getenv("CORDON_ADAPTERS"), "seen");
    assert_non_null(cordon_bind_environ);

    denied = HOST_CAPABILITY_ENV_READ;
    bind_set_host(host);
    assert_null(cordon_bind_getenv("CORDON_ADAPTERS"));
    assert_null(cordon_bind_environ);
    denied = HOST_CAPABILITY_NONE;
    bind_set_host(host);
}

static void unknown_system_call_numbers_reach_nothing(void **state)
{
    (void)state;
    assert_int_equal(cordon_bind_syscall(SYS_getppid), -1);
    assert_int_equal(errno, ENOSYS);
    assert_int_equal(cordon_bind_syscall(SYS_gettid), syscall(SYS_gettid));
}

static void *answer(void *argument) { return argument; }

static void threads_start_and_are_refused(void **state)
{
    (void)state;
    pthread_t thread;
    void *result = NULL;
    int value;
    assert_int_equal(cordon_bind_pthread_create(&thread, NULL, answer, &value), 0);
    assert_int_equal(cordon_bind_pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &value);

    denied = HOST_CAPABILITY_THREAD_START;
    assert_int_equal(cordon_bind_pthread_create(&thread, NULL, answer, &value), EPERM);
    denied = HOST_CAPABILITY_NONE;
}

static void unnamed_semaphores_need_no_capability_and_named_ones_do(void **state)
{
    (void)state;
    sem_t own;
    sem_init(&own, 0, 1);
    sem_t *named = cordon_bind_sem_open("/cordon-adapters", O_CREAT, 0600, 1);
    assert_ptr_not_equal(named, SEM_FAILED);

    denied = HOST_CAPABILITY_IPC;
    assert_int_equal(cordon_bind_sem_trywait(&own), 0);
    assert_int_equal(cordon_bind_sem_post(&own), 0);
    assert_int_equal(cordon_bind_sem_trywait(named), -1);
    assert_int_equal(errno, EPERM);
    denied = HOST_CAPABILITY_NONE;
    assert_int_equal(cordon_bind_sem_trywait(named), 0);
    assert_int_equal(cordon_bind_sem_close(named), 0);
    assert_int_equal(cordon_bind_sem_unlink("/cordon-adapters"), 0);
}

static void posix_spawn_follows_file_actions(void **state)
{
    (void)state;
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status = -1;
    char *arguments[] = { "sh", "-c", "echo written; exit 3", NULL };
    cordon_bind_posix_spawn_file_actions_init(&actions);
    assert_int_equal(cordon_bind_posix_spawn_file_actions_addopen(&actions, 1, other_path, O_WRONLY | O_CREAT | O_TRUNC, 0600), 0);
    assert_int_equal(cordon_bind_posix_spawn_file_actions_addclose(&actions, 0), 0);
    assert_int_equal(cordon_bind_posix_spawn(&child, "/bin/sh", &actions, NULL, arguments, environ), 0);
    assert_int_equal(cordon_bind_waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 3);
    char text[16] = "";
    int fd = open(other_path, O_RDONLY);
    assert_int_equal(read(fd, text, sizeof text), 8);
    close(fd);
    assert_string_equal(text, "written\n");

    denied = HOST_CAPABILITY_PROCESS_SPAWN;
    assert_int_equal(cordon_bind_posix_spawn(&child, "/bin/sh", &actions, NULL, arguments, environ), EPERM);
    denied = HOST_CAPABILITY_NONE;
    cordon_bind_posix_spawn_file_actions_destroy(&actions);
}

static void resolver_answers_are_a_list_that_can_be_freed(void **state)
{
    (void)state;
    struct addrinfo *list = NULL, hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
    assert_int_equal(cordon_bind_getaddrinfo("127.0.0.1", "80", &hints, &list), 0);
    assert_int_equal(list->ai_family, AF_INET);
    assert_int_equal(ntohs(((struct sockaddr_in *)list->ai_addr)->sin_port), 80);
    cordon_bind_freeaddrinfo(list);

    denied = HOST_CAPABILITY_NET_RESOLVE;
    assert_int_equal(cordon_bind_getaddrinfo("127.0.0.1", "80", &hints, &list), EAI_SYSTEM);
    assert_int_equal(errno, EPERM);
    denied = HOST_CAPABILITY_NONE;
}

static void user_lookups_tell_missing_from_refused(void **state)
{
    (void)state;
    struct passwd entry, *result;
    char buffer[4096];
    assert_int_equal(cordon_bind_getpwnam_r("root", &entry, buffer, sizeof buffer, &result), 0);
    assert_ptr_equal(result, &entry);
    assert_int_equal(entry.pw_uid, 0);
    assert_int_equal(cordon_bind_getpwnam_r("no such user here", &entry, buffer, sizeof buffer, &result), 0);
    assert_null(result);

    denied = HOST_CAPABILITY_USER_INFO;
    assert_int_equal(cordon_bind_getpwnam_r("root", &entry, buffer, sizeof buffer, &result), EPERM);
    assert_null(result);
    denied = HOST_CAPABILITY_NONE;
}

static void wide_dates_keep_what_the_locale_cannot_encode(void **state)
{
    (void)state;
    struct tm date = { .tm_year = 124, .tm_mon = 1, .tm_mday = 29, .tm_hour = 7 };
    wchar_t text[32];
    assert_int_equal(cordon_bind_wcsftime(text, 32, L"\x20ac %Y-%m-%d \xd800 %H%%", &date), 18);
    assert_int_equal(wcscmp(text, L"\x20ac 2024-02-29 \xd800 07%"), 0);
    assert_int_equal(cordon_bind_wcsftime(text, 5, L"%Y-%m-%d", &date), 0);
}

static void adapters_without_a_host_record_nothing(void **state)
{
    (void)state;
    unsigned int before = recorded;
    bind_set_host(NULL);
    assert_int_equal(cordon_bind_open("/dev/null", O_RDONLY), -1);
    bind_set_host(host);
    int fd = cordon_bind_open("/dev/null", O_RDONLY);
    assert_true(fd >= 0);
    close(fd);
    assert_true(recorded > before);
}

static int start(void **state)
{
    (void)state;
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.decide = decide;
    config.record = record;
    config.path_mode = HOST_PATHS_ANY;
    if (host_env_create(&config, &host, NULL) != HOST_OK || mkdtemp(folder) == NULL) return -1;
    bind_set_host(host);
    snprintf(file_path, sizeof file_path, "%s/file", folder);
    snprintf(other_path, sizeof other_path, "%s/other", folder);
    file_fd = open(file_path, O_RDWR | O_CREAT, 0600);
    return file_fd < 0 ? -1 : 0;
}

static int stop(void **state)
{
    (void)state;
    close(file_fd);
    unlink(file_path);
    unlink(other_path);
    rmdir(folder);
    host_env_destroy(host);
    return 0;
}

static int remove_other(void **state)
{
    (void)state;
    unlink(other_path);
    return 0;
}

/* What hosts need whose struct stat is laid out otherwise than host_env's. */
static void a_converted_status_is_libcs(void **state)
{
    (void)state;
    host_file_status status;
    struct stat ours, libc;
    memset(&ours, 0xFF, sizeof ours);
    denied = HOST_CAPABILITY_NONE;
    assert_int_equal(host_fd_fstat(host, file_fd, &status, NULL), HOST_OK);
    assert_int_equal(fstat(file_fd, &libc), 0);
    bind_stat_fill(&ours, &status);
    assert_memory_equal(&ours, &libc, sizeof libc);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(getenv_is_refused_without_its_capability),
        cmocka_unit_test(unknown_system_call_numbers_reach_nothing),
        cmocka_unit_test(threads_start_and_are_refused),
        cmocka_unit_test(unnamed_semaphores_need_no_capability_and_named_ones_do),
        cmocka_unit_test(posix_spawn_follows_file_actions),
        cmocka_unit_test(resolver_answers_are_a_list_that_can_be_freed),
        cmocka_unit_test(user_lookups_tell_missing_from_refused),
        cmocka_unit_test(wide_dates_keep_what_the_locale_cannot_encode),
        cmocka_unit_test(a_converted_status_is_libcs),
        cmocka_unit_test(adapters_without_a_host_record_nothing),
    };
    enum { OTHER_COUNT = sizeof others / sizeof *others };
    struct CMUnitTest tests[ADAPTER_CASE_COUNT + OTHER_COUNT];
    for (size_t i = 0; i < ADAPTER_CASE_COUNT; i++)
        tests[i] = (struct CMUnitTest){ .name = adapter_cases[i].name, .test_func = adapter_case_run, .teardown_func = remove_other,
                                        .initial_state = (void *)&adapter_cases[i] };
    memcpy(tests + ADAPTER_CASE_COUNT, others, sizeof others);
    return cmocka_run_group_tests(tests, start, stop);
}
