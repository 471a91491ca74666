/* The reader of records: whatever the bytes are, it refuses them with a place, or gives lines that the writer writes again as they were. */
#include <stdlib.h>
#include <string.h>

#include "audit/reader.h"
#include "audit/writer.h"

typedef struct input {
    const uint8_t *next, *end;
} input;

typedef struct lines {
    char *bytes;
    size_t size;
} lines;

static void check(bool holds)
{
    if (!holds)
        abort();
}

static int64_t give(void *context, char *buffer, size_t size)
{
    input *from = context;
    size_t count = (size_t)(from->end - from->next);
    count = count < size ? count : size;
    memcpy(buffer, from->next, count);
    from->next += count;
    return (int64_t)count;
}

static bool keep(void *context, const char *bytes, size_t size)
{
    lines *to = context;
    to->bytes = realloc(to->bytes, to->size + size);
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
    return true;
}

/* The line of that number, as it was given. */
static const char *line_of(const uint8_t *data, const uint8_t *end, uint64_t number, size_t *size_out)
{
    const uint8_t *newline;
    while ((newline = memchr(data, '\n', (size_t)(end - data))) != NULL && --number > 0)
        data = newline + 1;
    *size_out = newline == NULL ? 0 : (size_t)(newline - data) + 1;
    return (const char *)data;
}

static void check_written_again(const uint8_t *data, const uint8_t *end, const audit_line *line)
{
    lines again = {0};
    size_t size;
    const char *given = line_of(data, end, line->number, &size);
    audit_writer *writer = audit_writer_create(keep, &again);
    check(audit_writer_line(writer, line) && audit_writer_seal(writer));
    check(again.size > size && memcmp(again.bytes, given, size) == 0);
    audit_writer_destroy(writer);
    free(again.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input from = {data, data + size};
    audit_reader *reader = audit_reader_create("record", give, &from);
    audit_read_result result;
    audit_line line;
    while ((result = audit_reader_next(reader, &line)) == AUDIT_READ_LINE)
        check_written_again(data, data + size, &line);
    check(result == AUDIT_READ_DONE || strncmp(audit_reader_problem(reader), "record:", 7) == 0);
    check(audit_reader_next(reader, &line) == result);
    audit_reader_destroy(reader);
    return 0;
}
