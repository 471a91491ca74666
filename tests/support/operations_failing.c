/* Hides how a primitive is counted and made to fail. */
#include "support/operations_failing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host_call.h"

/* What ends a thing's life does so even when it reports a failure; else every walk would see a leak that is the test's own. */
static const char *const releasing[] = {
    "close", "closedir", "fclose", "munmap", "sem_close", "dlclose", "freeaddrinfo", "endpwent", "endgrent", "waitpid", "waitid",
};
/* These do not return, or have no way to say that they failed. */
static const char *const infallible[] = { "_exit", "exit", "pthread_exit", "abort", "freeaddrinfo", "endpwent", "endgrent" };

static struct shared_state {
    unsigned calls[HOST_OPERATION_COUNT];
    unsigned total, fallible_total;
    bool any;
    unsigned nth;
    int code;
    host_operation_id id;
    unsigned failed; /* 1 + id, 0: none */
} *state;

static bool is_listed(const char *const *list, size_t count, host_operation_id id)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], host_operations_name(id)) == 0) {
            return true;
        }
    }
    return false;
}

static bool releases(host_operation_id id)
{
    return is_listed(releasing, sizeof(releasing) / sizeof(releasing[0]), id);
}

/* Counts the call; true if it is the one to fail. */
static bool injected(host_operation_id id)
{
    unsigned of_this = __atomic_add_fetch(&state->calls[id], 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&state->total, 1, __ATOMIC_RELAXED);
    if (state->nth == 0 || is_listed(infallible, sizeof(infallible) / sizeof(infallible[0]), id)) {
        return false;
    }
    unsigned of_all = __atomic_add_fetch(&state->fallible_total, 1, __ATOMIC_RELAXED);
    if (state->any ? of_all != state->nth : id != state->id || of_this != state->nth) {
        return false;
    }
    state->failed = 1 + (unsigned)id;
    return true;
}

#define OPERATION(type, failure, name, parameters, arguments)                                                       \
    static type failing_##name parameters                                                                           \
    {                                                                                                               \
        if (injected(HOST_OPERATION_##name)) {                                                                      \
            if (releases(HOST_OPERATION_##name)) {                                                                  \
                (void)host_operations_real.name arguments;                                                          \
            }                                                                                                       \
            errno = state->code;                                                                                    \
            return failure;                                                                                         \
        }                                                                                                           \
        return host_operations_real.name arguments;                                                                 \
    }
#include "operations_all.def"
#undef OPERATION

static const struct host_operations failing = {
#define OPERATION(type, failure, name, parameters, arguments) .name = failing_##name,
#include "operations_all.def"
#undef OPERATION
};

static void install(host_env *env, bool any, host_operation_id id, unsigned nth, int code)
{
    if (state == NULL) {
        state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (state == MAP_FAILED) {
            abort();
        }
    }
    memset(state, 0, sizeof(*state));
    state->any = any;
    state->id = id;
    state->nth = nth;
    state->code = code;
    env->operations = failing;
}

void host_operations_watch(host_env *env)
{
    install(env, false, HOST_OPERATION_COUNT, 0, 0);
}

void host_operations_fail(host_env *env, host_operation_id id, unsigned nth, int code)
{
    install(env, false, id, nth, code);
}

void host_operations_fail_any(host_env *env, unsigned nth, int code)
{
    install(env, true, HOST_OPERATION_COUNT, nth, code);
}

void host_operations_restore(host_env *env)
{
    env->operations = host_operations_real;
}

unsigned host_operations_calls(host_operation_id id)
{
    return state == NULL ? 0 : state->calls[id];
}

unsigned host_operations_calls_total(void)
{
    return state == NULL ? 0 : state->total;
}

bool host_operations_failed(void)
{
    return state != NULL && state->failed != 0;
}

const char *host_operations_failed_name(void)
{
    return host_operations_failed() ? host_operations_name((host_operation_id)(state->failed - 1)) : "none";
}
