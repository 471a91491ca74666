/* Hides how code gets one digest, whichever way it came to be. The form that is hashed is a tag and a value for each object; tests/cordon_python makes
 * it a second time, in Python. */
#include "full_code_digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_BYTES = 32, FIRST_ROOM = 16384, DEPTH_MAX = 200 };

typedef struct form {
    unsigned char *bytes;
    size_t size, room;
} form;

static bool put(form *form, const void *bytes, size_t size)
{
    if (form->room - form->size < size) {
        size_t room = (form->room + size) * 2 + FIRST_ROOM;
        unsigned char *more = realloc(form->bytes, room);
        if (more == NULL) return false;
        form->bytes = more;
        form->room = room;
    }
    memcpy(form->bytes + form->size, bytes, size);
    form->size += size;
    return true;
}

/* Little-endian, as the machine has it. */
static bool put_number(form *form, uint32_t number) { return put(form, &number, sizeof number); }
static bool put_tag(form *form, char tag) { return put(form, &tag, 1); }
static bool put_long(form *form, char tag, const void *bytes, size_t size)
{
    return size <= UINT32_MAX && put_tag(form, tag) && put_number(form, (uint32_t)size) && put(form, bytes, size);
}

static bool hash(const void *bytes, size_t size, unsigned char out[DIGEST_BYTES])
{
    static bool is_started;
    /* Without this, OpenSSL would read its configuration file by itself now; bindings/openssl.h does so later, where a program wants OpenSSL. */
    if (!is_started) is_started = OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1;
    return EVP_Digest(bytes, size, out, NULL, EVP_sha256(), NULL) == 1;
}

static bool put_object(form *form, PyObject *object, int depth);

/* By its characters as they lie in memory: a text has one such form only. */
static bool put_text(form *form, PyObject *text)
{
    int width = PyUnicode_KIND(text);
    return put_tag(form, 's') && put_tag(form, (char)('0' + width)) &&
           put_long(form, 's', PyUnicode_DATA(text), (size_t)PyUnicode_GET_LENGTH(text) * (size_t)width);
}

static bool put_integer(form *form, PyObject *integer)
{
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(integer, &overflow);
    if (overflow == 0) return put_long(form, 'i', &value, sizeof value);
    PyObject *digits = PyNumber_ToBase(integer, 16);
    bool is_put = digits != NULL && put_text(form, digits);
    Py_XDECREF(digits);
    return is_put;
}

static bool put_tuple(form *form, PyObject *tuple, int depth)
{
    bool is_put = put_tag(form, '(') && put_number(form, (uint32_t)PyTuple_GET_SIZE(tuple));
    for (Py_ssize_t i = 0; is_put && i < PyTuple_GET_SIZE(tuple); i++) is_put = put_object(form, PyTuple_GET_ITEM(tuple, i), depth);
    return is_put;
}

static int compare_digests(const void *first, const void *second) { return memcmp(first, second, DIGEST_BYTES); }

static bool hash_item(PyObject *item, int depth, unsigned char out[DIGEST_BYTES])
{
    form own = { NULL, 0, 0 };
    bool is_hashed = put_object(&own, item, depth) && hash(own.bytes, own.size, out);
    free(own.bytes);
    return is_hashed;
}

/* A set has no order: its items' digests, sorted. */
static bool put_set(form *form, PyObject *set, int depth)
{
    size_t count = (size_t)PySet_GET_SIZE(set), done = 0;
    unsigned char *digests = malloc(count * DIGEST_BYTES + 1);
    PyObject *iterator = PyObject_GetIter(set), *item;
    bool is_put = digests != NULL && iterator != NULL;
    while (is_put && done < count && (item = PyIter_Next(iterator)) != NULL) {
        is_put = hash_item(item, depth, digests + done++ * DIGEST_BYTES);
        Py_DECREF(item);
    }
    if (is_put) qsort(digests, done, DIGEST_BYTES, compare_digests);
    is_put = is_put && put_long(form, '<', digests, done * DIGEST_BYTES);
    Py_XDECREF(iterator);
    free(digests);
    return is_put;
}

static bool put_code(form *form, PyCodeObject *code, int depth)
{
    const int numbers[] = { code->co_argcount, code->co_posonlyargcount, code->co_kwonlyargcount, code->co_stacksize, code->co_flags, code->co_firstlineno };
    PyObject *instructions = PyCode_GetCode(code); /* as compiled, whatever the interpreter made of them while they ran */
    PyObject *const parts[] = { code->co_name, code->co_qualname, instructions, code->co_consts, code->co_names, code->co_localsplusnames,
                                code->co_localspluskinds, code->co_exceptiontable, code->co_linetable };
    bool is_put = instructions != NULL && put_tag(form, 'C');
    for (size_t i = 0; is_put && i < sizeof numbers / sizeof *numbers; i++) is_put = put_number(form, (uint32_t)numbers[i]);
    for (size_t i = 0; is_put && i < sizeof parts / sizeof *parts; i++) is_put = put_object(form, parts[i], depth);
    Py_XDECREF(instructions);
    return is_put;
}

static bool put_object(form *form, PyObject *object, int depth)
{
    if (depth >= DEPTH_MAX) return false;
    depth++;
    if (PyCode_Check(object)) return put_code(form, (PyCodeObject *)object, depth);
    if (PyTuple_CheckExact(object)) return put_tuple(form, object, depth);
    if (PyUnicode_CheckExact(object)) return put_text(form, object);
    if (PyBytes_CheckExact(object)) return put_long(form, 'b', PyBytes_AS_STRING(object), (size_t)PyBytes_GET_SIZE(object));
    if (PyLong_CheckExact(object)) return put_integer(form, object);
    if (PyFloat_CheckExact(object)) return put_long(form, 'f', &((PyFloatObject *)object)->ob_fval, sizeof(double));
    if (PyComplex_CheckExact(object)) return put_long(form, 'c', &((PyComplexObject *)object)->cval, sizeof(Py_complex));
    if (PyFrozenSet_CheckExact(object)) return put_set(form, object, depth);
    if (object == Py_None) return put_tag(form, 'N');
    if (object == Py_Ellipsis) return put_tag(form, '.');
    if (PyBool_Check(object)) return put_tag(form, object == Py_True ? 'T' : 'F');
    /* No compiler makes such a constant; code that was put together by hand may have any. */
    return put_long(form, '?', Py_TYPE(object)->tp_name, strlen(Py_TYPE(object)->tp_name));
}

static void spell(const unsigned char bytes[DIGEST_BYTES], char digits_out[FULL_DIGEST_DIGITS + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        digits_out[2 * i] = digits[bytes[i] >> 4];
        digits_out[2 * i + 1] = digits[bytes[i] & 15];
    }
    digits_out[FULL_DIGEST_DIGITS] = '\0';
}

void full_digest_bytes(const void *bytes, size_t size, char digits_out[FULL_DIGEST_DIGITS + 1])
{
    unsigned char digest[DIGEST_BYTES] = { 0 };
    if (hash(bytes, size, digest))
        spell(digest, digits_out);
    else
        digits_out[0] = '\0';
}

bool full_digest_code(PyCodeObject *code, char digits_out[FULL_DIGEST_DIGITS + 1])
{
    /* Outside the guest's sight: an exception that is on its way stays as it is. */
    PyObject *raised = PyErr_GetRaisedException();
    form form = { NULL, 0, 0 };
    unsigned char digest[DIGEST_BYTES];
    bool is_made = put_object(&form, (PyObject *)code, 0) && hash(form.bytes, form.size, digest);
    if (is_made) spell(digest, digits_out);
    free(form.bytes);
    PyErr_Clear();
    PyErr_SetRaisedException(raised);
    return is_made;
}
