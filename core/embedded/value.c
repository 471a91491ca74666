/* Hides how a host's value becomes a Python object. */
#include "value.h"

#include <datetime.h>

/* ---- Containers ---- */

static PyObject *make_list(const cordon_value *value)
{
    size_t count = cordon_value_count(value);
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *member = embedded_value_make(cordon_value_at(value, i));
        if (member != NULL)
            PyList_SET_ITEM(list, (Py_ssize_t)i, member);
        else
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *make_tuple(const cordon_value *value)
{
    size_t count = cordon_value_count(value);
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; tuple != NULL && i < count; i++) {
        PyObject *member = embedded_value_make(cordon_value_at(value, i));
        if (member != NULL)
            PyTuple_SET_ITEM(tuple, (Py_ssize_t)i, member);
        else
            Py_CLEAR(tuple);
    }
    return tuple;
}

/* `set` is taken over. */
static PyObject *fill_set(PyObject *set, const cordon_value *value)
{
    for (size_t i = 0; set != NULL && i < cordon_value_count(value); i++) {
        PyObject *member = embedded_value_make(cordon_value_at(value, i));
        if (member == NULL || PySet_Add(set, member) < 0)
            Py_CLEAR(set);
        Py_XDECREF(member);
    }
    return set;
}

static PyObject *make_dict(const cordon_value *value)
{
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict != NULL && i < cordon_value_count(value); i++) {
        PyObject *key = embedded_value_make(cordon_value_key_at(value, i));
        PyObject *member = key != NULL ? embedded_value_make(cordon_value_at(value, i)) : NULL;
        if (member == NULL || PyDict_SetItem(dict, key, member) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(member);
        Py_XDECREF(key);
    }
    return dict;
}

/* ---- Dates ---- */

static bool has_datetime(void)
{
    if (PyDateTimeAPI == NULL)
        PyDateTime_IMPORT;
    return PyDateTimeAPI != NULL;
}

/* A tzinfo, or None. */
static PyObject *zone_of(const cordon_moment *moment)
{
    if (!moment->has_offset)
        return Py_NewRef(Py_None);
    if (moment->offset_seconds == 0)
        return Py_NewRef(PyDateTime_TimeZone_UTC);
    PyObject *delta = PyDelta_FromDSU(0, moment->offset_seconds, 0);
    PyObject *zone = delta != NULL ? PyTimeZone_FromOffset(delta) : NULL;
    Py_XDECREF(delta);
    return zone;
}

static PyObject *make_moment(const cordon_value *value)
{
    cordon_moment m;
    cordon_value_kind kind = cordon_value_get_kind(value);
    if (!has_datetime() || !cordon_value_get_moment(value, &m))
        return NULL;
    if (kind == CORDON_VALUE_DATE)
        return PyDate_FromDate(m.year, m.month, m.day);
    PyObject *zone = zone_of(&m), *made = NULL;
    if (zone != NULL && kind == CORDON_VALUE_TIME)
        made = PyDateTimeAPI->Time_FromTimeAndFold(m.hour, m.minute, m.second, m.microsecond, zone, m.fold, PyDateTimeAPI->TimeType);
    else if (zone != NULL)
        made = PyDateTimeAPI->DateTime_FromDateAndTimeAndFold(m.year, m.month, m.day, m.hour, m.minute, m.second, m.microsecond, zone, m.fold,
                                                              PyDateTimeAPI->DateTimeType);
    Py_XDECREF(zone);
    return made;
}

static PyObject *make_duration(const cordon_value *value)
{
    cordon_duration duration;
    if (!has_datetime() || !cordon_value_get_duration(value, &duration))
        return NULL;
    return PyDelta_FromDSU(duration.days, duration.seconds, duration.microseconds);
}

/* ---- The rest ---- */

static PyObject *make_int(const cordon_value *value)
{
    int64_t number;
    uint64_t large = 0;
    if (cordon_value_get_int(value, &number))
        return PyLong_FromLongLong(number);
    (void)cordon_value_get_unsigned(value, &large);
    return PyLong_FromUnsignedLongLong(large);
}

static PyObject *make_float(const cordon_value *value)
{
    double number = 0;
    (void)cordon_value_get_float(value, &number);
    return PyFloat_FromDouble(number);
}

static PyObject *make_complex(const cordon_value *value)
{
    double real = 0, imaginary = 0;
    (void)cordon_value_get_complex(value, &real, &imaginary);
    return PyComplex_FromDoubles(real, imaginary);
}

static PyObject *make_bytes_like(const cordon_value *value)
{
    size_t size;
    const char *bytes = cordon_value_get_text(value, &size);
    switch (cordon_value_get_kind(value)) {
    case CORDON_VALUE_TEXT:
        return PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)size, "surrogatepass");
    case CORDON_VALUE_BYTES:
        return PyBytes_FromStringAndSize(bytes, (Py_ssize_t)size);
    default:
        return PyLong_FromNativeBytes(bytes, size, Py_ASNATIVEBYTES_LITTLE_ENDIAN);
    }
}

PyObject *embedded_value_make(const cordon_value *value)
{
    switch (cordon_value_get_kind(value)) {
    case CORDON_VALUE_NONE:
        return Py_NewRef(Py_None);
    case CORDON_VALUE_BOOL:
        return PyBool_FromLong(cordon_value_is_true(value));
    case CORDON_VALUE_INT:
        return make_int(value);
    case CORDON_VALUE_FLOAT:
        return make_float(value);
    case CORDON_VALUE_TEXT:
    case CORDON_VALUE_BYTES:
    case CORDON_VALUE_BIG_INT:
        return make_bytes_like(value);
    case CORDON_VALUE_LIST:
        return make_list(value);
    case CORDON_VALUE_TUPLE:
        return make_tuple(value);
    case CORDON_VALUE_DICT:
        return make_dict(value);
    case CORDON_VALUE_SET:
        return fill_set(PySet_New(NULL), value);
    case CORDON_VALUE_FROZEN_SET:
        return fill_set(PyFrozenSet_New(NULL), value);
    case CORDON_VALUE_DATETIME:
    case CORDON_VALUE_DATE:
    case CORDON_VALUE_TIME:
        return make_moment(value);
    case CORDON_VALUE_DURATION:
        return make_duration(value);
    case CORDON_VALUE_COMPLEX:
        return make_complex(value);
    default:
        PyErr_SetString(PyExc_TypeError, "the host gave an object that cannot be sent");
        return NULL;
    }
}
