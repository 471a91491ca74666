/* Bytes as one line. Private to audit. */
#ifndef AUDIT_LINE_READ_H
#define AUDIT_LINE_READ_H

#include "audit/record.h"
#include "scan.h"

/* What a line may refer to: the sites and processes before it. */
typedef struct line_tables {
    const audit_site **sites; /* site n is sites[n - 1] */
    size_t site_count;
    size_t process_count;
} line_tables;

/* A line as it stands. What it holds is borrowed from the scan; site and process, too. */
typedef struct raw_line {
    audit_line line;
    audit_site site;       /* line.as.site is this one */
    audit_process process; /* line.as.process is this one */
    audit_policy policy, report_policy;
    audit_argument arguments[AUDIT_ARGUMENTS_MAX];
    uint64_t seal_lines;
    const char *seal_digits;
} raw_line;

/* Without its newline. Whether it is one; else in->expected and in->next tell what and where. */
bool line_read(scan *in, const line_tables *tables, raw_line *out);

#endif
