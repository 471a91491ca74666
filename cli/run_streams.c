/* Hides from a run that this process's own streams may be interrupted, blocked, closed by whoever reads them, or typed at. */
#include "run_streams.h"

#include <limits.h>
#include <poll.h>
#include <string.h>

#include "host_env/fd.h"
#include "host_env/poll.h"
#include "run_signals.h"

/* A pipe that poll(2) calls writable takes so many bytes without blocking, and may not take one more. */
#define CHUNK_BYTES PIPE_BUF

/* Waits until the descriptor can be used, not beyond the program's limit of time. INTERRUPTED: a signal came; TIMED_OUT: the time is over. */
static host_status wait_for(const run_streams *streams, int fd, short events, host_error *error)
{
    uint64_t left_ns = cordon_sandbox_time_left(streams->sandbox);
    host_poll_item item = {.fd = fd, .events = events};
    int ready = 0;
    if (left_ns == 0)
        return HOST_TIMED_OUT;
    host_status status = host_poll_wait(streams->context->env, &item, 1, left_ns > INT64_MAX ? -1 : (int64_t)left_ns, &ready, error);
    return status == HOST_OK && ready == 0 ? HOST_TIMED_OUT : status;
}

/* Somebody else's flag may have made the descriptor one that does not wait. */
static bool must_try_again(host_status status)
{
    return status == HOST_WOULD_BLOCK || (status == HOST_INTERRUPTED && run_signals_received() == 0);
}

static host_status write_some(const run_streams *streams, int stream, const char *data, size_t size, size_t *count_out, host_error *error)
{
    host_status status = wait_for(streams, stream, POLLOUT, error);
    *count_out = 0;
    return status == HOST_OK ? host_fd_write(streams->context->env, stream, data, size < CHUNK_BYTES ? size : CHUNK_BYTES, count_out, error) : status;
}

int run_streams_write(void *opaque, int stream, const void *data, size_t size)
{
    run_streams *streams = opaque;
    host_error error;
    size_t done = 0;
    while (done < size) {
        size_t count;
        host_status status = write_some(streams, stream, (const char *)data + done, size - done, &count, &error);
        done += count;
        if (status == HOST_OK || must_try_again(status))
            continue;
        streams->is_output_closed = status == HOST_BROKEN_PIPE;
        if (!streams->is_output_closed && status != HOST_INTERRUPTED && status != HOST_TIMED_OUT)
            command_complain(streams->context, "cannot write the program's output: %s", error.message);
        return 1;
    }
    return 0;
}

/* What a conversation reads when somebody pressed Ctrl-C: a line that no terminal sends. */
static const char interrupt[] = {'\3', '\n'};

long run_streams_read(void *opaque, void *buffer, size_t size)
{
    run_streams *streams = opaque;
    host_error error;
    size_t count = 0;
    host_status status;
    bool is_conversation = streams->is_conversation && size >= sizeof interrupt, was_interrupted = false;
    do {
        if (is_conversation)
            run_signals_typing_begin();
        status = wait_for(streams, 0, POLLIN, &error);
        if (status == HOST_OK)
            status = host_fd_read(streams->context->env, 0, buffer, size, &count, &error);
        was_interrupted = is_conversation && run_signals_typing_end();
    } while (!was_interrupted && must_try_again(status));
    if (was_interrupted) {
        memcpy(buffer, interrupt, sizeof interrupt);
        return sizeof interrupt;
    }
    if (status == HOST_OK)
        return (long)count;
    if (status != HOST_INTERRUPTED && status != HOST_TIMED_OUT)
        command_complain(streams->context, "cannot read standard input: %s", error.message);
    return -1;
}
