/* Hides how MessagePack becomes Python objects. It comes from the host, which is trusted but checked: what is no value
 * ends the sandbox, and only a lack of memory is an exception. */
#include "worker_value.h"

#include "worker_value_types.h"

#include "cordon/value.h"

#include <datetime.h>
#include <string.h>

/* Containers around the value; beyond the bound nothing is decoded. */
static PyObject *decode(const msgpack_object *object, unsigned depth);

static _Noreturn void broken(const char *what)
{
    worker_protocol_broken(what);
}

/* What CPython itself refused. Only MemoryError is nobody's fault. */
static PyObject *checked(PyObject *value)
{
    if (!value && !PyErr_ExceptionMatches(PyExc_MemoryError))
        broken("a value that Python does not have");
    return value;
}

static int checked_status(int status)
{
    if (status < 0 && !PyErr_ExceptionMatches(PyExc_MemoryError))
        broken("a set member or dict key that Python cannot have");
    return status;
}

/* --- containers --- */

static PyObject *decode_list(const msgpack_object_array *array, unsigned depth)
{
    PyObject *list = PyList_New(array->size);

    for (uint32_t i = 0; list && i < array->size; i++) {
        PyObject *member = decode(&array->ptr[i], depth);
        if (member)
            PyList_SET_ITEM(list, i, member);
        else
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *decode_tuple(const msgpack_object_array *array, unsigned depth)
{
    PyObject *list = decode_list(array, depth), *tuple = list ? PyList_AsTuple(list) : NULL;

    Py_XDECREF(list);
    return tuple;
}

static PyObject *decode_members(PyObject *set, const msgpack_object_array *array, unsigned depth)
{
    for (uint32_t i = 0; set && i < array->size; i++) {
        PyObject *member = decode(&array->ptr[i], depth);
        if (!member || checked_status(PySet_Add(set, member)) < 0)
            Py_CLEAR(set);
        Py_XDECREF(member);
    }
    if (set && PySet_GET_SIZE(set) != (Py_ssize_t)array->size)
        broken("a set with the same member twice");
    return set;
}

static PyObject *decode_dict(const msgpack_object_map *map, unsigned depth)
{
    PyObject *dict = PyDict_New();

    for (uint32_t i = 0; dict && i < map->size; i++) {
        PyObject *key = decode(&map->ptr[i].key, depth);
        PyObject *value = key ? decode(&map->ptr[i].val, depth) : NULL;
        if (!value || checked_status(PyDict_SetItem(dict, key, value)) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    return dict;
}

/* --- extensions whose payload is an array --- */

static PyObject *decode_set(const msgpack_object_array *array, unsigned depth)
{
    return decode_members(PySet_New(NULL), array, depth);
}

static PyObject *decode_frozenset(const msgpack_object_array *array, unsigned depth)
{
    return decode_members(PyFrozenSet_New(NULL), array, depth);
}

/* `count` integers that fit an int, from `first` on. */
static void take_ints(const msgpack_object_array *array, uint32_t first, uint32_t count, int *ints_out)
{
    for (uint32_t i = 0; i < count; i++) {
        const msgpack_object *object = &array->ptr[first + i];
        if (object->type == MSGPACK_OBJECT_POSITIVE_INTEGER && object->via.u64 <= INT_MAX)
            ints_out[i] = (int)object->via.u64;
        else if (object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER && object->via.i64 >= INT_MIN)
            ints_out[i] = (int)object->via.i64;
        else
            broken("a date or time with a field that is no number");
    }
}

/* A tzinfo for seconds east of UTC, or None for nil. */
static PyObject *zone_of(const msgpack_object_array *array, uint32_t index)
{
    PyObject *delta, *zone;
    int seconds;

    if (array->ptr[index].type == MSGPACK_OBJECT_NIL)
        return Py_NewRef(Py_None);
    take_ints(array, index, 1, &seconds);
    if (seconds == 0)
        return Py_NewRef(PyDateTime_TimeZone_UTC);
    delta = PyDelta_FromDSU(0, seconds, 0);
    zone = delta ? PyTimeZone_FromOffset(delta) : NULL;
    Py_XDECREF(delta);
    return zone;
}

static PyObject *decode_datetime(const msgpack_object_array *array, unsigned depth)
{
    PyObject *zone, *value;
    int n[8];

    (void)depth;
    take_ints(array, 0, 8, n);
    zone = checked(zone_of(array, 8));
    value = zone ? PyDateTimeAPI->DateTime_FromDateAndTimeAndFold(n[0], n[1], n[2], n[3], n[4], n[5], n[6], zone, n[7],
                                                                  PyDateTimeAPI->DateTimeType)
                 : NULL;
    Py_XDECREF(zone);
    return value;
}

static PyObject *decode_date(const msgpack_object_array *array, unsigned depth)
{
    int n[3];

    (void)depth;
    take_ints(array, 0, 3, n);
    return PyDate_FromDate(n[0], n[1], n[2]);
}

static PyObject *decode_time(const msgpack_object_array *array, unsigned depth)
{
    PyObject *zone, *value;
    int n[5];

    (void)depth;
    take_ints(array, 0, 5, n);
    zone = checked(zone_of(array, 5));
    value =
        zone ? PyDateTimeAPI->Time_FromTimeAndFold(n[0], n[1], n[2], n[3], zone, n[4], PyDateTimeAPI->TimeType) : NULL;
    Py_XDECREF(zone);
    return value;
}

static PyObject *decode_timedelta(const msgpack_object_array *array, unsigned depth)
{
    int n[3];

    (void)depth;
    take_ints(array, 0, 3, n);
    return PyDelta_FromDSU(n[0], n[1], n[2]);
}

static PyObject *decode_complex(const msgpack_object_array *array, unsigned depth)
{
    (void)depth;
    if (array->ptr[0].type != MSGPACK_OBJECT_FLOAT64 || array->ptr[1].type != MSGPACK_OBJECT_FLOAT64)
        broken("a complex number whose parts are no floats");
    return PyComplex_FromDoubles(array->ptr[0].via.f64, array->ptr[1].via.f64);
}

enum { ANY_COUNT = -1 };

static const struct array_extension {
    int8_t type;
    int count; /* of members; ANY_COUNT: a container */
    bool needs_datetime;
    PyObject *(*decode)(const msgpack_object_array *array, unsigned depth);
} array_extensions[] = {
    {WORKER_EXTENSION_TUPLE, ANY_COUNT, false, decode_tuple},
    {WORKER_EXTENSION_SET, ANY_COUNT, false, decode_set},
    {WORKER_EXTENSION_FROZENSET, ANY_COUNT, false, decode_frozenset},
    {WORKER_EXTENSION_DATETIME, 9, true, decode_datetime},
    {WORKER_EXTENSION_DATE, 3, true, decode_date},
    {WORKER_EXTENSION_TIME, 6, true, decode_time},
    {WORKER_EXTENSION_TIMEDELTA, 3, true, decode_timedelta},
    {WORKER_EXTENSION_COMPLEX, 2, false, decode_complex},
};

static bool has_datetime(void)
{
    if (!PyDateTimeAPI)
        PyDateTime_IMPORT;
    return PyDateTimeAPI != NULL;
}

static PyObject *decode_array_extension(const struct array_extension *row, const msgpack_object_ext *extension,
                                        unsigned depth)
{
    msgpack_unpacked unpacked;
    msgpack_unpack_return parsed;
    PyObject *value = NULL;
    size_t offset = 0;

    msgpack_unpacked_init(&unpacked);
    parsed = extension->size > 0 ? msgpack_unpack_next(&unpacked, extension->ptr, extension->size, &offset)
                                 : MSGPACK_UNPACK_PARSE_ERROR;
    if (parsed == MSGPACK_UNPACK_NOMEM_ERROR) {
        PyErr_NoMemory();
    } else {
        if (parsed != MSGPACK_UNPACK_SUCCESS || offset != extension->size ||
            unpacked.data.type != MSGPACK_OBJECT_ARRAY ||
            (row->count != ANY_COUNT && unpacked.data.via.array.size != (uint32_t)row->count))
            broken("a value of an extension type whose payload is not as that type has it");
        if (depth > CORDON_VALUE_DEPTH_MAX)
            broken("a value that nests too deeply");
        if (!row->needs_datetime || has_datetime())
            value = checked(row->decode(&unpacked.data.via.array, depth));
    }
    msgpack_unpacked_destroy(&unpacked);
    return value;
}

static PyObject *decode_extension(const msgpack_object_ext *extension, unsigned depth)
{
    if (extension->type == WORKER_EXTENSION_INT && extension->size > 0)
        return PyLong_FromNativeBytes(extension->ptr, extension->size, Py_ASNATIVEBYTES_LITTLE_ENDIAN);
    if (extension->type == WORKER_EXTENSION_STR)
        return checked(PyUnicode_DecodeUTF8(extension->ptr, extension->size, "surrogatepass"));
    for (size_t i = 0; i < sizeof array_extensions / sizeof *array_extensions; i++)
        if (array_extensions[i].type == extension->type)
            return decode_array_extension(&array_extensions[i], extension,
                                          depth + (array_extensions[i].count == ANY_COUNT));
    broken("a value of an extension type that hosts do not send");
}

static PyObject *decode(const msgpack_object *object, unsigned depth)
{
    if (depth >= CORDON_VALUE_DEPTH_MAX && (object->type == MSGPACK_OBJECT_ARRAY || object->type == MSGPACK_OBJECT_MAP))
        broken("a value that nests too deeply");
    switch (object->type) {
    case MSGPACK_OBJECT_NIL:
        return Py_NewRef(Py_None);
    case MSGPACK_OBJECT_BOOLEAN:
        return PyBool_FromLong(object->via.boolean);
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        return PyLong_FromUnsignedLongLong(object->via.u64);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return PyLong_FromLongLong(object->via.i64);
    case MSGPACK_OBJECT_FLOAT64:
        return PyFloat_FromDouble(object->via.f64);
    case MSGPACK_OBJECT_STR:
        return checked(PyUnicode_DecodeUTF8(object->via.str.ptr, object->via.str.size, NULL));
    case MSGPACK_OBJECT_BIN:
        return PyBytes_FromStringAndSize(object->via.bin.ptr, object->via.bin.size);
    case MSGPACK_OBJECT_ARRAY:
        return decode_list(&object->via.array, depth + 1);
    case MSGPACK_OBJECT_MAP:
        return decode_dict(&object->via.map, depth + 1);
    case MSGPACK_OBJECT_EXT:
        return decode_extension(&object->via.ext, depth);
    default:
        broken("a value of a kind that is not sent, such as a float of 32 bits");
    }
}

PyObject *worker_value_decode(const msgpack_object *object)
{
    return decode(object, 0);
}
