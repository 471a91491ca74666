/* `cordon audit report`: what a record says, for people and for tools. */
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "audit_input.h"
#include "audit_reports.h"
#include "cordon/exit_code.h"

static const char help[] =
    "usage: cordon audit report [options] RECORD\n"
    "\n"
    "Reads a record (- is standard input) and reports what it says: by capability, then path, host or name, then "
    "where\n"
    "in the code, with counts. What changes from run to run is left out, so that equal runs give equal reports.\n"
    "\n" AUDIT_REPORTS_HELP "  --partial             report what there is of a record that is broken or has no end\n"
    "  --help                print this\n"
    "\n"
    "Without --format it is --format table. Without =FILE a report goes to standard output.\n"
    "Ends with 0, with 120 for wrong usage, and with 125 if the record is not whole or a report could not be written.\n"
    "\n"
    "formats:\n";

typedef struct report_options {
    audit_reports reports;
    const char *record;
    bool is_partial, wants_help;
} report_options;

/* NULL, or what is wrong with *culprit_out. */
static const char *take_option(report_options *options, char **arguments, int *index)
{
    const char *argument = arguments[*index];
    if (strcmp(argument, "--all") == 0) {
        options->reports.shows_all = true;
    } else if (strcmp(argument, "--partial") == 0) {
        options->is_partial = true;
    } else if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
        options->wants_help = true;
    } else if (strncmp(argument, "--format", 8) == 0 && (argument[8] == '=' || argument[8] == '\0')) {
        const char *value = argument[8] == '=' ? argument + 9 : arguments[++*index];
        return value == NULL ? "needs a value" : audit_reports_take(&options->reports, value);
    } else if (argument[0] == '-' && argument[1] != '\0') {
        return "is not an option of cordon audit report";
    } else if (options->record != NULL) {
        return "is a second RECORD: there can be one";
    } else {
        options->record = argument;
    }
    return NULL;
}

static const char *parse(int argument_count, char **arguments, report_options *options, const char **culprit_out)
{
    for (int i = 0; i < argument_count; i++) {
        *culprit_out = arguments[i];
        const char *complaint = take_option(options, arguments, &i);
        if (i < argument_count)
            *culprit_out = arguments[i]; /* an option's value says more than its name */
        if (complaint != NULL || options->wants_help)
            return complaint;
    }
    *culprit_out = "cordon audit report";
    if (options->record == NULL)
        return "needs a RECORD";
    return options->reports.count > 0 ? NULL : audit_reports_take(&options->reports, "table");
}

/* Exit code. The record is judged before anything is written: only its seals make it worth a report. */
static int report_summary(const command_context *context, report_options *options, audit_input *input,
                          audit_summary *summary)
{
    audit_read_result result;
    if (!audit_summary_read(summary, input->reader, &result)) {
        command_complain(context, "has no memory left");
        return CORDON_EXIT_AUDIT_INCOMPLETE;
    }
    if (result == AUDIT_READ_BAD)
        command_complain(context, "%s", audit_reader_problem(input->reader));
    if (result == AUDIT_READ_BAD && !options->is_partial)
        return CORDON_EXIT_AUDIT_INCOMPLETE;
    file_uses uses = {.count = 0};
    int code = file_uses_add(context, &uses, input->fd, options->record) ? audit_reports_open(context, &options->reports, 1, &uses) : CORDON_EXIT_USAGE;
    if (code == 0)
        audit_reports_empty(context, &options->reports);
    bool is_written = code == 0 && audit_reports_write(context, &options->reports, summary);
    audit_reports_close(context, &options->reports);
    if (code != 0)
        return code;
    return is_written && result != AUDIT_READ_BAD ? 0 : CORDON_EXIT_AUDIT_INCOMPLETE;
}

static int report(const command_context *context, report_options *options)
{
    audit_input input;
    if (!audit_input_open(context, options->record, &input))
        return CORDON_EXIT_USAGE;
    audit_summary *summary = audit_summary_create();
    int code = CORDON_EXIT_AUDIT_INCOMPLETE;
    if (summary == NULL)
        command_complain(context, "has no memory left");
    else
        code = report_summary(context, options, &input, summary);
    audit_summary_destroy(summary);
    audit_input_close(&input);
    return code;
}

int audit_command_report(const command_context *context, int argument_count, char **arguments)
{
    report_options options = {0};
    const char *culprit = NULL;
    const char *complaint = parse(argument_count, arguments, &options, &culprit);
    if (complaint != NULL) {
        command_complain(context, "%s %s; 'cordon audit report --help' tells more", culprit, complaint);
        return CORDON_EXIT_USAGE;
    }
    if (options.wants_help)
        return command_write(context, 1, help) == 0 && audit_reports_print_formats(context, 1) == 0 ? 0
                                                                                                    : CORDON_EXIT_USAGE;
    return report(context, &options);
}
