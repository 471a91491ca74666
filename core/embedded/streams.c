/* Hides from Python code that its streams are functions of the host. Text layers and buffers are Python's own; only what stands where a file would be is ours. */
#include "streams.h"

#include "Python.h"

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

/* ---- As files ---- */

static const struct stream {
    const char *name, *other_name;  /* in sys */
    const char *layer, *errors;     /* the buffer's class in io; what happens to characters that are none */
    PyMethodDef methods[3];
    bool is_line_buffered;
} streams[] = {
    {"stdin", "__stdin__", "BufferedReader", "surrogateescape", {{"readinto", read_into, METH_O, NULL}, {"readable", yes, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}}, false},
    {"stdout", "__stdout__", "BufferedWriter", "surrogateescape", {{"write", write_output, METH_O, NULL}, {"writable", yes, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}}, false},
    {"stderr", "__stderr__", "BufferedWriter", "backslashreplace", {{"write", write_error, METH_O, NULL}, {"writable", yes, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}}, true},
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

static PyObject *make_text(PyObject *io, const struct stream *stream)
{
    PyObject *raw = make_raw(io, stream);
    PyObject *buffer = raw != NULL ? PyObject_CallMethod(io, stream->layer, "O", raw) : NULL;
    PyObject *text = buffer != NULL ? PyObject_CallMethod(io, "TextIOWrapper", "OsssO", buffer, "utf-8", stream->errors, "\n",
                                                          stream->is_line_buffered ? Py_True : Py_False)
                                    : NULL;
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
        Py_XDECREF(text);
    }
    Py_XDECREF(io);
    return is_done;
}
