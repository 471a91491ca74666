/* Hides how an EXECUTE becomes a RESULT: its limits, its inputs, and its value or its exception told. Whatever guest
 * code did to its interpreter, a RESULT is sent. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_pylifecycle.h"

#include "session_exception.h"
#include "session_run.h"
#include "worker_broker.h"
#include "worker_calls.h"
#include "worker_configure.h"
#include "worker_figures.h"
#include "worker_limit.h"
#include "worker_message.h"
#include "worker_session.h"
#include "worker_value.h"

#include "sandbox_boot.h"
#include "sandbox_rest.h"

#include "sealed/fs.h"
#include "sealed/heap.h"
#include "sealed/limit.h"

#include <string.h>

/* Set aside so that an exception can still be told when a program has used all memory. */
enum { RESERVE_BYTES = 1024 * 1024 };

static struct session {
    bool has_begun;
    uint32_t last_execution;
    void *reserve;
} session;

static const char own_folder[] = "/usr/lib/python3.13/cordon/"; /* where the image has the package */

/* What an EXECUTE asks for. */
struct request {
    const char *source;
    Py_ssize_t source_size;
    const msgpack_object *name, *result, *inputs; /* NULL: not given */
};

/* Only while as much again is left: a guest that has used up everything needs some memory to let go of it. */
static void take_reserve(void)
{
    void *twice = session.reserve ? NULL : sealed_allocate(2 * RESERVE_BYTES);

    if (!twice)
        return;
    sealed_release(twice);
    session.reserve = sealed_allocate(RESERVE_BYTES);
}

/* --- beginning --- */

static bool put_arguments(void)
{
    const struct worker_settings *settings = worker_settings();
    PyObject *list = PyList_New((Py_ssize_t)settings->argument_count + 1);
    bool are_there = list != NULL;

    for (size_t i = 0; are_there && i <= settings->argument_count; i++) {
        PyObject *argument = PyUnicode_DecodeFSDefault(i == 0 ? "" : settings->arguments[i - 1]);
        are_there = argument != NULL;
        if (are_there)
            PyList_SET_ITEM(list, (Py_ssize_t)i, argument);
    }
    are_there = are_there && PySys_SetObject("argv", list) == 0;
    Py_XDECREF(list);
    return are_there;
}

static void begin(void)
{
    struct session_exception_helpers helpers = {.folder = own_folder, .memory_wanted = worker_figures_wanted_bytes};

    if (session.has_begun)
        return;
    session.has_begun = true;
    worker_enter_directory();
    if (!sandbox_rest_renew_main())
        sandbox_boot_failed("its session has no __main__");
    if (!put_arguments() || !session_begin(&helpers))
        sandbox_boot_failed("its session cannot begin");
}

/* --- reading the request --- */

static const msgpack_object *unless_nil(const msgpack_object *object)
{
    return object && object->type != MSGPACK_OBJECT_NIL ? object : NULL;
}

static void read_request(const msgpack_object *root, struct request *request_out)
{
    const msgpack_object *source, *name, *result, *inputs;
    const struct worker_field fields[] = {
        {"source", WORKER_FIELD_BYTES, &source},
        {"name", WORKER_FIELD_TEXT | WORKER_FIELD_NIL, &name},
        {"result", WORKER_FIELD_TEXT | WORKER_FIELD_NIL, &result},
        {"inputs", WORKER_FIELD_MAP | WORKER_FIELD_NIL, &inputs},
    };

    WORKER_MAP_READ(root, fields, "EXECUTE has a key or a value that it does not have");
    if (!source)
        worker_protocol_broken("EXECUTE without a source");
    *request_out = (struct request){.source = source->via.bin.ptr,
                                    .source_size = source->via.bin.size,
                                    .name = unless_nil(name),
                                    .result = unless_nil(result),
                                    .inputs = unless_nil(inputs)};
    for (uint32_t i = 0; request_out->inputs && i < request_out->inputs->via.map.size; i++)
        if (!worker_object_is(&request_out->inputs->via.map.ptr[i].key, WORKER_FIELD_TEXT))
            worker_protocol_broken("EXECUTE with an input whose name is no text");
}

static PyObject *str_of(const msgpack_object *text)
{
    return PyUnicode_DecodeUTF8(text->via.str.ptr, text->via.str.size, "surrogateescape");
}

static PyObject *file_name_of(const struct request *request, uint32_t execution)
{
    return request->name ? str_of(request->name) : PyUnicode_FromFormat("<execution %u>", execution);
}

static bool set_inputs(PyObject *globals, void *context)
{
    const struct request *request = context;

    for (uint32_t i = 0; request->inputs && i < request->inputs->via.map.size; i++) {
        const msgpack_object_kv *pair = &request->inputs->via.map.ptr[i];
        PyObject *name = str_of(&pair->key), *value = name ? worker_value_decode(&pair->val) : NULL;
        bool is_set = value && PyDict_SetItem(globals, name, value) == 0;

        Py_XDECREF(value);
        Py_XDECREF(name);
        if (!is_set)
            return false;
    }
    return true;
}

/* --- running --- */

/* False with an exception set. What it owns is released by release_source. */
static bool make_source(const struct request *request, uint32_t execution, struct session_source *source_out)
{
    *source_out = (struct session_source){.bytes = request->source,
                                          .size = request->source_size,
                                          .file_name = file_name_of(request, execution),
                                          .result = request->result ? str_of(request->result) : NULL,
                                          .set_inputs = set_inputs,
                                          .context = (void *)request};
    return source_out->file_name && (source_out->result || !request->result);
}

static void release_source(struct session_source *source)
{
    Py_CLEAR(source->file_name);
    Py_CLEAR(source->result);
}

/* Python's streams, then C's. */
static void flush_outputs(void)
{
    session_flush();
    fflush(stdout);
    fflush(stderr);
}

/* --- telling --- */

static void pack_figures(struct worker_pack *pack)
{
    struct worker_figure figures[CORDON_FIGURE_COUNT];

    worker_figures_now(figures);
    worker_pack_text(pack, "figures");
    msgpack_pack_map(&pack->packer, CORDON_FIGURE_COUNT);
    for (int i = 0; i < CORDON_FIGURE_COUNT; i++) {
        worker_pack_text(pack, figures[i].name);
        msgpack_pack_uint64(&pack->packer, figures[i].value);
    }
}

static void pack_status(struct worker_pack *pack, const char *status, size_t further_keys)
{
    msgpack_pack_map(&pack->packer, 2 + further_keys);
    worker_pack_text(pack, "status");
    worker_pack_text(pack, status);
}

/* False with an exception set: the value cannot be sent. */
static bool pack_ok(struct worker_pack *pack, const struct session_source *source)
{
    PyObject *value = session_take_value(source);
    bool is_packed = true;

    if (!value && PyErr_Occurred())
        return false;
    pack_status(pack, "ok", value != NULL);
    if (value) {
        worker_pack_text(pack, "value");
        is_packed = worker_value_encode(pack, value, SESSION_VALUE_RESULT, "the result") == 0;
    }
    Py_XDECREF(value);
    return is_packed;
}

static void pack_exit(struct worker_pack *pack)
{
    int code = 1;

    (void)_Py_HandleSystemExit(&code); /* may say on sys.stderr what it has to say */
    PyErr_Clear();
    pack_status(pack, "exit", 1);
    worker_pack_text(pack, "exit_code");
    msgpack_pack_int(&pack->packer, code & 0xff);
}

static void pack_exception(struct worker_pack *pack)
{
    PyObject *exception = PyErr_GetRaisedException();

    sealed_release(session.reserve);
    session.reserve = NULL;
    pack_status(pack, "exception", 1);
    worker_pack_text(pack, "exception");
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
    session_drop_value();
    if (PyErr_ExceptionMatches(PyExc_SystemExit))
        pack_exit(pack);
    else
        pack_exception(pack);
}

/* With an exception set if not `is_done`. */
static void tell(const struct session_source *source, uint32_t execution, bool is_done)
{
    struct worker_pack pack;

    worker_pack_begin(&pack);
    is_done = is_done && pack_ok(&pack, source);
    sealed_limits_end(); /* so that an exception can be told */
    if (!is_done)
        pack_failure(&pack);
    flush_outputs(); /* after what a `repr` or `__str__` may have written */
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

void worker_session_execute(const struct worker_frame *frame)
{
    struct worker_message message;
    struct request request = {0};
    struct session_source source = {0};
    bool is_done = false;

    if (frame->id <= session.last_execution)
        worker_protocol_broken("an EXECUTE whose id does not count up");
    session.last_execution = frame->id;
    worker_broker_begin();
    begin();
    take_reserve();
    if (worker_message_receive(&message, frame)) {
        read_request(worker_message_root(&message), &request);
        worker_limit_begin_guest();
        is_done = make_source(&request, frame->id, &source) && session_run(&source);
    } else {
        PyErr_NoMemory();
    }
    tell(&source, frame->id, is_done);
    release_source(&source);
    worker_message_release(&message);
}
