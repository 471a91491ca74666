/* Hides the list of what an engine needs from its host: its image read and started, its workers looked at, reached in memory, placed and ended, pipes, clocks, a thread; nothing else. */
#include "engine_policy.h"

#include <stdbool.h>
#include <string.h>

/* Allowed whatever the arguments: they reach only what the engine made itself. */
static const bool always[HOST_FUNCTION_COUNT] = {
    [HOST_FUNCTION_FD_CLOSE] = true, [HOST_FUNCTION_FD_FCNTL] = true, [HOST_FUNCTION_FD_PREAD] = true, [HOST_FUNCTION_FD_READ] = true,
    [HOST_FUNCTION_FD_WRITE] = true, [HOST_FUNCTION_IPC_EVENT_CREATE] = true, [HOST_FUNCTION_IPC_EVENT_READ] = true, [HOST_FUNCTION_IPC_EVENT_WRITE] = true,
    [HOST_FUNCTION_IPC_PIPE] = true, [HOST_FUNCTION_LOCKDOWN_PREPARE] = true, [HOST_FUNCTION_POLL_WAIT] = true, [HOST_FUNCTION_MEMORY_MAP] = true,
    [HOST_FUNCTION_MEMORY_PROCESS_READ] = true, [HOST_FUNCTION_MEMORY_PROCESS_WRITE] = true, [HOST_FUNCTION_MEMORY_PROCESS_WRITTEN] = true,
    [HOST_FUNCTION_MEMORY_UNMAP] = true, [HOST_FUNCTION_FD_FSTAT] = true, [HOST_FUNCTION_FD_IOCTL] = true, [HOST_FUNCTION_PROCESS_GETPID] = true,
    [HOST_FUNCTION_PROCESS_KILL] = true, [HOST_FUNCTION_PROCESS_SCHED_GETAFFINITY] = true, [HOST_FUNCTION_PROCESS_SCHED_GETCPU] = true,
    [HOST_FUNCTION_PROCESS_SCHED_SETAFFINITY] = true, [HOST_FUNCTION_PROCESS_WAIT4] = true, [HOST_FUNCTION_RANDOM_FILL] = true, [HOST_FUNCTION_RESOURCE_GETRLIMIT] = true,
    [HOST_FUNCTION_RESOURCE_SETRLIMIT] = true, [HOST_FUNCTION_SIGNAL_SIGMASK] = true,
    [HOST_FUNCTION_THREAD_CREATE] = true, [HOST_FUNCTION_THREAD_JOIN] = true, [HOST_FUNCTION_THREAD_YIELD] = true,
};

static const char *text_of(const host_access *access, host_argument_kind kind)
{
    for (uint32_t i = 0; i < access->argument_count; i++)
        if (access->arguments[i].kind == kind)
            return access->arguments[i].value.text;
    return NULL;
}

/* "/proc/NUMBER/status", "/proc/NUMBER/statm", for the figures of a worker that is about to be ended "/proc/NUMBER/mem", and for a look at its memory
 * "/proc/NUMBER/syscall", "/proc/NUMBER/stat", "/proc/NUMBER/pagemap" and "/proc/NUMBER/exe". */
static bool is_about_a_process(const char *path)
{
    static const char start[] = "/proc/";
    if (path == NULL || strncmp(path, start, sizeof start - 1) != 0)
        return false;
    const char *number = path + sizeof start - 1, *end = number + strspn(number, "0123456789");
    static const char *const names[] = {"/status", "/statm", "/mem", "/syscall", "/stat", "/pagemap", "/exe"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (end > number && strcmp(end, names[i]) == 0)
            return true;
    return false;
}

static host_decision decide(void *context, const host_access *access)
{
    if (access->function < HOST_FUNCTION_COUNT && always[access->function])
        return HOST_DECISION_ALLOW;
    const char *path = text_of(access, HOST_ARGUMENT_PATH);
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
    config.allowed_always = HOST_CAPABILITY_BIT(HOST_CAPABILITY_TIME_READ); /* clocks: read at each turn of a conversation */
    config.path_mode = HOST_PATHS_ANY; /* of which decide() leaves the image and what tells about processes */
    return host_env_create(&config, env_out, error);
}
