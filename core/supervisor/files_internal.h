/* Files of a sandbox that somebody has taken; what cordon/files.h does besides taking it. Errors as there. */
#ifndef CORDON_SUPERVISOR_FILES_INTERNAL_H
#define CORDON_SUPERVISOR_FILES_INTERNAL_H

#include "bytes.h"
#include "sandbox_internal.h"
#include "value_internal.h"

/* One operation of FILES. On CORDON_OK *answer_out is the caller's: a list whose first member is 0. `range`: offset and size, or NULL. */
cordon_status files_ask(cordon_sandbox *sandbox, const char *operation, const char *what, const char *path, const uint64_t *range, cordon_value **answer_out,
                        cordon_error *error);
/* All of a file, in pieces; *content is empty before. */
cordon_status files_read(cordon_sandbox *sandbox, const char *path, size_t size_max, bytes *content, cordon_error *error);
/* A file or folder, by its mode. */
cordon_status files_put(cordon_sandbox *sandbox, const char *operation, const char *path, uint32_t mode, uint64_t modified_ns, const char *content, size_t size,
                        cordon_error *error);

#endif
