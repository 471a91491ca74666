/* Hides pipes, polling and partial transfers from those who speak in frames. */
#include "channel.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "host_env/fd.h"
#include "host_env/ipc.h"
#include "host_env/poll.h"
#include "host_env/thread.h"

enum {
    READ_CHUNK = 64 * 1024, /* what a pipe holds */
    PAUSE_MAX = 31          /* waits without a try */
};
/* Blocks that grew beyond this are given back when they are empty. */
enum { KEPT_BYTES = 256 * 1024 };

void channel_open(channel *channel, host_env *env, const process *process, int wake)
{
    *channel = (struct channel){
        .env = env, .process = process, .wake = wake, .head_sent = 1};
    placement_begin(&channel->placement);
}

void channel_close(channel *channel)
{
    bytes_release(&channel->incoming);
    bytes_release(&channel->outgoing);
}

/* Forgets what has been dealt with. */
static void compact(bytes *block, size_t *start)
{
    if (*start == 0)
        return;
    block->size -= *start;
    if (block->size > 0)
        memmove(block->data, block->data + *start, block->size);
    *start = 0;
    if (block->size == 0 && block->capacity > KEPT_BYTES)
        bytes_release(block);
}

/* ---- Towards the worker ---- */

bool channel_has_unsent(const channel *channel)
{
    return !channel->has_ended && channel->outgoing_start < channel->outgoing.size;
}

/* As much as the pipe takes. That a worker has died is not met here, since its end of the pipe is open in this process as well (process.h): the other pipe tells it,
 * behind what the worker said before. */
static bool flush(channel *channel, host_error *cause)
{
    while (channel_has_unsent(channel)) {
        size_t count = 0;
        host_status status =
            host_fd_write(channel->env, channel->process->to_worker, channel->outgoing.data + channel->outgoing_start,
                          channel->outgoing.size - channel->outgoing_start, &count, cause);
        if (status == HOST_WOULD_BLOCK)
            return true;
        if (status != HOST_OK && status != HOST_INTERRUPTED)
            return false;
        channel->outgoing_start += count;
    }
    compact(&channel->outgoing, &channel->outgoing_start);
    return true;
}

static void wake_near(channel *channel)
{
    if (placement_draw_near(&channel->placement, channel->env, channel->process))
        channel->pause = 0;
}

bool channel_send(channel *channel, cordon_frame_type type, uint16_t flags, uint32_t id, const void *payload,
                  size_t size)
{
    unsigned char header[CORDON_FRAME_HEADER_SIZE];
    host_error cause;
    frame_header_encode(&(frame_header){.type = (uint8_t)type, .flags = flags, .id = id, .length = (uint32_t)size},
                        header);
    compact(&channel->outgoing, &channel->outgoing_start);
    bytes_add(&channel->outgoing, header + channel->head_sent, sizeof header - channel->head_sent);
    channel->head_sent = 0;
    bytes_add(&channel->outgoing, payload, size);
    if (channel->outgoing.failed)
        return false;
    wake_near(channel);
    (void)flush(channel, &cause); /* a failure comes again at the next wait, where it is told */
    return true;
}

/* ---- From the worker ---- */

/* Room grows with what has come, never with what a header claims. */
static bool fill(channel *channel, host_error *cause)
{
    if (!bytes_reserve(&channel->incoming, READ_CHUNK)) {
        *cause = (host_error){
            .status = HOST_NO_MEMORY, .operation = "channel", .message = "no memory for what the sandbox sends"};
        return false;
    }
    size_t count = 0;
    host_status status =
        host_fd_read(channel->env, channel->process->from_worker, channel->incoming.data + channel->incoming.size,
                     channel->incoming.capacity - channel->incoming.size, &count, cause);
    if (status == HOST_WOULD_BLOCK || status == HOST_INTERRUPTED)
        return true;
    if (status != HOST_OK)
        return false;
    channel->has_ended = count == 0;
    channel->incoming.size += count;
    return true;
}

int channel_take(channel *channel, frame_state state, frame *frame_out, const char **complaint_out)
{
    size_t left = channel->incoming.size - channel->incoming_start;
    if (left < CORDON_FRAME_HEADER_SIZE)
        return 0;
    const unsigned char *start = channel->incoming.data + channel->incoming_start;
    *complaint_out = frame_header_decode(start, state, &frame_out->header);
    if (*complaint_out != NULL)
        return -1;
    if (left - CORDON_FRAME_HEADER_SIZE < frame_out->header.length)
        return 0;
    frame_out->payload = start + CORDON_FRAME_HEADER_SIZE;
    channel->incoming_start += CORDON_FRAME_HEADER_SIZE + frame_out->header.length;
    return 1;
}

/* ---- Waiting ---- */

static channel_event failed(cordon_error *error, const host_error *cause)
{
    failure_of_host(error, "sandbox", CORDON_HOST_FAILURE, "the host cannot speak with the sandbox", cause);
    return CHANNEL_FAILED;
}

static bool has_come(const channel *channel, size_t before)
{
    return channel->incoming.size > before || channel->has_ended;
}

/* Where worker and host take turns on one processor the answer has often come by the time that the write returns, or comes if the worker is let go first: then one
 * read does without the poll, which takes a sixth of a whole call's time. After each try in vain twice as many of the next ones are left out. The wake descriptor is
 * not looked at here: what it tells, the callers look at before each wait. */
static bool reads_at_once(channel *channel, host_error *cause, bool *has_failed_out)
{
    size_t before = channel->incoming.size;
    *has_failed_out = false;
    if (channel->has_ended || channel_has_unsent(channel))
        return false;
    if (channel->pause > 0) {
        channel->pause--;
        return false;
    }
    *has_failed_out = !fill(channel, cause);
    if (!*has_failed_out && !has_come(channel, before)) {
        (void)host_thread_yield(channel->env, NULL);
        *has_failed_out = !fill(channel, cause);
    }
    bool is_in_vain = !has_come(channel, before);
    if (!is_in_vain)
        placement_answered_at_once(&channel->placement);
    channel->pause = is_in_vain ? channel->pause_after_failure : 0;
    channel->pause_after_failure = !is_in_vain ? 0 : 2 * channel->pause + 1 < PAUSE_MAX ? 2 * channel->pause + 1 : PAUSE_MAX;
    return !is_in_vain || *has_failed_out;
}

bool channel_look(channel *channel, cordon_error *error)
{
    host_error cause;
    compact(&channel->incoming, &channel->incoming_start);
    return channel->has_ended || fill(channel, &cause) || failed(error, &cause) != CHANNEL_FAILED;
}

channel_event channel_wait(channel *channel, uint64_t timeout_ns, cordon_error *error)
{
    host_error cause;
    int ready = 0;
    uint64_t value;
    host_poll_item items[] = {
        {.fd = channel->has_ended ? -1 : channel->process->from_worker, .events = POLLIN},
        {.fd = channel_has_unsent(channel) ? channel->process->to_worker : -1, .events = POLLOUT},
        {.fd = channel->wake, .events = POLLIN},
    };
    bool has_failed;
    compact(&channel->incoming, &channel->incoming_start);
    if (reads_at_once(channel, &cause, &has_failed))
        return has_failed ? failed(error, &cause) : channel->has_ended ? CHANNEL_ENDED : CHANNEL_MOVED;
    placement_let_go(&channel->placement, channel->env, channel->process);
    host_status status = host_poll_wait(channel->env, items, sizeof items / sizeof *items,
                                        timeout_ns > INT64_MAX ? -1 : (int64_t)timeout_ns, &ready, &cause);
    if (status == HOST_INTERRUPTED)
        return CHANNEL_MOVED;
    if (status != HOST_OK)
        return failed(error, &cause);
    if (ready == 0)
        return CHANNEL_TIMED_OUT;
    if (items[1].returned_events != 0 && !flush(channel, &cause))
        return failed(error, &cause);
    if (items[0].returned_events != 0) {
        placement_waited(&channel->placement);
        if (!fill(channel, &cause))
            return failed(error, &cause);
    }
    if (items[2].returned_events != 0) {
        (void)host_ipc_event_read(channel->env, channel->wake, &value, NULL);
        return CHANNEL_WOKEN;
    }
    return channel->has_ended ? CHANNEL_ENDED : CHANNEL_MOVED;
}
