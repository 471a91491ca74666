/* posix_spawn and its file actions: libc's signatures on host_env/process.h.
 * libc's own list of actions cannot be read, so the actions are kept here, behind the pointer that libc's struct has for its list. */
#include "bind_internal.h"
#include "bindings/bind.h"
#include "prototypes.h"

struct action_list {
    size_t count;
    host_file_action actions[]; /* paths are owned */
};

static struct action_list **list_of(posix_spawn_file_actions_t *actions) { return (struct action_list **)&actions->__actions; }

int cordon_bind_posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions)
{
    memset(actions, 0, sizeof *actions);
    return 0;
}

int cordon_bind_posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions)
{
    struct action_list *list = *list_of(actions);
    for (size_t i = 0; list != NULL && i < list->count; i++) free((char *)list->actions[i].path);
    free(list);
    *list_of(actions) = NULL;
    return 0;
}

/* Takes action->path, even on failure. */
static int append(posix_spawn_file_actions_t *actions, const host_file_action *action)
{
    struct action_list *list = *list_of(actions);
    size_t count = list == NULL ? 0 : list->count;
    struct action_list *longer = realloc(list, sizeof *longer + (count + 1) * sizeof longer->actions[0]);
    if (longer == NULL) {
        free((char *)action->path);
        return ENOMEM;
    }
    longer->actions[count] = *action;
    longer->count = count + 1;
    *list_of(actions) = longer;
    return 0;
}

int cordon_bind_posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *restrict actions, int fd, const char *restrict path, int flags, mode_t mode)
{
    if (fd < 0) return EBADF;
    char *copy = strdup(path);
    if (copy == NULL) return ENOMEM;
    return append(actions, &(host_file_action){ .kind = HOST_FILE_ACTION_OPEN, .fd = fd, .path = copy, .flags = flags, .mode = mode });
}

int cordon_bind_posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *actions, int fd)
{
    return fd < 0 ? EBADF : append(actions, &(host_file_action){ .kind = HOST_FILE_ACTION_CLOSE, .fd = fd });
}

int cordon_bind_posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int fd_to)
{
    return fd < 0 || fd_to < 0 ? EBADF : append(actions, &(host_file_action){ .kind = HOST_FILE_ACTION_DUPLICATE, .fd = fd, .fd_to = fd_to });
}

int cordon_bind_posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int fd)
{
    return fd < 0 ? EBADF : append(actions, &(host_file_action){ .kind = HOST_FILE_ACTION_CLOSE_FROM, .fd = fd });
}

static const struct attribute_flag {
    short libc;
    host_spawn_attribute host;
} attribute_flags[] = {
    { POSIX_SPAWN_SETPGROUP, HOST_SPAWN_SET_JOB },       { POSIX_SPAWN_RESETIDS, HOST_SPAWN_RESET_IDS },
    { POSIX_SPAWN_SETSID, HOST_SPAWN_NEW_SESSION },      { POSIX_SPAWN_SETSIGMASK, HOST_SPAWN_SET_MASK },
    { POSIX_SPAWN_SETSIGDEF, HOST_SPAWN_SET_DEFAULTS },  { POSIX_SPAWN_SETSCHEDPARAM, HOST_SPAWN_SET_PRIORITY },
    { POSIX_SPAWN_SETSCHEDULER, HOST_SPAWN_SET_SCHEDULER },
};

/* The attributes live in memory only, so libc's own functions read them. */
static host_spawn_attributes attributes_of(const posix_spawnattr_t *attributes)
{
    short flags = 0;
    pid_t job = 0;
    sigset_t mask, defaults;
    struct sched_param parameters = { 0 };
    host_spawn_attributes result = { 0 };
    posix_spawnattr_getflags(attributes, &flags);
    posix_spawnattr_getpgroup(attributes, &job);
    posix_spawnattr_getsigmask(attributes, &mask);
    posix_spawnattr_getsigdefault(attributes, &defaults);
    posix_spawnattr_getschedpolicy(attributes, &result.scheduler);
    posix_spawnattr_getschedparam(attributes, &parameters);
    for (size_t i = 0; i < sizeof attribute_flags / sizeof *attribute_flags; i++)
        if (flags & attribute_flags[i].libc) result.attributes |= attribute_flags[i].host;
    result.job = job;
    result.mask = bind_signal_set(&mask);
    result.defaults = bind_signal_set(&defaults);
    result.priority = parameters.sched_priority;
    return result;
}

/* Returns the error number. */
static int spawn(pid_t *pid_out, const char *program, host_spawn_search search, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const *arguments, char *const *environment)
{
    const struct action_list *list = actions == NULL ? NULL : *list_of((posix_spawn_file_actions_t *)actions);
    host_spawn_attributes chosen;
    size_t count = bind_started_count(environment);
    if (count > BIND_STARTED_MAX) return E2BIG;
    char *room[count + 1];
    if (count > 0) environment = bind_started(environment, room);
    if (attributes != NULL) chosen = attributes_of(attributes);
    host_posix_spawn request = {
        .program = program,
        .search = search,
        .arguments = (const char *const *)arguments,
        .environment = (const char *const *)environment,
        .actions = list == NULL ? NULL : list->actions,
        .action_count = list == NULL ? 0 : list->count,
        .attributes = attributes == NULL ? NULL : &chosen,
    };
    int64_t pid;
    int code = BIND_CODE(process_posix_spawn, &request, &pid);
    if (code == 0 && pid_out != NULL) *pid_out = (pid_t)pid;
    return code;
}

int cordon_bind_posix_spawn(pid_t *restrict pid_out, const char *restrict program, const posix_spawn_file_actions_t *restrict actions,
                            const posix_spawnattr_t *restrict attributes, char *const arguments[restrict], char *const environment[restrict])
{
    return spawn(pid_out, program, HOST_SPAWN_EXACT_PATH, actions, attributes, arguments, environment);
}

int cordon_bind_posix_spawnp(pid_t *pid_out, const char *program, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
                             char *const arguments[], char *const environment[])
{
    return spawn(pid_out, program, HOST_SPAWN_SEARCH_PATH, actions, attributes, arguments, environment);
}
