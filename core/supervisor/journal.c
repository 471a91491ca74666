/* Hides from executions whether what they ask the host is new or was asked before. */
#include "cordon/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "journal_canonical.h"
#include "journal_internal.h"
#include "sandbox_internal.h"
#include "settings.h"
#include "value_internal.h"
#include "value_pack.h"

static const char operation[] = "journal_open";

/* ---- Opening ---- */

static const char *complaint_about(const cordon_journal_config *config)
{
    if (config->path == NULL || config->path[0] == '\0')
        return "it has no path";
    if ((unsigned)config->mode > CORDON_JOURNAL_CONTINUE || (unsigned)config->on_divergence > CORDON_JOURNAL_GO_LIVE || (unsigned)config->sync > CORDON_JOURNAL_SYNC_NEVER)
        return "its mode, what is done on divergence, or when it is synchronised is none of the header's";
    if (config->key == NULL ? config->key_size != 0 : config->key_size < CORDON_JOURNAL_KEY_BYTES_MIN || config->key_size > INT32_MAX)
        return "its key is shorter than 16 bytes, or missing";
    if (config->size_bytes_max > CORDON_JOURNAL_BYTES_MAX)
        return "it may not grow beyond 1 GiB";
    return NULL;
}

static cordon_status take_key(cordon_journal *journal, const cordon_journal_config *config, cordon_error *error)
{
    if (config->key == NULL)
        return CORDON_OK;
    journal->key_bytes = malloc(config->key_size);
    if (journal->key_bytes == NULL)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for a journal");
    memcpy(journal->key_bytes, config->key, config->key_size);
    journal->key = (journal_key){.bytes = journal->key_bytes, .size = config->key_size};
    return CORDON_OK;
}

static bool has_name(const cordon_journal *journal, const journal_entry *call)
{
    for (size_t i = 0; i < journal->name_count; i++)
        if (strlen(journal->names[i]) == call->name_size && memcmp(journal->names[i], call->name, call->name_size) == 0)
            return true;
    return false;
}

/* Of at most NAMES_MAX functions: more cannot be registered either. */
static bool collect_names(cordon_journal *journal)
{
    enum { NAMES_MAX = 4096 };
    const journal_contents *contents = &journal->replay.contents;
    for (size_t i = 0; i < contents->count && journal->name_count < NAMES_MAX; i++) {
        const journal_entry *call = &contents->records[i].entry;
        if (call->kind != JOURNAL_CALL || contents->records[i].is_dropped || has_name(journal, call))
            continue;
        char **names = realloc(journal->names, (journal->name_count + 1) * sizeof(*names));
        if (names == NULL)
            return false;
        journal->names = names;
        journal->names[journal->name_count] = strndup(call->name, call->name_size);
        if (journal->names[journal->name_count++] == NULL)
            return false;
    }
    return true;
}

/* What a file that was there holds, ready to be replayed. */
static cordon_status take_recording(cordon_journal *journal, bytes *content, cordon_error *error)
{
    journal_contents contents;
    cordon_status status = journal_contents_read(&contents, journal->key, content, journal->store.path, error);
    if (status != CORDON_OK)
        return status;
    journal->figures.entries = contents.count;
    journal->figures.cut_bytes = contents.cut_bytes;
    for (size_t i = 0; i < contents.count; i++)
        journal->figures.open += contents.records[i].entry.kind == JOURNAL_CALL && contents.records[i].answered_by == JOURNAL_NOTHING && !contents.records[i].is_dropped;
    memcpy(journal->seal, contents.last_seal, JOURNAL_SEAL_BYTES);
    if (journal->mode == CORDON_JOURNAL_CONTINUE)
        status = journal_store_cut(&journal->store, contents.whole_bytes, error);
    if (!journal_replay_open(&journal->replay, &contents) || !collect_names(journal))
        status = failure(error, operation, CORDON_NO_MEMORY, "no memory for the journal %.100s", journal->store.path);
    return status;
}

static cordon_status open_journal(cordon_journal *journal, const cordon_journal_config *config, cordon_error *error)
{
    bytes content;
    cordon_status status = take_key(journal, config, error);
    if (status == CORDON_OK)
        status = journal_store_open(&journal->store, config->path, config->mode, config->sync,
                                    config->size_bytes_max != 0 ? config->size_bytes_max : CORDON_JOURNAL_BYTES_MAX, &content, error);
    if (status != CORDON_OK)
        return status;
    if (config->mode == CORDON_JOURNAL_RECORD) {
        journal->is_live = true;
        status = journal_record_begin(journal, error) ? CORDON_OK : error != NULL ? error->status : CORDON_HOST_FAILURE;
    } else {
        status = take_recording(journal, &content, error);
    }
    bytes_release(&content);
    return status;
}

cordon_status cordon_journal_open(const cordon_journal_config *config, cordon_journal **journal_out, cordon_error *error)
{
    cordon_journal_config taken;
    if (journal_out == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no place for the journal");
    *journal_out = NULL;
    if (!SETTINGS_TAKE(&taken, cordon_journal_config, key_size, config))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the configuration was not set up by CORDON_JOURNAL_CONFIG_INIT");
    const char *complaint = complaint_about(&taken);
    if (complaint != NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the journal cannot be opened: %s", complaint);
    cordon_journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for a journal");
    journal->store.fd = -1;
    journal->mode = taken.mode;
    journal->on_divergence = taken.on_divergence;
    journal->held_end = &journal->held;
    cordon_status status = open_journal(journal, &taken, error);
    if (status == CORDON_OK)
        *journal_out = journal;
    else
        cordon_journal_close(journal);
    return status;
}

void cordon_journal_close(cordon_journal *journal)
{
    if (journal == NULL)
        return;
    journal_forget_calls(journal);
    journal_record_release(journal);
    for (size_t i = 0; i < journal->name_count; i++)
        free(journal->names[i]);
    free(journal->names);
    journal_replay_release(&journal->replay);
    journal_store_close(&journal->store);
    if (journal->key_bytes != NULL)
        explicit_bzero(journal->key_bytes, journal->key.size);
    free(journal->key_bytes);
    free(journal);
}

const char *cordon_journal_name(const cordon_journal *journal, size_t index)
{
    return journal != NULL && index < journal->name_count ? journal->names[index] : NULL;
}

void cordon_journal_get_figures(const cordon_journal *journal, cordon_journal_figures *figures_out)
{
    *figures_out = journal != NULL ? journal->figures : (cordon_journal_figures){0};
    figures_out->is_incomplete = journal != NULL && journal->has_failed;
}

void sandbox_belong_to_journal(cordon_sandbox *sandbox, cordon_journal *journal)
{
    if (sandbox->journal == journal)
        return;
    if (sandbox->journal != NULL) {
        journal_forget_calls(sandbox->journal); /* of an execution that was suspended and given up */
        sandbox->journal->sandbox = NULL;
    }
    if (journal != NULL)
        journal->sandbox = sandbox;
    sandbox->journal = journal;
}

cordon_status cordon_sandbox_set_journal(cordon_sandbox *sandbox, cordon_journal *journal, cordon_error *error)
{
    static const char setting[] = "sandbox_set_journal";
    cordon_status status = sandbox_enter(sandbox, setting, error);
    if (status != CORDON_OK)
        return status;
    if (journal != NULL && journal->sandbox != NULL && journal->sandbox != sandbox)
        status = failure(error, setting, CORDON_INVALID_ARGUMENT, "the journal belongs to another sandbox");
    else
        sandbox_belong_to_journal(sandbox, journal);
    sandbox_leave(sandbox);
    return status;
}

/* ---- Divergence ---- */

/* At most `size` bytes of what was called, as people write it. */
static void describe(char *to, size_t size, const char *name, size_t name_size, const cordon_value *positional, const cordon_value *named)
{
    char *first = NULL, *second = NULL;
    (void)cordon_value_to_json(positional, &first, NULL, NULL);
    (void)cordon_value_to_json(named, &second, NULL, NULL);
    snprintf(to, size, "%.*s(%.40s, %.40s)", name_size < 40 ? (int)name_size : 40, name, first ? first : "?", second ? second : "?");
    cordon_text_release(first);
    cordon_text_release(second);
}

static void describe_entry(char *to, size_t size, const journal_entry *call)
{
    cordon_value *arguments = NULL;
    (void)value_decode(call->arguments, call->arguments_size, CORDON_VALUE_DEPTH_MAX + 2, &arguments, NULL);
    describe(to, size, call->name, call->name_size, cordon_value_at(arguments, 0), cordon_value_at(arguments, 1));
    cordon_value_destroy(arguments);
}

/* The first one is told; what follows follows from it. */
static void note_divergence(cordon_journal *journal, const cordon_value *said, uint32_t unused)
{
    char made[128], recorded[128];
    size_t name_size;
    const char *name = cordon_value_get_text(cordon_value_at(said, 0), &name_size);
    if (journal->divergence[0] != '\0')
        return;
    describe(made, sizeof made, name, name_size, cordon_value_at(said, 1), cordon_value_at(said, 2));
    if (unused != JOURNAL_NOTHING)
        describe_entry(recorded, sizeof recorded, &journal->replay.contents.records[unused].entry);
    snprintf(journal->divergence, sizeof journal->divergence, "it calls %.105s, the recording %s%.105s", made, unused != JOURNAL_NOTHING ? "goes on with " : "ends here",
             unused != JOURNAL_NOTHING ? recorded : "");
    journal->divergence_entry = unused != JOURNAL_NOTHING ? unused : journal->figures.entries;
}

/* A call that is not in the recording. In a journal that is continued, its end is where that begins. False: it stops. */
static bool leave_recording(cordon_journal *journal, const cordon_value *said)
{
    uint32_t unused = journal_replay_unused(&journal->replay, 0);
    bool is_end = journal->mode == CORDON_JOURNAL_CONTINUE && unused == JOURNAL_NOTHING;
    if (!is_end)
        note_divergence(journal, said, unused);
    if (!is_end && journal->on_divergence == CORDON_JOURNAL_STOP)
        return false;
    journal->is_live = true;
    return true;
}

/* What the recording had left does not stand beside what is recorded from now on. */
static bool go_live(cordon_journal *journal)
{
    return journal->mode != CORDON_JOURNAL_CONTINUE || journal->divergence[0] == '\0' || journal_record_drop(journal);
}

/* ---- During an execution ---- */

void journal_begin(cordon_journal *journal)
{
    journal->execution++;
}

static bool hold(cordon_journal *journal, uint32_t call, cordon_value *said, size_t cost)
{
    journal_held_call *held = malloc(sizeof *held);
    if (held == NULL)
        return false;
    *held = (journal_held_call){.call = call, .said = said, .cost = cost};
    *journal->held_end = held;
    journal->held_end = &held->next;
    journal->held_bytes += cost;
    return true;
}

journal_held_call *journal_release(cordon_journal *journal)
{
    journal_held_call *held = journal->held;
    if (held == NULL)
        return NULL;
    journal->held = held->next;
    if (journal->held == NULL)
        journal->held_end = &journal->held;
    journal->held_bytes -= held->cost;
    return held;
}

static journal_verdict find(cordon_journal *journal, uint32_t call, cordon_value *said, size_t cost, const bytes *arguments)
{
    size_t name_size;
    const char *name = cordon_value_get_text(cordon_value_at(said, 0), &name_size);
    uint32_t record = journal_replay_find(&journal->replay, journal->execution, name, name_size, arguments);
    if (record == JOURNAL_NOTHING)
        return JOURNAL_ASK;
    if (journal_replay_is_answered(&journal->replay, record)) {
        journal->figures.replayed++;
        return journal_replay_expect(&journal->replay, record, call) ? JOURNAL_ANSWERS : JOURNAL_NO_MEMORY;
    }
    return journal_record_open(journal, call, record) && hold(journal, call, said, cost) ? JOURNAL_HOLDS : JOURNAL_NO_MEMORY;
}

/* Canonical [positional, named]. */
static void pack_arguments(bytes *to, const cordon_value *said)
{
    pack_array(to, 2);
    journal_canonical_add(to, cordon_value_at(said, 1));
    journal_canonical_add(to, cordon_value_at(said, 2));
}

journal_verdict journal_call(cordon_journal *journal, uint32_t call, cordon_value *said, size_t cost)
{
    bytes arguments = {0};
    journal_verdict verdict = JOURNAL_ASK;
    pack_arguments(&arguments, said);
    if (arguments.failed)
        verdict = JOURNAL_NO_MEMORY;
    else if (!journal->is_live)
        verdict = find(journal, call, said, cost, &arguments);
    if (verdict == JOURNAL_ASK && !journal->is_live)
        verdict = !leave_recording(journal, said) ? JOURNAL_STOPS : go_live(journal) ? JOURNAL_ASK : JOURNAL_NO_MEMORY;
    if (verdict == JOURNAL_ASK && !journal_record_call(journal, call, said, &arguments))
        verdict = JOURNAL_NO_MEMORY;
    bytes_release(&arguments);
    return verdict;
}

replay_step journal_next(cordon_journal *journal, journal_wait wait, uint32_t *call_out, const unsigned char **payload_out, size_t *size_out)
{
    replay_due due;
    replay_step step = journal_replay_next(&journal->replay, journal->execution, wait, &due);
    if (step != REPLAY_ANSWER)
        return step;
    const journal_entry *entry = journal_replay_answer(&journal->replay, due.record);
    *call_out = due.call;
    *payload_out = entry->answer;
    *size_out = entry->answer_size;
    return step;
}

bool journal_lacks_answer(cordon_journal *journal, const journal_held_call *held)
{
    if (journal->mode == CORDON_JOURNAL_CONTINUE)
        return true;
    note_divergence(journal, held->said, JOURNAL_NOTHING);
    return journal->on_divergence == CORDON_JOURNAL_GO_LIVE;
}
