/* Hides how a host's answers to effects are held against what is pending, all of them before the first is given. */
#include "cordon/execute.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "moment.h"
#include "sandbox_internal.h"
#include "settings.h"
#include "utf8.h"

static const char operation[] = "sandbox_resume";

enum { ERROR_SIZE_MAX = 1024 * 1024 };

typedef struct prepared {
    answer **answers; /* as many as were given; NULL where not yet made */
    size_t count;
    bool *is_answered; /* of each pending effect */
} prepared;

static void prepared_release(prepared *prepared)
{
    for (size_t i = 0; prepared->answers != NULL && i < prepared->count; i++)
        answer_destroy(prepared->answers[i]);
    free(prepared->answers);
    free(prepared->is_answered);
}

static bool is_text(const char *text)
{
    return text == NULL || (strlen(text) <= ERROR_SIZE_MAX && utf8_check(text, strlen(text)) == UTF8_PLAIN);
}

/* The frame's payload for one of them, or why it cannot be. */
static cordon_status prepare_one(answer **made_out, const cordon_effect_answer *given, cordon_error *error)
{
    if (!is_text(given->error) || !is_text(given->error_type))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "effect %u: the error is not UTF-8, or longer than 1 MiB", given->id);
    answer *made = *made_out = answer_create(given->id);
    if (made == NULL)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for answers");
    if (given->error != NULL)
        answer_fail(made, given->error_type, given->error);
    else if (!answer_give(made, given->value))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "effect %u: the value holds an object that cannot be sent", given->id);
    if (made->payload.failed)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for answers");
    if (made->payload.size > CORDON_FRAME_LENGTH_MAX)
        return failure(error, operation, CORDON_TOO_LARGE, "effect %u: the value takes %zu bytes, a frame holds %u", given->id, made->payload.size, CORDON_FRAME_LENGTH_MAX);
    return CORDON_OK;
}

static cordon_status prepare(const effect_list *pending, const cordon_resumption *resumption, prepared *to, cordon_error *error)
{
    to->count = least(resumption->answer_count, pending->count); /* of more one is wrong, and told before it needs a place */
    to->is_answered = calloc(pending->count + 1, sizeof *to->is_answered);
    to->answers = calloc(to->count + 1, sizeof(*to->answers));
    if (to->is_answered == NULL || to->answers == NULL)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for answers");
    for (size_t i = 0; i < resumption->answer_count; i++) {
        const cordon_effect_answer *given = &resumption->answers[i];
        size_t at = effect_list_find(pending, given->id);
        if (at == SIZE_MAX || to->is_answered[at])
            return failure(error, operation, CORDON_INVALID_ARGUMENT, "effect %u %s", given->id, at == SIZE_MAX ? "is not pending" : "is answered twice");
        to->is_answered[at] = true;
        cordon_status status = prepare_one(&to->answers[i], given, error);
        if (status != CORDON_OK)
            return status;
    }
    return CORDON_OK;
}

static cordon_status go_on(cordon_sandbox *sandbox, const cordon_resumption *resumption, cordon_result **result_out, cordon_error *error)
{
    prepared ready = {0};
    const execution_wishes wishes = {.streams = resumption->streams, .on_trace = resumption->on_trace, .trace_context = resumption->trace_context};
    cordon_status status = prepare(&sandbox->run.effects, resumption, &ready, error);
    if (status == CORDON_OK)
        status = execution_open_stretch(sandbox, &wishes, operation, error);
    if (status == CORDON_OK) {
        for (size_t i = 0; i < ready.count; i++) {
            mailbox_post(sandbox->mailbox, ready.answers[i]);
            ready.answers[i] = NULL;
        }
        effect_list_remove(&sandbox->run.effects, ready.is_answered);
        *result_out = execution_continue(sandbox);
    }
    prepared_release(&ready);
    return status;
}

cordon_status cordon_sandbox_resume(cordon_sandbox *sandbox, const cordon_resumption *resumption, cordon_result **result_out, cordon_error *error)
{
    cordon_resumption taken;
    if (result_out == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no place for the result");
    *result_out = NULL;
    if (!SETTINGS_TAKE(&taken, cordon_resumption, streams, resumption) || (taken.answer_count > 0 && taken.answers == NULL))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the resumption was not set up by CORDON_RESUMPTION_INIT, or counts answers that are not there");
    cordon_status status = sandbox_enter_suspended_too(sandbox, operation, error);
    if (status != CORDON_OK)
        return status;
    if (sandbox->run.suspension == NULL)
        status = failure(error, operation, CORDON_INVALID_ARGUMENT, "no execution is suspended in the sandbox");
    else
        status = go_on(sandbox, &taken, result_out, error);
    sandbox_leave(sandbox);
    return status;
}

const cordon_suspension *cordon_sandbox_suspension(cordon_sandbox *sandbox)
{
    return sandbox != NULL && sandbox->run.suspension != NULL ? suspension_public(sandbox->run.suspension) : NULL;
}
