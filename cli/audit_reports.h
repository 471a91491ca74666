/* The reports that a command was asked for: --format NAME[=FILE] and --all. */
#ifndef CORDON_CLI_AUDIT_REPORTS_H
#define CORDON_CLI_AUDIT_REPORTS_H

#include <stdbool.h>

#include "audit/report.h"
#include "command.h"
#include "file_uses.h"

enum { AUDIT_REPORTS_MAX = 16 };

typedef struct audit_reports {
    struct audit_report_request {
        const audit_report_format *format;
        const char *file; /* borrowed from the arguments; NULL: the command's own stream; "-": standard output */
        int fd;
    } items[AUDIT_REPORTS_MAX];
    size_t count;
    bool shows_all;
} audit_reports;

/* For the help of the commands that take the options. */
#define AUDIT_REPORTS_HELP                                                                                             \
    "  --format NAME[=FILE]  write a report; may be given several times. NAME is one of those below\n"                 \
    "  --all                 show every row in tables, not the first of each capability\n"

/* The value of --format. NULL, or what is wrong with it: static text. */
const char *audit_reports_take(audit_reports *reports, const char *value);
/* The formats, a line each. Returns 0, or -1 if they cannot be written. */
int audit_reports_print_formats(const command_context *context, int fd);
/* Opens the files, `fd` for those that name none, and adds them to `uses`. They keep what they have until audit_reports_empty(). 0, or the exit code after it has said
 * which cannot be; close is due all the same. */
int audit_reports_open(const command_context *context, audit_reports *reports, int fd, file_uses *uses);
/* Once nothing can be wrong any more with what was asked for: no report of before shall be taken for this one. */
void audit_reports_empty(const command_context *context, audit_reports *reports);
/* Writes them all. False after it has said which could not be. */
bool audit_reports_write(const command_context *context, const audit_reports *reports, const audit_summary *summary);
void audit_reports_close(const command_context *context, audit_reports *reports);

#endif
