/* Hides how it is known that there is nothing to flush: every write to a stream sets a mark, and CPython tells when sys.stdout or sys.stderr becomes another object or gets a method of its own.
 *
 * The mark is set by what stands in front of the two methods that lead into a buffer. It stands in their definitions, not in their types' dictionaries: bound methods that somebody kept
 * lead there too. */
#include "Python.h"

#include "worker_streams.h"

#include "session_run.h"

#include <stdio.h>

static struct {
    bool are_watched;  /* false: nothing is known of them */
    bool may_hold;     /* something was written since they were flushed, or could not be flushed */
    PyObject *sys;     /* sys.__dict__ */
} streams = {.may_hold = true};

/* --- writes --- */

static PyCFunction original_text_write, original_buffer_write;

static PyObject *text_write(PyObject *self, PyObject *text)
{
    streams.may_hold = true;
    return original_text_write(self, text);
}

static PyObject *buffer_write(PyObject *self, PyObject *bytes)
{
    streams.may_hold = true;
    return original_buffer_write(self, bytes);
}

/* False with an exception set. */
static bool put_in_front(const char *type_name, PyCFunction function, PyCFunction *original_out)
{
    PyObject *module = PyImport_ImportModule("_io"), *type = module ? PyObject_GetAttrString(module, type_name) : NULL;
    PyObject *method = type ? PyObject_GetAttrString(type, "write") : NULL;
    bool is_known = method && Py_IS_TYPE(method, &PyMethodDescr_Type) && ((PyMethodDescrObject *)method)->d_method->ml_flags == METH_O;

    if (is_known) {
        PyMethodDef *definition = ((PyMethodDescrObject *)method)->d_method;
        *original_out = definition->ml_meth;
        definition->ml_meth = function;
    } else if (method) {
        PyErr_Format(PyExc_SystemError, "_io.%s.write is not what it was", type_name);
    }
    Py_XDECREF(method);
    Py_XDECREF(type);
    Py_XDECREF(module);
    return is_known;
}

bool worker_streams_prepare(void)
{
    return put_in_front("TextIOWrapper", text_write, &original_text_write) && put_in_front("BufferedWriter", buffer_write, &original_buffer_write);
}

/* --- other streams --- */

static bool is_stream(PyObject *name)
{
    return PyUnicode_Check(name) && (PyUnicode_EqualToUTF8(name, "stdout") || PyUnicode_EqualToUTF8(name, "stderr"));
}

/* The guest's own, from then on: they are flushed each time, as nobody knows what they hold. */
static int sys_changes(PyDict_WatchEvent event, PyObject *dict, PyObject *name, PyObject *value)
{
    (void)value;
    /* Of a stream's own dictionary, any: a method that stands there stands before that of the type. */
    if (dict != streams.sys || !name || is_stream(name) || event == PyDict_EVENT_CLONED)
        streams.are_watched = false;
    return 0;
}

static bool is_of_type(PyObject *object, const char *name)
{
    PyObject *module = PyImport_ImportModule("_io"), *type = module ? PyObject_GetAttrString(module, name) : NULL;
    bool is_one = object && (PyObject *)Py_TYPE(object) == type;

    Py_XDECREF(type);
    Py_XDECREF(module);
    return is_one;
}

/* Text over a buffer, both of the types whose writes are known. */
static bool is_plain(const char *name)
{
    PyObject *stream = Py_XNewRef(PySys_GetObject(name)), *buffer = NULL;
    bool is_one = is_of_type(stream, "TextIOWrapper");

    if (is_one)
        buffer = PyObject_GetAttrString(stream, "buffer");
    is_one = is_one && is_of_type(buffer, "BufferedWriter");
    Py_XDECREF(buffer);
    Py_XDECREF(stream);
    return is_one;
}

static bool watch_own_names(int watcher, const char *name)
{
    PyObject *stream = PySys_GetObject(name), *dict = stream ? PyObject_GenericGetDict(stream, NULL) : NULL;
    bool is_watched = dict && PyDict_Watch(watcher, dict) == 0;

    Py_XDECREF(dict);
    return is_watched;
}

void worker_streams_begin(void)
{
    PyObject *module = PyImport_ImportModule("sys");
    int watcher = PyDict_AddWatcher(sys_changes);

    streams.sys = module ? Py_XNewRef(PyModule_GetDict(module)) : NULL;
    streams.are_watched = original_buffer_write && streams.sys && watcher >= 0 && is_plain("stdout") && is_plain("stderr") && PyDict_Watch(watcher, streams.sys) == 0 &&
                          watch_own_names(watcher, "stdout") && watch_own_names(watcher, "stderr");
    Py_XDECREF(module);
    PyErr_Clear();
}

/* --- flushing --- */

void worker_streams_flush(void)
{
    if (!streams.are_watched || streams.may_hold) {
        streams.may_hold = false; /* before: what is written meanwhile may stay behind */
        if (!session_flush())
            streams.may_hold = true;
    }
    fflush(stdout);
    fflush(stderr);
}
