/* Reads a record line by line and checks its seals as it goes. One thread at a time for each reader. */
#ifndef AUDIT_READER_H
#define AUDIT_READER_H

#include "audit/record.h"

typedef struct audit_reader audit_reader;

typedef enum audit_read_result {
    AUDIT_READ_LINE, /* *line_out is set; seals are not given out. A line is known to be genuine only once its seal was read: judge nothing before DONE */
    AUDIT_READ_DONE, /* the record ended as it must: `end`, its seal, and nothing after */
    AUDIT_READ_BAD   /* audit_reader_problem() says what is wrong: not a record, a broken seal, cut off ... */
} audit_read_result;

/* Reads up to `size` bytes into `buffer`. Returns their number, 0 at the end, -1 on failure, which counts as the end of a record that was cut off. */
typedef int64_t (*audit_read_function)(void *context, char *buffer, size_t size);

/* `name` is for messages; copied. NULL if there is no memory. The caller owns the reader (audit_reader_destroy). */
audit_reader *audit_reader_create(const char *name, audit_read_function read, void *context);
audit_read_result audit_reader_next(audit_reader *reader, audit_line *line_out);
/* "NAME:LINE: what is wrong", after AUDIT_READ_BAD; borrowed from the reader. */
const char *audit_reader_problem(const audit_reader *reader);
/* Accepts NULL. */
void audit_reader_destroy(audit_reader *reader);

#endif
