/* What `cordon doctor` looks at: a table of checks, each with what it found and what a lack would mean. */
#ifndef CORDON_CLI_DOCTOR_H
#define CORDON_CLI_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"

typedef struct doctor_subject {
    const command_context *context;
    const char *image;   /* path of the sandbox image */
    const char *command; /* path of this program, for running it as a person would */
} doctor_subject;

typedef enum doctor_state {
    DOCTOR_OK = 0,
    DOCTOR_NOTE,   /* nothing of the promises is missing, but something is worth knowing */
    DOCTOR_MISSING /* a promise cannot be kept here, or Cordon does not work */
} doctor_state;

typedef struct doctor_finding {
    doctor_state state;
    char detail[512]; /* what was found; UTF-8, one line */
} doctor_finding;

typedef struct doctor_check {
    const char *name;
    void (*look)(const doctor_subject *subject, doctor_finding *finding_out); /* starts as DOCTOR_OK with no detail */
    const char *meaning; /* of anything else than DOCTOR_OK: what does not hold, and what to do */
} doctor_check;

extern const doctor_check doctor_checks[];
extern const size_t doctor_check_count;

#endif
