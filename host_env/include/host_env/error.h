/* How a host_env function tells what went wrong, without allocating. */
#ifndef HOST_ENV_ERROR_H
#define HOST_ENV_ERROR_H

#include <stdint.h>

#include "host_env/status.h"

/* Provided by the caller, filled on failure only; a success leaves it untouched. Every function accepts NULL for it. */
typedef struct host_error {
    host_status status;
    const char *operation; /* name of the host_env function, such as "file_open"; static text, never freed */
    int64_t host_code;     /* errno of the host, 0 if it was never asked; for people and for OSError, do not branch on it */
    char message[256];     /* UTF-8, NUL-terminated, cut if longer; what was tried, on what, and why it failed */
} host_error;

#endif
