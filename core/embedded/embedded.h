/* The one interpreter of this process, for the files that run code in it. Hides from nobody here that it is one: CPython's own hooks come without a context. */
#ifndef CORE_EMBEDDED_EMBEDDED_H
#define CORE_EMBEDDED_EMBEDDED_H

#include <stdbool.h>
#include <stdint.h>

#include "calls.h"
#include "cordon/interpreter.h"
#include "full_policy.h"
#include "result.h"

/* What is being executed. All of it is read and written with the interpreter lock held. */
typedef struct embedded_execution {
    bool is_running;           /* code may be interrupted */
    bool is_interrupted;       /* it was, once */
    bool is_refused;           /* the host takes no more output, or gives no input */
    unsigned long thread;      /* that executes, as Python numbers it */
    const cordon_streams *streams; /* NULL: nothing is executed */
    result *result;
} embedded_execution;

struct cordon_interpreter {
    host_env *own; /* asks nobody and tells nobody: clocks, and descriptors of answers */
    full_policy *policy;
    bool *is_own_process; /* false in the child of a fork */
    bool is_in_use; /* atomic: by a call on some thread */
    uint32_t executions;
    cordon_session_figures session;
    embedded_execution execution;
    cordon_permit_function permit;
    cordon_record_function record;
    void *access_context;
    cordon_output_function stray_output;
    void *stray_context;
    char *folder; /* of the package cordon, with a slash at its end */
};

extern cordon_interpreter embedded_interpreter __attribute__((visibility("hidden")));

/* Takes the interpreter for a call: UNSUPPORTED in the child of a fork, BUSY. */
cordon_status embedded_enter(cordon_interpreter *interpreter, const char *operation, cordon_error *error);
void embedded_leave(cordon_interpreter *interpreter);

/* What was refused or done, told to the host's functions of the configuration. */
full_policy_hooks embedded_hooks(cordon_interpreter *interpreter);

#endif
