/* The host's part of a snapshot: what this side has to know of a sandbox, besides its memory, to go on with it elsewhere. One MessagePack map; docs/effects.md has its keys. What is read
 * may come from anybody: every field is held against its bounds before one is believed. Pure, but for putting it into a sandbox. */
#ifndef CORDON_SUPERVISOR_SANDBOX_STATE_H
#define CORDON_SUPERVISOR_SANDBOX_STATE_H

#include "sandbox_internal.h"

/* A folder that is mounted in the sandbox, by its place in the guest's tree: what it is in the host is nobody's business who has the snapshot. */
typedef struct sandbox_state_mount {
    char *path; /* owned */
    cordon_mount_mode mode;
} sandbox_state_mount;

typedef struct sandbox_state {
    frame_state doing; /* RESTING; EXECUTING or RUNNING: suspended in the midst of that, and only then what follows the ids is there */
    uint32_t execution, last_call, last_broker, last_request;
    effect_list effects;
    uint64_t wait_ns;         /* that the worker asked for; UINT64_MAX: no end */
    uint64_t suspended_at_ns; /* the host's wall clock. A restored guest's wall clock begins there: it is moved by the time since, when the sandbox is resumed */
    uint64_t timeout_ns;      /* of the whole execution; CORDON_LIMIT_NONE: none */
    uint64_t soft_timeout_ns, soft_fuel; /* 0: none */
    uint32_t trace;           /* bits of cordon/trace.h: what is told of its steps; 0: nothing */
    unsigned interrupted;     /* enum cordon_interrupt_reason: of what the guest was told already */
    cordon_figures figures;   /* used up; of fuel the worker keeps its own account too */
    sandbox_state_mount *mounts; /* owned; in the order of the numbers that the worker knows them by */
    size_t mount_count;
} sandbox_state;

/* NULL, or why a sandbox that somebody has taken cannot be gone on with elsewhere: it is neither at rest nor suspended. Static. */
const char *sandbox_state_complaint(const cordon_sandbox *sandbox);
/* For one without complaint. Memory that ran out shows in *to. */
void sandbox_state_pack(const cordon_sandbox *sandbox, bytes *to);

/* NULL: *state_out is the caller's (sandbox_state_release). Else what is wrong (static), and there is nothing to release. Takes no more memory than what is there needs. */
const char *sandbox_state_unpack(const void *data, size_t size, sandbox_state *state_out);
void sandbox_state_release(sandbox_state *state);

/* "ro", "rw", "overlay". Static. */
const char *sandbox_state_mount_mode(cordon_mount_mode mode);

/* Into a sandbox that was newly created and whose worker has got the pages. Takes over what the state holds; false without memory. Limits are the sandbox's own, held against what is used
 * up already. */
bool sandbox_state_install(sandbox_state *state, cordon_sandbox *sandbox);

#endif
