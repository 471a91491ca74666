/* The reader of journals, and what a replay makes of one: whatever the bytes are, they are refused with a reason, or give entries that lie within them and can be replayed to the end. The last byte
 * says with which key, and whether seals are made to fit first, so that what lies behind them is reached too. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "journal_replay.h"

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void seal(journal_key key, const unsigned char *data, size_t size, unsigned char *seal_out, size_t seal_size)
{
    unsigned char made[EVP_MAX_MD_SIZE];
    if (key.bytes == NULL)
        check(EVP_Digest(data, size, made, NULL, EVP_sha256(), NULL) == 1);
    else
        check(HMAC(EVP_sha256(), key.bytes, (int)key.size, data, size, made, NULL) != NULL);
    memcpy(seal_out, made, seal_size);
}

/* As a writer with the key would have sealed them, as far as lengths reach. */
static void make_fit(journal_key key, unsigned char *data, size_t size)
{
    if (size < JOURNAL_HEADER_BYTES)
        return;
    seal(key, data, 32, data + 32, JOURNAL_SEAL_BYTES);
    size_t offset = JOURNAL_HEADER_BYTES;
    while (size - offset >= JOURNAL_FRONT_BYTES) {
        unsigned char *entry = data + offset;
        size_t length = frame_get_u32(entry) % 512;
        frame_put_u32(entry, (uint32_t)length);
        seal(key, entry - JOURNAL_SEAL_BYTES, JOURNAL_SEAL_BYTES + 4, entry + 4, JOURNAL_MARK_BYTES);
        if (size - offset - JOURNAL_FRONT_BYTES < length + JOURNAL_SEAL_BYTES)
            return;
        seal(key, entry - JOURNAL_SEAL_BYTES, JOURNAL_SEAL_BYTES + JOURNAL_FRONT_BYTES + length, entry + JOURNAL_FRONT_BYTES + length, JOURNAL_SEAL_BYTES);
        offset += JOURNAL_FRONT_BYTES + length + JOURNAL_SEAL_BYTES;
    }
}

/* Every call once more, in the order of recording: each is found, and each answer comes. */
static void replay_all(journal_contents *contents)
{
    journal_replay replay;
    size_t calls = 0, answers = 0;
    uint32_t last = 0;
    check(journal_replay_open(&replay, contents));
    for (uint32_t i = 0; i < replay.contents.count; i++) {
        const journal_record *record = &replay.contents.records[i];
        const journal_entry *call = &record->entry;
        if (call->kind != JOURNAL_CALL || record->is_dropped)
            continue;
        bytes arguments = {.data = (unsigned char *)call->arguments, .size = call->arguments_size};
        uint32_t found = journal_replay_find(&replay, call->execution, call->name, call->name_size, &arguments);
        check(found == i);
        if (journal_replay_is_answered(&replay, found)) {
            check(journal_replay_expect(&replay, found, i + 1));
            calls++;
        }
        last = call->execution;
    }
    replay_due due;
    uint32_t before = 0;
    for (replay_step step; (step = journal_replay_next(&replay, last, JOURNAL_WAIT_ENDLESS, &due)) != REPLAY_NOTHING; answers++) {
        check(step == REPLAY_ANSWER && due.answered_by >= before && due.call == due.record + 1 && journal_replay_answer(&replay, due.record)->has_answer);
        before = due.answered_by;
    }
    check(calls == answers && journal_replay_unused(&replay, 0) == JOURNAL_NOTHING);
    journal_replay_release(&replay);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const journal_key keys[] = {{NULL, 0}, {(const unsigned char *)"0123456789abcdef", 16}};
    cordon_error error;
    journal_contents contents;
    if (size == 0)
        return 0;
    unsigned how = data[--size];
    bytes given = {0};
    bytes_add(&given, data, size);
    if (how & 2)
        make_fit(keys[how & 1], given.data, given.size);
    cordon_status status = journal_contents_read(&contents, keys[how & 1], &given, "fuzzed", &error);
    check(given.data == NULL);
    if (status == CORDON_OK) {
        check(contents.whole_bytes + contents.cut_bytes == size);
        replay_all(&contents);
    } else {
        check(status == CORDON_JOURNAL_REFUSED && contents.records == NULL);
    }
    return 0;
}
