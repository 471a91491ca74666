/* Reports of a run that has just ended: its record is read back. */
#ifndef CORDON_CLI_AUDIT_RUN_REPORT_H
#define CORDON_CLI_AUDIT_RUN_REPORT_H

#include "audit/reader.h"
#include "audit_reports.h"

/* Before the run: opens the files of reports, standard error for those that name none, since standard output is the
 * program's. 0, or the exit code after it has said what is wrong: a file that cannot be written, or a record that cannot be read
 * back. audit_reports_close() is due in any case. */
int audit_run_report_open(const command_context *context, audit_reports *reports, int record_fd, const char *record, file_uses *uses);
/* The record from its beginning; `from_out` must not move while the reader is used. NULL after it has said what is wrong. */
typedef struct audit_run_record {
    host_env *env;
    int fd;
    int64_t offset;
} audit_run_record;
audit_reader *audit_run_record_read(const command_context *context, int record_fd, const char *record, audit_run_record *from_out);
/* Whether it can be read back; false after it has said that it cannot. */
bool audit_run_record_check(const command_context *context, int record_fd, const char *record);

/* After it: the record is whole. `mark` may look at the summary before it is written; NULL: nobody does. False after it has said what is wrong. Writes
 * nothing if nothing was asked for. */
typedef void (*audit_run_mark_function)(void *context, audit_summary *summary);
bool audit_run_report_write(const command_context *context, const audit_reports *reports, int record_fd,
                            const char *record, audit_run_mark_function mark, void *mark_context);

#endif
