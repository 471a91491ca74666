/* Writes a summary for people and for tools. The formats and what they are for: docs/audit.md. */
#ifndef AUDIT_REPORT_H
#define AUDIT_REPORT_H

#include "audit/summary.h"
#include "audit/writer.h"

typedef struct audit_report_format audit_report_format;

typedef struct audit_report_options {
    unsigned int width; /* columns of the terminal; 0: it is none, nothing is cut */
    bool has_colour;
    bool shows_all; /* of tables for people: all rows, not the first of each capability */
} audit_report_options;

/* All formats, for complaints. */
#define AUDIT_REPORT_NAMES "table, jsonl, json, sarif, github, junit, markdown, html"

/* NULL: there is no such format. */
const audit_report_format *audit_report_find(const char *name);
/* The format at `index`, from 0; NULL after the last. */
const audit_report_format *audit_report_at(unsigned int index);
const char *audit_report_name(const audit_report_format *format);
/* A few words on what it is for. */
const char *audit_report_purpose(const audit_report_format *format);

/* `summary` is finished. False: `write` has failed, or there is no memory. */
bool audit_report_write(const audit_report_format *format, const audit_summary *summary,
                        const audit_report_options *options, audit_write_function write, void *context);

#endif
