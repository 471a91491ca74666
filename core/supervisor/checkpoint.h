/* What a session was before an execution, kept so that it can go on from there when the execution ends the worker. For sandboxes with keeps_session. */
#ifndef CORDON_SUPERVISOR_CHECKPOINT_H
#define CORDON_SUPERVISOR_CHECKPOINT_H

#include "sandbox_internal.h"

/* With the sandbox taken and at rest. Keeps its memory in place of an earlier one. Fails as cordon_sandbox_snapshot. */
cordon_status checkpoint_take(cordon_sandbox *sandbox, cordon_error *error);
/* It has ended by what a session can survive (a limit, a cancel, a crash), and there is a checkpoint: a fresh worker goes on from it. False: it stays ended. */
bool checkpoint_bring_back(cordon_sandbox *sandbox);
void checkpoint_drop(cordon_sandbox *sandbox);

#endif
