/* What of an access a baseline remembers. Private to audit. */
#ifndef AUDIT_BASELINE_KEY_H
#define AUDIT_BASELINE_KEY_H

#include "audit/baseline.h"

typedef struct baseline_keys baseline_keys;

typedef enum baseline_kind {
    BASELINE_NOTHING, /* a baseline does not speak about it */
    BASELINE_ENTRY,
    BASELINE_SETTING, /* what the interpreter does to get ready in one environment and not in another: no baseline speaks about it, a policy must allow it */
    BASELINE_CACHE /* Python's cache of a module's byte code: known as soon as the module is */
} baseline_kind;

/* NULL: no memory. */
baseline_keys *baseline_keys_create(void);
/* Accepts NULL. */
void baseline_keys_destroy(baseline_keys *keys);
/* To be given each line of a record, in order: what an access counts as depends on what its process has done before. On ENTRY and CACHE the first five
 * fields of *entry_out are set, borrowed until the next call. For CACHE *source_out is what an origin must begin with. False: no memory. */
bool baseline_keys_take(baseline_keys *keys, const audit_line *line, baseline_kind *kind_out, audit_baseline_entry *entry_out, const char **source_out);
/* Whether the last access or module was of an interpreter that gets ready, before its program begins. */
bool baseline_keys_was_start(const baseline_keys *keys);
/* What a row of a summary counts as, who asked included. `target` holds what the entry's points at. */
void baseline_keys_of_row(const audit_row *row, char *target, size_t size, audit_baseline_entry *entry_out);

#endif
