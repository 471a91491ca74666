/* Hides how threads of the operating system are started, named and ended. */
#include "host_env/thread.h"

#include "host_call.h"

_Static_assert(sizeof(pthread_t) <= sizeof(uint64_t), "a thread is named by a number");

/* pthread_attr_* only fill in memory of ours, so they are no primitives. */
static int attributes_to_host(const host_thread_attributes *attributes, pthread_attr_t *host)
{
    int code = pthread_attr_init(host);
    if (code != 0) {
        return code;
    }
    if (attributes->stack_size_bytes != 0) {
        code = pthread_attr_setstacksize(host, attributes->stack_size_bytes);
    }
    if (code == 0 && attributes->kind == HOST_THREAD_DETACHED) {
        code = pthread_attr_setdetachstate(host, PTHREAD_CREATE_DETACHED);
    }
    if (code != 0) {
        pthread_attr_destroy(host);
    }
    return code;
}

host_status host_thread_create(host_env *env, const host_thread_attributes *attributes, void *(*function)(void *),
                               void *argument, uint64_t *thread_out, host_error *error)
{
    HOST_CALL(call, env, THREAD_CREATE, error);
    host_call_number(&call, "stack_size", attributes != NULL ? (int64_t)attributes->stack_size_bytes : 0);
    if (function == NULL || thread_out == NULL) {
        return host_call_invalid(&call, "function or thread_out is NULL");
    }
    *thread_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    static const host_thread_attributes defaults = {0};
    pthread_attr_t host;
    int code = attributes_to_host(attributes != NULL ? attributes : &defaults, &host);
    if (code != 0) {
        return host_call_finish(&call, code, 0);
    }
    pthread_t thread;
    code = env->operations.pthread_create(&thread, &host, function, argument);
    pthread_attr_destroy(&host);
    *thread_out = code == 0 ? (uint64_t)thread : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_thread_join(host_env *env, uint64_t thread, void **result_out, host_error *error)
{
    HOST_CALL(call, env, THREAD_JOIN, error);
    if (result_out != NULL) {
        *result_out = NULL;
    }
    if (thread == 0) { /* libc would follow the pointer */
        return host_call_invalid(&call, "there is no thread 0");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return host_call_finish(&call, env->operations.pthread_join((pthread_t)thread, result_out), 0);
}

host_status host_thread_detach(host_env *env, uint64_t thread, host_error *error)
{
    HOST_CALL(call, env, THREAD_DETACH, error);
    if (thread == 0) {
        return host_call_invalid(&call, "there is no thread 0");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return host_call_finish(&call, env->operations.pthread_detach((pthread_t)thread), 0);
}

host_status host_thread_exit(host_env *env, void *result, host_error *error)
{
    HOST_CALL(call, env, THREAD_EXIT, error);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    host_status status = host_call_finish(&call, 0, 0); /* before: nothing runs after */
    env->operations.pthread_exit(result);
    return status;
}

host_status host_thread_gettid(host_env *env, int64_t *tid_out, host_error *error)
{
    HOST_CALL(call, env, THREAD_GETTID, error);
    if (tid_out == NULL) {
        return host_call_invalid(&call, "tid_out is NULL");
    }
    *tid_out = -1;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *tid_out = env->operations.gettid();
    return host_call_finish(&call, 0, *tid_out);
}

host_status host_thread_getcpuclockid(host_env *env, uint64_t thread, int64_t *clock_out, host_error *error)
{
    HOST_CALL(call, env, THREAD_GETCPUCLOCKID, error);
    if (clock_out == NULL || thread == 0) {
        return host_call_invalid(&call, "clock_out is NULL or there is no such thread");
    }
    *clock_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    clockid_t clock = 0;
    int code = env->operations.pthread_getcpuclockid((pthread_t)thread, &clock);
    *clock_out = code == 0 ? clock : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_thread_setname(host_env *env, uint64_t thread, const char *name, host_error *error)
{
    HOST_CALL(call, env, THREAD_SETNAME, error);
    host_call_name(&call, "name", name);
    if (name == NULL || thread == 0) {
        return host_call_invalid(&call, "name is NULL or there is no such thread");
    }
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return host_call_finish(&call, env->operations.pthread_setname_np((pthread_t)thread, name), 0);
}

host_status host_thread_getname(host_env *env, uint64_t thread, char *name_out, size_t size_bytes, host_error *error)
{
    HOST_CALL(call, env, THREAD_GETNAME, error);
    if (name_out == NULL || size_bytes == 0 || thread == 0) {
        return host_call_invalid(&call, "there is no room for the name or no such thread");
    }
    name_out[0] = '\0';
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    return host_call_finish(&call, env->operations.pthread_getname_np((pthread_t)thread, name_out, size_bytes), 0);
}

host_status host_thread_yield(host_env *env, host_error *error)
{
    HOST_CALL(call, env, THREAD_YIELD, error);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int failed = env->operations.sched_yield();
    return host_call_finish(&call, failed ? errno : 0, 0);
}
