/* Hides when a worker is kept to a processor, and that it costs a few system calls. */
#include "placement.h"

#include <string.h>

enum {
    PATIENCE_MIN = 1,    /* answers from elsewhere */
    PATIENCE_MAX = 1024, /* so that a worker that always works long is hardly ever moved in vain */
    PAID = 64            /* answers at once that make up for the system calls */
};

void placement_begin(placement *placement)
{
    placement->is_near = false;
    placement->waits = 0;
    placement->patience = PATIENCE_MIN;
}

void placement_waited(placement *placement)
{
    placement->waits++;
}

void placement_answered_at_once(placement *placement)
{
    placement->waits = 0;
    placement->answers++;
}

static void be_more_patient(placement *placement)
{
    placement->patience = 2 * placement->patience < PATIENCE_MAX ? 2 * placement->patience : PATIENCE_MAX;
}

static bool is_among(const host_processor_set *set, int processor)
{
    return processor >= 0 && processor < HOST_PROCESSORS_MAX && (set->words[processor / 64] >> (processor % 64) & 1) != 0;
}

static bool is_alike(const host_processor_set *one, const host_processor_set *other)
{
    return memcmp(one, other, sizeof *one) == 0;
}

bool placement_draw_near(placement *placement, host_env *env, const process *process)
{
    int processor;
    if (placement->is_near || placement->waits < placement->patience)
        return false;
    placement->waits = 0;
    placement->answers = 0;
    memset(&placement->here, 0, sizeof placement->here);
    if (process_processors(env, process, &placement->before) && host_process_sched_getcpu(env, &processor, NULL) == HOST_OK &&
        is_among(&placement->before, processor)) {
        placement->here.words[processor / 64] = (uint64_t)1 << (processor % 64);
        placement->is_near = !is_alike(&placement->here, &placement->before) && process_set_processors(env, process, &placement->here);
    }
    if (!placement->is_near)
        be_more_patient(placement);
    return placement->is_near;
}

void placement_let_go(placement *placement, host_env *env, const process *process)
{
    host_processor_set now;
    if (!placement->is_near)
        return;
    if (process_processors(env, process, &now) && is_alike(&now, &placement->here) && !process_set_processors(env, process, &placement->before))
        return; /* and tried again at the next wait */
    placement->is_near = false;
    if (placement->answers >= PAID)
        placement->patience = PATIENCE_MIN;
    else
        be_more_patient(placement);
}
