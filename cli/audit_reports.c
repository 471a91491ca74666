/* Hides from the subcommands how reports are asked for and where they go. */
#include "audit_reports.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "host_env/env.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "host_env/tty.h"

enum { NAME_BYTES_MAX = 32, COLUMNS_USUAL = 80, COLUMNS_MIN = 40, FILE_MODE = 0666 /* less the umask */ };

typedef struct sink {
    host_env *env;
    int fd;
} sink;

const char *audit_reports_take(audit_reports *reports, const char *value)
{
    char name[NAME_BYTES_MAX];
    size_t length = strcspn(value, "=");
    if (reports->count == AUDIT_REPORTS_MAX)
        return "was given too often: 16 reports at most";
    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), value);
    const audit_report_format *format = length < sizeof name ? audit_report_find(name) : NULL;
    const char *file = value[length] == '=' ? value + length + 1 : NULL;
    if (format == NULL)
        return "names no format that there is: " AUDIT_REPORT_NAMES;
    if (file != NULL && *file == '\0')
        return "needs the name of a file after =";
    for (size_t i = 0; file == NULL && i < reports->count; i++)
        if (reports->items[i].file == NULL)
            return "can be given without =FILE once: two reports in one stream can't be told apart";
    for (size_t i = 0; file != NULL && strcmp(file, "-") == 0 && i < reports->count; i++)
        if (reports->items[i].file != NULL && strcmp(reports->items[i].file, "-") == 0)
            return "goes to standard output as another one does: two reports in one stream can't be told apart";
    reports->items[reports->count++] = (struct audit_report_request){format, file, -1};
    return NULL;
}

int audit_reports_print_formats(const command_context *context, int fd)
{
    const audit_report_format *format;
    int result = 0;
    for (unsigned int i = 0; (format = audit_report_at(i)) != NULL; i++) {
        char line[256];
        snprintf(line, sizeof line, "  %-9s %s\n", audit_report_name(format), audit_report_purpose(format));
        result |= command_write(context, fd, line);
    }
    return result;
}

int audit_reports_open(const command_context *context, audit_reports *reports, int fd, file_uses *uses)
{
    for (size_t i = 0; i < reports->count; i++) {
        struct audit_report_request *item = &reports->items[i];
        host_error error;
        if (item->file == NULL || strcmp(item->file, "-") == 0) {
            item->fd = item->file == NULL ? fd : 1;
            continue;
        }
        if (host_fs_open(context->env, HOST_AT_CWD, item->file, O_WRONLY | O_CREAT | O_CLOEXEC, FILE_MODE, &item->fd, &error) != HOST_OK) {
            item->fd = -1;
            command_complain(context, "cannot write the report %s: %s", item->file, error.message);
            return CORDON_EXIT_AUDIT_INCOMPLETE;
        }
        if (!file_uses_add(context, uses, item->fd, item->file))
            return CORDON_EXIT_USAGE;
    }
    return 0;
}

void audit_reports_empty(const command_context *context, audit_reports *reports)
{
    for (size_t i = 0; i < reports->count; i++)
        if (reports->items[i].fd > 2) /* a pipe or a device has nothing to lose */
            (void)host_fd_ftruncate(context->env, reports->items[i].fd, 0, NULL);
}

void audit_reports_close(const command_context *context, audit_reports *reports)
{
    for (size_t i = 0; i < reports->count; i++) {
        if (reports->items[i].fd > 2)
            (void)host_fd_close(context->env, reports->items[i].fd, NULL);
        reports->items[i].fd = -1;
    }
}

/* ---- Writing ---- */

static bool write_all(void *context, const char *bytes, size_t size)
{
    const sink *to = context;
    while (size > 0) {
        size_t count = 0;
        host_status status = host_fd_write(to->env, to->fd, bytes, size, &count, NULL);
        if (status != HOST_OK && status != HOST_INTERRUPTED)
            return false;
        bytes += count;
        size -= count;
    }
    return true;
}

static const char *variable(const command_context *context, const char *name)
{
    const char *value = NULL;
    return host_env_get(context->env, name, &value, NULL) == HOST_OK && value != NULL ? value : "";
}

/* https://no-color.org: any value but none turns colours off. COLUMNS is what shells and tests set. */
static audit_report_options options_of(const command_context *context, const audit_reports *reports, int fd)
{
    audit_report_options options = {.shows_all = reports->shows_all};
    bool is_terminal = false;
    if (host_fd_isatty(context->env, fd, &is_terminal, NULL) != HOST_OK || !is_terminal)
        return options;
    host_tty_size size = {0};
    unsigned long columns = strtoul(variable(context, "COLUMNS"), NULL, 10);
    if (columns == 0 && host_tty_size_read(context->env, fd, &size, NULL) == HOST_OK)
        columns = size.columns;
    if (columns == 0 || columns > 10000)
        columns = COLUMNS_USUAL;
    options.width = columns < COLUMNS_MIN ? COLUMNS_MIN : (unsigned int)columns;
    options.has_colour = variable(context, "NO_COLOR")[0] == '\0' && strcmp(variable(context, "TERM"), "dumb") != 0;
    return options;
}

bool audit_reports_write(const command_context *context, const audit_reports *reports, const audit_summary *summary)
{
    bool is_written = true;
    for (size_t i = 0; i < reports->count; i++) {
        const struct audit_report_request *item = &reports->items[i];
        sink to = {context->env, item->fd};
        audit_report_options options = options_of(context, reports, item->fd);
        if (audit_report_write(item->format, summary, &options, write_all, &to))
            continue;
        command_complain(context, "cannot write the report %s%s%s", audit_report_name(item->format),
                         item->file == NULL ? "" : "=", item->file == NULL ? "" : item->file);
        is_written = false;
    }
    return is_written;
}
