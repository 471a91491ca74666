/* Hides from Python code that its streams are functions of the host. Text layers and buffers are Python's own; only what stands where a file would be is ours. */
#include "streams.h"

#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_global_objects.h"
#include "pycore_runtime.h"
#include "pycore_sysmodule.h"

#include "embedded.h"
#include "cordon/protocol.h"

#include <string.h>

enum { INPUT_BYTES_MAX = 64 * 1024 };

/* ---- What the host is told and asked ---- */

/* The code is to end: as if it had been interrupted. */
static PyObject *refuse(void)
{
    embedded_interpreter.execution.is_refused = true;
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    return NULL;
}

static bool give_output(int stream, const void *data, size_t size)
{
    embedded_execution *execution = &embedded_interpreter.execution;
    if (execution->streams == NULL)
        return embedded_interpreter.stray_output == NULL || embedded_interpreter.stray_output(embedded_interpreter.stray_context, stream, data, size) == 0;
    execution->result->public.figures.output_bytes += size;
    result_collect(execution->result, stream, data, size);
    return execution->streams->output == NULL || execution->streams->output(execution->streams->context, stream, data, size) == 0;
}

static PyObject *write_to(int stream, PyObject *object)
{
    Py_buffer buffer;
    if (PyObject_GetBuffer(object, &buffer, PyBUF_SIMPLE) != 0)
        return NULL;
    Py_ssize_t size = buffer.len;
    bool is_taken = size == 0 || give_output(stream, buffer.buf, (size_t)size);
    PyBuffer_Release(&buffer);
    return is_taken ? PyLong_FromSsize_t(size) : refuse();
}

static PyObject *write_output(PyObject *self, PyObject *object)
{
    (void)self;
    return write_to(CORDON_OUTPUT_STDOUT, object);
}

static PyObject *write_error(PyObject *self, PyObject *object)
{
    (void)self;
    return write_to(CORDON_OUTPUT_STDERR, object);
}

static PyObject *read_into(PyObject *self, PyObject *object)
{
    const cordon_streams *streams = embedded_interpreter.execution.streams;
    Py_buffer buffer;
    long count = 0;
    (void)self;
    if (PyObject_GetBuffer(object, &buffer, PyBUF_WRITABLE) != 0)
        return NULL;
    long room = buffer.len < INPUT_BYTES_MAX ? (long)buffer.len : INPUT_BYTES_MAX;
    if (streams != NULL && streams->input != NULL && room > 0)
        count = streams->input(streams->context, buffer.buf, (size_t)room);
    PyBuffer_Release(&buffer);
    return count >= 0 && count <= room ? PyLong_FromLong(count) : refuse();
}

static PyObject *yes(PyObject *self, PyObject *none)
{
    (void)self;
    (void)none;
    return Py_NewRef(Py_True);
}

/* ---- Whether they were used ---- */

/* Flushing streams that nobody wrote to takes longer than calling a plugin, so each layer says when it is written to; the layers below are reached through it, or by its name `buffer`. */
static bool were_used;
static PyObject *outputs[2]; /* as they were put into sys; only ever compared */

static PyObject *text_write, *bytes_write; /* of the classes in io */

static PyObject *write_through(PyObject *function, PyObject *self, PyObject *object)
{
    PyObject *arguments[] = {self, object};
    were_used = true;
    return PyObject_Vectorcall(function, arguments, 2, NULL);
}

static PyObject *write_text(PyObject *self, PyObject *object)
{
    return write_through(text_write, self, object);
}

static PyObject *write_bytes(PyObject *self, PyObject *object)
{
    return write_through(bytes_write, self, object);
}

static bool is_replaced(void)
{
    PyThreadState *thread = PyThreadState_Get();
    return _PySys_GetAttr(thread, &_Py_ID(stdout)) != outputs[0] || _PySys_GetAttr(thread, &_Py_ID(stderr)) != outputs[1];
}

bool embedded_streams_were_used(void)
{
    bool were = were_used || is_replaced();
    were_used = false;
    return were;
}

/* ---- As files ---- */

static const struct stream {
    const char *name, *other_name;  /* in sys */
    const char *layer, *errors;     /* the buffer's class in io; what happens to characters that are none */
    PyMethodDef methods[3];
    bool is_line_buffered, is_output;
} streams[] = {
    {"stdin", "__stdin__", "BufferedReader", "surrogateescape", {{"readinto", read_into, METH_O, NULL}, {"readable", yes, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}}, false, false},
    {"stdout", "__stdout__", "BufferedWriter", "surrogateescape", {{"write", write_output, METH_O, NULL}, {"writable", yes, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}}, false, true},
    {"stderr", "__stderr__", "BufferedWriter", "backslashreplace", {{"write", write_error, METH_O, NULL}, {"writable", yes, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}}, true, true},
};

/* An instance of a class of its own below io.RawIOBase. */
static PyObject *make_raw(PyObject *io, const struct stream *stream)
{
    PyType_Slot slots[] = {{Py_tp_methods, (void *)stream->methods}, {0, NULL}};
    PyType_Spec spec = {.name = "cordon.Stream", .flags = Py_TPFLAGS_DEFAULT, .slots = slots};
    PyObject *base = PyObject_GetAttrString(io, "RawIOBase");
    PyObject *type = base != NULL ? PyType_FromSpecWithBases(&spec, base) : NULL;
    PyObject *raw = type != NULL ? PyObject_CallNoArgs(type) : NULL;
    Py_XDECREF(type);
    Py_XDECREF(base);
    return raw;
}

/* The class of io, or for an output one below it that says when it is written to. */
static PyObject *class_of(PyObject *io, const char *name, PyObject **write_out, PyCFunction write, bool is_output)
{
    PyObject *base = PyObject_GetAttrString(io, name);
    if (base == NULL || !is_output)
        return base;
    PyMethodDef *methods = PyMem_Calloc(2, sizeof *methods); /* lives as long as the class, which is as long as the process */
    PyObject *type = NULL;
    if (methods != NULL && (*write_out != NULL || (*write_out = PyObject_GetAttrString(base, "write")) != NULL)) {
        methods[0] = (PyMethodDef){"write", write, METH_O, NULL};
        PyType_Slot slots[] = {{Py_tp_methods, methods}, {0, NULL}};
        PyType_Spec spec = {.name = strcmp(name, "TextIOWrapper") == 0 ? "_io.TextIOWrapper" : "_io.BufferedWriter", .flags = Py_TPFLAGS_DEFAULT, .slots = slots};
        type = PyType_FromSpecWithBases(&spec, base);
    }
    Py_DECREF(base);
    return type;
}

static PyObject *make_text(PyObject *io, const struct stream *stream)
{
    PyObject *raw = make_raw(io, stream);
    PyObject *layer = raw != NULL ? class_of(io, stream->layer, &bytes_write, write_bytes, stream->is_output) : NULL;
    PyObject *buffer = layer != NULL ? PyObject_CallOneArg(layer, raw) : NULL;
    PyObject *wrapper = buffer != NULL ? class_of(io, "TextIOWrapper", &text_write, write_text, stream->is_output) : NULL;
    PyObject *text = wrapper != NULL ? PyObject_CallFunction(wrapper, "OsssO", buffer, "utf-8", stream->errors, "\n", stream->is_line_buffered ? Py_True : Py_False) : NULL;
    Py_XDECREF(wrapper);
    Py_XDECREF(layer);
    Py_XDECREF(buffer);
    Py_XDECREF(raw);
    return text;
}

bool embedded_streams_install(void)
{
    PyObject *io = PyImport_ImportModule("io");
    bool is_done = io != NULL;
    for (size_t i = 0; is_done && i < sizeof streams / sizeof *streams; i++) {
        PyObject *text = make_text(io, &streams[i]);
        is_done = text != NULL && PySys_SetObject(streams[i].name, text) == 0 && PySys_SetObject(streams[i].other_name, text) == 0;
        if (streams[i].is_output)
            outputs[i - 1] = text;
        Py_XDECREF(text);
    }
    Py_XDECREF(io);
    return is_done;
}
