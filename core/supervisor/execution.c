/* Hides that an execution is a conversation: what a worker says is awaited while answers come from other threads and a clock runs. */
#include <stdio.h>
#include <string.h>

#include "execution_journal.h"
#include "checkpoint.h"
#include "failure.h"
#include "moment.h"
#include "sandbox_internal.h"

#define COLLECTED_INITIAL (16u << 20)

bool execution_end_by_host(execution *run, const char *what)
{
    sandbox_end_with(run->sandbox, PROCESS_KILL, CORDON_OUTCOME_CANCELLED, "%s", what);
    return false;
}

bool execution_end_without_memory(execution *run)
{
    sandbox_end_with(run->sandbox, PROCESS_KILL, CORDON_OUTCOME_CRASHED, "the host has no memory for what the sandbox sent, and ended it");
    return false;
}

static void converse(execution *run)
{
    cordon_sandbox *sandbox = run->sandbox;
    cordon_error error;
    while (!sandbox->has_ended && !run->is_over) {
        uint64_t now = now_ns(sandbox->env);
        if (mailbox_is_cancelled(sandbox->mailbox)) {
            execution_end_by_host(run, "the host cancelled it");
            break;
        }
        if (run->is_waiting && !execution_journal_answer(run))
            break;
        if (execution_waits_for_effects(run) && !execution_interrupt_is_due(run))
            break;
        execution_watch(run, now);
        if (!sandbox->has_ended)
            execution_interrupt_watch(run, now);
        if (!sandbox->has_ended)
            execution_answer_wait(run, now);
        if (sandbox->has_ended)
            break;
        uint64_t until = least(least(run->deadline, run->next_watch), execution_interrupt_next(run));
        if (run->is_waiting)
            until = least(until, run->waiting_until);
        if (channel_wait(&sandbox->worker->channel, left_until(until, now), &error) == CHANNEL_FAILED)
            sandbox_end_with(sandbox, PROCESS_KILL, CORDON_OUTCOME_CRASHED, "%s", error.message);
        else
            execution_take_frames(run);
    }
}

/* ---- What came of it ---- */

static void take_last_figures(execution *run)
{
    const sandbox_end *end = &run->sandbox->end;
    cordon_figures *figures = &run->result->public.figures;
    if (end->resident_bytes_peak > figures->resident_bytes_peak)
        figures->resident_bytes_peak = end->resident_bytes_peak;
    if (end->has_counted && figures->memory_peak_bytes == 0) /* it was not asked for last words */
        result_copy_counted(run->result, &end->counted);
}

static void tell_end(execution *run)
{
    const sandbox_end *end = &run->sandbox->end;
    cordon_result *told = &run->result->public;
    told->outcome = end->outcome;
    told->signal = end->signal;
    memcpy(told->message, end->message, sizeof told->message);
    take_last_figures(run);
}

/* The worker waits in the gate and cannot tell its figures: they are read from its memory. */
static void tell_suspension(execution *run)
{
    cordon_result *told = &run->result->public;
    cordon_figures counted;
    const cordon_suspension *waits = suspension_public(run->suspension);
    told->outcome = CORDON_OUTCOME_SUSPENDED;
    snprintf(told->message, sizeof told->message, "it waits for %zu effect%s, first for %.100s (id %u)", waits->effect_count, waits->effect_count == 1 ? "" : "s",
             waits->effects[0].name, waits->effects[0].id);
    if (worker_figures(run->sandbox->worker, &counted))
        result_copy_counted(run->result, &counted);
    result_set_suspension(run->result, run->suspension);
}

static void suspend(execution *run)
{
    run->suspension = suspension_create(&run->effects, run->wait_ns);
    if (run->suspension == NULL) {
        execution_end_without_memory(run);
        return;
    }
    run->suspended_at_ns = clock_ns(run->sandbox->env, CLOCK_REALTIME);
}

static uint64_t more(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

/* What this stretch added. */
static void add_to_session(const execution *run)
{
    const cordon_figures *now = &run->result->public.figures, *before = &run->figures;
    cordon_session_figures *session = &run->sandbox->session;
    session->executions += run->suspension == NULL || run->sandbox->has_ended;
    session->wall_ns += more(now->wall_ns, before->wall_ns);
    session->cpu_ns += more(now->cpu_ns, before->cpu_ns);
    session->output_bytes += more(now->output_bytes, before->output_bytes);
    session->calls += more(now->calls, before->calls);
    session->brokered_bytes += more(now->brokered_bytes, before->brokered_bytes);
    session->fuel += more(now->fuel, before->fuel);
    session->trace_events += more(now->trace_events, before->trace_events);
    if (now->resident_bytes_peak > session->resident_bytes_peak)
        session->resident_bytes_peak = now->resident_bytes_peak;
    if (now->memory_peak_bytes > session->memory_peak_bytes)
        session->memory_peak_bytes = now->memory_peak_bytes;
}

static void tell_figures(execution *run)
{
    cordon_sandbox *sandbox = run->sandbox;
    cordon_figures *figures = &run->result->public.figures;
    uint64_t cpu = sandbox->end.cpu_ns;
    if (!sandbox->has_ended)
        (void)process_cpu_ns(sandbox->env, &sandbox->worker->process, &cpu);
    figures->wall_ns = run->figures.wall_ns + (now_ns(sandbox->env) - run->began);
    figures->cpu_ns = run->cpu_elsewhere_ns + (cpu > run->cpu_began ? cpu - run->cpu_began : 0);
    figures->start_ns = sandbox->start_ns;
}

void execution_forget(cordon_sandbox *sandbox)
{
    effect_list_release(&sandbox->run.effects);
    trace_destroy(sandbox->run.trace);
    suspension_release(sandbox->run.suspension);
    sandbox->run = (execution){.sandbox = sandbox};
}

/* The caller's result. */
static cordon_result *conclude(execution *run)
{
    cordon_sandbox *sandbox = run->sandbox;
    result *told = run->result;
    if (!sandbox->has_ended && !run->is_over)
        suspend(run);
    execution_journal_end(run, run->suspension == NULL || sandbox->has_ended);
    if (sandbox->has_ended)
        tell_end(run);
    else if (!run->is_over)
        tell_suspension(run);
    tell_figures(run);
    add_to_session(run);
    execution_interrupt_conclude(run);
    mailbox_set_running(sandbox->mailbox, false);
    run->figures = told->public.figures;
    run->streams = NULL;
    run->result = NULL;
    if (run->suspension == NULL || sandbox->has_ended) {
        mailbox_begin(sandbox->mailbox, 0); /* calls still pending are forgotten */
        execution_forget(sandbox);
        if (sandbox->has_ended)
            (void)checkpoint_bring_back(sandbox);
        checkpoint_drop(sandbox);
    }
    told->public.session_goes_on = !sandbox->has_ended;
    if (!sandbox->has_ended && run->suspension == NULL)
        sandbox->state = FRAME_STATE_RESTING;
    return result_publish(told);
}

/* ---- Stretches ---- */

static size_t collected_max(const cordon_sandbox *sandbox, const cordon_streams *streams)
{
    uint64_t limit = sandbox->limits.value[CORDON_LIMIT_OUTPUT];
    if (streams->collected_bytes_max == CORDON_COLLECT_NOTHING)
        return 0;
    if (streams->collected_bytes_max != 0)
        return streams->collected_bytes_max;
    return limit < COLLECTED_INITIAL ? (size_t)limit : limit == CORDON_LIMIT_NONE ? COLLECTED_INITIAL : (size_t)limit;
}

const char *execution_complaint(const execution_wishes *wishes)
{
    if ((wishes->trace & ~CORDON_TRACE_FLAGS) != 0)
        return "its trace has bits that there are not";
    if ((wishes->trace & ~(uint32_t)CORDON_TRACE_ALL_CODE) != 0 && wishes->on_trace == NULL)
        return "it wants a trace and has no function that is told";
    return NULL;
}

cordon_status execution_open_stretch(cordon_sandbox *sandbox, const execution_wishes *wishes, const char *operation, cordon_error *error)
{
    execution *run = &sandbox->run;
    run->streams = &wishes->streams;
    run->result = result_create(collected_max(sandbox, &wishes->streams));
    if (run->result == NULL)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for a result");
    run->result->public.figures = run->figures;
    result_copy_counted(run->result, &(cordon_figures){0}); /* the worker has them, and tells them again */
    run->in_callbacks_ns = 0;
    if (run->trace != NULL)
        trace_tell_to(run->trace, wishes->on_trace, wishes->trace_context);
    return CORDON_OK;
}

static uint16_t flags_of(const execution_wishes *wishes)
{
    bool has_soft_limits = wishes->soft_timeout_ns != 0 || wishes->soft_fuel != 0;
    return (uint16_t)(wishes->trace | (has_soft_limits ? CORDON_SOFT_LIMITS_FLAG : 0));
}

cordon_status execution_perform(cordon_sandbox *sandbox, cordon_frame_type type, const bytes *payload, const execution_wishes *wishes,
                                cordon_result **result_out, const char *operation, cordon_error *error)
{
    execution *run = &sandbox->run;
    uint64_t wall_limit = sandbox->limits.value[CORDON_LIMIT_WALL];
    const bool is_program = type == CORDON_FRAME_PROGRAM;
    if (payload->failed)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for the request");
    if (payload->size > CORDON_FRAME_LENGTH_MAX)
        return failure(error, operation, CORDON_TOO_LARGE, "the request takes %zu bytes, a frame holds %u", payload->size, CORDON_FRAME_LENGTH_MAX);
    if (sandbox->keeps_session && !is_program) {
        cordon_status kept = checkpoint_take(sandbox, error);
        if (kept != CORDON_OK)
            return kept;
    }
    *run = (execution){.sandbox = sandbox, .timeout_ns = wishes->timeout_ns != 0 ? least(wishes->timeout_ns, wall_limit) : wall_limit};
    if (wishes->trace != 0 && (run->trace = trace_create(wishes->trace)) == NULL)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for a trace");
    cordon_status status = execution_open_stretch(sandbox, wishes, operation, error);
    if (status != CORDON_OK) {
        execution_forget(sandbox);
        return status;
    }
    execution_journal_begin(run);
    (void)process_cpu_ns(sandbox->env, &sandbox->worker->process, &run->cpu_began);
    run->interruption = (interruption){.soft_timeout_ns = wishes->soft_timeout_ns, .soft_fuel = wishes->soft_fuel};
    execution_watch_begin(run);
    execution_interrupt_begin(run);
    if (!is_program)
        sandbox->execution++;
    sandbox->state = is_program ? FRAME_STATE_RUNNING : FRAME_STATE_EXECUTING;
    mailbox_begin(sandbox->mailbox, sandbox->executions_before + sandbox->execution);
    mailbox_set_running(sandbox->mailbox, true);
    if (sandbox_send(sandbox, type, flags_of(wishes), is_program ? 0 : sandbox->execution, payload->data, payload->size))
        converse(run);
    *result_out = conclude(run);
    return CORDON_OK;
}

cordon_result *execution_continue(cordon_sandbox *sandbox)
{
    execution *run = &sandbox->run;
    suspension_release(run->suspension);
    run->suspension = NULL;
    execution_watch_begin(run);
    execution_interrupt_begin(run);
    mailbox_set_running(sandbox->mailbox, true);
    if (mailbox_is_quiet(sandbox->mailbox) && !mailbox_is_cancelled(sandbox->mailbox))
        execution_pass_time(run, run->began);
    converse(run);
    return conclude(run);
}
