/* Asks and changes what lies behind a number, as the calls with a path do; hides the number. */
#include "descriptor_internal.h"

/* A path descriptor names a file but gives no right to change it. */
static struct fs_inode *changeable(int descriptor)
{
    struct open_file *file = descriptor_file(descriptor);
    return file && !(file->flags & SEALED_OPEN_PATH) ? file->inode : NULL;
}

int sealed_descriptor_status(int descriptor, struct sealed_status *status_out)
{
    struct fs_inode *inode = descriptor_inode(descriptor);
    if (!inode)
        return -SEALED_EBADF;
    fs_inode_status(inode, status_out);
    return 0;
}

int sealed_descriptor_volume(int descriptor, struct sealed_volume *volume_out)
{
    if (!descriptor_is_open(descriptor))
        return -SEALED_EBADF;
    fs_volume(volume_out);
    return 0;
}

int sealed_descriptor_change_mode(int descriptor, uint32_t mode)
{
    struct fs_inode *inode = changeable(descriptor);
    return inode ? fs_change_mode(inode, mode) : -SEALED_EBADF;
}

int sealed_descriptor_change_owner(int descriptor, uint32_t user, uint32_t group)
{
    struct fs_inode *inode = changeable(descriptor);
    return inode ? fs_change_owner(inode, user, group) : -SEALED_EBADF;
}

int sealed_descriptor_change_times(int descriptor, struct sealed_time accessed, struct sealed_time modified)
{
    struct fs_inode *inode = changeable(descriptor);
    return inode ? fs_change_times(inode, accessed, modified) : -SEALED_EBADF;
}

int sealed_descriptor_change_directory(int descriptor)
{
    struct fs_inode *inode = descriptor_inode(descriptor);
    return inode ? fs_set_current_directory(inode) : -SEALED_EBADF;
}
