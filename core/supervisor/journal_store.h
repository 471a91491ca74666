/* A journal's file: read whole, locked against a second writer, appended to so that only whole entries stay. */
#ifndef CORDON_SUPERVISOR_JOURNAL_STORE_H
#define CORDON_SUPERVISOR_JOURNAL_STORE_H

#include "bytes.h"
#include "cordon/journal.h"
#include "host_env/host_env.h"

typedef struct journal_store {
    host_env *env; /* its own, that allows this file and the folder it lies in */
    char *path, *folder;
    int fd; /* -1: closed */
    uint64_t size; /* whole entries: what is written goes here */
    bool syncs;
    uint64_t size_max;
} journal_store;

/* `content_out`: what the file holds; nothing in mode RECORD, which makes it. The caller releases both, on failure nothing. Fails with INVALID_ARGUMENT, BUSY, TOO_LARGE, NO_MEMORY, HOST_FAILURE. */
cordon_status journal_store_open(journal_store *store_out, const char *path, cordon_journal_mode mode, cordon_journal_sync sync, uint64_t size_max, bytes *content_out, cordon_error *error);
void journal_store_close(journal_store *store); /* accepts one that is all zero */

/* Only the first `size` bytes stay, and writing goes on behind them. */
cordon_status journal_store_cut(journal_store *store, uint64_t size, cordon_error *error);
/* All of it, or nothing of it stays: HOST_FAILURE or TOO_LARGE, and what was written before is whole. */
cordon_status journal_store_append(journal_store *store, const bytes *written, cordon_error *error);
cordon_status journal_store_identity(journal_store *store, void *bytes_out, size_t size, cordon_error *error); /* random bytes */

#endif
