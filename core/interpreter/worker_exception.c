/* Hides how an exception becomes a map: each part for itself and within bounds, so that one that cannot be had (a
 * __str__ that raises, a source that is gone) costs no other. */
#include "worker_exception.h"

#include "worker_figures.h"

#include <string.h>

enum {
    CHAIN_DEPTH_MAX = 8,
    MEMBERS_MAX = 32, /* of an exception group */
    NOTES_MAX = 32,
    FRAMES_MAX = 128, /* half of them outermost, half innermost */
    NAME_CHARACTERS_MAX = 1024,
    FILE_CHARACTERS_MAX = 4096,
    MESSAGE_CHARACTERS_MAX = 64 * 1024,
    TEXT_CHARACTERS_MAX = 256 * 1024,
    NESTED_BYTES_MAX = 4 * 1024 * 1024, /* a whole that is larger gets no further exceptions */
};

static const char own_folder[] = "/usr/lib/python3.13/cordon/"; /* where the image has the package */
static PyObject *format_helper, *line_helper;

void worker_exception_set_helpers(PyObject *format, PyObject *line)
{
    format_helper = format;
    line_helper = line;
}

void worker_exception_strip(PyObject *exception, PyObject *code)
{
    PyObject *first = PyException_GetTraceback(exception), *next = first;

    while (next && next != Py_None) {
        PyObject *of_frame = (PyObject *)PyFrame_GetCode(((PyTracebackObject *)next)->tb_frame);
        Py_DECREF(of_frame);
        if (of_frame == code)
            break;
        next = (PyObject *)((PyTracebackObject *)next)->tb_next;
    }
    if (next && next != Py_None && next != first)
        PyException_SetTraceback(exception, next);
    PyErr_Clear();
    Py_XDECREF(first);
}

/* --- texts --- */

/* A str, or what stands for one that could not be had; what is beyond `characters_max` is left out in the middle. */
static void pack_text(struct worker_pack *pack, PyObject *text, Py_ssize_t characters_max, const char *instead)
{
    Py_ssize_t length = text && PyUnicode_Check(text) ? PyUnicode_GET_LENGTH(text) : -1;
    PyObject *shown = NULL, *bytes = NULL;

    if (length > characters_max) {
        PyObject *head = PyUnicode_Substring(text, 0, characters_max / 2);
        PyObject *tail = PyUnicode_Substring(text, length - characters_max / 2, length);
        if (head && tail)
            shown = PyUnicode_FromFormat("%U\n[... %zd characters ...]\n%U", head, length - characters_max, tail);
        Py_XDECREF(head);
        Py_XDECREF(tail);
    } else if (length >= 0) {
        shown = Py_NewRef(text);
    }
    if (shown)
        bytes = PyUnicode_AsEncodedString(shown, "utf-8", "backslashreplace");
    if (bytes)
        msgpack_pack_str_with_body(&pack->packer, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
    else
        worker_pack_text(pack, instead);
    Py_XDECREF(bytes);
    Py_XDECREF(shown);
    PyErr_Clear();
}

/* The same; takes the reference. */
static void pack_text_taken(struct worker_pack *pack, PyObject *text, Py_ssize_t characters_max, const char *instead)
{
    pack_text(pack, text, characters_max, instead);
    Py_XDECREF(text);
}

/* A text field whose line breaks python would show. */
static void pack_named(struct worker_pack *pack, const char *key, PyObject *text, Py_ssize_t characters_max,
                       const char *instead)
{
    worker_pack_text(pack, key);
    pack_text_taken(pack, text, characters_max, instead);
}

static void pack_number(struct worker_pack *pack, const char *key, int number)
{
    worker_pack_text(pack, key);
    msgpack_pack_uint32(&pack->packer, number > 0 ? (uint32_t)number : 0);
}

/* --- frames --- */

/* Counts from 1, in characters; CPython has bytes of UTF-8 from 0, or -1. */
static int column_of(PyObject *line, int byte_column)
{
    Py_ssize_t size;
    const char *text = line ? PyUnicode_AsUTF8AndSize(line, &size) : NULL;
    int column = 1;

    PyErr_Clear();
    if (byte_column < 0)
        return 0;
    if (!text)
        return byte_column + 1;
    for (int i = 0; i < byte_column && i < size; i++)
        column += (text[i] & 0xc0) != 0x80;
    return column;
}

/* A source line without its end, or NULL. */
static PyObject *line_of(PyObject *file, int number)
{
    PyObject *line = line_helper && number > 0 ? PyObject_CallFunction(line_helper, "Oi", file, number) : NULL;

    PyErr_Clear();
    if (line && (!PyUnicode_Check(line) || PyUnicode_GET_LENGTH(line) == 0))
        Py_CLEAR(line);
    return line;
}

static void pack_frame(struct worker_pack *pack, PyTracebackObject *traceback)
{
    PyCodeObject *code = PyFrame_GetCode(traceback->tb_frame);
    int line, column, end_line, end_column;
    PyObject *source, *end_source;

    if (!PyCode_Addr2Location(code, traceback->tb_lasti, &line, &column, &end_line, &end_column)) {
        line = PyCode_Addr2Line(code, traceback->tb_lasti);
        column = end_line = end_column = -1;
    }
    source = line_of(code->co_filename, line);
    end_source = end_line == line ? Py_XNewRef(source) : line_of(code->co_filename, end_line);
    msgpack_pack_map(&pack->packer, 7);
    pack_named(pack, "file", Py_NewRef(code->co_filename), FILE_CHARACTERS_MAX, "?");
    pack_number(pack, "line", line);
    pack_number(pack, "end_line", end_line);
    pack_number(pack, "column", column_of(source, column));
    pack_number(pack, "end_column", column_of(end_source, end_column));
    pack_named(pack, "function", Py_NewRef(code->co_qualname), NAME_CHARACTERS_MAX, "?");
    worker_pack_text(pack, "source");
    if (source)
        pack_text(pack, source, NAME_CHARACTERS_MAX, "");
    else
        msgpack_pack_nil(&pack->packer);
    Py_XDECREF(end_source);
    Py_XDECREF(source);
    Py_DECREF(code);
}

static bool is_own(PyTracebackObject *traceback)
{
    PyCodeObject *code = PyFrame_GetCode(traceback->tb_frame);
    const char *file = PyUnicode_AsUTF8(code->co_filename);
    bool is_own = file && strncmp(file, own_folder, sizeof own_folder - 1) == 0;

    PyErr_Clear();
    Py_DECREF(code);
    return is_own;
}

/* Those of the package cordon say nothing to who called it. */
static PyTracebackObject *next_shown(PyTracebackObject *traceback)
{
    while (traceback && is_own(traceback))
        traceback = traceback->tb_next;
    return traceback;
}

static void pack_frames(struct worker_pack *pack, PyObject *exception)
{
    PyObject *traceback = PyException_GetTraceback(exception);
    PyTracebackObject *first = next_shown((PyTracebackObject *)traceback), *next;
    size_t count = 0, number = 0;

    for (next = first; next; next = next_shown(next->tb_next))
        count++;
    worker_pack_text(pack, "frames");
    msgpack_pack_array(&pack->packer, count < FRAMES_MAX ? count : FRAMES_MAX);
    for (next = first; next; next = next_shown(next->tb_next), number++)
        if (count <= FRAMES_MAX || number < FRAMES_MAX / 2 || number >= count - FRAMES_MAX / 2)
            pack_frame(pack, next);
    Py_XDECREF(traceback);
}

/* --- the whole --- */

/* As far as it goes without Python code: for a traceback module that a guest broke, or too little memory for it. */
static PyObject *plain_text(PyObject *exception)
{
    PyObject *message = PyObject_Str(exception), *text;

    PyErr_Clear();
    text = PyUnicode_FromFormat("%s: %S\n", Py_TYPE(exception)->tp_name, message ? message : Py_None);
    Py_XDECREF(message);
    return text;
}

static PyObject *formatted(PyObject *exception, bool is_nested)
{
    PyObject *text = format_helper
                         ? PyObject_CallFunctionObjArgs(format_helper, exception, is_nested ? Py_False : Py_True, NULL)
                         : NULL;

    PyErr_Clear();
    if (text && !PyUnicode_Check(text))
        Py_CLEAR(text);
    return text ? text : plain_text(exception);
}

/* Takes the reference that an attribute's getter gave; NULL for None and for what is not there. */
static PyObject *or_nothing(PyObject *value)
{
    PyErr_Clear();
    if (value == Py_None)
        Py_CLEAR(value);
    return value;
}

static bool suppresses_context(PyObject *exception)
{
    return ((PyBaseExceptionObject *)exception)->suppress_context;
}

static void encode(struct worker_pack *pack, PyObject *exception, int depth);

static void pack_exception(struct worker_pack *pack, const char *key, PyObject *exception, int depth)
{
    worker_pack_text(pack, key);
    encode(pack, exception, depth);
}

static PyObject *notes_of(PyObject *exception)
{
    PyObject *notes = or_nothing(PyObject_GetAttrString(exception, "__notes__"));

    if (notes && (!PyList_Check(notes) || PyList_GET_SIZE(notes) == 0))
        Py_CLEAR(notes);
    return notes;
}

static void pack_notes(struct worker_pack *pack, PyObject *notes)
{
    Py_ssize_t count = PyList_GET_SIZE(notes) < NOTES_MAX ? PyList_GET_SIZE(notes) : NOTES_MAX;
    PyObject *slice = PyList_GetSlice(notes, 0, count); /* a note's __str__ may change the list */

    PyErr_Clear();
    worker_pack_text(pack, "notes");
    msgpack_pack_array(&pack->packer, slice ? (size_t)count : 0);
    for (Py_ssize_t i = 0; slice && i < count; i++)
        pack_text_taken(pack, PyObject_Str(PyList_GET_ITEM(slice, i)), MESSAGE_CHARACTERS_MAX, "<note str() failed>");
    Py_XDECREF(slice);
}

/* From the object itself: a subclass may have another attribute of that name. */
static PyObject *members_of(PyObject *exception)
{
    if (!PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_BaseExceptionGroup))
        return NULL;
    return Py_XNewRef(((PyBaseExceptionGroupObject *)exception)->excs);
}

static void pack_members(struct worker_pack *pack, PyObject *members, int depth)
{
    Py_ssize_t count = PyTuple_GET_SIZE(members) < MEMBERS_MAX ? PyTuple_GET_SIZE(members) : MEMBERS_MAX;

    worker_pack_text(pack, "exceptions");
    msgpack_pack_array(&pack->packer, (size_t)count);
    for (Py_ssize_t i = 0; i < count; i++)
        encode(pack, PyTuple_GET_ITEM(members, i), depth);
}

static void encode(struct worker_pack *pack, PyObject *exception, int depth)
{
    bool goes_on = depth < CHAIN_DEPTH_MAX && pack->size < NESTED_BYTES_MAX;
    PyObject *cause = goes_on ? PyException_GetCause(exception) : NULL;
    PyObject *context = goes_on && !cause && !suppresses_context(exception) ? PyException_GetContext(exception) : NULL;
    PyObject *notes = notes_of(exception), *members = goes_on ? members_of(exception) : NULL;
    bool is_memory = PyErr_GivenExceptionMatches(exception, PyExc_MemoryError);

    msgpack_pack_map(&pack->packer, 5u + 2 * is_memory + !!cause + !!context + !!notes + !!members);
    pack_named(pack, "type", PyType_GetQualName(Py_TYPE(exception)), NAME_CHARACTERS_MAX, Py_TYPE(exception)->tp_name);
    pack_named(pack, "module", PyType_GetModuleName(Py_TYPE(exception)), NAME_CHARACTERS_MAX, "");
    pack_named(pack, "message", PyObject_Str(exception), MESSAGE_CHARACTERS_MAX, "<exception str() failed>");
    pack_named(pack, "traceback", formatted(exception, depth > 0), TEXT_CHARACTERS_MAX, "");
    pack_frames(pack, exception);
    if (is_memory) {
        worker_pack_text(pack, "limit");
        worker_pack_text(pack, "memory");
        worker_pack_text(pack, "limit_figure");
        msgpack_pack_uint64(&pack->packer, worker_figures_wanted_bytes());
    }
    if (cause)
        pack_exception(pack, "cause", cause, depth + 1);
    if (context)
        pack_exception(pack, "context", context, depth + 1);
    if (notes)
        pack_notes(pack, notes);
    if (members)
        pack_members(pack, members, depth + 1);
    Py_XDECREF(members);
    Py_XDECREF(notes);
    Py_XDECREF(context);
    Py_XDECREF(cause);
}

void worker_exception_encode(struct worker_pack *pack, PyObject *exception)
{
    encode(pack, exception, 0);
    PyErr_Clear();
}
