/* Hides what a worker may say while it executes: each frame is held against the rules and the limits, and done. */
#include <string.h>

#include "cordon/exit_code.h"
#include "execution_journal.h"
#include "guest_signal.h"
#include "limit_names.h"
#include "moment.h"
#include "sandbox_internal.h"
#include "value_internal.h"

enum { INPUT_CHUNK = 64 * 1024, ERRNO_UNSUPPORTED = 38 };

static bool broke_rules(execution *run, const frame *said, const char *complaint)
{
    return sandbox_broke_rules(run->sandbox, said, complaint);
}

uint64_t execution_now(execution *run)
{
    uint64_t now = run->looked_at != 0 ? run->looked_at : now_ns(run->sandbox->env);
    run->looked_at = 0;
    return now;
}

/* ---- Frames: each returns whether the conversation goes on ---- */

/* A function of the host's that waited until the limit of time says the same by giving up. */
static bool end_by_stream(execution *run, const char *what)
{
    uint64_t now = now_ns(run->sandbox->env);
    if (now >= run->deadline)
        return execution_reach_limit(run, CORDON_LIMIT_WALL, after(run->figures.wall_ns, now - run->began), run->timeout_ns);
    return execution_end_by_host(run, what);
}

static bool take_output(execution *run, const frame *said)
{
    cordon_figures *figures = &run->result->public.figures;
    int stream = said->payload[0];
    uint64_t limit = execution_limit(run, CORDON_LIMIT_OUTPUT), size = said->header.length - 1u;
    if (stream != CORDON_OUTPUT_STDOUT && stream != CORDON_OUTPUT_STDERR)
        return broke_rules(run, said, "there is no such stream");
    uint64_t told = least(size, limit - least(limit, figures->output_bytes));
    figures->output_bytes += size;
    if (told > 0)
        result_collect(run->result, stream, said->payload + 1, (size_t)told);
    if (told > 0 && run->streams->output != NULL && run->streams->output(run->streams->context, stream, said->payload + 1, (size_t)told) != 0)
        return end_by_stream(run, "the host takes no more output");
    return told == size || execution_reach_limit(run, CORDON_LIMIT_OUTPUT, figures->output_bytes, limit);
}

static bool take_input_wanted(execution *run, const frame *said)
{
    unsigned char buffer[INPUT_CHUNK];
    uint32_t wanted = frame_get_u32(said->payload);
    long count = 0;
    if (wanted == 0 || wanted > INPUT_CHUNK)
        return broke_rules(run, said, "it wants no input, or too much");
    if (run->streams->input != NULL)
        count = run->streams->input(run->streams->context, buffer, wanted);
    if (count < 0 || (unsigned long)count > wanted)
        return end_by_stream(run, "the host could not give input");
    return sandbox_send(run->sandbox, CORDON_FRAME_INPUT, 0, 0, buffer, (size_t)count);
}

/* For people, on one line: the end of what it wrote to standard error. */
static void last_line(const bytes *written, char *line_out, size_t size)
{
    size_t end = written->size;
    while (end > 0 && written->data[end - 1] == '\n')
        end--;
    size_t start = end;
    while (start > 0 && written->data[start - 1] != '\n' && end - start < size - 1)
        start--;
    for (size_t i = start; i < end; i++)
        *line_out++ = (char)(written->data[i] >= 0x20 && written->data[i] < 0x7f ? written->data[i] : '?');
    *line_out = '\0';
}

/* What a program's own signal stands for: a crash (abort, also of an interpreter that cannot go on), or an end that it wanted. */
static bool take_exit_by_signal(execution *run, int code, int signal)
{
    run->result->public.has_exit_code = true;
    run->result->public.exit_code = code;
    if (guest_signal_is_crash(signal))
        sandbox_end_with(run->sandbox, PROCESS_LET_END, CORDON_OUTCOME_CRASHED, "the program ended itself by %s", guest_signal_name(signal));
    else
        sandbox_end_with(run->sandbox, PROCESS_LET_END, CORDON_OUTCOME_OK, "%s", "");
    run->sandbox->end.signal = signal;
    return false;
}

/* The worker has left by itself: a program's end, os._exit, or that it gives up. */
static bool take_exit(execution *run, const frame *said)
{
    int code, signal;
    if (!guest_signal_decode(frame_get_u32(said->payload), &code, &signal))
        return broke_rules(run, said, "its code is no exit code, nor that of a signal");
    if (signal != 0)
        return take_exit_by_signal(run, code, signal);
    bool waits_for_ever = run->sandbox->state == FRAME_STATE_EXECUTING && code == CORDON_EXIT_LIMIT;
    bool gave_up = run->sandbox->state == FRAME_STATE_EXECUTING &&
                   (code == CORDON_EXIT_SETUP_FAILED || code == CORDON_EXIT_CRASHED || waits_for_ever);
    cordon_outcome outcome = !gave_up                           ? CORDON_OUTCOME_OK
                             : waits_for_ever                   ? CORDON_OUTCOME_LIMIT_TIME
                             : code == CORDON_EXIT_SETUP_FAILED ? CORDON_OUTCOME_SETUP_FAILED
                                                                : CORDON_OUTCOME_CRASHED;
    char line[160];
    last_line(&run->result->text[CORDON_OUTPUT_STDERR - 1], line, sizeof line);
    run->result->public.has_exit_code = true;
    run->result->public.exit_code = code;
    if (waits_for_ever) /* all its threads wait for each other: no limit would be long enough */
        result_set_limit(run->result, CORDON_LIMIT_WALL, CORDON_LIMIT_NONE, execution_limit(run, CORDON_LIMIT_WALL), "");
    if (gave_up)
        sandbox_end_with(run->sandbox, PROCESS_LET_END, outcome, "the sandbox gave up with code %d: %s", code, line);
    else
        sandbox_end_with(run->sandbox, PROCESS_LET_END, outcome, "%s", "");
    return false;
}

static bool take_result(execution *run, const frame *said)
{
    int limit;
    if (said->header.id != run->sandbox->execution)
        return broke_rules(run, said, "it is the result of another execution");
    uint64_t figure;
    const char *complaint = result_read(run->result, said->payload, said->header.length, &limit, &figure);
    if (complaint != NULL) {
        run->result->public.value = NULL;
        return broke_rules(run, said, complaint);
    }
    run->is_over = true;
    if (limit >= 0) /* an exception that stands for a limit: what is left of the sandbox is not to be used */
        return execution_reach_limit(run, limit, figure, execution_limit(run, limit));
    return false;
}

/* No function is asked: it is kept, and the host told of it when the sandbox can do nothing else. Adopts `call`. */
static bool take_effect(execution *run, uint32_t id, const registered *callback, cordon_value *call, size_t cost)
{
    const cordon_value *bound[CALLBACK_PARAMETERS_MAX];
    char text[512] = "what an effect is called with must be a value that can be stored";
    uint64_t limit = execution_limit(run, CORDON_LIMIT_EFFECTS), effects = ++run->result->public.figures.effects;
    if (effects > limit) {
        cordon_value_destroy(call);
        return execution_reach_limit(run, CORDON_LIMIT_EFFECTS, effects, limit);
    }
    if (effect_can_be_kept(call) && registered_bind(callback, cordon_value_at(call, 1), cordon_value_at(call, 2), bound, text, sizeof text))
        return effect_list_add(&run->effects, id, call, cost) || execution_end_without_memory(run);
    cordon_value_destroy(call);
    return calls_refuse(run->sandbox->mailbox, id, "TypeError", text) || execution_end_without_memory(run);
}

/* Adopts `call`. */
static bool take_ordinary_call(execution *run, uint32_t id, registered *callback, cordon_value *call, size_t cost)
{
    cordon_sandbox *sandbox = run->sandbox;
    uint64_t before = now_ns(sandbox->env);
    bool is_done = calls_dispatch(sandbox->mailbox, callback, id, call, cost);
    run->looked_at = now_ns(sandbox->env);
    run->in_callbacks_ns += run->looked_at - before;
    return is_done || execution_end_without_memory(run);
}

bool execution_dispatch(execution *run, uint32_t id, cordon_value *call, size_t cost)
{
    size_t name_size;
    const char *name = cordon_value_get_text(cordon_value_at(call, 0), &name_size);
    registered *callback = callbacks_find(&run->sandbox->callbacks, name, name_size);
    if (callback != NULL && callback->is_effect)
        return take_effect(run, id, callback, call, cost);
    return take_ordinary_call(run, id, callback, call, cost);
}

/* A short one is taken for the most that its bytes can stand for, a value each: to count would take longer. */
static size_t cost_of(const frame *said, const cordon_value *call)
{
    enum { SHORT_BYTES = 64 };
    return said->header.length <= SHORT_BYTES ? said->header.length * sizeof *call : value_cost(call);
}

static bool take_call(execution *run, const frame *said)
{
    cordon_sandbox *sandbox = run->sandbox;
    cordon_value *call;
    cordon_error error;
    uint32_t id = said->header.id;
    uint64_t limit = execution_limit(run, CORDON_LIMIT_CALLS), calls = ++run->result->public.figures.calls;
    if (id <= sandbox->last_call)
        return broke_rules(run, said, "its id does not count up");
    if (calls > limit)
        return execution_reach_limit(run, CORDON_LIMIT_CALLS, calls, limit);
    sandbox->last_call = id;
    if (value_decode(said->payload, said->header.length, CORDON_VALUE_DEPTH_MAX + 2, &call, &error) != CORDON_OK)
        return broke_rules(run, said, error.message);
    if (!effect_is_call(call)) {
        cordon_value_destroy(call);
        return broke_rules(run, said, "a call is a name, a list and a dict");
    }
    size_t cost = cost_of(said, call);
    if (mailbox_pending_bytes(sandbox->mailbox) + run->effects.cost + execution_journal_held_bytes(run) + cost > EXECUTION_PENDING_BYTES_MAX) {
        cordon_value_destroy(call);
        return execution_reach_limit(run, CORDON_LIMIT_CALLS, calls, calls - 1); /* more than the host keeps of unanswered ones */
    }
    return execution_journal_call(run, id, call, cost);
}

static bool take_wait(execution *run, const frame *said)
{
    run->is_waiting = true;
    run->wait_ns = frame_get_u64(said->payload);
    run->waited_elsewhere_ns = 0;
    run->looked_at = execution_now(run);
    run->waiting_since = run->looked_at - run->in_callbacks_ns;
    run->in_callbacks_ns = 0;
    run->waiting_until = after(run->waiting_since, run->wait_ns);
    return true;
}

static bool take_broker(execution *run, const frame *said)
{
    static const unsigned char unsupported[] = {0x91, 0xd0, (unsigned char)-ERRNO_UNSUPPORTED};
    cordon_sandbox *sandbox = run->sandbox;
    uint64_t limit = execution_limit(run, CORDON_LIMIT_BROKERED), *moved = &run->result->public.figures.brokered_bytes;
    if (said->header.id <= sandbox->last_broker)
        return broke_rules(run, said, "its id does not count up");
    sandbox->last_broker = said->header.id;
    if (sandbox->grant == NULL)
        return sandbox_send(sandbox, CORDON_FRAME_BROKERED, 0, said->header.id, unsupported, sizeof unsupported);
    const unsigned char *reply;
    size_t size;
    uint64_t more;
    broker_verdict verdict = grant_answer(sandbox->grant, said->payload, said->header.length, limit - least(limit, *moved), &reply, &size, &more);
    *moved += more;
    if (verdict == BROKER_VIOLATION)
        return broke_rules(run, said, grant_message(sandbox->grant));
    if (verdict == BROKER_LIMIT || *moved > limit)
        return execution_reach_limit(run, CORDON_LIMIT_BROKERED, *moved, limit);
    return sandbox_send(sandbox, CORDON_FRAME_BROKERED, 0, said->header.id, reply, size);
}

static bool take_trace(execution *run, const frame *said)
{
    uint64_t limit = execution_limit(run, CORDON_LIMIT_TRACE), *told = &run->result->public.figures.trace_events, count;
    const char *complaint;
    if (run->trace == NULL)
        return broke_rules(run, said, "nobody asked for a trace");
    trace_verdict verdict = trace_take(run->trace, said->payload, said->header.length, limit - least(limit, *told), &count, &complaint);
    *told += count;
    if (verdict == TRACE_BROKEN)
        return broke_rules(run, said, complaint);
    if (verdict == TRACE_STOPPED)
        return end_by_stream(run, "the host takes no more of the trace");
    if (verdict == TRACE_NO_MEMORY)
        return execution_end_without_memory(run);
    return *told <= limit || execution_reach_limit(run, CORDON_LIMIT_TRACE, *told, limit);
}

static bool take_limit(execution *run, const frame *said)
{
    limit_report report;
    bool goes_on = sandbox_take_limit(run->sandbox, said, &report);
    if (report.limit >= 0 && limit_is_the_workers(report.limit))
        result_set_limit(run->result, report.limit, report.figure, report.value, report.where);
    return goes_on;
}

static bool take_frame(execution *run, const frame *said)
{
    if (run->is_waiting && said->header.type != CORDON_FRAME_VIOLATION)
        return broke_rules(run, said, "it speaks while it waits");
    if (said->header.type != CORDON_FRAME_WAIT)
        run->looked_at = 0;
    switch ((cordon_frame_type)said->header.type) {
    case CORDON_FRAME_OUTPUT:
        return take_output(run, said);
    case CORDON_FRAME_INPUT_WANTED:
        return take_input_wanted(run, said);
    case CORDON_FRAME_EXIT:
        return take_exit(run, said);
    case CORDON_FRAME_RESULT:
        return take_result(run, said);
    case CORDON_FRAME_CALL:
        return take_call(run, said);
    case CORDON_FRAME_WAIT:
        return take_wait(run, said);
    case CORDON_FRAME_BROKER:
        return take_broker(run, said);
    case CORDON_FRAME_TRACE:
        return take_trace(run, said);
    case CORDON_FRAME_FIGURES:
        result_take_figures(run->result, said->payload);
        return true;
    case CORDON_FRAME_LIMIT:
        return take_limit(run, said);
    case CORDON_FRAME_VIOLATION:
        return sandbox_take_violation(run->sandbox, said);
    default:
        return broke_rules(run, said, "a worker does not send this type now");
    }
}

void execution_take_frames(execution *run)
{
    frame said;
    const char *complaint;
    int taken;
    while ((taken = channel_take(&run->sandbox->worker->channel, run->sandbox->state, &said, &complaint)) > 0)
        if (!take_frame(run, &said))
            return;
    if (taken < 0)
        broke_rules(run, &said, complaint);
    else if (run->sandbox->worker->channel.has_ended)
        sandbox_end_as_it_died(run->sandbox);
}
