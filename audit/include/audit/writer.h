/* Writes a record: lines in the format of docs/audit.md, and the seals that chain them. One thread at a time for each writer. */
#ifndef AUDIT_WRITER_H
#define AUDIT_WRITER_H

#include "audit/record.h"

typedef struct audit_writer audit_writer;

/* Takes all `size` bytes, or returns false; then the record is lost and so is the run. */
typedef bool (*audit_write_function)(void *context, const char *bytes, size_t size);

/* NULL if there is no memory. The caller owns the writer (audit_writer_destroy). */
audit_writer *audit_writer_create(audit_write_function write, void *context);
/* One line; a seal of its own accord every 4096 lines. False once anything could not be written, then and ever after. */
bool audit_writer_line(audit_writer *writer, const audit_line *line);
/* Seals what is not sealed yet and hands all bytes on. To be called at least every second, and after AUDIT_END. */
bool audit_writer_seal(audit_writer *writer);
/* Accepts NULL. What was not sealed is lost. */
void audit_writer_destroy(audit_writer *writer);

#endif
