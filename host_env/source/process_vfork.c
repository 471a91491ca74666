/* The halves of vfork that are C: asking before, telling after. Hides from callers that one call returns on two sides of a process border.
 * The instructions between them, which no C function can hold, are linux/<processor>/process_vfork.S. */
#include "host_env/process.h"

#include "host_call.h"

/* What the parent must find again after the child has used the stack. The child borrows this thread's storage too, so it sees the same. */
typedef struct unfinished {
    host_call call;
    host_error error; /* where the caller wants none */
    host_vfork_answer answer;
    const void *return_address;
    bool is_borrowed;
} unfinished;

static _Thread_local unfinished pending;

/* Two registers, to be read by assembly. */
typedef struct vfork_ready {
    process_vfork_function function; /* NULL: refused, and `answer` is what the caller gets */
    int64_t answer;
} vfork_ready;

typedef struct vfork_result {
    int64_t answer;
    const void *return_address;
} vfork_result;

vfork_ready host_process_vfork_ask(host_env *env, host_vfork_answer answer, host_error *error, const void *return_address);
vfork_result host_process_vfork_tell(pid_t pid);

static vfork_ready refuse(host_status status, const host_call *call, host_vfork_answer answer)
{
    return (vfork_ready){NULL, answer(status, -1, call->error)};
}

/* Called in the parent, on a stack that is still its own. */
vfork_ready host_process_vfork_ask(host_env *env, host_vfork_answer answer, host_error *error, const void *return_address)
{
    host_error unwanted = {0};
    HOST_CALL(call, env, PROCESS_VFORK, error != NULL ? error : &unwanted);
    if (answer == NULL) {
        host_call_invalid(&call, "answer is NULL");
        return (vfork_ready){NULL, -1};
    }
    if (!host_call_permitted(&call)) {
        return refuse(call.access.status, &call, answer);
    }
    /* A child that borrows and lends again would leave its parent nothing to come back to. */
    if (pending.is_borrowed) {
        return refuse(host_call_finish_status(&call, HOST_UNSUPPORTED, EINVAL, 0, "this memory is borrowed already"), &call, answer);
    }
    process_vfork_function function = env->operations.vfork_entry();
    if (function == NULL) {
        return refuse(host_call_finish(&call, errno, 0), &call, answer);
    }
    pending = (unfinished){.call = call, .answer = answer, .return_address = return_address, .is_borrowed = true};
    pending.call.error = error != NULL ? error : &pending.error;
    return (vfork_ready){function, 0};
}

/* Called twice: in the child with 0, then in the parent with the child's id, or once with -1. */
vfork_result host_process_vfork_tell(pid_t pid)
{
    int code = pid < 0 ? errno : 0;
    if (pid == 0) { /* one vfork is one access: the parent tells of it */
        return (vfork_result){pending.answer(HOST_OK, 0, pending.call.error), pending.return_address};
    }
    pending.is_borrowed = false;
    host_status status = host_call_finish(&pending.call, code, pid);
    return (vfork_result){pending.answer(status, status == HOST_OK ? pid : -1, pending.call.error), pending.return_address};
}
