/* Hides how a request becomes the frames that a worker understands. */
#include "cordon/execute.h"

#include <string.h>

#include "failure.h"
#include "sandbox_internal.h"
#include "settings.h"
#include "utf8.h"
#include "value_pack.h"

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
    const execution_wishes wishes = {.streams = request->streams, .timeout_ns = request->timeout_ns, .soft_timeout_ns = request->soft_timeout_ns, .soft_fuel = request->soft_fuel,
                                     .trace = request->trace, .on_trace = request->on_trace, .trace_context = request->trace_context};
    const char *complaint = complaint_about_request(request);
    if (complaint == NULL)
        complaint = execution_complaint(&wishes);
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
        status = execution_perform(sandbox, CORDON_FRAME_EXECUTE, &payload, &wishes, result_out, operation, error);
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
    const execution_wishes wishes = {.streams = program->streams, .timeout_ns = program->timeout_ns, .soft_timeout_ns = program->soft_timeout_ns, .soft_fuel = program->soft_fuel,
                                     .trace = program->trace, .on_trace = program->on_trace, .trace_context = program->trace_context};
    const char *complaint = execution_complaint(&wishes);
    if (complaint != NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the program cannot be run: %s", complaint);
    cordon_status status = sandbox_enter(sandbox, operation, error);
    if (status != CORDON_OK)
        return status;
    const unsigned char how = (unsigned char)program->how;
    bytes_add(&payload, &how, 1);
    bytes_add(&payload, program->text, program->text_size != 0 ? program->text_size : strlen(program->text));
    if (!send_callbacks(sandbox))
        status = failure(error, operation, CORDON_TOO_LARGE, "the callbacks do not fit a frame, or there is no memory");
    else
        status = execution_perform(sandbox, CORDON_FRAME_PROGRAM, &payload, &wishes, result_out, operation, error);
    bytes_release(&payload);
    sandbox_leave(sandbox);
    return status;
}

cordon_status sandbox_invoke(cordon_sandbox *sandbox, const bytes *payload, const cordon_streams *streams, uint64_t timeout_ns, cordon_result **result_out,
                             cordon_error *error)
{
    static const char operation[] = "sandbox_invoke";
    const execution_wishes wishes = {.streams = *streams, .timeout_ns = timeout_ns};
    *result_out = NULL;
    cordon_status status = sandbox_enter(sandbox, operation, error);
    if (status != CORDON_OK)
        return status;
    if (!send_callbacks(sandbox))
        status = failure(error, operation, CORDON_TOO_LARGE, "the callbacks do not fit a frame, or there is no memory");
    else
        status = execution_perform(sandbox, CORDON_FRAME_INVOKE, payload, &wishes, result_out, operation, error);
    sandbox_leave(sandbox);
    return status;
}
