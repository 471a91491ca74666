/* Asks and changes what lies behind a number, as the calls with a path do; hides the number. */
#include "mount_internal.h"

/* A path descriptor names a file but gives no right to change it. */
static struct open_file *changeable(int descriptor)
{
    struct open_file *file = descriptor_file(descriptor);
    return file && !(file->flags & SEALED_OPEN_PATH) ? file : NULL;
}

int sealed_descriptor_status(int descriptor, struct sealed_status *status_out)
{
    struct open_file *file = descriptor_file(descriptor);
    if (!file)
        return -SEALED_EBADF;
    int error = file->kind->refresh ? file->kind->refresh(file) : file->inode->mounted ? fs_mount_refresh(file->inode) : 0;
    if (error)
        return error;
    fs_inode_status(file->inode, status_out);
    return 0;
}

int sealed_descriptor_volume(int descriptor, struct sealed_volume *volume_out)
{
    const struct fs_inode *inode = descriptor_inode(descriptor);
    return inode ? fs_volume(inode, volume_out) : -SEALED_EBADF;
}

int sealed_descriptor_change_mode(int descriptor, uint32_t mode)
{
    struct open_file *file = changeable(descriptor);
    if (!file)
        return -SEALED_EBADF;
    if (!file->kind->change_mode)
        return fs_change_mode(file->inode, mode);
    return file->inode->flags & FS_READ_ONLY ? -SEALED_EROFS : file->kind->change_mode(file, mode & SEALED_MODE_PERMISSIONS);
}

int sealed_descriptor_change_owner(int descriptor, uint32_t user, uint32_t group)
{
    const struct open_file *file = changeable(descriptor);
    return file ? fs_change_owner(file->inode, user, group) : -SEALED_EBADF;
}

int sealed_descriptor_change_times(int descriptor, struct sealed_time accessed, struct sealed_time modified)
{
    struct open_file *file = changeable(descriptor);
    if (!file)
        return -SEALED_EBADF;
    if (!file->kind->change_times)
        return fs_change_times(file->inode, accessed, modified);
    return file->inode->flags & FS_READ_ONLY ? -SEALED_EROFS : file->kind->change_times(file, accessed, modified);
}

int sealed_descriptor_change_directory(int descriptor)
{
    struct fs_inode *inode = descriptor_inode(descriptor);
    return inode ? fs_set_current_directory(inode) : -SEALED_EBADF;
}
