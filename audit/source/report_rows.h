/* Rows and what a record says about itself, as JSON: for jsonl, json and html. Private to audit. */
#ifndef AUDIT_REPORT_ROWS_H
#define AUDIT_REPORT_ROWS_H

#include "json_out.h"
#include "report.h"

void report_json_row(json_out *to, const audit_row *row);
/* One object: the head, totals and rows. */
void report_json_whole(const report *from, json_out *to);

#endif
