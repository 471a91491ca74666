/* One sandbox process seen from the host: started, spoken to in frames, and ended. Everything it sends is checked before it is believed. */
#ifndef CORDON_SUPERVISOR_WORKER_H
#define CORDON_SUPERVISOR_WORKER_H

#include <stdint.h>

#include "host_env/host_env.h"

/* How a sandbox's run ended. */
typedef enum worker_outcome {
    WORKER_EXITED = 0,    /* the program ended; `exit_code` is its own */
    WORKER_SETUP_FAILED,  /* the image could not be started or could not lock itself; nothing was run */
    WORKER_VIOLATION,     /* the kernel killed it for a system call outside its filter */
    WORKER_CRASHED,       /* it ended by another signal or without a last frame */
    WORKER_BAD_FRAME,     /* it broke the protocol and was killed */
    WORKER_OUTPUT_CLOSED, /* the host's side of a stream was closed (EPIPE) and the sandbox was ended */
    WORKER_HOST_FAILURE   /* the host could not read, write or wait; see the error */
} worker_outcome;

/* Where a sandbox's streams lead. A function returns HOST_OK or why it failed; it may block. */
typedef struct worker_streams {
    host_status (*write_output)(void *context, int stream, const void *data, size_t size, host_error *error); /* stream: cordon_output_stream */
    host_status (*read_input)(void *context, void *buffer, size_t size, size_t *size_out, host_error *error); /* 0 bytes: end of input */
    void *context;
} worker_streams;

typedef struct worker_result {
    worker_outcome outcome;
    int exit_code;       /* of the program (EXITED) or of the process (SETUP_FAILED) */
    int signal;          /* CRASHED and VIOLATION: that ended the process, or 0 */
    char message[256];   /* for people: what happened; empty for EXITED */
} worker_result;

/* Runs one sandbox from start to end. `image` is the path of cordon-sandbox; `frames` are what program_to_frames() made. Borrowed for the call.
 * Blocks until the sandbox has ended and was reaped; leaves no process and no descriptor behind, whatever the outcome.
 * Safe from several threads at once, each with a sandbox of its own. */
void worker_run(host_env *env, const char *image, const unsigned char *frames, size_t frames_size, const worker_streams *streams,
                worker_result *result_out);

#endif
