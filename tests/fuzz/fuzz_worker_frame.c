/* The worker's side of frames and of the maps in them, without Python: whatever a host sends, the worker takes it or
 * ends by its own decision. What stands below it (gate, heap, end) is replaced here. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/gate.h"
#include "sealed/fatal.h"
#include "sealed/heap.h"
#include "worker_frame.h"
#include "worker_message.h"

static const uint8_t *next;
static size_t left;
static jmp_buf end;

long cordon_gate(long operation, void *buffer, unsigned long size)
{
    if (operation == CORDON_GATE_WRITE)
        return (long)size;
    if (operation != CORDON_GATE_READ)
        abort();
    size_t count = size < left ? size : left;
    if (count > 0)
        memcpy(buffer, next, count);
    next += count;
    left -= count;
    return (long)count;
}

/* What the worker took is kept in a list, so that an end in the middle of something is no leak. */
static void *taken[4096];
static size_t taken_count;

void *sealed_allocate(size_t size_bytes)
{
    void *block = size_bytes <= CORDON_FRAME_LENGTH_MAX * 2ul ? malloc(size_bytes) : NULL;
    if (block != NULL && taken_count < sizeof taken / sizeof *taken)
        taken[taken_count++] = block;
    return block;
}

void sealed_release(void *block)
{
    for (size_t i = 0; block != NULL && i < taken_count; i++)
        if (taken[i] == block) {
            taken[i] = taken[--taken_count];
            free(block);
            return;
        }
}

void *sealed_reallocate(void *block, size_t size_bytes)
{
    void *larger = realloc(block, size_bytes);
    for (size_t i = 0; i < taken_count; i++)
        if (taken[i] == block)
            taken[i] = larger;
    if (block == NULL && taken_count < sizeof taken / sizeof *taken)
        taken[taken_count++] = larger;
    return larger;
}

_Noreturn void sealed_exit_now(int exit_code)
{
    longjmp(end, exit_code | 256);
}
_Noreturn void sealed_fatal(const char *message, int exit_code)
{
    (void)message;
    longjmp(end, exit_code | 256);
}

_Noreturn void sealed_fatal_detail(const char *message, const char *detail, int exit_code)
{
    if (strlen(message) + strlen(detail) == 0)
        abort();
    longjmp(end, exit_code | 256);
}

void sealed_exit_set_leave(void (*leave)(int exit_code))
{
    (void)leave;
}

/* Looks at everything that the tree holds. */
static size_t walk(const msgpack_object *object)
{
    size_t seen = 1;
    if (object->type == MSGPACK_OBJECT_STR) {
        char *text = worker_object_text(object);
        seen += text ? strlen(text) : 0;
        sealed_release(text);
    }
    if (object->type == MSGPACK_OBJECT_ARRAY)
        for (uint32_t i = 0; i < object->via.array.size; i++)
            seen += walk(&object->via.array.ptr[i]);
    if (object->type == MSGPACK_OBJECT_MAP)
        for (uint32_t i = 0; i < object->via.map.size; i++)
            seen += walk(&object->via.map.ptr[i].key) + walk(&object->via.map.ptr[i].val);
    return seen;
}

static struct worker_message message, renewal;

/* As worker_configure.c does it, without what is renewed. */
static void take_renew(const struct worker_frame *frame)
{
    if (!worker_message_receive(&renewal, frame))
        return;
    if (walk(worker_message_root(&renewal)) == 0)
        abort();
    worker_message_release(&renewal);
    worker_frame_forget_received();
}

static void take_frames(void)
{
    static const enum worker_state states[] = {WORKER_GREETED,     WORKER_RESTING,     WORKER_WAITING,
                                               WORKER_WANTS_INPUT, WORKER_ASKS_BROKER, WORKER_BEING_FILLED};
    const msgpack_object *source = NULL, *name = NULL, *limits = NULL;
    const struct worker_field fields[] = {{"source", WORKER_FIELD_BYTES, &source},
                                          {"name", WORKER_FIELD_TEXT | WORKER_FIELD_NIL, &name},
                                          {"limits", WORKER_FIELD_MAP, &limits}};
    for (unsigned at = 0;; at++) {
        struct worker_frame frame;
        enum worker_state state = states[(next[0] + at) % (sizeof states / sizeof *states)];
        worker_frame_next(state, &frame);
        if (!worker_message_receive(&message, &frame))
            continue;
        if (walk(worker_message_root(&message)) == 0)
            abort();
        if (worker_object_is(worker_message_root(&message), WORKER_FIELD_MAP))
            WORKER_MAP_READ(worker_message_root(&message), fields, "a map");
        worker_message_release(&message);
    }
}

/* The input is what the host sends; headers are mended where the first byte of a run says so, else nothing would come
 * past the first one. */
static uint8_t *mend(const uint8_t *data, size_t size, size_t *size_out)
{
    uint8_t *mended = malloc(size * 6 + 32);
    size_t at = 0, out = 0;
    if (mended == NULL)
        abort();
    while (at < size) {
        uint8_t operation = data[at++];
        size_t rest = size - at, length = operation >= 200 ? operation - 199u
                                          : rest > 2       ? data[at + 1] | (size_t)data[at + 2] << 8
                                                           : 0;
        if (operation < 200) {
            size_t head = rest > 3 ? 3 : rest;
            length = length < rest - head ? length : rest - head;
            const uint8_t header[CORDON_FRAME_HEADER_SIZE] = {0,
                                                              'C',
                                                              'R',
                                                              'N',
                                                              CORDON_FRAME_VERSION,
                                                              operation % 28,
                                                              0,
                                                              0,
                                                              rest > 0 ? data[at] : 0,
                                                              0,
                                                              0,
                                                              0,
                                                              (uint8_t)length,
                                                              (uint8_t)(length >> 8)};
            memcpy(mended + out, header, sizeof header);
            out += sizeof header;
            at += head;
        }
        length = length < size - at ? length : size - at;
        memcpy(mended + out, data + at, length);
        out += length;
        at += length;
    }
    *size_out = out;
    return mended;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *mended = mend(data, size, &left);
    next = mended;
    if (left > 0) {
        worker_frame_begin(*next++);
        left--;
        memset(&message, 0, sizeof message);
        memset(&renewal, 0, sizeof renewal);
        worker_frame_set_renew(take_renew);
        if (setjmp(end) == 0)
            take_frames();
        worker_message_release(&message);
        worker_message_release(&renewal);
        worker_frame_forget();
    }
    while (taken_count > 0)
        free(taken[--taken_count]);
    free(mended);
    return 0;
}
