/* Hides how an exception becomes a map: each part for itself and within bounds, so that one that cannot be had (a
 * __str__ that raises, a source that is gone) costs no other. */
#include "session_exception.h"

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

static struct session_exception_helpers helpers;

void session_exception_set_helpers(const struct session_exception_helpers *given)
{
    helpers = *given;
}

void session_exception_strip(PyObject *exception, PyObject *code)
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

static void tell_static(struct session_sink *sink, const char *text)
{
    session_sink_text(sink, text, strlen(text));
}

/* A str, or what stands for one that could not be had; what is beyond `characters_max` is left out in the middle. */
static void tell_text(struct session_sink *sink, PyObject *text, Py_ssize_t characters_max, const char *instead)
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
        session_sink_text(sink, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
    else
        tell_static(sink, instead);
    Py_XDECREF(bytes);
    Py_XDECREF(shown);
    PyErr_Clear();
}

/* The same; takes the reference. */
static void tell_text_taken(struct session_sink *sink, PyObject *text, Py_ssize_t characters_max, const char *instead)
{
    tell_text(sink, text, characters_max, instead);
    Py_XDECREF(text);
}

/* A text field whose line breaks python would show. */
static void tell_named(struct session_sink *sink, const char *key, PyObject *text, Py_ssize_t characters_max,
                       const char *instead)
{
    tell_static(sink, key);
    tell_text_taken(sink, text, characters_max, instead);
}

static void tell_number(struct session_sink *sink, const char *key, int number)
{
    tell_static(sink, key);
    session_sink_unsigned(sink, number > 0 ? (unsigned)number : 0);
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
    PyObject *line = helpers.line && number > 0 ? PyObject_CallFunction(helpers.line, "Oi", file, number) : NULL;

    PyErr_Clear();
    if (line && (!PyUnicode_Check(line) || PyUnicode_GET_LENGTH(line) == 0))
        Py_CLEAR(line);
    return line;
}

static void tell_frame(struct session_sink *sink, PyTracebackObject *traceback)
{
    PyCodeObject *code = PyFrame_GetCode(traceback->tb_frame);
    int line, column, end_line, end_column;
    PyObject *source, *end_source;
    size_t mark;

    if (!PyCode_Addr2Location(code, traceback->tb_lasti, &line, &column, &end_line, &end_column)) {
        line = PyCode_Addr2Line(code, traceback->tb_lasti);
        column = end_line = end_column = -1;
    }
    source = line_of(code->co_filename, line);
    end_source = end_line == line ? Py_XNewRef(source) : line_of(code->co_filename, end_line);
    mark = session_sink_begin(sink, SESSION_DICT, 2 * 7);
    tell_named(sink, "file", Py_NewRef(code->co_filename), FILE_CHARACTERS_MAX, "?");
    tell_number(sink, "line", line);
    tell_number(sink, "end_line", end_line);
    tell_number(sink, "column", column_of(source, column));
    tell_number(sink, "end_column", column_of(end_source, end_column));
    tell_named(sink, "function", Py_NewRef(code->co_qualname), NAME_CHARACTERS_MAX, "?");
    tell_static(sink, "source");
    if (source)
        tell_text(sink, source, NAME_CHARACTERS_MAX, "");
    else
        session_sink_none(sink);
    session_sink_end(sink, mark);
    Py_XDECREF(end_source);
    Py_XDECREF(source);
    Py_DECREF(code);
}

static bool is_own(PyTracebackObject *traceback)
{
    PyCodeObject *code = PyFrame_GetCode(traceback->tb_frame);
    const char *file = PyUnicode_AsUTF8(code->co_filename);
    bool is_own = file && helpers.folder && strncmp(file, helpers.folder, strlen(helpers.folder)) == 0;

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

static void tell_frames(struct session_sink *sink, PyObject *exception)
{
    PyObject *traceback = PyException_GetTraceback(exception);
    PyTracebackObject *first = next_shown((PyTracebackObject *)traceback), *next;
    size_t count = 0, number = 0, mark;

    for (next = first; next; next = next_shown(next->tb_next))
        count++;
    tell_static(sink, "frames");
    mark = session_sink_begin(sink, SESSION_LIST, count < FRAMES_MAX ? count : FRAMES_MAX);
    for (next = first; next; next = next_shown(next->tb_next), number++)
        if (count <= FRAMES_MAX || number < FRAMES_MAX / 2 || number >= count - FRAMES_MAX / 2)
            tell_frame(sink, next);
    session_sink_end(sink, mark);
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
    PyObject *text = helpers.format
                         ? PyObject_CallFunctionObjArgs(helpers.format, exception, is_nested ? Py_False : Py_True, NULL)
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

static void tell(struct session_sink *sink, PyObject *exception, int depth);

static void tell_exception(struct session_sink *sink, const char *key, PyObject *exception, int depth)
{
    tell_static(sink, key);
    tell(sink, exception, depth);
}

static PyObject *notes_of(PyObject *exception)
{
    PyObject *notes = or_nothing(PyObject_GetAttrString(exception, "__notes__"));

    if (notes && (!PyList_Check(notes) || PyList_GET_SIZE(notes) == 0))
        Py_CLEAR(notes);
    return notes;
}

static void tell_notes(struct session_sink *sink, PyObject *notes)
{
    Py_ssize_t count = PyList_GET_SIZE(notes) < NOTES_MAX ? PyList_GET_SIZE(notes) : NOTES_MAX;
    PyObject *slice = PyList_GetSlice(notes, 0, count); /* a note's __str__ may change the list */
    size_t mark;

    PyErr_Clear();
    tell_static(sink, "notes");
    mark = session_sink_begin(sink, SESSION_LIST, slice ? (size_t)count : 0);
    for (Py_ssize_t i = 0; slice && i < count; i++)
        tell_text_taken(sink, PyObject_Str(PyList_GET_ITEM(slice, i)), MESSAGE_CHARACTERS_MAX, "<note str() failed>");
    session_sink_end(sink, mark);
    Py_XDECREF(slice);
}

/* From the object itself: a subclass may have another attribute of that name. */
static PyObject *members_of(PyObject *exception)
{
    if (!PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_BaseExceptionGroup))
        return NULL;
    return Py_XNewRef(((PyBaseExceptionGroupObject *)exception)->excs);
}

static void tell_members(struct session_sink *sink, PyObject *members, int depth)
{
    Py_ssize_t count = PyTuple_GET_SIZE(members) < MEMBERS_MAX ? PyTuple_GET_SIZE(members) : MEMBERS_MAX;
    size_t mark;

    tell_static(sink, "exceptions");
    mark = session_sink_begin(sink, SESSION_LIST, (size_t)count);
    for (Py_ssize_t i = 0; i < count; i++)
        tell(sink, PyTuple_GET_ITEM(members, i), depth);
    session_sink_end(sink, mark);
}

static void tell(struct session_sink *sink, PyObject *exception, int depth)
{
    bool goes_on = depth < CHAIN_DEPTH_MAX && session_sink_size(sink) < NESTED_BYTES_MAX;
    PyObject *cause = goes_on ? PyException_GetCause(exception) : NULL;
    PyObject *context = goes_on && !cause && !suppresses_context(exception) ? PyException_GetContext(exception) : NULL;
    PyObject *notes = notes_of(exception), *members = goes_on ? members_of(exception) : NULL;
    bool is_limit = helpers.memory_wanted && PyErr_GivenExceptionMatches(exception, PyExc_MemoryError);
    size_t mark = session_sink_begin(sink, SESSION_DICT,
                                     2 * (5u + 2 * is_limit + !!cause + !!context + !!notes + !!members));

    tell_named(sink, "type", PyType_GetQualName(Py_TYPE(exception)), NAME_CHARACTERS_MAX, Py_TYPE(exception)->tp_name);
    tell_named(sink, "module", PyType_GetModuleName(Py_TYPE(exception)), NAME_CHARACTERS_MAX, "");
    tell_named(sink, "message", PyObject_Str(exception), MESSAGE_CHARACTERS_MAX, "<exception str() failed>");
    tell_named(sink, "traceback", formatted(exception, depth > 0), TEXT_CHARACTERS_MAX, "");
    tell_frames(sink, exception);
    if (is_limit) {
        tell_static(sink, "limit");
        tell_static(sink, "memory");
        tell_static(sink, "limit_figure");
        session_sink_unsigned(sink, helpers.memory_wanted());
    }
    if (cause)
        tell_exception(sink, "cause", cause, depth + 1);
    if (context)
        tell_exception(sink, "context", context, depth + 1);
    if (notes)
        tell_notes(sink, notes);
    if (members)
        tell_members(sink, members, depth + 1);
    session_sink_end(sink, mark);
    Py_XDECREF(members);
    Py_XDECREF(notes);
    Py_XDECREF(context);
    Py_XDECREF(cause);
}

void session_exception_tell(struct session_sink *sink, PyObject *exception)
{
    tell(sink, exception, 0);
    PyErr_Clear();
}
