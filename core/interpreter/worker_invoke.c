/* Hides which function of cordon.plugins an operation is, and how its arguments reach it. */
#include "Python.h"

#include "worker_invoke.h"

#include "session_run.h"
#include "worker_interrupt.h"
#include "worker_known.h"
#include "worker_limit.h"
#include "worker_message.h"
#include "worker_result.h"
#include "worker_session.h"
#include "worker_trace.h"
#include "worker_value.h"

#include <string.h>

enum { ARGUMENTS_MAX = 5, KEPT_BYTES_MAX = 64, CALL = 3 /* of the operations */ };

/* The operations, and how many arguments the function of that name gets. It is looked up once: a plugin that later
 * changes the package changes nothing here. */
static struct operation {
    const char *name;
    unsigned argument_count;
    PyObject *function; /* NULL: not looked up yet */
} operations[] = {
    {"load", 3, NULL}, {"describe", 1, NULL}, {"execute", 2, NULL}, {"call", 5, NULL}, {"unload", 1, NULL},
};

static struct operation *find_operation(const msgpack_object *name)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (strlen(operations[i].name) == name->via.str.size &&
            memcmp(operations[i].name, name->via.str.ptr, name->via.str.size) == 0)
            return &operations[i];
    worker_protocol_broken("INVOKE of an operation that there is not");
}

static struct operation *read_operation(const msgpack_object *root)
{
    struct operation *operation;

    if (!worker_object_is(root, WORKER_FIELD_ARRAY) || root->via.array.size == 0 ||
        !worker_object_is(&root->via.array.ptr[0], WORKER_FIELD_TEXT))
        worker_protocol_broken("INVOKE that is no array with an operation");
    operation = find_operation(&root->via.array.ptr[0]);
    if (root->via.array.size != 1 + operation->argument_count)
        worker_protocol_broken("INVOKE with another number of arguments than its operation has");
    return operation;
}

/* All of them at the first one, before any plugin ran. False with an exception set. */
static bool find_functions(void)
{
    PyObject *module;
    bool are_found = true;

    if (operations[0].function)
        return true;
    module = PyImport_ImportModule("cordon.plugins");
    for (size_t i = sizeof operations / sizeof *operations; module && are_found && i-- > 0;) {
        Py_XSETREF(operations[i].function, PyObject_GetAttrString(module, operations[i].name));
        are_found = operations[i].function != NULL;
    }
    Py_XDECREF(module);
    if (module && are_found)
        worker_known_begin();
    return module && are_found;
}

/* Names of contracts and functions come again and again: the last ones are kept, with their hashes. NULL with an exception set. */
static PyObject *decode(const msgpack_object *object, unsigned place)
{
    static PyObject *kept[ARGUMENTS_MAX];
    Py_ssize_t size;
    const char *text;

    if (object->type != MSGPACK_OBJECT_STR || object->via.str.size > KEPT_BYTES_MAX)
        return worker_value_decode(object);
    text = kept[place] ? PyUnicode_AsUTF8AndSize(kept[place], &size) : NULL;
    if (!text || (uint32_t)size != object->via.str.size || memcmp(text, object->via.str.ptr, (size_t)size) != 0)
        Py_XSETREF(kept[place], worker_value_decode(object));
    return Py_XNewRef(kept[place]);
}

/* A coroutine that is returned runs to its end. Takes `result` over. */
static PyObject *completed(PyObject *result)
{
    if (result && PyCoro_CheckExact(result))
        Py_SETREF(result, session_complete(result));
    return result;
}

/* A new reference, or NULL with an exception set. */
static PyObject *perform(const struct operation *operation, const struct worker_message *message, size_t size)
{
    const msgpack_object *root = worker_message_root(message);
    PyObject *arguments[ARGUMENTS_MAX], *result = NULL;
    unsigned count = 0;

    while (count < operation->argument_count &&
           (arguments[count] = decode(&root->via.array.ptr[1 + count], count)) != NULL)
        count++;
    if (count == operation->argument_count)
        result = PyObject_Vectorcall(operation->function, arguments, count, NULL);
    if (result && operation == &operations[CALL])
        worker_known_learn(message->payload, size, arguments);
    while (count > 0)
        Py_DECREF(arguments[--count]);
    return completed(result);
}

/* Takes what is left of the frame. */
static PyObject *perform_known(const struct worker_known_call *call, const struct worker_frame *frame)
{
    PyObject *stack[1 + WORKER_KNOWN_ARGUMENTS_MAX] = {Py_NewRef(call->target)}, *result = NULL;
    bool are_there = worker_known_decode(call, stack + 1);

    worker_frame_take_ahead(frame);
    if (are_there) {
        result = PyObject_Vectorcall(worker_known_caller(), stack, 1 + call->count, NULL);
        for (size_t i = 0; i < call->count; i++)
            Py_DECREF(stack[1 + i]);
    }
    Py_DECREF(stack[0]);
    return completed(result);
}

/* False: nothing was done, since it must be read and checked first. */
static bool invoke_known(const struct worker_frame *frame)
{
    const unsigned char *payload = frame->flags == 0 ? worker_frame_payload_ahead(frame) : NULL;
    struct worker_known_call call;
    PyObject *result;

    if (!payload || !worker_known_find(payload, frame->length, &call))
        return false;
    worker_session_enter(frame);
    worker_limit_begin_guest();
    worker_interrupt_begin(frame->id, WORKER_WITHOUT_SOFT_LIMITS);
    result = perform_known(&call, frame);
    worker_interrupt_end();
    worker_result_send(frame->id, result != NULL, result);
    return true;
}

void worker_invoke(const struct worker_frame *frame)
{
    struct worker_message message;
    PyObject *result = NULL;
    bool is_there;

    if (invoke_known(frame))
        return;
    is_there = worker_message_receive(&message, frame); /* before anything may ask the host */
    worker_session_enter(frame);
    if (is_there) {
        const struct operation *operation = read_operation(worker_message_root(&message));

        worker_limit_begin_guest();
        if (find_functions()) {
            worker_interrupt_begin(frame->id, frame->flags & CORDON_SOFT_LIMITS_FLAG ? WORKER_WITH_SOFT_LIMITS : WORKER_WITHOUT_SOFT_LIMITS);
            if (worker_trace_begin(frame->flags & CORDON_TRACE_FLAGS))
                result = perform(operation, &message, frame->length);
            worker_interrupt_end();
            worker_trace_end();
        }
    } else {
        PyErr_NoMemory();
    }
    worker_result_send(frame->id, result != NULL, result);
    worker_message_release(&message);
}
