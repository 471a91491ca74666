/* A journal that was read: its entries, each held against its seal and against those before it. Pure. */
#ifndef CORDON_SUPERVISOR_JOURNAL_CONTENTS_H
#define CORDON_SUPERVISOR_JOURNAL_CONTENTS_H

#include "cordon/error.h"
#include "journal_format.h"

#define JOURNAL_NOTHING UINT32_MAX /* no entry has this number */

typedef struct journal_record {
    journal_entry entry;
    uint32_t answered_by; /* CALL: number of the entry that has its answer, perhaps its own; JOURNAL_NOTHING: none has */
    bool is_dropped;
} journal_record;

typedef struct journal_contents {
    bytes data; /* the file's; entries point into it */
    journal_record *records;
    size_t count;
    size_t whole_bytes, cut_bytes; /* header and whole entries; what stands behind them */
    unsigned char last_seal[JOURNAL_SEAL_BYTES];
} journal_contents;

/* Adopts *data, also on failure. Takes memory for what is there, never for what a length claims. Fails with JOURNAL_REFUSED, NO_MEMORY. */
cordon_status journal_contents_read(journal_contents *contents_out, journal_key key, bytes *data, const char *path, cordon_error *error);
void journal_contents_release(journal_contents *contents);

#endif
