/* Hides that an execution is a conversation: what a worker says is awaited while answers come from other threads and a clock runs. */
#include "execution.h"

#include <string.h>

#include "failure.h"
#include "moment.h"

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
        execution_watch(run, now);
        if (!sandbox->has_ended)
            execution_answer_wait(run, now);
        if (sandbox->has_ended)
            break;
        uint64_t until = least(run->deadline, run->next_watch);
        if (run->is_waiting)
            until = least(until, run->waiting_until);
        if (channel_wait(&sandbox->worker->channel, left_until(until, now), &error) == CHANNEL_FAILED)
            sandbox_end_with(sandbox, PROCESS_KILL, CORDON_OUTCOME_CRASHED, "%s", error.message);
        else
            execution_take_frames(run);
    }
}

static void conclude(execution *run)
{
    cordon_sandbox *sandbox = run->sandbox;
    cordon_result *told = &run->result->public;
    cordon_figures *figures = &told->figures;
    uint64_t cpu = sandbox->end.cpu_ns;
    mailbox_begin(sandbox->mailbox, 0); /* calls still pending are forgotten */
    figures->wall_ns = now_ns(sandbox->env) - run->began;
    figures->start_ns = sandbox->start_ns;
    if (sandbox->has_ended) {
        told->outcome = sandbox->end.outcome;
        told->signal = sandbox->end.signal;
        memcpy(told->message, sandbox->end.message, sizeof told->message);
        if (sandbox->end.resident_bytes_peak > figures->resident_bytes_peak)
            figures->resident_bytes_peak = sandbox->end.resident_bytes_peak;
        if (sandbox->end.has_counted && figures->memory_peak_bytes == 0) { /* it was not asked for last words */
#define TAKE_FIGURE(name) figures->name = sandbox->end.counted.name;
            CORDON_FIGURE_TABLE(TAKE_FIGURE)
#undef TAKE_FIGURE
        }
    } else {
        sandbox->state = FRAME_STATE_RESTING;
        (void)process_cpu_ns(sandbox->env, &sandbox->worker->process, &cpu);
    }
    figures->cpu_ns = cpu > run->cpu_began ? cpu - run->cpu_began : 0;
}

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

/* False without memory. */
static bool prepare(execution *run, const execution_wishes *wishes)
{
    if (wishes->trace != 0)
        run->trace = trace_create(wishes->trace, wishes->on_trace, wishes->trace_context);
    run->result = result_create(collected_max(run->sandbox, &wishes->streams));
    if (run->result != NULL && (run->trace != NULL || wishes->trace == 0))
        return true;
    trace_destroy(run->trace);
    if (run->result != NULL)
        cordon_result_destroy(&run->result->public);
    return false;
}

cordon_status execution_perform(cordon_sandbox *sandbox, cordon_frame_type type, const bytes *payload, const execution_wishes *wishes,
                                cordon_result **result_out, const char *operation, cordon_error *error)
{
    execution run = {.sandbox = sandbox, .streams = &wishes->streams};
    if (payload->failed)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for the request");
    if (payload->size > CORDON_FRAME_LENGTH_MAX)
        return failure(error, operation, CORDON_TOO_LARGE, "the request takes %zu bytes, a frame holds %u", payload->size, CORDON_FRAME_LENGTH_MAX);
    if (!prepare(&run, wishes))
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for a result");
    execution_watch_begin(&run, wishes->timeout_ns);
    const bool is_program = type == CORDON_FRAME_PROGRAM;
    if (!is_program)
        sandbox->execution++;
    sandbox->state = is_program ? FRAME_STATE_RUNNING : FRAME_STATE_EXECUTING;
    mailbox_begin(sandbox->mailbox, sandbox->execution);
    if (sandbox_send(sandbox, type, (uint16_t)wishes->trace, is_program ? 0 : sandbox->execution, payload->data, payload->size))
        converse(&run);
    conclude(&run);
    trace_destroy(run.trace);
    *result_out = result_publish(run.result);
    return CORDON_OK;
}
