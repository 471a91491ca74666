/* Hides the list of what an engine needs from its host: its image read and started, its workers looked at, reached in memory and ended, pipes, clocks, a thread; nothing else. */
#include "engine_policy.h"

#include <stdbool.h>
#include <string.h>

/* Allowed whatever the arguments: they reach only what the engine made itself. */
static const host_function always[] = {
    HOST_FUNCTION_FD_CLOSE, HOST_FUNCTION_FD_FCNTL, HOST_FUNCTION_FD_PREAD, HOST_FUNCTION_FD_READ, HOST_FUNCTION_FD_WRITE, HOST_FUNCTION_IPC_EVENT_CREATE,
    HOST_FUNCTION_IPC_EVENT_READ, HOST_FUNCTION_IPC_EVENT_WRITE, HOST_FUNCTION_IPC_PIPE, HOST_FUNCTION_LOCKDOWN_PREPARE, HOST_FUNCTION_POLL_WAIT,
    HOST_FUNCTION_MEMORY_MAP, HOST_FUNCTION_MEMORY_PROCESS_READ, HOST_FUNCTION_MEMORY_PROCESS_WRITE, HOST_FUNCTION_MEMORY_PROCESS_WRITTEN,
    HOST_FUNCTION_MEMORY_UNMAP, HOST_FUNCTION_FD_FSTAT, HOST_FUNCTION_FD_IOCTL, HOST_FUNCTION_PROCESS_GETPID, HOST_FUNCTION_PROCESS_KILL, HOST_FUNCTION_PROCESS_WAIT4, HOST_FUNCTION_RANDOM_FILL,
    HOST_FUNCTION_RESOURCE_GETRLIMIT, HOST_FUNCTION_RESOURCE_SETRLIMIT, HOST_FUNCTION_SIGNAL_SIGMASK, HOST_FUNCTION_SIGNAL_SIGTIMEDWAIT,
    HOST_FUNCTION_THREAD_CREATE, HOST_FUNCTION_THREAD_JOIN, HOST_FUNCTION_THREAD_YIELD, HOST_FUNCTION_TIME_CLOCK,
};

static const char *text_of(const host_access *access, host_argument_kind kind)
{
    for (uint32_t i = 0; i < access->argument_count; i++)
        if (access->arguments[i].kind == kind)
            return access->arguments[i].value.text;
    return NULL;
}

/* "/proc/NUMBER/status", "/proc/NUMBER/statm", for the figures of a worker that is about to be ended "/proc/NUMBER/mem", and for a look at its memory
 * "/proc/NUMBER/syscall" and "/proc/NUMBER/exe". */
static bool is_about_a_process(const char *path)
{
    static const char start[] = "/proc/";
    if (path == NULL || strncmp(path, start, sizeof start - 1) != 0)
        return false;
    const char *number = path + sizeof start - 1, *end = number + strspn(number, "0123456789");
    static const char *const names[] = {"/status", "/statm", "/mem", "/syscall", "/exe"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (end > number && strcmp(end, names[i]) == 0)
            return true;
    return false;
}

static host_decision decide(void *context, const host_access *access)
{
    const char *path = text_of(access, HOST_ARGUMENT_PATH);
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (access->function == always[i])
            return HOST_DECISION_ALLOW;
    bool is_image = path != NULL && strcmp(path, context) == 0;
    bool is_look = (access->function == HOST_FUNCTION_FS_OPEN && access->capability == HOST_CAPABILITY_FS_READ) || access->function == HOST_FUNCTION_FS_STAT;
    bool may = ((access->function == HOST_FUNCTION_PROCESS_SPAWN || access->function == HOST_FUNCTION_FS_ACCESS) && is_image) ||
               (is_look && (is_image || is_about_a_process(path)));
    return may ? HOST_DECISION_ALLOW : HOST_DECISION_DENY;
}

host_status engine_policy_create(const char *image, host_env **env_out, host_error *error)
{
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.decide = decide;
    config.decide_context = (void *)image;
    config.path_mode = HOST_PATHS_ANY; /* of which decide() leaves the image and what tells about processes */
    return host_env_create(&config, env_out, error);
}
