/* The first frame that a worker gets from its host. */
#ifndef CORDON_SUPERVISOR_CONFIGURE_H
#define CORDON_SUPERVISOR_CONFIGURE_H

#include "sandbox_internal.h"

/* Sends CONFIGURE; the sandbox is resting after. */
cordon_status configure(cordon_sandbox *sandbox, const cordon_sandbox_config *config, cordon_error *error);

typedef enum configure_renewal {
    CONFIGURE_ANEW = 0,            /* limits, clock, random bytes */
    CONFIGURE_KEEPS_TIME_AND_RANDOM /* limits */
} configure_renewal;
/* Sends RENEW to a worker that was given the memory of another one; the sandbox is resting after. */
cordon_status configure_renew(cordon_sandbox *sandbox, const cordon_sandbox_config *config, configure_renewal renewal, cordon_error *error);

#endif
