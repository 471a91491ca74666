/* A command of the person who started this program, run by their shell: bytes in, bytes out. */
#ifndef CORDON_CLI_USER_COMMAND_H
#define CORDON_CLI_USER_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"

enum { USER_COMMAND_OUTPUT_MAX = 16 * 1024 * 1024, USER_COMMAND_ERRORS_KEPT = 4096 };

typedef struct user_command_end {
    char *output; /* what it wrote to standard output; the caller's, with a NUL behind it */
    size_t output_size;
    char errors[USER_COMMAND_ERRORS_KEPT + 1]; /* the beginning of what it wrote to standard error */
    int status;                                /* a wait status */
    bool was_stopped, wrote_too_much;          /* and so it was ended */
} user_command_end;

/* Runs `text` by /bin/sh with this process's variables, `input` as standard input, and waits. It is ended, with all that it started, when descriptor `stop` becomes readable, when it writes
 * more than USER_COMMAND_OUTPUT_MAX, or with this thread. False: it was not started, or could not be followed; *error says why. */
bool user_command_run(const command_context *context, const char *text, const char *input, size_t input_size, int stop, user_command_end *end_out, host_error *error);

#endif
