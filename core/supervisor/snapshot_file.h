/* A snapshot as bytes: laying out, sealing, and reading bytes of which nothing is believed before it was checked. Pure: no I/O. docs/snapshots.md has the bytes. */
#ifndef CORDON_SUPERVISOR_SNAPSHOT_FILE_H
#define CORDON_SUPERVISOR_SNAPSHOT_FILE_H

#include "snapshot_internal.h"

enum { SNAPSHOT_SEAL_BYTES = 32 };

typedef struct snapshot_key {
    const void *bytes; /* NULL: none */
    size_t size;
} snapshot_key;

/* The seal of so many bytes: HMAC-SHA256 with the key, or SHA-256 without one. False if the library for it fails. */
bool snapshot_seal(snapshot_key key, const void *data, size_t size, unsigned char seal_out[SNAPSHOT_SEAL_BYTES]);

/* Appends. False if the library for seals fails; memory that ran out shows in *to. */
bool snapshot_file_write(const cordon_snapshot *snapshot, snapshot_key key, bytes *to);

/* 0: *snapshot_out is the caller's (cordon_snapshot_destroy). Otherwise it is NULL, and the result says why: SNAPSHOT_FILE_FAILED, or a cordon_snapshot_refusal, and then
 * *complaint_out may have more to say (static text; NULL otherwise). Takes no more memory than `size` and a little. */
enum { SNAPSHOT_FILE_FAILED = -1 };
int snapshot_file_read(const void *data, size_t size, snapshot_key key, cordon_snapshot **snapshot_out, const char **complaint_out);

#endif
