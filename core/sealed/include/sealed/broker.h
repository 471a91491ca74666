/* What the sandbox asks of its host while a program runs: files of granted folders, clocks, random bytes, later connections. Hides from the sealed
 * layer how a question travels; without a broker there is nothing to ask, and every such thing is refused.
 *
 * Messages are those of cordon/broker_message.h. One question at a time; no other thread runs meanwhile. */
#ifndef SEALED_BROKER_H
#define SEALED_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEALED_BROKER_HEADROOM = 16 };

/* Sends a whole request and waits for its reply, which is put into `reply`; its size, or a negative sealed_error. SEALED_BROKER_HEADROOM bytes in front
 * of `request` may be written. */
typedef int64_t (*sealed_broker_function)(void *request, size_t request_size, void *reply, size_t reply_size_max);

/* NULL (the default): nobody is asked, and whoever would ask gets -EIO. */
void sealed_broker_set(sealed_broker_function call);

/* ---- Mounts: host folders in the guest's tree ---- */

enum { SEALED_MOUNTS_MAX = 64 };

enum sealed_mount_mode { SEALED_MOUNT_READ_ONLY, SEALED_MOUNT_READ_WRITE };

/* Shows mount number `id` of the host at `path` (absolute; made if missing, covering what is there; another mount may be above it, near or far, if that
 * was added before). An overlay is READ_WRITE: the host keeps what changes. Nothing is asked yet. -EINVAL: not an absolute path, or "/"; -EBUSY: a mount is
 * there; -ENOSPC: no room, or too many. */
int sealed_mount_add(uint32_t id, const char *path, enum sealed_mount_mode mode);

/* Does `path` as it is written lie in a mount? Such a path cannot be used while the broker is not asked. */
bool sealed_mount_covers(const char *path);

#endif
