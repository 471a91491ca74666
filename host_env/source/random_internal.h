/* The mechanisms behind host_random_fill, one file each. Private to host_env. */
#ifndef HOST_ENV_SOURCE_RANDOM_INTERNAL_H
#define HOST_ENV_SOURCE_RANDOM_INTERNAL_H

#include "operations.h"

/* Fills all of `buffer`. Returns 0, ENOSYS if this host has no such source, or the errno of the failure. */
typedef int (*random_source)(const struct host_operations *operations, unsigned char *buffer, size_t size);

int random_getrandom(const struct host_operations *operations, unsigned char *buffer, size_t size);
int random_device(const struct host_operations *operations, unsigned char *buffer, size_t size);

#endif
