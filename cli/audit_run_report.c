/* Hides from `cordon audit run` how the record that was just written becomes reports. */
#include "audit_run_report.h"

#include <stdio.h>
#include <sys/stat.h>

#include "host_env/fd.h"

typedef struct record_source {
    host_env *env;
    int fd;
    int64_t offset;
} record_source;

static int64_t read_back(void *context, char *buffer, size_t size)
{
    record_source *from = context;
    host_status status;
    size_t count = 0;
    do
        status = host_fd_pread(from->env, from->fd, buffer, size, from->offset, &count, NULL);
    while (status == HOST_INTERRUPTED);
    from->offset += (int64_t)count;
    return status == HOST_OK ? (int64_t)count : -1;
}

bool audit_run_report_open(const command_context *context, audit_reports *reports, int record_fd, const char *record)
{
    host_file_status status;
    if (reports->count > 0 &&
        (host_fd_fstat(context->env, record_fd, &status, NULL) != HOST_OK || !S_ISREG(status.mode))) {
        command_complain(context, "cannot report what goes to %s: it is no file that can be read back", record);
        return false;
    }
    return audit_reports_open(context, reports, 2);
}

static bool write_summary(const command_context *context, const audit_reports *reports, audit_reader *reader,
                          audit_summary *summary)
{
    audit_read_result result;
    if (summary == NULL || !audit_summary_read(summary, reader, &result)) {
        command_complain(context, "has no memory left");
        return false;
    }
    if (result == AUDIT_READ_BAD)
        command_complain(context, "%s", audit_reader_problem(reader));
    return result == AUDIT_READ_DONE && audit_reports_write(context, reports, summary);
}

bool audit_run_report_write(const command_context *context, const audit_reports *reports, int record_fd,
                            const char *record)
{
    if (reports->count == 0)
        return true;
    record_source from = {.env = context->env, .fd = record_fd};
    audit_reader *reader = audit_reader_create(record, read_back, &from);
    audit_summary *summary = audit_summary_create();
    bool is_written = false;
    if (reader == NULL)
        command_complain(context, "has no memory left");
    else
        is_written = write_summary(context, reports, reader, summary);
    audit_summary_destroy(summary);
    audit_reader_destroy(reader);
    return is_written;
}
