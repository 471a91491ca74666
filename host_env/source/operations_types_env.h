/* Types of the primitives of env. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_ENV_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_ENV_H

#include <stdlib.h>
#include <unistd.h>

/* libc's table of variables, or NULL. */
static inline char **environ_table(void)
{
    return environ;
}

#endif
