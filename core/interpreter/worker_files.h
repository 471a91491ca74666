/* What the host puts into the memory file system and reads from it between executions; hides how the frames say it. */
#ifndef WORKER_FILES_H
#define WORKER_FILES_H

#include "worker_frame.h"

/* FILE: what cannot be put there ends the sandbox. */
void worker_files_put(const struct worker_frame *frame);

/* FILES: receives the request and sends the answer. */
void worker_files_answer(const struct worker_frame *frame);

#endif
