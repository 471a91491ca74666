/* A baseline: which kinds of access a program is known to make. Read from a lock file that people review, or gathered from a record; compared, and
 * written so that the next one differs in as few lines as what the program does. docs/audit.md has the format and what counts as the same access.
 * One thread at a time for each baseline. */
#ifndef AUDIT_BASELINE_H
#define AUDIT_BASELINE_H

#include "audit/reader.h"
#include "audit/record.h"
#include "audit/summary.h"
#include "audit/writer.h"

typedef struct audit_baseline audit_baseline;

/* A kind of access. Texts are borrowed from the baseline and normalised as audit/normalise.h has it. */
typedef struct audit_baseline_entry {
    const char *capability;
    const char *target;       /* "": the capability names nothing that lasts, or it does not matter */
    const char *origin;       /* of a module; NULL: of anything else */
    const char *module;       /* who asked; NULL: Python itself, or it is chance who asks first */
    const char *distribution; /* the module's, without its version; NULL: none */
    uint64_t count;           /* of a record: how often; of a lock file 0 */
    uint64_t start_count;     /* of these, while an interpreter got ready to run a program */
    const char *file;         /* of a record: where it was seen first, as the record has it; NULL: not in Python code */
    uint32_t line;            /* of that file, 0: not known; of a lock file the entry's own */
    const char *function;
    const char *const *imports; /* outermost first, ended by NULL; NULL of a lock file */
} audit_baseline_entry;

typedef struct audit_baseline_message {
    char text[512]; /* "FILE:LINE: what is wrong and what was expected" */
} audit_baseline_message;

/* An empty one. NULL: no memory. The caller owns it (audit_baseline_destroy). */
audit_baseline *audit_baseline_create(void);
/* Accepts NULL. */
void audit_baseline_destroy(audit_baseline *baseline);

/* Adds a record's lines, one after the other. False: no memory; the baseline is then good for nothing but being destroyed. */
bool audit_baseline_add(audit_baseline *baseline, const audit_line *line);
/* After a record's last line, before what follows. False: no memory. */
bool audit_baseline_finish(audit_baseline *baseline);

/* Reads a lock file; `file_name` is for messages. On true the caller owns *baseline_out, otherwise it is NULL and *message says where and why. */
bool audit_baseline_read(const char *bytes, size_t size, const char *file_name, audit_baseline **baseline_out, audit_baseline_message *message);
/* Writes a lock file: sorted, with the comments that `before` had on what is still there (NULL: none). False: `write` has failed, or no memory. */
bool audit_baseline_write(const audit_baseline *baseline, const audit_baseline *before, audit_write_function write, void *context);

typedef void (*audit_baseline_visit)(void *context, const audit_baseline_entry *entry);
/* Visits, in order, what `baseline` has and `other` has not; returns its number. Both are finished or read. `visit` may be NULL. */
size_t audit_baseline_compare(const audit_baseline *baseline, const audit_baseline *other, audit_baseline_visit visit, void *context);
size_t audit_baseline_count(const audit_baseline *baseline);

/* A second pass over the record that `baseline` was gathered from, line by line: whether the line is of an access that `known` has not. */
typedef struct audit_baseline_pass audit_baseline_pass;
audit_baseline_pass *audit_baseline_pass_create(const audit_baseline *baseline, const audit_baseline *known); /* NULL: no memory */
bool audit_baseline_pass_is_new(audit_baseline_pass *pass, const audit_line *line, bool *is_new_out);         /* false: no memory */
void audit_baseline_pass_destroy(audit_baseline_pass *pass);

/* Whether `baseline` has such accesses as the row tells of, and `known` has not; for audit_summary_mark_new. */
bool audit_baseline_row_is_new(const audit_baseline *baseline, const audit_baseline *known, const audit_row *row);
/* Visits every entry in order. */
void audit_baseline_each(const audit_baseline *baseline, audit_baseline_visit visit, void *context);

/* One line for people: "fs.read ~/x by app.config of app"; quoted like a lock file's. False: `write` has failed. */
bool audit_baseline_print(const audit_baseline_entry *entry, audit_write_function write, void *context);
/* Where it was seen first: "app.py:7 in main, 3 times, imported by __main__ > app". */
bool audit_baseline_print_place(const audit_baseline_entry *entry, audit_write_function write, void *context);

#endif
