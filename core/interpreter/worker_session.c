/* Hides how the session begins, and how an EXECUTE becomes a piece of source that runs in it. */
#include "Python.h"

#include "session_exception.h"
#include "session_run.h"
#include "worker_broker.h"
#include "worker_configure.h"
#include "worker_figures.h"
#include "worker_interrupt.h"
#include "worker_limit.h"
#include "worker_message.h"
#include "worker_result.h"
#include "worker_streams.h"
#include "worker_session.h"
#include "worker_trace.h"
#include "worker_value.h"

#include "sandbox_boot.h"
#include "sandbox_rest.h"

#include <string.h>

static struct session {
    bool has_begun;
    uint32_t last_execution;
} session;

static const char own_folder[] = "/usr/lib/python3.13/cordon/"; /* where the image has the package */

/* What an EXECUTE asks for. */
struct request {
    const char *source;
    Py_ssize_t source_size;
    const msgpack_object *name, *result, *inputs; /* NULL: not given */
    uint32_t execution;
    unsigned flags; /* of the frame */
};

/* --- beginning --- */

/* What lies in the working directory can be imported, as in an interactive python. */
static bool put_directory_in_path(void)
{
    PyObject *path = PySys_GetObject("path"), *here = PyUnicode_FromString("");
    bool is_there = path && here && PyList_Check(path) && PyList_Insert(path, 0, here) == 0;

    Py_XDECREF(here);
    return is_there;
}

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
    if (!put_directory_in_path() || !put_arguments() || !session_begin(&helpers))
        sandbox_boot_failed("its session cannot begin");
    worker_streams_begin();
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

/* Just before the source runs: from here on it can be interrupted, and its steps are told. */
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
    worker_interrupt_begin(request->execution, request->flags & CORDON_SOFT_LIMITS_FLAG ? WORKER_WITH_SOFT_LIMITS : WORKER_WITHOUT_SOFT_LIMITS);
    return worker_trace_begin(request->flags & CORDON_TRACE_FLAGS);
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

bool worker_session_renew(void)
{
    session.last_execution = 0;
    if (!session.has_begun)
        return true;
    worker_enter_directory();
    return put_arguments();
}

void worker_session_enter(const struct worker_frame *frame)
{
    if (frame->id <= session.last_execution)
        worker_protocol_broken("an execution whose id does not count up");
    session.last_execution = frame->id;
    worker_broker_begin();
    begin();
    worker_result_begin();
}

void worker_session_execute(const struct worker_frame *frame)
{
    struct worker_message message;
    struct request request = {0};
    struct session_source source = {0};
    PyObject *value = NULL;
    bool is_done = false, is_there = worker_message_receive(&message, frame); /* before anything may ask the host */

    worker_session_enter(frame);
    if (is_there) {
        read_request(worker_message_root(&message), &request);
        request.execution = frame->id;
        request.flags = frame->flags;
        worker_limit_begin_guest();
        is_done = make_source(&request, frame->id, &source) && session_run(&source);
        worker_interrupt_end();
        worker_trace_end();
    } else {
        PyErr_NoMemory();
    }
    if (is_done) {
        value = session_take_value(&source);
        is_done = value || !PyErr_Occurred();
    }
    if (!is_done)
        session_drop_value();
    worker_result_send(frame->id, is_done, value);
    release_source(&source);
    worker_message_release(&message);
}
