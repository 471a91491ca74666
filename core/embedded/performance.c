/* Hides how what Python code gave becomes a result: its value or its exception told to a tree of the host's values, its streams flushed, its figures. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_pylifecycle.h"

#include "embedded_calls.h"
#include "failure.h"
#include "moment.h"
#include "performance.h"
#include "session_exception.h"
#include "session_run.h"
#include "session_value.h"
#include "sink.h"
#include "streams.h"

#include <stdlib.h>

enum { COLLECTED_BYTES_MAX = 16 << 20 };

/* ---- Telling ---- */

static void begin_body(struct session_sink *sink, const char *status)
{
    sink_begin(sink);
    (void)session_sink_begin(sink, SESSION_DICT, 0);
    sink_word(sink, "status");
    sink_word(sink, status);
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
static bool take_value(result *result, struct session_sink *sink, bool has_value)
{
    cordon_value *value = has_value ? malloc(sizeof *value) : NULL;
    if (value == NULL && has_value) {
        sink_release(sink);
        return false;
    }
    if (has_value)
        *value = sink_take(sink);
    result_take_value(result, value);
    return true;
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
    if (execution->is_interrupted)
        PyThreadState_SetAsyncExc(execution->thread, NULL);
}

static bool run(embedded_execution *execution, const performance *performed)
{
    struct session_sink sink;
    PyObject *value = NULL;
    sink_begin(&sink);
    bool is_done = performed->run(performed->context, &value);
    bool has_value = value != NULL;
    is_done = is_done && (!has_value || session_value_tell(&sink, value, SESSION_VALUE_RESULT, "the result") == 0);
    bool was_interrupted = !is_done && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) && (execution->is_interrupted || execution->is_refused);
    end_interruptions(execution);
    if (!is_done)
        tell_failure(&sink);
    Py_CLEAR(value);
    if (embedded_streams_were_used())
        session_flush();
    if (is_done ? !take_value(execution->result, &sink, has_value) : !take_body(execution->result, &sink))
        return false;
    execution->result->public.session_goes_on = true;
    if (was_interrupted) {
        cordon_result *told = &execution->result->public;
        told->outcome = CORDON_OUTCOME_CANCELLED;
        snprintf(told->message, sizeof told->message, "%s", execution->is_refused ? "the host takes no more output, or gives no input" : "the host interrupted it");
    }
    return true;
}

static uint64_t cpu_ns(const cordon_interpreter *interpreter, const performance *performed)
{
    return performed->measures_cpu ? clock_ns(interpreter->own, CLOCK_THREAD_CPUTIME_ID) : 0;
}

static void add_to_session(cordon_session_figures *session, const cordon_figures *figures)
{
    session->executions++;
    session->wall_ns += figures->wall_ns;
    session->cpu_ns += figures->cpu_ns;
    session->output_bytes += figures->output_bytes;
    session->calls += figures->calls;
}

void cordon_interpreter_get_session_figures(const cordon_interpreter *interpreter, cordon_session_figures *figures_out)
{
    if (figures_out != NULL)
        *figures_out = interpreter != NULL ? interpreter->session : (cordon_session_figures){0};
}

cordon_status embedded_perform(cordon_interpreter *interpreter, const performance *performed, cordon_result **result_out, cordon_error *error)
{
    const cordon_streams *streams = performed->streams;
    size_t collected = streams->collected_bytes_max == CORDON_COLLECT_NOTHING ? 0 : streams->collected_bytes_max != 0 ? streams->collected_bytes_max : COLLECTED_BYTES_MAX;
    result *result = result_create(collected);
    if (result == NULL)
        return failure(error, performed->operation, CORDON_NO_MEMORY, "no memory for a result");
    cordon_figures *figures = &result->public.figures;
    uint64_t began = now_ns(interpreter->own), cpu_began = cpu_ns(interpreter, performed);
    PyGILState_STATE lock = PyGILState_Ensure();
    interpreter->execution = (embedded_execution){.is_running = true, .thread = PyThreadState_Get()->thread_id, .streams = streams, .result = result};
    bool is_told = run(&interpreter->execution, performed);
    interpreter->execution = (embedded_execution){.is_running = false};
    PyGILState_Release(lock);
    figures->wall_ns = now_ns(interpreter->own) - began;
    figures->cpu_ns = cpu_ns(interpreter, performed) - cpu_began;
    add_to_session(&interpreter->session, figures);
    if (is_told) {
        *result_out = result_publish(result);
        return CORDON_OK;
    }
    cordon_result_destroy(&result->public);
    return failure(error, performed->operation, CORDON_NO_MEMORY, "no memory for what came of it");
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
        if (PyThreadState_Get()->thread_id != execution->thread) /* else it does not wait, and what is raised in it must not be raised here */
            session_wake();
    }
    PyGILState_Release(lock);
}
