/* Answers the character devices of /dev; hides where random bytes and open descriptors come from. */
#include "fs_internal.h"

#include "sealed/random.h"

struct device_row {
    const char *name;
    uint64_t device;
    uint32_t permissions;
};

static const struct device_row device_rows[] = {
    {"full", FS_DEVICE_FULL, 0666},
    {"null", FS_DEVICE_NULL, 0666},
    {"random", FS_DEVICE_RANDOM, 0666},
    {"stderr", FS_DEVICE_DESCRIPTOR + 2, 0666},
    {"stdin", FS_DEVICE_DESCRIPTOR + 0, 0666},
    {"stdout", FS_DEVICE_DESCRIPTOR + 1, 0666},
    {"tty", FS_DEVICE_TTY, 0666},
    {"urandom", FS_DEVICE_URANDOM, 0666},
    {"zero", FS_DEVICE_ZERO, 0666},
};

static int add_to(struct fs_inode *directory, const char *name, struct fs_inode *inode)
{
    if (!inode)
        return -SEALED_ENOSPC;
    inode->user = inode->group = 0;
    int error = fs_directory_add(directory, name, strlen(name), inode);
    fs_inode_release(inode);
    return error;
}

int fs_devices_create(struct fs_inode *device_directory)
{
    int error = 0;
    for (size_t i = 0; i < sizeof device_rows / sizeof device_rows[0] && !error; i++) {
        struct fs_inode *inode = fs_inode_create(SEALED_MODE_CHARACTER | device_rows[i].permissions);
        if (inode)
            inode->device = device_rows[i].device;
        error = add_to(device_directory, device_rows[i].name, inode);
    }
    if (error)
        return error;
    struct fs_inode *descriptors = fs_inode_create(SEALED_MODE_DIRECTORY | 0555);
    if (descriptors)
        descriptors->flags |= FS_DESCRIPTOR_DIRECTORY | FS_READ_ONLY;
    return add_to(device_directory, "fd", descriptors);
}

struct fs_inode *fs_device_of_descriptor(unsigned descriptor, int *error_out)
{
    if (!descriptor_is_open((int)descriptor)) {
        *error_out = -SEALED_ENOENT;
        return NULL;
    }
    struct fs_inode *inode = fs_inode_create(SEALED_MODE_CHARACTER | 0666);
    *error_out = inode ? 0 : -SEALED_ENOSPC;
    if (inode)
        inode->device = FS_DEVICE_DESCRIPTOR + descriptor;
    return inode;
}

int64_t fs_device_read(uint64_t device, void *buffer, size_t size_bytes)
{
    switch (device) {
    case FS_DEVICE_NULL:
        return 0;
    case FS_DEVICE_ZERO:
    case FS_DEVICE_FULL:
        memset(buffer, 0, size_bytes);
        return (int64_t)size_bytes;
    case FS_DEVICE_RANDOM:
    case FS_DEVICE_URANDOM:
        sealed_random_bytes(buffer, size_bytes);
        return (int64_t)size_bytes;
    }
    return -SEALED_ENXIO;
}

int64_t fs_device_write(uint64_t device, size_t size_bytes)
{
    switch (device) {
    case FS_DEVICE_NULL:
    case FS_DEVICE_ZERO:
    case FS_DEVICE_RANDOM: /* entropy from the guest changes nothing */
    case FS_DEVICE_URANDOM:
        return (int64_t)size_bytes;
    case FS_DEVICE_FULL:
        return size_bytes == 0 ? 0 : -SEALED_ENOSPC;
    }
    return -SEALED_ENXIO;
}
