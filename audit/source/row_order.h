/* In what order rows stand, and by what they are known again. Private to audit. */
#ifndef AUDIT_ROW_ORDER_H
#define AUDIT_ROW_ORDER_H

#include "audit/summary.h"

/* By kind, capability, target, place; no two rows of a summary are equal. */
void row_order(const audit_row **rows, size_t count);
void row_order_counts(audit_count *counts, size_t count);
/* Texts by their bytes, NULL first; lists of texts one after the other. As strcmp. */
int row_order_texts(const char *a, const char *b);
int row_order_lists(const char *const *a, const char *const *b);
/* Sets row->fingerprint from what neither moved lines nor a new version of Python changes. False: no memory. */
bool row_fingerprint(audit_row *row);

#endif
