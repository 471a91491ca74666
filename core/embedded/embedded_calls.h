/* The host's functions that Python code in this process may call: what the interpreter's own files need beside session_calls.h. */
#ifndef CORE_EMBEDDED_EMBEDDED_CALLS_H
#define CORE_EMBEDDED_EMBEDDED_CALLS_H

#include <stdbool.h>

#include "cordon/callback.h"
#include "host_env/host_env.h"

/* From now on there is a host. Once. */
bool embedded_calls_begin(host_env *own, cordon_error *error);
/* With the interpreter lock held. */
cordon_status embedded_calls_register(const cordon_callback *callback, const char *operation, cordon_error *error);
/* Whoever waits for an answer looks whether it was interrupted. */
void embedded_calls_interrupt(void);

#endif
