/* Host functions that Python in a sandbox can call: cordon.call("name", ...).
 *
 * A callback is called on the thread that executes, with a call that it answers at once or keeps and answers later,
 * from any thread: each call exactly once, with cordon_call_answer or cordon_call_fail, also when the sandbox has ended
 * meanwhile (the answer is then dropped). Until then what the call tells (name, arguments) stays valid.
 *
 * The schema in `parameters` is checked twice: in the sandbox, for a good TypeError, and again here, because a sandbox
 * is not believed. A function sees only calls whose arguments fit.
 *
 * An effect is a callback without a function. What the sandbox calls it with is handed to the host as the outcome SUSPENDED,
 * and the host answers when it likes: in a minute, or in another process (execute.h, docs/effects.md). */
#ifndef CORDON_CALLBACK_H
#define CORDON_CALLBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cordon/value.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cordon_call cordon_call;
typedef struct cordon_engine cordon_engine;
typedef struct cordon_sandbox cordon_sandbox;

/* Must not use the sandbox that calls, but for cordon_sandbox_cancel and cordon_sandbox_snapshot. */
typedef void (*cordon_callback_function)(void *context, cordon_call *call);

typedef struct cordon_parameter {
    const char *name;
    /* "any", "none", "bool", "int", "float", "str", "bytes", "list", "tuple", "dict", "set", "datetime", "date", "time",
     * "timedelta", "complex"; several joined by "|"; NULL: any. An int is a float too. */
    const char *type;
    const char *description;           /* NULL: none */
    bool is_optional;                  /* may be left out; then the function does not see it, or sees initial_value */
    const cordon_value *initial_value; /* borrowed for the call of _register; NULL: none */
} cordon_parameter;

typedef struct cordon_callback {
    size_t struct_size;                 /* set by CORDON_CALLBACK_INIT */
    const char *name;                   /* words of letters, digits and _, joined by dots: "http.get" */
    const char *description;            /* NULL: none */
    const cordon_parameter *parameters; /* in order */
    size_t parameter_count;
    bool takes_anything; /* no schema: whatever is given, by position and by name, is passed on */
    const char *returns; /* type, for people; NULL: any */
    cordon_callback_function function;
    void *context; /* borrowed; must outlive the sandboxes that may call */
    bool is_effect; /* it has no function: a call is left open, and cordon_sandbox_resume answers it (execute.h) */
} cordon_callback;
#define CORDON_CALLBACK_INIT                                                                                           \
    {                                                                                                                  \
        .struct_size = sizeof(cordon_callback)                                                                         \
    }

/* All but the context is borrowed for the call only. A name given twice replaces the former. Into an engine: for the
 * sandboxes that are created after. Into a sandbox: Python learns of it with the next execution; calls that an execution
 * makes after it was suspended are answered by what is registered then. Fails with INVALID_ARGUMENT, NO_MEMORY, TOO_LARGE,
 * BUSY. */
CORDON_API cordon_status cordon_engine_register(cordon_engine *engine, const cordon_callback *callback,
                                                cordon_error *error);
CORDON_API cordon_status cordon_sandbox_register(cordon_sandbox *sandbox, const cordon_callback *callback,
                                                 cordon_error *error);

/* ---- A call ---- */

CORDON_API uint32_t cordon_call_id(const cordon_call *call); /* of its sandbox; counts up from 1 */
CORDON_API const char *cordon_call_name(const cordon_call *call);
/* The argument for the parameter of that name, given by position or by name, or its initial value; NULL: left out, or
 * there is no such parameter. */
CORDON_API const cordon_value *cordon_call_argument(const cordon_call *call, const char *parameter);
/* As they came: a list and a dict. */
CORDON_API const cordon_value *cordon_call_positional(const cordon_call *call);
CORDON_API const cordon_value *cordon_call_named(const cordon_call *call);

/* Both end the call: it must not be used again. Safe from any thread. */

/* Adopts `value`; NULL answers None. A value that cannot be sent (OTHER, too large) arrives as a HostError that says
 * so. */
CORDON_API void cordon_call_answer(cordon_call *call, cordon_value *value);
/* Arrives as cordon.HostError with this message; `type` (NULL: none) is its host_type. */
CORDON_API void cordon_call_fail(cordon_call *call, const char *type, const char *message);

#ifdef __cplusplus
}
#endif
#endif
