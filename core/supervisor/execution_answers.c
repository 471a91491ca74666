/* Hides from the conversation what a worker that waits is told, and what the guest's clock is made to think of it. */
#include "execution_journal.h"
#include "moment.h"
#include "sandbox_internal.h"

#define NOTICEABLE_NS (SECOND_NS / 1000)

static void send_answer(execution *run)
{
    if (!execution_journal_collect(run)) /* once more: it may have come since */
        return;
    answer *posted = mailbox_take(run->sandbox->mailbox);
    run->is_waiting = false;
    if (posted->payload.failed)
        execution_end_without_memory(run);
    else
        (void)sandbox_send(run->sandbox, CORDON_FRAME_ANSWER, 0, posted->call, posted->payload.data, posted->payload.size);
    answer_destroy(posted);
}

/* The longest that a worker accepts. */
#define TICK_MAX_NS (UINT64_MAX / 2)

static void send_tick(execution *run, uint64_t passed_ns)
{
    unsigned char passed[8];
    run->is_waiting = false;
    run->interruption.must_tick = false;
    frame_put_u64(passed, least(passed_ns, TICK_MAX_NS));
    (void)sandbox_send(run->sandbox, CORDON_FRAME_TICK, 0, 0, passed, sizeof passed);
}

static uint64_t waited_ns(const execution *run, uint64_t now)
{
    return after(run->waited_elsewhere_ns, now - run->waiting_since);
}

/* One frame for one WAIT. The guest's clock moves by ticks alone: one that waited noticeably for its answer is told so first, and gets the answer at the WAIT that follows.
 * Where the clock shall not depend on this machine it moves by what was asked for, and answers take no time. */
void execution_answer_wait(execution *run, uint64_t now)
{
    bool is_deterministic = run->sandbox->is_deterministic;
    if (!run->is_waiting)
        return;
    if (mailbox_has_answer(run->sandbox->mailbox)) {
        if (!is_deterministic && waited_ns(run, now) >= NOTICEABLE_NS && !mailbox_takes_no_time(run->sandbox->mailbox))
            send_tick(run, waited_ns(run, now));
        else
            send_answer(run);
    } else if (run->interruption.must_tick) {
        send_tick(run, is_deterministic ? 0 : waited_ns(run, now));
    } else if (now >= run->waiting_until) {
        execution_journal_passed(run);
        send_tick(run, is_deterministic ? run->wait_ns : waited_ns(run, now));
    }
}

void execution_end_wait(execution *run)
{
    send_tick(run, run->wait_ns);
}

/* Deterministically a wait without an end goes on, and any other is over. */
void execution_pass_time(execution *run, uint64_t now)
{
    execution_journal_passed(run);
    if (!run->sandbox->is_deterministic)
        send_tick(run, waited_ns(run, now));
    else if (run->wait_ns != MOMENT_NEVER)
        send_tick(run, run->wait_ns);
}

bool execution_waits_for_effects(const execution *run)
{
    return run->is_waiting && run->effects.count > 0 && run->wait_ns >= SECOND_NS && mailbox_is_quiet(run->sandbox->mailbox);
}
