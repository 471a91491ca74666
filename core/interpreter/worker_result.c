/* Hides how a RESULT is put together: what was written before it flushed, a value or an exception, the figures. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_pylifecycle.h"

#include "session_exception.h"
#include "worker_broker.h"
#include "worker_calls.h"
#include "worker_figures.h"
#include "worker_message.h"
#include "worker_result.h"
#include "worker_streams.h"
#include "worker_value.h"

#include "sealed/heap.h"
#include "sealed/limit.h"

#include <string.h>

/* Set aside so that an exception can still be told when a program has used all memory. */
enum { RESERVE_BYTES = 1024 * 1024 };

static void *reserve;

/* Only while as much again is left: a guest that has used up everything needs some memory to let go of it. */
void worker_result_begin(void)
{
    void *twice = reserve ? NULL : sealed_allocate(2 * RESERVE_BYTES);

    if (!twice)
        return;
    sealed_release(twice);
    reserve = sealed_allocate(RESERVE_BYTES);
}

/* --- telling --- */

/* The figures as they leave, numbers always in the form of eight bytes: only these are written each time. Bytes alone, so there are no gaps. */
struct packed_figures {
    unsigned char head[9];
#define PACKED_FIGURE(name)                                                                                            \
    struct {                                                                                                           \
        unsigned char head;                                                                                            \
        char key[sizeof #name - 1];                                                                                    \
        unsigned char form, number[8];                                                                                 \
    } name;
    CORDON_FIGURE_TABLE(PACKED_FIGURE)
#undef PACKED_FIGURE
};

#define KEY_IS_SHORT(name) _Static_assert(sizeof #name - 1 <= 31, "its length must fit its first byte");
CORDON_FIGURE_TABLE(KEY_IS_SHORT)
#undef KEY_IS_SHORT

enum { FORM_OF_TEXT = 0xa0, FORM_OF_MAP = 0x80, FORM_OF_U64 = 0xcf };

static void put_number(unsigned char *bytes, uint64_t number)
{
    bytes[0] = (unsigned char)(number >> 56); /* written out, they become one store */
    bytes[1] = (unsigned char)(number >> 48);
    bytes[2] = (unsigned char)(number >> 40);
    bytes[3] = (unsigned char)(number >> 32);
    bytes[4] = (unsigned char)(number >> 24);
    bytes[5] = (unsigned char)(number >> 16);
    bytes[6] = (unsigned char)(number >> 8);
    bytes[7] = (unsigned char)number;
}

static void pack_figures(struct worker_pack *pack)
{
    static struct packed_figures packed = {
        .head = {FORM_OF_TEXT + 7, 'f', 'i', 'g', 'u', 'r', 'e', 's', FORM_OF_MAP + CORDON_FIGURE_COUNT},
#define BEGIN_FIGURE(name) .name = {FORM_OF_TEXT + sizeof #name - 1, #name, FORM_OF_U64, {0}},
        CORDON_FIGURE_TABLE(BEGIN_FIGURE)
#undef BEGIN_FIGURE
    };
    uint64_t figures[CORDON_FIGURE_COUNT], *next = figures;

    worker_figures_now(figures);
#define PUT_NUMBER(name) put_number(packed.name.number, *next++);
    CORDON_FIGURE_TABLE(PUT_NUMBER)
#undef PUT_NUMBER
    worker_pack_bytes(pack, &packed, sizeof packed);
}

static void pack_status(struct worker_pack *pack, const char *status, size_t further_keys)
{
    msgpack_pack_map(&pack->packer, 2 + further_keys);
    WORKER_PACK_LITERAL(pack, "status");
    worker_pack_text(pack, status);
}

/* False with an exception set: the value cannot be sent. */
static bool pack_ok(struct worker_pack *pack, PyObject *value)
{
    static const char with_value[] = "\x83\xa6status\xa2ok\xa5value"; /* and the figures */

    if (!value) {
        pack_status(pack, "ok", 0);
        return true;
    }
    worker_pack_bytes(pack, with_value, sizeof with_value - 1);
    return worker_value_encode(pack, value, SESSION_VALUE_RESULT, "the result") == 0;
}

static void pack_exit(struct worker_pack *pack)
{
    int code = 1;

    (void)_Py_HandleSystemExit(&code); /* may say on sys.stderr what it has to say */
    PyErr_Clear();
    pack_status(pack, "exit", 1);
    WORKER_PACK_LITERAL(pack, "exit_code");
    msgpack_pack_int(&pack->packer, code & 0xff);
}

static void pack_exception(struct worker_pack *pack)
{
    PyObject *exception = PyErr_GetRaisedException();

    sealed_release(reserve);
    reserve = NULL;
    pack_status(pack, "exception", 1);
    WORKER_PACK_LITERAL(pack, "exception");
    PyThreadState_EnterTracing(PyThreadState_Get());
    session_exception_tell(worker_sink(pack), exception);
    PyThreadState_LeaveTracing(PyThreadState_Get());
    Py_DECREF(exception);
}

/* A whole RESULT from memory that is always there. */
static void send_last_resort(uint32_t execution)
{
    static const char text[] = "\x82\xa6status\xa9"
                               "exception\xa9"
                               "exception\x86\xa4type\xab"
                               "MemoryError\xa6module\xa8"
                               "builtins\xa7message\xa0\xa9traceback\xac"
                               "MemoryError\n\xa6"
                               "frames\x90\xa5limit\xa6memory";

    worker_frame_send(CORDON_FRAME_RESULT, execution, NULL, 0, text, sizeof text - 1);
}

static void pack_failure(struct worker_pack *pack)
{
    worker_pack_cut(pack, CORDON_FRAME_HEADER_SIZE);
    if (PyErr_ExceptionMatches(PyExc_SystemExit))
        pack_exit(pack);
    else
        pack_exception(pack);
}

void worker_result_send(uint32_t execution, bool is_done, PyObject *value)
{
    struct worker_pack pack;

    worker_pack_begin(&pack);
    is_done = is_done && pack_ok(&pack, value);
    Py_CLEAR(value); /* its end may run guest code, which the limits still hold */
    sealed_limits_end(); /* so that an exception can be told */
    if (!is_done)
        pack_failure(&pack);
    worker_streams_flush(); /* after what a `repr` or `__str__` may have written */
    worker_broker_end();
    pack_figures(&pack);
    worker_calls_forget();
    worker_figures_end();
    if (pack.failure == WORKER_PACK_FITS)
        worker_pack_send(&pack, CORDON_FRAME_RESULT, execution);
    else
        send_last_resort(execution);
    worker_pack_release(&pack);
}
