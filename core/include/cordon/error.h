/* How a function of the embedding API tells what went wrong, without allocating. */
#ifndef CORDON_ERROR_H
#define CORDON_ERROR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks what libcordon.so exports. */
#if defined(__GNUC__)
#define CORDON_API __attribute__((visibility("default")))
#else
#define CORDON_API
#endif

/* X(name, number, text): about a call of the API. How code in a sandbox ended is no error but an outcome: outcome.h. */
#define CORDON_STATUS_TABLE(X)                                                                                         \
    X(OK, 0, "operation completed")                                                                                    \
    X(INVALID_ARGUMENT, 1, "an argument is not acceptable")                                                            \
    X(NO_MEMORY, 2, "the host has no memory left")                                                                     \
    X(SETUP_FAILED, 3, "a sandbox could not be started, or did not lock itself")                                       \
    X(TIMED_OUT, 4, "a deadline passed")                                                                               \
    X(CANCELLED, 5, "it was cancelled")                                                                                \
    X(BUSY, 6, "another thread uses the sandbox, or no further one may be started")                                    \
    X(SANDBOX_ENDED, 7, "the sandbox has ended")                                                                       \
    X(TOO_LARGE, 8, "it does not fit a frame or a bound")                                                              \
    X(FILE_REFUSED, 9, "the sandbox's file system refused")                                                            \
    X(HOST_FAILURE, 10, "the host's system failed")                                                                    \
    X(UNSUPPORTED, 11, "this cannot be done with that")                                                                \
    X(SNAPSHOT_REFUSED, 12, "a stored snapshot is not acceptable")                                                     \
    X(SUSPENDED, 13, "an execution in the sandbox waits for effects")                                                  \
    X(JOURNAL_REFUSED, 14, "a journal is not acceptable")

typedef enum cordon_status {
#define CORDON_STATUS_ENUM(name, number, text) CORDON_##name = number,
    CORDON_STATUS_TABLE(CORDON_STATUS_ENUM)
#undef CORDON_STATUS_ENUM
} cordon_status;

/* Provided by the caller, filled on failure only. Every function accepts NULL for it. */
typedef struct cordon_error {
    cordon_status status;
    const char *operation; /* name of the function that failed; static text */
    int64_t host_code;     /* errno of the host; for FILE_REFUSED of the sandbox's file system; for SNAPSHOT_REFUSED a cordon_snapshot_refusal; 0: none */
    char message[256];     /* UTF-8, NUL-terminated, cut if longer */
} cordon_error;

/* "OK", "INVALID_ARGUMENT" ...; "?" for a number that is none. Static. */
CORDON_API const char *cordon_status_name(cordon_status status);
CORDON_API const char *cordon_status_text(cordon_status status);

#ifdef __cplusplus
}
#endif
#endif
