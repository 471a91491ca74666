/* A baseline's inside, shared by those who gather, read and write it. Private to audit. */
#ifndef AUDIT_SOURCE_BASELINE_H
#define AUDIT_SOURCE_BASELINE_H

#include "arena.h"
#include "audit/baseline.h"
#include "baseline_key.h"
#include "table.h"

typedef struct baseline_item {
    audit_baseline_entry entry;
    const char *comment; /* the lines before it in a lock file, newlines included; "": none */
    uint64_t missed;     /* how often there was nothing to start */
    const char *source;  /* of a cache: see baseline_keys_take; NULL: it is none */
} baseline_item;

struct audit_baseline {
    arena memory;
    table items, texts;
    baseline_keys *keys;      /* NULL: read from a file */
    baseline_item **in_order; /* NULL: not finished */
    size_t count;
    const char *head, *tail; /* of a lock file: lines before the first entry's comment, and after the last entry */
};

/* A copy that lives as long as the baseline, one for equal texts; NULL: no memory. */
const char *baseline_text(audit_baseline *in, const char *text);
/* The item that is like `key` in its first five fields; NULL: there is none. */
baseline_item *baseline_find(const audit_baseline *in, const audit_baseline_entry *key);
/* A new item with copies of these five; NULL: no memory. */
baseline_item *baseline_insert(audit_baseline *in, const audit_baseline_entry *key);
/* Whether there was no such program to start. */
bool baseline_is_miss(const audit_access *access);
/* Puts the items in order. False: no memory. */
bool baseline_sort(audit_baseline *in);

#endif
