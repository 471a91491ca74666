/* Makes, links, moves and removes names; hides in which order checks come, so that every operation refuses as Linux
 * does. */
#include "mount_internal.h"

/* A name can be made here: absent, in a directory that still exists and may be written. */
static int permit_creation(const struct fs_place *place)
{
    if (place->node)
        return -SEALED_EEXIST;
    if (place->parent->links == 0)
        return -SEALED_ENOENT; /* somebody stands in a removed directory */
    return fs_permit(place->parent, SEALED_ACCESS_WRITE | SEALED_ACCESS_EXECUTE);
}

int fs_create_at(struct fs_place *place, uint32_t mode)
{
    int error = permit_creation(place);
    if (error)
        return error;
    bool is_directory = (mode & SEALED_MODE_TYPE) == SEALED_MODE_DIRECTORY;
    if (is_directory && place->parent->directory.depth >= fs_quota()->directory_depth_max)
        return -SEALED_ENAMETOOLONG;
    if (place->parent->mounted)
        return fs_mount_create(place, mode);
    struct fs_inode *inode = fs_inode_create(mode);
    if (!inode)
        return -SEALED_ENOSPC;
    if (place->parent->mode & SEALED_MODE_SET_GROUP) {
        inode->group = place->parent->group;
        inode->mode |= is_directory ? SEALED_MODE_SET_GROUP : 0;
    }
    error = fs_directory_add(place->parent, place->name, place->name_length, inode);
    if (error) {
        fs_inode_release(inode);
        return error;
    }
    place->node = inode;
    return 0;
}

/* Follows `path` to where a name is to be made. */
static int walk_to_new(int directory, const char *path, bool may_end_in_slash, struct fs_place *place_out)
{
    int error = fs_walk(directory, path, FS_WALK_MAY_BE_ABSENT, place_out);
    if (error)
        return error;
    if (place_out->last != FS_LAST_NAME || place_out->node)
        error = -SEALED_EEXIST;
    else if (place_out->has_trailing_slash && !may_end_in_slash)
        error = -SEALED_ENOENT;
    if (error)
        fs_place_release(place_out);
    return error;
}

static int make(int directory, const char *path, uint32_t mode)
{
    struct fs_place place;
    int error = walk_to_new(directory, path, (mode & SEALED_MODE_TYPE) == SEALED_MODE_DIRECTORY, &place);
    if (error)
        return error;
    error = fs_create_at(&place, mode);
    fs_place_release(&place);
    return error;
}

int sealed_fs_make_directory(int directory, const char *path, uint32_t mode)
{
    return make(directory, path, SEALED_MODE_DIRECTORY | fs_apply_mask(mode & (0777 | SEALED_MODE_STICKY)));
}

int sealed_fs_make_node(int directory, const char *path, uint32_t mode)
{
    uint32_t type = mode & SEALED_MODE_TYPE ? mode & SEALED_MODE_TYPE : SEALED_MODE_FILE;
    if (type == SEALED_MODE_CHARACTER || type == SEALED_MODE_BLOCK)
        return -SEALED_EPERM;
    if (type != SEALED_MODE_FILE && type != SEALED_MODE_FIFO && type != SEALED_MODE_SOCKET)
        return type == SEALED_MODE_DIRECTORY ? -SEALED_EPERM : -SEALED_EINVAL;
    return make(directory, path, type | fs_apply_mask(mode & SEALED_MODE_PERMISSIONS));
}

int sealed_fs_make_symlink(const char *target, int directory, const char *path)
{
    size_t length = strlen(target);
    if (length == 0)
        return -SEALED_ENOENT;
    if (length >= SEALED_PATH_MAX)
        return -SEALED_ENAMETOOLONG;
    struct fs_place place;
    int error = walk_to_new(directory, path, false, &place);
    if (error)
        return error;
    if (place.parent->mounted) {
        error = permit_creation(&place);
        if (!error)
            error = fs_mount_make_symlink(&place, target);
        fs_place_release(&place);
        return error;
    }
    char *copy = fs_take_bytes(length + 1);
    error = copy ? fs_create_at(&place, SEALED_MODE_LINK | 0777) : -SEALED_ENOSPC;
    if (error) {
        fs_release_bytes(copy, length + 1);
    } else {
        memcpy(copy, target, length + 1);
        place.node->target = copy;
        place.node->size = length;
    }
    fs_place_release(&place);
    return error;
}

int sealed_fs_link(int old_directory, const char *old_path, int new_directory, const char *new_path, int at_flags)
{
    unsigned walk_flags = (at_flags & SEALED_AT_SYMLINK_FOLLOW ? FS_WALK_FOLLOW : 0u) |
                          (at_flags & SEALED_AT_EMPTY_PATH ? FS_WALK_EMPTY_PATH : 0u);
    struct fs_inode *node;
    int error = fs_walk_to_node(old_directory, old_path, walk_flags, &node);
    if (error)
        return error;
    struct fs_place place;
    error = walk_to_new(new_directory, new_path, false, &place);
    if (!error) {
        if (fs_is_directory(node) || (node->flags & FS_ANONYMOUS))
            error = -SEALED_EPERM;
        else if (fs_mount_of(node) != fs_mount_of(place.parent))
            error = -SEALED_EXDEV;
        else if (node->flags & FS_READ_ONLY)
            error = -SEALED_EROFS;
        else
            error = permit_creation(&place);
        if (!error && node->mounted)
            error = fs_mount_link(node, &place);
        else if (!error)
            error = fs_directory_add(place.parent, place.name, place.name_length, node);
        if (!error)
            fs_inode_touch_changed(node);
        fs_place_release(&place);
    }
    fs_inode_release(node);
    return error;
}

/* ---- removing ---- */

static int permit_remove_directory(const struct fs_place *place)
{
    static const int by_last[] = {
        [FS_LAST_DOT] = -SEALED_EINVAL, [FS_LAST_DOT_DOT] = -SEALED_ENOTEMPTY, [FS_LAST_ROOT] = -SEALED_EBUSY};
    if (place->last != FS_LAST_NAME)
        return by_last[place->last];
    int error = fs_permit_removal(place->parent, place->node);
    if (error)
        return error;
    if (!fs_is_directory(place->node))
        return -SEALED_ENOTDIR;
    if (!fs_directory_is_empty(place->node))
        return -SEALED_ENOTEMPTY;
    return place->node->directory.image.prefix_length > 0 ? -SEALED_EROFS : 0;
}

static int permit_unlink(const struct fs_place *place)
{
    if (place->last != FS_LAST_NAME)
        return -SEALED_EISDIR;
    if (place->has_trailing_slash)
        return fs_is_directory(place->node) ? -SEALED_EISDIR : -SEALED_ENOTDIR;
    int error = fs_permit_removal(place->parent, place->node);
    if (error)
        return error;
    return fs_is_directory(place->node) ? -SEALED_EISDIR : 0;
}

int sealed_fs_unlink(int directory, const char *path, int at_flags)
{
    if (at_flags & ~SEALED_AT_REMOVE_DIRECTORY)
        return -SEALED_EINVAL;
    struct fs_place place;
    int error = fs_walk(directory, path, FS_WALK_MAY_BE_ABSENT, &place);
    if (error)
        return error;
    if (!place.node)
        error = -SEALED_ENOENT;
    else
        error = at_flags & SEALED_AT_REMOVE_DIRECTORY ? permit_remove_directory(&place) : permit_unlink(&place);
    if (!error && place.node->mounted)
        error = fs_mount_remove(&place);
    else if (!error)
        fs_directory_remove(place.parent, place.name, place.name_length);
    fs_place_release(&place);
    return error;
}

/* ---- moving ---- */

static bool is_within(const struct fs_inode *inner, const struct fs_inode *outer)
{
    for (;; inner = inner->parent) {
        if (inner == outer)
            return true;
        if (inner == fs_root || !inner->parent)
            return false;
    }
}

static int permit_move_out(const struct fs_place *place, const struct fs_inode *into)
{
    int error = fs_permit_removal(place->parent, place->node);
    if (error || !fs_is_directory(place->node))
        return error;
    if (place->node->directory.image.prefix_length > 0)
        return -SEALED_EROFS;
    if (is_within(into, place->node))
        return -SEALED_EINVAL;
    /* Its ".." changes, so it must be writable itself. */
    return place->parent == into ? 0 : fs_permit(place->node, SEALED_ACCESS_WRITE);
}

static int permit_replace(const struct fs_place *from, const struct fs_place *to)
{
    int error = fs_permit_removal(to->parent, to->node);
    if (error)
        return error;
    bool is_directory = fs_is_directory(from->node);
    if (fs_is_directory(to->node) != is_directory)
        return is_directory ? -SEALED_ENOTDIR : -SEALED_EISDIR;
    if (!is_directory)
        return 0;
    /* Also the case that the target contains what is moved. */
    return fs_directory_is_empty(to->node) && to->node->directory.image.prefix_length == 0 ? 0 : -SEALED_ENOTEMPTY;
}

static bool is_across_mounts(const struct fs_place *from, const struct fs_place *to)
{
    return from->parent && to->parent && fs_mount_of(from->parent) != fs_mount_of(to->parent);
}

static int permit_rename(const struct fs_place *from, const struct fs_place *to, unsigned rename_flags)
{
    if (is_across_mounts(from, to))
        return -SEALED_EXDEV;
    if (from->last != FS_LAST_NAME || to->last != FS_LAST_NAME)
        return to->last != FS_LAST_NAME && (rename_flags & SEALED_RENAME_NO_REPLACE) ? -SEALED_EEXIST : -SEALED_EBUSY;
    if (!from->node)
        return -SEALED_ENOENT;
    if (to->node && (rename_flags & SEALED_RENAME_NO_REPLACE))
        return -SEALED_EEXIST;
    if (!to->node && (rename_flags & SEALED_RENAME_EXCHANGE))
        return -SEALED_ENOENT;
    bool is_directory = fs_is_directory(from->node);
    if (!is_directory &&
        (from->has_trailing_slash || (to->has_trailing_slash && !(rename_flags & SEALED_RENAME_EXCHANGE))))
        return -SEALED_ENOTDIR;
    if (is_directory && is_within(to->parent, from->node))
        return -SEALED_EINVAL;
    if (to->node && fs_is_directory(to->node) && is_within(from->parent, to->node))
        return rename_flags & SEALED_RENAME_EXCHANGE ? -SEALED_EINVAL : -SEALED_ENOTEMPTY;
    int error = permit_move_out(from, to->parent);
    if (error)
        return error;
    if (rename_flags & SEALED_RENAME_EXCHANGE)
        return permit_move_out(to, from->parent);
    if (to->node)
        return permit_replace(from, to);
    if (to->parent->links == 0)
        return -SEALED_ENOENT;
    return fs_permit(to->parent, SEALED_ACCESS_WRITE | SEALED_ACCESS_EXECUTE);
}

/* Nested directories below one that moves are not counted again; the limit is for how deep a guest can build, not a
 * promise. */
static void set_parent(struct fs_inode *directory, struct fs_inode *parent)
{
    struct fs_inode *before = directory->parent;
    if (before == parent)
        return;
    before->links--;
    parent->links++;
    fs_inode_hold(parent);
    directory->parent = parent;
    directory->directory.depth = parent->directory.depth + 1;
    fs_inode_release(before);
}

static void touch_moved(struct fs_inode *node, struct fs_inode *parent)
{
    if (fs_is_directory(node))
        set_parent(node, parent);
    fs_inode_touch_changed(node);
    fs_inode_touch_modified(parent);
}

static void exchange(struct fs_place *from, struct fs_place *to)
{
    fs_entries_find(&from->parent->directory.entries, from->name, from->name_length)->inode = to->node;
    fs_entries_find(&to->parent->directory.entries, to->name, to->name_length)->inode = from->node;
    touch_moved(from->node, to->parent);
    touch_moved(to->node, from->parent);
}

/* The target's entry gets the moved inode in one step: no moment without the name, no memory needed. */
static void replace(struct fs_place *from, struct fs_place *to)
{
    struct fs_inode *replaced = to->node;
    fs_entries_find(&to->parent->directory.entries, to->name, to->name_length)->inode = from->node;
    if (fs_is_directory(replaced)) {
        replaced->links = 0;
        to->parent->links--;
    } else {
        replaced->links--;
    }
    fs_inode_touch_changed(replaced);
}

static int move(struct fs_place *from, struct fs_place *to)
{
    if (to->node) {
        replace(from, to);
    } else {
        int error = fs_entries_add(&to->parent->directory.entries, to->name, to->name_length, from->node);
        if (error)
            return error;
    }
    struct fs_entries *old_entries = &from->parent->directory.entries;
    fs_entries_remove(old_entries, fs_entries_find(old_entries, from->name, from->name_length));
    fs_inode_touch_modified(from->parent);
    touch_moved(from->node, to->parent);
    return 0;
}

static int rename_places(struct fs_place *from, struct fs_place *to, unsigned rename_flags)
{
    int error = permit_rename(from, to, rename_flags);
    if (error)
        return error;
    if (from->node == to->node)
        return 0; /* two names of one file: POSIX says do nothing */
    if (from->parent->mounted)
        return fs_mount_rename(from, to, rename_flags);
    if (fs_is_mount_root(from->node) || (to->node && fs_is_mount_root(to->node)))
        return -SEALED_EBUSY;
    if (rename_flags & SEALED_RENAME_EXCHANGE) {
        exchange(from, to);
        return 0;
    }
    return move(from, to);
}

int sealed_fs_rename(int old_directory, const char *old_path, int new_directory, const char *new_path,
                     unsigned rename_flags)
{
    unsigned both = SEALED_RENAME_NO_REPLACE | SEALED_RENAME_EXCHANGE;
    if ((rename_flags & ~both) || (rename_flags & both) == both)
        return -SEALED_EINVAL;
    struct fs_place from, to;
    int error = fs_walk(old_directory, old_path, FS_WALK_MAY_BE_ABSENT, &from);
    if (error)
        return error;
    error = fs_walk(new_directory, new_path, FS_WALK_MAY_BE_ABSENT, &to);
    if (!error) {
        error = rename_places(&from, &to, rename_flags);
        fs_place_release(&to);
    }
    fs_place_release(&from);
    return error;
}
