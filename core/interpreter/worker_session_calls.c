/* Hides frames, ids and MessagePack from the module _cordon: its calls go to the host that supervises this sandbox. */
#include "session_calls.h"

#include "session_module.h"
#include "worker_calls.h"
#include "worker_sink.h"
#include "worker_trace.h"
#include "worker_value.h"

#include "sealed/descriptor.h"

#include <errno.h>
#include <string.h>

_Static_assert(sizeof(struct worker_pack) <= sizeof(struct session_draft), "a draft has room for a frame's head");

/* --- what the host has --- */

bool session_calls_have_host(void)
{
    return worker_calls_have_host();
}

unsigned long session_calls_generation(void)
{
    return worker_calls_generation();
}

PyObject *session_calls_list(void)
{
    const msgpack_object *list = worker_calls_list();

    return list ? worker_value_decode(list) : PyList_New(0);
}

/* --- a call --- */

static struct worker_pack *pack_of(struct session_draft *draft)
{
    return (struct worker_pack *)draft->room;
}

struct session_sink *session_draft_begin(struct session_draft *draft)
{
    worker_pack_begin(pack_of(draft));
    return worker_sink(pack_of(draft));
}

void session_draft_release(struct session_draft *draft)
{
    worker_pack_release(pack_of(draft));
}

static struct worker_call *worker_call_of(struct session_call *call)
{
    return (struct worker_call *)call;
}

/* The name that a call's payload begins with, cut if it is very long. */
static void copy_name(const struct worker_pack *pack, char *name_out, size_t size)
{
    enum { ARRAY_HEAD = 1, FIXED_TEXT = 0xa0, FIXED_MAX = 31 };
    const unsigned char *place = pack->bytes + CORDON_FRAME_HEADER_SIZE + ARRAY_HEAD;
    size_t length = 0;

    if (*place >= FIXED_TEXT && *place <= FIXED_TEXT + FIXED_MAX) {
        length = *place++ - FIXED_TEXT;
    } else if (*place >= 0xd9 && *place <= 0xdb) { /* with a length of 1, 2 or 4 bytes */
        unsigned width = 1u << (*place++ - 0xd9);
        for (unsigned i = 0; i < width; i++)
            length = length << 8 | *place++;
    }
    length = length < size - 1 ? length : size - 1;
    memcpy(name_out, place, length);
    name_out[length] = '\0';
}

/* Its beginning is told before the call leaves. */
static struct worker_call *start_traced(struct worker_pack *pack, int descriptor, bool is_awaited)
{
    char name[CORDON_TRACE_NAME_MAX + 2];
    struct worker_call *call;

    copy_name(pack, name, sizeof name);
    worker_trace_call_begins(name, worker_calls_next_id());
    call = worker_calls_start(pack, descriptor, is_awaited);
    if (call)
        worker_call_keep_name(call, name);
    return call;
}

struct session_call *session_calls_start(struct session_draft *draft, int descriptor)
{
    bool is_awaited = descriptor == SESSION_CALLS_NO_DESCRIPTOR;
    struct worker_call *call = worker_trace_wants_calls() ? start_traced(pack_of(draft), descriptor, is_awaited)
                                                          : worker_calls_start(pack_of(draft), descriptor, is_awaited);

    if (!call)
        PyErr_NoMemory();
    return (struct session_call *)call;
}

uint32_t session_calls_id(const struct session_call *call)
{
    return worker_call_id((const struct worker_call *)call);
}

struct session_call *session_calls_find(uint32_t id)
{
    return (struct session_call *)worker_calls_find(id);
}

static enum worker_wait wait_once(struct worker_call *call)
{
    enum worker_wait result;

    if (worker_calls_wait_alone())
        return worker_calls_wait(call);
    Py_BEGIN_ALLOW_THREADS;
    result = worker_calls_wait(call);
    Py_END_ALLOW_THREADS;
    return result;
}

bool session_calls_wait(struct session_call *call)
{
    while (wait_once(worker_call_of(call)) == WORKER_WAIT_INTERRUPTED) {
        if (PyErr_CheckSignals() != 0) {
            worker_calls_drop(worker_call_of(call));
            return false;
        }
    }
    return true;
}

static PyObject *text_or_none(const msgpack_object *object)
{
    if (object->type == MSGPACK_OBJECT_NIL)
        return Py_NewRef(Py_None);
    return PyUnicode_DecodeUTF8(object->via.str.ptr, object->via.str.size, "replace");
}

static PyObject *raise_failure(const msgpack_object *message, const msgpack_object *type)
{
    PyObject *text = text_or_none(message), *host_type = text ? text_or_none(type) : NULL;

    if (host_type)
        session_raise_host_failure(text, host_type);
    Py_XDECREF(host_type);
    Py_XDECREF(text);
    return NULL;
}

PyObject *session_calls_result(struct session_call *session_call)
{
    struct worker_call *call = worker_call_of(session_call);
    const msgpack_object *answer;
    PyObject *result = NULL;

    switch (worker_calls_answer(call, &answer)) {
    case WORKER_ANSWER_CAME:
        if (worker_trace_wants_calls() && worker_call_name(call))
            worker_trace_call_ends(worker_call_name(call), worker_call_id(call));
        result = answer->via.array.ptr[0].via.boolean
                     ? worker_value_decode(&answer->via.array.ptr[1])
                     : raise_failure(&answer->via.array.ptr[1], &answer->via.array.ptr[2]);
        break;
    case WORKER_ANSWER_LOST:
        PyErr_NoMemory();
        break;
    case WORKER_ANSWER_FORGOTTEN:
        session_raise_host_error("the execution that made this call has ended");
        break;
    case WORKER_ANSWER_NONE:
        PyErr_SetString(PyExc_RuntimeError, "the host has not answered yet");
        return NULL;
    }
    worker_calls_drop(call);
    return result;
}

struct session_call *session_calls_next_answered(int descriptor)
{
    return (struct session_call *)worker_calls_next_answered(descriptor);
}

void session_calls_drop(struct session_call *call)
{
    worker_calls_drop(worker_call_of(call));
}

int session_calls_event_open(void)
{
    int descriptor = sealed_event_open(0, false, SEALED_OPEN_NONBLOCK | SEALED_OPEN_CLOSE_ON_EXEC);

    if (descriptor < 0) {
        errno = -descriptor;
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    return descriptor;
}

void session_calls_event_clear(int descriptor)
{
    uint64_t count;

    if (sealed_descriptor_ready(descriptor, SEALED_READY_READ) & SEALED_READY_READ)
        (void)sealed_descriptor_read(descriptor, &count, sizeof count);
}
