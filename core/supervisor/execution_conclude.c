/* Hides how what happened in a stretch of an execution becomes what its caller is told: an end, a suspension, figures of the whole. */
#include <stdio.h>
#include <string.h>

#include "checkpoint.h"
#include "execution_journal.h"
#include "moment.h"
#include "sandbox_internal.h"

#define SHORT_NS 20000
#define UNREAD_NS_MAX (SECOND_NS / 1000)

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
    session->effects += more(now->effects, before->effects);
    session->brokered_bytes += more(now->brokered_bytes, before->brokered_bytes);
    session->fuel += more(now->fuel, before->fuel);
    session->trace_events += more(now->trace_events, before->trace_events);
    if (now->resident_bytes_peak > session->resident_bytes_peak)
        session->resident_bytes_peak = now->resident_bytes_peak;
    if (now->memory_peak_bytes > session->memory_peak_bytes)
        session->memory_peak_bytes = now->memory_peak_bytes;
}

/* Looking at the worker's processor time takes a system call, which is a tenth of the shortest executions. Where no limit stands on it, these leave it to a later one. */
static bool leaves_processor_time(const execution *run, uint64_t took_ns)
{
    const cordon_sandbox *sandbox = run->sandbox;
    return took_ns < SHORT_NS && sandbox->cpu_unread_ns + took_ns < UNREAD_NS_MAX && run->is_over && !sandbox->has_ended && run->figures.wall_ns == 0 &&
           run->cpu_elsewhere_ns == 0 && execution_limit(run, CORDON_LIMIT_CPU) == CORDON_LIMIT_NONE;
}

static void tell_processor_time(execution *run)
{
    cordon_sandbox *sandbox = run->sandbox;
    uint64_t cpu = sandbox->end.cpu_ns;
    if (!sandbox->has_ended)
        (void)process_cpu_ns(sandbox->env, &sandbox->worker->process, &cpu);
    sandbox->cpu_at_rest = sandbox->has_ended ? 0 : cpu;
    sandbox->cpu_unread_ns = 0;
    run->result->public.figures.cpu_ns = run->cpu_elsewhere_ns + (cpu > run->cpu_began ? cpu - run->cpu_began : 0);
}

static void tell_figures(execution *run)
{
    cordon_sandbox *sandbox = run->sandbox;
    cordon_figures *figures = &run->result->public.figures;
    uint64_t took_ns = now_ns(sandbox->env) - run->began;
    if (leaves_processor_time(run, took_ns)) {
        sandbox->cpu_at_rest = run->cpu_began;
        sandbox->cpu_unread_ns += took_ns;
    } else {
        tell_processor_time(run);
    }
    figures->wall_ns = run->figures.wall_ns + took_ns;
    figures->start_ns = sandbox->start_ns;
}

void execution_forget(cordon_sandbox *sandbox)
{
    effect_list_release(&sandbox->run.effects);
    trace_destroy(sandbox->run.trace);
    suspension_release(sandbox->run.suspension);
    sandbox->run = (execution){.sandbox = sandbox};
}

cordon_result *execution_conclude(execution *run)
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
    const bool is_over = run->suspension == NULL || sandbox->has_ended;
    if (is_over)
        mailbox_end_running(sandbox->mailbox); /* calls still pending are forgotten */
    else
        mailbox_set_running(sandbox->mailbox, false);
    run->figures = told->public.figures;
    run->streams = NULL;
    run->result = NULL;
    if (is_over) {
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
