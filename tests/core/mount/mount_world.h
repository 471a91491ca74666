/* A host folder, a broker for it, and the sealed file system that asks it. */
#ifndef MOUNT_WORLD_H
#define MOUNT_WORLD_H

#include "broker.h"
#include "sealed/broker.h"

/* The folder that is mounted: below /tmp, new and empty. */
extern char mount_world_folder[64];
extern broker *mount_world_broker;
/* Requests that were not answered: the sealed half never sends such. */
extern unsigned mount_world_violations;

/* Starts the sealed file system and mounts a new folder of the host at `guest_path`. 0, as cmocka wants it. */
int mount_world_start(const char *guest_path, broker_mount_mode mode);
/* Removes the folder with all that is in it. */
int mount_world_end(void);

#endif
