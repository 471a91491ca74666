/* Hides how a piece of source becomes a result: compiled, run in __main__ (and in the session's event loop if it
 * awaits), its value or its exception told. Whatever guest code did to its interpreter, a RESULT is sent. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_pylifecycle.h"

#include "worker_broker.h"
#include "worker_calls.h"
#include "worker_compile.h"
#include "worker_configure.h"
#include "worker_exception.h"
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
    PyObject *globals;             /* of __main__ */
    PyObject *outputs[2];          /* the interpreter's own, which a guest may have replaced in sys */
    PyObject *remember, *complete; /* of cordon._session */
    void *reserve;
} session;

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

static PyObject *helper(PyObject *module, const char *name)
{
    PyObject *function = PyObject_GetAttrString(module, name);

    if (!function)
        sandbox_boot_failed("its session has no helpers");
    return function;
}

static void take_helpers(void)
{
    PyObject *module = PyImport_ImportModule("cordon._session");

    if (!module)
        sandbox_boot_failed("its session has no helpers");
    session.remember = helper(module, "remember");
    session.complete = helper(module, "complete");
    worker_exception_set_helpers(helper(module, "describe"), helper(module, "line"));
    Py_DECREF(module);
}

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
    PyObject *main_module;

    if (session.has_begun)
        return;
    session.has_begun = true;
    worker_enter_directory();
    if (!sandbox_rest_renew_main())
        sandbox_boot_failed("its session has no __main__");
    main_module = PyImport_AddModule("__main__");
    session.globals = main_module ? Py_NewRef(PyModule_GetDict(main_module)) : NULL;
    if (!session.globals || !put_directory_in_path() || !put_arguments())
        sandbox_boot_failed("its session cannot begin");
    session.outputs[0] = Py_XNewRef(PySys_GetObject("stdout"));
    session.outputs[1] = Py_XNewRef(PySys_GetObject("stderr"));
    take_helpers();
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

static bool set_inputs(const struct request *request)
{
    for (uint32_t i = 0; request->inputs && i < request->inputs->via.map.size; i++) {
        const msgpack_object_kv *pair = &request->inputs->via.map.ptr[i];
        PyObject *name = str_of(&pair->key), *value = name ? worker_value_decode(&pair->val) : NULL;
        bool is_set = value && PyDict_SetItem(session.globals, name, value) == 0;

        Py_XDECREF(value);
        Py_XDECREF(name);
        if (!is_set)
            return false;
    }
    return true;
}

/* --- running --- */

/* Tracebacks, inspect and whoever asks linecache will find the source. Not worth failing for, and not for a guest's
 * trace function to see. */
static void remember(PyObject *file_name, const struct request *request)
{
    PyObject *done;

    PyThreadState_EnterTracing(PyThreadState_Get());
    done = PyObject_CallFunction(session.remember, "Oy#", file_name, request->source, request->source_size);
    PyThreadState_LeaveTracing(PyThreadState_Get());
    Py_XDECREF(done);
    PyErr_Clear();
}

/* The source with a NUL behind it, compiled. */
static PyObject *compile(const struct request *request, PyObject *file_name)
{
    char *source = PyMem_Malloc((size_t)request->source_size + 1);
    PyObject *code;

    if (!source)
        return PyErr_NoMemory();
    memcpy(source, request->source, (size_t)request->source_size);
    source[request->source_size] = '\0';
    code = worker_compile(source, request->source_size, file_name, !request->result);
    PyMem_Free(source);
    return code;
}

/* Runs a coroutine to its end, other tasks of the session's loop beside it. */
static bool complete(PyObject *coroutine)
{
    PyObject *task = PyObject_CallOneArg(session.complete, coroutine);
    PyObject *exception = task ? PyObject_CallMethod(task, "exception", NULL) : NULL;

    Py_XDECREF(task);
    if (exception && exception != Py_None)
        PyErr_SetRaisedException(Py_NewRef(exception));
    Py_XDECREF(exception);
    return exception == Py_None;
}

static bool run_code(PyObject *code)
{
    PyObject *result = PyEval_EvalCode(code, session.globals, session.globals);
    bool is_done = result != NULL;

    if (result && ((PyCodeObject *)code)->co_flags & CO_COROUTINE)
        is_done = complete(result);
    Py_XDECREF(result);
    return is_done;
}

/* False with an exception set, whose traceback begins in the source. */
static bool run(const struct request *request, uint32_t execution)
{
    PyObject *file_name = file_name_of(request, execution), *code = NULL, *exception;
    bool is_done = false;

    if (file_name) {
        remember(file_name, request);
        code = compile(request, file_name);
    }
    if (code && set_inputs(request))
        is_done = run_code(code);
    if (code && !is_done) {
        exception = PyErr_GetRaisedException();
        worker_exception_strip(exception, code);
        PyErr_SetRaisedException(exception);
    }
    Py_XDECREF(code);
    Py_XDECREF(file_name);
    return is_done;
}

/* What the host wants to know: a new reference, or NULL, without an exception if there is nothing. */
static PyObject *take_value(const struct request *request)
{
    PyObject *name = request->result ? str_of(request->result) : PyUnicode_FromString(WORKER_VALUE_NAME), *value = NULL;

    if (!name)
        return NULL;
    if (request->result)
        value = Py_XNewRef(PyDict_GetItemWithError(session.globals, name));
    else
        PyDict_Pop(session.globals, name, &value);
    Py_DECREF(name);
    return value;
}

static void drop_value(void)
{
    PyObject *raised = PyErr_GetRaisedException();

    if (PyDict_PopString(session.globals, WORKER_VALUE_NAME, NULL) < 0)
        PyErr_Clear();
    PyErr_SetRaisedException(raised);
}

static void flush(PyObject *file)
{
    PyObject *result = file && file != Py_None ? PyObject_CallMethod(file, "flush", NULL) : NULL;

    Py_XDECREF(result);
    PyErr_Clear(); /* closed, broken, or no file at all: the guest's own affair */
}

/* What the guest put in their place, then the interpreter's own, then C's. */
static void flush_outputs(void)
{
    static const char *const names[] = {"stdout", "stderr"};

    for (int i = 0; i < 2; i++) {
        PyObject *file = Py_XNewRef(PySys_GetObject(names[i]));
        flush(file);
        if (file != session.outputs[i])
            flush(session.outputs[i]);
        Py_XDECREF(file);
    }
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
static bool pack_ok(struct worker_pack *pack, const struct request *request)
{
    PyObject *value = take_value(request);
    bool is_packed = true;

    if (!value && PyErr_Occurred())
        return false;
    pack_status(pack, "ok", value != NULL);
    if (value) {
        worker_pack_text(pack, "value");
        is_packed = worker_value_encode(pack, value, WORKER_VALUE_RESULT, "the result") == 0;
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
    worker_exception_encode(pack, exception);
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
    drop_value();
    if (PyErr_ExceptionMatches(PyExc_SystemExit))
        pack_exit(pack);
    else
        pack_exception(pack);
}

/* With an exception set if not `is_done`. */
static void tell(const struct request *request, uint32_t execution, bool is_done)
{
    struct worker_pack pack;

    worker_pack_begin(&pack);
    is_done = is_done && pack_ok(&pack, request);
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
        is_done = run(&request, frame->id);
    } else {
        PyErr_NoMemory();
    }
    tell(&request, frame->id, is_done);
    worker_message_release(&message);
}
