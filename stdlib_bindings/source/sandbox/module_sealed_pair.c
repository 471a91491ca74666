/* The builtin module _sealed_pair: two connected descriptors for the stand-in of _socket; hides core/sealed from Python code.
 * Joined to the interpreter's table of builtin modules as PyInit__sealed_pair. */
#include <Python.h>

#include "sealed/descriptor.h"

#include <errno.h>

static PyObject *raise_os_error(int error)
{
    errno = -error;
    return PyErr_SetFromErrno(PyExc_OSError);
}

static PyObject *pair_open(PyObject *module, PyObject *none)
{
    int descriptors[2], error = sealed_pair_open(descriptors, SEALED_OPEN_CLOSE_ON_EXEC);
    (void)module;
    (void)none;
    return error ? raise_os_error(error) : Py_BuildValue("ii", descriptors[0], descriptors[1]);
}

static PyObject *pair_stop_writing(PyObject *module, PyObject *argument)
{
    int descriptor = PyLong_AsInt(argument), error;
    (void)module;
    if (descriptor == -1 && PyErr_Occurred())
        return NULL;
    error = sealed_pair_stop_writing(descriptor);
    return error ? raise_os_error(error) : Py_NewRef(Py_None);
}

static PyMethodDef methods[] = {
    {"open", pair_open, METH_NOARGS, "Two descriptors; each reads what is written to the other."},
    {"stop_writing", pair_stop_writing, METH_O, "Lets the other descriptor read the end."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_sealed_pair",
    .m_doc = "Connected descriptors inside the sandbox.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__sealed_pair(void)
{
    return PyModuleDef_Init(&definition);
}
