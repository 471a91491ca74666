/* Hides the conversation that an execution is: what a worker says is taken frame by frame, each held against the rules and the limits, while answers are awaited from other
 * threads and a clock runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "cordon/execute.h"
#include "failure.h"
#include "limit_names.h"
#include "moment.h"
#include "result.h"
#include "sandbox_internal.h"
#include "settings.h"
#include "utf8.h"
#include "value_internal.h"
#include "value_pack.h"

enum { INPUT_CHUNK = 64 * 1024, ERRNO_UNSUPPORTED = 38 };
#define NOTICEABLE_NS (SECOND_NS / 1000)
#define WATCH_NS (SECOND_NS / 20) /* processor time and memory are looked at so often */
#define PENDING_BYTES_MAX (64u << 20) /* that the arguments of unanswered calls may take */
#define RESIDENT_ALLOWANCE (128ull << 20) /* the image's own pages, and what the worker needs besides the guest's heap */
#define COLLECTED_INITIAL (16u << 20)

typedef struct execution {
    cordon_sandbox *sandbox;
    const cordon_streams *streams;
    result *result;
    uint64_t began, cpu_began; /* moment; processor time of the worker before */
    uint64_t deadline, timeout_ns, next_watch;
    uint64_t waiting_since, waiting_until;
    uint64_t in_callbacks_ns; /* since the last WAIT: the worker was waiting by then, or could have */
    bool is_waiting; /* the worker has sent WAIT and got nothing since */
    bool is_over;    /* RESULT has come */
} execution;

static uint64_t limit_of(const execution *run, int limit)
{
    return run->sandbox->limits.value[limit];
}

static bool broke_rules(execution *run, const frame *said, const char *complaint)
{
    return sandbox_broke_rules(run->sandbox, said, complaint);
}

/* Ends the sandbox for a limit that the host holds. Returns false. */
static bool reach_limit(execution *run, int limit, uint64_t figure, uint64_t value)
{
    if (run->sandbox->has_ended)
        return false;
    result_set_limit(run->result, limit, figure, value, "");
    sandbox_end_with(run->sandbox, PROCESS_KILL, limit_outcome(limit), "limit of %s reached: %llu of %llu %s", limit_name(limit),
                     (unsigned long long)figure, (unsigned long long)value, limit_unit(limit));
    return false;
}

static bool end_by_host(execution *run, const char *what)
{
    sandbox_end_with(run->sandbox, PROCESS_KILL, CORDON_OUTCOME_CANCELLED, "%s", what);
    return false;
}

static bool no_memory(execution *run)
{
    sandbox_end_with(run->sandbox, PROCESS_KILL, CORDON_OUTCOME_CRASHED, "the host has no memory for what the sandbox sent, and ended it");
    return false;
}

/* ---- Frames: each returns whether the conversation goes on ---- */

static bool take_output(execution *run, const frame *said)
{
    cordon_figures *figures = &run->result->public.figures;
    int stream = said->payload[0];
    uint64_t limit = limit_of(run, CORDON_LIMIT_OUTPUT), size = said->header.length - 1u;
    if (stream != CORDON_OUTPUT_STDOUT && stream != CORDON_OUTPUT_STDERR)
        return broke_rules(run, said, "there is no such stream");
    uint64_t told = least(size, limit - least(limit, figures->output_bytes));
    figures->output_bytes += size;
    if (told > 0)
        result_collect(run->result, stream, said->payload + 1, (size_t)told);
    if (told > 0 && run->streams->output != NULL && run->streams->output(run->streams->context, stream, said->payload + 1, (size_t)told) != 0)
        return end_by_host(run, "the host takes no more output");
    return told == size || reach_limit(run, CORDON_LIMIT_OUTPUT, figures->output_bytes, limit);
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
        return end_by_host(run, "the host could not give input");
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

/* The worker has left by itself: a program's end, os._exit, or that it gives up. */
static bool take_exit(execution *run, const frame *said)
{
    int code = (int)frame_get_u32(said->payload) & 0xff;
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
        result_set_limit(run->result, CORDON_LIMIT_WALL, CORDON_LIMIT_NONE, limit_of(run, CORDON_LIMIT_WALL), "");
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
        return reach_limit(run, limit, figure, limit_of(run, limit));
    return false;
}

static bool is_call(const cordon_value *call)
{
    const cordon_value *named = cordon_value_at(call, 2);
    if (cordon_value_get_kind(call) != CORDON_VALUE_LIST || cordon_value_count(call) != 3 ||
        cordon_value_get_kind(cordon_value_at(call, 0)) != CORDON_VALUE_TEXT || cordon_value_get_kind(cordon_value_at(call, 1)) != CORDON_VALUE_LIST ||
        cordon_value_get_kind(named) != CORDON_VALUE_DICT)
        return false;
    for (size_t i = 0; i < cordon_value_count(named); i++)
        if (cordon_value_get_kind(cordon_value_key_at(named, i)) != CORDON_VALUE_TEXT)
            return false;
    return true;
}

static bool take_call(execution *run, const frame *said)
{
    cordon_sandbox *sandbox = run->sandbox;
    cordon_value *call;
    cordon_error error;
    uint64_t limit = limit_of(run, CORDON_LIMIT_CALLS), calls = ++run->result->public.figures.calls;
    if (said->header.id <= sandbox->last_call)
        return broke_rules(run, said, "its id does not count up");
    if (calls > limit)
        return reach_limit(run, CORDON_LIMIT_CALLS, calls, limit);
    sandbox->last_call = said->header.id;
    if (value_decode(said->payload, said->header.length, CORDON_VALUE_DEPTH_MAX + 2, &call, &error) != CORDON_OK)
        return broke_rules(run, said, error.message);
    if (!is_call(call)) {
        cordon_value_destroy(call);
        return broke_rules(run, said, "a call is a name, a list and a dict");
    }
    size_t cost = value_cost(call);
    if (mailbox_pending_bytes(sandbox->mailbox) + cost > PENDING_BYTES_MAX) {
        cordon_value_destroy(call);
        return reach_limit(run, CORDON_LIMIT_CALLS, calls, calls - 1); /* more than the host keeps of unanswered ones */
    }
    uint64_t before = now_ns(sandbox->env);
    bool is_done = calls_dispatch(sandbox->mailbox, &sandbox->callbacks, said->header.id, call, cost);
    run->in_callbacks_ns += now_ns(sandbox->env) - before;
    return is_done || no_memory(run);
}

static bool take_wait(execution *run, const frame *said)
{
    uint64_t duration = frame_get_u64(said->payload);
    run->is_waiting = true;
    run->waiting_since = now_ns(run->sandbox->env) - run->in_callbacks_ns;
    run->in_callbacks_ns = 0;
    run->waiting_until = after(run->waiting_since, duration);
    return true;
}

static bool take_broker(execution *run, const frame *said)
{
    static const unsigned char unsupported[] = {0x91, 0xd0, (unsigned char)-ERRNO_UNSUPPORTED};
    cordon_sandbox *sandbox = run->sandbox;
    uint64_t limit = limit_of(run, CORDON_LIMIT_BROKERED), *moved = &run->result->public.figures.brokered_bytes;
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
        return reach_limit(run, CORDON_LIMIT_BROKERED, *moved, limit);
    return sandbox_send(sandbox, CORDON_FRAME_BROKERED, 0, said->header.id, reply, size);
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

static void take_frames(execution *run)
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

/* ---- Answers ---- */

static void send_answer(execution *run)
{
    answer *posted = mailbox_take(run->sandbox->mailbox);
    run->is_waiting = false;
    if (posted->payload.failed)
        no_memory(run);
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
static void answer_wait(execution *run, uint64_t now)
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

/* ---- Time and memory ---- */

static void watch(execution *run, uint64_t now)
{
    uint64_t used, cpu_limit = limit_of(run, CORDON_LIMIT_CPU), memory_limit = limit_of(run, CORDON_LIMIT_MEMORY);
    const process *process = &run->sandbox->worker->process;
    if (now >= run->deadline) {
        reach_limit(run, CORDON_LIMIT_WALL, now - run->began, run->timeout_ns);
        return;
    }
    if (now < run->next_watch)
        return;
    run->next_watch = now + WATCH_NS;
    if (cpu_limit != CORDON_LIMIT_NONE && process_cpu_ns(run->sandbox->env, process, &used)) {
        used -= run->cpu_began;
        if (used >= cpu_limit) {
            reach_limit(run, CORDON_LIMIT_CPU, used, cpu_limit);
            return;
        }
        run->next_watch = least(run->next_watch, now + (cpu_limit - used)); /* it cannot be reached before */
    }
    if (memory_limit == CORDON_LIMIT_NONE)
        return;
    uint64_t resident = process_resident_bytes(run->sandbox->env, process), *peak = &run->result->public.figures.resident_bytes_peak;
    *peak = resident > *peak ? resident : *peak;
    if (resident > after(memory_limit, RESIDENT_ALLOWANCE)) /* the worker's own word on its memory is not to be believed any more */
        reach_limit(run, CORDON_LIMIT_MEMORY, resident, memory_limit);
}

static void converse(execution *run)
{
    cordon_sandbox *sandbox = run->sandbox;
    cordon_error error;
    while (!sandbox->has_ended && !run->is_over) {
        uint64_t now = now_ns(sandbox->env);
        if (mailbox_is_cancelled(sandbox->mailbox)) {
            end_by_host(run, "the host cancelled it");
            break;
        }
        watch(run, now);
        if (!sandbox->has_ended)
            answer_wait(run, now);
        if (sandbox->has_ended)
            break;
        uint64_t until = least(run->deadline, run->next_watch);
        if (run->is_waiting)
            until = least(until, run->waiting_until);
        if (channel_wait(&sandbox->worker->channel, left_until(until, now), &error) == CHANNEL_FAILED)
            sandbox_end_with(sandbox, PROCESS_KILL, CORDON_OUTCOME_CRASHED, "%s", error.message);
        else
            take_frames(run);
    }
}

/* ---- Begin and end ---- */

static void begin(execution *run, uint64_t timeout_ns)
{
    cordon_sandbox *sandbox = run->sandbox;
    uint64_t cpu_limit = limit_of(run, CORDON_LIMIT_CPU), wall_limit = limit_of(run, CORDON_LIMIT_WALL);
    run->began = now_ns(sandbox->env);
    run->timeout_ns = timeout_ns != 0 ? least(timeout_ns, wall_limit) : wall_limit;
    run->deadline = run->timeout_ns == CORDON_LIMIT_NONE ? MOMENT_NEVER : after(run->began, run->timeout_ns);
    run->next_watch = run->began + WATCH_NS;
    (void)process_cpu_ns(sandbox->env, &sandbox->worker->process, &run->cpu_began);
    if (cpu_limit == CORDON_LIMIT_NONE)
        return;
    run->next_watch = least(run->next_watch, after(run->began, cpu_limit));
    uint64_t fence = (run->cpu_began + least(cpu_limit, MOMENT_NEVER / 2)) / SECOND_NS + 2;
    if (sandbox->cpu_fence_seconds < fence) {
        process_limit_cpu(sandbox->env, &sandbox->worker->process, fence);
        sandbox->cpu_fence_seconds = fence;
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

/* With the sandbox taken. Sends the frame that starts it, and stays until its end. */
static cordon_status perform(cordon_sandbox *sandbox, cordon_frame_type type, const bytes *payload, const cordon_streams *streams, uint64_t timeout_ns,
                             cordon_result **result_out, const char *operation, cordon_error *error)
{
    execution run = {.sandbox = sandbox, .streams = streams};
    if (payload->failed)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for the request");
    if (payload->size > CORDON_FRAME_LENGTH_MAX)
        return failure(error, operation, CORDON_TOO_LARGE, "the request takes %zu bytes, a frame holds %u", payload->size, CORDON_FRAME_LENGTH_MAX);
    run.result = result_create(collected_max(sandbox, streams));
    if (run.result == NULL)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for a result");
    begin(&run, timeout_ns);
    if (type == CORDON_FRAME_EXECUTE)
        sandbox->execution++;
    sandbox->state = type == CORDON_FRAME_EXECUTE ? FRAME_STATE_EXECUTING : FRAME_STATE_RUNNING;
    mailbox_begin(sandbox->mailbox, sandbox->execution);
    if (sandbox_send(sandbox, type, 0, type == CORDON_FRAME_EXECUTE ? sandbox->execution : 0, payload->data, payload->size))
        converse(&run);
    conclude(&run);
    *result_out = result_publish(run.result);
    return CORDON_OK;
}

static bool send_callbacks(cordon_sandbox *sandbox)
{
    bytes payload = {0};
    if (!sandbox->must_send_callbacks)
        return true;
    callbacks_pack(&sandbox->callbacks, &payload);
    bool fits = !payload.failed && payload.size <= CORDON_FRAME_LENGTH_MAX;
    bool is_sent = fits && sandbox_send(sandbox, CORDON_FRAME_CALLBACKS, 0, 0, payload.data, payload.size);
    bytes_release(&payload);
    sandbox->must_send_callbacks = !is_sent;
    return is_sent;
}

/* ---- Requests ---- */

static const char *complaint_about_request(const cordon_request *request)
{
    if (request->source == NULL)
        return "it has no source";
    if ((request->name != NULL && utf8_check(request->name, strlen(request->name)) != UTF8_PLAIN) ||
        (request->result != NULL && utf8_check(request->result, strlen(request->result)) != UTF8_PLAIN))
        return "its name or its result is not UTF-8";
    if (request->inputs == NULL)
        return NULL;
    if (cordon_value_get_kind(request->inputs) != CORDON_VALUE_DICT)
        return "its inputs are no dict";
    for (size_t i = 0; i < cordon_value_count(request->inputs); i++)
        if (cordon_value_get_kind(cordon_value_key_at(request->inputs, i)) != CORDON_VALUE_TEXT)
            return "a key of its inputs is no text";
    return NULL;
}

/* False: there is something in the inputs that cannot be sent. */
static bool pack_request(bytes *to, const cordon_request *request)
{
    size_t size = request->source_size != 0 ? request->source_size : strlen(request->source);
    pack_map(to, 1u + (request->name != NULL) + (request->result != NULL) + (request->inputs != NULL));
    pack_text(to, "source");
    pack_bytes(to, request->source, size);
    if (request->name != NULL) {
        pack_text(to, "name");
        pack_text(to, request->name);
    }
    if (request->result != NULL) {
        pack_text(to, "result");
        pack_text(to, request->result);
    }
    if (request->inputs == NULL)
        return true;
    pack_text(to, "inputs");
    return pack_value(to, request->inputs);
}

cordon_status cordon_sandbox_execute(cordon_sandbox *sandbox, const cordon_request *request, cordon_result **result_out, cordon_error *error)
{
    static const char operation[] = "sandbox_execute";
    bytes payload = {0};
    if (result_out == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no place for the result");
    *result_out = NULL;
    cordon_request taken;
    if (!SETTINGS_TAKE(&taken, cordon_request, timeout_ns, request))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the request was not set up by CORDON_REQUEST_INIT");
    request = &taken;
    const char *complaint = complaint_about_request(request);
    if (complaint != NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the request cannot be run: %s", complaint);
    cordon_status status = sandbox_enter(sandbox, operation, error);
    if (status != CORDON_OK)
        return status;
    if (!pack_request(&payload, request))
        status = failure(error, operation, CORDON_INVALID_ARGUMENT, "the inputs hold an object that cannot be sent");
    else if (!send_callbacks(sandbox))
        status = failure(error, operation, CORDON_TOO_LARGE, "the callbacks do not fit a frame, or there is no memory");
    else
        status = perform(sandbox, CORDON_FRAME_EXECUTE, &payload, &request->streams, request->timeout_ns, result_out, operation, error);
    bytes_release(&payload);
    sandbox_leave(sandbox);
    return status;
}

cordon_status cordon_sandbox_run_program(cordon_sandbox *sandbox, const cordon_program *program, cordon_result **result_out, cordon_error *error)
{
    static const char operation[] = "sandbox_run_program";
    bytes payload = {0};
    if (result_out == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no place for the result");
    *result_out = NULL;
    cordon_program taken;
    if (!SETTINGS_TAKE(&taken, cordon_program, timeout_ns, program) || taken.text == NULL || (unsigned)taken.how > CORDON_PROGRAM_INPUT)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the program has no text, or was not set up by CORDON_PROGRAM_INIT");
    program = &taken;
    cordon_status status = sandbox_enter(sandbox, operation, error);
    if (status != CORDON_OK)
        return status;
    const unsigned char how = (unsigned char)program->how;
    bytes_add(&payload, &how, 1);
    bytes_add(&payload, program->text, program->text_size != 0 ? program->text_size : strlen(program->text));
    if (!send_callbacks(sandbox))
        status = failure(error, operation, CORDON_TOO_LARGE, "the callbacks do not fit a frame, or there is no memory");
    else
        status = perform(sandbox, CORDON_FRAME_PROGRAM, &payload, &program->streams, program->timeout_ns, result_out, operation, error);
    bytes_release(&payload);
    sandbox_leave(sandbox);
    return status;
}
