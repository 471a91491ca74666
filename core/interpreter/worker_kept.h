/* Which files and folders are the sandbox's own, for a host that takes them along when it clears the sandbox. */
#ifndef WORKER_KEPT_H
#define WORKER_KEPT_H

#include "worker_message.h"

/* Adds an array of [path, mode, size, mtime_ns] to `pack`: every file and folder below `folder` that belongs to the guest, folders before what is in them; neither those of mounts nor
 * links and pipes. 0, or a negative number of sealed/error.h. */
int worker_kept_pack(const char *folder, struct worker_pack *pack);

#endif
