/* What every adapter of the full variant shares: the process's host_env, and the one way from a host_error to errno.
 * For the files below source/full and for the program that starts the interpreter; CPython itself never sees this header. */
#ifndef BINDINGS_BIND_H
#define BINDINGS_BIND_H

#include "host_env/host_env.h"

/* Gives the adapters the host_env that they use from now on (borrowed, for the life of the process), and fills the variables that libc
 * would own: the standard streams and the environment. Call it once, before the first function of CPython and while there is one thread.
 * A host_env that refuses one of these leaves that variable NULL, which every adapter answers with an error. */
void bind_set_host(host_env *env);
/* A variable of the environment that CPython does not see, cannot change, and that every program it starts gets, whatever environment it is started with.
 * "NAME=VALUE", as it is in the host's environment; borrowed for the life of the process. At most 4; before bind_set_host. */
void bind_hide_variable(const char *assignment);
/* Called in the child of each fork, before anything else there. NULL: nothing. */
void bind_set_child_function(void (*function)(void));
/* Where bind_set_host keeps it: CPython calls libc's names without a context argument, so the adapters need one place to find theirs. Not to be
 * written by anybody else; hidden, so that reading it is one instruction. */
extern host_env *bind_process_host __attribute__((visibility("hidden")));
/* The host_env; NULL before bind_set_host, and then host_env refuses every call. Async-signal-safe. */
static inline host_env *bind_host(void) { return bind_process_host; }

/* The errno that stands for a failed call; never 0. Async-signal-safe. */
int bind_code(const host_error *error) __attribute__((cold));
/* Sets errno to bind_code(error); returns -1. */
int bind_fail(const host_error *error) __attribute__((cold));

/* Marks an adapter that programs call for every file they look at; the linker puts these together, beside host_env's (host_env/source/operations.h). */
#define BIND_HOT __attribute__((hot))

/* Calls host_<function>(bind_host(), ..., &error). BIND: 0, or -1 with errno. BIND_CODE: 0, or an error number as pthread_* return it.
 * BIND_POINTER(result, ...): `result`, or NULL with errno. */
#define BIND(function, ...)                                                                                    \
    __extension__({                                                                                            \
        host_error bind_error;                                                                                 \
        host_##function(bind_host(), __VA_ARGS__, &bind_error) == HOST_OK ? 0 : bind_fail(&bind_error);        \
    })
#define BIND_CODE(function, ...)                                                                               \
    __extension__({                                                                                            \
        host_error bind_error;                                                                                 \
        host_##function(bind_host(), __VA_ARGS__, &bind_error) == HOST_OK ? 0 : bind_code(&bind_error);        \
    })
#define BIND_POINTER(result, function, ...) (BIND(function, __VA_ARGS__) == 0 ? (void *)(result) : NULL)
/* For functions without arguments of their own. */
#define BIND_PLAIN(function)                                                                                   \
    __extension__({                                                                                            \
        host_error bind_error;                                                                                 \
        host_##function(bind_host(), &bind_error) == HOST_OK ? 0 : bind_fail(&bind_error);                     \
    })

#endif
