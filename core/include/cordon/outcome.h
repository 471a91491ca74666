/* How code in a sandbox ended: a closed list, with the figures that a caller wants. */
#ifndef CORDON_OUTCOME_H
#define CORDON_OUTCOME_H

#include <stdint.h>

#include "cordon/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, number, text). After those marked ENDS in the last column the sandbox is gone and must be destroyed, unless the result says session_goes_on (an interrupt, a soft limit). */
#define CORDON_OUTCOME_TABLE(X)                                                                                        \
    X(OK, 0, "it ran to its end", STAYS)                                                                               \
    X(PYTHON_EXCEPTION, 1, "it ended by a Python exception", STAYS)                                                    \
    X(SUSPENDED, 2, "it waits for an effect", STAYS)                                                                   \
    X(LIMIT_TIME, 3, "it took too long", ENDS)                                                                         \
    X(LIMIT_CPU, 4, "it used too much processor time", ENDS)                                                           \
    X(LIMIT_FUEL, 5, "it used up its fuel", ENDS)                                                                      \
    X(LIMIT_MEMORY, 6, "it needed too much memory", ENDS)                                                              \
    X(LIMIT_OUTPUT, 7, "it wrote too much", ENDS)                                                                      \
    X(LIMIT_FILES, 8, "it used too much of its file system or of the host's", ENDS)                                    \
    X(LIMIT_CALLS, 9, "it called the host too often", ENDS)                                                            \
    X(LIMIT_RECURSION, 10, "it recursed too deeply", ENDS)                                                             \
    X(DENIED, 11, "an access was denied", STAYS)                                                                       \
    X(VIOLATION, 12, "it broke the protocol or made a forbidden system call", ENDS)                                    \
    X(CRASHED, 13, "the sandbox's process died", ENDS)                                                                 \
    X(CANCELLED, 14, "the host cancelled it", ENDS)                                                                    \
    X(SETUP_FAILED, 15, "the sandbox could not be set up; nothing was run", ENDS)

typedef enum cordon_outcome {
#define CORDON_OUTCOME_ENUM(name, number, text, after) CORDON_OUTCOME_##name = number,
    CORDON_OUTCOME_TABLE(CORDON_OUTCOME_ENUM)
#undef CORDON_OUTCOME_ENUM
} cordon_outcome;

/* "OK", "PYTHON_EXCEPTION" ...; "?" for a number that is none. Static. */
CORDON_API const char *cordon_outcome_name(cordon_outcome outcome);
CORDON_API const char *cordon_outcome_text(cordon_outcome outcome);

/* Of one execution, from its beginning, however often it was suspended; the time that it was suspended is in none of them. The first group is measured by the host. The second is counted by the sandbox, which may lie: told with its result or its last words, or
 * read from its memory before the host ends it. 0 if it died without a word, or the host may not read it (/proc/PID/mem). */
typedef struct cordon_figures {
    uint64_t wall_ns;
    uint64_t cpu_ns; /* without a limit of processor time: executions of less than 20 us each may leave theirs to a later one of the sandbox, a millisecond of them at most; figures of the session that are asked for between executions have it */
    uint64_t output_bytes;        /* both streams */
    uint64_t calls;               /* host calls, effects among them */
    uint64_t effects;
    uint64_t brokered_bytes;      /* moved through mounts */
    uint64_t start_ns;            /* that starting the sandbox took, or taking it from the pool */
    uint64_t resident_bytes_peak; /* of the process, as far as seen; shared pages of the image included */

    uint64_t fuel;
    uint64_t memory_bytes;
    uint64_t memory_peak_bytes;
    uint64_t fs_bytes;
    uint64_t fs_files;

    uint64_t trace_events; /* told to on_trace; counted by the host */
} cordon_figures;

#ifdef __cplusplus
}
#endif
#endif
