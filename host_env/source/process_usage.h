/* Hides struct rusage from those who report it. Private to host_env. */
#ifndef HOST_ENV_SOURCE_PROCESS_USAGE_H
#define HOST_ENV_SOURCE_PROCESS_USAGE_H

#include "host_call.h"
#include "host_env/process.h"

host_process_usage process_usage_from_host(const struct rusage *usage);

#endif
