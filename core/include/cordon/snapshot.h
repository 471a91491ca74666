/* Snapshots: a sandbox as a value. What Python has built in it, half-done computations included, can be kept, stored, and taken up again in a fresh sandbox of the same image, in
 * this process or another one. docs/snapshots.md says what is in one, byte by byte, and what is not.
 *
 * Threads: a snapshot does not change once it was made; any number of threads may use one at the same time. Lifetimes: it needs neither the sandbox nor the engine it came from. */
#ifndef CORDON_SNAPSHOT_H
#define CORDON_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cordon/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cordon_snapshot cordon_snapshot;

/* X(name, number, text): why a stored snapshot was refused, with the status SNAPSHOT_REFUSED; in cordon_error.host_code. */
#define CORDON_SNAPSHOT_REFUSAL_TABLE(X)                                                                               \
    X(NOT_A_SNAPSHOT, 1, "it is no snapshot of a sandbox")                                                             \
    X(OLDER, 2, "it was written by an older version, whose snapshots are not read any more")                           \
    X(NEWER, 3, "it was written by a newer version")                                                                   \
    X(TRUNCATED, 4, "it ends too early")                                                                               \
    X(DAMAGED, 5, "it is damaged")                                                                                     \
    X(NOT_SEALED, 6, "it has no seal, and a key was given that it should be sealed with")                              \
    X(SEALED, 7, "it is sealed, and no key was given")                                                                 \
    X(FORGED, 8, "its seal does not fit: it was changed, or sealed with another key")                                  \
    X(FOREIGN_IMAGE, 9, "it was taken from a sandbox of another image")                                                \
    X(TOO_LARGE, 10, "it says that it is larger than a sandbox can be")

typedef enum cordon_snapshot_refusal {
#define CORDON_SNAPSHOT_REFUSAL_ENUM(name, number, text) CORDON_SNAPSHOT_##name = number,
    CORDON_SNAPSHOT_REFUSAL_TABLE(CORDON_SNAPSHOT_REFUSAL_ENUM)
#undef CORDON_SNAPSHOT_REFUSAL_ENUM
} cordon_snapshot_refusal;

enum { CORDON_SNAPSHOT_DIGEST_BYTES = 32, CORDON_SNAPSHOT_KEY_BYTES_MIN = 16 };

/* ---- Taking and restoring ---- */

typedef struct cordon_snapshot_options {
    size_t struct_size;  /* set by CORDON_SNAPSHOT_OPTIONS_INIT */
    uint64_t timeout_ns; /* until the sandbox has taken all that it was sent; 0: 10 seconds */
} cordon_snapshot_options;
#define CORDON_SNAPSHOT_OPTIONS_INIT { .struct_size = sizeof(cordon_snapshot_options) }

/* Takes a snapshot of a sandbox that rests, between two executions, or that is SUSPENDED. The sandbox is as before, and knows nothing of it. What its random bytes are made from is not in the
 * snapshot, unless it is deterministic. Within a callback the thread that was called may take one, too, before it answers: then that call is what the restored sandbox waits for, and
 * cordon_sandbox_resume answers it there as it answers effects; here the callback does, as ever. `options` may be NULL. On CORDON_OK the caller owns *snapshot_out (cordon_snapshot_destroy).
 * Fails with UNSUPPORTED (something of a mounted folder is open, or an overlay has changes: those lie in the host; or, within a callback, more under way than this call), BUSY, SANDBOX_ENDED, TIMED_OUT, INVALID_ARGUMENT, NO_MEMORY, HOST_FAILURE. */
CORDON_API cordon_status cordon_sandbox_snapshot(cordon_sandbox *sandbox, const cordon_snapshot_options *options, cordon_snapshot **snapshot_out, cordon_error *error);

/* A new sandbox that continues from there, as often as one likes. The engine must have the image that the snapshot was taken of. Limits, clock, random bytes and what is permitted
 * are those of `config` (NULL: all defaults), as for any other sandbox; the callbacks are the engine's. Variables, arguments and directory are the snapshot's: config must not name any. Mounts are the guest's
 * paths, in the same order and modes, and whichever folders of this host config grants there: cordon_snapshot_mounts tells what must be granted.
 * Deterministic in both: clock and random bytes continue too. What the snapshot holds is its guest's affair: it can harm the new sandbox, and nobody else.
 * Fails as cordon_sandbox_create, with SNAPSHOT_REFUSED (FOREIGN_IMAGE, DAMAGED), with TOO_LARGE if it has more memory in use than the limit allows, or far more
 * pages, and INVALID_ARGUMENT for other mounts than the snapshot's. */
CORDON_API cordon_status cordon_sandbox_restore(cordon_engine *engine, const cordon_sandbox_config *config, const cordon_snapshot *snapshot, cordon_sandbox **sandbox_out,
                                                cordon_error *error);

/* ---- As bytes ---- */

/* Lays a snapshot out as bytes. `key` (CORDON_SNAPSHOT_KEY_BYTES_MIN bytes or more, borrowed for the call): they are sealed with it, by HMAC-SHA256: _decode takes
 * them with the same key only, and nobody without it can make others that it takes. NULL: a checksum tells accidents, and nothing tells intent. Nothing is encrypted either way. On CORDON_OK *bytes_out is the
 * caller's (cordon_snapshot_bytes_release). Fails with INVALID_ARGUMENT, NO_MEMORY, HOST_FAILURE. */
CORDON_API cordon_status cordon_snapshot_encode(const cordon_snapshot *snapshot, const void *key, size_t key_size, void **bytes_out, size_t *size_out,
                                                cordon_error *error);
CORDON_API void cordon_snapshot_bytes_release(void *bytes); /* accepts NULL */

/* Reads what _encode laid out. Who gives a key gets sealed bytes only, who gives none only bytes that have no seal: nobody can take a seal away unnoticed. The seal is looked at
 * before anything else is believed, and no more memory is taken than the bytes themselves have. On CORDON_OK the caller owns *snapshot_out. Fails with SNAPSHOT_REFUSED (why:
 * error->host_code, a cordon_snapshot_refusal), INVALID_ARGUMENT, NO_MEMORY, HOST_FAILURE. */
CORDON_API cordon_status cordon_snapshot_decode(const void *bytes, size_t size, const void *key, size_t key_size, cordon_snapshot **snapshot_out,
                                                cordon_error *error);

CORDON_API void cordon_snapshot_destroy(cordon_snapshot *snapshot); /* accepts NULL */

/* ---- What is in one ---- */

typedef enum cordon_snapshot_state {
    CORDON_SNAPSHOT_RESTING = 0, /* nothing ran: restored, it executes */
    CORDON_SNAPSHOT_WAITING = 1  /* in the middle of an execution that waits for the host: restored, it is resumed */
} cordon_snapshot_state;

typedef struct cordon_snapshot_description {
    size_t struct_size; /* set by CORDON_SNAPSHOT_DESCRIPTION_INIT */
    cordon_snapshot_state state;
    bool is_deterministic;                             /* it keeps its clock and its random bytes for another deterministic sandbox */
    uint32_t format_version, protocol_version;
    unsigned char image[CORDON_SNAPSHOT_DIGEST_BYTES]; /* SHA-256 of the image's file */
    uint64_t page_bytes;                               /* of memory that differs from the image's */
    uint64_t stored_bytes;                             /* that these pages take, compressed */
    uint64_t memory_bytes;                             /* in use when it was taken, as the sandbox counted it */
    bool has_mounts;                                   /* that must be granted again: cordon_snapshot_mounts */
    bool is_traced;                                    /* the steps of what waits are told, to whom its resumption names */
} cordon_snapshot_description;
#define CORDON_SNAPSHOT_DESCRIPTION_INIT { .struct_size = sizeof(cordon_snapshot_description) }

/* Fails with INVALID_ARGUMENT. */
CORDON_API cordon_status cordon_snapshot_describe(const cordon_snapshot *snapshot, cordon_snapshot_description *description_out, cordon_error *error);

/* What a WAITING one waits for: a list, in order of their ids, of dicts with id, name, args (a list) and kwargs (a dict); of a RESTING one it is empty. On CORDON_OK *effects_out is the
 * caller's (cordon_value_destroy). Fails with SNAPSHOT_REFUSED, INVALID_ARGUMENT, NO_MEMORY. */
CORDON_API cordon_status cordon_snapshot_effects(const cordon_snapshot *snapshot, cordon_value **effects_out, cordon_error *error);

/* Which folders must be mounted again where it is restored: a list, in the order of the configuration that it was taken under, of dicts with path (in the guest's tree) and mode ("ro", "rw", "overlay").
 * On CORDON_OK *mounts_out is the caller's (cordon_value_destroy). Fails with SNAPSHOT_REFUSED, INVALID_ARGUMENT, NO_MEMORY. */
CORDON_API cordon_status cordon_snapshot_mounts(const cordon_snapshot *snapshot, cordon_value **mounts_out, cordon_error *error);

#ifdef __cplusplus
}
#endif
#endif
