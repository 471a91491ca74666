/* Both directions of a worker's pipes, without ever blocking in one of them: bytes wait in blocks here, and one wait
 * with a deadline moves whatever can move. Used by one thread at a time. */
#ifndef CORDON_SUPERVISOR_CHANNEL_H
#define CORDON_SUPERVISOR_CHANNEL_H

#include "bytes.h"
#include "frame.h"
#include "placement.h"
#include "process.h"

typedef struct channel {
    host_env *env;
    const process *process; /* borrowed: whose descriptors these are */
    int wake;               /* a descriptor that other threads write to; -1: none */
    bytes incoming, outgoing;
    size_t incoming_start, outgoing_start; /* what lies before has been taken or sent */
    unsigned head_sent; /* bytes of the next frame that went ahead of it: one, that makes a worker greet; at most those of the magic number */
    bool has_ended;                        /* the worker has closed its end, and so reads no more either */
    unsigned pause;                        /* waits until the next try to read without asking first; 0: now */
    unsigned pause_after_failure;          /* how many such waits the next try in vain is followed by */
    placement placement;
} channel;

typedef struct frame {
    frame_header header;
    const unsigned char *payload; /* lies in the channel until the next call */
} frame;

void channel_open(channel *channel, host_env *env, const process *process, int wake);
void channel_close(channel *channel); /* frees; the descriptors are the process's */

/* Puts a frame in line and sends what can be sent now. False without memory. */
bool channel_send(channel *channel, cordon_frame_type type, uint16_t flags, uint32_t id, const void *payload,
                  size_t size);
bool channel_has_unsent(const channel *channel);

/* The next whole frame that has come. 1: *frame_out is it; 0: there is none yet; -1: *complaint_out says what is wrong
 * with what came. */
int channel_take(channel *channel, frame_state state, frame *frame_out, const char **complaint_out);

typedef enum channel_event {
    CHANNEL_MOVED = 0, /* bytes came or went, or a signal handler ran */
    CHANNEL_WOKEN,     /* another thread wrote to `wake` */
    CHANNEL_TIMED_OUT,
    CHANNEL_ENDED, /* the worker has closed its end and all that came has been taken over */
    CHANNEL_FAILED /* the host's system or memory failed; see the error */
} channel_event;

/* Takes over what has come, without waiting: whether the worker has ended is known then. False: the host's system or memory failed. */
bool channel_look(channel *channel, cordon_error *error);

/* Waits at most `timeout_ns`, and moves bytes. */
channel_event channel_wait(channel *channel, uint64_t timeout_ns, cordon_error *error);

#endif
