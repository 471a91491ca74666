/* A journal's bytes: header, entries, seals. Pure. The layout is in docs/journal.md. */
#ifndef CORDON_SUPERVISOR_JOURNAL_FORMAT_H
#define CORDON_SUPERVISOR_JOURNAL_FORMAT_H

#include "bytes.h"

enum {
    JOURNAL_IDENTITY_BYTES = 16,
    JOURNAL_SEAL_BYTES = 32,
    JOURNAL_MARK_BYTES = 16, /* seals an entry's length, so that one that was cut off differs from one whose length was changed */
    JOURNAL_HEADER_BYTES = 32 + JOURNAL_SEAL_BYTES,
    JOURNAL_FRONT_BYTES = 4 + JOURNAL_MARK_BYTES,
    JOURNAL_PAYLOAD_MAX = 64 * 1024 * 1024 /* name, arguments and an answer, each of one frame */
};

/* What seals are made with: bytes NULL is SHA-256 alone. Borrowed. */
typedef struct journal_key {
    const unsigned char *bytes;
    size_t size;
} journal_key;

/* Numbers of the format. */
typedef enum journal_kind {
    JOURNAL_CALL = 1,   /* with its answer, if there was one by then */
    JOURNAL_ANSWER = 2, /* to a call of an earlier entry */
    JOURNAL_PASSED = 3, /* waits that ended because their time was over */
    JOURNAL_DROPPED = 4, /* entries that no longer stand */
    JOURNAL_LOOKED = 5   /* waits of no length, in vain */
} journal_kind;

/* How a worker waits. */
typedef enum journal_wait { JOURNAL_WAIT_TIMED, JOURNAL_WAIT_LOOK, JOURNAL_WAIT_KINDS, JOURNAL_WAIT_ENDLESS = JOURNAL_WAIT_KINDS } journal_wait;
/* The kind of entry that has how many of them were in vain; not of ENDLESS. */
static inline journal_kind journal_kind_of_wait(journal_wait wait)
{
    return wait == JOURNAL_WAIT_TIMED ? JOURNAL_PASSED : JOURNAL_LOOKED;
}
static inline bool journal_is_waits(journal_kind kind)
{
    return kind == JOURNAL_PASSED || kind == JOURNAL_LOOKED;
}

/* What an entry says; what it points to lies in the bytes it was read from. */
typedef struct journal_entry {
    journal_kind kind;
    uint32_t execution; /* counted from 1 */
    const char *name;   /* CALL: UTF-8, no NUL */
    size_t name_size;
    const unsigned char *arguments; /* CALL: canonical MessagePack of [positional, named] */
    size_t arguments_size;
    bool has_answer;             /* CALL; always of ANSWER */
    const unsigned char *answer; /* payload of an ANSWER frame */
    size_t answer_size;
    uint32_t call;  /* ANSWER: number of the call's entry, from 0 */
    uint64_t count; /* PASSED, LOOKED: waits */
    const unsigned char *dropped; /* DROPPED: numbers of entries, 4 bytes each */
    size_t dropped_count;
} journal_entry;

/* The header of a new journal, with its seal. False: the digest failed. */
bool journal_header_make(journal_key key, const unsigned char identity[JOURNAL_IDENTITY_BYTES], unsigned char header_out[JOURNAL_HEADER_BYTES]);
/* NULL, or why `data` does not begin as a journal that this key opens. */
const char *journal_header_check(journal_key key, const unsigned char *data, size_t size);

/* Adds an entry as it stands in the file, behind one with the seal `previous`, which becomes its own. A failure shows in `to`. */
void journal_entry_add(bytes *to, journal_key key, unsigned char previous[JOURNAL_SEAL_BYTES], const journal_entry *entry);

typedef enum journal_found { JOURNAL_FOUND_ENTRY, JOURNAL_FOUND_END, JOURNAL_FOUND_CUT, JOURNAL_FOUND_DAMAGE } journal_found;
/* Reads the entry at *offset, which moves behind it. `data` begins with a header that was checked. DAMAGE: *complaint_out says what (static). */
journal_found journal_entry_read(journal_key key, const unsigned char *data, size_t size, size_t *offset, journal_entry *entry_out, const char **complaint_out);

#endif
