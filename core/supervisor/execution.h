/* One execution, from the frame that begins it to its end, for the files that make it: execute.c turns requests into frames; execution.c begins, waits and concludes;
 * execution_frames.c takes what the worker says, execution_answers.c tells it answers and time, execution_watch.c holds the host's limits. By the thread that has taken the sandbox. */
#ifndef CORDON_SUPERVISOR_EXECUTION_H
#define CORDON_SUPERVISOR_EXECUTION_H

#include "cordon/execute.h"
#include "result.h"
#include "sandbox_internal.h"
#include "trace.h"

/* What a request wants besides its source; borrowed for the execution. */
typedef struct execution_wishes {
    cordon_streams streams;
    uint64_t timeout_ns; /* 0: as the limit has it */
    uint32_t trace;      /* bits of cordon/trace.h */
    cordon_trace_function on_trace;
    void *trace_context;
} execution_wishes;
/* NULL, or what is wrong with them; static. */
const char *execution_complaint(const execution_wishes *wishes);

typedef struct execution {
    cordon_sandbox *sandbox;
    const cordon_streams *streams;
    trace *trace; /* NULL: none was asked for */
    result *result;
    uint64_t began, cpu_began; /* moment; processor time of the worker before */
    uint64_t deadline, timeout_ns, next_watch;
    uint64_t waiting_since, waiting_until;
    uint64_t in_callbacks_ns; /* since the last WAIT: the worker was waiting by then, or could have */
    bool is_waiting; /* the worker has sent WAIT and got nothing since */
    bool is_over;    /* RESULT has come */
} execution;

/* With the sandbox taken. Sends the frame that begins it (EXECUTE, PROGRAM), and stays until its end. */
cordon_status execution_perform(cordon_sandbox *sandbox, cordon_frame_type type, const bytes *payload, const execution_wishes *wishes,
                                cordon_result **result_out, const char *operation, cordon_error *error);

/* All whole frames that have come, until one of them ends the conversation. */
void execution_take_frames(execution *run);
/* Answers a worker that waits, if there is an answer, or if the time that it waits for is over. */
void execution_answer_wait(execution *run, uint64_t now);

/* Looks at time, processor time and memory as often as that is due. */
void execution_watch_begin(execution *run, uint64_t timeout_ns);
void execution_watch(execution *run, uint64_t now);
uint64_t execution_limit(const execution *run, int limit);

/* Each ends the sandbox and returns false. */
bool execution_reach_limit(execution *run, int limit, uint64_t figure, uint64_t value); /* one that the host holds */
bool execution_end_by_host(execution *run, const char *what);                           /* CANCELLED */
bool execution_end_without_memory(execution *run);                                      /* CRASHED */

#endif
