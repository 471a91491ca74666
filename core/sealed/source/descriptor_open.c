/* Opens paths; hides which flags go with which kind of file, and in which order open(2) refuses. */
#include "mount_internal.h"

static int wanted_access(int flags)
{
    static const int by_mode[] = {SEALED_ACCESS_READ, SEALED_ACCESS_WRITE, SEALED_ACCESS_READ | SEALED_ACCESS_WRITE, 0};
    return by_mode[flags & SEALED_OPEN_ACCESS_MASK] | (flags & SEALED_OPEN_TRUNCATE ? SEALED_ACCESS_WRITE : 0);
}

static bool wants_write(int flags)
{
    return wanted_access(flags) & SEALED_ACCESS_WRITE;
}

static const struct open_file_kind *kind_of(const struct fs_inode *inode, int flags)
{
    if (flags & SEALED_OPEN_PATH)
        return &open_file_kind_path;
    switch (inode->mode & SEALED_MODE_TYPE) {
    case SEALED_MODE_FILE:
        return &open_file_kind_file;
    case SEALED_MODE_DIRECTORY:
        return &open_file_kind_directory;
    case SEALED_MODE_CHARACTER:
        return &open_file_kind_device;
    case SEALED_MODE_FIFO:
        return &open_file_kind_fifo;
    }
    return NULL;
}

/* May an existing node be opened like this? */
static int permit_open(const struct fs_inode *node, int flags)
{
    if (fs_is_link(node) && !(flags & SEALED_OPEN_PATH))
        return flags & SEALED_OPEN_DIRECTORY ? -SEALED_ENOTDIR : -SEALED_ELOOP;
    if ((flags & SEALED_OPEN_DIRECTORY) && !fs_is_directory(node))
        return -SEALED_ENOTDIR;
    if (flags & SEALED_OPEN_PATH)
        return 0;
    if (fs_is_directory(node) && (wants_write(flags) || (flags & SEALED_OPEN_CREATE)))
        return -SEALED_EISDIR;
    return fs_permit(node, wanted_access(flags));
}

/* "/dev/stdin", "/dev/fd/N" and "/dev/tty" are not files of their own. */
static int open_special(const struct fs_inode *node, int flags)
{
    if (node->device == FS_DEVICE_TTY)
        return -SEALED_ENXIO;
    int descriptor = (int)(node->device - FS_DEVICE_DESCRIPTOR);
    const struct open_file *file = descriptor_file(descriptor);
    if (!file)
        return -SEALED_ENXIO;
    int wanted = wanted_access(flags);
    if (((wanted & SEALED_ACCESS_READ) && !open_file_may_read(file)) ||
        ((wanted & SEALED_ACCESS_WRITE) && !open_file_may_write(file)))
        return -SEALED_EACCES;
    return sealed_descriptor_duplicate(descriptor, 0, flags & SEALED_OPEN_CLOSE_ON_EXEC);
}

static int open_node(struct fs_inode *node, int flags, bool is_new)
{
    uint32_t type = node->mode & SEALED_MODE_TYPE;
    if (type == SEALED_MODE_CHARACTER && node->device >= FS_DEVICE_TTY && !(flags & SEALED_OPEN_PATH))
        return open_special(node, flags);
    const struct open_file_kind *kind = kind_of(node, flags);
    if (!kind)
        return -SEALED_ENXIO; /* a socket's name */
    const int kept =
        SEALED_OPEN_ACCESS_MASK | SEALED_OPEN_APPEND | SEALED_OPEN_NONBLOCK | SEALED_OPEN_PATH | SEALED_OPEN_DIRECTORY;
    struct open_file *file = open_file_create(kind, node, (uint32_t)(flags & kept));
    if (!file)
        return -SEALED_ENOMEM;
    int result = kind == &open_file_kind_fifo ? fifo_open(file) : 0;
    if (!result)
        result = descriptor_install(file, 0, flags & SEALED_OPEN_CLOSE_ON_EXEC);
    /* Last, so that an open that fails for another reason leaves the content alone. */
    if (result >= 0 && (flags & SEALED_OPEN_TRUNCATE) && type == SEALED_MODE_FILE && !is_new)
        fs_file_resize(node, 0);
    if (result < 0)
        open_file_release(file);
    return result;
}

/* A file without a name in directory `path`. */
static int open_temporary(int directory, const char *path, int flags, uint32_t mode)
{
    if (!wants_write(flags))
        return -SEALED_EINVAL;
    struct fs_inode *parent;
    int error = fs_walk_to_node(directory, path, FS_WALK_FOLLOW, &parent);
    if (error)
        return error;
    if (!fs_is_directory(parent))
        error = -SEALED_ENOTDIR;
    else
        error = fs_permit(parent, SEALED_ACCESS_WRITE | SEALED_ACCESS_EXECUTE);
    if (!error && parent->mounted)
        error = -SEALED_EOPNOTSUPP; /* as file systems have it that do not know such files: tempfile then makes one with a name */
    fs_inode_release(parent);
    if (error)
        return error;
    struct fs_inode *inode = fs_inode_create(SEALED_MODE_FILE | fs_apply_mask(mode & SEALED_MODE_PERMISSIONS));
    if (!inode)
        return -SEALED_ENOSPC;
    int result = open_node(inode, flags & ~SEALED_OPEN_DIRECTORY, true);
    fs_inode_release(inode);
    return result;
}

/* All numbers are taken: said before anything is made. */
static bool table_is_full(void)
{
    struct sealed_usage usage;
    sealed_fs_usage(&usage);
    return usage.descriptors >= fs_quota()->descriptors_max;
}

static int create_mounted(struct fs_place *place, int flags, uint32_t mode)
{
    if (place->parent->links == 0)
        return -SEALED_ENOENT;
    int error = fs_permit(place->parent, SEALED_ACCESS_WRITE | SEALED_ACCESS_EXECUTE);
    return error ? error : fs_mount_open(place, flags, mode);
}

static int open_place(struct fs_place *place, int flags, uint32_t mode)
{
    bool creates = flags & SEALED_OPEN_CREATE;
    if (creates && place->has_trailing_slash)
        return -SEALED_EISDIR;
    if (place->node) {
        if (creates && (flags & SEALED_OPEN_EXCLUSIVE))
            return -SEALED_EEXIST;
        int error = permit_open(place->node, flags);
        if (!error && place->node->mounted && !(flags & SEALED_OPEN_PATH) && !fs_is_directory(place->node))
            return fs_is_file(place->node) ? fs_mount_open(place, flags, mode) : -SEALED_ENXIO; /* a fifo could wait for others */
        return error ? error : open_node(place->node, flags, false);
    }
    if (place->parent->mounted)
        return create_mounted(place, flags, fs_apply_mask(mode & SEALED_MODE_PERMISSIONS));
    int error = fs_create_at(place, SEALED_MODE_FILE | fs_apply_mask(mode & SEALED_MODE_PERMISSIONS));
    return error ? error : open_node(place->node, flags, true);
}

int sealed_descriptor_open(int directory, const char *path, int flags, uint32_t mode)
{
    if ((flags & SEALED_OPEN_CREATE) && (flags & SEALED_OPEN_DIRECTORY))
        return -SEALED_EINVAL;
    if (table_is_full())
        return -SEALED_EMFILE;
    if (flags & SEALED_OPEN_PATH)
        flags &= SEALED_OPEN_PATH | SEALED_OPEN_DIRECTORY | SEALED_OPEN_NO_FOLLOW | SEALED_OPEN_CLOSE_ON_EXEC;
    if (flags & SEALED_OPEN_TEMPORARY)
        return flags & SEALED_OPEN_DIRECTORY ? open_temporary(directory, path, flags, mode) : -SEALED_EINVAL;
    bool creates = flags & SEALED_OPEN_CREATE;
    bool follows = !(flags & SEALED_OPEN_NO_FOLLOW) && !(creates && (flags & SEALED_OPEN_EXCLUSIVE));
    struct fs_place place;
    int result =
        fs_walk(directory, path, (creates ? FS_WALK_MAY_BE_ABSENT : 0u) | (follows ? FS_WALK_FOLLOW : 0u), &place);
    if (result)
        return result;
    result = open_place(&place, flags, mode);
    fs_place_release(&place);
    return result;
}
