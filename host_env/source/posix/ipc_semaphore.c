/* Hides from everyone the host's named semaphores. A host_ipc_semaphore is its sem_t, cast. */
#include "host_call.h"
#include "host_env/ipc.h"

static sem_t *host_form(host_ipc_semaphore *semaphore)
{
    return (sem_t *)semaphore;
}

host_status host_ipc_semaphore_open(host_env *env, const char *name, int flags, unsigned int mode, unsigned int value,
                                    host_ipc_semaphore **semaphore_out, host_error *error)
{
    HOST_CALL(call, env, IPC_SEMAPHORE_OPEN, error);
    host_call_name(&call, "name", name);
    host_call_number(&call, "flags", flags);
    host_call_number(&call, "mode", mode);
    host_call_number(&call, "value", value);
    if (semaphore_out == NULL) return host_call_invalid(&call, "semaphore_out is NULL");
    *semaphore_out = NULL;
    if (name == NULL) return host_call_invalid(&call, "name is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    sem_t *semaphore = env->operations.sem_open_value(name, flags, mode, value);
    int code = semaphore == SEM_FAILED ? errno : 0;
    if (code == 0) *semaphore_out = (host_ipc_semaphore *)semaphore;
    return host_call_finish(&call, code, 0);
}

host_status host_ipc_semaphore_remove(host_env *env, const char *name, host_error *error)
{
    HOST_CALL(call, env, IPC_SEMAPHORE_REMOVE, error);
    host_call_name(&call, "name", name);
    if (name == NULL) return host_call_invalid(&call, "name is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.sem_unlink(name) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

/* The functions that take a semaphore and nothing else differ in one operation. */
#define SEMAPHORE_ACTION(verb, NAME, operation)                                                                \
    host_status host_ipc_semaphore_##verb(host_env *env, host_ipc_semaphore *semaphore, host_error *error)     \
    {                                                                                                          \
        HOST_CALL(call, env, IPC_SEMAPHORE_##NAME, error);                                          \
        if (semaphore == NULL) return host_call_invalid(&call, "semaphore is NULL");                           \
        if (!host_call_permitted(&call)) return call.access.status;                                            \
        int code = env->operations.operation(host_form(semaphore)) < 0 ? errno : 0;                            \
        return host_call_finish(&call, code, 0);                                                               \
    }
SEMAPHORE_ACTION(close, CLOSE, sem_close)
SEMAPHORE_ACTION(wait, WAIT, sem_wait)
SEMAPHORE_ACTION(try_wait, TRY_WAIT, sem_trywait)
SEMAPHORE_ACTION(post, POST, sem_post)

host_status host_ipc_semaphore_wait_until(host_env *env, host_ipc_semaphore *semaphore, const host_time *deadline, host_error *error)
{
    HOST_CALL(call, env, IPC_SEMAPHORE_WAIT_UNTIL, error);
    if (semaphore == NULL || deadline == NULL) return host_call_invalid(&call, "semaphore or deadline is NULL");
    host_call_number(&call, "seconds", deadline->seconds);
    if (!host_call_permitted(&call)) return call.access.status;
    struct timespec until = { .tv_sec = deadline->seconds, .tv_nsec = deadline->nanoseconds };
    int code = env->operations.sem_timedwait(host_form(semaphore), &until) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_ipc_semaphore_value(host_env *env, host_ipc_semaphore *semaphore, int *value_out, host_error *error)
{
    HOST_CALL(call, env, IPC_SEMAPHORE_VALUE, error);
    if (semaphore == NULL || value_out == NULL) return host_call_invalid(&call, "semaphore or value_out is NULL");
    *value_out = 0;
    if (!host_call_permitted(&call)) return call.access.status;
    int value = 0;
    int code = env->operations.sem_getvalue(host_form(semaphore), &value) < 0 ? errno : 0;
    *value_out = code == 0 ? value : 0;
    return host_call_finish(&call, code, 0);
}
