/* Threads: libc's signatures on host_env/thread.h. Locks, conditions and keys live in memory only and stay libc's own. */
#include "bindings/bind.h"
#include "host_env/thread.h"
#include "prototypes.h"

int cordon_bind_pthread_create(pthread_t *restrict thread_out, const pthread_attr_t *restrict attributes, void *(*function)(void *),
                               void *restrict argument)
{
    host_thread_attributes wanted = { 0 };
    if (attributes != NULL) {
        int state;
        if (pthread_attr_getstacksize(attributes, &wanted.stack_size_bytes) != 0 || pthread_attr_getdetachstate(attributes, &state) != 0)
            return EINVAL;
        wanted.kind = state == PTHREAD_CREATE_DETACHED ? HOST_THREAD_DETACHED : HOST_THREAD_JOINABLE;
    }
    uint64_t thread;
    int code = BIND_CODE(thread_create, &wanted, function, argument, &thread);
    if (code == 0) *thread_out = thread;
    return code;
}

int cordon_bind_pthread_join(pthread_t thread, void **result_out) { return BIND_CODE(thread_join, thread, result_out); }
int cordon_bind_pthread_detach(pthread_t thread) { return BIND_CODE(thread_detach, thread); }

void cordon_bind_pthread_exit(void *result)
{
    (void)BIND(thread_exit, result);
    /* Refused: a caller of pthread_exit cannot go on. */
    __builtin_trap();
}

int cordon_bind_pthread_getcpuclockid(pthread_t thread, clockid_t *clock_out)
{
    int64_t clock;
    int code = BIND_CODE(thread_getcpuclockid, thread, &clock);
    if (code == 0) *clock_out = (clockid_t)clock;
    return code;
}
