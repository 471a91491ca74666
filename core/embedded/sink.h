/* A value of the host's that is being built from what is told of a Python object. */
#ifndef CORE_EMBEDDED_SINK_H
#define CORE_EMBEDDED_SINK_H

#include "session_sink.h"
#include "value_internal.h"

typedef struct sink_level sink_level;

struct session_sink {
    sink_level *levels; /* open containers, outermost first */
    unsigned depth, capacity;
    size_t size;
    enum session_sink_failure failure;
    cordon_value root;
};

void sink_begin(struct session_sink *sink);
/* What was told: the caller's; NONE if nothing was, or something failed. Ends the sink. */
cordon_value sink_take(struct session_sink *sink);
/* Ends it, too. */
void sink_release(struct session_sink *sink);
/* A static text, such as a key. */
void sink_word(struct session_sink *sink, const char *word);

#endif
