/* Calls of the package cordon.plugins that the host asks for; hides that package from the frames. */
#ifndef WORKER_INVOKE_H
#define WORKER_INVOKE_H

#include "worker_frame.h"

/* Receives an INVOKE, does it without compiling anything, and sends RESULT. */
void worker_invoke(const struct worker_frame *frame);

#endif
