/* The program that is audited: started with this process's own streams, terminal and signals, followed to its end. One
 * at a time in a process, because signals are a process's. */
#ifndef CORDON_SUPERVISOR_AUDITED_PROGRAM_H
#define CORDON_SUPERVISOR_AUDITED_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "collector.h"

typedef struct audited_program {
    host_env *env;
    const char *program;            /* a path */
    const char *const *arguments;   /* ended by NULL */
    const char *const *environment; /* ended by NULL; with the collector's channel */
} audited_program;

typedef struct audited_ending {
    int code;   /* if it was not ended by a signal */
    int signal; /* 0: none */
} audited_ending;

/* Runs it and writes what the collector gets, until it and every process with a ring has ended. Signals that others
 * send to this process go to the program; those of the terminal it gets itself. False with a message: it could not be
 * started. */
bool audited_program_run(const audited_program *program, collector *collector, audited_ending *ending_out,
                         char problem_out[256]);
/* Ends this process as the program was ended. Returns 128 + the signal, as a shell would say, if that is not possible.
 */
int audited_program_end_likewise(host_env *env, int signal);

#endif
