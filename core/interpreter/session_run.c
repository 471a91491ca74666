/* Hides how a piece of source runs in a session, and what is kept of it. */
#include "session_run.h"

#include "session_compile.h"

#include <string.h>

static struct session {
    PyObject *globals;             /* of __main__ */
    PyObject *outputs[2];          /* the interpreter's own, which a guest may have replaced in sys */
    PyObject *sys;                 /* sys.__dict__ */
    PyObject *names[2], *flush;    /* "stdout", "stderr"; "flush": made once, since each execution ends with them */
    PyObject *remember, *complete, *wake; /* of cordon._session */
} session;

/* --- beginning --- */

static bool take_helpers(struct session_exception_helpers *helpers)
{
    PyObject *module = PyImport_ImportModule("cordon._session");

    if (!module)
        return false;
    session.remember = PyObject_GetAttrString(module, "remember");
    session.complete = PyObject_GetAttrString(module, "complete");
    session.wake = PyObject_GetAttrString(module, "wake");
    helpers->format = PyObject_GetAttrString(module, "describe");
    helpers->line = PyObject_GetAttrString(module, "line");
    Py_DECREF(module);
    if (!session.remember || !session.complete || !session.wake || !helpers->format || !helpers->line)
        return false;
    session_exception_set_helpers(helpers);
    return true;
}

static bool take_sys(void)
{
    PyObject *module = PyImport_ImportModule("sys");

    session.sys = module ? Py_XNewRef(PyModule_GetDict(module)) : NULL;
    session.names[0] = PyUnicode_InternFromString("stdout");
    session.names[1] = PyUnicode_InternFromString("stderr");
    session.flush = PyUnicode_InternFromString("flush");
    Py_XDECREF(module);
    return session.sys && session.names[0] && session.names[1] && session.flush;
}

bool session_begin(struct session_exception_helpers *helpers)
{
    PyObject *main_module = PyImport_AddModule("__main__");

    session.globals = main_module ? Py_NewRef(PyModule_GetDict(main_module)) : NULL;
    if (!session.globals)
        return false;
    session.outputs[0] = Py_XNewRef(PySys_GetObject("stdout"));
    session.outputs[1] = Py_XNewRef(PySys_GetObject("stderr"));
    return take_sys() && take_helpers(helpers);
}

PyObject *session_globals(void)
{
    return session.globals;
}

/* --- running --- */

/* Tracebacks, inspect and whoever asks linecache will find the source. Not worth failing for, and not for a guest's
 * trace function to see. */
static void remember(const struct session_source *source)
{
    PyObject *done;

    PyThreadState_EnterTracing(PyThreadState_Get());
    done = PyObject_CallFunction(session.remember, "Oy#", source->file_name, source->bytes, source->size);
    PyThreadState_LeaveTracing(PyThreadState_Get());
    Py_XDECREF(done);
    PyErr_Clear();
}

/* The source with a NUL behind it, compiled. */
static PyObject *compile(const struct session_source *source)
{
    char *text = PyMem_Malloc((size_t)source->size + 1);
    PyObject *code;

    if (!text)
        return PyErr_NoMemory();
    memcpy(text, source->bytes, (size_t)source->size);
    text[source->size] = '\0';
    code = session_compile(text, source->size, source->file_name, !source->result);
    PyMem_Free(text);
    return code;
}

PyObject *session_complete(PyObject *coroutine)
{
    PyObject *task = PyObject_CallOneArg(session.complete, coroutine), *result = NULL;
    PyObject *exception = task ? PyObject_CallMethod(task, "exception", NULL) : NULL;

    if (exception == Py_None)
        result = PyObject_CallMethod(task, "result", NULL);
    else if (exception)
        PyErr_SetRaisedException(Py_NewRef(exception));
    Py_XDECREF(exception);
    Py_XDECREF(task);
    return result;
}

static bool run_code(PyObject *code)
{
    PyObject *result = PyEval_EvalCode(code, session.globals, session.globals);
    bool is_done;

    if (result && ((PyCodeObject *)code)->co_flags & CO_COROUTINE)
        Py_SETREF(result, session_complete(result));
    is_done = result != NULL;
    Py_XDECREF(result);
    return is_done;
}

bool session_run(const struct session_source *source)
{
    PyObject *code, *exception;
    bool is_done = false;

    remember(source);
    code = compile(source);
    if (code && (!source->set_inputs || source->set_inputs(session.globals, source->context)))
        is_done = run_code(code);
    if (code && !is_done) {
        exception = PyErr_GetRaisedException();
        session_exception_strip(exception, code);
        PyErr_SetRaisedException(exception);
    }
    Py_XDECREF(code);
    return is_done;
}

void session_wake(void)
{
    PyObject *done = PyObject_CallNoArgs(session.wake);

    Py_XDECREF(done);
    PyErr_Clear();
}

/* --- its value --- */

PyObject *session_take_value(const struct session_source *source)
{
    PyObject *value = NULL;

    if (source->result)
        return Py_XNewRef(PyDict_GetItemWithError(session.globals, source->result));
    PyDict_PopString(session.globals, SESSION_VALUE_NAME, &value);
    return value;
}

void session_drop_value(void)
{
    PyObject *raised = PyErr_GetRaisedException();

    if (PyDict_PopString(session.globals, SESSION_VALUE_NAME, NULL) < 0)
        PyErr_Clear();
    PyErr_SetRaisedException(raised);
}

/* --- streams --- */

static bool flush(PyObject *file)
{
    PyObject *result;

    if (!file || file == Py_None)
        return true;
    result = PyObject_CallMethodNoArgs(file, session.flush);
    if (!result)
        PyErr_Clear(); /* closed, broken, or no file at all: the guest's own affair */
    Py_XDECREF(result);
    return result != NULL;
}

bool session_flush(void)
{
    bool are_flushed = true;

    for (int i = 0; i < 2; i++) {
        PyObject *file = Py_XNewRef(PyDict_GetItemWithError(session.sys, session.names[i]));
        are_flushed = flush(file) && are_flushed;
        if (file != session.outputs[i])
            are_flushed = flush(session.outputs[i]) && are_flushed;
        Py_XDECREF(file);
    }
    return are_flushed;
}
