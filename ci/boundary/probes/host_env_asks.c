/* Counts what host_env asks its policy and what it tells its record, over one access of each kind; first allowed, then
 * refused. Usage: host_env_asks FOLDER. Prints a sentence and "accesses: N"; exit code 1 with the reason if an access
 * was not asked, not told, or happened although it was refused. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host_env/env.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/host_env.h"
#include "host_env/ipc.h"
#include "host_env/memory.h"
#include "host_env/net.h"
#include "host_env/process.h"
#include "host_env/random.h"

struct witness {
    host_decision answer;
    int asked, told;
    host_function last_asked, last_told;
    host_status last_status;
};

static host_decision decide(void *context, const host_access *access)
{
    struct witness *witness = context;
    witness->asked++;
    witness->last_asked = access->function;
    return witness->answer;
}

static void record(void *context, const host_access *access)
{
    struct witness *witness = context;
    witness->told++;
    witness->last_told = access->function;
    witness->last_status = access->status;
}

static char path[4096];
static int fd = -1;

/* For writing only: with reading as well it asks for both capabilities. */
static host_status open_file(host_env *env)
{
    return host_fs_open(env, HOST_AT_CWD, path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600, &fd, NULL);
}
static host_status look(host_env *env)
{
    return host_fs_access(env, HOST_AT_CWD, "/", F_OK, 0, NULL);
}
static host_status remove_file(host_env *env)
{
    return host_fs_unlink(env, HOST_AT_CWD, path, 0, NULL);
}
static host_status own_id(host_env *env)
{
    return host_process_getpid(env, &(int64_t){0}, NULL);
}
static host_status no_signal(host_env *env)
{
    return host_process_kill(env, getpid(), 0, NULL);
}

static host_status write_byte(host_env *env)
{
    size_t count;
    return host_fd_write(env, fd, "x", 1, &count, NULL);
}

static host_status close_file(host_env *env)
{
    host_status status = host_fd_close(env, fd, NULL);
    if (status == HOST_OK)
        fd = -1;
    return status;
}

static host_status variable(host_env *env)
{
    const char *value;
    return host_env_get(env, "PATH", &value, NULL);
}

static host_status random_bytes(host_env *env)
{
    char bytes[16];
    size_t count;
    return host_random_bytes(env, bytes, sizeof(bytes), 0, &count, NULL);
}

static host_status pipe_pair(host_env *env)
{
    int fds[2];
    host_status status = host_ipc_pipe(env, O_CLOEXEC, fds, NULL);
    if (status == HOST_OK) {
        close(fds[0]);
        close(fds[1]);
    }
    return status;
}

static host_status socket_made(host_env *env)
{
    int made;
    host_status status = host_net_socket(env, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, &made, NULL);
    if (status == HOST_OK)
        close(made);
    return status;
}

static host_status memory_mapped(host_env *env)
{
    void *memory;
    host_status status = host_memory_map(env, NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, &memory, NULL);
    if (status == HOST_OK)
        munmap(memory, 4096);
    return status;
}

static const struct access_case {
    const char *name;
    host_function function;
    host_status (*access)(host_env *env);
} cases[] = {
    {"open", HOST_FUNCTION_FS_OPEN, open_file},           {"write", HOST_FUNCTION_FD_WRITE, write_byte},
    {"close", HOST_FUNCTION_FD_CLOSE, close_file},        {"access", HOST_FUNCTION_FS_ACCESS, look},
    {"unlink", HOST_FUNCTION_FS_UNLINK, remove_file},     {"environment", HOST_FUNCTION_ENV_GET, variable},
    {"process id", HOST_FUNCTION_PROCESS_GETPID, own_id}, {"signal", HOST_FUNCTION_PROCESS_KILL, no_signal},
    {"random", HOST_FUNCTION_RANDOM_BYTES, random_bytes}, {"pipe", HOST_FUNCTION_IPC_PIPE, pipe_pair},
    {"socket", HOST_FUNCTION_NET_SOCKET, socket_made},    {"memory", HOST_FUNCTION_MEMORY_MAP, memory_mapped},
};
enum { CASES = sizeof(cases) / sizeof(*cases) };

/* One access under one answer; prints what is wrong and says whether all was right. */
static int judged(host_env *env, struct witness *witness, const struct access_case *each, host_decision answer)
{
    *witness = (struct witness){.answer = answer};
    host_status wanted = answer == HOST_DECISION_ALLOW ? HOST_OK : HOST_DENIED_BY_POLICY;
    host_status status = each->access(env);
    if (witness->asked == 1 && witness->told == 1 && witness->last_asked == each->function &&
        witness->last_told == each->function && status == wanted && witness->last_status == wanted)
        return 1;
    printf("%s, %s: asked %d times, told %d times, ended with %s\n", each->name,
           answer == HOST_DECISION_ALLOW ? "allowed" : "refused", witness->asked, witness->told,
           host_status_name(status));
    return 0;
}

int main(int argument_count, char **arguments)
{
    struct witness witness = {.answer = HOST_DECISION_DENY};
    host_env_config config = HOST_ENV_CONFIG_INIT;
    host_env *env;
    int right = 0;

    if (argument_count != 2)
        return 2;
    snprintf(path, sizeof(path), "%s/file-of-the-witness", arguments[1]);
    config.decide = decide;
    config.decide_context = &witness;
    config.record = record;
    config.record_context = &witness;
    config.path_mode = HOST_PATHS_ANY;
    if (host_env_create(&config, &env, NULL) != HOST_OK)
        return 2;

    for (int i = 0; i < CASES; i++)
        right += judged(env, &witness, &cases[i], HOST_DECISION_DENY);
    int happened = access(path, F_OK) == 0 || fd != -1;
    if (happened)
        printf("a refused open left a file behind\n");
    for (int i = 0; i < CASES; i++)
        right += judged(env, &witness, &cases[i], HOST_DECISION_ALLOW);
    host_env_destroy(env);

    if (happened || right != 2 * CASES)
        return 1;
    printf("%d accesses refused, their %d twins allowed; each asked once and told once\naccesses: %d\n", CASES, CASES,
           right);
    return 0;
}
