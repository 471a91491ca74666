/* A sandbox's configuration, kept beyond the call that brought it: a sandbox that is cleared is configured again. */
#ifndef CORDON_SUPERVISOR_SANDBOX_SETTINGS_H
#define CORDON_SUPERVISOR_SANDBOX_SETTINGS_H

#include "cordon/engine.h"

/* A copy with all that it refers to, but what its owner lends for the life of the sandbox; free() releases it. NULL without memory. */
cordon_sandbox_config *sandbox_settings_keep(const cordon_sandbox_config *config);

#endif
