/* The memory file system of a sandbox, from the host. Between executions; paths are absolute and NUL-terminated; UTF-8,
 * but for those of what is put. Every function may fail with INVALID_ARGUMENT, BUSY, SANDBOX_ENDED, TIMED_OUT,
 * CANCELLED, NO_MEMORY, and those marked [fs] with FILE_REFUSED: host_code is the errno. A path or content that cannot
 * be taken at all (over quota) ends the sandbox. */
#ifndef CORDON_FILES_H
#define CORDON_FILES_H

#include "cordon/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `permissions`: 0 for 0644 (a folder's 0755). `modified_ns`: since the epoch. Missing parents are made. */
CORDON_API cordon_status cordon_sandbox_put_file(cordon_sandbox *sandbox, const char *path, uint32_t permissions,
                                                 uint64_t modified_ns, const void *content, size_t size,
                                                 cordon_error *error);
CORDON_API cordon_status cordon_sandbox_put_folder(cordon_sandbox *sandbox, const char *path, uint32_t permissions,
                                                   uint64_t modified_ns, cordon_error *error);

typedef enum cordon_file_kind {
    CORDON_FILE_REGULAR = 0,
    CORDON_FILE_FOLDER,
    CORDON_FILE_LINK,
    CORDON_FILE_OTHER
} cordon_file_kind;

typedef struct cordon_file_entry {
    const char *name; /* bytes as the guest chose them, but no NUL and no slash; owned by the listing */
    cordon_file_kind kind;
    uint32_t permissions;
    uint64_t size_bytes;
    uint64_t modified_ns;
} cordon_file_entry;

typedef struct cordon_file_listing {
    const cordon_file_entry *entries;
    size_t count;
} cordon_file_listing;

/* Whole content, with a NUL behind it. At most `size_max` bytes (0: 256 MiB), else TOO_LARGE. The caller frees
 * *content_out with cordon_text_release. [fs] */
CORDON_API cordon_status cordon_sandbox_read_file(cordon_sandbox *sandbox, const char *path, size_t size_max,
                                                  char **content_out, size_t *size_out, cordon_error *error);
/* [fs] */
CORDON_API cordon_status cordon_sandbox_list_folder(cordon_sandbox *sandbox, const char *path,
                                                    cordon_file_listing **listing_out, cordon_error *error);
CORDON_API void cordon_file_listing_destroy(cordon_file_listing *listing); /* accepts NULL */
/* entry_out->name is NULL. [fs] */
CORDON_API cordon_status cordon_sandbox_file_status(cordon_sandbox *sandbox, const char *path,
                                                    cordon_file_entry *entry_out, cordon_error *error);
/* A file, or an empty folder. [fs] */
CORDON_API cordon_status cordon_sandbox_remove(cordon_sandbox *sandbox, const char *path, cordon_error *error);
CORDON_API cordon_status cordon_sandbox_make_folder(cordon_sandbox *sandbox, const char *path,
                                                    cordon_error *error); /* [fs] */

#ifdef __cplusplus
}
#endif
#endif
