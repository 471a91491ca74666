/* The formats of reports, and what they share. */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "visible.h"

struct audit_report_format {
    const char *name;
    report_function write;
    const char *purpose;
};

static const audit_report_format formats[] = {
    {"table", report_table, "a summary for people at a terminal"},
    {"jsonl", report_jsonl, "one JSON object for each row"},
    {"json", report_json, "one JSON object: the head, totals and rows"},
    {"sarif", report_sarif, "SARIF 2.1.0, for code scanning"},
    {"github", report_github, "workflow commands: annotations of what was refused or is new"},
    {"junit", report_junit, "JUnit XML, for test reports"},
    {"markdown", report_markdown, "a summary for a pull request or a job's page"},
    {"html", report_html, "one page to open from disk: a map, and tables that filter"},
};

enum { FORMAT_COUNT = sizeof formats / sizeof *formats };

const audit_report_format *audit_report_at(unsigned int index)
{
    return index < FORMAT_COUNT ? &formats[index] : NULL;
}

const audit_report_format *audit_report_find(const char *name)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

const char *audit_report_name(const audit_report_format *format)
{
    return format->name;
}

const char *audit_report_purpose(const audit_report_format *format)
{
    return format->purpose;
}

bool audit_report_write(const audit_report_format *format, const audit_summary *summary,
                        const audit_report_options *options, audit_write_function write, void *context)
{
    arena memory = {0};
    output out = {.buffer = malloc(OUTPUT_BYTES), .write = write, .context = context, .is_unsealed = true};
    if (out.buffer == NULL)
        return false;
    report to = {.head = audit_summary_head(summary),
                 .totals = audit_summary_totals(summary),
                 .options = options,
                 .out = &out,
                 .memory = &memory};
    to.rows = audit_summary_rows(summary, &to.row_count);
    format->write(&to);
    if (!to.has_failed)
        output_flush(&out);
    arena_release(&memory);
    free(out.buffer);
    return !to.has_failed && !out.has_failed;
}

/* ---- What formats share ---- */

void output_string(output *out, const char *text)
{
    for (size_t size = strlen(text), part; size > 0; text += part, size -= part) {
        part = size < OUTPUT_BYTES ? size : OUTPUT_BYTES;
        output_bytes(out, text, part);
    }
}

report_state report_row_state(const audit_row *row)
{
    if (row->denied > 0)
        return REPORT_DENIED;
    if (row->reported > 0)
        return REPORT_WOULD_BE_DENIED;
    return row->is_new ? REPORT_NEW : REPORT_ALLOWED;
}

const char *report_state_name(report_state state)
{
    static const char *const names[] = {[REPORT_DENIED] = "denied",
                                        [REPORT_WOULD_BE_DENIED] = "would be denied",
                                        [REPORT_NEW] = "new",
                                        [REPORT_ALLOWED] = "allowed"};
    return names[state];
}

const char *report_visible(report *to, const char *text)
{
    const char *shown = visible_text(to->memory, text);
    to->has_failed |= shown == NULL;
    return shown == NULL ? "" : shown;
}

const char *report_format(report *to, const char *format, ...)
{
    va_list values, again;
    va_start(values, format);
    va_copy(again, values);
    int length = vsnprintf(NULL, 0, format, values);
    char *text = length < 0 ? NULL : arena_take(to->memory, (size_t)length + 1);
    if (text != NULL)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(values);
    to->has_failed |= text == NULL;
    return text == NULL ? "" : text;
}

const char *report_place(report *to, const audit_place *place)
{
    if (place->file == NULL)
        return "(not from Python code)";
    const char *line = place->line == 0 ? "" : report_format(to, ":%u", place->line);
    const char *function =
        place->function == NULL ? "" : report_format(to, " in %s", report_visible(to, place->function));
    return report_format(to, "%s%s%s", report_visible(to, place->file), line, function);
}

const char *report_command(report *to)
{
    const char *text = "";
    for (size_t i = 0; to->head->command[i] != NULL; i++)
        text = report_format(to, "%s%s%s", text, i == 0 ? "" : " ", report_visible(to, to->head->command[i]));
    return text;
}

const char *report_target(report *to, const audit_row *row)
{
    return row->target[0] == '\0' ? "(no name)" : report_visible(to, row->target);
}
