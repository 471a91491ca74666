/* The files that a command reads and writes: none may be two of them, or one would destroy the other. */
#ifndef CORDON_CLI_FILE_USES_H
#define CORDON_CLI_FILE_USES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command.h"

enum { FILE_USES_MAX = 32 };

/* All zero: none. Names are borrowed. */
typedef struct file_uses {
    struct file_use {
        uint64_t device, inode;
        const char *name;
    } items[FILE_USES_MAX];
    size_t count;
} file_uses;

/* An open file. False after saying so if it is one that was added before, under whichever name. Terminals, pipes and devices may be used twice. */
bool file_uses_add(const command_context *context, file_uses *uses, int fd, const char *name);
/* The same of a file by its name; one that is not there (yet) is none. */
bool file_uses_add_path(const command_context *context, file_uses *uses, const char *name);

#endif
