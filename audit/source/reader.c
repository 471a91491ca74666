/* Hides from those who use records how lines are cut from bytes, and what order and seals must be like. */
#include "audit/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "line_read.h"
#include "seal.h"

enum { READ_BYTES = 64 * 1024 };

typedef enum reader_state {
    READER_BEFORE_START,
    READER_WITHIN,
    READER_AFTER_END,
    READER_SEALED,
    READER_BAD
} reader_state;

struct audit_reader {
    audit_read_function read;
    void *context;
    char *name;
    char *buffer; /* what was read and not given out lies from `first` to `last` */
    size_t first, last, size;
    bool is_at_end;
    reader_state state;
    uint64_t line_number;
    seal_chain chain;
    uint64_t lines_unsealed;
    arena line_memory, memory; /* of the line, and of sites and processes */
    line_tables tables;
    size_t sites_max;
    uint64_t sequence; /* of the last access, event or module */
    audit_end counted; /* what `end` must say */
    raw_line raw;
    char problem[512];
};

audit_reader *audit_reader_create(const char *name, audit_read_function read, void *context)
{
    audit_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->read = read;
    reader->context = context;
    reader->name = strdup(name);
    reader->size = READ_BYTES;
    reader->buffer = malloc(reader->size);
    if (reader->name != NULL && reader->buffer != NULL && seal_chain_open(&reader->chain))
        return reader;
    audit_reader_destroy(reader);
    return NULL;
}

void audit_reader_destroy(audit_reader *reader)
{
    if (reader == NULL)
        return;
    seal_chain_release(&reader->chain);
    arena_release(&reader->line_memory);
    arena_release(&reader->memory);
    free(reader->tables.sites);
    free(reader->buffer);
    free(reader->name);
    free(reader);
}

const char *audit_reader_problem(const audit_reader *reader)
{
    return reader->problem;
}

__attribute__((format(printf, 2, 3))) static audit_read_result bad(audit_reader *reader, const char *format, ...)
{
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    snprintf(reader->problem, sizeof reader->problem, "%.200s:%llu: %s", reader->name,
             (unsigned long long)reader->line_number, what);
    reader->state = READER_BAD;
    return AUDIT_READ_BAD;
}

/* ---- Cutting lines
 * ---------------------------------------------------------------------------------------------------------------- */

static bool make_room(audit_reader *reader)
{
    if (reader->first > 0) {
        memmove(reader->buffer, reader->buffer + reader->first, reader->last - reader->first);
        reader->last -= reader->first;
        reader->first = 0;
    }
    if (reader->size - reader->last >= READ_BYTES)
        return true;
    size_t size = reader->size * 2;
    char *buffer = realloc(reader->buffer, size);
    if (buffer == NULL)
        return false;
    reader->buffer = buffer;
    reader->size = size;
    return true;
}

typedef enum cut_result { CUT_LINE, CUT_NOTHING, CUT_UNFINISHED, CUT_TOO_LONG, CUT_NO_MEMORY } cut_result;

/* The next line with its newline, out of the buffer. */
static cut_result cut_line(audit_reader *reader, char **line_out, size_t *size_out)
{
    size_t seen = 0;
    for (;;) {
        char *begin = reader->buffer + reader->first;
        size_t have = reader->last - reader->first;
        char *newline = have > seen ? memchr(begin + seen, '\n', have - seen) : NULL;
        if (newline != NULL) {
            *line_out = begin;
            *size_out = (size_t)(newline - begin) + 1;
            reader->first += *size_out;
            return *size_out <= AUDIT_LINE_BYTES_MAX ? CUT_LINE : CUT_TOO_LONG;
        }
        if (have >= AUDIT_LINE_BYTES_MAX)
            return CUT_TOO_LONG;
        if (reader->is_at_end)
            return have == 0 ? CUT_NOTHING : CUT_UNFINISHED;
        seen = have;
        if (!make_room(reader))
            return CUT_NO_MEMORY;
        int64_t count = reader->read(reader->context, reader->buffer + reader->last, READ_BYTES);
        reader->is_at_end = count <= 0;
        if (count > 0)
            reader->last += (size_t)count;
    }
}

/* ---- What is kept
 * ----------------------------------------------------------------------------------------------------------------- */

static const char *keep_text(audit_reader *reader, const char *text, bool *is_kept)
{
    if (text == NULL || !*is_kept)
        return NULL;
    size_t size = strlen(text) + 1;
    char *copy = arena_take(&reader->memory, size);
    *is_kept = copy != NULL;
    return copy == NULL ? NULL : memcpy(copy, text, size);
}

static const char *const *keep_list(audit_reader *reader, const char *const *list, bool *is_kept)
{
    size_t count = 0;
    while (list[count] != NULL)
        count++;
    const char **copy = *is_kept ? arena_take(&reader->memory, (count + 1) * sizeof *copy) : NULL;
    *is_kept = copy != NULL;
    for (size_t i = 0; copy != NULL && i <= count; i++)
        copy[i] = keep_text(reader, list[i], is_kept);
    return copy;
}

static bool keep_process(audit_reader *reader)
{
    bool is_kept = true;
    audit_process *copy = arena_take(&reader->memory, sizeof *copy);
    if (copy == NULL)
        return false;
    *copy = reader->raw.process;
    copy->arguments = keep_list(reader, copy->arguments, &is_kept);
    reader->raw.line.as.process = copy;
    reader->tables.process_count++;
    return is_kept;
}

static bool keep_site(audit_reader *reader)
{
    bool is_kept = true;
    if (reader->tables.site_count == reader->sites_max) {
        size_t max = reader->sites_max == 0 ? 256 : reader->sites_max * 2;
        const audit_site **sites = realloc(reader->tables.sites, max * sizeof *sites);
        if (sites == NULL)
            return false;
        reader->tables.sites = sites;
        reader->sites_max = max;
    }
    audit_site *copy = arena_take(&reader->memory, sizeof *copy);
    if (copy == NULL)
        return false;
    *copy = reader->raw.site;
    copy->file = keep_text(reader, copy->file, &is_kept);
    copy->function = keep_text(reader, copy->function, &is_kept);
    copy->module = keep_text(reader, copy->module, &is_kept);
    copy->distribution = keep_text(reader, copy->distribution, &is_kept);
    copy->imports = keep_list(reader, copy->imports, &is_kept);
    reader->raw.line.as.site = copy;
    reader->tables.sites[reader->tables.site_count++] = copy;
    return is_kept;
}

/* ---- Order and seals
 * -------------------------------------------------------------------------------------------------------------- */

static audit_read_result take_seal(audit_reader *reader)
{
    char digits[SEAL_DIGITS + 1];
    if (!seal_chain_close_part(&reader->chain, digits))
        return bad(reader, "there is no memory left");
    if (reader->lines_unsealed == 0 || reader->raw.seal_lines != reader->lines_unsealed)
        return bad(reader, "the seal is of %llu lines, but %llu are here: lines were added or taken away",
                   (unsigned long long)reader->raw.seal_lines, (unsigned long long)reader->lines_unsealed);
    if (strcmp(digits, reader->raw.seal_digits) != 0)
        return bad(reader,
                   "the seal does not hold: one of the %llu lines before it was changed, or the seal itself, or an "
                   "earlier seal",
                   (unsigned long long)reader->lines_unsealed);
    reader->lines_unsealed = 0;
    if (reader->state == READER_AFTER_END)
        reader->state = READER_SEALED;
    return AUDIT_READ_LINE;
}

static audit_read_result check_end(audit_reader *reader)
{
    const audit_end *end = &reader->raw.line.as.end, *counted = &reader->counted;
    if (end->accesses != counted->accesses || end->events != counted->events || end->modules != counted->modules)
        return bad(reader,
                   "the end counts %llu accesses, %llu events and %llu modules, but there are %llu, %llu and %llu",
                   (unsigned long long)end->accesses, (unsigned long long)end->events, (unsigned long long)end->modules,
                   (unsigned long long)counted->accesses, (unsigned long long)counted->events,
                   (unsigned long long)counted->modules);
    reader->state = READER_AFTER_END;
    return AUDIT_READ_LINE;
}

static audit_read_result check_sequence(audit_reader *reader, uint64_t *counter)
{
    uint64_t sequence = reader->raw.line.as.access.sequence;
    if (sequence != reader->sequence + 1)
        return bad(reader, "this is number %llu, but %llu was to come", (unsigned long long)sequence,
                   (unsigned long long)reader->sequence + 1);
    uint64_t count = reader->raw.line.as.access.count;
    if (count > UINT64_MAX / 2 - reader->sequence)
        return bad(reader, "%llu accesses are more than there can be", (unsigned long long)count);
    reader->sequence += count;
    *counter += count;
    return AUDIT_READ_LINE;
}

static audit_read_result check_order(audit_reader *reader)
{
    audit_line_type type = reader->raw.line.type;
    if ((type == AUDIT_START) != (reader->state == READER_BEFORE_START))
        return bad(reader, type == AUDIT_START ? "the record starts twice" : "a record begins with its start");
    if (reader->state == READER_AFTER_END)
        return bad(reader, "only a seal may follow the end");
    switch (type) {
    case AUDIT_START:
        reader->state = READER_WITHIN;
        return AUDIT_READ_LINE;
    case AUDIT_PROCESS:
        return keep_process(reader) ? AUDIT_READ_LINE : bad(reader, "there is no memory left");
    case AUDIT_SITE:
        return keep_site(reader) ? AUDIT_READ_LINE : bad(reader, "there is no memory left");
    case AUDIT_ACCESS:
        return check_sequence(reader, &reader->counted.accesses);
    case AUDIT_EVENT:
        return check_sequence(reader, &reader->counted.events);
    case AUDIT_MODULE:
        return check_sequence(reader, &reader->counted.modules);
    case AUDIT_END:
        return check_end(reader);
    default:
        return AUDIT_READ_LINE;
    }
}

/* What was expected, and where, without showing a hostile byte. */
static audit_read_result bad_line(audit_reader *reader, const scan *in)
{
    if (memchr(in->begin, '\0', (size_t)(in->next - in->begin)) == NULL && in->next == in->begin &&
        reader->state == READER_BEFORE_START)
        return bad(reader, "this is no record: it does not begin with {\"type\":");
    return bad(reader, "column %llu: expected %s", (unsigned long long)(in->next - in->begin) + 1, in->expected);
}

static audit_read_result take_line(audit_reader *reader, char *bytes, size_t size)
{
    scan in = {.begin = bytes, .next = bytes, .end = bytes + size - 1, .memory = &reader->line_memory};
    /* Digested before it is read: reading decodes texts in place. A seal is no part of what it seals. */
    static const char seal[] = "{\"type\":\"seal\"";
    bool is_seal = size >= sizeof seal && memcmp(bytes, seal, sizeof seal - 1) == 0;
    if (reader->state == READER_SEALED)
        return bad(reader, "nothing may follow the end and its seal");
    if (!is_seal && !seal_chain_add(&reader->chain, bytes, size))
        return bad(reader, "there is no memory left");
    arena_reset(&reader->line_memory);
    if (!line_read(&in, &reader->tables, &reader->raw))
        return bad_line(reader, &in);
    reader->raw.line.number = reader->line_number;
    if (is_seal)
        return take_seal(reader);
    if (++reader->lines_unsealed > AUDIT_SEAL_LINES_MAX)
        return bad(reader, "there is no seal where one must be: after %d lines", AUDIT_SEAL_LINES_MAX);
    return check_order(reader);
}

static audit_read_result at_end(audit_reader *reader)
{
    if (reader->state == READER_SEALED)
        return AUDIT_READ_DONE;
    reader->line_number++; /* the one that is missing */
    if (reader->state == READER_BEFORE_START)
        return bad(reader, "this is no record: it is empty");
    return bad(reader, "the record was cut off here: its end and the seal after it are missing");
}

audit_read_result audit_reader_next(audit_reader *reader, audit_line *line_out)
{
    for (;;) {
        char *bytes;
        size_t size;
        if (reader->state == READER_BAD)
            return AUDIT_READ_BAD;
        cut_result cut = cut_line(reader, &bytes, &size);
        if (cut == CUT_NOTHING)
            return at_end(reader);
        reader->line_number++;
        if (cut == CUT_UNFINISHED)
            return bad(reader, "the record was cut off within this line");
        if (cut != CUT_LINE)
            return bad(reader, cut == CUT_TOO_LONG ? "the line is too long for a record: more than 4 MiB"
                                                   : "there is no memory left");
        audit_read_result result = take_line(reader, bytes, size);
        if (result != AUDIT_READ_LINE)
            return result;
        if (reader->raw.line.type == AUDIT_SEAL)
            continue;
        *line_out = reader->raw.line;
        return AUDIT_READ_LINE;
    }
}
