/* Hides how frames travel through the gate. What the host sends is checked like anything from outside: one broken rule,
 * and the sandbox ends. */
#include "worker_frame.h"

#include "cordon/exit_code.h"
#include "cordon/gate.h"
#include "sealed/fatal.h"
#include "sealed/heap.h"

#include <string.h>

enum { HEAD_MAX = 8, READ_AHEAD_BYTES = 16 * 1024, MAGIC = 0, VERSION = 4, TYPE = 5, FLAGS = 6, ID = 8, LENGTH = 12 };

_Noreturn void worker_protocol_broken(const char *what)
{
    sealed_fatal_detail("the host broke the protocol", what, CORDON_EXIT_CRASHED);
}

uint32_t worker_u32(const unsigned char *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

uint64_t worker_u64(const unsigned char *bytes)
{
    return worker_u32(bytes) | (uint64_t)worker_u32(bytes + 4) << 32;
}

void worker_u32_put(unsigned char *bytes, uint32_t value)
{
    bytes[0] = (unsigned char)value; /* written out, they become one store */
    bytes[1] = (unsigned char)(value >> 8);
    bytes[2] = (unsigned char)(value >> 16);
    bytes[3] = (unsigned char)(value >> 24);
}

void worker_u64_put(unsigned char *bytes, uint64_t value)
{
    worker_u32_put(bytes, (uint32_t)value);
    worker_u32_put(bytes + 4, (uint32_t)(value >> 32));
}

/* --- what the host may send --- */

enum id_rule { ID_NONE, ID_GIVEN };

static const struct host_frame {
    uint8_t id_rule;
    uint16_t flags_allowed;
    uint32_t states; /* 0: a host never sends the type */
    uint32_t length_min;
    uint32_t length_max;
} host_frames[] = {
    [CORDON_FRAME_CONFIGURE] = {ID_NONE, 0, WORKER_GREETED, 1, CORDON_FRAME_LENGTH_MAX},
    [CORDON_FRAME_FILE] = {ID_NONE, CORDON_FILE_APPEND, WORKER_RESTING | WORKER_GREETED | WORKER_BEING_FILLED, 4 + 8 + 2,
     CORDON_FRAME_LENGTH_MAX},
    [CORDON_FRAME_PROGRAM] = {ID_NONE, CORDON_TRACE_FLAGS | CORDON_SOFT_LIMITS_FLAG, WORKER_RESTING, 1, CORDON_FRAME_LENGTH_MAX},
    [CORDON_FRAME_INPUT] = {ID_NONE, 0, WORKER_WANTS_INPUT, 0, WORKER_STREAM_CHUNK_MAX},
    [CORDON_FRAME_EXECUTE] = {ID_GIVEN, CORDON_TRACE_FLAGS | CORDON_SOFT_LIMITS_FLAG, WORKER_RESTING, 1, CORDON_FRAME_LENGTH_MAX},
    [CORDON_FRAME_INVOKE] = {ID_GIVEN, CORDON_TRACE_FLAGS | CORDON_SOFT_LIMITS_FLAG, WORKER_RESTING, 1, CORDON_FRAME_LENGTH_MAX},
    [CORDON_FRAME_CALLBACKS] = {ID_NONE, 0, WORKER_RESTING, 1, CORDON_FRAME_LENGTH_MAX},
    [CORDON_FRAME_ANSWER] = {ID_GIVEN, 0, WORKER_WAITING, 1, CORDON_FRAME_LENGTH_MAX},
    [CORDON_FRAME_TICK] = {ID_NONE, 0, WORKER_WAITING, 8, 8},
    [CORDON_FRAME_BROKERED] = {ID_GIVEN, 0, WORKER_ASKS_BROKER, 1, CORDON_FRAME_LENGTH_MAX},
    [CORDON_FRAME_FILES] = {ID_GIVEN, 0, WORKER_RESTING, 1, CORDON_FRAME_LENGTH_MAX},
    [CORDON_FRAME_RENEW] = {ID_NONE, 0, WORKER_RESTING | WORKER_WAITING, 1, CORDON_FRAME_LENGTH_MAX},
    [CORDON_FRAME_SAVE] = {ID_NONE, 0, WORKER_GREETED | WORKER_BEING_FILLED, 1, CORDON_FRAME_LENGTH_MAX},
};

static const struct host_frame *find_host_frame(uint8_t type)
{
    if (type >= sizeof host_frames / sizeof *host_frames || host_frames[type].states == 0)
        worker_protocol_broken("a frame of a type that a host never sends");
    return &host_frames[type];
}

static void check(const struct worker_frame *frame, enum worker_state state)
{
    const struct host_frame *rule = find_host_frame(frame->type);

    if (!(rule->states & state))
        worker_protocol_broken(state == WORKER_GREETED ? "the first frame is none of CONFIGURE, FILE and SAVE"
                                                       : "a frame of a type that may not come now");
    if (frame->flags & ~rule->flags_allowed)
        worker_protocol_broken("a frame with flags that its type does not have");
    if ((frame->id != 0) != (rule->id_rule == ID_GIVEN))
        worker_protocol_broken(frame->id ? "a frame with an id where none is defined" : "a frame without its id");
    if (frame->length < rule->length_min || frame->length > rule->length_max)
        worker_protocol_broken("a frame whose length is out of bounds for its type");
}

/* --- receiving --- */

/* Read from the gate, and not asked for yet. Its name is told by the image's symbols: a worker that waits for a frame waits at this place, which is how the host
 * knows one (core/supervisor/worker_memory.c). */
unsigned char worker_frame_read_ahead[READ_AHEAD_BYTES] __attribute__((used));
static size_t ahead_next, ahead_end;

/* One transfer; at least a byte. */
static size_t read_some(void *buffer, size_t size_bytes)
{
    long count = cordon_gate(CORDON_GATE_READ, buffer, size_bytes);

    /* A host that has gone wants no message; one that lies about the count is refused. */
    if (count <= 0) {
        sealed_exit_set_leave(NULL);
        sealed_exit_now(CORDON_EXIT_CRASHED);
    }
    if ((unsigned long)count > size_bytes)
        worker_protocol_broken("the gate answered more bytes than asked for");
    return (size_t)count;
}

static size_t take_ahead(void *buffer, size_t size_bytes)
{
    size_t count = ahead_end - ahead_next < size_bytes ? ahead_end - ahead_next : size_bytes;

    memcpy(buffer, worker_frame_read_ahead + ahead_next, count);
    ahead_next += count;
    return count;
}

void worker_frame_begin(unsigned char first_byte)
{
    worker_frame_read_ahead[0] = first_byte;
    ahead_next = 0;
    ahead_end = 1;
}

void worker_frame_receive(void *buffer, size_t size_bytes)
{
    unsigned char *next = buffer;

    while (size_bytes > 0) {
        size_t count = take_ahead(next, size_bytes);

        if (count == 0 && size_bytes >= sizeof worker_frame_read_ahead) {
            count = read_some(next, size_bytes);
        } else if (count == 0) {
            ahead_next = 0;
            ahead_end = 0; /* stays so if the read does not return */
            ahead_end = read_some(worker_frame_read_ahead, sizeof worker_frame_read_ahead);
        }
        next += count;
        size_bytes -= count;
    }
}

static void flush_held(void);

static void read_header(enum worker_state state, struct worker_frame *frame_out)
{
    unsigned char header[CORDON_FRAME_HEADER_SIZE];

    worker_frame_receive(header, sizeof header);
    if (worker_u32(header + MAGIC) != CORDON_FRAME_MAGIC)
        worker_protocol_broken("a frame without the magic number");
    if (header[VERSION] != CORDON_FRAME_VERSION)
        worker_protocol_broken("a frame of another protocol version");
    *frame_out = (struct worker_frame){
        .type = header[TYPE],
        .flags = (uint16_t)(header[FLAGS] | header[FLAGS + 1] << 8),
        .id = worker_u32(header + ID),
        .length = worker_u32(header + LENGTH),
    };
    check(frame_out, state);
}

static worker_renew_function renew_function;

void worker_frame_set_renew(worker_renew_function renew)
{
    renew_function = renew;
}

void worker_frame_next(enum worker_state state, struct worker_frame *frame_out)
{
    flush_held();
    read_header(state, frame_out);
    while (frame_out->type == CORDON_FRAME_RENEW) {
        renew_function(frame_out);
        read_header(state, frame_out);
    }
}

static void skip(size_t size_bytes)
{
    unsigned char nowhere[512];

    while (size_bytes > 0) {
        size_t count = size_bytes < sizeof nowhere ? size_bytes : sizeof nowhere;
        worker_frame_receive(nowhere, count);
        size_bytes -= count;
    }
}

unsigned char *worker_frame_payload(const struct worker_frame *frame)
{
    unsigned char *payload = sealed_allocate((size_t)frame->length + 1);

    if (!payload) {
        skip(frame->length);
        return NULL;
    }
    worker_frame_receive(payload, frame->length);
    payload[frame->length] = '\0';
    return payload;
}

const unsigned char *worker_frame_payload_ahead(const struct worker_frame *frame)
{
    return ahead_end - ahead_next >= frame->length ? worker_frame_read_ahead + ahead_next : NULL;
}

void worker_frame_take_ahead(const struct worker_frame *frame)
{
    ahead_next += frame->length;
}

/* --- sending --- */

/* Static: header and payload leave in one transfer, and the stacks of threads are small. What is held lies at the
 * front. */
static unsigned char outgoing[2 * (CORDON_FRAME_HEADER_SIZE + HEAD_MAX) + WORKER_STREAM_CHUNK_MAX];
static size_t held_size;
enum { HELD_MAX = CORDON_FRAME_HEADER_SIZE + HEAD_MAX }; /* so that what is held never takes the room of a chunk */

static void (*before_sending)(void); /* NULL: nothing */

void worker_frame_set_before(void (*send)(void))
{
    before_sending = send;
}

static void let_others_send_first(void)
{
    if (before_sending)
        before_sending();
}

static void send_all(const unsigned char *data, size_t size_bytes)
{
    while (size_bytes > 0) {
        long count = cordon_gate(CORDON_GATE_WRITE, (void *)data, size_bytes);
        if (count <= 0 || (unsigned long)count > size_bytes) {
            /* Nobody reads any more. A part of a frame may be out, so no other frame can follow, not even the last one.
             */
            sealed_exit_set_leave(NULL);
            sealed_exit_now(CORDON_EXIT_CRASHED);
        }
        data += count;
        size_bytes -= (size_t)count;
    }
}

static void flush_held(void)
{
    size_t size = held_size;

    held_size = 0;
    send_all(outgoing, size);
}

static void put_header(unsigned char *header, cordon_frame_type type, uint32_t id, size_t payload_size)
{
    memset(header, 0, CORDON_FRAME_HEADER_SIZE);
    worker_u32_put(header + MAGIC, CORDON_FRAME_MAGIC);
    header[VERSION] = CORDON_FRAME_VERSION;
    header[TYPE] = (unsigned char)type;
    worker_u32_put(header + ID, id);
    worker_u32_put(header + LENGTH, (uint32_t)payload_size);
}

void worker_frame_send(cordon_frame_type type, uint32_t id, const void *head, size_t head_size, const void *data,
                       size_t data_size)
{
    unsigned char *payload;

    let_others_send_first();
    if (held_size + CORDON_FRAME_HEADER_SIZE + head_size + data_size > sizeof outgoing)
        flush_held();
    put_header(outgoing + held_size, type, id, head_size + data_size);
    payload = outgoing + held_size + CORDON_FRAME_HEADER_SIZE;
    if (head_size > 0)
        memcpy(payload, head, head_size);
    if (data_size > 0)
        memcpy(payload + head_size, data, data_size);
    held_size += CORDON_FRAME_HEADER_SIZE + head_size + data_size;
    flush_held();
}

void worker_frame_send_in_place(cordon_frame_type type, uint32_t id, unsigned char *header, size_t payload_size)
{
    let_others_send_first();
    flush_held();
    put_header(header, type, id, payload_size);
    send_all(header, CORDON_FRAME_HEADER_SIZE + payload_size);
}

void worker_frame_hold_in_place(cordon_frame_type type, uint32_t id, unsigned char *header, size_t payload_size)
{
    size_t size = CORDON_FRAME_HEADER_SIZE + payload_size;

    let_others_send_first();
    if (size > sizeof outgoing - held_size - HELD_MAX) {
        worker_frame_send_in_place(type, id, header, payload_size);
        return;
    }
    put_header(header, type, id, payload_size);
    memcpy(outgoing + held_size, header, size);
    held_size += size;
}

void worker_frame_forget_received(void)
{
    memset(worker_frame_read_ahead, 0, ahead_next);
}

void worker_frame_forget(void)
{
    memset(worker_frame_read_ahead, 0, sizeof worker_frame_read_ahead);
    memset(outgoing, 0, sizeof outgoing);
    ahead_next = ahead_end = held_size = 0;
}
