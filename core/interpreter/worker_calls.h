/* Calls of host functions that are under way; hides from Python code ids, frames and waiting. Works with and without
 * the GIL: nothing here runs Python code. */
#ifndef WORKER_CALLS_H
#define WORKER_CALLS_H

#include "worker_message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct worker_call;

enum { WORKER_CALLS_NO_DESCRIPTOR = -1 };

/* Lets waiting threads hear the host. Once, when a host is there. */
void worker_calls_begin(void);
/* None is there: of a sandbox whose memory this was before, at most. */
void worker_calls_forget_host(void);
bool worker_calls_have_host(void);

/* Sends a CALL, whose payload `pack` is (nothing in it failed). When the answer comes, `descriptor` (of
 * sealed_event_open), if there is one, becomes readable. `is_awaited`: the caller waits next. NULL without memory.
 * The call is the caller's until worker_calls_drop. */
struct worker_call *worker_calls_start(struct worker_pack *pack, int descriptor, bool is_awaited);
uint32_t worker_call_id(const struct worker_call *call);
/* That the next one will have. */
uint32_t worker_calls_next_id(void);
/* Keeps a copy of `name` with the call, for whoever tells of its end; NULL if there was no memory, or nobody did. */
void worker_call_keep_name(struct worker_call *call, const char *name);
const char *worker_call_name(const struct worker_call *call);
/* NULL: there is none. */
struct worker_call *worker_calls_find(uint32_t id);

/* Waits for the answer. Other threads run meanwhile, so not with the GIL, unless there are none. */
enum worker_wait { WORKER_WAIT_OVER, WORKER_WAIT_INTERRUPTED /* PyErr_CheckSignals says by what */ };
enum worker_wait worker_calls_wait(struct worker_call *call);
bool worker_calls_wait_alone(void);

enum worker_answer {
    WORKER_ANSWER_NONE, /* not yet */
    WORKER_ANSWER_CAME,
    WORKER_ANSWER_LOST,      /* it came, and there was no memory for it */
    WORKER_ANSWER_FORGOTTEN, /* the execution that called has ended */
};

/* With CAME, *answer_out is the array of ANSWER, borrowed from the call. */
enum worker_answer worker_calls_answer(const struct worker_call *call, const msgpack_object **answer_out);

/* The next call with that descriptor whose answer came and that this did not give before; NULL: none. */
struct worker_call *worker_calls_next_answered(int descriptor);

/* Nobody wants the answer any more. Accepts NULL. */
void worker_calls_drop(struct worker_call *call);

/* The execution ends: the answers that have not come never will. */
void worker_calls_forget(void);

/* CALLBACKS: receives the list, which replaces the former one. */
void worker_calls_take_list(const struct worker_frame *frame);
/* Changes with each list; 0: the host has sent none. */
uint32_t worker_calls_generation(void);
/* The array of the list, borrowed until the next one; NULL: none was sent. */
const msgpack_object *worker_calls_list(void);

#endif
