/* Types of the primitives of user. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_USER_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_USER_H

#include <grp.h>
#include <pwd.h>

#endif
