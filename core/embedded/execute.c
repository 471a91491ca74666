/* Hides how a request becomes a source that runs in the session. */
#include "cordon/interpreter.h"

#include "Python.h"

#include "embedded.h"
#include "failure.h"
#include "performance.h"
#include "session_run.h"
#include "settings.h"
#include "utf8.h"
#include "value.h"

#include <string.h>

static const char operation[] = "interpreter_execute";

/* ---- The request ---- */

static bool is_text(const char *text)
{
    return text == NULL || utf8_check(text, strlen(text)) == UTF8_PLAIN;
}

static const char *complaint_about(const cordon_request *request)
{
    if (request->source == NULL)
        return "it has no source";
    if (!is_text(request->name) || !is_text(request->result))
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

static bool set_inputs(PyObject *globals, void *context)
{
    const cordon_value *inputs = context;
    for (size_t i = 0; i < cordon_value_count(inputs); i++) {
        PyObject *name = embedded_value_make(cordon_value_key_at(inputs, i));
        PyObject *value = name != NULL ? embedded_value_make(cordon_value_at(inputs, i)) : NULL;
        bool is_set = value != NULL && PyDict_SetItem(globals, name, value) == 0;
        Py_XDECREF(value);
        Py_XDECREF(name);
        if (!is_set)
            return false;
    }
    return true;
}

/* False with an exception set; release_source in either case. */
static bool make_source(const cordon_interpreter *interpreter, const cordon_request *request, struct session_source *source_out)
{
    size_t size = request->source_size != 0 ? request->source_size : strlen(request->source);
    *source_out = (struct session_source){
        .bytes = request->source,
        .size = (Py_ssize_t)size,
        .file_name = request->name != NULL ? PyUnicode_FromString(request->name) : PyUnicode_FromFormat("<execution %u>", interpreter->executions),
        .result = request->result != NULL ? PyUnicode_FromString(request->result) : NULL,
        .set_inputs = request->inputs != NULL ? set_inputs : NULL,
        .context = (void *)request->inputs};
    return source_out->file_name != NULL && (source_out->result != NULL || request->result == NULL);
}

static void release_source(struct session_source *source)
{
    Py_CLEAR(source->file_name);
    Py_CLEAR(source->result);
}

/* ---- Running ---- */

typedef struct asked {
    const cordon_interpreter *interpreter;
    const cordon_request *request;
} asked;

static bool run(void *context, PyObject **value_out)
{
    const asked *asked = context;
    struct session_source source;
    bool is_done = make_source(asked->interpreter, asked->request, &source) && session_run(&source);
    if (is_done) {
        *value_out = session_take_value(&source);
        is_done = *value_out != NULL || !PyErr_Occurred();
    }
    if (!is_done)
        session_drop_value();
    release_source(&source);
    return is_done;
}

cordon_status cordon_interpreter_execute(cordon_interpreter *interpreter, const cordon_request *request, cordon_result **result_out, cordon_error *error)
{
    cordon_request taken;
    if (result_out == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no place for the result");
    *result_out = NULL;
    if (!SETTINGS_TAKE(&taken, cordon_request, timeout_ns, request))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the request was not set up by CORDON_REQUEST_INIT");
    const char *complaint = complaint_about(&taken);
    if (complaint != NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "the request cannot be run: %s", complaint);
    if (taken.timeout_ns != 0 || taken.soft_timeout_ns != 0)
        return failure(error, operation, CORDON_UNSUPPORTED, "time cannot be limited in one's own process: call cordon_interpreter_interrupt, or use a sandbox");
    if (taken.soft_fuel != 0)
        return failure(error, operation, CORDON_UNSUPPORTED, "fuel is counted in a sandbox only");
    if (taken.trace != 0)
        return failure(error, operation, CORDON_UNSUPPORTED, "steps are told of in a sandbox only");
    cordon_status status = embedded_enter(interpreter, operation, error);
    if (status != CORDON_OK)
        return status;
    const performance performed = {.operation = operation, .streams = &taken.streams, .run = run, .context = &(asked){interpreter, &taken}, .measures_cpu = true};
    interpreter->executions++;
    status = embedded_perform(interpreter, &performed, result_out, error);
    embedded_leave(interpreter);
    return status;
}
