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
 * blocks no deadline is watched, and no cancel heard. */
typedef long (*cordon_input_function)(void *context, void *buffer, size_t size);

typedef struct cordon_streams {
    cordon_output_function output; /* NULL: none is told */
    cordon_input_function input;   /* NULL: standard input is empty */
    void *context;
    size_t collected_bytes_max;    /* of each stream, kept in the result: 0: as the output limit has it; CORDON_COLLECT_NOTHING */
} cordon_streams;
#define CORDON_COLLECT_NOTHING SIZE_MAX

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

typedef struct cordon_result {
    cordon_outcome outcome;
    char message[256]; /* for people: what happened; empty for OK */
    const cordon_value *value; /* NULL: there is none */
    const cordon_exception *exception; /* PYTHON_EXCEPTION, and limits that showed as an exception; else NULL */
    bool has_exit_code;  /* SystemExit, or the end of a program */
    int exit_code;
    int signal;          /* CRASHED and VIOLATION: that ended the process, or 0 */
    /* LIMIT_*: which one, what was reached, and where the limit lies, in the unit of CORDON_LIMIT_TABLE; limit_name NULL otherwise */
    const char *limit_name, *limit_unit;
    uint64_t limit_figure, limit_value;
    const char *limit_where; /* file:line; NULL: not known */
    cordon_collected standard_output, standard_error;
    cordon_figures figures;
} cordon_result;

/* Runs `request` and waits for its end. CORDON_OK: *result_out says how it ended, whatever the outcome, and is the caller's (cordon_result_destroy). Any other status: nothing was
 * run, *result_out is NULL. Fails with INVALID_ARGUMENT, BUSY, SANDBOX_ENDED, TOO_LARGE, NO_MEMORY. */
CORDON_API cordon_status cordon_sandbox_execute(cordon_sandbox *sandbox, const cordon_request *request, cordon_result **result_out,
                                                cordon_error *error);
CORDON_API cordon_status cordon_sandbox_run_program(cordon_sandbox *sandbox, const cordon_program *program, cordon_result **result_out,
                                                    cordon_error *error);
/* Outcome, figures, limit, exception's type and message, value; without what was written. As cordon_value_to_json. */
CORDON_API cordon_status cordon_result_to_json(const cordon_result *result, char **text_out, size_t *size_out, cordon_error *error);
CORDON_API void cordon_result_destroy(cordon_result *result); /* accepts NULL */

#ifdef __cplusplus
}
#endif
#endif
