/* Hides how the operating system starts, shows and ends a worker. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/protocol.h"
#include "failure.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/ipc.h"
#include "host_env/memory.h"
#include "host_env/poll.h"
#include "host_env/process.h"
#include "host_env/resource.h"
#include "host_env/time.h"

/* The image maps all its memory at its start and nothing after; this leaves room for an arena of a few gigabytes and no more. */
#define ADDRESS_BYTES_MAX (16ull << 30)

/* That, or what this process may have itself, if it is less: nobody may give more than that. */
static uint64_t address_bytes_of_worker(host_env *env)
{
    host_resource_limit own;
    if (host_resource_getrlimit(env, 0, HOST_RESOURCE_ADDRESS_BYTES, &own, NULL) == HOST_OK && own.hard < ADDRESS_BYTES_MAX)
        return own.hard;
    return ADDRESS_BYTES_MAX;
}

cordon_status process_prepare(host_env *env, host_lockdown **lockdown_out, cordon_error *error)
{
    const uint64_t address_bytes = address_bytes_of_worker(env);
    const host_lockdown_limit limits[] = {
        {HOST_RESOURCE_ADDRESS_BYTES, {address_bytes, address_bytes}},
        {HOST_RESOURCE_DESCRIPTORS, {2, 2}},
        {HOST_RESOURCE_FILE_BYTES, {0, 0}},
        {HOST_RESOURCE_LOCKED_BYTES, {0, 0}},
        {HOST_RESOURCE_PROCESSES, {0, 0}},
    };
    host_error cause;
    host_lockdown_config config = HOST_LOCKDOWN_CONFIG_INIT;
    config.wishes = HOST_LOCKDOWN_NO_CORE | HOST_LOCKDOWN_NO_NEW_PRIVILEGES;
    config.limits = limits;
    config.limit_count = sizeof limits / sizeof *limits;
    if (host_lockdown_prepare(env, &config, lockdown_out, &cause) != HOST_OK)
        return failure_of_host(error, "engine_create", CORDON_HOST_FAILURE, "workers cannot be confined", &cause);
    return CORDON_OK;
}

static void close_descriptor(host_env *env, int *fd)
{
    if (*fd >= 0)
        (void)host_fd_close(env, *fd, NULL); /* a pipe has nothing left to lose at its close */
    *fd = -1;
}

static void close_all(host_env *env, process *process)
{
    close_descriptor(env, &process->handle);
    close_descriptor(env, &process->to_worker);
    close_descriptor(env, &process->worker_end);
    close_descriptor(env, &process->from_worker);
    for (size_t i = 0; i < PROCESS_VIEW_COUNT; i++)
        close_descriptor(env, &process->views[i]);
}

/* Only this process's ends: a worker's read shall wait. */
static host_status stop_blocking(host_env *env, int fd, host_error *cause)
{
    int64_t flags = 0;
    host_status status = host_fd_fcntl(env, fd, F_GETFL, 0, &flags, cause);
    return status != HOST_OK ? status : host_fd_fcntl(env, fd, F_SETFL, flags | O_NONBLOCK, &flags, cause);
}

/* Two pipes. far[0], which stays open here too, and far[1] are to become the worker's descriptors 0 and 1. */
static host_status make_pipes(host_env *env, process *process, int far[2], host_error *cause)
{
    int input[2] = {-1, -1}, output[2] = {-1, -1};
    host_status status = host_ipc_pipe(env, O_CLOEXEC, input, cause);
    if (status == HOST_OK)
        status = host_ipc_pipe(env, O_CLOEXEC, output, cause);
    far[0] = input[0];
    far[1] = output[1];
    process->to_worker = input[1];
    process->worker_end = input[0];
    process->from_worker = output[0];
    if (status == HOST_OK)
        status = stop_blocking(env, process->to_worker, cause);
    if (status == HOST_OK)
        status = stop_blocking(env, process->from_worker, cause);
    return status;
}

static host_status spawn(host_env *env, const char *image, const host_lockdown *lockdown, const int far[2], host_process_child *child,
                         host_error *cause)
{
    static const char *const arguments[] = {"cordon-sandbox", NULL};
    const host_descriptor_pair descriptors[] = {{.child = 0, .parent = far[0]}, {.child = 1, .parent = far[1]}};
    host_process_spawn_config config = HOST_PROCESS_SPAWN_CONFIG_INIT;
    config.program = image;
    config.arguments = arguments;
    config.environment = NULL; /* which is an empty one */
    config.descriptors = descriptors;
    config.descriptor_count = sizeof descriptors / sizeof *descriptors;
    config.group = HOST_PROCESS_GROUP_NEW;
    config.parent_death_signal = SIGKILL;
    config.lockdown = lockdown;
    return host_process_spawn(env, &config, child, cause);
}

cordon_status process_start(host_env *env, const char *image, const host_lockdown *lockdown, process *process_out, cordon_error *error)
{
    host_error cause;
    host_process_child child = {.fd = -1};
    int far[2] = {-1, -1};
    size_t count = 0;
    *process_out = (process)PROCESS_NONE;
    host_status status = make_pipes(env, process_out, far, &cause);
    if (status == HOST_OK)
        status = spawn(env, image, lockdown, far, &child, &cause);
    close_descriptor(env, &far[1]); /* the only one but the worker's: it tells of the worker's end */
    if (status != HOST_OK) {
        close_all(env, process_out);
        failure_of_host(error, "sandbox_create", CORDON_SETUP_FAILED, "the sandbox cannot be started", &cause);
        return CORDON_SETUP_FAILED;
    }
    process_out->pid = child.pid;
    process_out->handle = child.fd;
    /* Into an empty pipe; if the worker has died already, the one who waits for its greeting will see that. */
    (void)host_fd_write(env, process_out->to_worker, "", 1, &count, NULL);
    return CORDON_OK;
}

/* ---- Looking ---- */

/* Reads a file of /proc about a process; what does not fit is cut. */
static bool read_about(host_env *env, int64_t pid, const char *name, char *text_out, size_t size, host_error *cause)
{
    char path[64];
    int fd;
    size_t count = 0;
    snprintf(path, sizeof path, "/proc/%lld/%s", (long long)pid, name);
    if (host_fs_open(env, HOST_AT_CWD, path, O_RDONLY | O_CLOEXEC, 0, &fd, cause) != HOST_OK)
        return false;
    host_status status = host_fd_read(env, fd, text_out, size - 1, &count, cause);
    (void)host_fd_close(env, fd, NULL);
    text_out[count] = '\0';
    return status == HOST_OK;
}

int process_view_descriptor(host_env *env, process *process, process_view view)
{
    static const char *const names[] = {[PROCESS_VIEW_SYSCALL] = "syscall", [PROCESS_VIEW_STAT] = "stat", [PROCESS_VIEW_PAGEMAP] = "pagemap"};
    char path[64];
    int *kept = &process->views[view];
    if (*kept >= 0 || process->pid == 0)
        return *kept;
    snprintf(path, sizeof path, "/proc/%lld/%s", (long long)process->pid, names[view]);
    if (host_fs_open(env, HOST_AT_CWD, path, O_RDONLY | O_CLOEXEC, 0, kept, NULL) != HOST_OK)
        *kept = -1;
    return *kept;
}

bool process_read_about(host_env *env, process *process, process_view view, char *text_out, size_t size)
{
    size_t count = 0;
    int fd = process_view_descriptor(env, process, view);
    if (fd < 0 || host_fd_pread(env, fd, text_out, size - 1, 0, &count, NULL) != HOST_OK)
        return false;
    text_out[count] = '\0';
    return true;
}

static bool line_says(const char *text, const char *line)
{
    const char *found = strstr(text, line);
    return found != NULL && found[strlen(line)] == '\n';
}

/* The number behind `key`, which begins with a line feed; false if it is not there. */
static bool number_of(const char *text, const char *key, uint64_t *number_out)
{
    unsigned long long number;
    const char *found = strstr(text, key);
    if (found == NULL || sscanf(found + strlen(key), "%llu", &number) != 1)
        return false;
    *number_out = number;
    return true;
}

uint64_t process_inherited_filters(host_env *env)
{
    char status[4096];
    int64_t own;
    uint64_t filters = 0;
    if (host_process_getpid(env, &own, NULL) == HOST_OK && read_about(env, own, "status", status, sizeof status, NULL))
        (void)number_of(status, "\nSeccomp_filters:", &filters);
    return filters;
}

/* Linux before 5.9 does not count filters: there, that there is one must do. */
static bool has_own_filter(const char *status, uint64_t inherited_filters)
{
    uint64_t filters;
    return line_says(status, "\nSeccomp:\t2") && (!number_of(status, "\nSeccomp_filters:", &filters) || filters > inherited_filters);
}

bool process_is_locked(host_env *env, const process *process, uint64_t inherited_filters, cordon_error *error)
{
    char status[4096];
    host_error cause;
    if (!read_about(env, process->pid, "status", status, sizeof status, &cause)) {
        failure_of_host(error, "sandbox_create", CORDON_SETUP_FAILED, "the sandbox's lock cannot be looked at", &cause);
        return false;
    }
    if (has_own_filter(status, inherited_filters) && line_says(status, "\nNoNewPrivs:\t1"))
        return true;
    failure(error, "sandbox_create", CORDON_SETUP_FAILED, "the sandbox greeted without having locked itself; nothing was sent to it");
    return false;
}

/* Fields of /proc/PID/stat, numbered as proc(5) does. Half the price of "status". */
enum stat_field { STAT_NAME = 2, STAT_MINOR_FAULTS = 10, STAT_MAJOR_FAULTS = 12, STAT_THREADS = 20, STAT_BLOCKED_SIGNALS = 32 };
enum { STAT_BYTES = 1024 };

/* The name is in parentheses, and may have some of its own. */
static bool stat_number(const char *stat, enum stat_field field, uint64_t *number_out)
{
    const char *at = strrchr(stat, ')');
    for (int i = STAT_NAME; i < (int)field && at != NULL; i++)
        at = strchr(at + 1, ' ');
    if (at == NULL || at[1] < '0' || at[1] > '9')
        return false;
    *number_out = strtoull(at + 1, NULL, 10); /* sscanf looks for the end of the text each time */
    return true;
}

bool process_is_plain(host_env *env, process *process)
{
    char stat[STAT_BYTES];
    uint64_t threads, blocked; /* signals 1 to 31; handlers block none of the others, and nothing but a handler could */
    return process_read_about(env, process, PROCESS_VIEW_STAT, stat, sizeof stat) && stat_number(stat, STAT_THREADS, &threads) && threads == 1 &&
           stat_number(stat, STAT_BLOCKED_SIGNALS, &blocked) && blocked == 0;
}

bool process_faults(host_env *env, process *process, uint64_t *faults_out)
{
    char stat[STAT_BYTES];
    uint64_t minor, major;
    if (!process_read_about(env, process, PROCESS_VIEW_STAT, stat, sizeof stat) || !stat_number(stat, STAT_MINOR_FAULTS, &minor) || !stat_number(stat, STAT_MAJOR_FAULTS, &major))
        return false;
    *faults_out = minor + major;
    return true;
}

bool process_cpu_ns(host_env *env, const process *process, uint64_t *ns_out)
{
    /* As the kernel numbers the processor clock of a process: the complement of its id, and 2 for time on a processor. */
    int clock = (int)((~(uint32_t)process->pid << 3) | 2u);
    host_time time;
    *ns_out = 0;
    if (process->pid == 0 || host_time_clock(env, clock, &time, NULL) != HOST_OK)
        return false;
    *ns_out = (uint64_t)time.seconds * 1000000000u + (uint64_t)time.nanoseconds;
    return true;
}

bool process_processors(host_env *env, const process *process, host_processor_set *set_out)
{
    return process->pid != 0 && host_process_sched_getaffinity(env, process->pid, set_out, NULL) == HOST_OK;
}

bool process_set_processors(host_env *env, const process *process, const host_processor_set *set)
{
    return process->pid != 0 && host_process_sched_setaffinity(env, process->pid, set, NULL) == HOST_OK;
}

uint64_t process_resident_bytes(host_env *env, const process *process)
{
    char text[128];
    unsigned long long size = 0, resident = 0;
    if (process->pid == 0 || !read_about(env, process->pid, "statm", text, sizeof text, NULL) || sscanf(text, "%llu %llu", &size, &resident) != 2)
        return 0;
    return resident * 4096u;
}

bool process_read_words(host_env *env, const process *process, const uint64_t *addresses, uint64_t *words_out, size_t count)
{
    char path[64];
    int fd;
    if (process->pid == 0)
        return false;
    snprintf(path, sizeof path, "/proc/%lld/mem", (long long)process->pid);
    if (host_fs_open(env, HOST_AT_CWD, path, O_RDONLY | O_CLOEXEC, 0, &fd, NULL) != HOST_OK)
        return false;
    bool is_whole = true;
    for (size_t i = 0; i < count && is_whole; i++) {
        size_t size = 0;
        is_whole = addresses[i] <= INT64_MAX &&
                   host_fd_pread(env, fd, &words_out[i], sizeof words_out[i], (int64_t)addresses[i], &size, NULL) == HOST_OK && size == sizeof words_out[i];
    }
    (void)host_fd_close(env, fd, NULL);
    return is_whole;
}

bool process_write_attention(host_env *env, const process *process, const uint64_t places[2], uint64_t word)
{
    unsigned char byte = CORDON_ATTENTION_BYTE;
    const host_memory_piece pieces[] = {{.bytes = &word, .address = places[0], .size = sizeof word}, {.bytes = &byte, .address = places[1], .size = 1}};
    return process->pid != 0 && host_memory_process_write(env, process->pid, pieces, sizeof pieces / sizeof *pieces, NULL) == HOST_OK;
}

void process_limit_cpu(host_env *env, const process *process, uint64_t seconds)
{
    const host_resource_limit limit = {.soft = seconds, .hard = HOST_RESOURCE_UNLIMITED};
    if (process->pid != 0) /* a second fence: if it cannot be put up, the engine's own watch still is */
        (void)host_resource_setrlimit(env, process->pid, HOST_RESOURCE_CPU_SECONDS, &limit, NULL, NULL);
}

/* ---- Ending ---- */

enum { END_BY_ITSELF_NS = 1000000000, END_BY_KILL_SECONDS = 10 };

static bool wait_for_end(host_env *env, const process *process, int64_t timeout_ns)
{
    host_poll_item item = {.fd = process->handle, .events = POLLIN};
    int ready = 0;
    host_status status;
    do /* an interrupted wait begins anew: at worst it is as long again */
        status = host_poll_wait(env, &item, 1, timeout_ns, &ready, NULL);
    while (status == HOST_INTERRUPTED);
    return status == HOST_OK && ready > 0;
}

void process_end(host_env *env, process *process, process_farewell farewell, process_ending *ending_out)
{
    int64_t pid = 0;
    int status = 0;
    host_process_usage usage = {0};
    *ending_out = (process_ending){.is_known = false};
    if (process->pid != 0) {
        close_descriptor(env, &process->to_worker);
        if (farewell == PROCESS_KILL || !wait_for_end(env, process, END_BY_ITSELF_NS))
            (void)host_process_kill(env, process->pid, SIGKILL, NULL);
        /* A killed process can only be kept by the kernel itself (a dead disk under its image); then it is left behind rather than waited for. */
        if (wait_for_end(env, process, (int64_t)END_BY_KILL_SECONDS * 1000000000) &&
            host_process_wait4(env, process->pid, 0, &pid, &status, &usage, NULL) == HOST_OK && pid == process->pid)
            *ending_out = (process_ending){.is_known = true,
                                           .code = (status & 0x7f) == 0 ? status >> 8 & 0xff : 0,
                                           .signal = status & 0x7f,
                                           .resident_bytes_peak = (uint64_t)usage.resident_bytes_max,
                                           .cpu_ns = (uint64_t)(usage.user_time_ns + usage.system_time_ns)};
    }
    close_all(env, process);
    process->pid = 0;
}
