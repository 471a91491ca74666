/* One access to the host: what is asked of the policy before it happens and told to the record after it. */
#ifndef HOST_ENV_ACCESS_H
#define HOST_ENV_ACCESS_H

#include <stddef.h>
#include <stdint.h>

#include "host_env/capability.h"
#include "host_env/function.h"
#include "host_env/status.h"

typedef enum host_argument_kind {
    HOST_ARGUMENT_NONE = 0,
    HOST_ARGUMENT_PATH,    /* text: a path as the caller gave it; bytes, not always UTF-8 */
    HOST_ARGUMENT_NAME,    /* text: a variable, user, host, clock ... */
    HOST_ARGUMENT_SECRET,  /* text: a value that a record must not show (an environment variable's value) */
    HOST_ARGUMENT_ADDRESS, /* text: a numeric address "192.0.2.1" or "2001:db8::1", IPv4-mapped ones already unmapped, or "unix:PATH" */
    HOST_ARGUMENT_FD,      /* number: a descriptor */
    HOST_ARGUMENT_NUMBER,  /* number: flags, pid, signal, port, size ... */
    HOST_ARGUMENT_LIST     /* list: NULL-terminated array of texts (program arguments) */
} host_argument_kind;

typedef struct host_argument {
    host_argument_kind kind;
    const char *label; /* "path", "flags" ...; static text */
    union {
        const char *text; /* borrowed for the call; may be NULL */
        int64_t number;
        const char *const *list;
    } value;
} host_argument;

enum { HOST_ARGUMENTS_MAX = 5 };

/* A set of capabilities is an uint64_t of these. */
#define HOST_CAPABILITY_BIT(capability) (UINT64_C(1) << (capability))
#define HOST_CAPABILITIES_ALL (HOST_CAPABILITY_BIT(HOST_CAPABILITY_COUNT) - 1)

typedef struct host_access {
    host_function function;     /* which function; host_function_describe() tells name and domain */
    host_capability capability; /* what a policy must grant for it; for fs functions this depends on the mode asked for */
    uint32_t argument_count;
    host_argument arguments[HOST_ARGUMENTS_MAX]; /* those beyond argument_count hold nothing */
    /* Set once the access has happened or was refused; zero while the policy is asked. */
    host_status status;
    int64_t host_code; /* errno, 0 on success */
    int64_t result;    /* descriptor, pid or size where there is one, else 0 */
} host_access;

typedef enum host_decision { HOST_DECISION_DENY = 0, HOST_DECISION_ALLOW = 1 } host_decision;

/* Asked before every access. Must be safe from any thread and in the child of a fork; must not call host_env. */
typedef host_decision (*host_decide_function)(void *context, const host_access *access);
/* Told after every access, refused ones too. Same rules. */
typedef void (*host_record_function)(void *context, const host_access *access);

#endif
