/* A frame that is being built, as what values and exceptions are told to. */
#ifndef WORKER_SINK_H
#define WORKER_SINK_H

#include "session_sink.h"
#include "worker_message.h"

static inline struct session_sink *worker_sink(struct worker_pack *pack)
{
    return (struct session_sink *)pack;
}

#endif
