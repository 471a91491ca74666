/* The built-in module _raw_call of test images: gives Python the power that native code in a worker would have. Never in an image that
 * is installed. */
#define PY_SSIZE_T_CLEAN
#include "Python.h"

#include <string.h>

#include "raw_call.h"

enum { ARGUMENTS_MAX = 6 };

static const struct entry {
    const char *name;
    long (*enter)(long number, const long a[6]);
} entries[] = {
    {"syscall", raw_call_syscall},     {"int80", raw_call_int80},         {"sysenter", raw_call_sysenter},
    {"vsyscall", raw_call_vsyscall},   {"sigreturn", raw_call_sigreturn},
    {"jump", raw_call_jump},
};

/* An int is itself (any 64 bits, with or without sign); bytes and bytearray are the address of their memory. */
static int take_word(PyObject *object, long *word_out)
{
    if (PyBytes_Check(object))
        *word_out = (long)PyBytes_AS_STRING(object);
    else if (PyByteArray_Check(object))
        *word_out = (long)PyByteArray_AS_STRING(object);
    else
        *word_out = (long)PyLong_AsUnsignedLongLongMask(object);
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *call(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    long words[1 + ARGUMENTS_MAX] = {0};

    (void)self;
    if (count < 2 || count > 2 + ARGUMENTS_MAX || !PyUnicode_Check(arguments[0]))
        return PyErr_Format(PyExc_TypeError, "call(entry, number, up to %d arguments)", ARGUMENTS_MAX);
    for (Py_ssize_t i = 1; i < count; i++)
        if (take_word(arguments[i], &words[i - 1]) != 0)
            return NULL;
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        if (PyUnicode_EqualToUTF8(arguments[0], entries[i].name))
            return PyLong_FromLong(entries[i].enter(words[0], words + 1));
    return PyErr_Format(PyExc_ValueError, "there is no entry %R", arguments[0]);
}

static PyObject *address(PyObject *self, PyObject *object)
{
    long word;

    (void)self;
    return take_word(object, &word) == 0 ? PyLong_FromLong(word) : NULL;
}

static PyMethodDef functions[] = {
    {"call", (PyCFunction)(void (*)(void))call, METH_FASTCALL, "call(entry, number, *arguments): enters the kernel"},
    {"address", address, METH_O, "address(bytes): where its memory lies"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {.m_base = PyModuleDef_HEAD_INIT, .m_name = "_raw_call", .m_size = 0, .m_methods = functions};

PyMODINIT_FUNC PyInit__raw_call(void)
{
    return PyModule_Create(&definition);
}
