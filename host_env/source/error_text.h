/* Hides from host_call.c how an access becomes a sentence in a fixed buffer. Private to host_env. */
#ifndef HOST_ENV_SOURCE_ERROR_TEXT_H
#define HOST_ENV_SOURCE_ERROR_TEXT_H

#include "host_env/access.h"
#include "host_env/error.h"

/* Fills every member of `error` from an access whose status is set; `why` replaces the status's own sentence unless NULL.
 * Allocates nothing, uses no stdio and no locale: it may run between fork and exec, and missing files are everyday. */
void host_error_describe(host_error *error, const host_access *access, const char *why);

#endif
