/* Hides how this process duplicates, replaces and ends itself. All but system() is async-signal-safe. */
#include "host_env/process.h"

#include "host_call.h"
#include "program_paths.h"

extern char **environ;

static char *const *environment_or_own(const char *const *environment)
{
    return environment != NULL ? (char *const *)environment : environ;
}

host_status host_process_fork(host_env *env, int64_t *pid_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_FORK, error);
    if (pid_out == NULL) {
        return host_call_invalid(&call, "pid_out is NULL");
    }
    *pid_out = -1;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    pid_t pid = env->operations.fork();
    int code = pid < 0 ? errno : 0;
    *pid_out = pid;
    if (pid == 0) { /* one fork is one access: the parent tells of it */
        return HOST_OK;
    }
    return host_call_finish(&call, code, pid);
}

host_status host_process_execve(host_env *env, const char *program, const char *const *arguments,
                                const char *const *environment, host_error *error)
{
    HOST_CALL(call, env, PROCESS_EXECVE, error);
    host_call_path(&call, "program", program);
    host_call_list(&call, "arguments", arguments);
    if (program == NULL || arguments == NULL) {
        return host_call_invalid(&call, "program or arguments is NULL");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    program_path found;
    if (program_path_open(&call, program, PROGRAM_PATH_EXACT, &found) != HOST_OK) {
        return call.access.status;
    }
    host_call_finish(&call, 0, 0); /* before: there is no after. A failure is told as well. */
    /* A confined program is the very file that was judged, so no path is looked up again. */
    int failed = found.fd < 0
                     ? env->operations.execve(found.path, (char *const *)arguments, environment_or_own(environment))
                     : env->operations.execveat(found.fd, "", (char *const *)arguments, environment_or_own(environment),
                                                AT_EMPTY_PATH);
    int code = failed ? errno : 0;
    program_path_close(&call, &found);
    return host_call_finish(&call, code, 0);
}

host_status host_process_fexecve(host_env *env, int fd, const char *const *arguments, const char *const *environment,
                                 host_error *error)
{
    HOST_CALL(call, env, PROCESS_FEXECVE, error);
    host_call_fd(&call, "fd", fd);
    host_call_list(&call, "arguments", arguments);
    if (arguments == NULL) {
        return host_call_invalid(&call, "arguments is NULL");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    host_call_finish(&call, 0, 0); /* before: there is no after. A failure is told as well. */
    int failed = env->operations.fexecve(fd, (char *const *)arguments, environment_or_own(environment));
    return host_call_finish(&call, failed ? errno : 0, 0);
}

host_status host_process_exit(host_env *env, int code, host_error *error)
{
    HOST_CALL(call, env, PROCESS_EXIT, error);
    host_call_number(&call, "code", code);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    host_status status = host_call_finish(&call, 0, 0); /* before: nothing runs after */
    env->operations._exit(code);
    return status;
}

host_status host_process_system(host_env *env, const char *command, int *status_out, host_error *error)
{
    HOST_CALL(call, env, PROCESS_SYSTEM, error);
    host_call_name(&call, "command", command);
    if (status_out == NULL) {
        return host_call_invalid(&call, "status_out is NULL");
    }
    *status_out = -1;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    if (env->path_mode != HOST_PATHS_ANY) {
        return host_call_finish_status(&call, HOST_OUTSIDE_ROOT, EACCES, 0,
                                       "the shell would open paths beneath no root");
    }
    *status_out = env->operations.system(command);
    return host_call_finish(&call, *status_out == -1 ? errno : 0, 0);
}
