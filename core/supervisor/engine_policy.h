/* What an engine itself may do to the host, where the host has no wish of its own. */
#ifndef CORDON_SUPERVISOR_ENGINE_POLICY_H
#define CORDON_SUPERVISOR_ENGINE_POLICY_H

#include "host_env/host_env.h"

/* `image` is borrowed and must outlive the environment. The caller owns *env_out (host_env_destroy). */
host_status engine_policy_create(const char *image, host_env **env_out, host_error *error);

#endif
