/* What the formats of reports share. Private to audit. */
#ifndef AUDIT_REPORT_PRIVATE_H
#define AUDIT_REPORT_PRIVATE_H

#include "arena.h"
#include "audit/report.h"
#include "output.h"

/* What each format is given. */
typedef struct report {
    const audit_head *head;
    const audit_totals *totals;
    const audit_row *const *rows;
    size_t row_count;
    const audit_report_options *options;
    output *out;
    arena *memory;   /* for as long as the report is written */
    bool has_failed; /* to be set where memory was lacking */
} report;

typedef void (*report_function)(report *to);

void report_table(report *to);
void report_jsonl(report *to);
void report_json(report *to);
void report_sarif(report *to);
void report_github(report *to);
void report_junit(report *to);
void report_markdown(report *to);
void report_html(report *to);

/* The most that can be said of a row. */
typedef enum report_state { REPORT_DENIED, REPORT_WOULD_BE_DENIED, REPORT_NEW, REPORT_ALLOWED } report_state;
report_state report_row_state(const audit_row *row);
/* "denied", "would be denied", "new", "allowed". */
const char *report_state_name(report_state state);

/* printf into the report's memory; "" if there is none, and the report has failed. */
const char *report_format(report *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
void output_string(output *out, const char *text);

/* visible_text(): what people may see. */
const char *report_visible(report *to, const char *text);
/* ./script.py:12 in main; with a word for where there is no Python code. For people. */
const char *report_place(report *to, const audit_place *place);
/* The command, its arguments with a space between them, for people. */
const char *report_command(report *to);
/* What the row was about, for people: never empty. */
const char *report_target(report *to, const audit_row *row);

#endif
