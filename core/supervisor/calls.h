/* Calls from a sandbox to the host that are under way, and their answers, which may come from any thread. */
#ifndef CORDON_SUPERVISOR_CALLS_H
#define CORDON_SUPERVISOR_CALLS_H

#include <pthread.h>

#include "bytes.h"
#include "callbacks.h"
#include "host_env/host_env.h"

typedef struct answer {
    struct answer *next;
    uint32_t call;
    bytes payload; /* of an ANSWER frame */
    bool takes_no_time; /* it is from a recording */
} answer;

/* What a sandbox and the calls it made share; it lives as long as any of them. */
typedef struct mailbox {
    pthread_mutex_t lock; /* over all that follows; what the thread that executes looks at before each wait, it reads without: an atomic load, and changed under the lock only */
    unsigned references;
    host_env *env; /* used only while `wake` is open */
    int wake;      /* event descriptor that the sandbox waits on; -1: the sandbox has gone */
    bool is_cancelled, is_interrupted; /* read without the lock */
    bool is_running;
    bool is_inside;     /* a callback is running on the thread that executes: it will look by itself */
    struct cordon_call *asked; /* the call that it was given, until that is answered */
    pthread_t asking;   /* that thread */
    uint32_t execution; /* answers to calls of another one are dropped */
    answer *first;        /* read without the lock by the thread that executes, which alone takes one out */
    answer *last, *unseen; /* unseen: the first that mailbox_next_unseen has not told of */
    uint32_t pending;     /* calls of this execution without an answer */
    size_t pending_bytes; /* that their arguments take; read without the lock */
    void (*answered)(void *context); /* called after each answer to a call, on the thread that gave it; NULL: nobody is. Set before the first call */
    void *answered_context;          /* lives as long as the sandbox */
} mailbox;

mailbox *mailbox_create(host_env *env, cordon_error *error); /* NULL: failed */
void mailbox_shut(mailbox *mailbox);                         /* the sandbox's own reference; accepts NULL */
void mailbox_cancel(mailbox *mailbox);
void mailbox_renew(mailbox *mailbox); /* as if it had never been cancelled or interrupted */
bool mailbox_is_cancelled(const mailbox *mailbox);
/* Whether an execution is under way that can be interrupted; forgets interrupts of others. */
void mailbox_set_running(mailbox *mailbox, bool is_running);
bool mailbox_interrupt(mailbox *mailbox); /* false: nothing is under way */
bool mailbox_is_interrupted(const mailbox *mailbox);
/* Calls of other executions are forgotten, with their answers. */
void mailbox_begin(mailbox *mailbox, uint32_t execution);
/* Both under one lock; the calls of the execution that ends are forgotten. */
void mailbox_begin_running(mailbox *mailbox, uint32_t execution);
void mailbox_end_running(mailbox *mailbox);
bool mailbox_has_answer(const mailbox *mailbox);
answer *mailbox_take(mailbox *mailbox); /* the oldest; NULL: none. answer_destroy */
bool mailbox_takes_no_time(const mailbox *mailbox); /* of the oldest */
/* Each answer once, in the order in which they will be taken; borrowed until it is. On the thread that executes. NULL: no further one has come. */
const answer *mailbox_next_unseen(mailbox *mailbox);
size_t mailbox_pending_bytes(const mailbox *mailbox);
/* Whether the calling thread is within a callback that the sandbox has called. */
bool mailbox_is_inside_here(mailbox *mailbox);
/* Within a callback: a copy of the call that it was given (name, list and dict), the caller's. NULL: that is answered, other calls are unanswered, an answer waits to be sent, or there is no
 * memory. */
cordon_value *mailbox_asked(mailbox *mailbox, uint32_t *id_out, size_t *cost_out);
/* Nothing can come any more: no call of a function is unanswered, and no answer waits. */
bool mailbox_is_quiet(mailbox *mailbox);
/* On the thread that executes: an answer that no function gave. Adopts `posted`. */
void mailbox_post(mailbox *mailbox, answer *posted);

answer *answer_create(uint32_t call); /* with an empty payload; NULL without memory */
void answer_destroy(answer *answer);
/* In place of what is there. `type` may be NULL. */
void answer_fail(answer *answer, const char *type, const char *message);
/* False: there is an OTHER in it, which a host cannot send. */
bool answer_give(answer *answer, const cordon_value *value);

/* Answers without calling a function: with a failure. False without memory. */
bool calls_refuse(mailbox *mailbox, uint32_t id, const char *type, const char *message);
/* Calls the host's function with the arguments that a CALL frame holds, or answers in its place if they do not fit or
 * there is none (NULL). Adopts `arguments`: an array of a text, a list and a dict, as the caller has made sure. `cost`:
 * bytes that these take. False without memory. */
bool calls_dispatch(mailbox *mailbox, registered *callback, uint32_t id, cordon_value *arguments, size_t cost);

#endif
