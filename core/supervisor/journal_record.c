/* Hides from executions what is written of them, in which order, and how an answer finds the entry of its call. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"
#include "journal_internal.h"

static bool is_recording(const cordon_journal *journal)
{
    return journal->mode != CORDON_JOURNAL_REPLAY;
}

/* ---- Entries ---- */

static bool append(cordon_journal *journal, const bytes *written)
{
    if (!journal->has_failed && written->failed)
        journal->has_failed = failure(&journal->failure, "journal_append", CORDON_NO_MEMORY, "the journal cannot be written: no memory") != CORDON_OK;
    if (!journal->has_failed)
        journal->has_failed = journal_store_append(&journal->store, written, &journal->failure) != CORDON_OK;
    return !journal->has_failed;
}

/* Waits that were in vain since the last entry; how many entries that took. */
static size_t add_passed(cordon_journal *journal, bytes *to)
{
    size_t added = 0;
    for (int wait = 0; wait < JOURNAL_WAIT_KINDS; wait++) {
        const journal_entry entry = {.kind = journal_kind_of_wait((journal_wait)wait), .execution = journal->execution, .count = journal->passed[wait]};
        journal->passed[wait] = 0;
        if (entry.count == 0)
            continue;
        journal_entry_add(to, journal->key, journal->seal, &entry);
        added++;
    }
    return added;
}

/* With the waits before it, in one piece: they cost no time on the disk of their own. `entry` NULL: those alone. */
static bool write_entry(cordon_journal *journal, const journal_entry *entry)
{
    bytes written = {0};
    size_t added = 0;
    if (!is_recording(journal))
        return true;
    if (!journal->has_failed) {
        added = add_passed(journal, &written);
        if (entry != NULL)
            journal_entry_add(&written, journal->key, journal->seal, entry);
        added += entry != NULL;
    }
    bool is_written = (added == 0 && !journal->has_failed) || append(journal, &written);
    journal->figures.entries += is_written ? added : 0;
    bytes_release(&written);
    return is_written;
}

bool journal_record_begin(cordon_journal *journal, cordon_error *error)
{
    unsigned char identity[JOURNAL_IDENTITY_BYTES], header[JOURNAL_HEADER_BYTES];
    bytes written = {0};
    if (journal_store_identity(&journal->store, identity, sizeof identity, error) != CORDON_OK)
        return false;
    written.failed = !journal_header_make(journal->key, identity, header);
    bytes_add(&written, header, sizeof header);
    memcpy(journal->seal, header + sizeof header - JOURNAL_SEAL_BYTES, JOURNAL_SEAL_BYTES);
    bool is_written = append(journal, &written);
    bytes_release(&written);
    if (!is_written && error != NULL)
        *error = journal->failure;
    return is_written;
}

bool journal_record_drop(cordon_journal *journal)
{
    bytes numbers = {0};
    journal_replay_drop(&journal->replay, &numbers);
    const journal_entry entry = {.kind = JOURNAL_DROPPED, .execution = journal->execution, .dropped = numbers.data, .dropped_count = numbers.size / 4};
    bool is_written = !numbers.failed && (numbers.size == 0 || write_entry(journal, &entry));
    bytes_release(&numbers);
    return is_written;
}

/* ---- Calls without an answer ---- */

/* Those that were answered go when they are the most, so that each costs a constant. */
static void forget_answered(cordon_journal *journal)
{
    size_t kept = 0;
    for (size_t i = 0; i < journal->open_count; i++)
        if (journal->open[i].record != JOURNAL_NOTHING)
            journal->open[kept++] = journal->open[i];
    journal->open_count = kept;
    journal->open_done = 0;
}

bool journal_record_open(cordon_journal *journal, uint32_t call, uint32_t record)
{
    if (journal->open_done > journal->open_count / 2)
        forget_answered(journal);
    if (journal->open_count == journal->open_room) {
        size_t room = journal->open_room != 0 ? 2 * journal->open_room : 16;
        journal_open_call *open = realloc(journal->open, room * sizeof *open);
        if (open == NULL)
            return false;
        journal->open = open;
        journal->open_room = room;
    }
    journal->open[journal->open_count++] = (journal_open_call){.call = call, .record = record};
    return true;
}

/* NULL: there is none. They lie by id, because ids count up. */
static journal_open_call *find_open(cordon_journal *journal, uint32_t call)
{
    size_t from = 0, to = journal->open_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (journal->open[middle].call < call)
            from = middle + 1;
        else
            to = middle;
    }
    bool is_found = from < journal->open_count && journal->open[from].call == call && journal->open[from].record != JOURNAL_NOTHING;
    return is_found ? &journal->open[from] : NULL;
}

static void close_call(cordon_journal *journal, journal_open_call *open)
{
    open->record = JOURNAL_NOTHING;
    journal->open_done++;
}

/* ---- Recording ---- */

static void forget_begun(cordon_journal *journal)
{
    bytes_release(&journal->begun.arguments);
    cordon_value_destroy(journal->begun.said);
    journal->begun.said = NULL;
    journal->begun.is_there = false;
}

bool journal_record_call(cordon_journal *journal, uint32_t call, const cordon_value *said, bytes *arguments)
{
    bytes taken = *arguments;
    *arguments = (bytes){0};
    if (!is_recording(journal)) {
        bytes_release(&taken);
        return true;
    }
    journal->begun.is_there = true;
    journal->begun.call = call;
    journal->begun.arguments = taken;
    journal->begun.said = cordon_value_copy(cordon_value_at(said, 0)); /* its name: `said` itself goes to the host's function */
    return journal->begun.said != NULL;
}

/* With its answer, if `payload` is not NULL. */
static bool write_begun(cordon_journal *journal, const bytes *payload)
{
    size_t name_size;
    const char *name = cordon_value_get_text(journal->begun.said, &name_size);
    const journal_entry entry = {.kind = JOURNAL_CALL,
                                 .execution = journal->execution,
                                 .name = name,
                                 .name_size = name_size,
                                 .arguments = journal->begun.arguments.data,
                                 .arguments_size = journal->begun.arguments.size,
                                 .has_answer = payload != NULL,
                                 .answer = payload ? payload->data : NULL,
                                 .answer_size = payload ? payload->size : 0};
    bool is_written = write_entry(journal, &entry);
    if (is_written && payload == NULL)
        is_written = journal_record_open(journal, journal->begun.call, (uint32_t)journal->figures.entries - 1);
    journal->figures.recorded += is_written;
    journal->figures.open += is_written && payload == NULL;
    forget_begun(journal);
    return is_written;
}

bool journal_answered(cordon_journal *journal, uint32_t call, const bytes *payload)
{
    if (payload->failed)
        return true; /* it is not sent either */
    if (journal->begun.is_there && journal->begun.call == call)
        return write_begun(journal, payload);
    journal_open_call *open = find_open(journal, call);
    if (open == NULL)
        return true;
    const journal_entry entry = {
        .kind = JOURNAL_ANSWER, .execution = journal->execution, .call = open->record, .has_answer = true, .answer = payload->data, .answer_size = payload->size};
    close_call(journal, open);
    bool is_written = journal_settle(journal) && write_entry(journal, &entry);
    journal->figures.open -= is_written && is_recording(journal);
    return is_written;
}

bool journal_settle(cordon_journal *journal)
{
    return !journal->begun.is_there || write_begun(journal, NULL);
}

void journal_passed(cordon_journal *journal, journal_wait wait)
{
    if (wait != JOURNAL_WAIT_ENDLESS)
        journal->passed[wait] += is_recording(journal);
}

void journal_forget_calls(cordon_journal *journal)
{
    for (journal_held_call *held = journal_release(journal); held != NULL; held = journal_release(journal)) {
        cordon_value_destroy(held->said);
        free(held);
    }
    journal->open_count = journal->open_done = 0;
    journal->replay.due_count = 0;
}

bool journal_end(cordon_journal *journal, bool is_over, cordon_result *told)
{
    uint32_t unused = is_over && !journal->is_live ? journal_replay_unused(&journal->replay, journal->execution) : JOURNAL_NOTHING;
    bool is_written = journal_settle(journal) && write_entry(journal, NULL);
    if (unused != JOURNAL_NOTHING && journal->divergence[0] == '\0') {
        const journal_entry *call = &journal->replay.contents.records[unused].entry;
        snprintf(journal->divergence, sizeof journal->divergence, "execution %u ended, and the recording goes on with a call of %.*s", journal->execution,
                 call->name_size < 100 ? (int)call->name_size : 100, call->name);
        journal->divergence_entry = unused;
    }
    if (is_over)
        journal_forget_calls(journal);
    memcpy(told->journal_divergence, journal->divergence, sizeof told->journal_divergence);
    told->journal_entry = journal->divergence_entry;
    return is_written;
}

void journal_record_release(cordon_journal *journal)
{
    forget_begun(journal);
    free(journal->open);
    journal->open = NULL;
}
