/* Hides from the report of a limit how CPython keeps its frames. Best effort: between frames there is nothing to tell.
 */
#include "Python.h"

#include "sandbox_where.h"

#include "sealed/limit.h"

#include <string.h>

enum { LINE_BYTES_MAX = 12 }; /* ':', ten digits, NUL */

/* A path that is not ASCII would have to be encoded, which can allocate: its characters beyond are shown as '?'. */
static size_t put_name(char *buffer, size_t room, PyObject *name)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name), first = 0;
    size_t used = 0;

    if ((size_t)length > room)
        first = length - (Py_ssize_t)room; /* the end of a path says more */
    for (Py_ssize_t i = first; i < length; i++) {
        Py_UCS4 character = PyUnicode_READ_CHAR(name, i);
        buffer[used++] = character >= ' ' && character < 127 ? (char)character : '?';
    }
    return used;
}

static void put_line(char *buffer, int line)
{
    char digits[LINE_BYTES_MAX], *next = digits + sizeof digits - 1;

    *next = '\0';
    if (line > 0) {
        for (; line > 0; line /= 10)
            *--next = (char)('0' + line % 10);
        *--next = ':';
    }
    strcpy(buffer, next);
}

static void where(char *buffer, size_t size_bytes)
{
    PyThreadState *tstate = PyThreadState_GetUnchecked();
    PyObject *code;
    size_t used;

    buffer[0] = '\0';
    if (!tstate || !tstate->current_frame)
        return;
    code = PyUnstable_InterpreterFrame_GetCode(tstate->current_frame);
    if (PyCode_Check(code) && PyUnicode_Check(((PyCodeObject *)code)->co_filename)) {
        used = put_name(buffer, size_bytes - LINE_BYTES_MAX, ((PyCodeObject *)code)->co_filename);
        put_line(buffer + used, PyUnstable_InterpreterFrame_GetLine(tstate->current_frame));
    }
    Py_DECREF(code);
}

void sandbox_where_begin(void)
{
    sealed_limit_set_where(where);
}
