/* What a sandbox is made of, for the files that configure it, run code in it, and reach its files. */
#ifndef CORDON_SUPERVISOR_SANDBOX_INTERNAL_H
#define CORDON_SUPERVISOR_SANDBOX_INTERNAL_H

#include "calls.h"
#include "cordon/execute.h"
#include "cordon/engine.h"
#include "cordon/journal.h"
#include "cordon/outcome.h"
#include "cordon/snapshot.h"
#include "engine_internal.h"
#include "execution.h"
#include "grant.h"
#include "worker.h"

/* How a sandbox ended, kept for whoever asks after that. */
typedef struct sandbox_end {
    cordon_outcome outcome;
    int exit_code, signal;
    char message[256];
    uint64_t resident_bytes_peak, cpu_ns;
    bool has_counted;        /* read from its memory before it was killed: */
    cordon_figures counted;
} sandbox_end;

struct cordon_sandbox {
    cordon_sandbox *next, *previous; /* in the engine's list, under the engine's lock */
    cordon_engine *engine;
    host_env *env;
    worker *worker;
    mailbox *mailbox;
    callback_set callbacks;
    bool must_send_callbacks, is_deterministic, has_mounts;
    cordon_limits limits;    /* none of them 0 */
    cordon_sandbox_config *settings; /* kept, to configure it again */
    bool has_place;          /* its worker is counted among the engine's */
    uint64_t start_ns;
    uint64_t interrupt_grace_ns;
    cordon_session_figures session;
    bool keeps_session;
    cordon_snapshot *checkpoint; /* of before the execution; NULL: none */
    grant *grant;            /* NULL: nothing is */

    bool is_in_use;          /* atomic: by a call on some thread */
    frame_state state;
    cordon_journal *journal; /* borrowed; NULL: none */
    execution run;           /* while one runs or is suspended */
    uint32_t execution, last_call, last_broker, request;
    uint32_t executions_before; /* before it was cleared: no two executions have one number, though to the worker they may */
    uint64_t cpu_fence_seconds; /* that the kernel holds it to; 0: none yet */
    uint64_t cpu_at_rest;       /* processor time of the worker when it was last looked at; 0: it was sent something else since */
    uint64_t cpu_unread_ns;     /* that executions took since, at which it was not looked at */
    size_t last_words_size;  /* of a worker that gives up outside of an execution */
    bool has_ended;
    sandbox_end end;
};

void limits_resolve(cordon_limits *limits_out, const cordon_limits *wanted, const uint64_t *otherwise);
/* No place beyond the table's is set: a program built against a newer header wants a limit that would not be held. */
bool limits_are_known(const cordon_limits *limits);

/* Makes a worker that has greeted and was found locked a sandbox that rests. With the sandbox taken. */
typedef cordon_status (*sandbox_set_up_function)(cordon_sandbox *sandbox, const cordon_sandbox_config *config, void *context, cordon_error *error);
/* As cordon_sandbox_create, with its own way to set the sandbox up; `config` is whole. */
cordon_status sandbox_make(cordon_engine *engine, const cordon_sandbox_config *config, sandbox_set_up_function set_up, void *context, const char *operation,
                           cordon_sandbox **sandbox_out, cordon_error *error);

/* The journal that it had is free for another one; NULL: it has none from now on. */
void sandbox_belong_to_journal(cordon_sandbox *sandbox, cordon_journal *journal);

/* Takes the sandbox for a call: BUSY, SANDBOX_ENDED, SUSPENDED. */
cordon_status sandbox_enter(cordon_sandbox *sandbox, const char *operation, cordon_error *error);
/* The same for calls that make it anew. */
cordon_status sandbox_enter_ended_too(cordon_sandbox *sandbox, const char *operation, cordon_error *error);
/* The same for calls that a suspended sandbox can take. */
cordon_status sandbox_enter_suspended_too(cordon_sandbox *sandbox, const char *operation, cordon_error *error);
void sandbox_leave(cordon_sandbox *sandbox);

/* With the sandbox taken: a worker that has greeted and was found locked, in the place of one that has ended or of none. If that fails it is as before. */
cordon_status sandbox_take_worker(cordon_sandbox *sandbox, cordon_error *error);
/* A cancel was meant for what ran. False: it was the engine's, and for good. */
bool sandbox_forget_cancel(cordon_sandbox *sandbox);
/* Its worker, which has ended, is no longer counted. */
void sandbox_give_place_back(cordon_sandbox *sandbox);
/* With the sandbox taken: forgets all that ran, and makes it as one newly created with the same configuration. If that fails it has ended. */
cordon_status sandbox_make_new(cordon_sandbox *sandbox, cordon_error *error);

/* Ends the process and keeps how. Of several ends the first stands. */
void sandbox_end_with(cordon_sandbox *sandbox, process_farewell farewell, cordon_outcome outcome, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The worker's end of the pipe is closed: says by what it died. */
void sandbox_end_as_it_died(cordon_sandbox *sandbox);
/* A call that found it ended, as an error. */
cordon_status sandbox_fail_ended(const cordon_sandbox *sandbox, const char *operation, cordon_error *error);

/* Sends a frame, or ends the sandbox for want of memory. */
bool sandbox_send(cordon_sandbox *sandbox, cordon_frame_type type, uint16_t flags, uint32_t id, const void *payload, size_t size);
/* Ends the sandbox for a frame that breaks the rules. Returns false. */
bool sandbox_broke_rules(cordon_sandbox *sandbox, const frame *broken, const char *complaint);

/* One operation of cordon.plugins in the sandbox: `payload` is INVOKE's. As cordon_sandbox_execute otherwise. */
cordon_status sandbox_invoke(cordon_sandbox *sandbox, const bytes *payload, const cordon_streams *streams, uint64_t timeout_ns, cordon_result **result_out,
                             cordon_error *error);

/* What a worker that gives up says outside of an execution. False if it has ended by that. */
bool sandbox_take_last_words(cordon_sandbox *sandbox, const frame *said);
/* LIMIT: ends the sandbox; `figures` may be NULL. */
typedef struct limit_report {
    int limit; /* enum cordon_limit; -1: none */
    uint64_t figure, value;
    char where[256];
} limit_report;
/* VIOLATION: ends the sandbox. Returns false. */
bool sandbox_take_violation(cordon_sandbox *sandbox, const frame *said);
bool sandbox_take_limit(cordon_sandbox *sandbox, const frame *said, limit_report *report_out);

#endif
