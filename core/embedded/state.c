/* Hides where a session's named state goes: what it is is the package's (cordon._state), here it is sealed, and nothing that is not sealed rightly gets as far as Python. */
#include "Python.h"

#include "bytes.h"
#include "embedded.h"
#include "failure.h"
#include "session_run.h"
#include "session_value.h"
#include "sink.h"
#include "snapshot_file.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* magic, version of the format, of Python, trust, size of the payload; the payload; its seal over all of that. Little endian. */
static const unsigned char magic[8] = {0x89, 'C', 'S', 'T', '\r', '\n', 0x1a, '\n'}; /* what a transfer as text would change */
enum { FORMAT = 1, PYTHON = PY_MAJOR_VERSION << 8 | PY_MINOR_VERSION, HEAD_BYTES = sizeof magic + 3 * 4 + 8, LEAST_BYTES = HEAD_BYTES + SNAPSHOT_SEAL_BYTES };

static const char take_operation[] = "interpreter_snapshot", restore_operation[] = "interpreter_restore";

/* ---- The seal ---- */

static cordon_status check_key(const cordon_state_key *key, const char *operation, cordon_error *error)
{
    if (key == NULL || (key->trust != CORDON_STATE_KEYED && key->trust != CORDON_STATE_UNKEYED))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no key, and nobody says that there is to be none");
    if (key->trust == CORDON_STATE_UNKEYED && (key->bytes != NULL || key->size != 0))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "a key is given, and that there is to be none");
    if (key->trust == CORDON_STATE_KEYED && (key->bytes == NULL || key->size < CORDON_STATE_KEY_BYTES_MIN))
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "a key has at least %d bytes", CORDON_STATE_KEY_BYTES_MIN);
    return CORDON_OK;
}

static bool seal(const cordon_state_key *key, const void *data, size_t size, unsigned char seal_out[SNAPSHOT_SEAL_BYTES])
{
    const snapshot_key by = {.bytes = key->trust == CORDON_STATE_KEYED ? key->bytes : NULL, .size = key->size};
    return snapshot_seal(by, data, size, seal_out);
}

static cordon_status wrap(const cordon_state_key *key, const char *payload, size_t size, bytes *to, cordon_error *error)
{
    unsigned char made[SNAPSHOT_SEAL_BYTES];
    bytes_add(to, magic, sizeof magic);
    bytes_add_u32(to, FORMAT);
    bytes_add_u32(to, PYTHON);
    bytes_add_u32(to, key->trust);
    bytes_add_u64(to, size);
    bytes_add(to, payload, size);
    if (!to->failed && !seal(key, to->data, to->size, made))
        return failure(error, take_operation, CORDON_HOST_FAILURE, "the library for seals failed");
    bytes_add(to, made, sizeof made);
    return to->failed ? failure(error, take_operation, CORDON_NO_MEMORY, "no memory for a snapshot") : CORDON_OK;
}

static uint64_t number_at(const unsigned char *place, unsigned size)
{
    uint64_t number = 0;
    while (size-- > 0)
        number = number << 8 | place[size];
    return number;
}

/* NULL, or what is wrong. The seal comes before all that could be believed. */
static const char *complaint_about(const unsigned char *data, size_t size, const cordon_state_key *key)
{
    unsigned char wanted[SNAPSHOT_SEAL_BYTES];
    const unsigned char *number = data + sizeof magic;
    if (data == NULL || size < sizeof magic || memcmp(data, magic, sizeof magic) != 0)
        return "this is no snapshot of a session's state";
    if (size < LEAST_BYTES || number_at(number + 12, 8) != size - LEAST_BYTES)
        return "the snapshot is cut off, or has bytes behind its end";
    if (number_at(number, 4) != FORMAT)
        return "the snapshot is of another version of Cordon's format";
    if (number_at(number + 8, 4) != (uint64_t)key->trust)
        return key->trust == CORDON_STATE_KEYED ? "the snapshot was made without a key" : "the snapshot was made with a key";
    if (!seal(key, data, size - SNAPSHOT_SEAL_BYTES, wanted) || CRYPTO_memcmp(wanted, data + size - SNAPSHOT_SEAL_BYTES, sizeof wanted) != 0)
        return key->trust == CORDON_STATE_KEYED ? "the snapshot is damaged, or was made with another key" : "the snapshot is damaged";
    if (number_at(number + 4, 4) != PYTHON)
        return "the snapshot is of another version of Python";
    return NULL;
}

/* ---- Python ---- */

/* A new reference, or NULL with an exception set. `payload`: NULL: the function takes none. */
static PyObject *call_package(const char *name, PyObject *payload)
{
    PyObject *module = PyImport_ImportModule("cordon._state");
    PyObject *function = module != NULL ? PyObject_GetAttrString(module, name) : NULL;
    PyObject *result = function != NULL ? PyObject_CallFunctionObjArgs(function, session_globals(), payload, NULL) : NULL;
    Py_XDECREF(function);
    Py_XDECREF(module);
    return result;
}

/* With the exception that is set, which goes away. */
static cordon_status fail_with_exception(const embedded_execution *execution, const char *operation, cordon_error *error)
{
    PyObject *raised = PyErr_GetRaisedException();
    if (PyErr_GivenExceptionMatches(raised, PyExc_KeyboardInterrupt) && execution->is_interrupted) {
        Py_DECREF(raised);
        return failure(error, operation, CORDON_CANCELLED, "the host interrupted it");
    }
    PyObject *text = PyObject_Str(raised);
    const char *message = text != NULL ? PyUnicode_AsUTF8(text) : NULL;
    cordon_status status = PyErr_GivenExceptionMatches(raised, PyExc_MemoryError) ? CORDON_NO_MEMORY : CORDON_INVALID_ARGUMENT;
    failure(error, operation, status, "%s: %.180s", Py_TYPE(raised)->tp_name, message != NULL ? message : "?");
    Py_XDECREF(text);
    Py_DECREF(raised);
    PyErr_Clear();
    return status;
}

/* False with an exception set. */
static bool tell_report(PyObject *report, cordon_value **report_out)
{
    struct session_sink sink;
    if (report_out == NULL)
        return true;
    sink_begin(&sink);
    if (session_value_tell(&sink, report, SESSION_VALUE_ARGUMENT, "the report") != 0) {
        sink_release(&sink);
        return false;
    }
    cordon_value *told = malloc(sizeof *told);
    if (told == NULL) {
        sink_release(&sink);
        PyErr_NoMemory();
        return false;
    }
    *told = sink_take(&sink);
    *report_out = told;
    return true;
}

/* As an execution that nobody listens to: it may be interrupted, and what it writes is stray. */
static PyGILState_STATE begin(cordon_interpreter *interpreter)
{
    PyGILState_STATE lock = PyGILState_Ensure();
    interpreter->execution = (embedded_execution){.is_running = true, .thread = PyThreadState_Get()->thread_id};
    return lock;
}

static void end(cordon_interpreter *interpreter, PyGILState_STATE lock)
{
    PyThreadState_SetAsyncExc(interpreter->execution.thread, NULL);
    interpreter->execution = (embedded_execution){.is_running = false};
    PyGILState_Release(lock);
}

/* ---- The interface ---- */

static cordon_status take(cordon_interpreter *interpreter, const cordon_state_key *key, bytes *to, cordon_value **report_out, cordon_error *error)
{
    PyGILState_STATE lock = begin(interpreter);
    PyObject *taken = call_package("take", NULL), *report;
    cordon_status status = CORDON_OK;
    const char *payload;
    Py_ssize_t size;
    if (taken == NULL || !PyArg_ParseTuple(taken, "y#O", &payload, &size, &report) || !tell_report(report, report_out))
        status = fail_with_exception(&interpreter->execution, take_operation, error);
    else
        status = wrap(key, payload, (size_t)size, to, error);
    Py_XDECREF(taken);
    end(interpreter, lock);
    return status;
}

cordon_status cordon_interpreter_snapshot(cordon_interpreter *interpreter, const cordon_state_key *key, char **bytes_out, size_t *size_out, cordon_value **report_out,
                                          cordon_error *error)
{
    bytes made = {0};
    if (bytes_out == NULL || size_out == NULL)
        return failure(error, take_operation, CORDON_INVALID_ARGUMENT, "there is no place for the snapshot");
    *bytes_out = NULL;
    *size_out = 0;
    if (report_out != NULL)
        *report_out = NULL;
    cordon_status status = check_key(key, take_operation, error);
    if (status == CORDON_OK)
        status = embedded_enter(interpreter, take_operation, error);
    if (status != CORDON_OK)
        return status;
    status = take(interpreter, key, &made, report_out, error);
    embedded_leave(interpreter);
    if (status == CORDON_OK) {
        *bytes_out = (char *)made.data;
        *size_out = made.size;
        return CORDON_OK;
    }
    bytes_release(&made);
    if (report_out != NULL) {
        cordon_value_destroy(*report_out);
        *report_out = NULL;
    }
    return status;
}

cordon_status cordon_interpreter_restore(cordon_interpreter *interpreter, const void *data, size_t size, const cordon_state_key *key, cordon_value **report_out,
                                         cordon_error *error)
{
    if (report_out != NULL)
        *report_out = NULL;
    cordon_status status = check_key(key, restore_operation, error);
    if (status != CORDON_OK)
        return status;
    const char *complaint = complaint_about(data, size, key);
    if (complaint != NULL)
        return failure(error, restore_operation, CORDON_INVALID_ARGUMENT, "%s", complaint);
    status = embedded_enter(interpreter, restore_operation, error);
    if (status != CORDON_OK)
        return status;
    PyGILState_STATE lock = begin(interpreter);
    PyObject *payload = PyBytes_FromStringAndSize((const char *)data + HEAD_BYTES, (Py_ssize_t)(size - LEAST_BYTES));
    PyObject *report = payload != NULL ? call_package("restore", payload) : NULL;
    if (report == NULL || !tell_report(report, report_out))
        status = fail_with_exception(&interpreter->execution, restore_operation, error);
    Py_XDECREF(report);
    Py_XDECREF(payload);
    end(interpreter, lock);
    embedded_leave(interpreter);
    return status;
}
