/* Flushing before each RESULT, at no cost where nothing was written since the last one. With the GIL held. */
#ifndef WORKER_STREAMS_H
#define WORKER_STREAMS_H

#include <stdbool.h>

/* Once, when the interpreter has just been started. False with an exception set. */
bool worker_streams_prepare(void);
/* When the session has taken its streams. Without memory, or where they are not the interpreter's own, they are flushed each time. */
void worker_streams_begin(void);
/* What the guest put in place of the streams, the interpreter's own, then C's. */
void worker_streams_flush(void);

#endif
