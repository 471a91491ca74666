/* The command line of `cordon audit run`. */
#ifndef CORDON_CLI_AUDIT_RUN_OPTIONS_H
#define CORDON_CLI_AUDIT_RUN_OPTIONS_H

#include <stdbool.h>

#include "audit_reports.h"
#include "audit_run_verdict.h"
#include "run_options.h"

typedef struct audit_run_options {
    bool wants_help;
    const char *record;        /* NULL: kept nowhere */
    const char *policy;        /* FILE[:PROFILE]; NULL: none */
    const char *report_policy; /* likewise */
    audit_reports reports;     /* not opened yet; a table if neither they nor a record were asked for */
    audit_verdict_options verdict;
    run_target target;         /* RUN_FILE, RUN_COMMAND, RUN_MODULE or RUN_STANDARD_INPUT */
    char **program; /* what follows the options: what Python is given; borrowed from the arguments, as all texts here */
} audit_run_options;

/* Parses. Returns NULL, or what is wrong (static text) with *culprit_out. Everything from the target on belongs to the
 * program. */
const char *audit_run_options_parse(int argument_count, char **arguments, audit_run_options *options_out,
                                    const char **culprit_out);
extern const char audit_run_options_help[];

#endif
