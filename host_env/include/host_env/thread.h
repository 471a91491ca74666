/* Threads of the operating system. A thread is named by the number that pthread_self() of the host gives, cast to
 * uint64_t. */
#ifndef HOST_ENV_THREAD_H
#define HOST_ENV_THREAD_H

#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"

typedef enum host_thread_kind { HOST_THREAD_JOINABLE = 0, HOST_THREAD_DETACHED = 1 } host_thread_kind;

typedef struct host_thread_attributes {
    size_t stack_size_bytes; /* 0: the host's default */
    host_thread_kind kind;
} host_thread_attributes;

/* `attributes` NULL means the defaults. A joinable thread must be joined or detached once. Fails with INVALID_ARGUMENT
 * (stack too small), WOULD_BLOCK (too many threads). */
host_status host_thread_create(host_env *env, const host_thread_attributes *attributes, void *(*function)(void *),
                               void *argument, uint64_t *thread_out, host_error *error);
/* `result_out` may be NULL. */
host_status host_thread_join(host_env *env, uint64_t thread, void **result_out, host_error *error);
host_status host_thread_detach(host_env *env, uint64_t thread, host_error *error);
/* Returns only if refused. */
host_status host_thread_exit(host_env *env, void *result, host_error *error);
host_status host_thread_gettid(host_env *env, int64_t *tid_out, host_error *error);
/* A clock id for the time functions. */
host_status host_thread_getcpuclockid(host_env *env, uint64_t thread, int64_t *clock_out, host_error *error);
/* At most 15 bytes; TOO_LARGE beyond. */
host_status host_thread_setname(host_env *env, uint64_t thread, const char *name, host_error *error);
host_status host_thread_getname(host_env *env, uint64_t thread, char *name_out, size_t size_bytes, host_error *error);
host_status host_thread_yield(host_env *env, host_error *error);

#endif
