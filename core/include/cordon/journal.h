/* A journal of the calls that a sandbox makes to its host: recorded into a file, and replayed from it, so that the same program comes to the same place again without the host being
 * asked. docs/journal.md has the file's format and what is promised.
 *
 * A journal belongs to one sandbox at a time (cordon_sandbox_set_journal) and is used by the thread that executes. */
#ifndef CORDON_JOURNAL_H
#define CORDON_JOURNAL_H

#include "cordon/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cordon_journal cordon_journal;

typedef enum cordon_journal_mode {
    CORDON_JOURNAL_REPLAY = 0, /* the file is only read */
    CORDON_JOURNAL_RECORD,     /* the file is new, or empty */
    CORDON_JOURNAL_CONTINUE    /* replayed; what the recording does not have is asked of the host and recorded behind it */
} cordon_journal_mode;

/* What is done when the program calls something that is not in the recording. */
typedef enum cordon_journal_divergence {
    CORDON_JOURNAL_STOP = 0, /* the sandbox ends: CANCELLED. In mode CONTINUE the recording's end is no divergence */
    CORDON_JOURNAL_GO_LIVE   /* from there on the host is asked; in mode CONTINUE what the recording had left no longer stands */
} cordon_journal_divergence;

/* When an answer is on the disk. In each case it has been written before the sandbox gets it, and outlives the end of this process. */
typedef enum cordon_journal_sync {
    CORDON_JOURNAL_SYNC_EACH = 0, /* before the sandbox gets it (fdatasync): it outlives the machine's end too */
    CORDON_JOURNAL_SYNC_NEVER     /* when the system likes */
} cordon_journal_sync;

enum { CORDON_JOURNAL_KEY_BYTES_MIN = 16, CORDON_JOURNAL_BYTES_MAX = 1 << 30 };

typedef struct cordon_journal_config {
    size_t struct_size; /* set by CORDON_JOURNAL_CONFIG_INIT */
    const char *path;   /* made with permissions 0600 */
    cordon_journal_mode mode;
    cordon_journal_divergence on_divergence;
    cordon_journal_sync sync;
    const void *key; /* each entry is sealed with it (HMAC-SHA256); NULL: by choice without, which shows damage but no forgery */
    size_t key_size; /* at least CORDON_JOURNAL_KEY_BYTES_MIN */
    uint64_t size_bytes_max; /* of the file: a guest decides what it calls with. What would not fit cannot be written. 0: CORDON_JOURNAL_BYTES_MAX, which is also the most */
} cordon_journal_config;
#define CORDON_JOURNAL_CONFIG_INIT { .struct_size = sizeof(cordon_journal_config) }

/* Everything in `config` is borrowed for the call. On CORDON_OK the caller owns *journal_out. A last entry that was cut off (its writer has died) is left out: figures.cut_bytes. Anything
 * else that is not as it was sealed is refused: JOURNAL_REFUSED, the message says what and at which offset; so is a journal with a seal where no key is given, and one without where one
 * is. Fails with INVALID_ARGUMENT, BUSY (somebody else writes it), TOO_LARGE, NO_MEMORY, HOST_FAILURE. */
CORDON_API cordon_status cordon_journal_open(const cordon_journal_config *config, cordon_journal **journal_out, cordon_error *error);
/* The sandbox that it belongs to must have been destroyed, or have got another. Accepts NULL. */
CORDON_API void cordon_journal_close(cordon_journal *journal);

/* From the next execution on; NULL: none. `journal` is borrowed until the sandbox gets another or is destroyed. Executions are counted since the journal was opened, also when the sandbox is
 * cleared or the journal goes to another sandbox: the first one replays what the recording's first one did. Fails with INVALID_ARGUMENT (it belongs to another sandbox), BUSY, SUSPENDED,
 * SANDBOX_ENDED. */
CORDON_API cordon_status cordon_sandbox_set_journal(cordon_sandbox *sandbox, cordon_journal *journal, cordon_error *error);

typedef struct cordon_journal_figures {
    uint64_t entries;   /* in the file */
    uint64_t replayed;  /* calls that were answered from it */
    uint64_t recorded;  /* calls that were written to it */
    uint64_t open;      /* calls in the file without an answer: pending effects, or the process died meanwhile */
    uint64_t cut_bytes; /* of a last entry that was cut off; not used */
    bool is_incomplete; /* an entry could not be written: nothing is recorded any more */
} cordon_journal_figures;
/* By the thread that uses its sandbox. */
CORDON_API void cordon_journal_get_figures(const cordon_journal *journal, cordon_journal_figures *figures_out);

/* Names of functions that the recording has calls of, each once, in the order of their first calls: who only replays may register them as effects. NULL behind the last. Borrowed. */
CORDON_API const char *cordon_journal_name(const cordon_journal *journal, size_t index);

#ifdef __cplusplus
}
#endif
#endif
