/* Hides posix_spawn(3): its objects, which libc allocates, and that file actions open files too. */
#include "host_env/process.h"

#include "host_call.h"
#include "program_paths.h"
#include "signal_sets.h"

extern char **environ;

_Static_assert((int)HOST_SPAWN_SET_JOB == POSIX_SPAWN_SETPGROUP && (int)HOST_SPAWN_RESET_IDS == POSIX_SPAWN_RESETIDS &&
                   (int)HOST_SPAWN_SET_MASK == POSIX_SPAWN_SETSIGMASK &&
                   (int)HOST_SPAWN_SET_DEFAULTS == POSIX_SPAWN_SETSIGDEF &&
                   (int)HOST_SPAWN_SET_PRIORITY == POSIX_SPAWN_SETSCHEDPARAM &&
                   (int)HOST_SPAWN_SET_SCHEDULER == POSIX_SPAWN_SETSCHEDULER &&
                   (int)HOST_SPAWN_NEW_SESSION == POSIX_SPAWN_SETSID,
               "flags pass through unchanged");

/* Asks for what an open in the child would ask for in this process; the spawn itself has been granted. */
static bool action_is_permitted(host_call *call, const host_file_action *action)
{
    int access = action->flags & O_ACCMODE;
    bool writes = access != O_RDONLY || (action->flags & (O_CREAT | O_TRUNC)) != 0;
    HOST_CALL(opening, call->env, PROCESS_POSIX_SPAWN, call->error);
    host_call_path(&opening, "path", action->path);
    host_call_number(&opening, "flags", action->flags);
    if ((access != O_WRONLY && !host_call_permitted_also(&opening, HOST_CAPABILITY_FS_READ)) ||
        (writes && !host_call_permitted_also(&opening, HOST_CAPABILITY_FS_WRITE))) {
        call->access.status = opening.access.status; /* told and recorded already */
        return false;
    }
    return true;
}

static bool actions_are_permitted(host_call *call, const host_posix_spawn *spawn)
{
    for (size_t i = 0; i < spawn->action_count; i++) {
        if (spawn->actions[i].kind != HOST_FILE_ACTION_OPEN) {
            continue;
        }
        if (!action_is_permitted(call, &spawn->actions[i])) {
            return false;
        }
        if (call->env->path_mode != HOST_PATHS_ANY) {
            host_call_finish_status(call, HOST_OUTSIDE_ROOT, EACCES, 0,
                                    "a file action would open a path beneath no root");
            return false;
        }
    }
    return true;
}

static int action_add(posix_spawn_file_actions_t *host, const host_file_action *action)
{
    switch (action->kind) {
    case HOST_FILE_ACTION_OPEN:
        return posix_spawn_file_actions_addopen(host, action->fd, action->path, action->flags, action->mode);
    case HOST_FILE_ACTION_CLOSE:
        return posix_spawn_file_actions_addclose(host, action->fd);
    case HOST_FILE_ACTION_DUPLICATE:
        return posix_spawn_file_actions_adddup2(host, action->fd, action->fd_to);
    case HOST_FILE_ACTION_CLOSE_FROM:
        return posix_spawn_file_actions_addclosefrom_np(host, action->fd);
    }
    return EINVAL;
}

static int actions_to_host(const host_posix_spawn *spawn, posix_spawn_file_actions_t *host)
{
    int code = posix_spawn_file_actions_init(host);
    if (code != 0) {
        return code;
    }
    for (size_t i = 0; i < spawn->action_count && code == 0; i++) {
        code = action_add(host, &spawn->actions[i]);
    }
    if (code != 0) {
        posix_spawn_file_actions_destroy(host);
    }
    return code;
}

static int attributes_to_host(const host_spawn_attributes *attributes, posix_spawnattr_t *host)
{
    int code = posix_spawnattr_init(host);
    if (code != 0 || attributes == NULL) {
        return code;
    }
    const sigset_t mask = signal_set_to_host(attributes->mask), defaults = signal_set_to_host(attributes->defaults);
    const struct sched_param parameter = {.sched_priority = attributes->priority};
    if ((code = posix_spawnattr_setflags(host, (short)attributes->attributes)) != 0 ||
        (code = posix_spawnattr_setpgroup(host, (pid_t)attributes->job)) != 0 ||
        (code = posix_spawnattr_setsigmask(host, &mask)) != 0 ||
        (code = posix_spawnattr_setsigdefault(host, &defaults)) != 0 ||
        (code = posix_spawnattr_setschedpolicy(host, attributes->scheduler)) != 0 ||
        (code = posix_spawnattr_setschedparam(host, &parameter)) != 0) {
        posix_spawnattr_destroy(host);
    }
    return code;
}

static int spawn_with(const struct host_operations *operations, const host_posix_spawn *spawn, const char *path,
                      pid_t *pid_out)
{
    posix_spawn_file_actions_t actions;
    int code = actions_to_host(spawn, &actions);
    if (code != 0) {
        return code;
    }
    posix_spawnattr_t attributes;
    code = attributes_to_host(spawn->attributes, &attributes);
    if (code == 0) {
        char *const *environment = spawn->environment != NULL ? (char *const *)spawn->environment : environ;
        code = (spawn->search == HOST_SPAWN_SEARCH_PATH ? operations->posix_spawnp : operations->posix_spawn)(
            pid_out, path, &actions, &attributes, (char *const *)spawn->arguments, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static bool spawn_is_complete(const host_posix_spawn *spawn)
{
    if (spawn == NULL || spawn->program == NULL || spawn->arguments == NULL ||
        (spawn->action_count > 0 && spawn->actions == NULL)) {
        return false;
    }
    for (size_t i = 0; i < spawn->action_count; i++) {
        if (spawn->actions[i].kind == HOST_FILE_ACTION_OPEN && spawn->actions[i].path == NULL) {
            return false;
        }
    }
    return true;
}

host_status host_process_posix_spawn(host_env *env, const host_posix_spawn *spawn, int64_t *pid_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_POSIX_SPAWN, error);
    host_call_path(&call, "program", spawn != NULL ? spawn->program : NULL);
    host_call_list(&call, "arguments", spawn != NULL ? spawn->arguments : NULL);
    if (pid_out != NULL) {
        *pid_out = -1;
    }
    if (pid_out == NULL || !spawn_is_complete(spawn)) {
        return host_call_invalid(&call, "a program, its arguments, a path or pid_out is NULL");
    }
    if (!host_call_permitted(&call) || !actions_are_permitted(&call, spawn)) {
        return call.access.status;
    }
    program_path found;
    program_path_use use = spawn->search == HOST_SPAWN_SEARCH_PATH ? PROGRAM_PATH_SEARCHED : PROGRAM_PATH_EXACT;
    if (program_path_open(&call, spawn->program, use, &found) != HOST_OK) {
        return call.access.status;
    }
    pid_t pid = -1;
    char text[PROGRAM_PATH_BYTES];
    int code = spawn_with(&env->operations, spawn, program_path_for_child(&call, &found, text), &pid);
    program_path_close(&call, &found);
    *pid_out = code == 0 ? pid : -1;
    return host_call_finish(&call, code, code == 0 ? pid : 0);
}
