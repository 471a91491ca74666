/* Hides how Python objects are read. Subclasses of what can be sent are sent as what they are made from (an
 * IntEnum as int, a namedtuple as tuple, an OrderedDict as dict, in its own order), read by C and not through methods
 * that a guest may have put over them. */
#include "session_value.h"

#include "cordon/value.h"

#include <datetime.h>
#include <string.h>

enum { REPR_CHARACTERS_MAX = 1024, PATH_BYTES_MAX = 256, PATH_STEPS_SHOWN = 12 };

/* Where in the whole value the present one lies; on the stack, innermost first. */
struct place {
    const struct place *up;
    PyObject *container; /* whose member this is */
    PyObject *key;       /* of a dict's value; NULL otherwise */
    Py_ssize_t index;    /* of a list or tuple; -1 otherwise */
};

struct encoder {
    struct session_sink *sink;
    enum session_value_use use;
    const char *name;
    const char *keyword; /* of an argument; NULL: none */
    Py_ssize_t number;   /* of an argument; 0: none */
};

static int encode(const struct encoder *encoder, PyObject *value, const struct place *up, unsigned depth);

/* --- what is said about a value that cannot be sent --- */

static size_t append_step(char *path, size_t used, const struct place *place)
{
    size_t left = PATH_BYTES_MAX - used;
    int written;

    if (place->index >= 0)
        written = PyOS_snprintf(path + used, left, "[%zd]", place->index);
    else if (place->key && PyUnicode_CheckExact(place->key) && PyUnicode_AsUTF8(place->key))
        written = PyOS_snprintf(path + used, left, "['%.40s']", PyUnicode_AsUTF8(place->key));
    else if (place->key && PyLong_CheckExact(place->key))
        written = PyOS_snprintf(path + used, left, "[%ld]", PyLong_AsLong(place->key));
    else
        written = PyOS_snprintf(path + used, left, PyDict_Check(place->container) ? "[...]" : "{...}");
    PyErr_Clear(); /* a key that is no UTF-8, or no long */
    return written < 0 || (size_t)written >= left ? PATH_BYTES_MAX - 1 : used + (size_t)written;
}

static size_t write_name(const struct encoder *encoder, char name[PATH_BYTES_MAX])
{
    if (encoder->keyword)
        return (size_t)PyOS_snprintf(name, PATH_BYTES_MAX, "%s '%.100s'", encoder->name, encoder->keyword);
    if (encoder->number)
        return (size_t)PyOS_snprintf(name, PATH_BYTES_MAX, "%s %zd", encoder->name, encoder->number);
    return (size_t)PyOS_snprintf(name, PATH_BYTES_MAX, "%.100s", encoder->name);
}

/* As an expression: name[3]['key']; the outermost steps of a long way. */
static void describe(const struct encoder *encoder, const struct place *place, char path[PATH_BYTES_MAX])
{
    const struct place *steps[CORDON_VALUE_DEPTH_MAX + 2];
    size_t count = 0, used = 0;

    for (; place && count < sizeof steps / sizeof *steps; place = place->up)
        steps[count++] = place;
    used = write_name(encoder, path);
    for (size_t i = 0; i < count && i < PATH_STEPS_SHOWN; i++)
        used = append_step(path, used, steps[count - 1 - i]);
    if (count > PATH_STEPS_SHOWN)
        PyOS_snprintf(path + used, PATH_BYTES_MAX - used, "...");
}

static int refuse(const struct encoder *encoder, const struct place *place, PyObject *type, const char *why)
{
    char path[PATH_BYTES_MAX];

    describe(encoder, place, path);
    PyErr_Format(type, "%s %s", path, why);
    return -1;
}

void session_value_raise_failure(const struct session_sink *sink, const char *name)
{
    if (session_sink_failure(sink) == SESSION_SINK_NO_MEMORY)
        PyErr_NoMemory();
    else
        PyErr_Format(PyExc_ValueError, "%s is too large to be sent: more than %u bytes", name, CORDON_VALUE_BYTES_MAX);
}

/* Long values stop as soon as they no longer fit. */
static int finish(const struct encoder *encoder)
{
    char name[PATH_BYTES_MAX];

    if (session_sink_failure(encoder->sink) == SESSION_SINK_FITS)
        return 0;
    write_name(encoder, name);
    session_value_raise_failure(encoder->sink, name);
    return -1;
}

/* --- scalars --- */

static int encode_big_int(const struct encoder *encoder, PyObject *value)
{
    Py_ssize_t size = PyLong_AsNativeBytes(value, NULL, 0, Py_ASNATIVEBYTES_LITTLE_ENDIAN);
    unsigned char *bytes;

    if (size < 0)
        return -1;
    if ((size_t)size > CORDON_VALUE_BYTES_MAX) {
        session_sink_fail(encoder->sink, SESSION_SINK_TOO_LONG);
        return finish(encoder);
    }
    bytes = PyMem_Malloc((size_t)size);
    if (!bytes) {
        PyErr_NoMemory();
        return -1;
    }
    PyLong_AsNativeBytes(value, bytes, size, Py_ASNATIVEBYTES_LITTLE_ENDIAN);
    /* The answer to NULL may be a byte more than needed. */
    while (size > 1 && (bytes[size - 1] == 0 || bytes[size - 1] == 0xff) && (bytes[size - 1] ^ bytes[size - 2]) < 0x80)
        size--;
    session_sink_big_int(encoder->sink, bytes, (size_t)size);
    PyMem_Free(bytes);
    return finish(encoder);
}

static int encode_int(const struct encoder *encoder, PyObject *value)
{
    int overflow;
    long long small = PyLong_AsLongLongAndOverflow(value, &overflow);
    unsigned long long large;

    if (overflow == 0) {
        session_sink_int(encoder->sink, small);
        return finish(encoder);
    }
    if (overflow > 0) {
        large = PyLong_AsUnsignedLongLong(value);
        if (!PyErr_Occurred()) {
            session_sink_unsigned(encoder->sink, large);
            return finish(encoder);
        }
        PyErr_Clear();
    }
    return encode_big_int(encoder, value);
}

static int encode_surrogates(const struct encoder *encoder, PyObject *value)
{
    PyObject *bytes = PyUnicode_AsEncodedString(value, "utf-8", "surrogatepass");

    if (!bytes)
        return -1;
    session_sink_surrogates(encoder->sink, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
    Py_DECREF(bytes);
    return finish(encoder);
}

static int encode_text(const struct encoder *encoder, PyObject *value)
{
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(value, &size);

    if (!text && PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
        PyErr_Clear();
        return encode_surrogates(encoder, value);
    }
    if (!text)
        return -1;
    session_sink_text(encoder->sink, text, (size_t)size);
    return finish(encoder);
}

static int encode_complex(const struct encoder *encoder, PyObject *value)
{
    Py_complex number = PyComplex_AsCComplex(value);

    session_sink_complex(encoder->sink, number.real, number.imag);
    return finish(encoder);
}

/* --- containers --- */

static int enter(const struct encoder *encoder, PyObject *container, const struct place *up, unsigned depth)
{
    if (depth > CORDON_VALUE_DEPTH_MAX)
        return refuse(encoder, up, PyExc_ValueError, "nests too deeply to be sent");
    for (const struct place *place = up; place; place = place->up)
        if (place->container == container)
            return refuse(encoder, up, PyExc_ValueError, "contains itself and cannot be sent");
    return 0;
}

static int changed(const struct encoder *encoder, const struct place *up)
{
    return refuse(encoder, up, PyExc_RuntimeError, "changed while it was being sent");
}

static int encode_member(const struct encoder *encoder, PyObject *member, const struct place *place, unsigned depth)
{
    int result;

    Py_INCREF(member); /* its container may lose it while a `repr` runs */
    result = encode(encoder, member, place, depth);
    Py_DECREF(member);
    return result;
}

static int encode_sequence(const struct encoder *encoder, enum session_container kind, PyObject *sequence,
                           const struct place *up, unsigned depth)
{
    Py_ssize_t size = PySequence_Fast_GET_SIZE(sequence);
    struct place place = {.up = up, .container = sequence};
    size_t mark;

    if (enter(encoder, sequence, up, depth) != 0)
        return -1;
    mark = session_sink_begin(encoder->sink, kind, (size_t)size);
    for (; place.index < size; place.index++) {
        if (PySequence_Fast_GET_SIZE(sequence) != size)
            return changed(encoder, up);
        if (encode_member(encoder, PySequence_Fast_GET_ITEM(sequence, place.index), &place, depth) != 0)
            return -1;
    }
    session_sink_end(encoder->sink, mark);
    return PySequence_Fast_GET_SIZE(sequence) == size ? finish(encoder) : changed(encoder, up);
}

static int encode_set(const struct encoder *encoder, PyObject *set, const struct place *up, unsigned depth)
{
    PyTypeObject *type = PyFrozenSet_Check(set) ? &PyFrozenSet_Type : &PySet_Type;
    struct place place = {.up = up, .container = set, .index = -1};
    Py_ssize_t left = PySet_GET_SIZE(set);
    PyObject *iterator, *member;
    size_t mark;
    int result = 0;

    if (enter(encoder, set, up, depth) != 0)
        return -1;
    iterator = type->tp_iter(set); /* not a subclass's own */
    if (!iterator)
        return -1;
    mark = session_sink_begin(encoder->sink, type == &PySet_Type ? SESSION_SET : SESSION_FROZEN_SET, (size_t)left);
    while (result == 0 && (member = PyIter_Next(iterator))) {
        left--;
        result = encode(encoder, member, &place, depth);
        Py_DECREF(member);
    }
    Py_DECREF(iterator);
    session_sink_end(encoder->sink, mark);
    if (result == 0 && (left != 0 || PyErr_Occurred())) {
        PyErr_Clear(); /* "changed size during iteration" */
        return changed(encoder, up);
    }
    return result == 0 ? finish(encoder) : -1;
}

static int encode_pair(const struct encoder *encoder, PyObject *key, PyObject *value, const struct place *in,
                       unsigned depth)
{
    struct place of_key = *in, of_value = *in;

    of_value.key = key;
    return encode_member(encoder, key, &of_key, depth) == 0 && encode_member(encoder, value, &of_value, depth) == 0
               ? 0
               : -1;
}

static int encode_pairs_in_table_order(const struct encoder *encoder, PyObject *dict, const struct place *in,
                                       unsigned depth)
{
    Py_ssize_t position = 0, left = PyDict_GET_SIZE(dict), size = left;
    PyObject *key, *value;

    while (left > 0 && PyDict_Next(dict, &position, &key, &value)) {
        if (encode_pair(encoder, key, value, in, depth) != 0)
            return -1;
        left--;
    }
    return left == 0 && PyDict_GET_SIZE(dict) == size ? 0 : changed(encoder, in->up);
}

/* Its order is not that of the table beneath, since keys can be moved. */
static int encode_pairs_of_ordered(const struct encoder *encoder, PyObject *dict, const struct place *in,
                                   unsigned depth)
{
    Py_ssize_t left = PyDict_GET_SIZE(dict);
    PyObject *iterator = PyODict_Type.tp_iter(dict), *key;
    int result = iterator ? 0 : -1;

    while (result == 0 && (key = PyIter_Next(iterator))) {
        PyObject *value = PyDict_GetItemWithError(dict, key);
        result = left-- > 0 && value ? encode_pair(encoder, key, value, in, depth) : -1;
        Py_DECREF(key);
    }
    Py_XDECREF(iterator);
    if (result == 0 && (left != 0 || PyErr_Occurred()))
        result = -1;
    return result == 0 || PyErr_Occurred() ? result : changed(encoder, in->up);
}

static int encode_dict(const struct encoder *encoder, PyObject *dict, const struct place *up, unsigned depth)
{
    const struct place in = {.up = up, .container = dict, .index = -1};
    size_t mark;

    if (enter(encoder, dict, up, depth) != 0)
        return -1;
    mark = session_sink_begin(encoder->sink, SESSION_DICT, 2 * (size_t)PyDict_GET_SIZE(dict));
    if ((PyODict_Check(dict) ? encode_pairs_of_ordered : encode_pairs_in_table_order)(encoder, dict, &in, depth) != 0)
        return -1;
    session_sink_end(encoder->sink, mark);
    return finish(encoder);
}

/* --- dates and times --- */

/* Seconds east of UTC, as `type`'s own utcoffset says: 1 if there are, 0 if it is None, -1 with an exception set. */
static int take_offset(const struct encoder *encoder, PyObject *value, PyTypeObject *type, const struct place *up,
                       int *seconds_out)
{
    PyObject *offset = PyObject_CallMethod((PyObject *)type, "utcoffset", "O", value);
    int result = 0;

    if (!offset)
        return -1;
    if (offset != Py_None) {
        *seconds_out = PyDateTime_DELTA_GET_DAYS(offset) * 86400 + PyDateTime_DELTA_GET_SECONDS(offset);
        result = 1;
        if (PyDateTime_DELTA_GET_MICROSECONDS(offset) != 0)
            result = refuse(encoder, up, PyExc_ValueError, "has a UTC offset that is no whole number of seconds");
    }
    Py_DECREF(offset);
    return result;
}

static int encode_with_offset(const struct encoder *encoder, enum session_moment kind, const int *numbers,
                              PyObject *value, PyTypeObject *type, const struct place *up)
{
    int seconds, has_offset = take_offset(encoder, value, type, up, &seconds);

    if (has_offset < 0)
        return -1;
    session_sink_moment(encoder->sink, kind, numbers, has_offset ? &seconds : NULL);
    return finish(encoder);
}

static int encode_datetime(const struct encoder *encoder, PyObject *value, const struct place *up)
{
    const int numbers[SESSION_MOMENT_NUMBERS] = {
        PyDateTime_GET_YEAR(value),      PyDateTime_GET_MONTH(value),       PyDateTime_GET_DAY(value),
        PyDateTime_DATE_GET_HOUR(value), PyDateTime_DATE_GET_MINUTE(value), PyDateTime_DATE_GET_SECOND(value),
        PyDateTime_DATE_GET_MICROSECOND(value), PyDateTime_DATE_GET_FOLD(value)};

    return encode_with_offset(encoder, SESSION_DATETIME, numbers, value, PyDateTimeAPI->DateTimeType, up);
}

static int encode_date(const struct encoder *encoder, PyObject *value)
{
    const int numbers[] = {PyDateTime_GET_YEAR(value), PyDateTime_GET_MONTH(value), PyDateTime_GET_DAY(value)};

    session_sink_moment(encoder->sink, SESSION_DATE, numbers, NULL);
    return finish(encoder);
}

static int encode_time(const struct encoder *encoder, PyObject *value, const struct place *up)
{
    const int numbers[] = {PyDateTime_TIME_GET_HOUR(value), PyDateTime_TIME_GET_MINUTE(value),
                           PyDateTime_TIME_GET_SECOND(value), PyDateTime_TIME_GET_MICROSECOND(value),
                           PyDateTime_TIME_GET_FOLD(value)};

    return encode_with_offset(encoder, SESSION_TIME, numbers, value, PyDateTimeAPI->TimeType, up);
}

static int encode_timedelta(const struct encoder *encoder, PyObject *value)
{
    const int numbers[] = {PyDateTime_DELTA_GET_DAYS(value), PyDateTime_DELTA_GET_SECONDS(value),
                           PyDateTime_DELTA_GET_MICROSECONDS(value)};

    session_sink_moment(encoder->sink, SESSION_DURATION, numbers, NULL);
    return finish(encoder);
}

/* --- anything else --- */

/* "module.Class". */
static PyObject *type_name(PyTypeObject *type)
{
    PyObject *module = PyType_GetModuleName(type), *name = PyType_GetQualName(type), *whole = NULL;

    if (module && name && PyUnicode_Check(module))
        whole = PyUnicode_FromFormat("%U.%U", module, name);
    Py_XDECREF(module);
    Py_XDECREF(name);
    if (!whole && !(PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_MemoryError))) {
        PyErr_Clear(); /* a __module__ that is no str */
        whole = PyUnicode_DecodeUTF8(type->tp_name, (Py_ssize_t)strlen(type->tp_name), "replace");
    }
    return whole;
}

/* The only place where a guest's own code decides what is sent. What it raises is its answer's absence; only that a
 * program wants to end, or has no memory, goes on. */
static PyObject *repr_of(PyObject *value)
{
    PyObject *text = PyObject_Repr(value), *cut;

    if (!text && PyErr_ExceptionMatches(PyExc_Exception) && !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear();
        return PyUnicode_FromFormat("<%s whose repr failed>", Py_TYPE(value)->tp_name);
    }
    if (!text || PyUnicode_GET_LENGTH(text) <= REPR_CHARACTERS_MAX)
        return text;
    cut = PyUnicode_Substring(text, 0, REPR_CHARACTERS_MAX);
    Py_DECREF(text);
    return cut;
}

static int encode_other(const struct encoder *encoder, PyObject *value, const struct place *up)
{
    PyObject *text, *name;
    size_t mark;
    int result;

    if (encoder->use == SESSION_VALUE_ARGUMENT) {
        char why[256];
        PyOS_snprintf(why, sizeof why, "is of type %.150s, which cannot be sent", Py_TYPE(value)->tp_name);
        return refuse(encoder, up, PyExc_TypeError, why);
    }
    text = repr_of(value);
    if (!text)
        return -1;
    mark = session_sink_begin(encoder->sink, SESSION_OTHER, 2);
    name = type_name(Py_TYPE(value));
    result = name && encode_text(encoder, name) == 0 ? encode_text(encoder, text) : -1;
    Py_XDECREF(name);
    session_sink_end(encoder->sink, mark);
    Py_DECREF(text);
    return result;
}

/* Nothing of the module can be there if nobody has imported it. */
static bool have_datetime(void)
{
    if (!PyDateTimeAPI) {
        PyObject *name = PyUnicode_FromString("datetime"), *module = name ? PyImport_GetModule(name) : NULL;
        if (module)
            PyDateTime_IMPORT;
        Py_XDECREF(module);
        Py_XDECREF(name);
        PyErr_Clear();
    }
    return PyDateTimeAPI != NULL;
}

static int encode_rest(const struct encoder *encoder, PyObject *value, const struct place *up)
{
    if (have_datetime()) {
        if (PyDateTime_Check(value))
            return encode_datetime(encoder, value, up);
        if (PyDate_Check(value))
            return encode_date(encoder, value);
        if (PyTime_Check(value))
            return encode_time(encoder, value, up);
        if (PyDelta_Check(value))
            return encode_timedelta(encoder, value);
    }
    return encode_other(encoder, value, up);
}

static int encode_constant(const struct encoder *encoder, PyObject *value)
{
    if (value == Py_None)
        session_sink_none(encoder->sink);
    else
        session_sink_bool(encoder->sink, value == Py_True);
    return finish(encoder);
}

static int encode_bytes(const struct encoder *encoder, const char *bytes, Py_ssize_t size)
{
    session_sink_bytes(encoder->sink, bytes, (size_t)size);
    return finish(encoder);
}

/* `depth` counts the containers around `value`. */
static int encode(const struct encoder *encoder, PyObject *value, const struct place *up, unsigned depth)
{
    if (value == Py_None || PyBool_Check(value))
        return encode_constant(encoder, value);
    if (PyUnicode_Check(value))
        return encode_text(encoder, value);
    if (PyLong_Check(value))
        return encode_int(encoder, value);
    if (PyFloat_Check(value)) {
        session_sink_float(encoder->sink, PyFloat_AS_DOUBLE(value));
        return finish(encoder);
    }
    if (PyList_Check(value))
        return encode_sequence(encoder, SESSION_LIST, value, up, depth + 1);
    if (PyDict_Check(value))
        return encode_dict(encoder, value, up, depth + 1);
    if (PyTuple_Check(value))
        return encode_sequence(encoder, SESSION_TUPLE, value, up, depth + 1);
    if (PyBytes_Check(value))
        return encode_bytes(encoder, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value));
    if (PyByteArray_Check(value))
        return encode_bytes(encoder, PyByteArray_AS_STRING(value), PyByteArray_GET_SIZE(value));
    if (PyAnySet_Check(value))
        return encode_set(encoder, value, up, depth + 1);
    if (PyComplex_Check(value))
        return encode_complex(encoder, value);
    return encode_rest(encoder, value, up);
}

static int tell(const struct encoder *encoder, PyObject *value)
{
    if (session_sink_failure(encoder->sink) != SESSION_SINK_FITS)
        return finish(encoder);
    return encode(encoder, value, NULL, 0);
}

int session_value_tell(struct session_sink *sink, PyObject *value, enum session_value_use use, const char *name)
{
    return tell(&(struct encoder){.sink = sink, .use = use, .name = name}, value);
}

int session_value_tell_argument(struct session_sink *sink, PyObject *value, Py_ssize_t number, const char *keyword)
{
    const struct encoder encoder = {
        .sink = sink, .use = SESSION_VALUE_ARGUMENT, .name = "argument", .keyword = keyword, .number = number};

    return tell(&encoder, value);
}
