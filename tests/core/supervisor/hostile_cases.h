/* What a hostile worker does, and what the host must make of it: one list for both, the worker and the test. */
#ifndef HOSTILE_CASES_H
#define HOSTILE_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cordon/execute.h"

enum hostile_op {
    OP_END = 0, /* leaves with code 0 */
    OP_FRAME,   /* one frame, `times` times (0: once, HOSTILE_ENDLESS: for ever) */
    OP_RAW,     /* bytes as they are, likewise */
    OP_DRIP,    /* bytes one at a time, with pauses */
    OP_HELLO,   /* a good greeting */
    OP_READ,    /* one whole frame, kept: its id answers a frame with HOSTILE_SAME_ID */
    OP_LISTEN,  /* reads for ever, says nothing */
    OP_SPIN,    /* computes for ever */
    OP_STOP,    /* stops itself */
    OP_CLOSE_INPUT,
    OP_CLOSE_OUTPUT,
    OP_DIE,      /* by signal `id` */
    OP_LEAVE,    /* with exit code `id` */
    OP_FORBIDDEN /* makes a system call that a strict filter does not let pass */
};

#define HOSTILE_ENDLESS UINT32_MAX
#define HOSTILE_SAME_ID UINT32_MAX        /* the id of the frame that was read last */
#define HOSTILE_COUNT_UP (UINT32_MAX - 1) /* 1, 2, 3 ... */

struct hostile_step {
    enum hostile_op op;
    uint8_t type;
    uint32_t id;
    const void *data; /* payload, or raw bytes */
    size_t size;
    size_t fill; /* that many more bytes of payload, each `filler` */
    unsigned char filler;
    uint16_t flags;
    int64_t claimed; /* length in the header; 0: the truth, -1: none */
    uint8_t version; /* 0: the right one */
    uint32_t magic;  /* 0: the right one */
    uint32_t times;
};

enum hostile_stage {
    STAGE_GREETING = 0, /* from the start on */
    STAGE_DEAF,         /* greets, then acts without reading */
    STAGE_RESTING,      /* after CONFIGURE */
    STAGE_EXECUTING,    /* after EXECUTE */
    STAGE_ASKED         /* after FILES */
};

enum hostile_lock { LOCK_STRICT = 0, LOCK_LAX /* a filter that lets everything pass */, LOCK_NONE };

enum { HOSTILE_STEPS_MAX = 6 };

struct hostile_case {
    char name[64];
    enum hostile_stage stage;
    enum hostile_lock lock;
    struct hostile_step steps[HOSTILE_STEPS_MAX];
    cordon_status
        status; /* of creation (GREETING) or of listing a folder (ASKED); OK: creation works, and `outcome` counts */
    cordon_outcome outcome; /* of the execution */
    cordon_outcome resumed; /* SUSPENDED: what comes of it when all that is pending is answered with None */
    const char *says;       /* a part of the message */
    size_t source_size;     /* of what is executed; 0: a few bytes */
    bool has_soft_limit;    /* of time, which is soon reached */
    bool is_traced;         /* the execution wants LINE, RETURN, EXCEPTION and HOST_CALL_START */
};

/* All of them; made at the first call, kept for the life of the process. */
const struct hostile_case *hostile_cases(size_t *count_out);

#endif
