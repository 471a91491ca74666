/* Taking a snapshot of a worker that is known to be at rest, for the two ways to know that. */
#ifndef CORDON_SUPERVISOR_SNAPSHOT_TAKE_H
#define CORDON_SUPERVISOR_SNAPSHOT_TAKE_H

#include "sandbox_internal.h"
#include "snapshot_internal.h"

/* With the sandbox taken, resting or suspended, and its worker at rest. */
cordon_status snapshot_take(cordon_sandbox *sandbox, const image_map *map, cordon_snapshot **snapshot_out, cordon_error *error);
/* The same, once the worker has come to rest, which is waited for. Fails with TIMED_OUT too. */
cordon_status snapshot_take_resting(cordon_sandbox *sandbox, uint64_t timeout_ns, cordon_snapshot **snapshot_out, cordon_error *error);
/* Within a callback of the sandbox's, on the thread that executes. */
cordon_status snapshot_take_in_call(cordon_sandbox *sandbox, uint64_t timeout_ns, cordon_snapshot **snapshot_out, cordon_error *error);

#endif
