/* Every function of process: it works, tells the host's errors, is refused, leaves a record. Spawning has more tests in
 * test_process_spawn.c. */
#include "host_env/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host_call.h"
#include "support/host_cases.h"

#define CALL(name) static host_status call_##name(host_case_world *world, host_env *env, host_error *error)
#define CHECK(name) static void check_##name(host_case_world *world)

/* ---- Who this process is: one number each ---- */

#define NUMBER(name)                                                                                                   \
    CALL(name)                                                                                                         \
    {                                                                                                                  \
        return host_process_##name(env, &world->number, error);                                                        \
    }                                                                                                                  \
    CHECK(name)                                                                                                        \
    {                                                                                                                  \
        assert_int_equal(world->number, name());                                                                       \
    }
NUMBER(getpid)
NUMBER(getppid)
NUMBER(getuid)
NUMBER(geteuid)
NUMBER(getgid)
NUMBER(getegid)

CALL(getpgid)
{
    return host_process_getpgid(env, 0, &world->number, error);
}
CHECK(getpgid)
{
    assert_int_equal(world->number, getpgrp());
}
CALL(getsid)
{
    return host_process_getsid(env, 0, &world->number, error);
}
CHECK(getsid)
{
    assert_int_equal(world->number, getsid(0));
}

CALL(getresuid)
{
    return host_process_getresuid(env, (host_process_ids *)world->bytes, error);
}
CHECK(getresuid)
{
    uid_t real, effective, saved;
    getresuid(&real, &effective, &saved);
    const host_process_ids *ids = (const host_process_ids *)world->bytes;
    assert_true(ids->real == real && ids->effective == effective && ids->saved == saved);
}
CALL(getresgid)
{
    return host_process_getresgid(env, (host_process_ids *)world->bytes, error);
}
CHECK(getresgid)
{
    gid_t real, effective, saved;
    getresgid(&real, &effective, &saved);
    const host_process_ids *ids = (const host_process_ids *)world->bytes;
    assert_true(ids->real == real && ids->effective == effective && ids->saved == saved);
}

CALL(getgroups)
{
    size_t count;
    host_status status = host_process_getgroups(env, (uint32_t *)world->bytes, sizeof(world->bytes) / 4, &count, error);
    world->number = (int64_t)count;
    return status;
}
CHECK(getgroups)
{
    gid_t groups[1024];
    assert_int_equal(world->number, getgroups(1024, groups));
    assert_memory_equal(world->bytes, groups, (size_t)world->number * sizeof(gid_t));
}

CALL(getlogin)
{
    return host_process_getlogin(env, (char *)world->bytes, 256, error);
}
CHECK(getlogin)
{
    assert_true(world->bytes[0] != '\0');
}

/* ---- Changing who this process is; each to what it is already, or in a child ---- */

CALL(setuid)
{
    (void)world;
    return host_process_setuid(env, getuid(), error);
}
CALL(seteuid)
{
    (void)world;
    return host_process_seteuid(env, geteuid(), error);
}
CALL(setreuid)
{
    (void)world;
    return host_process_setreuid(env, HOST_PROCESS_KEEP_ID, geteuid(), error);
}
CALL(setresuid)
{
    (void)world;
    return host_process_setresuid(env, &(host_process_ids){getuid(), geteuid(), HOST_PROCESS_KEEP_ID}, error);
}
CALL(setgid)
{
    (void)world;
    return host_process_setgid(env, getgid(), error);
}
CALL(setegid)
{
    (void)world;
    return host_process_setegid(env, getegid(), error);
}
CALL(setregid)
{
    (void)world;
    return host_process_setregid(env, HOST_PROCESS_KEEP_ID, getegid(), error);
}
CALL(setresgid)
{
    (void)world;
    return host_process_setresgid(env, &(host_process_ids){getgid(), getegid(), HOST_PROCESS_KEEP_ID}, error);
}

CALL(setgroups)
{
    (void)world;
    return host_process_setgroups(env, (const uint32_t[]){12345, 12346}, 2, error);
}
CHECK(setgroups)
{
    (void)world;
    gid_t groups[8];
    assert_int_equal(getgroups(8, groups), 2);
}
CALL(initgroups)
{
    (void)world;
    return host_process_initgroups(env, "root", 12347, error);
}
CHECK(initgroups)
{
    (void)world;
    gid_t groups[64];
    int count = getgroups(64, groups), found = 0;
    for (int i = 0; i < count; i++) {
        found += groups[i] == 12347;
    }
    assert_int_equal(found, 1);
}

CALL(setpgid)
{
    (void)world;
    return host_process_setpgid(env, 0, 0, error);
}
CHECK(setpgid)
{
    (void)world;
    assert_int_equal(getpgrp(), getpid());
}
CALL(setsid)
{
    return host_process_setsid(env, &world->number, error);
}
CHECK(setsid)
{
    assert_int_equal(world->number, getpid());
}

static void setns_open(host_case_world *world)
{
    world->fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
}
static void fd_close(host_case_world *world)
{
    close(world->fd);
}
CALL(setns)
{
    return host_process_setns(env, world->fd, 0, error);
}
CALL(unshare)
{
    (void)world;
    return host_process_unshare(env, 0, error);
}

CALL(prctl_set)
{
    (void)world;
    return host_process_prctl_set(env, HOST_PROCESS_OPTION_NO_NEW_PRIVILEGES, 1, error);
}
CHECK(prctl_set)
{
    (void)world;
    assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
}
CALL(prctl_get)
{
    return host_process_prctl_get(env, HOST_PROCESS_OPTION_DUMPABLE, &world->number, error);
}
CHECK(prctl_get)
{
    assert_int_equal(world->number, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}
static void pdeathsig_set(host_case_world *world)
{
    (void)world;
    prctl(PR_SET_PDEATHSIG, SIGUSR2, 0, 0, 0);
}
CALL(prctl_get_pointer)
{
    return host_process_prctl_get(env, HOST_PROCESS_OPTION_PARENT_DEATH_SIGNAL, &world->number, error);
}
CHECK(prctl_get_pointer)
{
    assert_int_equal(world->number, SIGUSR2);
}

/* ---- Scheduling ---- */

CALL(nice)
{
    return host_process_nice(env, 1, (int *)world->bytes, error);
}
CHECK(nice)
{
    assert_int_equal(*(int *)world->bytes, getpriority(PRIO_PROCESS, 0));
}
CALL(getpriority)
{
    return host_process_getpriority(env, PRIO_PROCESS, 0, (int *)world->bytes, error);
}
CHECK(getpriority)
{
    assert_int_equal(*(int *)world->bytes, getpriority(PRIO_PROCESS, 0));
}
static void priority_minus_one(host_case_world *world)
{
    (void)world;
    setpriority(PRIO_PROCESS, 0, -1);
}
CALL(setpriority)
{
    (void)world;
    return host_process_setpriority(env, PRIO_PROCESS, 0, 19, error);
}
CHECK(setpriority)
{
    (void)world;
    assert_int_equal(getpriority(PRIO_PROCESS, 0), 19);
}

CALL(sched_priority_range)
{
    return host_process_sched_priority_range(env, SCHED_FIFO, (int *)world->bytes, (int *)world->bytes + 1, error);
}
CHECK(sched_priority_range)
{
    assert_int_equal(((int *)world->bytes)[0], sched_get_priority_min(SCHED_FIFO));
    assert_int_equal(((int *)world->bytes)[1], sched_get_priority_max(SCHED_FIFO));
}
CALL(sched_getscheduler)
{
    return host_process_sched_getscheduler(env, 0, (int *)world->bytes, error);
}
CHECK(sched_getscheduler)
{
    assert_int_equal(*(int *)world->bytes, sched_getscheduler(0));
}
CALL(sched_setscheduler)
{
    (void)world;
    return host_process_sched_setscheduler(env, 0, SCHED_BATCH, 0, error);
}
CHECK(sched_setscheduler)
{
    (void)world;
    assert_int_equal(sched_getscheduler(0), SCHED_BATCH);
}
CALL(sched_getparam)
{
    return host_process_sched_getparam(env, 0, (int *)world->bytes, error);
}
CHECK(sched_getparam)
{
    assert_int_equal(*(int *)world->bytes, 0);
}
CALL(sched_setparam)
{
    (void)world;
    return host_process_sched_setparam(env, 0, 0, error);
}
CALL(sched_rr_get_interval)
{
    return host_process_sched_rr_get_interval(env, 0, &world->number, error);
}
CHECK(sched_rr_get_interval)
{
    struct timespec interval;
    assert_int_equal(sched_rr_get_interval(0, &interval), 0);
    assert_int_equal(world->number, interval.tv_sec * 1000000000L + interval.tv_nsec);
}
CALL(sched_getaffinity)
{
    return host_process_sched_getaffinity(env, 0, (host_processor_set *)world->bytes, error);
}
CHECK(sched_getaffinity)
{
    cpu_set_t set;
    assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        bool ours = (((host_processor_set *)world->bytes)->words[cpu / 64] >> (cpu % 64) & 1) != 0;
        assert_int_equal(ours, CPU_ISSET(cpu, &set) != 0);
    }
}
static void affinity_read(host_case_world *world)
{
    sched_getaffinity(0, sizeof(host_processor_set), (cpu_set_t *)world->bytes);
}
CALL(sched_getcpu)
{
    int processor = -1;
    host_status status = host_process_sched_getcpu(env, &processor, error);
    world->number = processor;
    return status;
}
CHECK(sched_getcpu)
{
    cpu_set_t set;
    assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
    assert_true(world->number >= 0 && world->number < CPU_SETSIZE && CPU_ISSET((size_t)world->number, &set));
}
CALL(sched_setaffinity)
{
    return host_process_sched_setaffinity(env, 0, (host_processor_set *)world->bytes, error);
}

/* ---- What processes used ---- */

CALL(getrusage)
{
    return host_process_getrusage(env, RUSAGE_SELF, (host_process_usage *)world->bytes, error);
}
CHECK(getrusage)
{
    const host_process_usage *usage = (const host_process_usage *)world->bytes;
    struct rusage now;
    getrusage(RUSAGE_SELF, &now);
    assert_true(usage->resident_bytes_max > 100 * 1024 && usage->resident_bytes_max <= now.ru_maxrss * 1024);
    assert_true(usage->minor_faults > 0 && usage->minor_faults <= now.ru_minflt);
}
CALL(times)
{
    return host_process_times(env, (host_process_ticks *)world->bytes, error);
}
CHECK(times)
{
    struct tms ticks;
    clock_t now = times(&ticks);
    const host_process_ticks *ours = (const host_process_ticks *)world->bytes;
    assert_true(ours->elapsed_ticks != 0 && now - ours->elapsed_ticks >= 0 && now - ours->elapsed_ticks < 1000);
}

/* ---- Starting, replacing and ending ---- */

static void child_exits_with(int64_t pid, int code)
{
    int status;
    assert_int_equal(waitpid((pid_t)pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
}

CALL(fork)
{
    host_status status = host_process_fork(env, &world->number, error);
    if (status == HOST_OK && world->number == 0) {
        _exit(6);
    }
    return status;
}
CHECK(fork)
{
    child_exits_with(world->number, 6);
    if (!world->is_watched) {
        return;
    }
    assert_int_equal(world->host->watch->recorded.count, 1); /* the child's half leaves none */
    assert_int_equal(test_recorded(world->host, HOST_FUNCTION_PROCESS_FORK)->access.result, world->number);
}

static int64_t pid_or_status(host_status status, int64_t pid, const host_error *error)
{
    (void)error;
    return status == HOST_OK ? pid : -(int64_t)status;
}
CALL(vfork)
{
    world->number = host_process_vfork(env, pid_or_status, error);
    if (world->number == 0) {
        _exit(6);
    }
    return world->number < 0 ? (host_status)-world->number : HOST_OK;
}
CHECK(vfork)
{
    child_exits_with(world->number, 6);
    if (!world->is_watched) {
        return;
    }
    assert_int_equal(world->host->watch->recorded.count, 1); /* the child's half leaves none */
    assert_int_equal(test_recorded(world->host, HOST_FUNCTION_PROCESS_VFORK)->access.result, world->number);
}

static const char *const shell_exits_7[] = {"sh", "-c", "exit 7", NULL};
static const char *const shell_tells_variable[] = {"sh", "-c", "exit $CODE", NULL};
static const char *const variable_is_8[] = {"CODE=8", NULL};
CALL(execve)
{
    (void)world;
    return host_process_execve(env, "/bin/sh", shell_exits_7, NULL, error);
}
CALL(execve_environment)
{
    (void)world;
    return host_process_execve(env, "/bin/sh", shell_tells_variable, variable_is_8, error);
}
static void shell_open(host_case_world *world)
{
    world->fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);
}
CALL(fexecve)
{
    return host_process_fexecve(env, world->fd, shell_exits_7, variable_is_8, error);
}
CALL(exit)
{
    (void)world;
    return host_process_exit(env, 5, error);
}
CALL(system)
{
    return host_process_system(env, "exit 3", (int *)world->bytes, error);
}
CHECK(system)
{
    assert_int_equal(WEXITSTATUS(*(int *)world->bytes), 3);
}

CALL(posix_spawn)
{
    const host_posix_spawn spawn = {
        .program = "/bin/sh", .arguments = shell_tells_variable, .environment = variable_is_8};
    return host_process_posix_spawn(env, &spawn, &world->number, error);
}
CHECK(posix_spawn)
{
    child_exits_with(world->number, 8);
}
CALL(posix_spawn_searching)
{
    const host_posix_spawn spawn = {.program = "sh", .search = HOST_SPAWN_SEARCH_PATH, .arguments = shell_exits_7};
    return host_process_posix_spawn(env, &spawn, &world->number, error);
}
CHECK(posix_spawn_searching)
{
    child_exits_with(world->number, 7);
}

/* The child reads what was written to `path`, from descriptor 9, which is 8 duplicated; 8 and 1 are closed; it leads a
 * group of its own. */
static void spawn_file_write(host_case_world *world)
{
    int fd = open(world->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "11\n", 3), 3);
    close(fd);
}
CALL(posix_spawn_actions)
{
    const char *const arguments[] = {
        "sh", "-c", "read code <&9; test ! -e /proc/self/fd/8 && test ! -e /proc/self/fd/12 && exit $code", NULL};
    const host_file_action actions[] = {
        {.kind = HOST_FILE_ACTION_OPEN, .fd = 8, .path = world->path, .flags = O_RDONLY},
        {.kind = HOST_FILE_ACTION_DUPLICATE, .fd = 8, .fd_to = 9},
        {.kind = HOST_FILE_ACTION_DUPLICATE, .fd = 8, .fd_to = 12},
        {.kind = HOST_FILE_ACTION_CLOSE, .fd = 8},
        {.kind = HOST_FILE_ACTION_CLOSE_FROM, .fd = 10},
    };
    const host_spawn_attributes attributes = {.attributes =
                                                  HOST_SPAWN_SET_JOB | HOST_SPAWN_SET_MASK | HOST_SPAWN_SET_DEFAULTS,
                                              .defaults = HOST_SIGNAL_BIT(SIGPIPE)};
    const host_posix_spawn spawn = {
        .program = "/bin/sh", .arguments = arguments, .actions = actions, .action_count = 5, .attributes = &attributes};
    return host_process_posix_spawn(env, &spawn, &world->number, error);
}
CHECK(posix_spawn_actions)
{
    assert_int_equal(getpgid((pid_t)world->number), world->number);
    child_exits_with(world->number, 11);
}

CALL(spawn)
{
    host_process_spawn_config config = HOST_PROCESS_SPAWN_CONFIG_INIT;
    config.program = "/bin/sh";
    config.arguments = shell_tells_variable;
    config.environment = variable_is_8;
    host_process_child child;
    host_status status = host_process_spawn(env, &config, &child, error);
    world->number = child.pid;
    world->fd = child.fd;
    return status;
}
CHECK(spawn)
{
    assert_true(world->fd >= 0);
    child_exits_with(world->number, 8);
    assert_int_equal(close(world->fd), 0);
}

/* ---- Waiting and signalling ---- */

static void child_start(host_case_world *world)
{
    world->number = fork();
    assert_true(world->number >= 0);
    if (world->number == 0) {
        _exit(4);
    }
}
static void child_reap(host_case_world *world)
{
    int status;
    while (waitpid((pid_t)world->number, &status, 0) < 0 && errno == EINTR) {}
}
CALL(wait4)
{
    int64_t pid;
    int status = -1;
    host_process_usage usage;
    host_status answer = host_process_wait4(env, world->number, 0, &pid, &status, &usage, error);
    memcpy(world->bytes, &(int[]){(int)pid, status, (int)usage.minor_faults}, 3 * sizeof(int));
    return answer;
}
CHECK(wait4)
{
    const int *seen = (const int *)world->bytes;
    assert_int_equal(seen[0], world->number);
    assert_true(WIFEXITED(seen[1]) && WEXITSTATUS(seen[1]) == 4);
    assert_true(seen[2] > 0);
}
CALL(waitid)
{
    return host_process_waitid(env, P_PID, world->number, WEXITED, (host_process_change *)world->bytes, error);
}
CHECK(waitid)
{
    const host_process_change *change = (const host_process_change *)world->bytes;
    assert_int_equal(change->pid, world->number);
    assert_int_equal(change->code, CLD_EXITED);
    assert_int_equal(change->status, 4);
    assert_int_equal(change->signal, SIGCHLD);
}
CALL(pidfd_open)
{
    return host_process_pidfd_open(env, getpid(), 0, &world->fd, error);
}
CHECK(pidfd_open)
{
    assert_true((fcntl(world->fd, F_GETFD) & FD_CLOEXEC) != 0);
    close(world->fd);
}
static void victim_start(host_case_world *world)
{
    world->number = fork();
    assert_true(world->number >= 0);
    if (world->number == 0) {
        setpgid(0, 0);
        for (;;) {
            pause();
        }
    }
    setpgid((pid_t)world->number, (pid_t)world->number); /* both do: whoever comes first */
    assert_int_equal(host_process_pidfd_open(world->env, world->number, 0, &world->fd, NULL), HOST_OK);
    test_host_forget(world->host);
}
/* It was killed by what the function sent, not by us. */
CHECK(victim_got_term)
{
    int status;
    assert_int_equal(waitpid((pid_t)world->number, &status, 0), world->number);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    world->number = 0;
}
static void victim_end(host_case_world *world)
{
    if (world->number > 0) {
        kill((pid_t)world->number, SIGKILL);
        child_reap(world);
    }
    close(world->fd);
}
CALL(kill)
{
    return host_process_kill(env, world->number, SIGTERM, error);
}
CALL(killpg)
{
    return host_process_killpg(env, world->number, SIGTERM, error);
}
CALL(pidfd_send_signal)
{
    return host_process_pidfd_send_signal(env, world->fd, SIGTERM, NULL, 0, error);
}

/* ---- The table ---- */

#define NEVER_FAILS "POSIX: always successful"
#define INFALLIBLE(FUNCTION, name)                                                                                     \
    {                                                                                                                  \
        .function = HOST_FUNCTION_PROCESS_##FUNCTION, .call = call_##name, .check = check_##name,                      \
        .infallible = NEVER_FAILS                                                                                      \
    }
#define ROW(FUNCTION, name, primitive_name, code, status)                                                              \
    .function = HOST_FUNCTION_PROCESS_##FUNCTION, .call = call_##name, .primitive = HOST_OPERATION_##primitive_name,   \
    .fail_code = code, .fail_status = HOST_##status

static host_case cases[] = {
    INFALLIBLE(GETPID, getpid),
    INFALLIBLE(GETPPID, getppid),
    INFALLIBLE(GETUID, getuid),
    INFALLIBLE(GETEUID, geteuid),
    INFALLIBLE(GETGID, getgid),
    INFALLIBLE(GETEGID, getegid),
    {ROW(GETPGID, getpgid, getpgid, ESRCH, NO_SUCH_PROCESS), .check = check_getpgid},
    {ROW(GETSID, getsid, getsid, EPERM, NOT_PERMITTED), .check = check_getsid},
    {ROW(GETRESUID, getresuid, getresuid, EFAULT, INVALID_ARGUMENT), .check = check_getresuid},
    {ROW(GETRESGID, getresgid, getresgid, EFAULT, INVALID_ARGUMENT), .check = check_getresgid},
    {ROW(GETGROUPS, getgroups, getgroups, EINVAL, INVALID_ARGUMENT), .check = check_getgroups},
    {ROW(GETLOGIN, getlogin, getlogin_r, ERANGE, TOO_LARGE), .check = check_getlogin},
    {ROW(SETUID, setuid, setuid, EPERM, NOT_PERMITTED), .flags = HOST_CASE_IN_CHILD},
    {ROW(SETEUID, seteuid, seteuid, EPERM, NOT_PERMITTED), .flags = HOST_CASE_IN_CHILD},
    {ROW(SETREUID, setreuid, setreuid, EPERM, NOT_PERMITTED), .flags = HOST_CASE_IN_CHILD},
    {ROW(SETRESUID, setresuid, setresuid, EAGAIN, WOULD_BLOCK), .flags = HOST_CASE_IN_CHILD},
    {ROW(SETGID, setgid, setgid, EPERM, NOT_PERMITTED), .flags = HOST_CASE_IN_CHILD},
    {ROW(SETEGID, setegid, setegid, EPERM, NOT_PERMITTED), .flags = HOST_CASE_IN_CHILD},
    {ROW(SETREGID, setregid, setregid, EPERM, NOT_PERMITTED), .flags = HOST_CASE_IN_CHILD},
    {ROW(SETRESGID, setresgid, setresgid, EINVAL, INVALID_ARGUMENT), .flags = HOST_CASE_IN_CHILD},
    {ROW(SETGROUPS, setgroups, setgroups, EPERM, NOT_PERMITTED), .check = check_setgroups, .flags = HOST_CASE_IN_CHILD},
    {ROW(INITGROUPS, initgroups, initgroups, ENOMEM, NO_MEMORY), .check = check_initgroups,
     .flags = HOST_CASE_IN_CHILD},
    {ROW(SETPGID, setpgid, setpgid, EACCES, NOT_PERMITTED), .check = check_setpgid, .flags = HOST_CASE_IN_CHILD},
    {ROW(SETSID, setsid, setsid, EPERM, NOT_PERMITTED), .check = check_setsid, .flags = HOST_CASE_IN_CHILD},
    {ROW(SETNS, setns, setns, EBADF, BAD_DESCRIPTOR), .set_up = setns_open, .tear_down = fd_close,
     .flags = HOST_CASE_IN_CHILD},
    {ROW(UNSHARE, unshare, unshare, EPERM, NOT_PERMITTED), .flags = HOST_CASE_IN_CHILD},
    {ROW(PRCTL_SET, prctl_set, prctl_option, EINVAL, INVALID_ARGUMENT), .check = check_prctl_set,
     .flags = HOST_CASE_IN_CHILD},
    {ROW(PRCTL_GET, prctl_get, prctl_option, EINVAL, INVALID_ARGUMENT), .check = check_prctl_get},
    {ROW(PRCTL_GET, prctl_get_pointer, prctl_option, EINVAL, INVALID_ARGUMENT), .label = "through a pointer",
     .set_up = pdeathsig_set, .check = check_prctl_get_pointer, .flags = HOST_CASE_IN_CHILD},
    {ROW(NICE, nice, nice, EPERM, NOT_PERMITTED), .check = check_nice, .flags = HOST_CASE_IN_CHILD},
    {ROW(GETPRIORITY, getpriority, getpriority, ESRCH, NO_SUCH_PROCESS), .check = check_getpriority},
    {ROW(GETPRIORITY, getpriority, getpriority, EINVAL, INVALID_ARGUMENT), .label = "-1 is a priority",
     .set_up = priority_minus_one, .check = check_getpriority, .flags = HOST_CASE_IN_CHILD},
    {ROW(SETPRIORITY, setpriority, setpriority, EACCES, NOT_PERMITTED), .check = check_setpriority,
     .flags = HOST_CASE_IN_CHILD},
    {ROW(SCHED_PRIORITY_RANGE, sched_priority_range, sched_get_priority_min, EINVAL, INVALID_ARGUMENT),
     .check = check_sched_priority_range},
    {ROW(SCHED_PRIORITY_RANGE, sched_priority_range, sched_get_priority_max, EINVAL, INVALID_ARGUMENT),
     .label = "second call"},
    {ROW(SCHED_GETSCHEDULER, sched_getscheduler, sched_getscheduler, ESRCH, NO_SUCH_PROCESS),
     .check = check_sched_getscheduler},
    {ROW(SCHED_SETSCHEDULER, sched_setscheduler, sched_setscheduler, EPERM, NOT_PERMITTED),
     .check = check_sched_setscheduler, .flags = HOST_CASE_IN_CHILD},
    {ROW(SCHED_GETPARAM, sched_getparam, sched_getparam, ESRCH, NO_SUCH_PROCESS), .check = check_sched_getparam},
    {ROW(SCHED_SETPARAM, sched_setparam, sched_setparam, EPERM, NOT_PERMITTED), .flags = HOST_CASE_IN_CHILD},
    {ROW(SCHED_RR_GET_INTERVAL, sched_rr_get_interval, sched_rr_get_interval, ENOSYS, UNSUPPORTED),
     .check = check_sched_rr_get_interval},
    {ROW(SCHED_GETAFFINITY, sched_getaffinity, sched_getaffinity, ESRCH, NO_SUCH_PROCESS),
     .check = check_sched_getaffinity},
    {ROW(SCHED_GETCPU, sched_getcpu, sched_getcpu, ENOSYS, UNSUPPORTED), .check = check_sched_getcpu},
    {ROW(SCHED_SETAFFINITY, sched_setaffinity, sched_setaffinity, EPERM, NOT_PERMITTED), .set_up = affinity_read,
     .flags = HOST_CASE_IN_CHILD},
    {ROW(GETRUSAGE, getrusage, getrusage, EINVAL, INVALID_ARGUMENT), .check = check_getrusage},
    {ROW(TIMES, times, times, EFAULT, INVALID_ARGUMENT), .check = check_times},
    {ROW(FORK, fork, fork, EAGAIN, WOULD_BLOCK), .check = check_fork},
    {ROW(VFORK, vfork, vfork_entry, EAGAIN, WOULD_BLOCK), .check = check_vfork},
    {ROW(EXECVE, execve, execve, ENOENT, MISSING), .flags = HOST_CASE_NO_RETURN, .child_code = 7},
    {ROW(EXECVE, execve_environment, execve, ENOEXEC, FAILURE), .label = "with an environment",
     .flags = HOST_CASE_NO_RETURN, .child_code = 8},
    {ROW(FEXECVE, fexecve, fexecve, EINVAL, INVALID_ARGUMENT), .set_up = shell_open, .tear_down = fd_close,
     .flags = HOST_CASE_NO_RETURN, .child_code = 7},
    {.function = HOST_FUNCTION_PROCESS_EXIT,
     .call = call_exit,
     .infallible = "it does not return",
     .flags = HOST_CASE_NO_RETURN,
     .child_code = 5},
    {ROW(SYSTEM, system, system, EAGAIN, WOULD_BLOCK), .check = check_system},
    {ROW(POSIX_SPAWN, posix_spawn, posix_spawn, ENOENT, MISSING), .check = check_posix_spawn},
    {ROW(POSIX_SPAWN, posix_spawn_searching, posix_spawnp, EACCES, NOT_PERMITTED), .label = "searching",
     .check = check_posix_spawn_searching},
    {ROW(POSIX_SPAWN, posix_spawn_actions, posix_spawn, ENOMEM, NO_MEMORY), .label = "with file actions and attributes",
     .set_up = spawn_file_write, .check = check_posix_spawn_actions},
    {ROW(SPAWN, spawn, clone_borrowing, EAGAIN, WOULD_BLOCK), .check = check_spawn},
    {ROW(WAIT4, wait4, wait4, ECHILD, NO_CHILD), .set_up = child_start, .check = check_wait4, .tear_down = child_reap},
    {ROW(WAITID, waitid, waitid, EINTR, INTERRUPTED), .set_up = child_start, .check = check_waitid,
     .tear_down = child_reap},
    {ROW(PIDFD_OPEN, pidfd_open, pidfd_open_flags, EMFILE, NO_SPACE), .check = check_pidfd_open},
    {ROW(PIDFD_SEND_SIGNAL, pidfd_send_signal, pidfd_send_signal_info, ESRCH, NO_SUCH_PROCESS), .set_up = victim_start,
     .check = check_victim_got_term, .tear_down = victim_end},
    {ROW(KILL, kill, kill, EPERM, NOT_PERMITTED), .set_up = victim_start, .check = check_victim_got_term,
     .tear_down = victim_end},
    {ROW(KILLPG, killpg, killpg, ESRCH, NO_SUCH_PROCESS), .set_up = victim_start, .check = check_victim_got_term,
     .tear_down = victim_end},
};

/* What the host itself answers where this test runs: whether it has a login name, and may change groups and namespaces.
 */
static int login_code(void)
{
    char name[256];
    return getlogin_r(name, sizeof(name));
}

static int code_in_child(int (*probe)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        _exit(probe() != 0 ? errno : 0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

static int probe_groups(void)
{
    return setgroups(0, NULL);
}
static int probe_namespace(void)
{
    return setns(open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC), 0);
}
static int probe_priority(void)
{
    return setpriority(PRIO_PROCESS, 0, -1);
}

static void expect(host_function function, int code)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]) && code != 0; i++) {
        if (cases[i].function == function) {
            print_message("host_%s is expected to answer errno %d here\n", host_function_describe(function)->name,
                          code);
            cases[i].allowed_status = host_status_from_errno(code);
        }
    }
}

int main(void)
{
    int groups = code_in_child(probe_groups);
    expect(HOST_FUNCTION_PROCESS_GETLOGIN, login_code());
    expect(HOST_FUNCTION_PROCESS_SETGROUPS, groups);
    expect(HOST_FUNCTION_PROCESS_INITGROUPS, groups);
    expect(HOST_FUNCTION_PROCESS_SETNS, code_in_child(probe_namespace));
    if (code_in_child(probe_priority) != 0) {
        print_message("a priority of -1 may not be set here\n"); /* that row then sees the priority there is */
    }
    return host_cases_run("process", cases, sizeof(cases) / sizeof(cases[0]));
}
