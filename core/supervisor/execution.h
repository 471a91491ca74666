/* One execution, from the frame that begins it to its end, for the files that make it: execute.c and resume.c turn requests into frames; execution.c begins and
 * waits, execution_conclude.c tells what came of it; execution_frames.c takes what the worker says, execution_answers.c tells it answers and time, execution_watch.c holds the host's limits. By the thread that has taken the sandbox.
 *
 * It lives in its sandbox, since it may be suspended: the calls that began it and that resume it are its stretches, and its limits hold for all of them together. */
#ifndef CORDON_SUPERVISOR_EXECUTION_H
#define CORDON_SUPERVISOR_EXECUTION_H

#include "bytes.h"
#include "cordon/execute.h"
#include "effects.h"
#include "result.h"
#include "trace.h"

/* What a request wants besides its source; borrowed for the execution. */
typedef struct execution_wishes {
    cordon_streams streams;
    uint64_t timeout_ns; /* 0: as the limit has it */
    uint64_t soft_timeout_ns, soft_fuel; /* 0: none */
    uint32_t trace;      /* bits of cordon/trace.h */
    cordon_trace_function on_trace;
    void *trace_context;
} execution_wishes;
/* NULL, or what is wrong with them; static. */
const char *execution_complaint(const execution_wishes *wishes);

#define EXECUTION_RESIDENT_ALLOWANCE (128ull << 20) /* beyond the memory limit: the image's own pages, and what the worker needs besides the guest's heap */
#define EXECUTION_PENDING_BYTES_MAX (64u << 20) /* that the arguments of unanswered calls may take */
/* What the guest was told of why it should stop, and when something is next to be done about it. */
typedef struct interruption {
    unsigned reasons; /* enum cordon_interrupt_reason */
    unsigned pokes;   /* how often the last reason was written */
    uint64_t next_poke, grace_end, soft_deadline, next_fuel_watch; /* moments; MOMENT_NEVER */
    uint64_t soft_timeout_ns, soft_fuel, fuel_seen;
    bool must_tick; /* a worker that waits has not been woken since the last reason */
} interruption;

typedef struct execution {
    cordon_sandbox *sandbox;
    /* Of this stretch: */
    const cordon_streams *streams;
    result *result;
    uint64_t began;           /* moment */
    uint64_t deadline, next_watch;
    uint64_t in_callbacks_ns; /* since the last WAIT: the worker was waiting by then, or could have */
    uint64_t looked_at;       /* what the clock said last; 0: something that may have taken long has been done since */
    bool is_over;             /* RESULT has come */
    /* Of the whole: */
    trace *trace;             /* NULL: none was asked for */
    cordon_figures figures;   /* up to the last suspension */
    uint64_t timeout_ns;
    uint64_t cpu_began;       /* processor time of the worker before; what it used in other processes is in the figures */
    uint64_t cpu_elsewhere_ns;
    interruption interruption;
    effect_list effects;      /* that are pending */
    suspension *suspension;   /* not NULL: it is suspended */
    uint64_t suspended_at_ns; /* wall clock */
    /* The last WAIT: */
    bool is_waiting;          /* the worker has got nothing since */
    uint64_t waiting_since, waiting_until, wait_ns;
    uint64_t waited_elsewhere_ns; /* before waiting_since, in a time that the clock of this process does not tell */
} execution;

/* With the sandbox taken. Sends the frame that begins it (EXECUTE, PROGRAM), and stays until its end or its suspension. */
cordon_status execution_perform(cordon_sandbox *sandbox, cordon_frame_type type, const bytes *payload, const execution_wishes *wishes,
                                cordon_result **result_out, const char *operation, cordon_error *error);
/* A result for the stretch that begins. Fails with NO_MEMORY. */
cordon_status execution_open_stretch(cordon_sandbox *sandbox, const execution_wishes *wishes, const char *operation, cordon_error *error);
/* With the sandbox taken, suspended, and a stretch open. What is answered is in the mailbox and no longer in the list of effects; without an answer time has passed. Returns the
 * caller's result. */
cordon_result *execution_continue(cordon_sandbox *sandbox);
/* At the end of a stretch: the caller's result. The execution is over then, or suspended. */
cordon_result *execution_conclude(execution *run);
/* Lets go of what a suspended one holds. Its sandbox ends, or is made anew. */
void execution_forget(cordon_sandbox *sandbox);

/* The moment, by the last look at the clock if nothing was done since; the next one looks again. */
uint64_t execution_now(execution *run);
/* All whole frames that have come, until one of them ends the conversation. */
void execution_take_frames(execution *run);
/* Answers a worker that waits, if there is an answer, or if the time that it waits for is over. */
void execution_answer_wait(execution *run, uint64_t now);
/* A call's own way: to the host's function, or to the effects that are pending. Adopts `call`. False: the sandbox has ended. */
bool execution_dispatch(execution *run, uint32_t id, cordon_value *call, size_t cost);
/* Tells a worker that waits that the time it wanted is over. */
void execution_end_wait(execution *run);
/* Tells a worker that waits that time has passed. */
void execution_pass_time(execution *run, uint64_t now);
/* The worker waits, for at least a second, and nothing can come but what the host answers to effects. */
bool execution_waits_for_effects(const execution *run);

/* Looks at time, processor time and memory as often as that is due. */
void execution_watch_begin(execution *run);
void execution_watch(execution *run, uint64_t now);
uint64_t execution_limit(const execution *run, int limit);

/* Interrupts: what the host's threads ask for, and soft limits. */
void execution_interrupt_begin(execution *run); /* each stretch */
void execution_interrupt_watch(execution *run, uint64_t now);
uint64_t execution_interrupt_next(const execution *run); /* the moment of the next watch; MOMENT_NEVER */
/* Somebody interrupted it, and a worker that waits has not been told yet. */
bool execution_interrupt_is_due(const execution *run);
/* An exception that stands for an interrupt becomes its outcome. */
void execution_interrupt_conclude(execution *run);

/* Each ends the sandbox and returns false. */
bool execution_reach_limit(execution *run, int limit, uint64_t figure, uint64_t value); /* one that the host holds */
bool execution_end_by_host(execution *run, const char *what);                           /* CANCELLED */
bool execution_end_without_memory(execution *run);                                      /* CRASHED */

#endif
