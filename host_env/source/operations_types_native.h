/* Types of the primitives of native. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_NATIVE_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_NATIVE_H

#include <dlfcn.h>

#endif
