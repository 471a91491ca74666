/* Hides that an execution is a conversation: what a worker says is awaited while answers come from other threads and a clock runs. */
#include "checkpoint.h"
#include "execution_journal.h"
#include "failure.h"
#include "moment.h"
#include "sandbox_internal.h"

#define COLLECTED_INITIAL (16u << 20)
#define QUICKLY_SENT_BYTES (64u << 10) /* a request that the pipe takes: sending it is not worth another look at the clock */

uint64_t cordon_sandbox_time_left(const cordon_sandbox *sandbox)
{
    uint64_t deadline = sandbox->run.deadline;
    return deadline == MOMENT_NEVER ? UINT64_MAX : left_until(deadline, now_ns(sandbox->env));
}

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
        uint64_t now = execution_now(run);
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
    run->in_callbacks_ns = run->looked_at = 0;
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
    run->cpu_began = sandbox->cpu_at_rest;
    sandbox->cpu_at_rest = 0;
    if (run->cpu_began == 0)
        (void)process_cpu_ns(sandbox->env, &sandbox->worker->process, &run->cpu_began);
    run->interruption = (interruption){.soft_timeout_ns = wishes->soft_timeout_ns, .soft_fuel = wishes->soft_fuel};
    execution_watch_begin(run);
    execution_interrupt_begin(run);
    if (!is_program)
        sandbox->execution++;
    sandbox->state = is_program ? FRAME_STATE_RUNNING : FRAME_STATE_EXECUTING;
    mailbox_begin_running(sandbox->mailbox, sandbox->executions_before + sandbox->execution);
    if (payload->size <= QUICKLY_SENT_BYTES)
        run->looked_at = run->began;
    if (sandbox_send(sandbox, type, flags_of(wishes), is_program ? 0 : sandbox->execution, payload->data, payload->size))
        converse(run);
    *result_out = execution_conclude(run);
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
    return execution_conclude(run);
}
