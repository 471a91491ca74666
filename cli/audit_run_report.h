/* Reports of a run that has just ended: its record is read back. */
#ifndef CORDON_CLI_AUDIT_RUN_REPORT_H
#define CORDON_CLI_AUDIT_RUN_REPORT_H

#include "audit_reports.h"

/* Before the run: opens the files of reports, standard error for those that name none, since standard output is the
 * program's. False after it has said what is wrong: a file that cannot be written, or a record that cannot be read
 * back. audit_reports_close() is due in any case. */
bool audit_run_report_open(const command_context *context, audit_reports *reports, int record_fd, const char *record);
/* After it: the record is whole. False after it has said what is wrong. Writes nothing if nothing was asked for. */
bool audit_run_report_write(const command_context *context, const audit_reports *reports, int record_fd,
                            const char *record);

#endif
