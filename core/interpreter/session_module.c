/* Hides calls and ids from the Python package cordon. What it checks is what keeps the protocol whole;
 * schemas, names and namespaces are the package's. */
#include "session_module.h"

#include "session_calls.h"
#include "session_value.h"

#include <string.h>

/* Of the package: HostError(message, host_type). */
static PyObject *host_error;

PyObject *session_raise_host_error(const char *message)
{
    PyErr_SetString(host_error ? host_error : PyExc_RuntimeError, message);
    return NULL;
}

PyObject *session_raise_host_failure(PyObject *message, PyObject *host_type)
{
    PyObject *error =
        PyObject_CallFunctionObjArgs(host_error ? host_error : PyExc_RuntimeError, message, host_type, NULL);

    if (error)
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_XDECREF(error);
    return NULL;
}

/* --- arguments --- */

/* As the interpreter hands them over: the function's name, positional ones, then values for `keywords` (a tuple or
 * NULL). */
struct arguments {
    PyObject *const *values;
    Py_ssize_t positional; /* without the name */
    PyObject *keywords;
};

static PyObject *name_of(const struct arguments *arguments)
{
    return arguments->values[0];
}

static Py_ssize_t keyword_count(const struct arguments *arguments)
{
    return arguments->keywords ? PyTuple_GET_SIZE(arguments->keywords) : 0;
}

static PyObject *keyword_value(const struct arguments *arguments, Py_ssize_t index)
{
    return arguments->values[1 + arguments->positional + index];
}

/* By generation of the host's list, name: (how many are required, for each parameter the exact types that fit or None),
 * or None: anything fits. */
static PyObject *quick_schemas;
static unsigned long quick_generation;
/* check(name, args, kwargs) of the package: raises what is to be raised. */
static PyObject *check_function;

static bool is_one_of(PyTypeObject *type, PyObject *types)
{
    if (types == Py_None)
        return true;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(types); i++)
        if ((PyObject *)type == PyTuple_GET_ITEM(types, i))
            return true;
    return false;
}

/* Most calls are positional and of plain types: no Python code is needed to see that they fit. */
static bool fits_quickly(const struct arguments *arguments)
{
    PyObject *schema;

    if (!quick_schemas || quick_generation != session_calls_generation() || keyword_count(arguments) > 0)
        return false;
    schema = PyDict_GetItemWithError(quick_schemas, name_of(arguments));
    if (!schema || schema == Py_None)
        return schema != NULL;
    if (arguments->positional < PyLong_AsLong(PyTuple_GET_ITEM(schema, 0)) ||
        arguments->positional >= PyTuple_GET_SIZE(schema))
        return false;
    for (Py_ssize_t i = 1; i <= arguments->positional; i++)
        if (!is_one_of(Py_TYPE(arguments->values[i]), PyTuple_GET_ITEM(schema, i)))
            return false;
    return true;
}

static PyObject *positional_tuple(const struct arguments *arguments)
{
    PyObject *tuple = PyTuple_New(arguments->positional);

    for (Py_ssize_t i = 0; tuple && i < arguments->positional; i++)
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(arguments->values[1 + i]));
    return tuple;
}

static PyObject *keyword_dict(const struct arguments *arguments)
{
    PyObject *dict = PyDict_New();

    for (Py_ssize_t i = 0; dict && i < keyword_count(arguments); i++)
        if (PyDict_SetItem(dict, PyTuple_GET_ITEM(arguments->keywords, i), keyword_value(arguments, i)) != 0)
            Py_CLEAR(dict);
    return dict;
}

/* False with an exception set: the arguments do not fit, or there is nobody to call. */
static bool check(const struct arguments *arguments)
{
    PyObject *positional, *named, *checked = NULL;

    if (session_calls_have_host() && fits_quickly(arguments))
        return true;
    if (PyErr_Occurred())
        return false;
    if (!check_function) {
        session_raise_host_error("the package cordon is not imported");
        return false;
    }
    positional = positional_tuple(arguments);
    named = positional ? keyword_dict(arguments) : NULL;
    if (named)
        checked = PyObject_CallFunctionObjArgs(check_function, name_of(arguments), positional, named, NULL);
    Py_XDECREF(checked);
    Py_XDECREF(named);
    Py_XDECREF(positional);
    return checked != NULL;
}

/* Takes the arguments apart; `before` come in front of the name. False with TypeError. */
static bool take_arguments(struct arguments *arguments_out, const char *function, PyObject *const *values,
                           Py_ssize_t count, PyObject *keywords, Py_ssize_t before)
{
    if (count <= before) {
        PyErr_Format(PyExc_TypeError, "%s() missing 1 required positional argument: 'name'", function);
        return false;
    }
    *arguments_out = (struct arguments){values + before, count - before - 1, keywords};
    if (PyUnicode_Check(values[before]))
        return true;
    PyErr_Format(PyExc_TypeError, "the name of a host function must be str, not %.100s",
                 Py_TYPE(values[before])->tp_name);
    return false;
}

/* --- starting a call --- */

static int encode_positional(struct session_sink *sink, const struct arguments *arguments)
{
    size_t mark = session_sink_begin(sink, SESSION_LIST, (size_t)arguments->positional);

    for (Py_ssize_t i = 1; i <= arguments->positional; i++)
        if (session_value_tell_argument(sink, arguments->values[i], i, NULL) != 0)
            return -1;
    session_sink_end(sink, mark);
    return 0;
}

static int encode_named(struct session_sink *sink, const struct arguments *arguments)
{
    size_t mark = session_sink_begin(sink, SESSION_DICT, 2 * (size_t)keyword_count(arguments));

    for (Py_ssize_t i = 0; i < keyword_count(arguments); i++) {
        Py_ssize_t size;
        const char *keyword = PyUnicode_AsUTF8AndSize(PyTuple_GET_ITEM(arguments->keywords, i), &size);
        if (!keyword)
            return -1;
        session_sink_text(sink, keyword, (size_t)size);
        if (session_value_tell_argument(sink, keyword_value(arguments, i), 0, keyword) != 0)
            return -1;
    }
    session_sink_end(sink, mark);
    return 0;
}

static int encode_call(struct session_sink *sink, const struct arguments *arguments)
{
    size_t mark = session_sink_begin(sink, SESSION_LIST, 3);

    if (session_value_tell(sink, name_of(arguments), SESSION_VALUE_ARGUMENT, "the name") != 0 ||
        encode_positional(sink, arguments) != 0 || encode_named(sink, arguments) != 0)
        return -1;
    session_sink_end(sink, mark);
    if (session_sink_failure(sink) == SESSION_SINK_FITS)
        return 0;
    session_value_raise_failure(sink, "the call");
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

static struct session_call *start(const struct arguments *arguments, int descriptor)
{
    struct session_call *call = NULL;
    struct session_draft draft;

    if (!check(arguments))
        return NULL;
    if (encode_call(session_draft_begin(&draft), arguments) != 0)
        name_function_in_exception(name_of(arguments));
    else
        call = session_calls_start(&draft, descriptor);
    session_draft_release(&draft);
    return call;
}

static PyObject *module_call(PyObject *module, PyObject *const *values, Py_ssize_t count, PyObject *keywords)
{
    struct arguments arguments;
    struct session_call *call;

    (void)module;
    if (!take_arguments(&arguments, "call", values, count, keywords, 0))
        return NULL;
    call = start(&arguments, SESSION_CALLS_NO_DESCRIPTOR);
    return call && session_calls_wait(call) ? session_calls_result(call) : NULL;
}

static PyObject *module_start(PyObject *module, PyObject *const *values, Py_ssize_t count, PyObject *keywords)
{
    struct arguments arguments;
    struct session_call *call;
    int descriptor = count > 0 ? PyLong_AsInt(values[0]) : 0;

    (void)module;
    if ((descriptor == -1 && PyErr_Occurred()) || !take_arguments(&arguments, "start", values, count, keywords, 1))
        return NULL;
    if (descriptor < 0) {
        PyErr_SetString(PyExc_ValueError, "a descriptor is wanted");
        return NULL;
    }
    call = start(&arguments, descriptor);
    return call ? PyLong_FromUnsignedLong(session_calls_id(call)) : NULL;
}

/* --- its end --- */

static int find_call(PyObject *argument, struct session_call **call_out)
{
    unsigned long id = PyLong_AsUnsignedLong(argument);

    if (id == (unsigned long)-1 && PyErr_Occurred())
        return -1;
    *call_out = id <= UINT32_MAX ? session_calls_find((uint32_t)id) : NULL;
    return 0;
}

static PyObject *module_take(PyObject *module, PyObject *argument)
{
    struct session_call *call;

    (void)module;
    if (find_call(argument, &call) != 0)
        return NULL;
    if (!call) {
        PyErr_SetString(PyExc_LookupError, "there is no such call");
        return NULL;
    }
    return session_calls_result(call);
}

static PyObject *module_drop(PyObject *module, PyObject *argument)
{
    struct session_call *call;

    (void)module;
    if (find_call(argument, &call) != 0)
        return NULL;
    session_calls_drop(call);
    return Py_NewRef(Py_None);
}

/* Takes back the descriptor's readiness first. */
static PyObject *module_answered(PyObject *module, PyObject *argument)
{
    int descriptor = PyLong_AsInt(argument);
    PyObject *ids = descriptor == -1 && PyErr_Occurred() ? NULL : PyList_New(0);
    struct session_call *call;

    (void)module;
    if (ids)
        session_calls_event_clear(descriptor);
    while (ids && (call = session_calls_next_answered(descriptor))) {
        PyObject *id = PyLong_FromUnsignedLong(session_calls_id(call));
        if (!id || PyList_Append(ids, id) != 0)
            Py_CLEAR(ids);
        Py_XDECREF(id);
    }
    return ids;
}

static PyObject *module_event(PyObject *module, PyObject *none)
{
    int descriptor = session_calls_event_open();

    (void)module;
    (void)none;
    return descriptor < 0 ? NULL : PyLong_FromLong(descriptor);
}

/* --- what the host has --- */

static PyObject *module_has_host(PyObject *module, PyObject *none)
{
    (void)module;
    (void)none;
    return PyBool_FromLong(session_calls_have_host());
}

static PyObject *module_generation(PyObject *module, PyObject *none)
{
    (void)module;
    (void)none;
    return PyLong_FromUnsignedLong(session_calls_generation());
}

static PyObject *module_callbacks(PyObject *module, PyObject *none)
{
    (void)module;
    (void)none;
    return session_calls_list();
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

static PyObject *module_set_check(PyObject *module, PyObject *function)
{
    (void)module;
    Py_XSETREF(check_function, Py_NewRef(function));
    return Py_NewRef(Py_None);
}

/* A row as above quick_schemas; what reads them relies on it. */
static bool is_quick_schema(PyObject *row)
{
    if (row == Py_None)
        return true;
    if (!PyTuple_CheckExact(row) || PyTuple_GET_SIZE(row) == 0 || !PyLong_CheckExact(PyTuple_GET_ITEM(row, 0)))
        return false;
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(row); i++)
        if (PyTuple_GET_ITEM(row, i) != Py_None && !PyTuple_CheckExact(PyTuple_GET_ITEM(row, i)))
            return false;
    return true;
}

static PyObject *module_set_schemas(PyObject *module, PyObject *arguments)
{
    PyObject *schemas, *name, *row;
    unsigned long generation;
    Py_ssize_t position = 0;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "kO!:set_schemas", &generation, &PyDict_Type, &schemas))
        return NULL;
    while (PyDict_Next(schemas, &position, &name, &row)) {
        if (!is_quick_schema(row)) {
            PyErr_SetString(PyExc_TypeError, "a schema is None or a tuple of an int and of tuples of types or None");
            return NULL;
        }
    }
    schemas = PyDict_Copy(schemas);
    if (!schemas)
        return NULL;
    Py_XSETREF(quick_schemas, schemas);
    quick_generation = generation;
    return Py_NewRef(Py_None);
}

PyDoc_STRVAR(call_doc,
             "call($module, name, /, *args, **kwargs)\n--\n\n"
             "Calls the host's function `name` and returns what it answers.\n\n"
             "Other threads run meanwhile; in a running event loop, other tasks do not. TypeError: the arguments do\n"
             "not fit. UnknownCallError: there is no such function. HostError: it failed, with the host's message.");

static PyMethodDef methods[] = {
    {"call", _PyCFunction_CAST(module_call), METH_FASTCALL | METH_KEYWORDS, call_doc},
    {"start", _PyCFunction_CAST(module_start), METH_FASTCALL | METH_KEYWORDS,
     "start(descriptor, name, *args, **kwargs): the number of a call that is under way."},
    {"set_check", module_set_check, METH_O, "set_check(function): who explains what is wrong with a call's arguments."},
    {"set_schemas", module_set_schemas, METH_VARARGS, "set_schemas(generation, schemas): what needs no explanation."},
    {"answered", module_answered, METH_O,
     "answered(descriptor): numbers of calls whose answers came since the last look."},
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
    PyModuleDef_HEAD_INIT, .m_name = "_cordon", .m_doc = "What the package cordon needs of its host.",
    .m_methods = methods,  .m_slots = slots,
};

PyMODINIT_FUNC PyInit__cordon(void)
{
    return PyModuleDef_Init(&definition);
}
