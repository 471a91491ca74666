/* Hides how frames travel through the gate. What the host sends is checked like anything from outside: one broken rule,
 * and the sandbox ends. */
#include "worker_frame.h"

#include "cordon/exit_code.h"
#include "cordon/gate.h"
#include "sealed/fatal.h"

#include <string.h>

enum { HEAD_MAX = 8 };

_Noreturn void worker_protocol_broken(const char *what)
{
    sealed_fatal_detail("the host broke the protocol", what, CORDON_EXIT_CRASHED);
}

uint32_t worker_u32(const unsigned char *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

void worker_u32_put(unsigned char *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
}

void worker_frame_receive(void *buffer, size_t size_bytes)
{
    unsigned char *next = buffer;

    while (size_bytes > 0) {
        long count = cordon_gate(CORDON_GATE_READ, next, size_bytes);
        /* A host that has gone wants no message; one that lies about the count is refused. */
        if (count <= 0)
            sealed_exit_now(CORDON_EXIT_CRASHED);
        if ((unsigned long)count > size_bytes)
            worker_protocol_broken("the gate answered more bytes than asked for");
        next += count;
        size_bytes -= (size_t)count;
    }
}

/* What the host may send, and how long it may be. */
static const struct host_frame {
    uint8_t type;
    uint16_t flags_allowed;
    uint32_t length_min;
    uint32_t length_max;
} host_frames[] = {
    {CORDON_FRAME_CONFIGURE, 0, 8 + 8 + 32 + 4 + 4 + 1, CORDON_FRAME_LENGTH_MAX},
    {CORDON_FRAME_FILE, CORDON_FILE_APPEND, 4 + 8 + 2, CORDON_FRAME_LENGTH_MAX},
    {CORDON_FRAME_PROGRAM, 0, 1, CORDON_FRAME_LENGTH_MAX},
    {CORDON_FRAME_INPUT, 0, 0, WORKER_STREAM_CHUNK_MAX},
};

static const struct host_frame *find_host_frame(uint8_t type)
{
    for (size_t i = 0; i < sizeof host_frames / sizeof *host_frames; i++)
        if (host_frames[i].type == type)
            return &host_frames[i];
    worker_protocol_broken("a frame of a type that a host never sends");
}

void worker_frame_receive_header(struct worker_frame *frame_out, const unsigned char *first_bytes,
                                 size_t byte_count_read)
{
    unsigned char header[CORDON_FRAME_HEADER_SIZE];
    const struct host_frame *rule;

    if (byte_count_read > 0)
        memcpy(header, first_bytes, byte_count_read);
    worker_frame_receive(header + byte_count_read, sizeof header - byte_count_read);
    if (worker_u32(header) != CORDON_FRAME_MAGIC)
        worker_protocol_broken("a frame without the magic number");
    if (header[4] != CORDON_FRAME_VERSION)
        worker_protocol_broken("a frame of another protocol version");
    rule = find_host_frame(header[5]);
    *frame_out = (struct worker_frame){
        .type = header[5],
        .flags = (uint16_t)(header[6] | header[7] << 8),
        .length = worker_u32(header + 12),
    };
    if (frame_out->flags & ~rule->flags_allowed)
        worker_protocol_broken("a frame with flags that its type does not have");
    if (worker_u32(header + 8) != 0)
        worker_protocol_broken("a frame with an id where none is defined");
    if (frame_out->length < rule->length_min || frame_out->length > rule->length_max)
        worker_protocol_broken("a frame whose length is out of bounds for its type");
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

void worker_frame_send(cordon_frame_type type, const void *head, size_t head_size, const void *data, size_t data_size)
{
    /* Static: header and payload leave in one transfer, and the stacks of threads are small. Threads switch only in
     * waits, and this does not wait. */
    static unsigned char frame[CORDON_FRAME_HEADER_SIZE + HEAD_MAX + WORKER_STREAM_CHUNK_MAX];
    unsigned char *payload = frame + CORDON_FRAME_HEADER_SIZE;

    memset(frame, 0, CORDON_FRAME_HEADER_SIZE);
    worker_u32_put(frame, CORDON_FRAME_MAGIC);
    frame[4] = CORDON_FRAME_VERSION;
    frame[5] = (unsigned char)type;
    worker_u32_put(frame + 12, (uint32_t)(head_size + data_size));
    memcpy(payload, head, head_size);
    if (data_size > 0)
        memcpy(payload + head_size, data, data_size);
    send_all(frame, CORDON_FRAME_HEADER_SIZE + head_size + data_size);
}

const unsigned char *worker_take(struct worker_bytes *bytes, size_t size_bytes)
{
    const unsigned char *taken = bytes->next;

    if (size_bytes > bytes->left)
        worker_protocol_broken("a payload that ends too early");
    bytes->next += size_bytes;
    bytes->left -= size_bytes;
    return taken;
}

uint32_t worker_take_u32(struct worker_bytes *bytes)
{
    return worker_u32(worker_take(bytes, 4));
}

uint64_t worker_take_u64(struct worker_bytes *bytes)
{
    uint64_t low = worker_take_u32(bytes);

    return low | (uint64_t)worker_take_u32(bytes) << 32;
}

const char *worker_take_string(struct worker_bytes *bytes)
{
    const unsigned char *end = bytes->left ? memchr(bytes->next, '\0', bytes->left) : NULL;

    if (!end)
        worker_protocol_broken("a text without its end");
    return (const char *)worker_take(bytes, (size_t)(end - bytes->next) + 1);
}
