/* Hides how a supervisor's child comes to be: borrowed memory, descriptors in place, confinement, then exec.
 *
 * The child shares this process's memory while this thread sleeps (CLONE_VM | CLONE_VFORK): nothing is copied, and what
 * fails is told through that memory, so no pipe is needed. In return the child may do nothing but system calls: no
 * allocation, no lock, no callback. The policy is therefore asked before, and every signal is blocked until the child's
 * handlers are gone. */
#include "host_env/process.h"

#include <string.h>

#include "host_call.h"
#include "lockdown/lockdown_internal.h"
#include "program_paths.h"

/* Everything lies on a stack, so it has bounds. */
enum { DESCRIPTORS_MAX = 64, CHILD_STACK_BYTES = 32 * 1024, EXIT_NOT_STARTED = 127 };

struct spawn_plan {
    const struct host_operations *operations;
    const host_process_spawn_config *config;
    const program_path *program;
    char *const *environment;
    pid_t parent;
    sigset_t mask_before;
    host_descriptor_pair pairs[DESCRIPTORS_MAX]; /* sorted by number in the child */
    int lifted[DESCRIPTORS_MAX];                 /* copies of them above all the child's numbers */
    int lifted_program;
    int lifted_ruleset;
    const char *failed_step; /* written by the child */
    int failed_code;
};

/* ---- In the child: each step returns 0 or an errno ---- */

static int child_leaves_handlers(struct spawn_plan *plan)
{
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal <= HOST_SIGNALS_MAX; signal++) {
        /* It refuses SIGKILL, SIGSTOP and libc's own two, which have no handler of ours. */
        plan->operations->sigaction(signal, &by_default, NULL);
    }
    return 0;
}

static int child_leaves_group(struct spawn_plan *plan)
{
    switch (plan->config->group) {
    case HOST_PROCESS_GROUP_NEW:
        return plan->operations->setpgid(0, 0) != 0 ? errno : 0;
    case HOST_PROCESS_SESSION_NEW:
        return plan->operations->setsid() < 0 ? errno : 0;
    default:
        return 0;
    }
}

static int child_changes_directory(struct spawn_plan *plan)
{
    return plan->config->directory != NULL && plan->operations->directory_change(plan->config->directory) != 0 ? errno
                                                                                                               : 0;
}

static int child_lowest_free(const struct spawn_plan *plan)
{
    size_t count = plan->config->descriptor_count;
    return count == 0 ? 0 : plan->pairs[count - 1].child + 1;
}

static int child_lifts(struct spawn_plan *plan, int fd, int *lifted_out)
{
    *lifted_out = fd < 0 ? -1 : plan->operations->descriptor_duplicate_above(fd, child_lowest_free(plan));
    return fd >= 0 && *lifted_out < 0 ? errno : 0;
}

/* First all out of the way, then all into place: a number may be wanted by one pair and given by another. */
static int child_places_descriptors(struct spawn_plan *plan)
{
    int code = child_lifts(plan, plan->program->fd, &plan->lifted_program);
    if (code == 0) {
        code = child_lifts(plan, lockdown_ruleset(plan->config->lockdown), &plan->lifted_ruleset);
    }
    for (size_t i = 0; i < plan->config->descriptor_count && code == 0; i++) {
        code = child_lifts(plan, plan->pairs[i].parent, &plan->lifted[i]);
    }
    for (size_t i = 0; i < plan->config->descriptor_count && code == 0; i++) {
        code = plan->operations->descriptor_place(plan->lifted[i], plan->pairs[i].child) < 0 ? errno : 0;
    }
    return code;
}

/* Closes [first, last] but for the two that are needed until exec, which closes them. */
static int child_closes_range(struct spawn_plan *plan, unsigned int first, unsigned int last)
{
    /* One that is not there, -1, is above every range. */
    unsigned int kept[2] = {(unsigned int)plan->lifted_program, (unsigned int)plan->lifted_ruleset};
    for (size_t i = 0; i < 2; i++) {
        if (kept[i] >= first && kept[i] <= last) {
            int code = kept[i] > first ? child_closes_range(plan, first, kept[i] - 1) : 0;
            return code != 0 || kept[i] == last ? code : child_closes_range(plan, kept[i] + 1, last);
        }
    }
    return plan->operations->close_from_to(first, last) != 0 ? errno : 0;
}

static int child_closes_others(struct spawn_plan *plan)
{
    unsigned int first = 0;
    for (size_t i = 0; i < plan->config->descriptor_count; i++) {
        unsigned int kept = (unsigned int)plan->pairs[i].child;
        int code = kept > first ? child_closes_range(plan, first, kept - 1) : 0;
        if (code != 0) {
            return code;
        }
        first = kept + 1;
    }
    return child_closes_range(plan, first, INT32_MAX);
}

static int child_dies_with_parent(struct spawn_plan *plan)
{
    int signal = plan->config->parent_death_signal;
    if (signal == 0) {
        return 0;
    }
    if (plan->operations->prctl_option(PR_SET_PDEATHSIG, (unsigned long)signal) != 0) {
        return errno;
    }
    return plan->operations->getppid() == plan->parent ? 0 : ESRCH; /* it ended before it could be watched */
}

static int child_unblocks_signals(struct spawn_plan *plan)
{
    sigset_t none;
    sigemptyset(&none);
    return plan->operations->pthread_sigmask(SIG_SETMASK, &none, NULL);
}

static int child_enters_lockdown(struct spawn_plan *plan)
{
    if (plan->config->lockdown == NULL) {
        return 0;
    }
    return lockdown_apply(plan->config->lockdown, plan->operations, plan->lifted_ruleset, &plan->failed_step);
}

static int child_starts_program(struct spawn_plan *plan)
{
    char *const *arguments = (char *const *)plan->config->arguments;
    if (plan->lifted_program < 0) {
        plan->operations->execve(plan->program->path, arguments, plan->environment);
    } else {
        plan->operations->execveat(plan->lifted_program, "", arguments, plan->environment, AT_EMPTY_PATH);
    }
    return errno;
}

static const struct child_step {
    const char *failure;
    int (*run)(struct spawn_plan *plan);
} child_steps[] = {
    {"the child's signal handlers could not be reset", child_leaves_handlers},
    {"the child's process group could not be made", child_leaves_group},
    {"the child's directory could not be entered", child_changes_directory},
    {"a descriptor could not be given to the child", child_places_descriptors},
    {"the other descriptors could not be closed", child_closes_others},
    {"the child could not be bound to its parent's life", child_dies_with_parent},
    {"the child's signals could not be unblocked", child_unblocks_signals},
    {"the child could not be confined", child_enters_lockdown}, /* or what the mechanism says itself */
    {"the program could not be started", child_starts_program},
};

static int child_main(void *context)
{
    struct spawn_plan *plan = context;
    for (size_t i = 0; i < sizeof(child_steps) / sizeof(child_steps[0]); i++) {
        int code = child_steps[i].run(plan);
        if (code != 0) {
            plan->failed_code = code;
            plan->failed_step = plan->failed_step != NULL ? plan->failed_step : child_steps[i].failure;
            break;
        }
    }
    _exit(EXIT_NOT_STARTED);
}

/* ---- In the parent ---- */

static const char *plan_takes_pairs(struct spawn_plan *plan, const host_process_spawn_config *config)
{
    for (size_t i = 0; i < config->descriptor_count; i++) {
        host_descriptor_pair pair = config->descriptors[i];
        size_t at = i;
        for (; at > 0 && plan->pairs[at - 1].child > pair.child; at--) {
            plan->pairs[at] = plan->pairs[at - 1];
        }
        plan->pairs[at] = pair;
        if (pair.child < 0 || pair.parent < 0 || (at > 0 && plan->pairs[at - 1].child == pair.child)) {
            return "a descriptor is negative or given twice";
        }
    }
    return NULL;
}

static const char *config_is_wrong(const host_process_spawn_config *config)
{
    if (config == NULL || config->struct_size != sizeof(*config) || config->program == NULL ||
        config->arguments == NULL) {
        return "config is incomplete";
    }
    if (config->descriptor_count > DESCRIPTORS_MAX || (config->descriptor_count > 0 && config->descriptors == NULL)) {
        return "there are too many descriptors, or descriptors is NULL";
    }
    if ((unsigned int)config->group > HOST_PROCESS_SESSION_NEW) {
        return "no such group";
    }
    return lockdown_closes_descriptors(config->lockdown) ? "the lockdown may not choose descriptors, the spawn does"
                                                         : NULL;
}

/* What the child left behind if it did not become the program. It has ended already, so this does not block. */
static void child_reap(const struct host_operations *operations, pid_t pid, int fd)
{
    int status;
    while (operations->wait4(pid, &status, 0, NULL) < 0 && errno == EINTR) {}
    operations->close(fd);
}

/* Its stack lies in this frame, which sleeps until the child has no more use for it. */
static pid_t child_start(struct spawn_plan *plan, int *fd_out)
{
    _Alignas(16) char stack[CHILD_STACK_BYTES];
    return plan->operations->clone_borrowing(child_main, stack + sizeof(stack), plan, fd_out);
}

static int child_start_with_signals_blocked(struct spawn_plan *plan, pid_t *pid_out, int *fd_out)
{
    sigset_t all;
    sigfillset(&all);
    int code = plan->operations->pthread_sigmask(SIG_SETMASK, &all, &plan->mask_before);
    if (code != 0) {
        return code;
    }
    *pid_out = child_start(plan, fd_out);
    code = *pid_out < 0 ? errno : 0;
    plan->operations->pthread_sigmask(SIG_SETMASK, &plan->mask_before, NULL);
    return code;
}

host_status host_process_spawn(host_env *env, const host_process_spawn_config *config, host_process_child *child_out,
                               host_error *error)
{
    static char *const nothing[] = {NULL};
    HOST_CALL(call, env, PROCESS_SPAWN, error);
    host_call_path(&call, "program", config != NULL ? config->program : NULL);
    host_call_list(&call, "arguments", config != NULL ? config->arguments : NULL);
    if (child_out == NULL) {
        return host_call_invalid(&call, "child_out is NULL");
    }
    *child_out = (host_process_child){-1, -1};
    struct spawn_plan plan = {.config = config, .lifted_program = -1, .lifted_ruleset = -1};
    const char *wrong = config_is_wrong(config);
    if (wrong == NULL) {
        wrong = plan_takes_pairs(&plan, config);
    }
    if (wrong != NULL) {
        return host_call_invalid(&call, wrong);
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    if (config->directory != NULL && env->path_mode != HOST_PATHS_ANY) {
        return host_call_finish_status(&call, HOST_OUTSIDE_ROOT, EACCES, 0,
                                       "a directory for the child lies beneath no root");
    }
    program_path program;
    if (program_path_open(&call, config->program, PROGRAM_PATH_EXACT, &program) != HOST_OK) {
        return call.access.status;
    }
    plan.operations = &env->operations;
    plan.program = &program;
    plan.environment = config->environment != NULL ? (char *const *)config->environment : nothing;
    plan.parent = env->operations.getpid();
    pid_t pid = -1;
    int fd = -1;
    int code = child_start_with_signals_blocked(&plan, &pid, &fd);
    program_path_close(&call, &program);
    if (code != 0) {
        return host_call_finish_status(&call, host_status_from_errno(code), code, 0, "no child could be made");
    }
    if (plan.failed_step != NULL) {
        child_reap(&env->operations, pid, fd);
        return host_call_finish_status(&call, host_status_from_errno(plan.failed_code), plan.failed_code, 0,
                                       plan.failed_step);
    }
    *child_out = (host_process_child){pid, fd};
    return host_call_finish(&call, 0, pid);
}
