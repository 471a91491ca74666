/* Hides from the guest's descriptors 0, 1 and 2 whether their bytes travel as they are or in frames. Nothing is held
 * back here: CPython has buffers of its own. */
#include "sandbox_streams.h"

#include "worker_figures.h"
#include "worker_frame.h"

#include "cordon/exit_code.h"
#include "cordon/gate.h"
#include "sealed/descriptor.h"
#include "sealed/error.h"
#include "sealed/fatal.h"

#include <string.h>

/* What standard input gives before anybody outside is asked. */
static const unsigned char *pending_input;
static size_t pending_input_size;

static size_t take_pending(void *buffer, size_t size_bytes)
{
    size_t count = size_bytes < pending_input_size ? size_bytes : pending_input_size;

    if (count == 0)
        return 0;
    memcpy(buffer, pending_input, count);
    pending_input += count;
    pending_input_size -= count;
    return count;
}

void sandbox_streams_set_input(const unsigned char *input, size_t size_bytes)
{
    pending_input = input;
    pending_input_size = size_bytes;
}

/* --- alone --- */

static int64_t read_plain(void *buffer, size_t size_bytes)
{
    size_t count = take_pending(buffer, size_bytes);

    return count > 0 || size_bytes == 0 ? (int64_t)count : cordon_gate(CORDON_GATE_READ, buffer, size_bytes);
}

static int64_t write_plain(int stream, const void *data, size_t size_bytes)
{
    long count;

    (void)stream;
    if (size_bytes == 0)
        return 0;
    count = cordon_gate(CORDON_GATE_WRITE, (void *)data, size_bytes);
    /* The reader has gone and never comes back: a program that goes on would compute for nobody. */
    if (count == -SEALED_EPIPE)
        sealed_exit_now(128 +
                        13); /* what a shell shows for SIGPIPE, which is how it ends when the signal is not ignored */
    return count;
}

void sandbox_streams_begin_alone(unsigned char first_byte)
{
    static unsigned char kept;

    kept = first_byte;
    sandbox_streams_set_input(&kept, 1);
    sealed_stream_set(read_plain, write_plain);
}

/* --- supervised --- */

static int64_t read_framed(void *buffer, size_t size_bytes)
{
    size_t count = take_pending(buffer, size_bytes);
    unsigned char wanted[4];
    struct worker_frame frame;

    if (count > 0 || size_bytes == 0)
        return (int64_t)count;
    if (size_bytes > WORKER_STREAM_CHUNK_MAX)
        size_bytes = WORKER_STREAM_CHUNK_MAX;
    worker_u32_put(wanted, (uint32_t)size_bytes);
    worker_frame_send(CORDON_FRAME_INPUT_WANTED, 0, wanted, sizeof wanted, NULL, 0);
    worker_frame_next(WORKER_WANTS_INPUT, &frame);
    if (frame.length > size_bytes)
        worker_protocol_broken("an answer that is not the input asked for: it is longer");
    worker_frame_receive(buffer, frame.length);
    return frame.length;
}

static int64_t write_framed(int stream, const void *data, size_t size_bytes)
{
    unsigned char head = stream == 2 ? CORDON_OUTPUT_STDERR : CORDON_OUTPUT_STDOUT;

    /* Whole, as a blocking pipe takes it: programs rely on that, though a write may take less. */
    for (size_t done = 0, count; done < size_bytes; done += count) {
        count = size_bytes - done < WORKER_STREAM_CHUNK_MAX ? size_bytes - done : WORKER_STREAM_CHUNK_MAX;
        worker_frame_send(CORDON_FRAME_OUTPUT, 0, &head, 1, (const char *)data + done, count);
    }
    return (int64_t)size_bytes;
}

static void write_message(const char *text, size_t length)
{
    write_framed(2, text, length);
}

static void send_exit(int exit_code)
{
    unsigned char code[4];

    worker_figures_send();
    worker_u32_put(code, (uint32_t)exit_code);
    worker_frame_send(CORDON_FRAME_EXIT, 0, code, sizeof code, NULL, 0);
}

void sandbox_streams_begin_framed(void)
{
    sealed_stream_set(read_framed, write_framed);
    sealed_fatal_set_output(write_message);
    sealed_exit_set_leave(send_exit);
}

void sandbox_streams_end(void)
{
    sandbox_streams_set_input(NULL, 0);
    sealed_stream_set(NULL, NULL);
    sealed_fatal_set_output(NULL);
    sealed_exit_set_leave(NULL);
}
