/* Hides from GitHub's runner that names could be commands: what it shows beside lines of code. */
#include "report.h"

/* A runner shows ten annotations of each kind for a step; the rest would only be in its log, where the table says it
 * better. */

/* Data of a command ends at a newline, and % begins an escape; in properties , and : end them, too. */
static void put_escaped(report *to, const char *text, bool is_property)
{
    for (; *text != '\0'; text++) {
        bool is_special =
            *text == '%' || *text == '\r' || *text == '\n' || (is_property && (*text == ',' || *text == ':'));
        output_string(to->out, is_special ? report_format(to, "%%%02X", (unsigned int)(unsigned char)*text)
                                          : (const char[]){*text, '\0'});
    }
}

static void put_property(report *to, const char *before, const char *name, const char *value)
{
    output_string(to->out, before);
    output_string(to->out, name);
    output_literal(to->out, "=");
    put_escaped(to, value, true);
}

/* GitHub knows files beneath the checkout only, by their path in it. */
static const char *file_in_checkout(report *to, const audit_place *place)
{
    bool is_inside = place->file != NULL && place->file[0] == '.' && place->file[1] == '/';
    return is_inside ? report_visible(to, place->file + 2) : NULL;
}

static void put_row(report *to, const audit_row *row, const char *command)
{
    report_state state = report_row_state(row);
    const char *file = file_in_checkout(to, row->place), *rule = state == REPORT_DENIED ? row->rule : row->report_rule;
    output_string(to->out, command);
    put_property(to, " ", "title",
                 report_format(to, "%s: %s", report_visible(to, row->capability), report_state_name(state)));
    if (file != NULL)
        put_property(to, ",", "file", file);
    if (file != NULL && row->place->line > 0)
        put_property(to, ",", "line", report_format(to, "%u", row->place->line));
    const char *times = row->count == 1 ? "once" : report_format(to, "%llu times", (unsigned long long)row->count);
    output_literal(to->out, "::");
    put_escaped(to,
                report_format(to, "%s %s: %s", report_visible(to, row->capability), report_state_name(state),
                              report_target(to, row)),
                false);
    put_escaped(to, report_format(to, ", %s from %s", times, report_place(to, row->place)), false);
    if (rule != NULL)
        put_escaped(to, report_format(to, ", by %s", report_visible(to, rule)), false);
    output_literal(to->out, "\n");
}

static void put_rows(report *to, report_state state, const char *command)
{
    for (size_t i = 0; i < to->row_count; i++)
        if (report_row_state(to->rows[i]) == state)
            put_row(to, to->rows[i], command);
}

void report_github(report *to)
{
    const audit_totals *totals = to->totals;
    put_rows(to, REPORT_DENIED, "::error");
    put_rows(to, REPORT_NEW, "::error");
    put_rows(to, REPORT_WOULD_BE_DENIED, "::warning");
    output_literal(to->out, "::notice title=cordon audit::");
    put_escaped(to, report_command(to), false);
    put_escaped(to,
                report_format(to, ": %llu accesses, %llu denied, %llu would be denied, %llu new, %llu failed",
                              (unsigned long long)totals->accesses, (unsigned long long)totals->denied,
                              (unsigned long long)totals->reported, (unsigned long long)totals->rows_new,
                              (unsigned long long)totals->failed),
                false);
    output_literal(to->out, "\n");
}
