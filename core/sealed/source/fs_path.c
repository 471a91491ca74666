/* Follows a path to a place in the tree; hides links, dots, slashes and the image from the operations. */
#include "mount_internal.h"

static struct fs_inode *current_directory;

struct fs_inode *fs_current_directory(void)
{
    return current_directory ? current_directory : fs_root;
}

int fs_set_current_directory(struct fs_inode *directory)
{
    if (!fs_is_directory(directory))
        return -SEALED_ENOTDIR;
    int error = fs_permit(directory, SEALED_ACCESS_EXECUTE);
    if (error)
        return error;
    fs_inode_hold(directory);
    fs_inode_release(current_directory);
    current_directory = directory;
    return 0;
}

/* What is still to be followed: the path, and on top the targets of links met on the way. */
struct walk {
    const char *texts[SEALED_LINK_DEPTH_MAX + 1];
    const char *ends[SEALED_LINK_DEPTH_MAX + 1]; /* targets of the image have no final NUL */
    const struct fs_mount *within[SEALED_LINK_DEPTH_MAX + 1]; /* a link of this mount is followed: it may not lead out of it */
    struct fs_inode *holders[SEALED_LINK_DEPTH_MAX + 1]; /* links of mounts that were followed; held, because the texts lie in them */
    int holder_count;
    int depth;
    int links_followed;
    bool wants_directory; /* a slash stood behind a last link that was followed */
    unsigned flags;
    struct fs_inode *at; /* held */
    struct fs_place *place;
};

/* Skips slashes, and texts that are used up. False when nothing is left at all. */
static bool skip_slashes(struct walk *walk, bool *had_slash_out)
{
    for (;;) {
        const char **text = &walk->texts[walk->depth];
        while (*text < walk->ends[walk->depth] && **text == '/') {
            *had_slash_out = true;
            ++*text;
        }
        if (*text < walk->ends[walk->depth])
            return true;
        if (walk->depth == 0)
            return false;
        walk->depth--;
    }
}

static void step_to(struct walk *walk, struct fs_inode *held)
{
    fs_inode_release(walk->at);
    walk->at = held;
}

/* A link that lies in a host's folder may not lead out of it, wherever in the guest's tree that would be: who put it there meant the host's own
 * files. An absolute one must say where the mount is in the guest's tree, as those that the guest made do. */
static int hold_inside(struct walk *walk, struct fs_inode *link)
{
    const struct fs_mount *mount = fs_mount_of(link);
    const char **text = &walk->texts[walk->depth];
    size_t length = strlen(mount->path);
    fs_inode_hold(link);
    walk->holders[walk->holder_count++] = link;
    if (**text != '/')
        return 0;
    if (link->size < length || memcmp(*text, mount->path, length) != 0 || (link->size > length && (*text)[length] != '/'))
        return -SEALED_EACCES;
    *text += length;
    fs_inode_hold(mount->root);
    step_to(walk, mount->root);
    return 0;
}

static int push_link(struct walk *walk, struct fs_inode *link)
{
    if (++walk->links_followed > SEALED_LINK_DEPTH_MAX)
        return -SEALED_ELOOP;
    if (link->size == 0)
        return -SEALED_ENOENT;
    const char *target = fs_link_target(link);
    walk->depth++;
    walk->texts[walk->depth] = target;
    walk->ends[walk->depth] = target + link->size;
    walk->within[walk->depth] = fs_mount_of(link);
    if (link->mounted)
        return hold_inside(walk, link);
    if (target[0] == '/') {
        fs_inode_hold(fs_root);
        step_to(walk, fs_root);
    }
    return 0;
}

/* The path ends at "/" or a dot: there is a node and no name. */
static int finish_without_name(struct walk *walk, enum fs_last last)
{
    walk->place->last = last;
    walk->place->node = walk->at;
    fs_inode_hold(walk->at);
    return 0;
}

static struct fs_inode *holder_of(const struct walk *walk, const char *name)
{
    for (int i = 0; i < walk->holder_count; i++) {
        const char *text = walk->holders[i]->target;
        if (name >= text && name <= text + walk->holders[i]->size) {
            fs_inode_hold(walk->holders[i]);
            return walk->holders[i];
        }
    }
    return NULL;
}

static int finish_with_name(struct walk *walk, struct fs_inode *node_held, const char *name, size_t name_length,
                            bool has_trailing_slash)
{
    *walk->place = (struct fs_place){.parent = walk->at,
                                     .node = node_held,
                                     .name = name,
                                     .name_length = name_length,
                                     .last = FS_LAST_NAME,
                                     .has_trailing_slash = has_trailing_slash || walk->wants_directory,
                                     .text_holder = holder_of(walk, name)};
    fs_inode_hold(walk->at);
    return 0;
}

static int step_dots(struct walk *walk, size_t name_length, const struct fs_mount *within)
{
    if (name_length == 2 && within && walk->at == within->root)
        return -SEALED_EACCES;
    if (name_length == 2) {
        struct fs_inode *parent = walk->at->parent;
        fs_inode_hold(parent);
        step_to(walk, parent);
    }
    return 0;
}

/* Takes one name. 1: go on; 0: the place is filled; negative: error. */
static int step(struct walk *walk)
{
    const char *name = walk->texts[walk->depth];
    size_t name_length = 0;
    while (name + name_length < walk->ends[walk->depth] && name[name_length] != '/')
        name_length++;
    walk->texts[walk->depth] = name + name_length;
    if (!fs_is_directory(walk->at))
        return -SEALED_ENOTDIR;
    int error = fs_permit(walk->at, SEALED_ACCESS_EXECUTE);
    if (error)
        return error;
    const struct fs_mount *within = walk->within[walk->depth];
    bool has_slash = false;
    bool is_last = !skip_slashes(walk, &has_slash);
    if (name[0] == '.' && (name_length == 1 || (name_length == 2 && name[1] == '.'))) {
        error = step_dots(walk, name_length, within);
        if (error)
            return error;
        return is_last ? finish_without_name(walk, name_length == 1 ? FS_LAST_DOT : FS_LAST_DOT_DOT) : 1;
    }
    if (name_length > SEALED_NAME_MAX)
        return -SEALED_ENAMETOOLONG;
    struct fs_inode *node = fs_directory_find(walk->at, name, name_length, &error);
    if (!node && !(error == -SEALED_ENOENT && is_last && (walk->flags & FS_WALK_MAY_BE_ABSENT)))
        return error;
    /* A slash behind a link asks for what it points to, except where the name itself is to be made or removed. */
    bool follows = !is_last || (walk->flags & FS_WALK_FOLLOW) || (has_slash && !(walk->flags & FS_WALK_MAY_BE_ABSENT));
    if (node && fs_is_link(node) && follows) {
        walk->wants_directory |= is_last && has_slash;
        error = push_link(walk, node);
        /* The target's text stays: nothing is removed while a path is followed, and the image's is for ever. */
        fs_inode_release(node);
        if (error)
            return error;
        /* A link to "/" leaves no name to take. */
        bool had_slash = false;
        return skip_slashes(walk, &had_slash) ? 1 : finish_without_name(walk, FS_LAST_ROOT);
    }
    if (is_last)
        return finish_with_name(walk, node, name, name_length, has_slash);
    step_to(walk, node);
    return 1;
}

static int start_of(int directory, const char *path, struct fs_inode **start_out)
{
    struct fs_inode *start = fs_root;
    if (path[0] != '/') {
        start = directory == SEALED_AT_CWD ? fs_current_directory() : descriptor_inode(directory);
        if (!start)
            return -SEALED_EBADF;
        if (!fs_is_directory(start))
            return -SEALED_ENOTDIR;
    }
    fs_inode_hold(start);
    *start_out = start;
    return 0;
}

static int walk_empty(int directory, struct fs_place *place_out)
{
    struct fs_inode *node = directory == SEALED_AT_CWD ? fs_current_directory() : descriptor_inode(directory);
    if (!node)
        return -SEALED_EBADF;
    fs_inode_hold(node);
    place_out->node = node;
    place_out->last = FS_LAST_DOT;
    return 0;
}

int fs_walk(int directory, const char *path, unsigned walk_flags, struct fs_place *place_out)
{
    *place_out = (struct fs_place){0};
    size_t length = strlen(path);
    if (length == 0)
        return walk_flags & FS_WALK_EMPTY_PATH ? walk_empty(directory, place_out) : -SEALED_ENOENT;
    if (length >= SEALED_PATH_MAX)
        return -SEALED_ENAMETOOLONG;
    struct walk walk = {.flags = walk_flags, .place = place_out};
    int error = start_of(directory, path, &walk.at);
    if (error)
        return error;
    walk.texts[0] = path;
    walk.ends[0] = path + length;
    bool had_slash = false;
    if (!skip_slashes(&walk, &had_slash)) {
        error = finish_without_name(&walk, FS_LAST_ROOT);
    } else {
        do
            error = step(&walk);
        while (error > 0);
    }
    fs_inode_release(walk.at);
    while (walk.holder_count > 0)
        fs_inode_release(walk.holders[--walk.holder_count]);
    if (error)
        return error;
    if (place_out->has_trailing_slash && place_out->node && !fs_is_directory(place_out->node) &&
        !(walk_flags & FS_WALK_MAY_BE_ABSENT)) {
        fs_place_release(place_out);
        return -SEALED_ENOTDIR;
    }
    return 0;
}

int fs_walk_to_node(int directory, const char *path, unsigned walk_flags, struct fs_inode **node_out)
{
    struct fs_place place;
    int error = fs_walk(directory, path, walk_flags & ~(unsigned)FS_WALK_MAY_BE_ABSENT, &place);
    if (error)
        return error;
    *node_out = place.node;
    place.node = NULL;
    fs_place_release(&place);
    return 0;
}

void fs_place_release(struct fs_place *place)
{
    fs_inode_release(place->parent);
    fs_inode_release(place->node);
    fs_inode_release(place->text_holder);
    *place = (struct fs_place){0};
}

int sealed_fs_current_directory(char *buffer, size_t size_bytes)
{
    return fs_directory_path(fs_current_directory(), buffer, size_bytes);
}

int sealed_fs_change_directory(const char *path)
{
    struct fs_inode *node;
    int error = fs_walk_to_node(SEALED_AT_CWD, path, FS_WALK_FOLLOW, &node);
    if (error)
        return error;
    error = fs_set_current_directory(node);
    fs_inode_release(node);
    return error;
}

int sealed_fs_real_path(const char *path, char *buffer)
{
    struct fs_place place;
    int error = fs_walk(SEALED_AT_CWD, path, FS_WALK_FOLLOW, &place);
    if (error)
        return error;
    if (fs_is_directory(place.node)) {
        error = fs_directory_path(place.node, buffer, SEALED_PATH_MAX);
    } else {
        error = fs_directory_path(place.parent, buffer, SEALED_PATH_MAX);
        size_t length = error ? 0 : strlen(buffer);
        size_t slash = length > 1 ? 1 : 0;
        if (!error && length + slash + place.name_length + 1 > SEALED_PATH_MAX) {
            error = -SEALED_ENAMETOOLONG;
        } else if (!error) {
            buffer[length] = '/';
            memcpy(buffer + length + slash, place.name, place.name_length);
            buffer[length + slash + place.name_length] = '\0';
        }
    }
    fs_place_release(&place);
    return error;
}
