/* A journal in use, for the files that record with it, replay from it, and ask it during an execution. By the thread that executes. */
#ifndef CORDON_SUPERVISOR_JOURNAL_INTERNAL_H
#define CORDON_SUPERVISOR_JOURNAL_INTERNAL_H

#include "cordon/execute.h"
#include "cordon/journal.h"
#include "journal_replay.h"
#include "journal_store.h"

/* A call that was recorded, or is in the recording, and has no answer yet. */
typedef struct journal_open_call {
    uint32_t call, record; /* the worker's id; number of its entry, JOURNAL_NOTHING: answered since */
} journal_open_call;

/* A call of the recording that it has no answer to: kept until nothing else is left to replay. */
typedef struct journal_held_call {
    struct journal_held_call *next;
    uint32_t call;
    cordon_value *said; /* name, positional, named */
    size_t cost;
} journal_held_call;

struct cordon_journal {
    cordon_journal_mode mode;
    cordon_journal_divergence on_divergence;
    unsigned char *key_bytes;
    journal_key key;
    journal_store store;
    journal_replay replay;
    cordon_sandbox *sandbox; /* that it belongs to; NULL: none */
    uint32_t execution;      /* counted from 1 since it belongs to that */
    bool is_live;            /* calls are no longer looked for in the recording */
    cordon_journal_figures figures;
    char **names; /* of functions that were called */
    size_t name_count;

    unsigned char seal[JOURNAL_SEAL_BYTES]; /* of the last entry */
    struct {
        bool is_there;
        uint32_t call;
        cordon_value *said;
        bytes arguments;
    } begun; /* a call that is to be recorded, and may have its answer by then */
    uint64_t passed[JOURNAL_WAIT_KINDS]; /* waits that ended by themselves, not recorded yet */
    journal_open_call *open;
    size_t open_count, open_room, open_done; /* by id; of these `open_done` are answered */
    journal_held_call *held, **held_end;
    size_t held_bytes;
    bool has_failed; /* an entry could not be written: nothing is any more */
    cordon_error failure;

    char divergence[256]; /* empty: none yet */
    uint64_t divergence_entry;
};

/* ---- During an execution ---- */

void journal_begin(cordon_journal *journal);

typedef enum journal_verdict {
    JOURNAL_ASK,      /* the host is asked; what it says is to be told by journal_answered */
    JOURNAL_ANSWERS,  /* the recording has the answer: journal_next brings it */
    JOURNAL_HOLDS,    /* `said` was adopted: journal_release gives it back when the host is to be asked after all */
    JOURNAL_STOPS,    /* journal->divergence says why */
    JOURNAL_NO_MEMORY
} journal_verdict;
/* The worker called: `said` is [name, positional, named]. */
journal_verdict journal_call(cordon_journal *journal, uint32_t call, cordon_value *said, size_t cost);
/* The host's answer, as it is going to be sent; calls that are not to be recorded are passed over. False: it cannot be written, journal->failure says why. */
bool journal_answered(cordon_journal *journal, uint32_t call, const bytes *payload);
/* Of what was begun nothing more is known now. False likewise. */
bool journal_settle(cordon_journal *journal);
/* The worker waited, and its time was over; one without an end is not recorded. */
void journal_passed(cordon_journal *journal, journal_wait wait);

/* What a worker that waits is told from the recording. ANSWER: *payload_out is borrowed. */
replay_step journal_next(cordon_journal *journal, journal_wait wait, uint32_t *call_out, const unsigned char **payload_out, size_t *size_out);
/* The oldest call held, which is the caller's again; NULL: there is none. */
journal_held_call *journal_release(cordon_journal *journal);
/* A call was released that is no effect: the recording ends here. False: it stops. */
bool journal_lacks_answer(cordon_journal *journal, const journal_held_call *held);

/* Calls that are under way: their ids mean nothing any more. */
void journal_forget_calls(cordon_journal *journal);
/* The execution has ended, or was suspended (`is_over` false). False: an entry cannot be written. Divergence is told in the result. */
bool journal_end(cordon_journal *journal, bool is_over, cordon_result *told);

/* ---- Recording: journal_record.c. Each returns false if it cannot be written. ---- */

bool journal_record_begin(cordon_journal *journal, cordon_error *error); /* a new file's header */
bool journal_record_call(cordon_journal *journal, uint32_t call, const cordon_value *said, bytes *arguments); /* adopts *arguments, borrows `said` until settled */
bool journal_record_drop(cordon_journal *journal);
/* The call is in the recording already, as `record`; an answer to it will be recorded. False without memory. */
bool journal_record_open(cordon_journal *journal, uint32_t call, uint32_t record);
void journal_record_release(cordon_journal *journal);

#endif
