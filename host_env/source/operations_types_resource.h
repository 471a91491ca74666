/* Types of the primitives of resource. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_RESOURCE_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_RESOURCE_H

#include <sys/resource.h>
#include <unistd.h>

#endif
