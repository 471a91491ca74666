/* The first frame that a worker gets. */
#ifndef CORDON_SUPERVISOR_CONFIGURE_H
#define CORDON_SUPERVISOR_CONFIGURE_H

#include "sandbox_internal.h"

/* Sends CONFIGURE; the sandbox is resting after. */
cordon_status configure(cordon_sandbox *sandbox, const cordon_sandbox_config *config, cordon_error *error);

#endif
