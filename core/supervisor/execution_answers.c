/* Hides from the conversation what a worker that waits is told, and what the guest's clock is made to think of it. */
#include "execution.h"
#include "moment.h"

#define NOTICEABLE_NS (SECOND_NS / 1000)

static void send_answer(execution *run)
{
    answer *posted = mailbox_take(run->sandbox->mailbox);
    run->is_waiting = false;
    if (posted->payload.failed)
        execution_end_without_memory(run);
    else
        (void)sandbox_send(run->sandbox, CORDON_FRAME_ANSWER, 0, posted->call, posted->payload.data, posted->payload.size);
    answer_destroy(posted);
}

static void send_tick(execution *run, uint64_t passed_ns)
{
    unsigned char passed[8];
    run->is_waiting = false;
    frame_put_u64(passed, passed_ns);
    (void)sandbox_send(run->sandbox, CORDON_FRAME_TICK, 0, 0, passed, sizeof passed);
}

/* One frame for one WAIT. The guest's clock moves by ticks alone: one that waited noticeably for its answer is told so first, and gets the answer at the WAIT that follows.
 * Where the clock shall not depend on this machine it moves by what was asked for, and answers take no time. */
void execution_answer_wait(execution *run, uint64_t now)
{
    bool is_deterministic = run->sandbox->is_deterministic;
    uint64_t waited = now - run->waiting_since;
    if (!run->is_waiting)
        return;
    if (mailbox_has_answer(run->sandbox->mailbox)) {
        if (!is_deterministic && waited >= NOTICEABLE_NS)
            send_tick(run, waited);
        else
            send_answer(run);
    } else if (now >= run->waiting_until) {
        send_tick(run, is_deterministic ? run->waiting_until - run->waiting_since : waited);
    }
}
