/* What a running program does, step by step, told to the host on request: which steps there are, and how they are told. */
#ifndef CORDON_TRACE_H
#define CORDON_TRACE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, bit): what can be asked for. CALL: a frame is entered, or a generator or coroutine resumed. RETURN: it is left, by a return, a yield, an await that waits,
 * or an exception. EXCEPTION: one is raised in a frame, or comes to it from one that it called. HOST_CALL_START, _END: the host's function is called; its answer is taken. */
#define CORDON_TRACE_TABLE(X)                                                                                          \
    X(LINE, 0)                                                                                                         \
    X(CALL, 1)                                                                                                         \
    X(RETURN, 2)                                                                                                       \
    X(EXCEPTION, 3)                                                                                                    \
    X(HOST_CALL_START, 4)                                                                                              \
    X(HOST_CALL_END, 5)

enum cordon_trace_bit {
#define CORDON_TRACE_ENUM(name, bit) CORDON_TRACE_##name = 1 << bit,
    CORDON_TRACE_TABLE(CORDON_TRACE_ENUM)
#undef CORDON_TRACE_ENUM
#define CORDON_TRACE_ONE(name, bit) +1
    CORDON_TRACE_KINDS = 0 CORDON_TRACE_TABLE(CORDON_TRACE_ONE), /* how many */
#undef CORDON_TRACE_ONE
    CORDON_TRACE_ALL_CODE = 1 << 6 /* the standard library's code too, and what the image brought; else the guest's own alone */
};

/* One step. Texts are UTF-8, cut where they are very long, and live until the function that is told returns. Like all that a sandbox says they are its own words. */
typedef struct cordon_trace_event {
    uint32_t kind;        /* one of the bits */
    uint32_t line;        /* from 1; 0: not known */
    uint32_t thread;      /* 1: the first */
    uint32_t call;        /* HOST_CALL_*: the call's number in this sandbox, counting up; else 0 */
    const char *file;     /* of the code that runs or calls the host; "" if there is none */
    const char *function; /* qualified name; "<module>" for code outside of functions */
    const char *name;     /* HOST_CALL_*: the host's function; EXCEPTION: the exception's class; else NULL */
} cordon_trace_event;

/* `count` steps, in order, on the thread that executes. Everything that happened before a host function is called, before output is told, or before the result, has been told by then;
 * in between steps come in batches. Returns 0, or another number to end the sandbox (CANCELLED). */
typedef int (*cordon_trace_function)(void *context, const cordon_trace_event *events, size_t count);

#ifdef __cplusplus
}
#endif
#endif
