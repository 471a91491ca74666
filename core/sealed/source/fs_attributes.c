/* Reads and changes what an inode says about itself: status, mode, owner, times, size of the volume; hides who may from
 * the callers. */
#include "mount_internal.h"

#include "sealed/clock.h"

enum { VOLUME_BLOCK_BYTES = 4096 };

static unsigned walk_flags_of(int at_flags)
{
    unsigned flags = at_flags & SEALED_AT_SYMLINK_NOFOLLOW ? 0 : FS_WALK_FOLLOW;
    return flags | (at_flags & SEALED_AT_EMPTY_PATH ? FS_WALK_EMPTY_PATH : 0);
}

/* A walk learns what a name of a mount is now. What it did not come to by a name (a root, ".", a descriptor) is asked here. */
static int walk_to_fresh_node(int directory, const char *path, int at_flags, struct fs_inode **node_out)
{
    struct fs_place place;
    int error = fs_walk(directory, path, walk_flags_of(at_flags), &place);
    if (error)
        return error;
    if (place.node->mounted && (place.last != FS_LAST_NAME || fs_is_mount_fixed(place.node)))
        error = fs_mount_refresh(place.node);
    *node_out = place.node;
    if (!error)
        place.node = NULL;
    fs_place_release(&place);
    return error;
}

int sealed_fs_status(int directory, const char *path, int at_flags, struct sealed_status *status_out)
{
    struct fs_inode *node;
    int error = walk_to_fresh_node(directory, path, at_flags, &node);
    if (error)
        return error;
    fs_inode_status(node, status_out);
    fs_inode_release(node);
    return 0;
}

int sealed_fs_access(int directory, const char *path, int access, int at_flags)
{
    if (access & ~(SEALED_ACCESS_READ | SEALED_ACCESS_WRITE | SEALED_ACCESS_EXECUTE))
        return -SEALED_EINVAL;
    struct fs_inode *node;
    int error = walk_to_fresh_node(directory, path, at_flags, &node);
    if (error)
        return error;
    error = fs_permit(node, access);
    fs_inode_release(node);
    return error;
}

/* Owner first, as the volume's being read-only is checked first by Linux. */
static int permit_change(const struct fs_inode *inode)
{
    if (inode->flags & FS_READ_ONLY)
        return -SEALED_EROFS;
    return fs_is_owner(inode) ? 0 : -SEALED_EPERM;
}

int fs_change_mode(struct fs_inode *inode, uint32_t mode)
{
    /* A link's own mode can't be changed on Linux, and means nothing. */
    if (fs_is_link(inode))
        return -SEALED_EOPNOTSUPP;
    int error = permit_change(inode);
    if (error)
        return error;
    if (!fs_privileged && inode->group != SEALED_GROUP)
        mode &= ~(uint32_t)SEALED_MODE_SET_GROUP;
    if (inode->mounted)
        return fs_mount_change_mode(inode, mode & SEALED_MODE_PERMISSIONS);
    inode->mode = (inode->mode & SEALED_MODE_TYPE) | (mode & SEALED_MODE_PERMISSIONS);
    fs_inode_touch_changed(inode);
    return 0;
}

int sealed_fs_change_mode(int directory, const char *path, uint32_t mode, int at_flags)
{
    struct fs_inode *node;
    int error = fs_walk_to_node(directory, path, walk_flags_of(at_flags), &node);
    if (error)
        return error;
    error = fs_change_mode(node, mode);
    fs_inode_release(node);
    return error;
}

int fs_change_owner(struct fs_inode *inode, uint32_t user, uint32_t group)
{
    if (inode->flags & FS_READ_ONLY)
        return -SEALED_EROFS;
    bool keeps_user = user == UINT32_MAX || user == inode->user;
    bool keeps_group = group == UINT32_MAX || group == inode->group || group == SEALED_GROUP;
    bool keeps_all = user == UINT32_MAX && group == UINT32_MAX;
    if (!keeps_all && (!fs_is_owner(inode) || !keeps_user || !keeps_group))
        return -SEALED_EPERM;
    if (group != UINT32_MAX)
        inode->group = group;
    if (!keeps_all && fs_is_file(inode))
        inode->mode &= ~(uint32_t)(SEALED_MODE_SET_USER | (inode->mode & 010 ? SEALED_MODE_SET_GROUP : 0));
    if (!keeps_all)
        fs_inode_touch_changed(inode);
    return 0;
}

int sealed_fs_change_owner(int directory, const char *path, uint32_t user, uint32_t group, int at_flags)
{
    struct fs_inode *node;
    int error = fs_walk_to_node(directory, path, walk_flags_of(at_flags), &node);
    if (error)
        return error;
    error = fs_change_owner(node, user, group);
    fs_inode_release(node);
    return error;
}

static void apply_time(int64_t *field, struct sealed_time time, int64_t now)
{
    if (time.how != SEALED_TIME_KEEP)
        *field = time.how == SEALED_TIME_NOW ? now : time.ns;
}

int fs_change_times(struct fs_inode *inode, struct sealed_time accessed, struct sealed_time modified)
{
    if (accessed.how == SEALED_TIME_KEEP && modified.how == SEALED_TIME_KEEP)
        return 0;
    if (inode->flags & FS_READ_ONLY)
        return -SEALED_EROFS;
    /* "Now, both" is open to everybody who may write; anything else to the owner. */
    if (!fs_is_owner(inode)) {
        if (accessed.how != SEALED_TIME_NOW || modified.how != SEALED_TIME_NOW)
            return -SEALED_EPERM;
        int error = fs_permit(inode, SEALED_ACCESS_WRITE);
        if (error)
            return error;
    }
    if (inode->mounted)
        return fs_mount_change_times(inode, accessed, modified);
    int64_t now = fs_now();
    apply_time(&inode->accessed_ns, accessed, now);
    apply_time(&inode->modified_ns, modified, now);
    inode->changed_ns = now;
    return 0;
}

int sealed_fs_change_times(int directory, const char *path, struct sealed_time accessed, struct sealed_time modified,
                           int at_flags)
{
    struct fs_inode *node;
    int error = fs_walk_to_node(directory, path, walk_flags_of(at_flags), &node);
    if (error)
        return error;
    error = fs_change_times(node, accessed, modified);
    fs_inode_release(node);
    return error;
}

int sealed_fs_truncate(const char *path, int64_t size_bytes)
{
    struct fs_inode *node;
    int error = size_bytes < 0 ? -SEALED_EINVAL : fs_walk_to_node(SEALED_AT_CWD, path, FS_WALK_FOLLOW, &node);
    if (error)
        return error;
    if (fs_is_directory(node))
        error = -SEALED_EISDIR;
    else if (!fs_is_file(node))
        error = -SEALED_EINVAL;
    else
        error = fs_permit(node, SEALED_ACCESS_WRITE);
    if (!error)
        error = node->mounted ? fs_mount_truncate(node, size_bytes) : fs_file_resize(node, size_bytes);
    fs_inode_release(node);
    return error;
}

int64_t sealed_fs_read_link(int directory, const char *path, char *buffer, size_t size_bytes)
{
    struct fs_inode *node;
    int error = size_bytes == 0 ? -SEALED_EINVAL : fs_walk_to_node(directory, path, FS_WALK_EMPTY_PATH, &node);
    if (error)
        return error;
    int64_t done = -SEALED_EINVAL;
    if (fs_is_link(node)) {
        done = (int64_t)(node->size < size_bytes ? node->size : size_bytes);
        memcpy(buffer, fs_link_target(node), (size_t)done);
    }
    fs_inode_release(node);
    return done;
}

int fs_volume(const struct fs_inode *inode, struct sealed_volume *volume_out)
{
    if (inode->mounted)
        return fs_mount_volume(inode, volume_out);
    struct sealed_usage usage;
    sealed_fs_usage(&usage);
    const struct sealed_quota *quota = fs_quota();
    uint64_t bytes_free = quota->bytes_max > usage.bytes ? quota->bytes_max - usage.bytes : 0;
    *volume_out = (struct sealed_volume){
        .block_size_bytes = VOLUME_BLOCK_BYTES,
        .blocks = quota->bytes_max / VOLUME_BLOCK_BYTES,
        .blocks_free = bytes_free / VOLUME_BLOCK_BYTES,
        .inodes = quota->inodes_max,
        .inodes_free = quota->inodes_max > usage.inodes ? quota->inodes_max - usage.inodes : 0,
        .name_length_max = SEALED_NAME_MAX,
    };
    return 0;
}

int sealed_fs_volume(const char *path, struct sealed_volume *volume_out)
{
    struct fs_inode *node;
    int error = fs_walk_to_node(SEALED_AT_CWD, path, FS_WALK_FOLLOW, &node);
    if (error)
        return error;
    error = fs_volume(node, volume_out);
    fs_inode_release(node);
    return error;
}
