/* What a sandbox is to run: arguments, environment, files and the program itself, ready to be sent as frames. Owns copies of all it is given. */
#ifndef CORDON_SUPERVISOR_PROGRAM_H
#define CORDON_SUPERVISOR_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "cordon/protocol.h"

typedef struct program program;

/* Returns NULL without memory. */
program *program_create(void);
void program_destroy(program *program); /* accepts NULL */

/* Each returns 0, or -1 without memory or when the result would not fit a frame. */
int program_set_text(program *program, cordon_program_how how, const char *text, size_t size); /* path, command, module or source */
int program_add_argument(program *program, const char *argument);    /* sys.argv[1:]; argv[0] follows from what is run */
int program_add_variable(program *program, const char *assignment);  /* "NAME=value" */
int program_add_folder(program *program, const char *path, uint32_t mode, uint64_t mtime_ns);
int program_add_file(program *program, const char *path, uint32_t mode, uint64_t mtime_ns, const void *content, size_t size);

typedef struct program_settings {
    uint64_t wall_clock_ns;       /* since the epoch: what the guest's clock starts at */
    uint64_t memory_limit_bytes;  /* 0: the image's own limit */
    unsigned char seed[32];       /* of everything random in the guest */
    const char *working_directory; /* borrowed; NULL: "/work" */
} program_settings;

/* All frames that start the program, in order, as one block of bytes owned by the caller (free). NULL without memory. */
unsigned char *program_to_frames(const program *program, const program_settings *settings, size_t *size_out);

#endif
