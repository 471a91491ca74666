/* Groups a record by what was asked for, what it was about, and where in the code it was asked. Times, processes and
 * what else changes from run to run is left out: two runs of the same program give the same rows in the same order.
 * One thread at a time for each summary. */
#ifndef AUDIT_SUMMARY_H
#define AUDIT_SUMMARY_H

#include "audit/reader.h"
#include "audit/record.h"

typedef struct audit_summary audit_summary;

typedef enum audit_row_kind { AUDIT_ROW_ACCESS, AUDIT_ROW_MODULE, AUDIT_ROW_EVENT } audit_row_kind;

typedef struct audit_count {
    const char *name;
    uint64_t count;
} audit_count;

typedef struct audit_counts {
    const audit_count *items; /* by name */
    size_t count;
} audit_counts;

/* Where in the code: the nearest place outside the standard library, if the record has one. */
typedef struct audit_place {
    const char *file; /* normalised; NULL: not from Python code, as at the interpreter's start */
    uint32_t line;    /* 0: not known */
    const char *function, *module, *distribution; /* NULL: not known, none */
    const char *const *imports; /* the chain that led to the module's import, outermost first; ended by NULL */
} audit_place;

/* What is alike in kind, capability, target and place. All texts are normalised as audit/normalise.h has it. */
typedef struct audit_row {
    audit_row_kind kind;
    const char *capability;      /* "import" of a module; of an event its name */
    const char *target;          /* "" where the capability names nothing that lasts */
    const char *origin, *sha256; /* of a module; NULL: none */
    const audit_place *place;    /* never NULL */
    audit_counts operations;     /* of host_env; of a module its kind; of an event none */
    audit_counts errors;         /* names of errno */
    audit_counts through;        /* MODULE.FUNCTION of the standard library that the place called, if any */
    uint64_t count;
    uint64_t failed; /* of those allowed */
    uint64_t denied;
    uint64_t reported;              /* of those allowed: a report policy would have refused them */
    const char *rule, *report_rule; /* of those that refused or would have, the first by name; NULL: none */
    bool is_new;                    /* audit_summary_mark_new */
    char fingerprint[33];           /* of capability, target, file, function: survives moved lines; NUL at its end */
} audit_row;

typedef struct audit_totals {
    uint64_t accesses, modules, events;      /* modules and events are not accesses */
    uint64_t failed, denied, reported, lost; /* of accesses and modules; lost: of all */
    uint64_t rows_new;
} audit_totals;

/* What the record says about itself. */
typedef struct audit_head {
    const char *cordon, *python;
    const char *const *command;         /* what looks like a path is normalised; ended by NULL */
    const char *policy, *report_policy; /* "FILE" or "FILE:PROFILE"; NULL: none */
    const char *outcome;                /* "" until AUDIT_END came */
    int64_t code;
} audit_head;

/* NULL: no memory. The caller owns it (audit_summary_destroy). */
audit_summary *audit_summary_create(void);
/* Accepts NULL. */
void audit_summary_destroy(audit_summary *summary);
/* Copies what it needs. False: no memory; the summary is then good for nothing but being destroyed. */
bool audit_summary_add(audit_summary *summary, const audit_line *line);
/* Adds all lines, then finishes. AUDIT_READ_BAD leaves what came before it in the summary, finished. False: no memory.
 */
bool audit_summary_read(audit_summary *summary, audit_reader *reader, audit_read_result *result_out);
/* Puts the rows in order: after the last line, before what follows. False: no memory. */
bool audit_summary_finish(audit_summary *summary);

/* Borrowed from the summary. */
const audit_row *const *audit_summary_rows(const audit_summary *summary, size_t *count_out);
const audit_totals *audit_summary_totals(const audit_summary *summary);
const audit_head *audit_summary_head(const audit_summary *summary);

/* Sets is_new of each row that `is_known` does not know; for baselines. */
typedef bool (*audit_is_known_function)(void *context, const audit_row *row);
void audit_summary_mark_new(audit_summary *summary, audit_is_known_function is_known, void *context);

#endif
