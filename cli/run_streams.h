/* This process's standard streams, as those of a program in a sandbox. */
#ifndef CORDON_CLI_RUN_STREAMS_H
#define CORDON_CLI_RUN_STREAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"
#include "cordon/cordon.h"

typedef struct run_streams {
    const command_context *context;
    const cordon_sandbox *sandbox; /* whose limit of time bounds each wait */
    bool is_conversation;  /* somebody types, and may interrupt */
    bool is_output_closed; /* the reader of this process's output has gone */
} run_streams;

/* For cordon_streams, whose context is the run_streams. */
int run_streams_write(void *streams, int stream, const void *data, size_t size);
long run_streams_read(void *streams, void *buffer, size_t size);

#endif
