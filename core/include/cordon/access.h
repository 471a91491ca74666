/* What a sandbox was granted of the host: who is asked and told of each access, and what an overlay changed.
 *
 * Accesses to mounted folders, the real clock and the host's random bytes go through the supervisor while code runs. docs/mounts.md has what each mode of a mount means. */
#ifndef CORDON_ACCESS_H
#define CORDON_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cordon/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cordon_sandbox cordon_sandbox;

typedef struct cordon_access {
    const char *operation;  /* of the host's side, such as "fs_open"; docs/host_env.md lists them */
    const char *capability; /* "fs.read", "fs.write", "fs.list", "fd.use", "time.read", "random" */
    const char *path;       /* of the host; NULL: the access names none. Borrowed for the call */
    bool is_done;           /* told after it; else asked before it */
    bool is_refused;        /* when done: the policy refused */
    int64_t host_code;      /* when done: errno; 0: it succeeded */
} cordon_access;

/* Asked before each access: false refuses it. Must not call the sandbox. On the thread that uses the sandbox. */
typedef bool (*cordon_permit_function)(void *context, const cordon_access *access);
/* Told after each access, refused ones too. Same rules. */
typedef void (*cordon_record_function)(void *context, const cordon_access *access);

/* ---- What an overlay changed ---- */

typedef enum cordon_change_kind { CORDON_CHANGE_ADDED = 0, CORDON_CHANGE_CHANGED, CORDON_CHANGE_REMOVED } cordon_change_kind;

typedef struct cordon_change {
    cordon_change_kind kind;
    uint32_t mode;       /* of what is there now, else of what was: type bits (S_IFMT) and permissions */
    uint64_t size_bytes; /* now; 0 when removed */
    const char *path;    /* below the mount; bytes as the guest chose them. Borrowed for the call */
} cordon_change;

/* Tells each change of mount number `mount` (its index in the configuration), an overlay: sorted by name, a folder before what is in it, a removed folder without its content.
 * `tell` may stop it by answering false. Found by the host itself, so also after the sandbox has ended, whatever its end. Fails with INVALID_ARGUMENT, BUSY, HOST_FAILURE. */
CORDON_API cordon_status cordon_sandbox_changes(cordon_sandbox *sandbox, size_t mount, bool (*tell)(void *context, const cordon_change *change), void *context,
                                                cordon_error *error);
/* A file's content, or a link's target, as the overlay has it now; with a NUL behind it. At most `size_max` bytes (0: 256 MiB), else TOO_LARGE. The caller frees *content_out with
 * cordon_text_release. Fails as above. */
CORDON_API cordon_status cordon_sandbox_read_change(cordon_sandbox *sandbox, size_t mount, const char *path, size_t size_max, char **content_out, size_t *size_out,
                                                    cordon_error *error);

#ifdef __cplusplus
}
#endif
#endif
