/* Hides how each thing that Cordon needs of a machine is found out. Where possible it is tried, not inferred from a version. */
#include "doctor.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "cordon/limits.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/ipc.h"
#include "host_env/lockdown.h"
#include "host_env/memory.h"
#include "host_env/poll.h"
#include "host_env/process.h"
#include "host_env/resource.h"
#include "host_env/system.h"

#define CHILD_TIMEOUT_NS (30 * INT64_C(1000000000))
#define ADDRESS_BYTES_LEAST (UINT64_C(2) << 30) /* the image maps room for its largest heap: 1 GiB and its own parts */

static void found(doctor_finding *finding, doctor_state state, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void found(doctor_finding *finding, doctor_state state, const char *format, ...)
{
    va_list arguments;
    finding->state = state;
    va_start(arguments, format);
    vsnprintf(finding->detail, sizeof finding->detail, format, arguments);
    va_end(arguments);
    for (char *next = finding->detail; *next != '\0'; next++)
        if (*next == '\n')
            *next = ' ';
}

/* ---- Small files of the kernel ---- */

/* False if it is not there. Cut to `size`. */
static bool read_text(const doctor_subject *subject, const char *path, char *text_out, size_t size)
{
    host_env *env = subject->context->env;
    size_t length = 0;
    int fd;
    if (host_fs_open(env, HOST_AT_CWD, path, O_RDONLY | O_CLOEXEC, 0, &fd, NULL) != HOST_OK)
        return false;
    host_status status = host_fd_read(env, fd, text_out, size - 1, &length, NULL);
    (void)host_fd_close(env, fd, NULL); /* only read from */
    text_out[status == HOST_OK ? length : 0] = '\0';
    return status == HOST_OK;
}

/* The number behind `key` in a file of "key: number" lines; -1 if it is not there. */
static long long read_number(const doctor_subject *subject, const char *path, const char *key)
{
    char text[4096];
    const char *line = read_text(subject, path, text, sizeof text) ? strstr(text, key) : NULL;
    return line != NULL ? atoll(line + strlen(key)) : -1;
}

/* ---- A child, its words and its end ---- */

typedef struct child_end {
    bool was_started;
    int code, signal;
    char output[384]; /* both streams, cut; or why it could not be started */
} child_end;

static void collect(host_env *env, int fd, child_end *end)
{
    enum { POLL_IN = 1 };
    size_t used = 0;
    for (;;) {
        host_poll_item item = {.fd = fd, .events = POLL_IN};
        char rest[256];
        int ready = 0;
        size_t count = 0, room = sizeof end->output - 1 - used;
        host_status status = host_poll_wait(env, &item, 1, CHILD_TIMEOUT_NS, &ready, NULL);
        if (status == HOST_INTERRUPTED)
            continue;
        if (status != HOST_OK || ready == 0)
            break;
        status = host_fd_read(env, fd, room > 0 ? end->output + used : rest, room > 0 ? room : sizeof rest, &count, NULL);
        if (status != HOST_INTERRUPTED && (status != HOST_OK || count == 0))
            break;
        used += room > 0 ? count : 0;
    }
    end->output[used] = '\0';
}

static void reap(host_env *env, const host_process_child *child, child_end *end)
{
    int64_t pid;
    int status = 0;
    host_status waited;
    /* It has closed its output: it has ended, or is stuck and is not waited for. */
    enum { POLL_IN = 1 };
    host_poll_item item = {.fd = child->fd, .events = POLL_IN};
    int ready = 0;
    if (host_poll_wait(env, &item, 1, CHILD_TIMEOUT_NS, &ready, NULL) != HOST_OK || ready == 0)
        (void)host_process_kill(env, child->pid, SIGKILL, NULL);
    do
        waited = host_process_wait4(env, child->pid, 0, &pid, &status, NULL, NULL);
    while (waited == HOST_INTERRUPTED);
    end->signal = status & 0x7f;
    end->code = status >> 8 & 0xff;
    (void)host_fd_close(env, child->fd, NULL);
}

typedef struct running_child {
    host_process_child process;
    int output; /* where both its streams come out */
} running_child;

/* Starts `program` with `input` as its standard input; on false end->output says why not. */
static bool start(const doctor_subject *subject, const char *program, const char *const *arguments, int input, running_child *child_out, child_end *end)
{
    host_env *env = subject->context->env;
    host_error error;
    int ends[2];
    *end = (child_end){.code = -1};
    if (host_ipc_pipe(env, O_CLOEXEC, ends, &error) != HOST_OK) {
        snprintf(end->output, sizeof end->output, "%s", error.message);
        return false;
    }
    const host_descriptor_pair descriptors[] = {{.child = 0, .parent = input}, {.child = 1, .parent = ends[1]}, {.child = 2, .parent = ends[1]}};
    host_process_spawn_config config = HOST_PROCESS_SPAWN_CONFIG_INIT;
    config.program = program;
    config.arguments = arguments;
    config.descriptors = descriptors;
    config.descriptor_count = sizeof descriptors / sizeof *descriptors;
    end->was_started = host_process_spawn(env, &config, &child_out->process, &error) == HOST_OK;
    (void)host_fd_close(env, ends[1], NULL); /* so that the child's is the last */
    child_out->output = ends[0];
    if (!end->was_started) {
        (void)host_fd_close(env, ends[0], NULL);
        snprintf(end->output, sizeof end->output, "%s", error.message);
    }
    return end->was_started;
}

static void finish(const doctor_subject *subject, running_child *child, child_end *end)
{
    collect(subject->context->env, child->output, end);
    reap(subject->context->env, &child->process, end);
    (void)host_fd_close(subject->context->env, child->output, NULL);
}

static void run(const doctor_subject *subject, const char *program, const char *const *arguments, child_end *end)
{
    host_env *env = subject->context->env;
    running_child child;
    host_error error;
    int input;
    if (host_fs_open(env, HOST_AT_CWD, "/dev/null", O_RDONLY | O_CLOEXEC, 0, &input, &error) != HOST_OK) {
        *end = (child_end){.code = -1};
        snprintf(end->output, sizeof end->output, "%s", error.message);
        return;
    }
    bool was_started = start(subject, program, arguments, input, &child, end);
    (void)host_fd_close(env, input, NULL);
    if (was_started)
        finish(subject, &child, end);
}

/* ---- The kernel ---- */

static void look_at_system(const doctor_subject *subject, doctor_finding *finding)
{
    host_system_names names;
    host_error error;
    if (host_system_uname(subject->context->env, &names, &error) != HOST_OK) {
        found(finding, DOCTOR_MISSING, "%s", error.message);
        return;
    }
    bool fits = strcmp(names.system, "Linux") == 0 && strcmp(names.machine, "x86_64") == 0;
    found(finding, fits ? DOCTOR_OK : DOCTOR_MISSING, "%s %s on %s", names.system, names.release, names.machine);
}

/* The supervisor looks there whether a worker has locked itself. */
static void look_at_proc(const doctor_subject *subject, doctor_finding *finding)
{
    long long seccomp = read_number(subject, "/proc/self/status", "\nSeccomp_filters:"), privileges = read_number(subject, "/proc/self/status", "\nNoNewPrivs:");
    if (seccomp < 0 || privileges < 0)
        found(finding, DOCTOR_MISSING, "/proc/self/status does not tell of seccomp filters");
    else
        found(finding, DOCTOR_OK, "/proc/PID/status tells of seccomp filters and no_new_privs");
}

/* Whether the process has put a filter upon itself, as the kernel tells it: in a container every process has one already, so they are counted. Waits until it has,
 * ends, or takes too long. */
static bool comes_to_lock(const doctor_subject *subject, const host_process_child *process)
{
    enum { POLL_IN = 1, ROUNDS = 2000 };
    const int64_t pause_ns = 5000000;
    const long long inherited = read_number(subject, "/proc/self/status", "\nSeccomp_filters:");
    char path[64];
    snprintf(path, sizeof path, "/proc/%lld/status", (long long)process->pid);
    for (int round = 0; round < ROUNDS; round++) {
        host_poll_item end = {.fd = process->fd, .events = POLL_IN};
        int has_ended = 0;
        if (read_number(subject, path, "\nSeccomp_filters:") > inherited)
            return true;
        if (host_poll_wait(subject->context->env, &end, 1, pause_ns, &has_ended, NULL) == HOST_OK && has_ended != 0)
            return false;
    }
    return false;
}

/* The image is started and looked at while it waits for its input; then it gets none, which is an empty program: it ends with 0. */
static void look_at_seccomp(const doctor_subject *subject, doctor_finding *finding)
{
    const char *const arguments[] = {"cordon-sandbox", NULL};
    host_env *env = subject->context->env;
    host_error error;
    running_child child;
    child_end end;
    int input[2];
    if (read_number(subject, "/proc/self/status", "\nSeccomp_filters:") < 0 || host_ipc_pipe(env, O_CLOEXEC, input, &error) != HOST_OK) {
        found(finding, DOCTOR_MISSING, "it cannot be tried here");
        return;
    }
    bool was_started = start(subject, subject->image, arguments, input[0], &child, &end);
    bool was_locked = was_started && comes_to_lock(subject, &child.process);
    for (int i = 0; i < 2; i++)
        (void)host_fd_close(env, input[i], NULL);
    if (was_started)
        finish(subject, &child, &end);
    if (!was_started)
        found(finding, DOCTOR_MISSING, "the image cannot be started, so it was not tried: %s", end.output);
    else if (was_locked && end.code == 0 && end.signal == 0)
        found(finding, DOCTOR_OK, "the image locked itself");
    else if (end.code == CORDON_EXIT_SETUP_FAILED)
        found(finding, DOCTOR_MISSING, "refused: %s", end.output);
    else
        found(finding, DOCTOR_MISSING, "the image %s, and ended with code %d, signal %d: %s", was_locked ? "locked itself" : "did not lock itself", end.code, end.signal,
              end.output);
}

/* This program may do for the person at the terminal what the system lets them do. */
static host_decision allow(void *context, const host_access *access)
{
    (void)context;
    (void)access;
    return HOST_DECISION_ALLOW;
}

static void look_at_openat2(const doctor_subject *subject, doctor_finding *finding)
{
    const host_root root = {.path = subject->context->binaries, .rights = HOST_ROOT_READ};
    host_env_config config = HOST_ENV_CONFIG_INIT;
    host_env *confined;
    host_error error;
    char path[PATH_MAX];
    int fd;
    config.decide = allow;
    config.path_mode = HOST_PATHS_BENEATH_ROOTS;
    config.roots = &root;
    config.root_count = 1;
    if (host_env_create(&config, &confined, &error) != HOST_OK) {
        found(finding, DOCTOR_MISSING, "%s", error.message);
        return;
    }
    snprintf(path, sizeof path, "%s/.", subject->context->binaries);
    if (host_fs_open(confined, HOST_AT_CWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, &fd, &error) == HOST_OK) {
        (void)host_fd_close(confined, fd, NULL);
        found(finding, DOCTOR_OK, "paths can be held beneath a folder");
    } else
        found(finding, DOCTOR_MISSING, "%s", error.message);
    host_env_destroy(confined);
}

static void look_at_pidfd(const doctor_subject *subject, doctor_finding *finding)
{
    host_env *env = subject->context->env;
    host_error error;
    int64_t pid;
    int fd;
    if (host_process_getpid(env, &pid, &error) == HOST_OK && host_process_pidfd_open(env, pid, 0, &fd, &error) == HOST_OK) {
        (void)host_fd_close(env, fd, NULL);
        found(finding, DOCTOR_OK, "processes can be held by descriptors");
    } else
        found(finding, DOCTOR_MISSING, "%s", error.message);
}

static void look_at_populate(const doctor_subject *subject, doctor_finding *finding)
{
    enum { READ_WRITE = 3, PRIVATE_ANONYMOUS = 0x22, POPULATE_WRITE = 23, BYTES = 4096 }; /* PROT_, MAP_, MADV_ of Linux */
    host_env *env = subject->context->env;
    host_error error;
    void *memory;
    if (host_memory_map(env, NULL, BYTES, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0, &memory, &error) != HOST_OK) {
        found(finding, DOCTOR_MISSING, "%s", error.message);
        return;
    }
    if (host_memory_advise(env, memory, BYTES, POPULATE_WRITE, &error) == HOST_OK)
        found(finding, DOCTOR_OK, "pages can be had before they are touched");
    else
        found(finding, DOCTOR_NOTE, "%s", error.message);
    (void)host_memory_unmap(env, memory, BYTES, NULL); /* this process ends soon */
}

static void look_at_landlock(const doctor_subject *subject, doctor_finding *finding)
{
    host_error error;
    int version = 0;
    if (host_lockdown_landlock_version(subject->context->env, &version, &error) != HOST_OK)
        found(finding, DOCTOR_NOTE, "%s", error.message);
    else if (version < HOST_LOCKDOWN_LANDLOCK_VERSION_MIN)
        found(finding, DOCTOR_NOTE, "version %d, wanted is %d", version, HOST_LOCKDOWN_LANDLOCK_VERSION_MIN);
    else
        found(finding, DOCTOR_OK, "version %d", version);
}

/* ---- Limits and memory ---- */

static bool read_limit(const doctor_subject *subject, int resource, uint64_t *soft_out, doctor_finding *finding)
{
    host_resource_limit limit;
    host_error error;
    if (host_resource_getrlimit(subject->context->env, 0, resource, &limit, &error) != HOST_OK) {
        found(finding, DOCTOR_MISSING, "%s", error.message);
        return false;
    }
    *soft_out = limit.soft;
    return true;
}

static void look_at_address_space(const doctor_subject *subject, doctor_finding *finding)
{
    uint64_t soft;
    if (!read_limit(subject, HOST_RESOURCE_ADDRESS_BYTES, &soft, finding))
        return;
    if (soft == HOST_RESOURCE_UNLIMITED)
        found(finding, DOCTOR_OK, "not limited");
    else
        found(finding, soft < ADDRESS_BYTES_LEAST ? DOCTOR_MISSING : DOCTOR_OK, "%llu MiB (ulimit -v), a sandbox maps up to %llu MiB",
              (unsigned long long)(soft >> 20), (unsigned long long)(ADDRESS_BYTES_LEAST >> 20));
}

static void look_at_descriptors(const doctor_subject *subject, doctor_finding *finding)
{
    enum { DESCRIPTORS_OF_A_SANDBOX = 3, DESCRIPTORS_LEAST = 64 };
    uint64_t soft;
    if (read_limit(subject, HOST_RESOURCE_DESCRIPTORS, &soft, finding))
        found(finding, soft < DESCRIPTORS_LEAST ? DOCTOR_MISSING : DOCTOR_OK, "%llu (ulimit -n): about %llu sandboxes alive at once", (unsigned long long)soft,
              (unsigned long long)(soft / DESCRIPTORS_OF_A_SANDBOX));
}

static void look_at_overcommit(const doctor_subject *subject, doctor_finding *finding)
{
    long long mode = read_number(subject, "/proc/sys/vm/overcommit_memory", "");
    if (mode == 2)
        found(finding, DOCTOR_NOTE, "vm.overcommit_memory is 2: every sandbox's room for its heap counts as used");
    else
        found(finding, mode < 0 ? DOCTOR_NOTE : DOCTOR_OK, mode < 0 ? "not told" : "vm.overcommit_memory is %lld", mode);
}

static void look_at_memory(const doctor_subject *subject, doctor_finding *finding)
{
    static const uint64_t limits[] = {
#define LIMIT_DEFAULT(name, text, initial, unit, outcome, who) initial,
        CORDON_LIMIT_TABLE(LIMIT_DEFAULT)
#undef LIMIT_DEFAULT
    };
    long long available_kib = read_number(subject, "/proc/meminfo", "\nMemAvailable:");
    unsigned long long wanted_mib = limits[CORDON_LIMIT_MEMORY] >> 20;
    if (available_kib < 0)
        found(finding, DOCTOR_NOTE, "/proc/meminfo does not tell");
    else
        found(finding, (unsigned long long)available_kib / 1024 < wanted_mib ? DOCTOR_NOTE : DOCTOR_OK, "%lld MiB available, a sandbox may use %llu MiB by default",
              available_kib / 1024, wanted_mib);
}

/* ---- Cordon itself ---- */

static void look_at_image(const doctor_subject *subject, doctor_finding *finding)
{
    enum { MAY_READ = 4, MAY_EXECUTE = 1 };
    const char *const arguments[] = {"cordon", "image", "info", subject->image, NULL};
    host_error error;
    child_end end;
    if (host_fs_access(subject->context->env, HOST_AT_CWD, subject->image, MAY_READ | MAY_EXECUTE, 0, &error) != HOST_OK) {
        found(finding, DOCTOR_MISSING, "%s: %s", subject->image, error.message);
        return;
    }
    run(subject, subject->command, arguments, &end);
    if (end.was_started && end.code == 0 && end.signal == 0)
        found(finding, DOCTOR_OK, "%s: its boundary was proved anew from the file", subject->image);
    else
        found(finding, DOCTOR_MISSING, "%s: cordon image info does not prove its boundary (code %d): %s", subject->image, end.code, end.output);
}

static void look_at_run(const doctor_subject *subject, doctor_finding *finding)
{
    const char *const arguments[] = {"cordon", "run", "--image", subject->image, "-c", "print(1 + 1)", NULL};
    child_end end;
    run(subject, subject->command, arguments, &end);
    if (end.was_started && end.code == 0 && end.signal == 0 && strcmp(end.output, "2\n") == 0)
        found(finding, DOCTOR_OK, "a sandbox started, ran print(1 + 1) and ended");
    else
        found(finding, DOCTOR_MISSING, "print(1 + 1) in a sandbox: code %d, signal %d: %s", end.code, end.signal, end.output);
}

static void look_at_full(const doctor_subject *subject, doctor_finding *finding)
{
    char path[PATH_MAX];
    const char *const arguments[] = {"cordon-python", "-I", "-c", "print(1 + 1)", NULL};
    child_end end;
    snprintf(path, sizeof path, "%s/cordon-python", subject->context->binaries);
    run(subject, path, arguments, &end);
    if (end.was_started && end.code == 0 && strcmp(end.output, "2\n") == 0)
        found(finding, DOCTOR_OK, "the full interpreter runs");
    else
        found(finding, DOCTOR_NOTE, "%s", end.output);
}

const doctor_check doctor_checks[] = {
    {"system", look_at_system, "Cordon runs on Linux, x86-64 only."},
    {"proc", look_at_proc, "The supervisor cannot see whether a worker locked itself, and refuses to use it. Mount /proc; Linux 5.9."},
    {"seccomp", look_at_seccomp,
     "A sandbox that cannot take its system calls from itself runs nothing. The kernel needs CONFIG_SECCOMP_FILTER; a container may forbid seccomp(2)."},
    {"openat2", look_at_openat2, "Host folders cannot be granted to a sandbox: nothing would keep paths beneath them. Linux 5.6, and a container that permits openat2(2)."},
    {"pidfd", look_at_pidfd, "A worker's end cannot be waited for with a deadline. Linux 5.3, and a container that permits pidfd_open(2)."},
    {"populate", look_at_populate, "Sandboxes start more slowly. Linux 5.14."},
    {"landlock", look_at_landlock, "The full interpreter cannot be confined by Landlock; sandboxes do not need it. Linux 6.2, enabled with lsm=landlock."},
    {"address-space", look_at_address_space, "A sandbox cannot be started, or ends early. Raise ulimit -v."},
    {"descriptors", look_at_descriptors, "Too few to start sandboxes. Raise ulimit -n."},
    {"overcommit", look_at_overcommit, "Fewer sandboxes than memory would allow can be alive at once."},
    {"memory", look_at_memory, "A sandbox that uses what it may can bring this machine into need. Lower the memory limit (cordon run --memory)."},
    {"image", look_at_image, "The sandbox image is not there, or is not what the build proved. Build it again, or name one with --image."},
    {"run", look_at_run, "Sandboxes do not work here; the lines above may say why."},
    {"full", look_at_full, "cordon run --full does not work here; sandboxes do not need it."},
};
const size_t doctor_check_count = sizeof doctor_checks / sizeof *doctor_checks;
