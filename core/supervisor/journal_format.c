/* Hides from those who record and replay how entries lie in a file and what seals them. Each seal covers the one before it: an entry that is changed, moved, left out of the middle or taken
 * from another journal does not fit. */
#include "journal_format.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "failure.h"
#include "frame.h"
#include "utf8.h"
#include "value_internal.h"

enum { VERSION = 1, FLAG_KEYED = 1, HEADER_SEALED = JOURNAL_HEADER_BYTES - JOURNAL_SEAL_BYTES, BODY_FRONT = 8, CALL_FRONT = 8, HAS_ANSWER = 1 };
static const unsigned char magic[8] = {'C', 'O', 'R', 'D', 'O', 'N', 'J', '\n'};

/* ---- Seals ---- */

static bool seal(journal_key key, const unsigned char *data, size_t size, unsigned char seal_out[JOURNAL_SEAL_BYTES])
{
    unsigned int made = 0;
    if (key.bytes == NULL)
        return EVP_Digest(data, size, seal_out, NULL, EVP_sha256(), NULL) == 1;
    return HMAC(EVP_sha256(), key.bytes, (int)key.size, data, size, seal_out, &made) != NULL && made == JOURNAL_SEAL_BYTES;
}

/* In a time that does not tell where they differ. */
static bool is_sealed(journal_key key, const unsigned char *data, size_t size, const unsigned char *told, size_t told_size)
{
    unsigned char made[JOURNAL_SEAL_BYTES];
    return seal(key, data, size, made) && CRYPTO_memcmp(made, told, told_size) == 0;
}

/* ---- Header ---- */

static uint32_t flags_of(journal_key key)
{
    return key.bytes != NULL ? FLAG_KEYED : 0;
}

bool journal_header_make(journal_key key, const unsigned char identity[JOURNAL_IDENTITY_BYTES], unsigned char header_out[JOURNAL_HEADER_BYTES])
{
    memcpy(header_out, magic, sizeof magic);
    frame_put_u32(header_out + 8, VERSION);
    frame_put_u32(header_out + 12, flags_of(key));
    memcpy(header_out + 16, identity, JOURNAL_IDENTITY_BYTES);
    return seal(key, header_out, HEADER_SEALED, header_out + HEADER_SEALED);
}

const char *journal_header_check(journal_key key, const unsigned char *data, size_t size)
{
    if (size < sizeof magic || memcmp(data, magic, sizeof magic) != 0)
        return "it is no journal";
    if (size < JOURNAL_HEADER_BYTES)
        return "its header is cut off";
    uint32_t version = frame_get_u32(data + 8), flags = frame_get_u32(data + 12);
    if (version != VERSION)
        return version > VERSION ? "a newer version of this program made it" : "its version is unknown";
    if ((flags & ~(uint32_t)FLAG_KEYED) != 0)
        return "its flags are unknown";
    if (flags != flags_of(key))
        return flags != 0 ? "it is sealed with a key, and none was given" : "it has no seal, and a key was given";
    if (!is_sealed(key, data, HEADER_SEALED, data + HEADER_SEALED, JOURNAL_SEAL_BYTES))
        return key.bytes != NULL ? "its header is damaged, or the key is another" : "its header is damaged";
    return NULL;
}

/* ---- Writing ---- */

static void add_body(bytes *to, const journal_entry *entry)
{
    unsigned char front[BODY_FRONT] = {(unsigned char)entry->kind, entry->kind == JOURNAL_CALL && entry->has_answer ? HAS_ANSWER : 0};
    frame_put_u32(front + 4, entry->execution);
    bytes_add(to, front, sizeof front);
    switch (entry->kind) {
    case JOURNAL_CALL:
        bytes_add_u32(to, (uint32_t)entry->name_size);
        bytes_add_u32(to, (uint32_t)entry->arguments_size);
        bytes_add(to, entry->name, entry->name_size);
        bytes_add(to, entry->arguments, entry->arguments_size);
        if (entry->has_answer)
            bytes_add(to, entry->answer, entry->answer_size);
        break;
    case JOURNAL_ANSWER:
        bytes_add_u32(to, entry->call);
        bytes_add(to, entry->answer, entry->answer_size);
        break;
    case JOURNAL_PASSED:
    case JOURNAL_LOOKED:
        bytes_add_u64(to, entry->count);
        break;
    case JOURNAL_DROPPED:
        bytes_add(to, entry->dropped, entry->dropped_count * 4);
        break;
    }
}

void journal_entry_add(bytes *to, journal_key key, unsigned char previous[JOURNAL_SEAL_BYTES], const journal_entry *entry)
{
    static const unsigned char room[JOURNAL_MARK_BYTES] = {0};
    unsigned char mark[JOURNAL_SEAL_BYTES];
    bytes sealed = {0}; /* the seal before, then the entry: what its seal covers */
    bytes_add(&sealed, previous, JOURNAL_SEAL_BYTES);
    bytes_add_u32(&sealed, 0);
    bytes_add(&sealed, room, sizeof room);
    add_body(&sealed, entry);
    bool is_made = !sealed.failed && sealed.size - JOURNAL_SEAL_BYTES - JOURNAL_FRONT_BYTES <= JOURNAL_PAYLOAD_MAX;
    if (is_made) {
        frame_put_u32(sealed.data + JOURNAL_SEAL_BYTES, (uint32_t)(sealed.size - JOURNAL_SEAL_BYTES - JOURNAL_FRONT_BYTES));
        is_made = seal(key, sealed.data, JOURNAL_SEAL_BYTES + 4, mark);
        memcpy(sealed.data + JOURNAL_SEAL_BYTES + 4, mark, JOURNAL_MARK_BYTES);
        is_made = is_made && seal(key, sealed.data, sealed.size, previous);
    }
    if (is_made) {
        bytes_add(to, sealed.data + JOURNAL_SEAL_BYTES, sealed.size - JOURNAL_SEAL_BYTES);
        bytes_add(to, previous, JOURNAL_SEAL_BYTES);
    } else {
        to->failed = true;
    }
    bytes_release(&sealed);
}

/* ---- Reading ---- */

/* What goes to a worker must be an answer as a worker understands it: [true, value] or [false, message, type or nil]. */
static bool is_answer(const unsigned char *data, size_t size)
{
    cordon_value *answer = NULL;
    if (value_decode(data, size, CORDON_VALUE_DEPTH_MAX + 1, &answer, NULL) != CORDON_OK)
        return false;
    const cordon_value *is_given = cordon_value_at(answer, 0), *type = cordon_value_at(answer, 2);
    bool is_list = cordon_value_get_kind(answer) == CORDON_VALUE_LIST && cordon_value_get_kind(is_given) == CORDON_VALUE_BOOL;
    bool fits = is_list && (cordon_value_is_true(is_given)
                                ? cordon_value_count(answer) == 2
                                : cordon_value_count(answer) == 3 && cordon_value_get_kind(cordon_value_at(answer, 1)) == CORDON_VALUE_TEXT &&
                                      (cordon_value_get_kind(type) == CORDON_VALUE_TEXT || cordon_value_get_kind(type) == CORDON_VALUE_NONE));
    cordon_value_destroy(answer);
    return fits;
}

static const char *read_answer(const unsigned char *body, size_t size, journal_entry *entry)
{
    entry->has_answer = true;
    entry->answer = body;
    entry->answer_size = size;
    return size <= CORDON_FRAME_LENGTH_MAX && is_answer(body, size) ? NULL : "it has an answer that is none";
}

static const char *read_call(const unsigned char *body, size_t size, bool has_answer, journal_entry *entry)
{
    if (size < CALL_FRONT)
        return "it is too short for a call";
    entry->name_size = frame_get_u32(body);
    entry->arguments_size = frame_get_u32(body + 4);
    if (entry->name_size > size - CALL_FRONT || entry->arguments_size > size - CALL_FRONT - entry->name_size)
        return "a length in it goes beyond its end";
    entry->name = (const char *)body + CALL_FRONT;
    entry->arguments = body + CALL_FRONT + entry->name_size;
    size_t used = CALL_FRONT + entry->name_size + entry->arguments_size;
    if (utf8_check(entry->name, entry->name_size) == UTF8_BROKEN || memchr(entry->name, 0, entry->name_size) != NULL)
        return "it names a call in other than UTF-8, or with a NUL";
    if (has_answer)
        return read_answer(body + used, size - used, entry);
    return used == size ? NULL : "something stands behind a call";
}

/* NULL, or what is wrong with an entry whose seal holds: only somebody with the key, or with none needed, can have written it. */
static const char *read_body(const unsigned char *body, size_t size, journal_entry *entry)
{
    if (size < BODY_FRONT)
        return "it is too short";
    unsigned flags = body[1], reserved = body[2] | body[3];
    *entry = (journal_entry){.kind = (journal_kind)body[0], .execution = frame_get_u32(body + 4)};
    if (flags > (entry->kind == JOURNAL_CALL ? HAS_ANSWER : 0) || reserved != 0 || entry->execution == 0)
        return "it has flags that are unknown, or no execution";
    body += BODY_FRONT;
    size -= BODY_FRONT;
    switch (entry->kind) {
    case JOURNAL_CALL:
        return read_call(body, size, flags == HAS_ANSWER, entry);
    case JOURNAL_ANSWER:
        entry->call = size >= 4 ? frame_get_u32(body) : UINT32_MAX;
        return size >= 4 ? read_answer(body + 4, size - 4, entry) : "it is too short for an answer";
    case JOURNAL_PASSED:
    case JOURNAL_LOOKED:
        entry->count = size == 8 ? frame_get_u64(body) : 0;
        return size == 8 ? NULL : "it has no number of waits";
    case JOURNAL_DROPPED:
        entry->dropped = body;
        entry->dropped_count = size / 4;
        return size % 4 == 0 ? NULL : "it ends in the middle of a number";
    }
    return "its kind is unknown";
}

journal_found journal_entry_read(journal_key key, const unsigned char *data, size_t size, size_t *offset, journal_entry *entry_out, const char **complaint_out)
{
    const unsigned char *front = data + *offset, *previous = front - JOURNAL_SEAL_BYTES;
    size_t left = size - *offset;
    *complaint_out = NULL;
    if (left == 0)
        return JOURNAL_FOUND_END;
    if (left < JOURNAL_FRONT_BYTES)
        return JOURNAL_FOUND_CUT;
    uint32_t length = frame_get_u32(front);
    *complaint_out = "its length is not as it was sealed";
    if (!is_sealed(key, previous, JOURNAL_SEAL_BYTES + 4, front + 4, JOURNAL_MARK_BYTES))
        return JOURNAL_FOUND_DAMAGE;
    *complaint_out = "it is longer than any entry";
    if (length > JOURNAL_PAYLOAD_MAX)
        return JOURNAL_FOUND_DAMAGE;
    if (left - JOURNAL_FRONT_BYTES < (size_t)length + JOURNAL_SEAL_BYTES)
        return JOURNAL_FOUND_CUT;
    *complaint_out = "it is not as it was sealed";
    if (!is_sealed(key, previous, JOURNAL_SEAL_BYTES + JOURNAL_FRONT_BYTES + length, front + JOURNAL_FRONT_BYTES + length, JOURNAL_SEAL_BYTES))
        return JOURNAL_FOUND_DAMAGE;
    *complaint_out = read_body(front + JOURNAL_FRONT_BYTES, length, entry_out);
    if (*complaint_out != NULL)
        return JOURNAL_FOUND_DAMAGE;
    *offset += JOURNAL_FRONT_BYTES + (size_t)length + JOURNAL_SEAL_BYTES;
    return JOURNAL_FOUND_ENTRY;
}
