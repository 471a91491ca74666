/* Hides how code gets one digest, whichever way it came to be. The form that is hashed is a tag and a value for each object; tests/cordon_python makes
 * it a second time, in Python. */
#include "full_code_digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pycore_code.h>
#include <pycore_opcode_metadata.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_BYTES = 32, DEPTH_MAX = 200 };

typedef struct form {
    unsigned char *bytes;
    size_t size, room;
} form;

static bool grow(form *form, size_t size)
{
    size_t room = (form->room + size) * 2 + 1; /* never SPARE_BYTES */
    unsigned char *more = realloc(form->bytes, room);
    if (more == NULL) return false;
    form->bytes = more;
    form->room = room;
    return true;
}

/* The memory of the last form, kept for the next: given back each time, it would have to be had from the kernel each time. */
static _Atomic(unsigned char *) spare;
enum { SPARE_BYTES = 1 << 18 };

static form begin_form(void)
{
    form form = { atomic_exchange(&spare, NULL), 0, 0 };
    if (form.bytes == NULL) form.bytes = malloc(SPARE_BYTES);
    form.room = form.bytes != NULL ? SPARE_BYTES : 0;
    return form;
}

static void end_form(form *form)
{
    unsigned char *none = NULL;
    if (form->room != SPARE_BYTES || !atomic_compare_exchange_strong(&spare, &none, form->bytes)) free(form->bytes);
}

/* From here on `size` bytes fit. */
static inline bool reserve(form *form, size_t size) { return form->room - form->size >= size || grow(form, size); }

static inline bool put(form *form, const void *bytes, size_t size)
{
    if (!reserve(form, size)) return false;
    __builtin_memcpy(form->bytes + form->size, bytes, size); /* inline for the small ones, which -fno-builtin would forbid */
    form->size += size;
    return true;
}

/* Little-endian, as the machine has it. */
static inline bool put_number(form *form, uint32_t number) { return put(form, &number, sizeof number); }
static inline bool put_tag(form *form, char tag) { return put(form, &tag, 1); }
/* A tag, the size and the bytes, in one go: most of what is put is this. */
static inline bool put_long(form *form, char tag, const void *bytes, size_t size)
{
    uint32_t told = (uint32_t)size;
    if (size > INT32_MAX || !reserve(form, 1 + sizeof told + size)) return false;
    unsigned char *end = form->bytes + form->size;
    *end = (unsigned char)tag;
    __builtin_memcpy(end + 1, &told, sizeof told);
    memcpy(end + 1 + sizeof told, bytes, size);
    form->size += 1 + sizeof told + size;
    return true;
}

static bool hash(const void *bytes, size_t size, unsigned char out[DIGEST_BYTES])
{
    static bool is_started;
    /* Without this, OpenSSL would read its configuration file by itself now; bindings/openssl.h does so later, where a program wants OpenSSL. */
    if (!is_started) is_started = OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1;
    return EVP_Digest(bytes, size, out, NULL, EVP_sha256(), NULL) == 1;
}

static bool put_object(form *form, PyObject *object, int depth);

/* By its characters as they lie in memory: a text has one such form only. The tag tells how wide they are: 1, 2 or 4 bytes. */
static inline bool put_text(form *form, PyObject *text)
{
    int width = PyUnicode_KIND(text);
    return put_long(form, (char)('0' + width), PyUnicode_DATA(text), (size_t)PyUnicode_GET_LENGTH(text) * (size_t)width);
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

/* As compiled, whatever the interpreter made of them while they ran, and without the room that it keeps its findings in. PyCode_GetCode() would leave a copy
 * with each code object, most of it zeros. */
static bool put_instructions(form *form, PyCodeObject *code)
{
    const Py_ssize_t count = Py_SIZE(code);
    if (!reserve(form, (size_t)count * 2 + 5)) return false;
    unsigned char *start = form->bytes + form->size, *end = start + 5;
    for (Py_ssize_t i = 0; i < count; i++) {
        _Py_CODEUNIT unit = _PyCode_CODE(code)[i];
        uint8_t operation = unit.op.code < MIN_INSTRUMENTED_OPCODE ? _PyOpcode_Deopt[unit.op.code] : (uint8_t)_Py_GetBaseOpcode(code, (int)i);
        *end++ = operation;
        *end++ = unit.op.arg;
        i += _PyOpcode_Caches[operation];
    }
    uint32_t size = (uint32_t)(end - start) - 5;
    *start = 'b';
    memcpy(start + 1, &size, sizeof size);
    form->size += (size_t)size + 5;
    return true;
}

static bool put_code(form *form, PyCodeObject *code, int depth)
{
    const int numbers[] = { code->co_argcount, code->co_posonlyargcount, code->co_kwonlyargcount, code->co_stacksize, code->co_flags, code->co_firstlineno };
    PyObject *const parts[] = { code->co_name, code->co_qualname, code->co_consts, code->co_names, code->co_localsplusnames,
                                code->co_localspluskinds, code->co_exceptiontable, code->co_linetable };
    bool is_put = put_tag(form, 'C');
    for (size_t i = 0; is_put && i < sizeof numbers / sizeof *numbers; i++) is_put = put_number(form, (uint32_t)numbers[i]);
    is_put = is_put && put_instructions(form, code);
    for (size_t i = 0; is_put && i < sizeof parts / sizeof *parts; i++) is_put = put_object(form, parts[i], depth);
    return is_put;
}

static bool put_object(form *form, PyObject *object, int depth)
{
    if (depth >= DEPTH_MAX) return false;
    depth++;
    if (PyUnicode_CheckExact(object)) return put_text(form, object);
    if (PyTuple_CheckExact(object)) return put_tuple(form, object, depth);
    if (PyBytes_CheckExact(object)) return put_long(form, 'b', PyBytes_AS_STRING(object), (size_t)PyBytes_GET_SIZE(object));
    if (PyCode_Check(object)) return put_code(form, (PyCodeObject *)object, depth);
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
    form form = begin_form();
    unsigned char digest[DIGEST_BYTES];
    bool is_made = put_object(&form, (PyObject *)code, 0) && hash(form.bytes, form.size, digest);
    if (is_made) spell(digest, digits_out);
    end_form(&form);
    PyErr_Clear();
    PyErr_SetRaisedException(raised);
    return is_made;
}
