/* Hides that a session which goes on after a limit is another process with the memory of before. */
#include "checkpoint.h"

#include "moment.h"
#include "snapshot_internal.h"
#include "snapshot_take.h"

#define REST_NS (10 * SECOND_NS)

void checkpoint_drop(cordon_sandbox *sandbox)
{
    cordon_snapshot_destroy(sandbox->checkpoint);
    sandbox->checkpoint = NULL;
}

cordon_status checkpoint_take(cordon_sandbox *sandbox, cordon_error *error)
{
    checkpoint_drop(sandbox);
    return snapshot_take_resting(sandbox, REST_NS, &sandbox->checkpoint, error);
}

/* Not what ended by its own wish, nor what broke the rules: what such a guest has in its memory is not to be given another process. */
static bool can_be_survived(cordon_outcome outcome)
{
    return (outcome >= CORDON_OUTCOME_LIMIT_TIME && outcome <= CORDON_OUTCOME_LIMIT_RECURSION) || outcome == CORDON_OUTCOME_CRASHED ||
           outcome == CORDON_OUTCOME_CANCELLED;
}

/* The worker knows ids up to those of the checkpoint, so those that this side has given since may be left out, and those that the worker gave begin there again. */
static bool go_on(cordon_sandbox *sandbox)
{
    uint32_t execution = sandbox->execution;
    sandbox_give_place_back(sandbox);
    if (!sandbox_forget_cancel(sandbox) || sandbox_take_worker(sandbox, NULL) != CORDON_OK)
        return false;
    sandbox->has_ended = false;
    sandbox->end = (sandbox_end){0};
    sandbox->last_words_size = 0;
    if (snapshot_bring_back(sandbox, sandbox->checkpoint, NULL) != CORDON_OK)
        return false;
    sandbox->execution = execution;
    return true;
}

bool checkpoint_bring_back(cordon_sandbox *sandbox)
{
    sandbox_end end = sandbox->end;
    if (sandbox->checkpoint == NULL || !can_be_survived(end.outcome))
        return false;
    if (go_on(sandbox))
        return true;
    sandbox_end_with(sandbox, PROCESS_KILL, end.outcome, "%s", end.message);
    sandbox->has_ended = true;
    sandbox->end = end;
    return false;
}
