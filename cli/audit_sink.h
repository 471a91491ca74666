/* A text file that is there whole or not at all: what it replaces stays until all of it is written. */
#ifndef CORDON_CLI_AUDIT_SINK_H
#define CORDON_CLI_AUDIT_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"

typedef struct audit_sink {
    const command_context *context;
    const char *path; /* NULL: a descriptor that was open before, written as it comes */
    int fd;
    bool has_failed;
    char *text; /* of a file, until it is put in place */
    size_t text_size, text_room;
    size_t used;
    char buffer[32768];
} audit_sink;

/* `path` is borrowed until the end. */
void audit_sink_open(const command_context *context, const char *path, audit_sink *sink_out);
/* Standard output or error. */
void audit_sink_use(const command_context *context, int fd, audit_sink *sink_out);
/* An audit_write_function; the context is the sink. */
bool audit_sink_write(void *sink, const char *bytes, size_t size);
/* Puts the file in its place if `is_good` and all was written. False after saying why it could not be; the old file is then as it was. */
bool audit_sink_close(audit_sink *sink, bool is_good);

/* A whole file, ended by NUL; the caller frees it. NULL: it is not there (*is_missing_out), or cannot be read, which was said. */
char *audit_file_read(const command_context *context, const char *path, size_t *size_out, bool *is_missing_out);

#endif
