/* What a supervisor sends before a program runs; hides from the start code the frames CONFIGURE, FILE and EXECUTE. */
#ifndef WORKER_SETUP_H
#define WORKER_SETUP_H

#include "sandbox_program.h"

#include <stddef.h>

struct worker_setup {
    struct sandbox_program program;
    const unsigned char *input; /* program text that is to be read as standard input, before the host's own */
    size_t input_size;
};

/* Greets the host, then takes frames until EXECUTE and acts on them: clock, memory limit, random seed, environment,
 * files, working directory. `first_byte` was read already. What it returns lives as long as the sandbox. */
void worker_setup_receive(unsigned char first_byte, struct worker_setup *setup_out);

#endif
