/* Hides from recording and execution how calls, made again in whatever order, find what the recording has for them, and when its answers are due. */
#include "journal_replay.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

/* ---- Calls by what they are ---- */

/* A digest and no quicker sum: what is hashed is a guest's, which might look for collisions. */
static bool hash_of(uint32_t execution, const char *name, size_t name_size, const unsigned char *arguments, size_t arguments_size, uint64_t *hash_out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    bytes hashed = {0};
    bytes_add_u32(&hashed, execution);
    bytes_add_u32(&hashed, (uint32_t)name_size);
    bytes_add(&hashed, name, name_size);
    bytes_add(&hashed, arguments, arguments_size);
    bool is_made = !hashed.failed && EVP_Digest(hashed.data, hashed.size, digest, NULL, EVP_sha256(), NULL) == 1;
    *hash_out = is_made ? frame_get_u64(digest) : 0;
    bytes_release(&hashed);
    return is_made;
}

/* From the last record to the first, so that each bucket has them in the order of recording. */
static bool fill_buckets(journal_replay *replay)
{
    for (size_t i = replay->contents.count; i-- > 0;) {
        const journal_record *record = &replay->contents.records[i];
        const journal_entry *call = &record->entry;
        struct replay_link *link = &replay->links[i];
        if (call->kind != JOURNAL_CALL || record->is_dropped)
            continue;
        if (!hash_of(call->execution, call->name, call->name_size, call->arguments, call->arguments_size, &link->hash))
            return false;
        uint32_t *bucket = &replay->buckets[link->hash & replay->bucket_mask];
        link->next = *bucket;
        *bucket = (uint32_t)i;
    }
    return true;
}

bool journal_replay_open(journal_replay *replay, journal_contents *contents)
{
    size_t buckets = 16;
    *replay = (journal_replay){.contents = *contents};
    *contents = (journal_contents){0};
    while (buckets < replay->contents.count)
        buckets *= 2;
    replay->bucket_mask = buckets - 1;
    replay->links = calloc(replay->contents.count + 1, sizeof *replay->links);
    replay->buckets = malloc(buckets * sizeof *replay->buckets);
    if (replay->buckets != NULL)
        memset(replay->buckets, 0xff, buckets * sizeof *replay->buckets);
    if (replay->links != NULL && replay->buckets != NULL && fill_buckets(replay))
        return true;
    journal_replay_release(replay);
    return false;
}

void journal_replay_release(journal_replay *replay)
{
    journal_contents_release(&replay->contents);
    free(replay->links);
    free(replay->buckets);
    free(replay->due);
    *replay = (journal_replay){0};
}

static bool is_same(const journal_entry *call, uint32_t execution, const char *name, size_t name_size, const bytes *arguments)
{
    return call->execution == execution && call->name_size == name_size && call->arguments_size == arguments->size && memcmp(call->name, name, name_size) == 0 &&
           memcmp(call->arguments, arguments->data, arguments->size) == 0;
}

uint32_t journal_replay_find(journal_replay *replay, uint32_t execution, const char *name, size_t name_size, const bytes *arguments)
{
    uint64_t hash;
    if (replay->contents.count == 0 || !hash_of(execution, name, name_size, arguments->data, arguments->size, &hash))
        return JOURNAL_NOTHING;
    for (uint32_t *at = &replay->buckets[hash & replay->bucket_mask]; *at != JOURNAL_NOTHING; at = &replay->links[*at].next) {
        struct replay_link *link = &replay->links[*at];
        if (link->hash != hash || !is_same(&replay->contents.records[*at].entry, execution, name, name_size, arguments))
            continue;
        uint32_t found = *at;
        link->is_used = true;
        *at = link->next;
        return found;
    }
    return JOURNAL_NOTHING;
}

bool journal_replay_is_answered(const journal_replay *replay, uint32_t record)
{
    return replay->contents.records[record].answered_by != JOURNAL_NOTHING;
}

const journal_entry *journal_replay_answer(const journal_replay *replay, uint32_t record)
{
    return &replay->contents.records[replay->contents.records[record].answered_by].entry;
}

/* ---- Answers by when they came ---- */

static void swap(replay_due *one, replay_due *other)
{
    replay_due kept = *one;
    *one = *other;
    *other = kept;
}

bool journal_replay_expect(journal_replay *replay, uint32_t record, uint32_t call)
{
    if (replay->due_count == replay->due_room) {
        size_t room = replay->due_room != 0 ? 2 * replay->due_room : 16;
        replay_due *due = realloc(replay->due, room * sizeof *due);
        if (due == NULL)
            return false;
        replay->due = due;
        replay->due_room = room;
    }
    size_t at = replay->due_count++;
    replay->due[at] = (replay_due){.answered_by = replay->contents.records[record].answered_by, .record = record, .call = call};
    for (; at > 0 && replay->due[at].answered_by < replay->due[(at - 1) / 2].answered_by; at = (at - 1) / 2)
        swap(&replay->due[at], &replay->due[(at - 1) / 2]);
    return true;
}

static replay_due take_due(journal_replay *replay)
{
    replay_due *due = replay->due, first = due[0];
    size_t count = --replay->due_count, at = 0;
    due[0] = due[count];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < count && due[child + 1].answered_by < due[child].answered_by)
            child++;
        if (child >= count || due[at].answered_by <= due[child].answered_by)
            return first;
        swap(&due[at], &due[child]);
        at = child;
    }
}

/* Takes one wait that ended by itself, of those of that kind recorded before entry `before`. */
static bool take_passed(journal_replay *replay, uint32_t execution, journal_wait wait, uint32_t before)
{
    const journal_kind kind = journal_kind_of_wait(wait);
    size_t *at = &replay->passed_at[wait];
    for (; *at < replay->contents.count && *at < before; ++*at) {
        journal_record *record = &replay->contents.records[*at];
        if (record->entry.kind != kind || record->is_dropped || record->entry.count == 0 || record->entry.execution < execution)
            continue;
        if (record->entry.execution > execution)
            return false;
        record->entry.count--;
        return true;
    }
    return false;
}

replay_step journal_replay_next(journal_replay *replay, uint32_t execution, journal_wait wait, replay_due *due_out)
{
    bool has_due = replay->due_count > 0;
    if (wait != JOURNAL_WAIT_ENDLESS && take_passed(replay, execution, wait, has_due ? replay->due[0].answered_by : JOURNAL_NOTHING))
        return REPLAY_TIME_PASSES;
    if (!has_due)
        return REPLAY_NOTHING;
    *due_out = take_due(replay);
    return REPLAY_ANSWER;
}

/* ---- What was not used ---- */

static bool is_unused(const journal_replay *replay, size_t number)
{
    const journal_record *record = &replay->contents.records[number];
    return record->entry.kind == JOURNAL_CALL && !record->is_dropped && !replay->links[number].is_used;
}

uint32_t journal_replay_unused(journal_replay *replay, uint32_t execution)
{
    while (replay->unused_at < replay->contents.count && !is_unused(replay, replay->unused_at))
        replay->unused_at++;
    for (size_t i = replay->unused_at; i < replay->contents.count; i++)
        if (is_unused(replay, i) && (execution == 0 || replay->contents.records[i].entry.execution == execution))
            return (uint32_t)i;
    return JOURNAL_NOTHING;
}

void journal_replay_drop(journal_replay *replay, bytes *numbers_out)
{
    for (size_t i = 0; i < replay->contents.count; i++) {
        journal_record *record = &replay->contents.records[i];
        bool has_waits = journal_is_waits(record->entry.kind) && !record->is_dropped && record->entry.count > 0;
        if (!has_waits && !is_unused(replay, i))
            continue;
        bytes_add_u32(numbers_out, (uint32_t)i);
        record->is_dropped = true;
    }
}
