/* Types of the primitives of thread. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_THREAD_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_THREAD_H

#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#endif
