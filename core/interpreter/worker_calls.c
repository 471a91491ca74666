/* Hides how answers find the calls they belong to, and that waiting for one of them lets all others come in. */
#include "worker_calls.h"

#include "worker_configure.h"
#include "worker_frame.h"

#include "sealed/clock.h"
#include "sealed/descriptor.h"
#include "sealed/error.h"
#include "sealed/heap.h"
#include "sealed/interrupt.h"
#include "sealed/thread.h"

#include <string.h>

enum { BUCKETS = 256, TICK_BYTES = 8 };

struct worker_call {
    uint32_t id;
    struct worker_call *next; /* in its bucket */
    struct worker_call *next_answered;
    int descriptor;
    bool is_dropped; /* by its owner, before the answer came: only its id is still of use */
    enum worker_answer answer;
    struct worker_message message;
    char *name; /* NULL: not kept */
};

static bool have_host;
static uint32_t last_id;
static size_t pending; /* sent, and the host has not answered */
static struct worker_call *buckets[BUCKETS];
static struct worker_call *first_answered, *last_answered; /* with a descriptor, and not given out */

/* --- the table --- */

static struct worker_call **place_of(uint32_t id)
{
    struct worker_call **place = &buckets[id % BUCKETS];

    while (*place && (*place)->id != id)
        place = &(*place)->next;
    return place;
}

struct worker_call *worker_calls_find(uint32_t id)
{
    struct worker_call *call = *place_of(id);

    return call && !call->is_dropped ? call : NULL;
}

uint32_t worker_call_id(const struct worker_call *call)
{
    return call->id;
}

uint32_t worker_calls_next_id(void)
{
    return last_id + 1;
}

void worker_call_keep_name(struct worker_call *call, const char *name)
{
    size_t size = strlen(name) + 1;

    call->name = sealed_allocate(size);
    if (call->name)
        memcpy(call->name, name, size);
}

const char *worker_call_name(const struct worker_call *call)
{
    return call->name;
}

static void forget_answered(const struct worker_call *call)
{
    struct worker_call *previous = NULL;

    for (struct worker_call *other = first_answered; other; previous = other, other = other->next_answered) {
        if (other != call)
            continue;
        if (previous)
            previous->next_answered = call->next_answered;
        else
            first_answered = call->next_answered;
        if (last_answered == call)
            last_answered = previous;
        return;
    }
}

static void release(struct worker_call *call)
{
    *place_of(call->id) = call->next;
    forget_answered(call);
    worker_message_release(&call->message);
    sealed_release(call->name);
    sealed_release(call);
}

void worker_calls_drop(struct worker_call *call)
{
    if (!call)
        return;
    if (call->answer == WORKER_ANSWER_NONE)
        call->is_dropped = true;
    else
        release(call);
}

/* --- answers --- */

static void announce(struct worker_call *call)
{
    const uint64_t one = 1;

    call->next_answered = NULL;
    if (last_answered)
        last_answered->next_answered = call;
    else
        first_answered = call;
    last_answered = call;
    /* A guest may have closed it, and have something else under that number: nothing here may wait. */
    if (sealed_descriptor_ready(call->descriptor, SEALED_READY_WRITE) & SEALED_READY_WRITE)
        (void)sealed_descriptor_write(call->descriptor, &one, sizeof one);
}

static void settle(struct worker_call *call, enum worker_answer answer)
{
    call->answer = answer;
    pending--;
    if (call->is_dropped)
        release(call);
    else if (call->descriptor != WORKER_CALLS_NO_DESCRIPTOR)
        announce(call);
}

/* [true, value] or [false, message, type or nil] */
static void check_answer(const msgpack_object *root)
{
    const msgpack_object *members = root->via.array.ptr;

    if (root->type != MSGPACK_OBJECT_ARRAY || root->via.array.size < 2 || members[0].type != MSGPACK_OBJECT_BOOLEAN)
        worker_protocol_broken("an ANSWER that is neither a value nor a failure");
    if (root->via.array.size != (members[0].via.boolean ? 2 : 3))
        worker_protocol_broken("an ANSWER of another length");
    if (!members[0].via.boolean && (!worker_object_is(&members[1], WORKER_FIELD_TEXT) ||
                                    !worker_object_is(&members[2], WORKER_FIELD_TEXT | WORKER_FIELD_NIL)))
        worker_protocol_broken("an ANSWER whose failure is no text");
}

static void take_answer(const struct worker_frame *frame)
{
    struct worker_call *call = *place_of(frame->id);

    if (!call || call->answer != WORKER_ANSWER_NONE)
        worker_protocol_broken("an ANSWER to a call that is not pending");
    if (worker_message_receive(&call->message, frame)) {
        check_answer(worker_message_root(&call->message));
        settle(call, WORKER_ANSWER_CAME);
    } else {
        settle(call, WORKER_ANSWER_LOST);
    }
}

enum worker_answer worker_calls_answer(const struct worker_call *call, const msgpack_object **answer_out)
{
    *answer_out = call->answer == WORKER_ANSWER_CAME ? worker_message_root(&call->message) : NULL;
    return call->answer;
}

struct worker_call *worker_calls_next_answered(int descriptor)
{
    for (struct worker_call *call = first_answered; call; call = call->next_answered) {
        if (call->descriptor == descriptor) {
            forget_answered(call);
            return call;
        }
    }
    return NULL;
}

void worker_calls_forget(void)
{
    for (int i = 0; i < BUCKETS && pending > 0; i++) {
        struct worker_call *next;
        for (struct worker_call *call = buckets[i]; call; call = next) {
            next = call->next;
            if (call->answer == WORKER_ANSWER_NONE)
                settle(call, WORKER_ANSWER_FORGOTTEN);
        }
    }
}

/* The host's functions. */
static struct worker_message list;
static uint32_t generation;
static bool is_listed;

/* --- waiting --- */

static void take_tick(void)
{
    unsigned char passed_ns[TICK_BYTES];
    uint64_t now_ns = sealed_clock_peek_ns(), passed;

    worker_frame_receive(passed_ns, sizeof passed_ns);
    passed = worker_u64(passed_ns);
    if (passed > UINT64_MAX / 2)
        worker_protocol_broken("a TICK from beyond the end of time");
    sealed_clock_wait_until_ns(now_ns + passed);
}

/* Says WAIT and takes what answers it. */
static bool wait_for_host(uint64_t deadline_ns)
{
    uint64_t now_ns = sealed_clock_peek_ns(), wait_ns = SEALED_CLOCK_NEVER;
    unsigned char wait[TICK_BYTES];
    struct worker_frame frame;

    /* A clock of the host's own moves while nothing runs here; a virtual one jumps. */
    bool waits_for_clock = sealed_clock_is_real() && deadline_ns != SEALED_CLOCK_NEVER && deadline_ns > now_ns;

    if (pending == 0 && !waits_for_clock)
        return false;
    if (deadline_ns != SEALED_CLOCK_NEVER)
        wait_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    worker_u64_put(wait, wait_ns);
    worker_frame_send(CORDON_FRAME_WAIT, 0, wait, sizeof wait, NULL, 0);
    worker_frame_next(WORKER_WAITING, &frame);
    if (frame.type == CORDON_FRAME_TICK)
        take_tick();
    else
        take_answer(&frame);
    return true;
}

void worker_calls_forget_host(void)
{
    have_host = false;
    sealed_thread_set_outside(NULL);
    if (!is_listed)
        return;
    worker_message_release(&list);
    is_listed = false;
    generation++;
}

void worker_calls_begin(void)
{
    worker_calls_forget_host();
    have_host = true;
    sealed_thread_set_outside(wait_for_host);
}

bool worker_calls_have_host(void)
{
    return have_host;
}

bool worker_calls_wait_alone(void)
{
    return sealed_thread_count() == 1;
}

struct worker_call *worker_calls_start(struct worker_pack *pack, int descriptor, bool is_awaited)
{
    struct worker_call *call = sealed_allocate_zeroed(1, sizeof *call);

    if (!call)
        return NULL;
    call->id = ++last_id;
    call->descriptor = descriptor;
    *place_of(call->id) = call;
    pending++;
    /* With no other thread that could compute meanwhile, CALL and WAIT leave in one transfer. */
    if (is_awaited && sealed_thread_count() == 1)
        worker_pack_hold(pack, CORDON_FRAME_CALL, call->id);
    else
        worker_pack_send(pack, CORDON_FRAME_CALL, call->id);
    return call;
}

static bool is_answered(void *call)
{
    return ((struct worker_call *)call)->answer != WORKER_ANSWER_NONE;
}

enum worker_wait worker_calls_wait(struct worker_call *call)
{
    /* Alone there is nobody to give way to. */
    while (sealed_thread_count() == 1 && !is_answered(call)) {
        (void)sealed_interrupt_poll();
        if (sealed_thread_take_interrupt())
            return WORKER_WAIT_INTERRUPTED;
        (void)wait_for_host(SEALED_CLOCK_NEVER);
    }
    return sealed_wait_until(is_answered, call, SEALED_CLOCK_NEVER) == -SEALED_EINTR ? WORKER_WAIT_INTERRUPTED : WORKER_WAIT_OVER;
}

/* --- the list --- */

static void check_parameter(const msgpack_object *parameter)
{
    const msgpack_object *name, *type, *required, *initial, *description;
    const struct worker_field fields[] = {
        {"name", WORKER_FIELD_TEXT, &name},
        {"type", WORKER_FIELD_TEXT | WORKER_FIELD_NIL, &type},
        {"required", WORKER_FIELD_BOOL | WORKER_FIELD_NIL, &required},
        {"default", WORKER_FIELD_ANY, &initial},
        {"description", WORKER_FIELD_TEXT | WORKER_FIELD_NIL, &description},
    };

    WORKER_MAP_READ(parameter, fields, "CALLBACKS has a parameter with a key or a value that it does not have");
    if (!name)
        worker_protocol_broken("CALLBACKS has a parameter without a name");
}

static void check_callback(const msgpack_object *callback)
{
    const msgpack_object *name, *description, *parameters, *returns, *kind;
    const struct worker_field fields[] = {
        {"name", WORKER_FIELD_TEXT, &name},
        {"description", WORKER_FIELD_TEXT | WORKER_FIELD_NIL, &description},
        {"parameters", WORKER_FIELD_ARRAY | WORKER_FIELD_NIL, &parameters},
        {"returns", WORKER_FIELD_TEXT | WORKER_FIELD_NIL, &returns},
        {"kind", WORKER_FIELD_TEXT | WORKER_FIELD_NIL, &kind},
    };

    WORKER_MAP_READ(callback, fields, "CALLBACKS has a function with a key or a value that it does not have");
    if (!name)
        worker_protocol_broken("CALLBACKS has a function without a name");
    for (uint32_t i = 0; parameters && parameters->type == MSGPACK_OBJECT_ARRAY && i < parameters->via.array.size; i++)
        check_parameter(&parameters->via.array.ptr[i]);
}

void worker_calls_take_list(const struct worker_frame *frame)
{
    const msgpack_object *root;

    worker_message_release(&list);
    if (!worker_message_receive(&list, frame))
        worker_cannot("no memory for the list of host functions");
    root = worker_message_root(&list);
    if (root->type != MSGPACK_OBJECT_ARRAY)
        worker_protocol_broken("CALLBACKS that is no array");
    for (uint32_t i = 0; i < root->via.array.size; i++)
        check_callback(&root->via.array.ptr[i]);
    is_listed = true;
    generation++;
}

uint32_t worker_calls_generation(void)
{
    return generation;
}

const msgpack_object *worker_calls_list(void)
{
    return is_listed ? worker_message_root(&list) : NULL;
}
