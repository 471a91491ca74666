/* Hides how a sandbox is stored while a function of the host's is asked: the worker has said what it says before it waits, and that lies here unheard until the function returns; the call is
 * stored as an effect that is pending. */
#include <stdlib.h>

#include "cordon/snapshot.h"
#include "failure.h"
#include "moment.h"
#include "sandbox_state.h"
#include "snapshot_take.h"
#include "value_internal.h"
#include "worker_memory.h"

static const char operation[] = "sandbox_snapshot";

static cordon_status unsupported(cordon_error *error, const char *why)
{
    return failure(error, operation, CORDON_UNSUPPORTED, "the sandbox cannot be stored in this call: %s", why);
}

/* What it has said behind its call, frame by frame, without taking it: what was written is for who executes here, and WAIT must be the last. 1: it waits; 0: more is to come; -1: it does something
 * else than wait, *why_out. */
static int has_said_wait(const channel *channel, uint64_t *wait_ns_out, const char **why_out)
{
    const unsigned char *next = channel->incoming.data + channel->incoming_start;
    size_t left = channel->incoming.size - channel->incoming_start;
    while (left >= CORDON_FRAME_HEADER_SIZE) {
        frame_header header;
        *why_out = frame_header_decode(next, FRAME_STATE_EXECUTING | FRAME_STATE_RUNNING, &header);
        if (*why_out != NULL)
            return -1; /* it will be ended for that when the call is over */
        if (left - CORDON_FRAME_HEADER_SIZE < header.length)
            return 0;
        if (header.type == CORDON_FRAME_WAIT) {
            *wait_ns_out = frame_get_u64(next + CORDON_FRAME_HEADER_SIZE);
            *why_out = "it says more than that it waits";
            return left == CORDON_FRAME_HEADER_SIZE + header.length ? 1 : -1;
        }
        *why_out = "other threads or tasks in it ask the host meanwhile";
        if (header.type != CORDON_FRAME_OUTPUT && header.type != CORDON_FRAME_TRACE)
            return -1;
        next += CORDON_FRAME_HEADER_SIZE + header.length;
        left -= CORDON_FRAME_HEADER_SIZE + header.length;
    }
    return 0;
}

static cordon_status settle(cordon_sandbox *sandbox, const image_map *map, uint64_t timeout_ns, uint64_t *wait_ns_out, cordon_error *error)
{
    channel *channel = &sandbox->worker->channel;
    uint64_t now = now_ns(sandbox->env), deadline = after(now, timeout_ns);
    const char *why = NULL;
    int has_said;
    while ((has_said = has_said_wait(channel, wait_ns_out, &why)) == 0 && !channel->has_ended && now < deadline) {
        if (channel_wait(channel, left_until(deadline, now), error) == CHANNEL_FAILED)
            return CORDON_HOST_FAILURE;
        now = now_ns(sandbox->env);
    }
    if (has_said < 0)
        return unsupported(error, why);
    if (has_said == 0)
        return failure(error, operation, CORDON_TIMED_OUT, "the sandbox does not come to rest: other threads in it still run");
    if (*wait_ns_out < SECOND_NS)
        return unsupported(error, "other threads or tasks in it wait for less than a second");
    size_t start = channel->incoming_start;
    channel->incoming_start = channel->incoming.size; /* all of it is known; for as long as it is asked whether there is more */
    bool is_at_rest = worker_memory_comes_to_rest(sandbox->worker, map, left_until(deadline, now));
    channel->incoming_start = start;
    return is_at_rest ? CORDON_OK : failure(error, operation, CORDON_TIMED_OUT, "the sandbox does not come to rest");
}

/* As if the call were an effect that the execution was suspended for, while the snapshot is taken. */
static cordon_status take_as_suspended(cordon_sandbox *sandbox, const image_map *map, uint64_t wait_ns, cordon_snapshot **snapshot_out, cordon_error *error)
{
    execution *run = &sandbox->run;
    const cordon_figures before = run->figures;
    const uint64_t wait_before = run->wait_ns, suspended_before = run->suspended_at_ns;
    cordon_status status = CORDON_NO_MEMORY;
    run->suspension = suspension_create(&run->effects, wait_ns);
    if (run->suspension != NULL) {
        uint64_t cpu = 0;
        (void)process_cpu_ns(sandbox->env, &sandbox->worker->process, &cpu);
        run->figures = run->result->public.figures;
        run->figures.wall_ns = before.wall_ns + (now_ns(sandbox->env) - run->began);
        run->figures.cpu_ns = run->cpu_elsewhere_ns + (cpu > run->cpu_began ? cpu - run->cpu_began : 0);
        run->wait_ns = wait_ns;
        run->suspended_at_ns = clock_ns(sandbox->env, CLOCK_REALTIME);
        status = snapshot_take(sandbox, map, snapshot_out, error);
        suspension_release(run->suspension);
        run->suspension = NULL;
        run->figures = before;
        run->wait_ns = wait_before;
        run->suspended_at_ns = suspended_before;
    } else {
        failure(error, operation, CORDON_NO_MEMORY, "no memory for a snapshot");
    }
    return status;
}

/* Adopts `call`, which is the last of all calls, so its id is the highest. */
static cordon_status take_with_call(cordon_sandbox *sandbox, const image_map *map, uint32_t id, cordon_value *call, size_t cost, uint64_t wait_ns, cordon_snapshot **snapshot_out,
                                    cordon_error *error)
{
    effect_list *effects = &sandbox->run.effects;
    bool *is_call = calloc(effects->count + 1, sizeof *is_call);
    if (is_call == NULL || !effect_list_add(effects, id, call, cost)) {
        if (is_call == NULL)
            cordon_value_destroy(call);
        free(is_call);
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for a snapshot");
    }
    is_call[effects->count - 1] = true;
    cordon_status status = take_as_suspended(sandbox, map, wait_ns, snapshot_out, error);
    effect_list_remove(effects, is_call);
    free(is_call);
    return status;
}

cordon_status snapshot_take_in_call(cordon_sandbox *sandbox, uint64_t timeout_ns, cordon_snapshot **snapshot_out, cordon_error *error)
{
    const image_map *map;
    uint32_t id;
    size_t cost;
    uint64_t wait_ns = 0;
    char why[256];
    if (!grant_can_be_left(sandbox->grant, sandbox->settings, why, sizeof why))
        return unsupported(error, why);
    cordon_status status = engine_image_map(sandbox->engine, &map, error);
    if (status == CORDON_OK)
        status = settle(sandbox, map, timeout_ns, &wait_ns, error);
    if (status != CORDON_OK)
        return status;
    cordon_value *call = mailbox_asked(sandbox->mailbox, &id, &cost);
    if (call == NULL)
        return unsupported(error, "it is answered already, or others are unanswered");
    if (!effect_can_be_kept(call)) {
        cordon_value_destroy(call);
        return unsupported(error, "it has an argument that cannot be sent");
    }
    return take_with_call(sandbox, map, id, call, cost, wait_ns, snapshot_out, error);
}
