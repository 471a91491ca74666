/* Hides from an execution's conversation that a call may be answered from a recording, or be recorded. */
#include "execution_journal.h"

#include <stdio.h>
#include <stdlib.h>

#include "journal_internal.h"
#include "sandbox_internal.h"

static bool cannot_write(execution *run)
{
    return execution_end_by_host(run, run->sandbox->journal->failure.message);
}

void execution_journal_begin(execution *run)
{
    if (run->sandbox->journal != NULL)
        journal_begin(run->sandbox->journal);
}

bool execution_journal_collect(execution *run)
{
    cordon_journal *journal = run->sandbox->journal;
    const answer *posted;
    while (journal != NULL && (posted = mailbox_next_unseen(run->sandbox->mailbox)) != NULL)
        if (!journal_answered(journal, posted->call, &posted->payload))
            return cannot_write(run);
    return true;
}

static bool dispatch(execution *run, uint32_t call, cordon_value *said, size_t cost)
{
    cordon_journal *journal = run->sandbox->journal;
    if (!execution_dispatch(run, call, said, cost))
        return false;
    if (journal == NULL)
        return true;
    if (!execution_journal_collect(run)) /* with its answer, if the host's function gave it at once */
        return false;
    return journal_settle(journal) || cannot_write(run);
}

static bool stop(execution *run)
{
    char text[256];
    snprintf(text, sizeof text, "it diverges from its journal: %.220s", run->sandbox->journal->divergence);
    return execution_end_by_host(run, text);
}

bool execution_journal_call(execution *run, uint32_t call, cordon_value *said, size_t cost)
{
    journal_verdict verdict = run->sandbox->journal != NULL ? journal_call(run->sandbox->journal, call, said, cost) : JOURNAL_ASK;
    if (verdict == JOURNAL_ASK)
        return dispatch(run, call, said, cost);
    if (verdict != JOURNAL_HOLDS)
        cordon_value_destroy(said);
    if (verdict == JOURNAL_STOPS)
        return stop(run);
    if (verdict == JOURNAL_NO_MEMORY)
        return run->sandbox->journal->has_failed ? cannot_write(run) : execution_end_without_memory(run);
    return true;
}

/* An effect is pending again, as it was; anything else the recording should have had the answer to. */
static bool may_ask(execution *run, const journal_held_call *held)
{
    size_t name_size;
    const char *name = cordon_value_get_text(cordon_value_at(held->said, 0), &name_size);
    const registered *callback = callbacks_find(&run->sandbox->callbacks, name, name_size);
    return (callback != NULL && callback->is_effect) || journal_lacks_answer(run->sandbox->journal, held) || stop(run);
}

/* Nothing of the recording is left but calls that it has no answer to: the host is asked, or an effect is pending again. */
static bool ask_held(execution *run)
{
    cordon_journal *journal = run->sandbox->journal;
    journal_held_call *held;
    while ((held = journal_release(journal)) != NULL) {
        bool goes_on = may_ask(run, held);
        if (goes_on)
            goes_on = dispatch(run, held->call, held->said, held->cost);
        else
            cordon_value_destroy(held->said);
        free(held);
        if (!goes_on)
            return false;
    }
    return true;
}

static bool post(execution *run, uint32_t call, const unsigned char *payload, size_t size)
{
    answer *made = answer_create(call);
    if (made == NULL)
        return execution_end_without_memory(run);
    bytes_add(&made->payload, payload, size);
    made->takes_no_time = true;
    mailbox_post(run->sandbox->mailbox, made);
    return true;
}

/* How often a worker looks in vain while it has something else to do depends on when answers come, and decides the turns of its tasks. Where those shall not depend on the machine looks are repeated like
 * waits; elsewhere a program that looks until its answer comes need not look as long again. */
static journal_wait wait_of(const execution *run)
{
    if (run->wait_ns == 0)
        return run->sandbox->is_deterministic ? JOURNAL_WAIT_LOOK : JOURNAL_WAIT_ENDLESS;
    return run->wait_ns == UINT64_MAX ? JOURNAL_WAIT_ENDLESS : JOURNAL_WAIT_TIMED;
}

bool execution_journal_answer(execution *run)
{
    cordon_sandbox *sandbox = run->sandbox;
    uint32_t call;
    const unsigned char *payload;
    size_t size;
    if (sandbox->journal == NULL)
        return true;
    if (!execution_journal_collect(run))
        return false;
    if (mailbox_has_answer(sandbox->mailbox))
        return true;
    switch (journal_next(sandbox->journal, wait_of(run), &call, &payload, &size)) {
    case REPLAY_ANSWER:
        return post(run, call, payload, size);
    case REPLAY_TIME_PASSES:
        execution_end_wait(run);
        return true;
    case REPLAY_NOTHING:
        break;
    }
    return ask_held(run);
}

void execution_journal_passed(execution *run)
{
    if (run->sandbox->journal != NULL)
        journal_passed(run->sandbox->journal, wait_of(run));
}

void execution_journal_end(execution *run, bool is_over)
{
    if (run->sandbox->journal == NULL)
        return;
    bool is_kept = execution_journal_collect(run);
    if (!journal_end(run->sandbox->journal, is_over, &run->result->public) && is_kept)
        (void)cannot_write(run);
}

size_t execution_journal_held_bytes(const execution *run)
{
    return run->sandbox->journal != NULL ? run->sandbox->journal->held_bytes : 0;
}
