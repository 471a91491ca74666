/* Starting, replacing, ending and waiting for processes: libc's signatures on host_env/process.h. */
#include "bind_internal.h"
#include "bindings/bind.h"
#include "prototypes.h"

static void (*child_function)(void);

void bind_set_child_function(void (*function)(void)) { child_function = function; }

void bind_became_child(void)
{
    if (child_function != NULL) child_function();
}

pid_t cordon_bind_fork(void)
{
    int64_t pid;
    if (BIND(process_fork, &pid) != 0) return -1;
    if (pid == 0) bind_became_child();
    return (pid_t)pid;
}

/* exec takes char *const[] for history's sake and changes nothing. */
static const char *const *texts(char *const list[]) { return (const char *const *)list; }

/* The list lies on the stack: this may be a child that borrows its parent's memory. */
#define WITH_STARTED_ENVIRONMENT(environment, call)                                                            \
    do {                                                                                                       \
        size_t count = bind_started_count(environment);                                                        \
        if (count > BIND_STARTED_MAX) {                                                                        \
            errno = E2BIG;                                                                                     \
            return -1;                                                                                         \
        }                                                                                                      \
        char *room[count + 1];                                                                                 \
        if (count > 0) (environment) = bind_started(environment, room);                                        \
        return call;                                                                                           \
    } while (0)

int cordon_bind_execve(const char *program, char *const arguments[], char *const environment[])
{
    WITH_STARTED_ENVIRONMENT(environment, BIND(process_execve, program, texts(arguments), texts(environment)));
}

int cordon_bind_execv(const char *program, char *const arguments[]) { return BIND(process_execve, program, texts(arguments), NULL); }

int cordon_bind_fexecve(int fd, char *const arguments[], char *const environment[])
{
    WITH_STARTED_ENVIRONMENT(environment, BIND(process_fexecve, fd, texts(arguments), texts(environment)));
}

void cordon_bind__exit(int code)
{
    (void)BIND(process_exit, code);
    /* Refused: a caller of _exit cannot go on, so the process ends by a fault. */
    __builtin_trap();
}

int cordon_bind_system(const char *command)
{
    int status;
    return BIND(process_system, command, &status) == 0 ? status : -1;
}

static pid_t wait_for(pid_t pid, int *status_out, int flags, struct rusage *usage_out)
{
    int64_t child;
    int status;
    host_process_usage usage;
    if (BIND(process_wait4, pid, flags, &child, &status, usage_out == NULL ? NULL : &usage) != 0) return -1;
    if (status_out != NULL && child > 0) *status_out = status;
    if (usage_out != NULL && child > 0) *usage_out = bind_rusage(&usage);
    return (pid_t)child;
}

pid_t cordon_bind_wait(int *status_out) { return wait_for(-1, status_out, 0, NULL); }
pid_t cordon_bind_waitpid(pid_t pid, int *status_out, int flags) { return wait_for(pid, status_out, flags, NULL); }
pid_t cordon_bind_wait3(int *status_out, int flags, struct rusage *usage_out) { return wait_for(-1, status_out, flags, usage_out); }
pid_t cordon_bind_wait4(pid_t pid, int *status_out, int flags, struct rusage *usage_out) { return wait_for(pid, status_out, flags, usage_out); }

int cordon_bind_waitid(idtype_t type, id_t id, siginfo_t *info_out, int flags)
{
    host_process_change change;
    if (BIND(process_waitid, type, id, flags, &change) != 0) return -1;
    if (info_out != NULL) {
        memset(info_out, 0, sizeof *info_out);
        info_out->si_pid = (pid_t)change.pid;
        info_out->si_uid = change.uid;
        info_out->si_signo = change.signal;
        info_out->si_status = change.status;
        info_out->si_code = change.code;
    }
    return 0;
}
