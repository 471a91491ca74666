/* Types of the primitives of time. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_TIME_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_TIME_H

#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

#endif
