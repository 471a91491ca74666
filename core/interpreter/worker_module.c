/* Hides calls, ids and MessagePack from the Python package cordon. What it checks is what keeps the protocol whole;
 * schemas, names and namespaces are the package's. */
#include "Python.h"

#include "worker_module.h"

#include "worker_calls.h"
#include "worker_value.h"

#include "sealed/descriptor.h"

#include <errno.h>

/* Of the package: HostError(message, host_type). */
static PyObject *host_error;

static PyObject *raise_host_error(const char *message)
{
    PyErr_SetString(host_error ? host_error : PyExc_RuntimeError, message);
    return NULL;
}

static PyObject *text_or_none(const msgpack_object *object)
{
    if (object->type == MSGPACK_OBJECT_NIL)
        return Py_NewRef(Py_None);
    return PyUnicode_DecodeUTF8(object->via.str.ptr, object->via.str.size, "replace");
}

static PyObject *raise_failure(const msgpack_object *message, const msgpack_object *type)
{
    PyObject *text = text_or_none(message), *host_type = text_or_none(type), *error = NULL;

    if (text && host_type)
        error = PyObject_CallFunctionObjArgs(host_error ? host_error : PyExc_RuntimeError, text, host_type, NULL);
    if (error)
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_XDECREF(error);
    Py_XDECREF(host_type);
    Py_XDECREF(text);
    return NULL;
}

/* What the call gives. The call is dropped. */
static PyObject *result_of(struct worker_call *call)
{
    const msgpack_object *answer;
    PyObject *result = NULL;

    switch (worker_calls_answer(call, &answer)) {
    case WORKER_ANSWER_CAME:
        result = answer->via.array.ptr[0].via.boolean ? worker_value_decode(&answer->via.array.ptr[1])
                                                      : raise_failure(&answer->via.array.ptr[1], &answer->via.array.ptr[2]);
        break;
    case WORKER_ANSWER_LOST:
        PyErr_NoMemory();
        break;
    case WORKER_ANSWER_FORGOTTEN:
        raise_host_error("the execution that made this call has ended");
        break;
    case WORKER_ANSWER_NONE:
        PyErr_SetString(PyExc_RuntimeError, "the host has not answered yet");
        return NULL;
    }
    worker_calls_drop(call);
    return result;
}

/* --- starting a call --- */

static int encode_positional(struct worker_pack *pack, PyObject *arguments)
{
    msgpack_pack_array(&pack->packer, (size_t)PyTuple_GET_SIZE(arguments));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(arguments); i++) {
        char name[32];
        PyOS_snprintf(name, sizeof name, "argument %zd", i + 1);
        if (worker_value_encode(pack, PyTuple_GET_ITEM(arguments, i), WORKER_VALUE_ARGUMENT, name) != 0)
            return -1;
    }
    return 0;
}

static int encode_named(struct worker_pack *pack, PyObject *arguments)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;

    msgpack_pack_map(&pack->packer, (size_t)PyDict_GET_SIZE(arguments));
    while (PyDict_Next(arguments, &position, &key, &value)) {
        const char *text = PyUnicode_AsUTF8(key);
        char name[128];
        if (!text)
            return -1;
        PyOS_snprintf(name, sizeof name, "argument '%.100s'", text);
        worker_pack_text(pack, text);
        if (worker_value_encode(pack, value, WORKER_VALUE_ARGUMENT, name) != 0)
            return -1;
    }
    return 0;
}

static int encode_call(struct worker_pack *pack, PyObject *name, PyObject *positional, PyObject *named)
{
    msgpack_pack_array(&pack->packer, 3);
    if (worker_value_encode(pack, name, WORKER_VALUE_ARGUMENT, "the name") != 0 ||
        encode_positional(pack, positional) != 0 || encode_named(pack, named) != 0)
        return -1;
    if (pack->failure == WORKER_PACK_FITS)
        return 0;
    worker_value_raise_failure(pack, "the call");
    return -1;
}

/* The exception that is set, with the function's name before its text. */
static void name_function_in_exception(PyObject *function)
{
    PyObject *exception = PyErr_GetRaisedException(), *type = (PyObject *)Py_TYPE(exception);

    if (type == PyExc_TypeError || type == PyExc_ValueError || type == PyExc_RuntimeError)
        PyErr_Format(type, "%U(): %S", function, exception);
    else
        PyErr_SetRaisedException(Py_NewRef(exception));
    Py_DECREF(exception);
}

static struct worker_call *start(PyObject *name, PyObject *positional, PyObject *named, int descriptor)
{
    struct worker_call *call = NULL;
    struct worker_pack pack;

    if (!worker_calls_have_host()) {
        raise_host_error("no host: nobody supervises this sandbox");
        return NULL;
    }
    worker_pack_begin(&pack);
    if (encode_call(&pack, name, positional, named) != 0) {
        name_function_in_exception(name);
    } else {
        call = worker_calls_start(&pack, descriptor, descriptor == WORKER_CALLS_NO_DESCRIPTOR);
        if (!call)
            PyErr_NoMemory();
    }
    worker_pack_release(&pack);
    return call;
}

static PyObject *module_call(PyObject *module, PyObject *arguments)
{
    PyObject *name, *positional, *named;
    struct worker_call *call;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "UO!O!:call", &name, &PyTuple_Type, &positional, &PyDict_Type, &named))
        return NULL;
    call = start(name, positional, named, WORKER_CALLS_NO_DESCRIPTOR);
    if (!call)
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    worker_calls_wait(call);
    Py_END_ALLOW_THREADS;
    return result_of(call);
}

static PyObject *module_start(PyObject *module, PyObject *arguments)
{
    PyObject *name, *positional, *named;
    struct worker_call *call;
    int descriptor;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "UO!O!i:start", &name, &PyTuple_Type, &positional, &PyDict_Type, &named, &descriptor))
        return NULL;
    if (descriptor < 0) {
        PyErr_SetString(PyExc_ValueError, "a descriptor is wanted");
        return NULL;
    }
    call = start(name, positional, named, descriptor);
    return call ? PyLong_FromUnsignedLong(worker_call_id(call)) : NULL;
}

/* --- its end --- */

static int find_call(PyObject *argument, struct worker_call **call_out)
{
    unsigned long id = PyLong_AsUnsignedLong(argument);

    if (id == (unsigned long)-1 && PyErr_Occurred())
        return -1;
    *call_out = id <= UINT32_MAX ? worker_calls_find((uint32_t)id) : NULL;
    return 0;
}

static PyObject *module_take(PyObject *module, PyObject *argument)
{
    struct worker_call *call;

    (void)module;
    if (find_call(argument, &call) != 0)
        return NULL;
    if (!call) {
        PyErr_SetString(PyExc_LookupError, "there is no such call");
        return NULL;
    }
    return result_of(call);
}

static PyObject *module_drop(PyObject *module, PyObject *argument)
{
    struct worker_call *call;

    (void)module;
    if (find_call(argument, &call) != 0)
        return NULL;
    worker_calls_drop(call);
    return Py_NewRef(Py_None);
}

static PyObject *module_answered(PyObject *module, PyObject *argument)
{
    int descriptor = PyLong_AsInt(argument);
    PyObject *ids = descriptor == -1 && PyErr_Occurred() ? NULL : PyList_New(0);
    struct worker_call *call;

    (void)module;
    while (ids && (call = worker_calls_next_answered(descriptor))) {
        PyObject *id = PyLong_FromUnsignedLong(worker_call_id(call));
        if (!id || PyList_Append(ids, id) != 0)
            Py_CLEAR(ids);
        Py_XDECREF(id);
    }
    return ids;
}

static PyObject *module_event(PyObject *module, PyObject *none)
{
    int descriptor = sealed_event_open(0, false, SEALED_OPEN_NONBLOCK | SEALED_OPEN_CLOSE_ON_EXEC);

    (void)module;
    (void)none;
    if (descriptor < 0) {
        errno = -descriptor;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyLong_FromLong(descriptor);
}

/* --- what the host has --- */

static PyObject *module_has_host(PyObject *module, PyObject *none)
{
    (void)module;
    (void)none;
    return PyBool_FromLong(worker_calls_have_host());
}

static PyObject *module_generation(PyObject *module, PyObject *none)
{
    (void)module;
    (void)none;
    return PyLong_FromUnsignedLong(worker_calls_generation());
}

static PyObject *module_callbacks(PyObject *module, PyObject *none)
{
    const msgpack_object *list = worker_calls_list();

    (void)module;
    (void)none;
    return list ? worker_value_decode(list) : PyList_New(0);
}

static PyObject *module_set_error(PyObject *module, PyObject *type)
{
    (void)module;
    if (!PyExceptionClass_Check(type)) {
        PyErr_SetString(PyExc_TypeError, "an exception class is wanted");
        return NULL;
    }
    Py_XSETREF(host_error, Py_NewRef(type));
    return Py_NewRef(Py_None);
}

static PyMethodDef methods[] = {
    {"call", module_call, METH_VARARGS, "call(name, args, kwargs): what the host answers; other threads run meanwhile."},
    {"start", module_start, METH_VARARGS, "start(name, args, kwargs, descriptor): the number of a call that is under way."},
    {"answered", module_answered, METH_O, "answered(descriptor): numbers of calls whose answers came since the last look."},
    {"take", module_take, METH_O, "take(number): what an answered call gives; it is then over."},
    {"drop", module_drop, METH_O, "drop(number): nobody wants that answer any more."},
    {"event", module_event, METH_NOARGS, "A descriptor that becomes readable when an answer comes."},
    {"has_host", module_has_host, METH_NOARGS, "Whether somebody supervises this sandbox."},
    {"generation", module_generation, METH_NOARGS, "A number that changes when the host's functions do."},
    {"callbacks", module_callbacks, METH_NOARGS, "The host's functions, as it described them."},
    {"set_error", module_set_error, METH_O, "set_error(type): what failures are raised as: type(message, host_type)."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_cordon",
    .m_doc = "What the package cordon needs of the sandbox.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__cordon(void)
{
    return PyModuleDef_Init(&definition);
}
