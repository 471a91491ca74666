/* Takes the parts of a line one after the other. The first part that is not as expected makes every later one fail,
 * too. Private to audit. */
#ifndef AUDIT_SCAN_H
#define AUDIT_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

typedef struct scan {
    char *begin, *next, *end; /* texts are decoded in place: a line can be read once */
    arena *memory;            /* for lists */
    const char *expected;     /* what was not found at `next`, static text; NULL: all is well so far */
} scan;

/* False, with `expected` set, unless the line goes on with `literal`. */
bool scan_literal(scan *in, const char *literal);
/* Whether it does; takes it only then. Never fails. */
bool scan_try(scan *in, const char *literal);
uint64_t scan_number(scan *in);
int64_t scan_signed(scan *in);
/* A text, ended by NUL; NULL once something was wrong. Lone surrogates become what Python's "surrogatepass" makes of
 * them. */
const char *scan_text(scan *in);
/* A text or null: then NULL. */
const char *scan_text_or_null(scan *in);
/* [ texts ]; ended by NULL. NULL once something was wrong. */
const char *const *scan_list(scan *in);
/* Sets `expected` if nothing was wrong before. */
void scan_fail(scan *in, const char *expected);

#endif
