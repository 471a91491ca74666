/* Where a worker is woken. A conversation is one of turns: while one side works, the other waits. On two processors each turn waits for the other processor to wake up, which
 * on a virtual machine takes ten times as long as the turn; but a scheduler that sees an idle processor likes to wake the worker there. So a worker that answers from
 * elsewhere again and again is kept to the processor of the thread that speaks with it, for as long as it answers at once; as soon as it does not, it may run wherever it
 * might before. */
#ifndef CORDON_SUPERVISOR_PLACEMENT_H
#define CORDON_SUPERVISOR_PLACEMENT_H

#include <stdbool.h>

#include "process.h"

typedef struct placement {
    bool is_near;
    unsigned waits;    /* in a row in which it answered from elsewhere, or late */
    unsigned patience; /* after so many it is kept near */
    unsigned answers;  /* at once, since it is near */
    host_processor_set here, before; /* while it is near: what it is kept to, and what it was allowed */
} placement;

void placement_begin(placement *placement);
/* How its last answer came. */
void placement_waited(placement *placement);
void placement_answered_at_once(placement *placement);
/* Before something is sent to a worker that waits for it. Whether it has just been kept near. */
bool placement_draw_near(placement *placement, host_env *env, const process *process);
/* It may run anywhere again; unless somebody else has said meanwhile where it may, whose word stays. */
void placement_let_go(placement *placement, host_env *env, const process *process);

#endif
