/* Files that this program makes: whole, or as they were before. */
#ifndef CORDON_CLI_REPLACE_FILE_H
#define CORDON_CLI_REPLACE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "command.h"

typedef enum replace_durability { REPLACE_WHEN_THE_SYSTEM_LIKES, REPLACE_ON_DISK } replace_durability;

/* Puts a new file in the place of `path`, by way of a file beside it that nobody else has; a link is followed, a device or a pipe is written to instead. ON_DISK: it has outlived the machine's end when this returns. */
host_status replace_file(const command_context *context, const char *path, uint32_t mode, const void *data, size_t size, replace_durability durability, host_error *error);

#endif
