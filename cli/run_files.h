/* Copies of the host's files for a sandbox, read through host_env. */
#ifndef CORDON_CLI_RUN_FILES_H
#define CORDON_CLI_RUN_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "command.h"
#include "cordon/files.h"

/* Reads a whole file. On HOST_OK the caller frees *content_out. */
host_status run_read_file(const command_context *context, const char *path, unsigned char **content_out, size_t *size_out, host_error *error);

/* Copies a file, or a folder with all below it, into the sandbox's files at `destination`. Symbolic links are followed once, at the top;
 * below it they are left out, as are sockets, devices and pipes: a copy shall not reach further than the folder that was named. A source that is neither is INVALID_ARGUMENT. `modified_ns`: modification time of all that is copied; 0: what each has. */
host_status run_copy(const command_context *context, const char *source, const char *destination, uint64_t modified_ns, cordon_sandbox *sandbox, host_error *error);

#endif
