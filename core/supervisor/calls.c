/* Hides from the execution's loop that answers come from other threads, late, or never. */
#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "cordon/protocol.h"
#include "failure.h"
#include "host_env/fd.h"
#include "host_env/ipc.h"
#include "utf8.h"
#include "value_pack.h"

/* A call becomes its answer: one block of memory for both. */
struct cordon_call {
    answer answer; /* first: answer_destroy frees the call with it */
    mailbox *mailbox;
    registered *callback;
    uint32_t execution;
    size_t cost;
    cordon_value *arguments;     /* the whole payload: name, positional, named */
    unsigned char room[64];      /* for an answer as short as most are */
    const cordon_value *bound[]; /* by parameter */
};

/* ---- Mailboxes ---- */

/* What is read without the lock. The thread that executes reads again after each wait, and whoever changes something has written to `wake` by then. */
#define GET(place) __atomic_load_n(&(place), __ATOMIC_ACQUIRE)
#define SET(place, value) __atomic_store_n(&(place), (value), __ATOMIC_RELEASE)

mailbox *mailbox_create(host_env *env, cordon_error *error)
{
    host_error cause;
    mailbox *made = calloc(1, sizeof *made);
    if (made == NULL) {
        failure(error, "sandbox_create", CORDON_NO_MEMORY, "no memory for a sandbox");
        return NULL;
    }
    if (host_ipc_event_create(env, 0, EFD_CLOEXEC | EFD_NONBLOCK, &made->wake, &cause) != HOST_OK) {
        failure_of_host(error, "sandbox_create", CORDON_HOST_FAILURE, "no descriptor for a sandbox", &cause);
        free(made);
        return NULL;
    }
    pthread_mutex_init(&made->lock, NULL);
    made->env = env;
    made->references = 1;
    return made;
}

void answer_destroy(answer *answer)
{
    if (answer == NULL)
        return;
    bytes_release(&answer->payload);
    free(answer);
}

static void drop_answers(mailbox *mailbox)
{
    while (mailbox->first != NULL) {
        answer *dropped = mailbox->first;
        SET(mailbox->first, dropped->next);
        answer_destroy(dropped);
    }
    mailbox->last = mailbox->unseen = NULL;
}

/* With the lock held; lets it go. */
static void let_go(mailbox *mailbox)
{
    bool is_last = --mailbox->references == 0;
    pthread_mutex_unlock(&mailbox->lock);
    if (!is_last)
        return;
    pthread_mutex_destroy(&mailbox->lock);
    free(mailbox);
}

void mailbox_shut(mailbox *mailbox)
{
    if (mailbox == NULL)
        return;
    pthread_mutex_lock(&mailbox->lock);
    (void)host_fd_close(mailbox->env, mailbox->wake, NULL);
    mailbox->wake = -1;
    drop_answers(mailbox);
    let_go(mailbox);
}

static void wake(mailbox *mailbox)
{
    if (mailbox->wake >= 0 && !mailbox->is_inside)
        (void)host_ipc_event_write(mailbox->env, mailbox->wake, 1, NULL);
}

void mailbox_cancel(mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->lock);
    SET(mailbox->is_cancelled, true);
    wake(mailbox);
    pthread_mutex_unlock(&mailbox->lock);
}

void mailbox_renew(mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->lock);
    SET(mailbox->is_cancelled, false);
    SET(mailbox->is_interrupted, false);
    pthread_mutex_unlock(&mailbox->lock);
}

bool mailbox_is_cancelled(const mailbox *mailbox)
{
    return GET(mailbox->is_cancelled);
}

void mailbox_set_running(mailbox *mailbox, bool is_running)
{
    pthread_mutex_lock(&mailbox->lock);
    mailbox->is_running = is_running;
    SET(mailbox->is_interrupted, false);
    pthread_mutex_unlock(&mailbox->lock);
}

bool mailbox_interrupt(mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->lock);
    bool is_running = mailbox->is_running;
    if (is_running) {
        SET(mailbox->is_interrupted, true);
        wake(mailbox);
    }
    pthread_mutex_unlock(&mailbox->lock);
    return is_running;
}

bool mailbox_is_interrupted(const mailbox *mailbox)
{
    return GET(mailbox->is_interrupted);
}

/* With the lock held. */
static void begin(mailbox *mailbox, uint32_t execution)
{
    mailbox->execution = execution;
    mailbox->pending = 0;
    SET(mailbox->pending_bytes, 0);
    drop_answers(mailbox);
}

void mailbox_begin(mailbox *mailbox, uint32_t execution)
{
    pthread_mutex_lock(&mailbox->lock);
    begin(mailbox, execution);
    pthread_mutex_unlock(&mailbox->lock);
}

void mailbox_begin_running(mailbox *mailbox, uint32_t execution)
{
    pthread_mutex_lock(&mailbox->lock);
    begin(mailbox, execution);
    mailbox->is_running = true;
    SET(mailbox->is_interrupted, false);
    pthread_mutex_unlock(&mailbox->lock);
}

void mailbox_end_running(mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->lock);
    begin(mailbox, 0);
    mailbox->is_running = false;
    SET(mailbox->is_interrupted, false);
    pthread_mutex_unlock(&mailbox->lock);
}

bool mailbox_has_answer(const mailbox *mailbox)
{
    return GET(mailbox->first) != NULL;
}

answer *mailbox_take(mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->lock);
    answer *taken = mailbox->first;
    if (taken != NULL)
        SET(mailbox->first, taken->next);
    if (taken != NULL && mailbox->unseen == taken)
        mailbox->unseen = taken->next;
    if (mailbox->first == NULL)
        mailbox->last = NULL;
    pthread_mutex_unlock(&mailbox->lock);
    return taken;
}

bool mailbox_takes_no_time(const mailbox *mailbox)
{
    const answer *first = GET(mailbox->first);
    return first != NULL && first->takes_no_time;
}

const answer *mailbox_next_unseen(mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->lock);
    const answer *found = mailbox->unseen;
    if (found != NULL)
        mailbox->unseen = found->next;
    pthread_mutex_unlock(&mailbox->lock);
    return found;
}

size_t mailbox_pending_bytes(const mailbox *mailbox)
{
    return GET(mailbox->pending_bytes);
}

bool mailbox_is_inside_here(mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->lock);
    bool is_here = mailbox->is_inside && pthread_equal(mailbox->asking, pthread_self());
    pthread_mutex_unlock(&mailbox->lock);
    return is_here;
}

cordon_value *mailbox_asked(mailbox *mailbox, uint32_t *id_out, size_t *cost_out)
{
    pthread_mutex_lock(&mailbox->lock);
    bool is_alone = mailbox->asked != NULL && mailbox->pending == 1 && mailbox->first == NULL;
    cordon_value *copy = is_alone ? cordon_value_copy(mailbox->asked->arguments) : NULL;
    *id_out = is_alone ? mailbox->asked->answer.call : 0;
    *cost_out = is_alone ? mailbox->asked->cost : 0;
    pthread_mutex_unlock(&mailbox->lock);
    return copy;
}

bool mailbox_is_quiet(mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->lock);
    bool is_quiet = mailbox->pending == 0 && mailbox->first == NULL;
    pthread_mutex_unlock(&mailbox->lock);
    return is_quiet;
}

/* ---- Answers ---- */

static void post(mailbox *mailbox, answer *posted)
{
    posted->next = NULL;
    if (mailbox->unseen == NULL)
        mailbox->unseen = posted;
    if (mailbox->last != NULL)
        mailbox->last->next = posted;
    else
        SET(mailbox->first, posted);
    mailbox->last = posted;
}

void mailbox_post(mailbox *mailbox, answer *posted)
{
    pthread_mutex_lock(&mailbox->lock);
    post(mailbox, posted);
    pthread_mutex_unlock(&mailbox->lock);
}

/* What is left of it is its answer. */
static answer *call_release(cordon_call *call)
{
    registered_release(call->callback);
    cordon_value_destroy(call->arguments);
    return &call->answer;
}

/* Ends the call with what its answer holds. */
static void finish(cordon_call *call)
{
    mailbox *mailbox = call->mailbox;
    uint32_t execution = call->execution;
    size_t cost = call->cost;
    pthread_mutex_lock(&mailbox->lock);
    if (mailbox->asked == call)
        mailbox->asked = NULL;
    answer *posted = call_release(call); /* before the answer is there: whoever gets it may end the engine */
    void (*answered)(void *context) = NULL;
    void *answered_context = mailbox->answered_context;
    if (mailbox->wake >= 0 && mailbox->execution == execution) {
        mailbox->pending--;
        SET(mailbox->pending_bytes, mailbox->pending_bytes - cost);
        post(mailbox, posted);
        posted = NULL;
        wake(mailbox);
        answered = mailbox->answered;
    }
    let_go(mailbox);
    if (answered != NULL)
        answered(answered_context);
    answer_destroy(posted);
}

void answer_fail(answer *answer, const char *type, const char *message)
{
    bytes *to = &answer->payload;
    bytes_release(to);
    pack_array(to, 3);
    pack_bool(to, false);
    pack_text(to, message);
    pack_text(to, type);
}

bool answer_give(answer *answer, const cordon_value *value)
{
    answer->payload.size = 0;
    pack_array(&answer->payload, 2);
    pack_bool(&answer->payload, true);
    return pack_value(&answer->payload, value);
}

answer *answer_create(uint32_t call)
{
    answer *made = malloc(sizeof *made); /* calloc would not take from what a thread has at hand */
    if (made != NULL)
        *made = (answer){.call = call};
    return made;
}

void cordon_call_answer(cordon_call *call, cordon_value *value)
{
    if (!answer_give(&call->answer, value))
        answer_fail(&call->answer, NULL, "the host's answer holds an object that cannot be sent");
    else if (call->answer.payload.failed || call->answer.payload.size > CORDON_FRAME_LENGTH_MAX)
        answer_fail(&call->answer, NULL, "the host's answer is too large");
    cordon_value_destroy(value);
    finish(call);
}

/* Text that a host made up from who knows what: only what is UTF-8 travels. */
static const char *clean(const char *text, const char *otherwise)
{
    return text != NULL && strlen(text) <= 1024 * 1024 && utf8_check(text, strlen(text)) == UTF8_PLAIN ? text
                                                                                                       : otherwise;
}

void cordon_call_fail(cordon_call *call, const char *type, const char *message)
{
    answer_fail(&call->answer, clean(type, NULL), clean(message, "the host failed without a message in UTF-8"));
    finish(call);
}

/* ---- Calls ---- */

uint32_t cordon_call_id(const cordon_call *call)
{
    return call->answer.call;
}
const char *cordon_call_name(const cordon_call *call)
{
    return call->callback->name;
}
const cordon_value *cordon_call_positional(const cordon_call *call)
{
    return cordon_value_at(call->arguments, 1);
}
const cordon_value *cordon_call_named(const cordon_call *call)
{
    return cordon_value_at(call->arguments, 2);
}

const cordon_value *cordon_call_argument(const cordon_call *call, const char *parameter)
{
    for (size_t i = 0; i < call->callback->parameter_count; i++)
        if (strcmp(call->callback->parameters[i].name, parameter) == 0)
            return call->bound[i];
    return NULL;
}

static void set_inside(mailbox *mailbox, bool is_inside)
{
    pthread_mutex_lock(&mailbox->lock);
    mailbox->is_inside = is_inside;
    mailbox->asked = NULL;
    pthread_mutex_unlock(&mailbox->lock);
}

bool calls_refuse(mailbox *mailbox, uint32_t id, const char *type, const char *message)
{
    answer *made = answer_create(id);
    if (made == NULL)
        return false;
    answer_fail(made, type, message);
    mailbox_post(mailbox, made);
    return true;
}

bool calls_dispatch(mailbox *mailbox, registered *callback, uint32_t id, cordon_value *arguments, size_t cost)
{
    char text[512];
    if (callback == NULL) {
        const char *name = cordon_value_get_text(cordon_value_at(arguments, 0), NULL);
        /* One that has been restored knows names of the host before. What is no name is not repeated. */
        snprintf(text, sizeof text, "the host has no function '%s' here", callback_is_name(name, true) ? name : "?");
        cordon_value_destroy(arguments);
        return calls_refuse(mailbox, id, "LookupError", text);
    }
    cordon_call *call = malloc(sizeof *call + callback->parameter_count * sizeof *call->bound);
    if (call == NULL) {
        cordon_value_destroy(arguments);
        return false;
    }
    *call = (cordon_call){.answer = {.call = id, .payload = bytes_in(call->room, sizeof call->room)}, .mailbox = mailbox, .callback = registered_hold(callback), .cost = cost, .arguments = arguments};
    if (!registered_bind(callback, cordon_call_positional(call), cordon_call_named(call), call->bound, text,
                         sizeof text)) {
        free(call_release(call));
        return calls_refuse(mailbox, id, "TypeError", text);
    }
    pthread_mutex_lock(&mailbox->lock);
    call->execution = mailbox->execution;
    mailbox->references++;
    mailbox->pending++;
    SET(mailbox->pending_bytes, mailbox->pending_bytes + cost);
    mailbox->is_inside = true;
    mailbox->asked = call;
    mailbox->asking = pthread_self();
    pthread_mutex_unlock(&mailbox->lock);
    callback->function(callback->context, call);
    set_inside(mailbox, false);
    return true;
}
