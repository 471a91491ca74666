/* Joins the two halves of a mount without a sandbox between them; hides the temporary folder. */
#define _GNU_SOURCE /* nftw */
#include "mount_world.h"

#include "support/fs_world.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char mount_world_folder[64];
broker *mount_world_broker;
unsigned mount_world_violations;

static int64_t ask(void *request, size_t request_size, void *reply, size_t reply_size_max)
{
    size_t size;
    if (reply_size_max < CORDON_BROKER_MESSAGE_MAX || broker_answer(mount_world_broker, request, request_size, reply, &size) != BROKER_ANSWERED) {
        fprintf(stderr, "not answered: %s\n", broker_message(mount_world_broker));
        mount_world_violations++;
        return -5;
    }
    return (int64_t)size;
}

int mount_world_start(const char *guest_path, broker_mount_mode mode)
{
    host_error error;
    strcpy(mount_world_folder, "/tmp/cordon-mount-XXXXXX");
    if (!mkdtemp(mount_world_folder) || chmod(mount_world_folder, 0777) != 0)
        return -1;
    const broker_mount_config mount = {mount_world_folder, mode};
    const broker_config config = {.mounts = &mount, .mount_count = 1};
    if (broker_create(&config, &mount_world_broker, &error) != HOST_OK) {
        fprintf(stderr, "%s\n", error.message);
        return -1;
    }
    if (fs_world_start(NULL) != 0)
        return -1;
    sealed_broker_set(ask);
    return sealed_mount_add(0, guest_path, mode == BROKER_MOUNT_READ_ONLY ? SEALED_MOUNT_READ_ONLY : SEALED_MOUNT_READ_WRITE);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status, (void)type, (void)where;
    return remove(path);
}

int mount_world_end(void)
{
    broker_destroy(mount_world_broker);
    return nftw(mount_world_folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
