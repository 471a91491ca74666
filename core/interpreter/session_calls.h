/* Calls of the host's functions, as the module _cordon needs them. Each variant has its own: frames in the sandbox (worker_session_calls.c), functions of the same process in the
 * full interpreter (embedded/calls.c). All of it with the GIL held. */
#ifndef SESSION_CALLS_H
#define SESSION_CALLS_H

#include "Python.h"

#include "session_sink.h"

#include <stdbool.h>
#include <stdint.h>

struct session_call;

enum { SESSION_CALLS_NO_DESCRIPTOR = -1 };

/* ---- What the host has ---- */

bool session_calls_have_host(void);
/* Changes with the host's list of functions; 0: it has told none. */
unsigned long session_calls_generation(void);
/* The list, as docs/protocol.md describes it: a new reference; NULL with an exception set. */
PyObject *session_calls_list(void);

/* ---- A call ---- */

/* Room for the sink that a call's name and arguments are told to. */
struct session_draft {
    void *room[16];
};
struct session_sink *session_draft_begin(struct session_draft *draft);
void session_draft_release(struct session_draft *draft); /* whether it was used or not */

/* Starts the call that was told to the draft: a list of name, list and dict, in which nothing failed. When the answer comes, `descriptor` (of session_calls_event_open), if there is
 * one, becomes readable. NULL with an exception set. The call is the caller's until session_calls_result or session_calls_drop. */
struct session_call *session_calls_start(struct session_draft *draft, int descriptor);
uint32_t session_calls_id(const struct session_call *call);
/* NULL: there is none. */
struct session_call *session_calls_find(uint32_t id);
/* Until the answer is there; other threads run meanwhile. False with an exception set: it is not there, and the call has been dropped. */
bool session_calls_wait(struct session_call *call);
/* What the call gives, by which it is over: a new reference, or NULL with an exception set. One that was not answered stays, and that is a RuntimeError. */
PyObject *session_calls_result(struct session_call *call);
/* The next call with that descriptor whose answer came and that this did not give before; NULL: none. */
struct session_call *session_calls_next_answered(int descriptor);
/* Nobody wants the answer any more. Accepts NULL. */
void session_calls_drop(struct session_call *call);

/* A descriptor for answers; negative with an exception set. */
int session_calls_event_open(void);
/* It is no longer readable. */
void session_calls_event_clear(int descriptor);

#endif
