/* What Cordon says to a run that has ended: accesses that a baseline does not have, and those that --fail-on names. */
#ifndef CORDON_CLI_AUDIT_RUN_VERDICT_H
#define CORDON_CLI_AUDIT_RUN_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/baseline.h"
#include "audit/summary.h"
#include "command.h"

typedef struct audit_verdict_options {
    const char *baseline; /* file; NULL: none. Borrowed, as all texts here */
    bool updates_baseline, is_strict, exits_zero;
    const char *fail_on;     /* as it was given; NULL: not */
    uint64_t fail_on_numbers; /* bit N: policy's capability number N */
} audit_verdict_options;

typedef struct audit_verdict {
    const command_context *context;
    const audit_verdict_options *options;
    audit_baseline *known; /* NULL: there is no file yet, and it will be written */
    audit_baseline *now;   /* NULL: not judged */
    int record_fd;
    const char *record;
    size_t new_count, vanished_count, failing_count;
} audit_verdict;

/* The value of --fail-on. NULL, or what is wrong with it: static text. */
const char *audit_verdict_take_fail_on(audit_verdict_options *options, const char *value);
bool audit_verdict_is_asked(const audit_verdict_options *options);

/* Before the run: reads the baseline. 0, or the exit code after saying what is wrong. audit_verdict_close() is due in any case. */
int audit_verdict_open(const command_context *context, const audit_verdict_options *options, int record_fd, const char *record, audit_verdict *verdict_out);
/* After it, when the record is whole. False: it cannot be read back, which was said. */
bool audit_verdict_judge(audit_verdict *verdict, int record_fd, const char *record);
/* Marks in a summary what is new. The context is the verdict. */
void audit_verdict_mark(void *verdict, audit_summary *summary);
/* Says what is to be said, writes the baseline if it is to be updated. The exit code, given the program's. */
int audit_verdict_tell(audit_verdict *verdict, int code);
/* Accepts one that is all zero. */
void audit_verdict_close(audit_verdict *verdict);

#endif
