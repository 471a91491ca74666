/* The record of what a sandbox was given of this machine through its brokers: `cordon run --audit`. */
#ifndef CORDON_CLI_RUN_AUDIT_H
#define CORDON_CLI_RUN_AUDIT_H

#include "command.h"
#include "cordon/access.h"
#include "run_options.h"

typedef struct run_audit run_audit;

/* Begins the record in options->audit: which variables (NAME=VALUE, ended by NULL) the sandbox gets stands there first. 0, or the exit code after saying what is
 * wrong; *audit_out is then NULL, otherwise the caller's (run_audit_close). */
int run_audit_open(const command_context *context, const run_options *options, const char *const *variables, run_audit **audit_out);
/* For cordon_sandbox_config: the context is the run_audit. Once the record cannot be written, nothing is permitted any more. */
bool run_audit_permit(void *audit, const cordon_access *access);
void run_audit_record(void *audit, const cordon_access *access);
/* Ends the record of a run that ends with this code, or by this signal (0: none). Whether it is whole; false after saying why. Accepts NULL, which is. */
bool run_audit_close(run_audit *audit, int code, int signal);

#endif
