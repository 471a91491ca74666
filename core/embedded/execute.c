/* Hides how a request becomes a result in this process: the session's code runs it, and its value or its exception is told to a tree of the host's values. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_pylifecycle.h"

#include "embedded.h"
#include "embedded_calls.h"
#include "failure.h"
#include "moment.h"
#include "session_run.h"
#include "session_value.h"
#include "settings.h"
#include "sink.h"
#include "utf8.h"
#include "value.h"

#include <stdlib.h>
#include <string.h>

static const char operation[] = "interpreter_execute";

enum { COLLECTED_BYTES_MAX = 16 << 20 };

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

/* ---- Telling ---- */

static void begin_body(struct session_sink *sink, const char *status)
{
    sink_begin(sink);
    (void)session_sink_begin(sink, SESSION_DICT, 0);
    sink_word(sink, "status");
    sink_word(sink, status);
}

/* False with an exception set: the value cannot be sent. */
static bool tell_value(struct session_sink *sink, PyObject *value)
{
    begin_body(sink, "ok");
    if (value == NULL)
        return true;
    sink_word(sink, "value");
    return session_value_tell(sink, value, SESSION_VALUE_RESULT, "the result") == 0;
}

static void tell_exit(struct session_sink *sink)
{
    int code = 1;
    (void)_Py_HandleSystemExit(&code); /* may say on sys.stderr what it has to say */
    PyErr_Clear();
    begin_body(sink, "exit");
    sink_word(sink, "exit_code");
    session_sink_int(sink, code & 0xff);
}

static void tell_exception(struct session_sink *sink)
{
    PyObject *exception = PyErr_GetRaisedException();
    begin_body(sink, "exception");
    sink_word(sink, "exception");
    PyThreadState_EnterTracing(PyThreadState_Get());
    session_exception_tell(sink, exception);
    PyThreadState_LeaveTracing(PyThreadState_Get());
    Py_DECREF(exception);
}

static void tell_failure(struct session_sink *sink)
{
    sink_release(sink);
    if (PyErr_ExceptionMatches(PyExc_SystemExit))
        tell_exit(sink);
    else
        tell_exception(sink);
}

/* False without memory. */
static bool take_body(result *result, struct session_sink *sink)
{
    int limit;
    uint64_t figure;
    session_sink_end(sink, 0);
    cordon_value *body = malloc(sizeof *body);
    if (body == NULL) {
        sink_release(sink);
        return false;
    }
    *body = sink_take(sink);
    return result_take_body(result, body, &limit, &figure) == NULL;
}

/* ---- Running ---- */

/* Nothing may interrupt from here on; an interruption that came too late is forgotten. */
static void end_interruptions(embedded_execution *execution)
{
    execution->is_running = false;
    PyThreadState_SetAsyncExc(execution->thread, NULL);
}

static bool run(embedded_execution *execution, const cordon_interpreter *interpreter, const cordon_request *request)
{
    struct session_source source;
    struct session_sink sink;
    PyObject *value = NULL;
    sink_begin(&sink);
    bool is_done = make_source(interpreter, request, &source) && session_run(&source);
    if (is_done) {
        value = session_take_value(&source);
        is_done = (value != NULL || !PyErr_Occurred()) && tell_value(&sink, value);
    }
    bool was_interrupted = !is_done && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) && (execution->is_interrupted || execution->is_refused);
    end_interruptions(execution);
    if (!is_done) {
        session_drop_value();
        tell_failure(&sink);
    }
    Py_CLEAR(value);
    session_flush();
    release_source(&source);
    if (!take_body(execution->result, &sink))
        return false;
    if (was_interrupted) {
        cordon_result *told = &execution->result->public;
        told->outcome = CORDON_OUTCOME_CANCELLED;
        snprintf(told->message, sizeof told->message, "%s", execution->is_refused ? "the host takes no more output, or gives no input" : "the host interrupted it");
    }
    return true;
}

static cordon_status perform(cordon_interpreter *interpreter, const cordon_request *request, cordon_result **result_out, cordon_error *error)
{
    const cordon_streams *streams = &request->streams;
    size_t collected = streams->collected_bytes_max == CORDON_COLLECT_NOTHING ? 0 : streams->collected_bytes_max != 0 ? streams->collected_bytes_max : COLLECTED_BYTES_MAX;
    result *result = result_create(collected);
    if (result == NULL)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for a result");
    cordon_figures *figures = &result->public.figures;
    uint64_t began = now_ns(interpreter->own), cpu_began = clock_ns(interpreter->own, CLOCK_THREAD_CPUTIME_ID);
    PyGILState_STATE lock = PyGILState_Ensure();
    interpreter->executions++;
    interpreter->execution = (embedded_execution){.is_running = true, .thread = PyThreadState_Get()->thread_id, .streams = streams, .result = result};
    bool is_told = run(&interpreter->execution, interpreter, request);
    interpreter->execution = (embedded_execution){.is_running = false};
    PyGILState_Release(lock);
    figures->wall_ns = now_ns(interpreter->own) - began;
    figures->cpu_ns = clock_ns(interpreter->own, CLOCK_THREAD_CPUTIME_ID) - cpu_began;
    if (is_told) {
        *result_out = result_publish(result);
        return CORDON_OK;
    }
    cordon_result_destroy(&result->public);
    return failure(error, operation, CORDON_NO_MEMORY, "no memory for what came of it");
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
    if (taken.timeout_ns != 0)
        return failure(error, operation, CORDON_UNSUPPORTED, "time cannot be limited in one's own process: call cordon_interpreter_interrupt, or use a sandbox");
    if (taken.trace != 0)
        return failure(error, operation, CORDON_UNSUPPORTED, "steps are told of in a sandbox only");
    cordon_status status = embedded_enter(interpreter, operation, error);
    if (status != CORDON_OK)
        return status;
    status = perform(interpreter, &taken, result_out, error);
    embedded_leave(interpreter);
    return status;
}

/* With the lock no execution can end meanwhile, so nobody is interrupted who was not executing. */
void cordon_interpreter_interrupt(cordon_interpreter *interpreter)
{
    if (interpreter == NULL)
        return;
    PyGILState_STATE lock = PyGILState_Ensure();
    embedded_execution *execution = &interpreter->execution;
    if (execution->is_running && !execution->is_interrupted) {
        execution->is_interrupted = true;
        PyThreadState_SetAsyncExc(execution->thread, PyExc_KeyboardInterrupt);
        embedded_calls_interrupt();
        session_wake();
    }
    PyGILState_Release(lock);
}
