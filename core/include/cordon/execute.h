/* Running code in a sandbox, and what came of it. */
#ifndef CORDON_EXECUTE_H
#define CORDON_EXECUTE_H

#include "cordon/engine.h"
#include "cordon/outcome.h"
#include "cordon/protocol.h"
#include "cordon/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is written, as it comes, on the thread that executes. Returns 0, or another number to end the sandbox (CANCELLED). `stream`: cordon_output_stream. */
typedef int (*cordon_output_function)(void *context, int stream, const void *data, size_t size);
/* Fills `buffer` with at most `size` bytes (at most 64 KiB) of standard input. Returns how many, 0 at the end, negative to end the sandbox (CANCELLED). While it
 * blocks no deadline is watched, and no cancel heard: who may block waits no longer than cordon_sandbox_time_left, and then ends the sandbox. */
typedef long (*cordon_input_function)(void *context, void *buffer, size_t size);

typedef struct cordon_streams {
    cordon_output_function output; /* NULL: none is told */
    cordon_input_function input;   /* NULL: standard input is empty */
    void *context;
    size_t collected_bytes_max;    /* of each stream, kept in the result: 0: as the output limit has it; CORDON_COLLECT_NOTHING */
} cordon_streams;
#define CORDON_COLLECT_NOTHING SIZE_MAX
/* For functions that the host gave, while they are called: how long until what runs has reached its limit of time, 0 if it has, UINT64_MAX if there is none. A stream that ends the sandbox then ends it as
 * LIMIT_TIME. On the thread that executes. */
CORDON_API uint64_t cordon_sandbox_time_left(const cordon_sandbox *sandbox);

typedef struct cordon_request {
    size_t struct_size; /* set by CORDON_REQUEST_INIT */
    const char *source; /* Python; its encoding as PEP 263 has it */
    size_t source_size; /* 0: up to its NUL */
    const char *name;   /* file name in tracebacks; NULL: "<execution N>" */
    const char *result; /* variable whose value is wanted; NULL: the last expression's */
    const cordon_value *inputs; /* a dict with text keys: variables that are set first; borrowed; NULL: none */
    cordon_streams streams;
    uint64_t timeout_ns; /* shorter than the time limit; 0: that limit */
    uint32_t trace;      /* bits of trace.h: what is told to on_trace; 0: nothing, which costs nothing */
    cordon_trace_function on_trace;
    void *trace_context;
    /* Limits that can be survived: cordon.LimitReached (a BaseException) is raised in the code, which may put away what it has. Uncaught the outcome is LIMIT_TIME or LIMIT_FUEL, and the session
     * goes on. 0: none. Fuel is looked at every few milliseconds, so some more of it may be used. The hard limits stay. */
    uint64_t soft_timeout_ns, soft_fuel;
} cordon_request;
#define CORDON_REQUEST_INIT { .struct_size = sizeof(cordon_request) }

/* A whole program, as `python` would run it: __main__ is new, and the sandbox has ended after it. */
typedef struct cordon_program {
    size_t struct_size; /* set by CORDON_PROGRAM_INIT */
    cordon_program_how how;
    const char *text;   /* path, command, module or source */
    size_t text_size;   /* 0: up to its NUL */
    cordon_streams streams;
    uint64_t timeout_ns;
    uint32_t trace; /* as in a request */
    cordon_trace_function on_trace;
    void *trace_context;
    uint64_t soft_timeout_ns, soft_fuel;
} cordon_program;
#define CORDON_PROGRAM_INIT { .struct_size = sizeof(cordon_program) }

typedef struct cordon_exception_frame {
    const char *file, *function, *source; /* source: the line's text; NULL: not known */
    uint32_t line, end_line, column, end_column; /* 0: not known */
} cordon_exception_frame;

/* Owned by its result. Texts are UTF-8 and never NULL, unless said. */
typedef struct cordon_exception {
    const char *type, *module, *message, *traceback; /* traceback: as python prints it */
    const cordon_exception_frame *frames;            /* outermost first */
    size_t frame_count;
    const struct cordon_exception *cause, *context;  /* NULL: none */
    const char *const *notes;                        /* as add_note left them */
    size_t note_count;
    const struct cordon_exception *const *exceptions; /* members of an exception group */
    size_t exception_count;
} cordon_exception;

/* Bytes that were written to one stream, with a NUL behind them. */
typedef struct cordon_collected {
    const char *data;
    size_t size;
    bool is_cut; /* more came than was to be kept */
} cordon_collected;

/* A call to an effect (callback.h), left open. */
typedef struct cordon_effect {
    uint32_t id; /* by which it is answered; counts up */
    const char *name;
    const cordon_value *positional, *named; /* a list and a dict */
} cordon_effect;

typedef struct cordon_suspension {
    const cordon_effect *effects; /* in the order of their ids; at least one */
    size_t effect_count;
    uint64_t wake_ns; /* from the moment that it was suspended: when a timeout or a sleep of the sandbox's is over and it should be resumed, answers or not; UINT64_MAX: never */
} cordon_suspension;

typedef struct cordon_result {
    cordon_outcome outcome;
    char message[256]; /* for people: what happened; empty for OK */
    const cordon_value *value; /* NULL: there is none */
    const cordon_exception *exception; /* PYTHON_EXCEPTION, and limits that showed as an exception; else NULL */
    bool has_exit_code;  /* SystemExit, or the end of a program */
    int exit_code;
    int signal;          /* CRASHED and VIOLATION: that ended the process, or 0; CRASHED and OK, with an exit code: that the program raised on itself and did not handle */
    /* LIMIT_*: which one, what was reached, and where the limit lies, in the unit of CORDON_LIMIT_TABLE; limit_name NULL otherwise */
    const char *limit_name, *limit_unit;
    uint64_t limit_figure, limit_value;
    const char *limit_where; /* file:line; NULL: not known */
    cordon_collected standard_output, standard_error; /* since the execution began, or was resumed last */
    cordon_figures figures;
    const cordon_suspension *suspension; /* SUSPENDED; else NULL */
    char journal_divergence[256]; /* how it differs from its journal (journal.h), the first difference only; empty: it does not */
    uint64_t journal_entry;       /* with that: the number of the entry that was not as expected, counted from 0 */
    bool session_goes_on; /* the sandbox has not ended, and can be used again */
} cordon_result;

/* Runs `request` and waits for its end. CORDON_OK: *result_out says how it ended, whatever the outcome, and is the caller's (cordon_result_destroy). Any other status: nothing was
 * run, *result_out is NULL. Fails with INVALID_ARGUMENT, BUSY, SUSPENDED, SANDBOX_ENDED, TOO_LARGE, NO_MEMORY. */
CORDON_API cordon_status cordon_sandbox_execute(cordon_sandbox *sandbox, const cordon_request *request, cordon_result **result_out,
                                                cordon_error *error);
CORDON_API cordon_status cordon_sandbox_run_program(cordon_sandbox *sandbox, const cordon_program *program, cordon_result **result_out,
                                                    cordon_error *error);

/* ---- Effects ----
 * When all that the code in a sandbox can do is to wait for effects, and for at least a second, the outcome is SUSPENDED: result->suspension names what is asked of the host. Until it is
 * resumed the sandbox can only be told what cordon_sandbox_suspension, _register, _snapshot, _clear, _cancel and _destroy say; other calls fail with SUSPENDED. */

typedef struct cordon_effect_answer {
    uint32_t id;               /* of an effect that is pending */
    const cordon_value *value; /* borrowed; NULL: None */
    const char *error;         /* not NULL: in place of a value, the message of a cordon.HostError; UTF-8 */
    const char *error_type;    /* its host_type; NULL: none */
} cordon_effect_answer;

typedef struct cordon_resumption {
    size_t struct_size; /* set by CORDON_RESUMPTION_INIT */
    const cordon_effect_answer *answers; /* given in this order */
    size_t answer_count; /* 0: time has passed; in deterministic mode exactly until wake_ns */
    cordon_streams streams; /* from now on */
    cordon_trace_function on_trace; /* of what the request asked for; NULL: nobody is told any more */
    void *trace_context;
} cordon_resumption;
#define CORDON_RESUMPTION_INIT { .struct_size = sizeof(cordon_resumption) }

/* Goes on with the execution or program that was suspended, on whichever thread, under what is left of its limits: time, cpu, fuel, output, calls, effects and brokered bytes count from its
 * beginning, without the time that it was suspended. Some of what is pending may be answered, or all; the rest stays pending. As cordon_sandbox_execute otherwise: the outcome may be
 * SUSPENDED again. INVALID_ARGUMENT, and nothing done: nothing is suspended, an id is not pending or given twice, a value or text cannot be sent. */
CORDON_API cordon_status cordon_sandbox_resume(cordon_sandbox *sandbox, const cordon_resumption *resumption, cordon_result **result_out, cordon_error *error);
/* What a suspended sandbox waits for, a restored one too; NULL: it is not suspended. Borrowed until it is resumed, cleared or destroyed. */
CORDON_API const cordon_suspension *cordon_sandbox_suspension(cordon_sandbox *sandbox);

/* Outcome, figures, limit, exception's type and message, value, suspension; without what was written. As cordon_value_to_json. */
CORDON_API cordon_status cordon_result_to_json(const cordon_result *result, char **text_out, size_t *size_out, cordon_error *error);
CORDON_API void cordon_result_destroy(cordon_result *result); /* accepts NULL */

#ifdef __cplusplus
}
#endif
#endif
