/* The policies of `cordon audit run`: the one that the program runs under, and the one that its record is judged by. */
#ifndef CORDON_CLI_AUDIT_RUN_POLICY_H
#define CORDON_CLI_AUDIT_RUN_POLICY_H

#include <limits.h>
#include <stdbool.h>

#include "audit/digest.h"
#include "audit/record.h"
#include "command.h"
#include "policy/policy.h"

/* A policy file that was read. */
typedef struct audit_run_rules {
    policy *rules; /* NULL: none was asked for */
    audit_policy told;
    char file[PATH_MAX], digest[AUDIT_DIGEST_DIGITS + 1];
} audit_run_rules;

typedef struct audit_run_policy {
    audit_run_rules enforced, reported;
    char choice[2 * PATH_MAX];                /* FILE[:PROFILE] for the interpreter, absolute; "": no policy */
    size_t directory_size;                    /* so much of it is what we put before a relative name */
    char library[PATH_MAX + sizeof "/lib/python"]; /* what the names of the interpreter's libraries begin with; "": not known */
} audit_run_policy;

/* Reads both; each may be NULL. `directory` is the working directory. 0, or the exit code after saying what is wrong.
 * audit_run_policy_close() is due in any case. */
int audit_run_policy_open(const command_context *context, const char *enforced, const char *reported,
                          const char *directory, audit_run_policy *policy_out);
void audit_run_policy_close(audit_run_policy *policy);
/* For collector_config.judge, with the audit_run_policy as its context. */
void audit_run_policy_judge(void *policy, audit_access *access);

#endif
