/* Hides from host_env.c and the path resolver how granted roots are opened and held. Private to host_env. */
#ifndef HOST_ENV_SOURCE_ROOTS_H
#define HOST_ENV_SOURCE_ROOTS_H

#include "host_call.h"

struct host_root_open {
    char *path;          /* owned; as configured */
    int fd;              /* owned; O_PATH */
    unsigned int rights; /* host_root_rights */
};

/* Opens one root; fills every member. Returns 0 or an errno. */
int host_root_open_path(const struct host_operations *operations, const host_root *root, struct host_root_open *root_out);
void host_root_close(const struct host_operations *operations, struct host_root_open *root);

#endif
