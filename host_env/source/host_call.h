/* The four steps that every host_env function takes, in one place, so that none can skip or reorder them.
 *
 *     HOST_CALL(call, env, FD_READ, error);                             // declares `call`
 *     host_call_fd(&call, "fd", fd);                                    // arguments, as policy and record see them
 *     if (buffer == NULL) return host_call_invalid(&call, "buffer is NULL");        // 1. check
 *     if (!host_call_permitted(&call)) return call.access.status;                   // 2. ask (a refusal is recorded here)
 *     ssize_t count = env->operations.read_uncancelled(fd, buffer, size);            // 3. call
 *     return host_call_finish(&call, count < 0 ? errno : 0, count);                 // 4. record, status and error
 *
 * All of it may run in the child of a fork: no lock, no allocation, no stdio. What succeeds formats nothing. Where the answer to step 2 is
 * known beforehand and nobody is to be told in step 4, both are one comparison each; they stand here, for the compiler to put in place.
 * Private to host_env. */
#ifndef HOST_ENV_SOURCE_HOST_CALL_H
#define HOST_ENV_SOURCE_HOST_CALL_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>

#include "host_env/host_env.h"
#include "operations.h"

struct host_env {
    host_decide_function decide;
    void *decide_context;
    host_decide_name_function decide_name;
    uint64_t answered; /* 1 << capability: `decide` would allow it whatever the arguments, and need not be asked */
    host_record_function record;
    void *record_context;
    host_path_mode path_mode;
    struct host_root_open *roots; /* path, fd and rights of each; see roots.h */
    size_t root_count;
    struct host_operations operations;
};

typedef struct host_call {
    host_env *env;
    host_error *error;
    host_access access;
} host_call;

static inline void host_call_begin(host_call *call, host_env *env, host_error *error, host_function function, host_capability capability)
{
    call->env = env;
    call->error = error;
    call->access.function = function;
    call->access.capability = capability;
    call->access.argument_count = 0;
}

/* Declares a host_call named `call` and begins it. `name` is the function's name in upper case without the prefix host_:
 * HOST_CALL(call, env, FD_READ, error). Not an initialiser, which would clear room for arguments that most calls do not have. */
#define HOST_CALL(call, environment, name, error_out)                                                          \
    host_call call;                                                                                            \
    host_call_begin(&call, environment, error_out, HOST_FUNCTION_##name, HOST_FUNCTION_CAPABILITY_##name)

static inline host_argument *host_call_argument(host_call *call, host_argument_kind kind, const char *label)
{
    assert(call->access.argument_count < HOST_ARGUMENTS_MAX);
    host_argument *argument = &call->access.arguments[call->access.argument_count++];
    argument->kind = kind;
    argument->label = label;
    return argument;
}

static inline void host_call_path(host_call *call, const char *label, const char *path)
{
    host_call_argument(call, HOST_ARGUMENT_PATH, label)->value.text = path;
}

static inline void host_call_name(host_call *call, const char *label, const char *name)
{
    host_call_argument(call, HOST_ARGUMENT_NAME, label)->value.text = name;
}

static inline void host_call_secret(host_call *call, const char *label, const char *value)
{
    host_call_argument(call, HOST_ARGUMENT_SECRET, label)->value.text = value;
}

static inline void host_call_address(host_call *call, const char *label, const char *address)
{
    host_call_argument(call, HOST_ARGUMENT_ADDRESS, label)->value.text = address;
}

static inline void host_call_fd(host_call *call, const char *label, int fd)
{
    host_call_argument(call, HOST_ARGUMENT_FD, label)->value.number = fd;
}

static inline void host_call_number(host_call *call, const char *label, int64_t number)
{
    host_call_argument(call, HOST_ARGUMENT_NUMBER, label)->value.number = number;
}

static inline void host_call_list(host_call *call, const char *label, const char *const *list)
{
    host_call_argument(call, HOST_ARGUMENT_LIST, label)->value.list = list;
}

/* Step 1 failed: fills the error (INVALID_ARGUMENT, host_code EINVAL), records, returns the status. */
host_status host_call_invalid(host_call *call, const char *why);
/* Step 1 failed with another errno than EINVAL, such as EFAULT or ENAMETOOLONG; the status is still INVALID_ARGUMENT. */
host_status host_call_invalid_code(host_call *call, int code, const char *why);

/* The long form of host_call_permitted. */
bool host_call_ask(host_call *call);

/* Step 2: true if env, its policy and the capability allow it. If not, status, error (host_code EPERM) and record are done. */
static inline bool host_call_permitted(host_call *call)
{
    bool is_answered = call->env != NULL && (call->env->answered >> call->access.capability & 1) != 0;
    return __builtin_expect(is_answered, true) || host_call_ask(call);
}

/* Step 2 again for an access that needs a second capability (O_RDWR). The record shows the first one if both are granted. */
bool host_call_permitted_also(host_call *call, host_capability capability);

/* The long form of host_call_finish. */
host_status host_call_tell(host_call *call, int code, int64_t result);

/* Step 4, never without step 2: `code` is errno read on the line after the call, 0 for success. Maps it to a status, fills the error, records.
 * The record's result is 0 on failure. */
static inline host_status host_call_finish(host_call *call, int code, int64_t result)
{
    bool is_silent = code == 0 && call->env->record == NULL;
    return __builtin_expect(is_silent, true) ? HOST_OK : host_call_tell(call, code, result);
}

/* Step 4 with a status of our own (OUTSIDE_ROOT, UNSUPPORTED, ...). `code` is what OSError shall show; may be 0 for HOST_OK only. */
host_status host_call_finish_status(host_call *call, host_status status, int code, int64_t result, const char *why);
/* The status that stands for an errno; HOST_FAILURE where none does, HOST_OK for 0. */
host_status host_status_from_errno(int code);

#endif
