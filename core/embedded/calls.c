/* Hides from the module _cordon that its host is this very process: a call is a function call, whose answer may come later, from any thread. Everything that a sandbox's calls are held against
 * (names, schemas, what an answer may be) is the supervisor's calls.c. */
#include "session_calls.h"

#include "embedded.h"
#include "embedded_calls.h"
#include "failure.h"
#include "host_env/fd.h"
#include "host_env/ipc.h"
#include "session_module.h"
#include "sink.h"
#include "value.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

/* Answers belong to an execution, and here they stay good: a thread that goes on between executions goes on waiting. */
enum { ONLY_EXECUTION = 1 };

struct session_call {
    struct session_call *next;
    uint32_t id;
    int descriptor;
    bool is_given; /* by session_calls_next_answered */
    answer *answer; /* NULL: it has not come */
};

_Static_assert(sizeof(struct session_sink) <= sizeof(struct session_draft), "a draft has room for a sink");

/* What the host has registered, after each change. A call that is under way may look at a former one at any moment, without a lock, so each is kept; registering is rare. */
typedef struct registration {
    callback_set callbacks;
    struct registration *former;
} registration;

/* Under the lock, but for `registrations` and `generation`, which the interpreter lock guards. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* an answer came, or somebody was interrupted */
    mailbox *mailbox;
    struct session_call *calls;
    uint32_t last_id;
    uint64_t interruptions;
    registration *registrations; /* the newest first; there is always one */
    unsigned long generation;
} host = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* ---- What the host has ---- */

/* In the child of a fork nobody answers, and whoever held the lock is not there to let it go. */
bool session_calls_have_host(void)
{
    return host.mailbox != NULL && *embedded_interpreter.is_own_process;
}

unsigned long session_calls_generation(void)
{
    return host.generation;
}

PyObject *session_calls_list(void)
{
    bytes packed = {0};
    cordon_value *list = NULL;
    cordon_error error;
    callbacks_pack(&host.registrations->callbacks, &packed);
    PyObject *made = NULL;
    if (packed.failed || value_decode(packed.data, packed.size, CORDON_VALUE_DEPTH_MAX + 4, &list, &error) != CORDON_OK)
        PyErr_NoMemory();
    else
        made = embedded_value_make(list);
    cordon_value_destroy(list);
    bytes_release(&packed);
    return made;
}

cordon_status embedded_calls_register(const cordon_callback *callback, const char *operation, cordon_error *error)
{
    registration *grown = calloc(1, sizeof *grown);
    if (grown == NULL || !callbacks_copy(&grown->callbacks, &host.registrations->callbacks)) {
        if (grown != NULL)
            callbacks_release(&grown->callbacks);
        free(grown);
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for a callback");
    }
    cordon_status status = callbacks_add(&grown->callbacks, callback, operation, error);
    if (status != CORDON_OK) {
        callbacks_release(&grown->callbacks);
        free(grown);
        return status;
    }
    grown->former = host.registrations;
    host.registrations = grown;
    host.generation++;
    return CORDON_OK;
}

/* ---- Answers ---- */

/* With the lock held. */
static void keep(answer *came)
{
    struct session_call *call = host.calls;
    while (call != NULL && call->id != came->call)
        call = call->next;
    if (call == NULL || call->answer != NULL) {
        answer_destroy(came); /* nobody wants it any more */
        return;
    }
    call->answer = came;
    if (call->descriptor >= 0)
        (void)host_ipc_event_write(embedded_interpreter.own, call->descriptor, 1, NULL);
}

/* From any thread, also one that knows nothing of Python. */
static void distribute(void *context)
{
    answer *came;
    (void)context;
    pthread_mutex_lock(&host.lock);
    while ((came = mailbox_take(host.mailbox)) != NULL)
        keep(came);
    pthread_cond_broadcast(&host.changed);
    pthread_mutex_unlock(&host.lock);
}

bool embedded_calls_begin(host_env *own, cordon_error *error)
{
    host.registrations = calloc(1, sizeof *host.registrations);
    mailbox *made = host.registrations != NULL ? mailbox_create(own, error) : NULL;
    if (made == NULL)
        return false;
    mailbox_begin(made, ONLY_EXECUTION);
    made->answered = distribute;
    host.mailbox = made;
    return true;
}

void embedded_calls_interrupt(void)
{
    pthread_mutex_lock(&host.lock);
    host.interruptions++;
    pthread_cond_broadcast(&host.changed);
    pthread_mutex_unlock(&host.lock);
}

/* ---- A call ---- */

struct session_sink *session_draft_begin(struct session_draft *draft)
{
    struct session_sink *sink = (struct session_sink *)draft->room;
    sink_begin(sink);
    return sink;
}

void session_draft_release(struct session_draft *draft)
{
    sink_release((struct session_sink *)draft->room);
}

static struct session_call *call_new(int descriptor)
{
    struct session_call *call = calloc(1, sizeof *call);
    if (call == NULL)
        return NULL;
    pthread_mutex_lock(&host.lock);
    *call = (struct session_call){.next = host.calls, .id = ++host.last_id, .descriptor = descriptor};
    host.calls = call;
    pthread_mutex_unlock(&host.lock);
    return call;
}

struct session_call *session_calls_start(struct session_draft *draft, int descriptor)
{
    cordon_value told = sink_take((struct session_sink *)draft->room);
    cordon_value *arguments = malloc(sizeof *arguments);
    struct session_call *call = arguments != NULL ? call_new(descriptor) : NULL;
    const char *name;
    size_t name_size;
    bool is_started;
    if (call == NULL) {
        value_release(&told);
        free(arguments);
        PyErr_NoMemory();
        return NULL;
    }
    *arguments = told;
    name = cordon_value_get_text(cordon_value_at(arguments, 0), &name_size);
    if (embedded_interpreter.execution.result != NULL)
        embedded_interpreter.execution.result->public.figures.calls++;
    Py_BEGIN_ALLOW_THREADS;
    is_started = calls_dispatch(host.mailbox, callbacks_find(&host.registrations->callbacks, name, name_size), call->id, arguments, 0);
    distribute(NULL);
    Py_END_ALLOW_THREADS;
    if (is_started)
        return call;
    session_calls_drop(call);
    PyErr_NoMemory();
    return NULL;
}

uint32_t session_calls_id(const struct session_call *call)
{
    return call->id;
}

struct session_call *session_calls_find(uint32_t id)
{
    pthread_mutex_lock(&host.lock);
    struct session_call *call = host.calls;
    while (call != NULL && call->id != id)
        call = call->next;
    pthread_mutex_unlock(&host.lock);
    return call;
}

/* Until the answer came (true), or somebody was interrupted since `seen`. */
static bool wait_once(const struct session_call *call, uint64_t *seen)
{
    pthread_mutex_lock(&host.lock);
    while (call->answer == NULL && host.interruptions == *seen)
        pthread_cond_wait(&host.changed, &host.lock);
    *seen = host.interruptions;
    bool has_answer = call->answer != NULL;
    pthread_mutex_unlock(&host.lock);
    return has_answer;
}

/* Whether this thread is the one that was interrupted. What stood in for the exception until the code runs on is taken back. */
static bool takes_interruption(void)
{
    PyThreadState *thread = PyThreadState_Get();
    if (thread->async_exc == NULL)
        return false;
    PyObject *raised = Py_NewRef(thread->async_exc);
    PyThreadState_SetAsyncExc(thread->thread_id, NULL);
    PyErr_SetNone(raised);
    Py_DECREF(raised);
    return true;
}

bool session_calls_wait(struct session_call *call)
{
    uint64_t seen = 0;
    bool has_answer;
    do {
        Py_BEGIN_ALLOW_THREADS;
        has_answer = wait_once(call, &seen);
        Py_END_ALLOW_THREADS;
        if (!has_answer && (takes_interruption() || PyErr_CheckSignals() != 0)) {
            session_calls_drop(call);
            return false;
        }
    } while (!has_answer);
    return true;
}

static PyObject *raise_failure(const cordon_value *answer)
{
    PyObject *message = embedded_value_make(cordon_value_at(answer, 1)), *type = message != NULL ? embedded_value_make(cordon_value_at(answer, 2)) : NULL;
    if (type != NULL)
        session_raise_host_failure(message, type);
    Py_XDECREF(type);
    Py_XDECREF(message);
    return NULL;
}

PyObject *session_calls_result(struct session_call *call)
{
    cordon_value *came = NULL;
    cordon_error error;
    PyObject *result = NULL;
    if (call->answer == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the host has not answered yet");
        return NULL;
    }
    const bytes *payload = &call->answer->payload;
    if (payload->failed || value_decode(payload->data, payload->size, CORDON_VALUE_DEPTH_MAX + 1, &came, &error) != CORDON_OK)
        PyErr_NoMemory();
    else if (cordon_value_is_true(cordon_value_at(came, 0)))
        result = embedded_value_make(cordon_value_at(came, 1));
    else
        raise_failure(came);
    cordon_value_destroy(came);
    session_calls_drop(call);
    return result;
}

struct session_call *session_calls_next_answered(int descriptor)
{
    pthread_mutex_lock(&host.lock);
    struct session_call *call = host.calls;
    while (call != NULL && (call->descriptor != descriptor || call->answer == NULL || call->is_given))
        call = call->next;
    if (call != NULL)
        call->is_given = true;
    pthread_mutex_unlock(&host.lock);
    return call;
}

void session_calls_drop(struct session_call *call)
{
    if (call == NULL)
        return;
    pthread_mutex_lock(&host.lock);
    struct session_call **place = &host.calls;
    while (*place != call)
        place = &(*place)->next;
    *place = call->next;
    pthread_mutex_unlock(&host.lock);
    answer_destroy(call->answer);
    free(call);
}

/* ---- Descriptors ---- */

int session_calls_event_open(void)
{
    host_error error;
    int descriptor;
    if (host_ipc_event_create(embedded_interpreter.own, 0, EFD_CLOEXEC | EFD_NONBLOCK, &descriptor, &error) == HOST_OK)
        return descriptor;
    PyErr_SetString(PyExc_OSError, error.message);
    return -1;
}

void session_calls_event_clear(int descriptor)
{
    uint64_t count;
    (void)host_ipc_event_read(embedded_interpreter.own, descriptor, &count, NULL);
}
