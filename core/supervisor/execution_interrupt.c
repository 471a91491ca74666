/* Hides how a running guest is told that it should stop: a word in its memory, a byte that has it looked at, and a TICK where it waits; and what follows if it does not. */
#include <string.h>

#include "moment.h"
#include "sandbox_internal.h"

/* The guest may change the byte while it is written, and one of the two is then lost: so it is written again for a while. */
#define POKE_NS (SECOND_NS / 100)
enum { POKES_MAX = 100 };
#define FUEL_WATCH_NS (SECOND_NS / 200)

void execution_interrupt_begin(execution *run)
{
    interruption *state = &run->interruption;
    bool watches_time = state->soft_timeout_ns != 0 && !(state->reasons & CORDON_INTERRUPT_TIME);
    bool watches_fuel = state->soft_fuel != 0 && !(state->reasons & CORDON_INTERRUPT_FUEL);
    uint64_t left_ns = state->soft_timeout_ns - least(state->soft_timeout_ns, run->figures.wall_ns);
    state->next_poke = state->grace_end = MOMENT_NEVER;
    state->soft_deadline = watches_time ? after(run->began, left_ns) : MOMENT_NEVER;
    state->next_fuel_watch = watches_fuel ? run->began : MOMENT_NEVER;
    state->must_tick = false;
}

static void add_reason(execution *run, unsigned reason, uint64_t now)
{
    interruption *state = &run->interruption;
    if (state->reasons & reason)
        return;
    state->reasons |= reason;
    state->next_poke = now;
    state->pokes = 0;
    state->must_tick = true;
}

static void poke(execution *run, uint64_t now)
{
    interruption *state = &run->interruption;
    uint64_t execution = run->sandbox->state == FRAME_STATE_RUNNING ? 0 : run->sandbox->execution;
    (void)worker_interrupt(run->sandbox->worker, execution << CORDON_INTERRUPT_SHIFT | state->reasons); /* what it does not hear, the hard limits end */
    state->next_poke = ++state->pokes < POKES_MAX ? now + POKE_NS : MOMENT_NEVER;
}

static void watch_fuel(execution *run, uint64_t now)
{
    interruption *state = &run->interruption;
    cordon_figures counted;
    state->next_fuel_watch = now + FUEL_WATCH_NS;
    if (!worker_figures(run->sandbox->worker, &counted) || counted.fuel < state->soft_fuel)
        return;
    state->fuel_seen = counted.fuel;
    state->next_fuel_watch = MOMENT_NEVER;
    add_reason(run, CORDON_INTERRUPT_FUEL, now);
}

void execution_interrupt_watch(execution *run, uint64_t now)
{
    interruption *state = &run->interruption;
    if (state->grace_end == MOMENT_NEVER && mailbox_is_interrupted(run->sandbox->mailbox)) {
        add_reason(run, CORDON_INTERRUPT_ASKED, now);
        state->grace_end = after(now, run->sandbox->interrupt_grace_ns);
    }
    if (now >= state->soft_deadline) {
        state->soft_deadline = MOMENT_NEVER;
        add_reason(run, CORDON_INTERRUPT_TIME, now);
    }
    if (now >= state->next_fuel_watch)
        watch_fuel(run, now);
    if (now >= state->next_poke)
        poke(run, now);
    if (now >= state->grace_end)
        (void)execution_end_by_host(run, "the host interrupted it, and it went on for too long");
}

bool execution_interrupt_is_due(const execution *run)
{
    const interruption *state = &run->interruption;
    return state->must_tick || (state->grace_end == MOMENT_NEVER && mailbox_is_interrupted(run->sandbox->mailbox));
}

uint64_t execution_interrupt_next(const execution *run)
{
    const interruption *state = &run->interruption;
    return least(least(state->next_poke, state->grace_end), least(state->soft_deadline, state->next_fuel_watch));
}

static bool is_exception(const cordon_exception *exception, const char *module, const char *type)
{
    return exception != NULL && strcmp(exception->module, module) == 0 && strcmp(exception->type, type) == 0;
}

void execution_interrupt_conclude(execution *run)
{
    const interruption *state = &run->interruption;
    cordon_result *told = &run->result->public;
    if (told->outcome != CORDON_OUTCOME_PYTHON_EXCEPTION)
        return;
    if ((state->reasons & CORDON_INTERRUPT_ASKED) && is_exception(told->exception, "builtins", "KeyboardInterrupt"))
        result_set_outcome(run->result, CORDON_OUTCOME_CANCELLED, "the host interrupted it");
    if (!is_exception(told->exception, "cordon", "LimitReached"))
        return;
    if (state->reasons & CORDON_INTERRUPT_TIME) {
        result_set_limit(run->result, CORDON_LIMIT_WALL, told->figures.wall_ns, state->soft_timeout_ns, "");
        result_set_outcome(run->result, CORDON_OUTCOME_LIMIT_TIME, "the soft limit of time was reached");
    } else if (state->reasons & CORDON_INTERRUPT_FUEL) {
        result_set_limit(run->result, CORDON_LIMIT_FUEL, state->fuel_seen, state->soft_fuel, "");
        result_set_outcome(run->result, CORDON_OUTCOME_LIMIT_FUEL, "the soft limit of fuel was reached");
    }
}
