/* Hides from `cordon audit run` how the record that was just written becomes reports. */
#include "audit_run_report.h"

#include <stdio.h>
#include <sys/stat.h>

#include "cordon/exit_code.h"
#include "host_env/fd.h"

static int64_t read_back(void *context, char *buffer, size_t size)
{
    audit_run_record *from = context;
    host_status status;
    size_t count = 0;
    do
        status = host_fd_pread(from->env, from->fd, buffer, size, from->offset, &count, NULL);
    while (status == HOST_INTERRUPTED);
    from->offset += (int64_t)count;
    return status == HOST_OK ? (int64_t)count : -1;
}

audit_reader *audit_run_record_read(const command_context *context, int record_fd, const char *record,
                                    audit_run_record *from_out)
{
    *from_out = (audit_run_record){.env = context->env, .fd = record_fd};
    audit_reader *reader = audit_reader_create(record, read_back, from_out);
    if (reader == NULL)
        command_complain(context, "has no memory left");
    return reader;
}

bool audit_run_record_check(const command_context *context, int record_fd, const char *record)
{
    host_file_status status;
    if (host_fd_fstat(context->env, record_fd, &status, NULL) == HOST_OK && S_ISREG(status.mode))
        return true;
    command_complain(context, "cannot report what goes to %s: it is no file that can be read back", record);
    return false;
}

int audit_run_report_open(const command_context *context, audit_reports *reports, int record_fd, const char *record, file_uses *uses)
{
    if (reports->count > 0 && !audit_run_record_check(context, record_fd, record))
        return CORDON_EXIT_AUDIT_INCOMPLETE;
    return audit_reports_open(context, reports, 2, uses);
}

typedef struct marking {
    audit_run_mark_function mark; /* NULL: nobody marks */
    void *context;
} marking;

static bool write_summary(const command_context *context, const audit_reports *reports, audit_reader *reader,
                          audit_summary *summary, const marking *marking)
{
    audit_read_result result;
    if (summary == NULL || !audit_summary_read(summary, reader, &result)) {
        command_complain(context, "has no memory left");
        return false;
    }
    if (result == AUDIT_READ_BAD)
        command_complain(context, "%s", audit_reader_problem(reader));
    if (result == AUDIT_READ_DONE && marking->mark != NULL)
        marking->mark(marking->context, summary);
    return result == AUDIT_READ_DONE && audit_reports_write(context, reports, summary);
}

bool audit_run_report_write(const command_context *context, const audit_reports *reports, int record_fd,
                            const char *record, audit_run_mark_function mark, void *mark_context)
{
    if (reports->count == 0)
        return true;
    audit_run_record from;
    const marking marking = {mark, mark_context};
    audit_reader *reader = audit_run_record_read(context, record_fd, record, &from);
    audit_summary *summary = audit_summary_create();
    bool is_written = reader != NULL && write_summary(context, reports, reader, summary, &marking);
    audit_summary_destroy(summary);
    audit_reader_destroy(reader);
    return is_written;
}
