/* Types of the primitives of random. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_RANDOM_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_RANDOM_H

#include <sys/random.h>

#endif
