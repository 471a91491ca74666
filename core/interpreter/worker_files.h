/* What the host puts into the memory file system and reads from it between executions; hides how the frames say it. */
#ifndef WORKER_FILES_H
#define WORKER_FILES_H

#include "worker_frame.h"
#include "worker_message.h"

#include "sealed/fs.h"

/* FILE: what cannot be put there ends the sandbox. */
void worker_files_put(const struct worker_frame *frame);

/* FILES: receives the request and sends the answer. */
void worker_files_answer(const struct worker_frame *frame);

/* A name or path: text, or bytes where it is no UTF-8. */
void worker_files_pack_name(struct worker_pack *pack, const char *name);
/* Three values: mode, size, modification time. */
void worker_files_pack_status(struct worker_pack *pack, const struct sealed_status *status);

#endif
