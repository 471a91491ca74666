/* Hides from a replay that a journal may be cut off, damaged, foreign or forged. */
#include "journal_contents.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "frame.h"

static const char operation[] = "journal_open";

static bool is_call(const journal_contents *contents, uint32_t number, uint32_t execution)
{
    return number < contents->count && contents->records[number].entry.kind == JOURNAL_CALL && contents->records[number].entry.execution == execution;
}

static const char *link_answer(journal_contents *contents, const journal_entry *entry)
{
    if (!is_call(contents, entry->call, entry->execution) || contents->records[entry->call].answered_by != JOURNAL_NOTHING)
        return "it answers what was not called, or was answered before";
    contents->records[entry->call].answered_by = (uint32_t)contents->count;
    return NULL;
}

static const char *drop(journal_contents *contents, const journal_entry *entry)
{
    for (size_t i = 0; i < entry->dropped_count; i++) {
        uint32_t number = frame_get_u32(entry->dropped + 4 * i);
        if (number >= contents->count || contents->records[number].is_dropped ||
            (contents->records[number].entry.kind != JOURNAL_CALL && !journal_is_waits(contents->records[number].entry.kind)))
            return "it drops what is not there, or was dropped before";
        contents->records[number].is_dropped = true;
    }
    return NULL;
}

/* NULL, or how the entry does not fit those before it. */
static const char *link_entry(journal_contents *contents, const journal_entry *entry)
{
    if (contents->count == JOURNAL_NOTHING)
        return "there are more entries than can be counted";
    if (entry->kind == JOURNAL_ANSWER)
        return link_answer(contents, entry);
    return entry->kind == JOURNAL_DROPPED ? drop(contents, entry) : NULL;
}

static bool add_record(journal_contents *contents, const journal_entry *entry)
{
    if ((contents->count & (contents->count - 1)) == 0) { /* room for the next power of two */
        size_t room = contents->count != 0 ? 2 * contents->count : 1;
        journal_record *records = realloc(contents->records, room * sizeof *records);
        if (records == NULL)
            return false;
        contents->records = records;
    }
    bool has_answer = entry->kind == JOURNAL_CALL && entry->has_answer;
    contents->records[contents->count] = (journal_record){.entry = *entry, .answered_by = has_answer ? (uint32_t)contents->count : JOURNAL_NOTHING};
    contents->count++;
    return true;
}

/* A crash of the machine may leave the room of a last entry without its bytes. */
static bool is_all_zero(const unsigned char *data, size_t size)
{
    while (size > 0 && data[size - 1] == 0)
        size--;
    return size == 0;
}

static cordon_status refuse(cordon_error *error, const char *path, size_t offset, const char *complaint)
{
    return failure(error, operation, CORDON_JOURNAL_REFUSED, "the journal %.80s is refused at offset %zu: %s", path, offset, complaint);
}

static cordon_status read_entries(journal_contents *contents, journal_key key, const char *path, cordon_error *error)
{
    const bytes *data = &contents->data;
    size_t offset = JOURNAL_HEADER_BYTES;
    journal_found found;
    const char *complaint = journal_header_check(key, data->data, data->size);
    if (complaint != NULL)
        return refuse(error, path, 0, complaint);
    for (;;) {
        journal_entry entry;
        contents->whole_bytes = offset;
        found = journal_entry_read(key, data->data, data->size, &offset, &entry, &complaint);
        if (found != JOURNAL_FOUND_ENTRY)
            break;
        complaint = link_entry(contents, &entry);
        if (complaint != NULL)
            return refuse(error, path, contents->whole_bytes, complaint);
        if (!add_record(contents, &entry))
            return failure(error, operation, CORDON_NO_MEMORY, "no memory for the journal %.80s", path);
    }
    if (found == JOURNAL_FOUND_DAMAGE && !is_all_zero(data->data + offset, data->size - offset))
        return refuse(error, path, offset, complaint);
    contents->cut_bytes = data->size - offset;
    memcpy(contents->last_seal, data->data + offset - JOURNAL_SEAL_BYTES, JOURNAL_SEAL_BYTES);
    return CORDON_OK;
}

cordon_status journal_contents_read(journal_contents *contents_out, journal_key key, bytes *data, const char *path, cordon_error *error)
{
    *contents_out = (journal_contents){.data = *data};
    *data = (bytes){0};
    cordon_status status = read_entries(contents_out, key, path, error);
    if (status != CORDON_OK)
        journal_contents_release(contents_out);
    return status;
}

void journal_contents_release(journal_contents *contents)
{
    free(contents->records);
    bytes_release(&contents->data);
    *contents = (journal_contents){0};
}
