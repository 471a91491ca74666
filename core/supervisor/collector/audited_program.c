/* Hides how a program is started between signals, and how one waits for all that it started. */
#include "audited_program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "collector_internal.h"
#include "host_env/fd.h"
#include "host_env/ipc.h"
#include "host_env/process.h"
#include "host_env/resource.h"
#include "host_env/signal.h"

enum { WITHOUT_WAITING = 1 /* WNOHANG */, COULD_NOT_START = 127 };
#define GRACE_NS UINT64_C(1000000000)
#define KILL_NS UINT64_C(500000000)

static const int passed_on[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
enum { PASSED_ON_COUNT = sizeof passed_on / sizeof *passed_on };

/* What handlers see: signals belong to the process, so these do, too. */
static host_env *signal_env;
static volatile sig_atomic_t signal_target; /* 0: the program has ended */
static volatile sig_atomic_t was_told_to_stop;

/* ---- Signals
 * ----------------------------------------------------------------------------------------------------------------------
 */

/* The terminal sends its signals to the program itself, which is in the same group. */
static void pass_on(int number, void *details, void *context)
{
    const siginfo_t *info = details;
    (void)context;
    if (info->si_code == SI_KERNEL)
        return;
    if (signal_target != 0)
        (void)host_process_kill(signal_env, signal_target, number, NULL);
    else
        was_told_to_stop = 1;
}

typedef struct saved_signals {
    host_signal_set mask;
    host_signal_action actions[PASSED_ON_COUNT], pipe;
} saved_signals;

static host_signal_set passed_on_set(void)
{
    host_signal_set set = 0;
    for (size_t i = 0; i < PASSED_ON_COUNT; i++)
        set |= HOST_SIGNAL_BIT(passed_on[i]);
    return set;
}

/* Who was started with a signal ignored goes on ignoring it, and so does the program. */
static void catch_signals(host_env *env, saved_signals *saved)
{
    const host_signal_action action = {.handler.detailed = pass_on, .flags = SA_SIGINFO | SA_RESTART};
    const host_signal_action ignore = {.handler.simple = SIG_IGN};
    for (size_t i = 0; i < PASSED_ON_COUNT; i++) {
        (void)host_signal_sigaction(env, passed_on[i], NULL, &saved->actions[i], NULL);
        if (saved->actions[i].handler.simple != SIG_IGN)
            (void)host_signal_sigaction(env, passed_on[i], &action, NULL, NULL);
    }
    (void)host_signal_sigaction(env, SIGPIPE, &ignore, &saved->pipe,
                                NULL); /* a record's reader that leaves is told by an error */
}

static void restore_signals(host_env *env, const saved_signals *saved)
{
    for (size_t i = 0; i < PASSED_ON_COUNT; i++)
        (void)host_signal_sigaction(env, passed_on[i], &saved->actions[i], NULL, NULL);
    (void)host_signal_sigaction(env, SIGPIPE, &saved->pipe, NULL, NULL);
    (void)host_signal_sigmask(env, SIG_SETMASK, &saved->mask, NULL, NULL);
}

/* ---- Starting
 * ---------------------------------------------------------------------------------------------------------------------
 */

/* In the child. The pipe closes by itself when the program starts. */
static void become(const audited_program *program, const saved_signals *saved, int report_fd)
{
    host_error error = {.message = ""};
    size_t count;
    restore_signals(program->env, saved);
    (void)host_process_execve(program->env, program->program, program->arguments, program->environment, &error);
    (void)host_fd_write(program->env, report_fd, error.message, strlen(error.message), &count, NULL);
    (void)host_process_exit(program->env, COULD_NOT_START, NULL);
}

/* The program's pid, or 0 with a message. Signals are blocked meanwhile, so that none gets lost between the two. */
static int64_t start(const audited_program *program, saved_signals *saved, char problem_out[256])
{
    host_env *env = program->env;
    int report[2] = {-1, -1};
    int64_t pid = 0;
    size_t count = 0;
    host_error error;
    const host_signal_set set = passed_on_set();
    (void)host_signal_sigmask(env, SIG_BLOCK, &set, &saved->mask, NULL);
    catch_signals(env, saved);
    host_status status = host_ipc_pipe(env, O_CLOEXEC, report, &error);
    if (status == HOST_OK)
        status = host_process_fork(env, &pid, &error);
    if (status == HOST_OK && pid == 0)
        become(program, saved, report[1]);
    snprintf(problem_out, 256, "%.255s", status == HOST_OK ? "" : error.message);
    if (report[1] >= 0)
        (void)host_fd_close(env, report[1], NULL);
    if (status == HOST_OK && host_fd_read(env, report[0], problem_out, 255, &count, NULL) == HOST_OK)
        problem_out[count] = '\0';
    if (report[0] >= 0)
        (void)host_fd_close(env, report[0], NULL);
    if (status == HOST_OK && problem_out[0] != '\0')
        (void)host_process_wait4(env, pid, 0, &pid, &(int){0}, NULL, NULL);
    return problem_out[0] == '\0' ? pid : 0;
}

/* ---- Following
 * --------------------------------------------------------------------------------------------------------------------
 */

typedef struct following {
    const audited_program *program;
    collector *collector;
    int64_t pid;
    int status;
    bool is_reaped, has_orphans, has_told;
    uint64_t reaped_ns, failed_ns;
} following;

/* Orphans become children of this process: it is their reaper. */
static void reap(following *run)
{
    host_env *env = run->program->env;
    int64_t pid = 0;
    int status = 0;
    host_status result;
    while ((result = host_process_wait4(env, -1, WITHOUT_WAITING, &pid, &status, NULL, NULL)) == HOST_OK && pid != 0) {
        collector_reaped(run->collector, pid, status);
        if (pid != run->pid)
            continue;
        run->is_reaped = true;
        run->status = status;
        run->reaped_ns = collector_now_ns(env);
        signal_target = 0;
    }
    run->has_orphans = result == HOST_OK;
}

/* A record that cannot be written ends the program: what does not end by itself at its next access is killed. */
static void end_after_failure(following *run)
{
    uint64_t now_ns = collector_now_ns(run->program->env);
    if (run->failed_ns == 0)
        run->failed_ns = now_ns;
    if (now_ns - run->failed_ns < KILL_NS)
        return;
    collector_kill(run->collector);
    if (!run->is_reaped)
        (void)host_process_kill(run->program->env, run->pid, SIGKILL, NULL);
}

/* Whether all have ended. An orphan that has no ring yet may be a Python that is just starting: it gets a second to
 * show itself. */
static bool is_over(following *run)
{
    int64_t pid;
    if (!run->is_reaped)
        return false;
    uint64_t waited_ns = collector_now_ns(run->program->env) - run->reaped_ns;
    if (!collector_is_followed(run->collector, &pid))
        return !run->has_orphans || waited_ns > GRACE_NS || collector_has_failed(run->collector);
    if (waited_ns > GRACE_NS && !run->has_told) {
        run->has_told = true;
        collector_notice(run->collector, "the program has ended; waiting for process %lld, which it left behind",
                         (long long)pid);
    }
    if (was_told_to_stop)
        collector_fail(run->collector, "told to stop while processes of the program were still running");
    return false;
}

static void follow(following *run)
{
    bool is_busy = true;
    for (unsigned int turn = 0;; turn++) {
        if (!is_busy || turn % 64 == 0)
            reap(run);
        bool was_over = is_over(run); /* asked before the last turn, which takes what is left */
        is_busy = collector_turn(run->collector);
        if (collector_has_failed(run->collector))
            end_after_failure(run);
        if (!is_busy && was_over && is_over(run))
            return;
        if (!is_busy)
            collector_rest(run->collector);
    }
}

bool audited_program_run(const audited_program *program, collector *collector, audited_ending *ending_out,
                         char problem_out[256])
{
    saved_signals saved;
    following run = {.program = program, .collector = collector};
    signal_env = program->env;
    signal_target = was_told_to_stop = 0;
    /* Without it orphans would go to another reaper, and a Python that is just starting would be missed. */
    (void)host_process_prctl_set(program->env, HOST_PROCESS_OPTION_CHILD_SUBREAPER, 1, NULL);
    run.pid = start(program, &saved, problem_out);
    if (run.pid != 0) {
        collector_expect(collector, run.pid);
        signal_target = (sig_atomic_t)run.pid;
        (void)host_signal_sigmask(program->env, SIG_SETMASK, &saved.mask, NULL, NULL);
        follow(&run);
    }
    restore_signals(program->env, &saved);
    *ending_out = (audited_ending){.code = run.status >> 8 & 0xff, .signal = run.status & 0x7f};
    return run.pid != 0;
}

int audited_program_end_likewise(host_env *env, int signal)
{
    const host_signal_action fall = {.handler.simple = SIG_DFL};
    const host_signal_set set = HOST_SIGNAL_BIT(signal);
    const host_resource_limit nothing = {0, 0};
    (void)host_resource_setrlimit(env, 0, HOST_RESOURCE_CORE_BYTES, &nothing, NULL,
                                  NULL); /* the program has left its own core */
    (void)host_signal_sigaction(env, signal, &fall, NULL, NULL);
    (void)host_signal_sigmask(env, SIG_UNBLOCK, &set, NULL, NULL);
    (void)host_signal_raise(env, signal, NULL);
    return 128 + signal;
}
