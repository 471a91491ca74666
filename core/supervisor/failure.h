/* Filling in a cordon_error. */
#ifndef CORDON_SUPERVISOR_FAILURE_H
#define CORDON_SUPERVISOR_FAILURE_H

#include "cordon/error.h"
#include "host_env/error.h"

/* Returns `status`, so that a function can fail in one line. `error` may be NULL. */
cordon_status failure(cordon_error *error, const char *operation, cordon_status status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The same, from what host_env said: `what` in front of its message, its code kept. */
cordon_status failure_of_host(cordon_error *error, const char *operation, cordon_status status, const char *what,
                              const host_error *cause);

#endif
