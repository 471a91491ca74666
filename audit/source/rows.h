/* The rows of a summary while they come about. Private to audit. */
#ifndef AUDIT_ROWS_H
#define AUDIT_ROWS_H

#include "arena.h"
#include "audit/normalise.h"
#include "audit/summary.h"
#include "table.h"

typedef struct rows {
    arena memory;
    table texts, places, found;
    uint64_t seed; /* of hashes, so that a record cannot be made to fit them */
    audit_normaliser *normaliser;
    const audit_place **place_of_site; /* of site n at n - 1; NULL: not seen yet */
    size_t site_room;
    const audit_place *no_place;
} rows;

/* All zero before. False: no memory; rows_release() is due all the same. */
bool rows_open(rows *in);
void rows_release(rows *in);
/* Counts an access, a module or an event. False: no memory. */
bool rows_add(rows *in, audit_row_kind kind, const audit_access *access);
/* How many accesses a line tells of. */
uint64_t rows_times(const audit_access *access);
/* A copy that lives as long as the rows; equal texts give the same pointer. NULL stays NULL, and without memory it is
 * NULL, too. */
const char *rows_text(rows *in, const char *text);
/* All rows in order, in memory of the rows; NULL: no memory, or there are none. */
const audit_row **rows_in_order(rows *in);

#endif
