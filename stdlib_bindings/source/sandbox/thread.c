/* Hides from CPython that its threads are the sandbox's cooperative ones: lifecycle, attributes, keys. */
#include "clock_convert.h"
#include "interpreter_threads.h"
#include "result.h"

#include "sealed/thread.h"

#include <pthread.h>
#include <string.h>

/* What an attribute object holds; starts as zero, meaning defaults. */
struct attributes {
    size_t stack_bytes;
    int is_detached;
};

_Static_assert(sizeof(struct attributes) <= sizeof(pthread_attr_t), "attributes live inside libc's type");
_Static_assert(sizeof(pthread_t) == sizeof(sealed_thread *), "a thread's handle is a pointer to it");

static sealed_thread *of(pthread_t thread)
{
    return (sealed_thread *)thread;
}

int cordon_bind_pthread_attr_init(pthread_attr_t *attributes)
{
    memset(attributes, 0, sizeof *attributes);
    return 0;
}

int cordon_bind_pthread_attr_destroy(pthread_attr_t *attributes)
{
    (void)attributes;
    return 0;
}

int cordon_bind_pthread_attr_setstacksize(pthread_attr_t *attributes, size_t bytes)
{
    if (bytes < SEALED_THREAD_STACK_BYTES_MIN)
        return EINVAL;
    ((struct attributes *)attributes)->stack_bytes = bytes;
    return 0;
}

int cordon_bind_pthread_attr_getstacksize(const pthread_attr_t *attributes, size_t *bytes_out)
{
    size_t bytes = ((const struct attributes *)attributes)->stack_bytes;

    *bytes_out = bytes ? bytes : SEALED_THREAD_STACK_BYTES;
    return 0;
}

int cordon_bind_pthread_attr_setdetachstate(pthread_attr_t *attributes, int state)
{
    if (state != PTHREAD_CREATE_DETACHED && state != PTHREAD_CREATE_JOINABLE)
        return EINVAL;
    ((struct attributes *)attributes)->is_detached = state == PTHREAD_CREATE_DETACHED;
    return 0;
}

/* There is one processor and one process: both scopes mean the same. */
int cordon_bind_pthread_attr_setscope(pthread_attr_t *attributes, int scope)
{
    (void)attributes;
    return scope == PTHREAD_SCOPE_SYSTEM ? 0 : ENOTSUP;
}

int cordon_bind_pthread_create(pthread_t *thread_out, const pthread_attr_t *attributes, void *(*start)(void *),
                               void *argument)
{
    const struct attributes *wanted = (const struct attributes *)attributes;
    sealed_thread *thread;
    int result = sandbox_errno_begin();

    if (result == 0)
        result = sandbox_interpreter_threads_begin();
    if (result == 0)
        result = sealed_thread_create(&thread, wanted ? wanted->stack_bytes : 0, start, argument);
    if (result != 0)
        return -result;
    if (wanted && wanted->is_detached)
        sealed_thread_detach(thread);
    *thread_out = (pthread_t)thread;
    return 0;
}

int cordon_bind_pthread_join(pthread_t thread, void **result_out)
{
    return -sealed_thread_join(of(thread), result_out);
}

int cordon_bind_pthread_detach(pthread_t thread)
{
    return -sealed_thread_detach(of(thread));
}

_Noreturn void cordon_bind_pthread_exit(void *result)
{
    sealed_thread_exit(result);
}

pthread_t cordon_bind_pthread_self(void)
{
    return (pthread_t)sealed_thread_self();
}

int cordon_bind_pthread_equal(pthread_t left, pthread_t right)
{
    return left == right;
}

int cordon_bind_pthread_once(pthread_once_t *once, void (*initialise)(void))
{
    enum { NOT_RUN, IS_RUNNING, HAS_RUN };

    if (*once == HAS_RUN)
        return 0;
    if (*once == IS_RUNNING) { /* a routine that waits while another thread comes by */
        while (*(volatile pthread_once_t *)once == IS_RUNNING)
            sealed_thread_sleep_until(deadline_in(SEALED_CLOCK_STEP_NS));
        return 0;
    }
    *once = IS_RUNNING;
    initialise();
    *once = HAS_RUN;
    return 0;
}

int cordon_bind_pthread_getcpuclockid(pthread_t thread, clockid_t *clock_out)
{
    if (of(thread) != sealed_thread_self())
        return ENOENT; /* only the running thread's time is kept by a clock */
    *clock_out = THREAD_CLOCK_OF_SELF;
    return 0;
}

int cordon_bind_pthread_key_create(pthread_key_t *key_out, void (*destroy)(void *))
{
    unsigned key;
    int result = sealed_thread_key_create(&key, destroy);

    if (result == 0)
        *key_out = (pthread_key_t)key;
    return -result;
}

int cordon_bind_pthread_key_delete(pthread_key_t key)
{
    return -sealed_thread_key_delete((unsigned)key);
}

int cordon_bind_pthread_setspecific(pthread_key_t key, const void *value)
{
    return -sealed_thread_key_set((unsigned)key, value);
}

void *cordon_bind_pthread_getspecific(pthread_key_t key)
{
    return sealed_thread_key_get((unsigned)key);
}

int cordon_bind_sched_yield(void)
{
    sealed_thread_yield();
    return 0;
}

/* gettid, as CPython asks for it. */
long sandbox_thread_number(void)
{
    return sealed_thread_number(sealed_thread_self());
}
