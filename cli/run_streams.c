/* Hides from a run that this process's own streams may be interrupted, closed by whoever reads them, or typed at. */
#include "run_streams.h"

#include <string.h>

#include "host_env/fd.h"
#include "run_signals.h"

int run_streams_write(void *opaque, int stream, const void *data, size_t size)
{
    run_streams *streams = opaque;
    host_error error;
    size_t done = 0;
    while (done < size) {
        size_t count = 0;
        host_status status = host_fd_write(streams->context->env, stream, (const char *)data + done, size - done, &count, &error);
        if (status == HOST_INTERRUPTED && run_signals_received() == 0)
            continue;
        if (status != HOST_OK) {
            streams->is_output_closed = status == HOST_BROKEN_PIPE;
            if (!streams->is_output_closed && status != HOST_INTERRUPTED)
                command_complain(streams->context, "cannot write the program's output: %s", error.message);
            return 1;
        }
        done += count;
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
        status = host_fd_read(streams->context->env, 0, buffer, size, &count, &error);
        was_interrupted = is_conversation && run_signals_typing_end();
    } while (status == HOST_INTERRUPTED && !was_interrupted && run_signals_received() == 0);
    if (was_interrupted) {
        memcpy(buffer, interrupt, sizeof interrupt);
        return sizeof interrupt;
    }
    if (status == HOST_OK)
        return (long)count;
    if (status != HOST_INTERRUPTED)
        command_complain(streams->context, "cannot read standard input: %s", error.message);
    return -1;
}
