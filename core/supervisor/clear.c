/* Hides from a sandbox's user whether it goes on in the same process: either way nothing of what ran before is left. */
#include "checkpoint.h"
#include "configure.h"
#include "failure.h"
#include "moment.h"
#include "sandbox_internal.h"

/* What this side knows of the former runs. Calls that are kept may still be answered; nobody hears it. */
static void forget_runs(cordon_sandbox *sandbox)
{
    execution_forget(sandbox);
    checkpoint_drop(sandbox);
    mailbox_begin(sandbox->mailbox, 0);
    sandbox->executions_before += sandbox->execution + 1; /* a program has the number before the first */
    sandbox->execution = sandbox->last_call = sandbox->last_broker = sandbox->request = 0;
    sandbox->last_words_size = 0;
    sandbox->session = (cordon_session_figures){0};
    sandbox->cpu_unread_ns = 0;
    sandbox->must_send_callbacks = sandbox->callbacks.count > 0;
}

/* A cancel was meant for what ran; that of an engine is for good. */
bool sandbox_forget_cancel(cordon_sandbox *sandbox)
{
    cordon_engine *engine = sandbox->engine;
    pthread_mutex_lock(&engine->lock);
    bool may_go_on = !engine->is_cancelled;
    if (may_go_on)
        mailbox_renew(sandbox->mailbox);
    pthread_mutex_unlock(&engine->lock);
    return may_go_on;
}

static bool restore(cordon_sandbox *sandbox)
{
    const pristine *pristine = engine_pristine(sandbox->engine);
    const image_map *map;
    if (sandbox->has_ended || pristine == NULL || engine_image_map(sandbox->engine, &map, NULL) != CORDON_OK ||
        !pristine_restore(pristine, sandbox->worker, map))
        return false;
    sandbox->state = FRAME_STATE_GREETED;
    return true;
}

static cordon_status replace(cordon_sandbox *sandbox, cordon_error *error)
{
    sandbox_end_with(sandbox, PROCESS_KILL, CORDON_OUTCOME_CANCELLED, "it was cleared, and no new process could be had for it");
    sandbox_give_place_back(sandbox);
    cordon_status status = sandbox_take_worker(sandbox, error);
    if (status == CORDON_OK)
        engine_learn_pristine(sandbox->engine, sandbox->worker);
    return status;
}

/* What was granted is opened anew: handles, overlays and counts are of the former runs. */
static cordon_status grant_again(cordon_sandbox *sandbox, cordon_error *error)
{
    grant_close(sandbox->grant);
    return grant_open(sandbox->settings, &sandbox->limits, &sandbox->grant, error);
}

cordon_status sandbox_make_new(cordon_sandbox *sandbox, cordon_error *error)
{
    uint64_t began = now_ns(sandbox->env);
    cordon_error cause = {.status = CORDON_CANCELLED, .operation = "sandbox_clear", .message = "the engine was cancelled"};
    forget_runs(sandbox);
    cordon_status status = sandbox_forget_cancel(sandbox) ? CORDON_OK : CORDON_CANCELLED;
    if (status == CORDON_OK)
        status = grant_again(sandbox, &cause);
    if (status == CORDON_OK && !restore(sandbox))
        status = replace(sandbox, &cause);
    if (status == CORDON_OK) {
        sandbox->has_ended = false;
        sandbox->end = (sandbox_end){0};
        status = configure(sandbox, sandbox->settings, &cause);
    }
    if (status != CORDON_OK) /* neither what it was nor a new one */
        sandbox_end_with(sandbox, PROCESS_KILL, CORDON_OUTCOME_SETUP_FAILED, "it could not be cleared: %s", cause.message);
    sandbox->start_ns = now_ns(sandbox->env) - began;
    if (status != CORDON_OK && error != NULL)
        *error = cause;
    return status;
}

cordon_status cordon_sandbox_clear(cordon_sandbox *sandbox, cordon_error *error)
{
    cordon_status status = sandbox_enter_ended_too(sandbox, "sandbox_clear", error);
    if (status != CORDON_OK)
        return status;
    status = sandbox_make_new(sandbox, error);
    sandbox_leave(sandbox);
    return status;
}
