/* Decides what the guest's user may do to an inode; hides modes, ownership and the sticky bit from the operations. */
#include "fs_internal.h"

bool fs_privileged;
static uint32_t creation_mask = 022;

bool fs_is_owner(const struct fs_inode *inode)
{
    return fs_privileged || inode->user == SEALED_USER;
}

static bool is_special(const struct fs_inode *inode)
{
    uint32_t type = inode->mode & SEALED_MODE_TYPE;
    return type == SEALED_MODE_CHARACTER || type == SEALED_MODE_FIFO || type == SEALED_MODE_SOCKET;
}

int fs_permit(const struct fs_inode *inode, int wanted)
{
    /* Writing into a device or a fifo does not change the volume it is named on. */
    if ((wanted & SEALED_ACCESS_WRITE) && (inode->flags & FS_READ_ONLY) && !is_special(inode))
        return -SEALED_EROFS;
    if (fs_privileged)
        return 0;
    unsigned shift = inode->user == SEALED_USER ? 6 : inode->group == SEALED_GROUP ? 3 : 0;
    int granted = (int)(inode->mode >> shift) & 7;
    return (wanted & ~granted) == 0 ? 0 : -SEALED_EACCES;
}

int fs_permit_removal(const struct fs_inode *directory, const struct fs_inode *node)
{
    int error = fs_permit(directory, SEALED_ACCESS_WRITE | SEALED_ACCESS_EXECUTE);
    if (error)
        return error;
    if ((directory->mode & SEALED_MODE_STICKY) && !fs_is_owner(directory) && !fs_is_owner(node))
        return -SEALED_EPERM;
    /* A file of the image in a directory that also takes files of others. */
    return node->flags & FS_READ_ONLY ? -SEALED_EROFS : 0;
}

uint32_t fs_apply_mask(uint32_t mode)
{
    return fs_privileged ? mode : mode & ~creation_mask;
}

uint32_t sealed_fs_mask(uint32_t mask)
{
    uint32_t before = creation_mask;
    creation_mask = mask & 0777;
    return before;
}
