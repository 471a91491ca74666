/* What a snapshot is made of, for the files that take, store, read and restore one. */
#ifndef CORDON_SUPERVISOR_SNAPSHOT_INTERNAL_H
#define CORDON_SUPERVISOR_SNAPSHOT_INTERNAL_H

#include "bytes.h"
#include "cordon/engine.h"
#include "cordon/snapshot.h"

enum {
    SNAPSHOT_FORMAT = 1,
    SNAPSHOT_PAGE_BYTES = 4096,
    SNAPSHOT_BLOCK_PAGES = 256, /* the most that are compressed together, and that a reader has in memory at a time */
    SNAPSHOT_PACKED_PAGES = 64, /* those of a block that is written here: they fit a processor's own memory */
    SNAPSHOT_BLOCK_HEAD_BYTES = 8
};
#define SNAPSHOT_PAGES_MAX (4ull << 20) /* 16 GiB: all the addresses that a worker may have */
#define SNAPSHOT_ADDRESS_MAX (1ull << 47)

/* A number of the file's head, X(name, bytes), in the order that they have there. */
#define SNAPSHOT_HEAD_TABLE(X)                                                                                         \
    X(format, 4)          /* SNAPSHOT_FORMAT */                                                                        \
    X(protocol, 4)        /* CORDON_FRAME_VERSION */                                                                   \
    X(flags, 4)           /* snapshot_flag */                                                                          \
    X(state, 4)           /* cordon_snapshot_state */                                                                  \
    X(resting_buffer, 8)  /* what the worker's read, in which it waits, was given */                                   \
    X(resting_bytes, 8)                                                                                                \
    X(resting_stack, 8)   /* where its saved registers lie */                                                          \
    X(memory_bytes, 8)    /* in use, as the worker counted */                                                          \
    X(run_count, 8)                                                                                                    \
    X(page_count, 8)                                                                                                   \
    X(host_bytes, 8)      /* of the host's part */                                                                     \
    X(block_bytes, 8)     /* of all blocks with their heads */

enum snapshot_flag { SNAPSHOT_IS_SEALED = 1, SNAPSHOT_IS_DETERMINISTIC = 2, SNAPSHOT_HAS_MOUNTS = 4 /* and the host's part names them */, SNAPSHOT_IS_TRACED = 8 /* likewise */, SNAPSHOT_FLAGS = 15 };

typedef struct snapshot_head {
#define SNAPSHOT_HEAD_MEMBER(name, bytes) uint64_t name;
    SNAPSHOT_HEAD_TABLE(SNAPSHOT_HEAD_MEMBER)
#undef SNAPSHOT_HEAD_MEMBER
    unsigned char image[CORDON_SNAPSHOT_DIGEST_BYTES];
} snapshot_head;

/* Pages that lie side by side. */
typedef struct snapshot_run {
    uint64_t address, pages;
} snapshot_run;

struct cordon_snapshot {
    snapshot_head head;  /* its counts and sizes are those of what follows; SNAPSHOT_IS_SEALED says how it came, not how it will be laid out */
    snapshot_run *runs;  /* ascending, none touch */
    bytes host_part;     /* what the host's side was in the midst of: sandbox_state.h */
    bytes blocks;        /* the pages of all runs, one after the other, each as its difference to the image's, compressed: snapshot_pages.h */
};

/* With the sandbox taken, and a worker that knows nothing yet: it becomes what the snapshot, of a sandbox of this configuration, has. On failure it is of no use any more. */
cordon_status snapshot_bring_back(cordon_sandbox *sandbox, const cordon_snapshot *snapshot, cordon_error *error);

/* Returns SNAPSHOT_REFUSED. `more` may be NULL. */
cordon_status snapshot_refuse(cordon_error *error, const char *operation, cordon_snapshot_refusal refusal, const char *more);

#endif
