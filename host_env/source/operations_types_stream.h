/* Types of the primitives of stream. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_STREAM_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_STREAM_H

#include <stdarg.h>
#include <stdio.h>

#endif
