/* The environment variables of this process. Values may be passwords: policy and record see names, never values.
 *
 * What libc gives here is one table for the whole process, without a lock: set and unset must not run while another thread uses any of these.
 * Names are not empty and hold no '='; else INVALID_ARGUMENT. */
#ifndef HOST_ENV_ENV_H
#define HOST_ENV_ENV_H

#include "host_env/host_env.h"

typedef enum host_env_replace { HOST_ENV_KEEP = 0, HOST_ENV_REPLACE = 1 } host_env_replace;

/* *value_out is borrowed until the variable changes. MISSING (host_code 0): there is none. */
host_status host_env_get(host_env *env, const char *name, const char **value_out, host_error *error);
/* Copies both. With HOST_ENV_KEEP a variable that is there already stays as it is, and that is HOST_OK. */
host_status host_env_set(host_env *env, const char *name, const char *value, host_env_replace replace, host_error *error);
/* HOST_OK if there was none. */
host_status host_env_unset(host_env *env, const char *name, host_error *error);
/* All of them as "NAME=value", ended by NULL; borrowed until any variable changes. Never NULL on HOST_OK. */
host_status host_env_list(host_env *env, const char *const **list_out, host_error *error);

#endif
