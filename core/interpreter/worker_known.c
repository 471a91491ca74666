/* Hides how a call into a plugin is recognised by the bytes that ask for it.
 *
 * cordon.plugins keeps, for each function that was called, what it is and which types of arguments fit its schema (`_bound` in _calls.py). A row here is one of these answers, under the first
 * bytes of the payload that led to it: MessagePack has no two values of which one begins with the other, so a payload with the same first bytes has the same handle and names. What
 * `_bound` holds keeps the function alive; CPython tells when anything in it is changed or removed, and then all rows go, before what they point to does. */
#include "Python.h"

#include "worker_known.h"

#include "worker_frame.h"

#include <string.h>

enum { ROWS = 16, HEAD_MAX = 128, HEAD_VALUES = 4 /* operation, handle, contract, function */ };
enum { FORM_ARRAY = 0x90, FORM_EMPTY_MAP = 0x80 };

static struct row {
    PyObject *target;
    PyTypeObject *types[WORKER_KNOWN_ARGUMENTS_MAX]; /* builtin ones */
    size_t count, head_size;
    unsigned char head[HEAD_MAX]; /* up to the list of positional arguments */
} rows[ROWS];
static unsigned last_used, next_learnt;
static unsigned changes; /* in `_bound` */
static PyObject *bound; /* cordon.plugins._calls._bound; NULL: not watched */
static PyObject *caller; /* cordon.plugins._calls.known */

/* --- forgetting --- */

static int bound_changes(PyDict_WatchEvent event, PyObject *dict, PyObject *key, PyObject *value)
{
    (void)key;
    (void)value;
    if (dict != bound || event == PyDict_EVENT_ADDED)
        return 0;
    changes++;
    for (int i = 0; i < ROWS; i++)
        rows[i].head_size = 0;
    return 0;
}

void worker_known_begin(void)
{
    PyObject *module = PyImport_ImportModule("cordon.plugins._calls"), *dict = module ? PyObject_GetAttrString(module, "_bound") : NULL;
    int watcher = dict && PyDict_CheckExact(dict) ? PyDict_AddWatcher(bound_changes) : -1;

    caller = dict ? PyObject_GetAttrString(module, "known") : NULL;
    if (caller && watcher >= 0 && PyDict_Watch(watcher, dict) == 0)
        bound = Py_NewRef(dict);
    Py_XDECREF(dict);
    Py_XDECREF(module);
    PyErr_Clear();
}

/* --- plain values: those that have nothing in them, and are of one type always --- */

enum plain_kind { PLAIN_NOT, PLAIN_NONE, PLAIN_FALSE, PLAIN_TRUE, PLAIN_SMALL, PLAIN_NEGATIVE, PLAIN_UNSIGNED, PLAIN_SIGNED, PLAIN_FLOAT, PLAIN_TEXT, PLAIN_BYTES };

/* Of the codes from 0xc0 to 0xdf: what the value is, and of how many bytes the number behind the code is, which is the value or its length. */
static const struct {
    unsigned char kind, number_bytes;
} codes[32] = {
    [0x00] = {PLAIN_NONE, 0},     [0x02] = {PLAIN_FALSE, 0},    [0x03] = {PLAIN_TRUE, 0},     [0x04] = {PLAIN_BYTES, 1},  [0x05] = {PLAIN_BYTES, 2},
    [0x06] = {PLAIN_BYTES, 4},    [0x0b] = {PLAIN_FLOAT, 8},    [0x0c] = {PLAIN_UNSIGNED, 1}, [0x0d] = {PLAIN_UNSIGNED, 2}, [0x0e] = {PLAIN_UNSIGNED, 4},
    [0x0f] = {PLAIN_UNSIGNED, 8}, [0x10] = {PLAIN_SIGNED, 1},   [0x11] = {PLAIN_SIGNED, 2},   [0x12] = {PLAIN_SIGNED, 4}, [0x13] = {PLAIN_SIGNED, 8},
    [0x19] = {PLAIN_TEXT, 1},     [0x1a] = {PLAIN_TEXT, 2},     [0x1b] = {PLAIN_TEXT, 4},
};

static const unsigned char *take_body(const unsigned char *next, const unsigned char *end, size_t size, struct worker_plain *plain_out)
{
    if ((size_t)(end - next) < size)
        return NULL;
    plain_out->body = next;
    plain_out->size = size;
    return next + size;
}

static uint64_t sign_extended(uint64_t number, unsigned bytes)
{
    uint64_t sign = (uint64_t)1 << (8 * bytes - 1);

    return bytes < 8 ? (number ^ sign) - sign : number;
}

/* What is behind it; NULL: it is not plain, or does not end in time. */
static const unsigned char *take_plain(const unsigned char *next, const unsigned char *end, struct worker_plain *plain_out)
{
    unsigned code, bytes;

    if (next == end)
        return NULL;
    code = *next++;
    if (code <= 0x7f || code >= 0xe0) {
        plain_out->kind = code <= 0x7f ? PLAIN_SMALL : PLAIN_NEGATIVE;
        plain_out->number = code <= 0x7f ? code : sign_extended(code, 1);
        return next;
    }
    if (code >= 0xa0 && code <= 0xbf) {
        plain_out->kind = PLAIN_TEXT;
        return take_body(next, end, code & 0x1f, plain_out);
    }
    if (code < 0xc0 || codes[code & 0x1f].kind == PLAIN_NOT)
        return NULL;
    plain_out->kind = codes[code & 0x1f].kind;
    bytes = codes[code & 0x1f].number_bytes;
    if ((size_t)(end - next) < bytes)
        return NULL;
    plain_out->number = 0;
    for (unsigned i = 0; i < bytes; i++)
        plain_out->number = plain_out->number << 8 | *next++;
    if (plain_out->kind == PLAIN_SIGNED)
        plain_out->number = sign_extended(plain_out->number, bytes);
    if (plain_out->kind == PLAIN_TEXT || plain_out->kind == PLAIN_BYTES)
        return take_body(next, end, plain_out->number, plain_out);
    return next;
}

static PyTypeObject *type_of(int kind)
{
    switch (kind) {
    case PLAIN_NONE:
        return Py_TYPE(Py_None);
    case PLAIN_FALSE:
    case PLAIN_TRUE:
        return &PyBool_Type;
    case PLAIN_FLOAT:
        return &PyFloat_Type;
    case PLAIN_TEXT:
        return &PyUnicode_Type;
    case PLAIN_BYTES:
        return &PyBytes_Type;
    default:
        return &PyLong_Type;
    }
}

static PyObject *object_of(const struct worker_plain *plain)
{
    PyObject *text;
    double number;

    switch (plain->kind) {
    case PLAIN_NONE:
        return Py_NewRef(Py_None);
    case PLAIN_FALSE:
    case PLAIN_TRUE:
        return PyBool_FromLong(plain->kind == PLAIN_TRUE);
    case PLAIN_FLOAT:
        memcpy(&number, &plain->number, sizeof number);
        return PyFloat_FromDouble(number);
    case PLAIN_TEXT:
        text = PyUnicode_DecodeUTF8((const char *)plain->body, (Py_ssize_t)plain->size, NULL);
        if (!text && !PyErr_ExceptionMatches(PyExc_MemoryError))
            worker_protocol_broken("a text that is not UTF-8");
        return text;
    case PLAIN_BYTES:
        return PyBytes_FromStringAndSize((const char *)plain->body, (Py_ssize_t)plain->size);
    case PLAIN_UNSIGNED:
        return PyLong_FromUnsignedLongLong(plain->number);
    default:
        return PyLong_FromLongLong((long long)plain->number);
    }
}

/* --- recognising --- */

static bool is_row(const struct row *row, const unsigned char *payload, size_t size, struct worker_known_call *call_out)
{
    const unsigned char *next = payload + row->head_size, *end = payload + size;

    if (row->head_size == 0 || size <= row->head_size || memcmp(payload, row->head, row->head_size) != 0 || *next++ != FORM_ARRAY + row->count)
        return false;
    call_out->target = row->target;
    call_out->count = row->count;
    for (size_t i = 0; i < row->count; i++) {
        next = take_plain(next, end, &call_out->arguments[i]);
        if (!next || type_of(call_out->arguments[i].kind) != row->types[i])
            return false;
    }
    return end - next == 1 && *next == FORM_EMPTY_MAP;
}

bool worker_known_find(const unsigned char *payload, size_t size, struct worker_known_call *call_out)
{
    for (unsigned i = 0; i < ROWS; i++) {
        unsigned place = (last_used + i) % ROWS;
        if (is_row(&rows[place], payload, size, call_out)) {
            last_used = place;
            return true;
        }
    }
    return false;
}

PyObject *worker_known_caller(void)
{
    return caller;
}

bool worker_known_decode(const struct worker_known_call *call, PyObject **arguments_out)
{
    for (size_t i = 0; i < call->count; i++) {
        arguments_out[i] = object_of(&call->arguments[i]);
        if (!arguments_out[i]) {
            while (i > 0)
                Py_DECREF(arguments_out[--i]);
            return false;
        }
    }
    return true;
}

/* --- learning --- */

/* 0: it has too long a name in it, or is not as a host packs it. */
static size_t size_of_head(const unsigned char *payload, size_t size)
{
    const unsigned char *next = payload[0] == FORM_ARRAY + HEAD_VALUES + 2 ? payload + 1 : NULL, *end = payload + size;
    struct worker_plain plain;

    for (int i = 0; next && i < HEAD_VALUES; i++)
        next = take_plain(next, end, &plain);
    return next && next - payload <= HEAD_MAX ? (size_t)(next - payload) : 0;
}

/* As `_bound` has them; NULL with an exception set. */
static PyObject *types_of(PyObject *positional)
{
    Py_ssize_t count = PyList_GET_SIZE(positional);
    PyObject *types = PyTuple_New(count);

    for (Py_ssize_t i = 0; types && i < count; i++)
        PyTuple_SET_ITEM(types, i, Py_NewRef(Py_TYPE(PyList_GET_ITEM(positional, i))));
    return types;
}

static bool is_plain_type(const PyTypeObject *type)
{
    return type == Py_TYPE(Py_None) || type == &PyBool_Type || type == &PyLong_Type || type == &PyFloat_Type || type == &PyUnicode_Type || type == &PyBytes_Type;
}

static bool are_plain(PyObject *positional)
{
    if (!PyList_CheckExact(positional) || PyList_GET_SIZE(positional) > WORKER_KNOWN_ARGUMENTS_MAX)
        return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(positional); i++)
        if (!is_plain_type(Py_TYPE(PyList_GET_ITEM(positional, i))))
            return false;
    return true;
}

/* Functions in C have no frame by which it is known whose code runs: they keep that of cordon.plugins.call(). */
static bool has_frame(PyObject *target)
{
    return PyFunction_Check(target) || (PyMethod_Check(target) && PyFunction_Check(PyMethod_GET_FUNCTION(target)));
}

/* What `_bound` has of the function: a new reference, or NULL. */
static PyObject *find_entry(PyObject *const *arguments)
{
    PyObject *key = PyTuple_Pack(3, arguments[0], arguments[1], arguments[2]), *entry = NULL;

    if (key && PyDict_GetItemRef(bound, key, &entry) < 0)
        PyErr_Clear();
    Py_XDECREF(key);
    return entry;
}

/* (target, what fits, …), and these types do. */
static bool has_found_to_fit(PyObject *entry, PyObject *types)
{
    return PyTuple_CheckExact(entry) && PyTuple_GET_SIZE(entry) > 1 && has_frame(PyTuple_GET_ITEM(entry, 0)) && PySet_CheckExact(PyTuple_GET_ITEM(entry, 1)) &&
           PySet_Contains(PyTuple_GET_ITEM(entry, 1), types) == 1;
}

static void add_row(const unsigned char *payload, size_t head_size, PyObject *target, PyObject *types)
{
    struct row *row = &rows[next_learnt];

    next_learnt = (next_learnt + 1) % ROWS;
    row->target = target;
    row->count = (size_t)PyTuple_GET_SIZE(types);
    for (size_t i = 0; i < row->count; i++)
        row->types[i] = (PyTypeObject *)PyTuple_GET_ITEM(types, (Py_ssize_t)i);
    memcpy(row->head, payload, head_size);
    row->head_size = head_size;
}

void worker_known_learn(const unsigned char *payload, size_t size, PyObject *const *arguments)
{
    size_t head_size = size_of_head(payload, size);
    unsigned changes_before;
    PyObject *types, *entry;

    if (!bound || head_size == 0 || !are_plain(arguments[3]) || !PyDict_CheckExact(arguments[4]) || PyDict_GET_SIZE(arguments[4]) > 0)
        return;
    types = types_of(arguments[3]);
    changes_before = changes;
    entry = types ? find_entry(arguments) : NULL;
    /* A guest that put keys of its own there has its code run by the search: what that removed must not be remembered. */
    if (entry && has_found_to_fit(entry, types) && changes == changes_before)
        add_row(payload, head_size, PyTuple_GET_ITEM(entry, 0), types);
    Py_XDECREF(entry);
    Py_XDECREF(types);
    PyErr_Clear();
}
