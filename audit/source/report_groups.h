/* Rows brought together for people: by capability, then by what they were about. Private to audit. */
#ifndef AUDIT_REPORT_GROUPS_H
#define AUDIT_REPORT_GROUPS_H

#include "report.h"

typedef struct row_group {
    const audit_row *const *rows; /* alike in kind and capability, or in the target, too */
    size_t row_count;
    size_t target_count;
    uint64_t count, failed, denied, reported, new_rows;
} row_group;

typedef struct row_groups {
    row_group *items;
    size_t count;
} row_groups;

/* All rows, by capability. No groups without memory. */
row_groups report_capabilities(report *to);
/* Those of one capability, by target: refused ones first, then what is neither Python's own file nor asked for at the
 * interpreter's start, then by name. */
row_groups report_targets(report *to, const row_group *capability);

/* Of a target: allowed, known, and either about Python's own files or asked for at the interpreter's start or within its library. */
bool report_is_pythons_own(const row_group *target);

/* A file or a module's origin that is Python's own, within the interpreter or not. Takes NULL: false. */
bool report_is_library(const char *path);

#endif
