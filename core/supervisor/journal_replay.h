/* What of a recording is still to come: calls that are made again find their answers here. Pure; for one thread. */
#ifndef CORDON_SUPERVISOR_JOURNAL_REPLAY_H
#define CORDON_SUPERVISOR_JOURNAL_REPLAY_H

#include "journal_contents.h"

/* A call that was made again and waits for the moment at which the recording answered it. */
typedef struct replay_due {
    uint32_t answered_by, record, call;
} replay_due;

typedef struct journal_replay {
    journal_contents contents;
    struct replay_link {
        uint64_t hash;
        uint32_t next; /* of the same bucket, in the order of recording */
        bool is_used;
    } *links; /* by record */
    uint32_t *buckets; /* a power of two of them; JOURNAL_NOTHING: empty */
    size_t bucket_mask;
    replay_due *due; /* a heap: the first is answered first */
    size_t due_count, due_room;
    size_t passed_at[JOURNAL_WAIT_KINDS], unused_at; /* no record before has waits of that kind, or is an unused call */
} journal_replay;

/* Adopts what is in *contents, also on failure. False without memory. */
bool journal_replay_open(journal_replay *replay, journal_contents *contents);
void journal_replay_release(journal_replay *replay); /* accepts one that is all zero */

/* The first call of that execution, name and arguments that was not made again yet: its record's number, and it is used; JOURNAL_NOTHING: there is none. */
uint32_t journal_replay_find(journal_replay *replay, uint32_t execution, const char *name, size_t name_size, const bytes *arguments);
bool journal_replay_is_answered(const journal_replay *replay, uint32_t record);
/* The answer to `record` is to go to the worker's `call`. False without memory. */
bool journal_replay_expect(journal_replay *replay, uint32_t record, uint32_t call);

typedef enum replay_step { REPLAY_NOTHING, REPLAY_ANSWER, REPLAY_TIME_PASSES } replay_step;
/* What a worker that can only wait is told next. Answers come in the order in which the recording gave them; where its worker waited so in vain before that, this one does too. ANSWER: of `due_out`; its answer is in its record. */
replay_step journal_replay_next(journal_replay *replay, uint32_t execution, journal_wait wait, replay_due *due_out);
const journal_entry *journal_replay_answer(const journal_replay *replay, uint32_t record); /* the entry that has it */

/* The first call not made again, in this execution (0: in any); JOURNAL_NOTHING: all were. */
uint32_t journal_replay_unused(journal_replay *replay, uint32_t execution);
/* Numbers of all entries that were not used, 4 bytes each, as an entry DROPPED has them; they are used from now on. */
void journal_replay_drop(journal_replay *replay, bytes *numbers_out);

#endif
