/* Shows files of a host folder as inodes; hides from the file system that each look is a question to the host, and that the folder may change by
 * itself meanwhile. */
#include "mount_internal.h"

#include "sealed/heap.h"

enum { KNOWN_SLOTS = 256, DEVICE_NUMBER_FIRST = 16 };

static struct fs_mount mounts[SEALED_MOUNTS_MAX];
static size_t mount_count;
static struct fs_mounted *known[KNOWN_SLOTS];

struct fs_mount *fs_mount_of(const struct fs_inode *inode)
{
    return inode->mounted ? inode->mounted->mount : NULL;
}

bool fs_is_mount_root(const struct fs_inode *inode)
{
    return inode->mounted && inode->mounted->mount->root == inode;
}

bool fs_is_mount_fixed(const struct fs_inode *inode)
{
    return inode->mounted && (fs_is_mount_root(inode) || inode->mounted->is_way);
}

struct fs_mount *fs_mount_number(size_t index)
{
    return index < mount_count ? &mounts[index] : NULL;
}

/* ---- The table of known names ---- */

static struct fs_mounted **slot_of(const struct fs_inode *directory, const char *name, size_t name_length)
{
    uint64_t hash = (uint64_t)(uintptr_t)directory >> 4;
    for (size_t i = 0; i < name_length; i++)
        hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3ull;
    return &known[(hash ^ hash >> 32) % KNOWN_SLOTS];
}

static struct fs_mounted *find_known(const struct fs_inode *directory, const char *name, size_t name_length)
{
    struct fs_mounted *row = *slot_of(directory, name, name_length);
    while (row && (row->inode->parent != directory || row->name_length != name_length || memcmp(row->name, name, name_length) != 0))
        row = row->next;
    return row;
}

static void insert_known(struct fs_mounted *row)
{
    struct fs_mounted **slot = slot_of(row->inode->parent, row->name, row->name_length);
    row->next = *slot;
    *slot = row;
}

static void remove_known(struct fs_mounted *row)
{
    if (!row->name)
        return;
    struct fs_mounted **link = slot_of(row->inode->parent, row->name, row->name_length);
    while (*link != row)
        link = &(*link)->next;
    *link = row->next;
    sealed_release(row->name);
    row->name = NULL;
}

static int set_name(struct fs_mounted *row, const char *name, size_t name_length)
{
    row->name = sealed_allocate(name_length + 1);
    if (!row->name)
        return -SEALED_ENOMEM;
    memcpy(row->name, name, name_length);
    row->name[name_length] = '\0';
    row->name_length = name_length;
    return 0;
}

/* ---- Paths ---- */

static bool prepend(const char *name, size_t name_length, char *buffer, size_t *start)
{
    if (name_length + 1 > *start)
        return false;
    if (buffer[*start] != '\0')
        buffer[--*start] = '/';
    *start -= name_length;
    memcpy(buffer + *start, name, name_length);
    return true;
}

int fs_mount_path(const struct fs_inode *directory, const char *name, size_t name_length, char *buffer, const char **path_out)
{
    size_t start = SEALED_PATH_MAX - 1;
    buffer[start] = '\0';
    if (name && !prepend(name, name_length, buffer, &start))
        return -SEALED_ENAMETOOLONG;
    for (const struct fs_inode *at = directory; !fs_is_mount_root(at); at = at->parent) {
        if (!at->mounted->name)
            return -SEALED_ENOENT;
        if (!prepend(at->mounted->name, at->mounted->name_length, buffer, &start))
            return -SEALED_ENAMETOOLONG;
    }
    *path_out = buffer + start;
    return 0;
}

/* ---- What the host says ---- */

static int take_target(struct fs_inode *inode)
{
    size_t size;
    const unsigned char *bytes = broker_take_bytes(&size);
    if (!fs_is_link(inode) || !broker_is_complete())
        return 0;
    if (size >= SEALED_PATH_MAX)
        return -SEALED_ENAMETOOLONG;
    char *target = sealed_allocate(size + 1);
    if (!target)
        return -SEALED_ENOMEM;
    if (size > 0)
        memcpy(target, bytes, size);
    target[size] = '\0';
    sealed_release(inode->target);
    inode->target = target;
    inode->size = size;
    return 0;
}

static void take_attributes(struct fs_inode *inode)
{
    int64_t fields[CORDON_BROKER_STATUS_COUNT];
    for (size_t i = 0; i < CORDON_BROKER_STATUS_COUNT; i++)
        fields[i] = broker_take_integer();
    if (!broker_is_complete())
        return;
    uint32_t mode = (uint32_t)fields[CORDON_BROKER_STATUS_MODE];
    /* What kind of thing an inode is never changes: it decides what its other fields mean. */
    inode->mode = (inode->mode & SEALED_MODE_TYPE) | (mode & SEALED_MODE_PERMISSIONS);
    if (!fs_is_link(inode))
        inode->size = fields[CORDON_BROKER_STATUS_SIZE] > 0 ? (uint64_t)fields[CORDON_BROKER_STATUS_SIZE] : 0;
    inode->links = (uint32_t)fields[CORDON_BROKER_STATUS_LINKS];
    inode->accessed_ns = fields[CORDON_BROKER_STATUS_ACCESSED];
    inode->modified_ns = fields[CORDON_BROKER_STATUS_MODIFIED];
    inode->changed_ns = fields[CORDON_BROKER_STATUS_CHANGED];
    inode->number = inode->mounted->host_inode = (uint64_t)fields[CORDON_BROKER_STATUS_INODE];
    inode->mounted->blocks = fields[CORDON_BROKER_STATUS_BLOCKS];
}

int fs_mount_take_status(struct fs_inode *inode, bool has_target)
{
    take_attributes(inode);
    int error = has_target ? take_target(inode) : 0;
    return error ? error : broker_is_complete() ? 0 : -SEALED_EIO;
}

static int ask_status(const struct fs_mount *mount, const char *path)
{
    cordon_broker_writer *arguments = broker_begin(CORDON_BROKER_FS_STATUS);
    cordon_broker_put_integer(arguments, mount->id);
    cordon_broker_put_bytes(arguments, path, strlen(path));
    return broker_ask();
}

int fs_mount_refresh(struct fs_inode *inode)
{
    char buffer[SEALED_PATH_MAX];
    const char *path;
    int error = fs_mount_path(inode, NULL, 0, buffer, &path);
    if (error == -SEALED_ENOENT)
        return 0;
    if (!error)
        error = ask_status(fs_mount_of(inode), path);
    return error ? error : fs_mount_take_status(inode, true);
}

void fs_mount_status(const struct fs_inode *inode, struct sealed_status *status_out)
{
    status_out->device = DEVICE_NUMBER_FIRST + inode->mounted->mount->id;
    status_out->inode = inode->mounted->host_inode;
    status_out->blocks = inode->mounted->blocks;
    status_out->size_bytes = (int64_t)inode->size;
    status_out->special_device = 0;
}

/* ---- Inodes ---- */

static struct fs_inode *make_inode(struct fs_mount *mount, uint32_t mode)
{
    struct fs_inode *inode = sealed_allocate(sizeof *inode);
    struct fs_mounted *row = inode ? sealed_allocate(sizeof *row) : NULL;
    if (!row) {
        sealed_release(inode);
        return NULL;
    }
    memset(inode, 0, sizeof *inode);
    *row = (struct fs_mounted){.mount = mount, .inode = inode};
    /* Everything in a mount is the guest's: what it may do is decided by modes here and by the host's own rules there. */
    inode->user = SEALED_USER;
    inode->group = SEALED_GROUP;
    inode->mode = mode;
    inode->holds = 1;
    inode->links = 1;
    inode->flags = mount->is_read_only ? FS_READ_ONLY : 0;
    inode->mounted = row;
    return inode;
}

void fs_mount_forget(struct fs_inode *inode)
{
    remove_known(inode->mounted);
    if (fs_is_link(inode))
        sealed_release(inode->target);
    sealed_release(inode->mounted);
}

static bool is_same_file(const struct fs_mounted *known_row, const struct fs_inode *made)
{
    return known_row->is_way || (known_row->host_inode == made->mounted->host_inode &&
                                 (known_row->inode->mode & SEALED_MODE_TYPE) == (made->mode & SEALED_MODE_TYPE));
}

/* The status that lies in the reply, as an inode: the one that is known by this name if it is still the same file. */
static struct fs_inode *intern(struct fs_inode *directory, const char *name, size_t name_length, bool has_target, int *error_out)
{
    struct fs_mount *mount = fs_mount_of(directory);
    struct fs_inode *made = make_inode(mount, 0);
    *error_out = -SEALED_ENOMEM;
    if (!made)
        return NULL;
    /* The first number of a status is the mode; it is read again as an attribute. */
    made->mode = (uint32_t)broker_peek_integer() & SEALED_MODE_TYPE;
    *error_out = fs_mount_take_status(made, has_target);
    struct fs_mounted *same = find_known(directory, name, name_length);
    if (!*error_out && same && is_same_file(same, made)) {
        struct fs_inode *inode = same->inode;
        inode->mode = (inode->mode & SEALED_MODE_TYPE) | (made->mode & SEALED_MODE_PERMISSIONS);
        inode->links = made->links;
        inode->accessed_ns = made->accessed_ns;
        inode->modified_ns = made->modified_ns;
        inode->changed_ns = made->changed_ns;
        same->blocks = made->mounted->blocks;
        inode->number = same->host_inode = made->mounted->host_inode;
        if (!fs_is_link(inode))
            inode->size = made->size;
        fs_inode_release(made);
        fs_inode_hold(inode);
        return inode;
    }
    if (!*error_out && same)
        fs_mount_drop_name(directory, name, name_length);
    if (!*error_out)
        *error_out = set_name(made->mounted, name, name_length);
    if (*error_out) {
        fs_inode_release(made);
        return NULL;
    }
    made->parent = directory;
    fs_inode_hold(directory);
    if (fs_is_directory(made))
        made->directory.depth = directory->directory.depth + 1;
    insert_known(made->mounted);
    return made;
}

struct fs_inode *fs_mount_intern(struct fs_inode *directory, const char *name, size_t name_length, int *error_out)
{
    return intern(directory, name, name_length, false, error_out);
}

/* Held, or NULL. */
static struct fs_inode *find_fixed(const struct fs_inode *directory, const char *name, size_t name_length)
{
    struct fs_mounted *row = find_known(directory, name, name_length);
    if (!row || !fs_is_mount_fixed(row->inode))
        return NULL;
    fs_inode_hold(row->inode);
    return row->inode;
}

struct fs_inode *fs_mount_find(struct fs_inode *directory, const char *name, size_t name_length, int *error_out)
{
    char buffer[SEALED_PATH_MAX];
    const char *path;
    struct fs_inode *fixed = find_fixed(directory, name, name_length);
    *error_out = 0;
    if (fixed)
        return fixed;
    *error_out = fs_mount_path(directory, name, name_length, buffer, &path);
    if (!*error_out)
        *error_out = ask_status(fs_mount_of(directory), path);
    if (*error_out == -SEALED_ENOENT)
        fs_mount_drop_name(directory, name, name_length);
    return *error_out ? NULL : intern(directory, name, name_length, true, error_out);
}

void fs_mount_drop_name(struct fs_inode *directory, const char *name, size_t name_length)
{
    struct fs_mounted *row = find_known(directory, name, name_length);
    if (!row || fs_is_mount_fixed(row->inode))
        return;
    remove_known(row);
    /* A file may have other names; a directory without its own is as good as removed. */
    if (fs_is_directory(row->inode) || row->inode->links == 1)
        row->inode->links = 0;
}

int fs_mount_rename_inode(struct fs_inode *inode, struct fs_inode *directory, const char *name, size_t name_length)
{
    struct fs_inode *before = inode->parent;
    remove_known(inode->mounted);
    int error = set_name(inode->mounted, name, name_length);
    if (error)
        return error; /* it then has no name here until it is looked up again */
    fs_inode_hold(directory);
    inode->parent = directory;
    insert_known(inode->mounted);
    fs_inode_release(before);
    return 0;
}

/* ---- Mounting ---- */

/* With one slash between names, and none at the end. */
static char *copy_path(const char *path)
{
    char *copy = sealed_allocate(strlen(path) + 1);
    size_t length = 0;
    for (size_t i = 0; copy && path[i] != '\0'; i++)
        if (path[i] != '/' || (path[i + 1] != '/' && path[i + 1] != '\0'))
            copy[length++] = path[i];
    if (copy)
        copy[length] = '\0';
    return copy;
}

static bool is_dots(const char *name, size_t length)
{
    return (length == 1 && name[0] == '.') || (length == 2 && name[0] == '.' && name[1] == '.');
}

/* `inode` is called so in `directory` from now on. */
static int put_into(struct fs_inode *inode, struct fs_inode *directory, const char *name, size_t length)
{
    int error = set_name(inode->mounted, name, length);
    if (error)
        return error;
    inode->parent = directory;
    inode->directory.depth = directory->directory.depth + 1;
    fs_inode_hold(directory);
    insert_known(inode->mounted);
    return 0;
}

/* In a directory of memory the root is an entry like others, in place of the directory that was made for it. */
static int place_in_memory(struct fs_inode *root, const struct fs_place *place)
{
    struct fs_entry *entry = fs_entries_find(&place->parent->directory.entries, place->name, place->name_length);
    if (!entry)
        return -SEALED_EROFS; /* only the image has it */
    root->parent = place->parent;
    fs_inode_hold(place->parent);
    entry->inode = root;
    root->mounted->mount->covered = place->node;
    fs_inode_hold(place->node);
    return 0;
}

static int place_root(struct fs_inode *root, struct fs_place *place)
{
    if (!place->parent || place->last != FS_LAST_NAME || !place->node || !fs_is_directory(place->node))
        return -SEALED_EINVAL;
    if (fs_is_mount_root(place->node))
        return -SEALED_EBUSY;
    root->directory.depth = place->parent->directory.depth + 1;
    return place_in_memory(root, place);
}

/* A folder between a mount and one in it; held, or NULL. The host is not asked what it has there: the mount has to be reached in any case. */
static struct fs_inode *make_way(struct fs_inode *directory, const char *name, size_t length, int *error_out)
{
    struct fs_inode *way = find_fixed(directory, name, length);
    *error_out = 0;
    if (way)
        return way;
    way = find_known(directory, name, length) ? NULL : make_inode(fs_mount_of(directory), SEALED_MODE_DIRECTORY | 0755);
    if (!way) {
        *error_out = find_known(directory, name, length) ? -SEALED_EBUSY : -SEALED_ENOMEM;
        return NULL;
    }
    way->links = 2;
    way->accessed_ns = way->modified_ns = way->changed_ns = fs_now();
    way->mounted->is_way = true;
    *error_out = put_into(way, directory, name, length);
    if (!*error_out)
        return way;
    fs_inode_release(way);
    return NULL;
}

/* A mount in a mount that was added before: its name is known there, whatever the host has. */
static int place_below_mount(struct fs_inode *root, const char *path, struct fs_mount *above)
{
    struct fs_inode *directory = above->root, *next;
    const char *name = path + strlen(above->path) + 1;
    size_t length;
    int error = 0;
    fs_inode_hold(directory);
    for (;; name += length + 1) {
        length = strcspn(name, "/");
        if (length > SEALED_NAME_MAX || is_dots(name, length))
            error = -SEALED_EINVAL;
        if (error || name[length] == '\0')
            break;
        next = make_way(directory, name, length, &error);
        fs_inode_release(directory);
        directory = next;
        if (error)
            return error;
    }
    if (!error && find_known(directory, name, length))
        error = -SEALED_EBUSY;
    if (!error)
        error = put_into(root, directory, name, length);
    fs_inode_release(directory); /* a way to nothing goes with it */
    return error;
}

static struct fs_mount *covering(const char *path)
{
    struct fs_mount *best = NULL;
    for (size_t i = 0; i < mount_count; i++) {
        size_t length = strlen(mounts[i].path);
        if (strncmp(path, mounts[i].path, length) == 0 && (path[length] == '/' || path[length] == '\0') &&
            (!best || length > strlen(best->path)))
            best = &mounts[i];
    }
    return best;
}

bool sealed_mount_covers(const char *path)
{
    return covering(path) != NULL;
}

static int place_anywhere(struct fs_inode *root, const char *path)
{
    struct fs_place place;
    struct fs_mount *above = covering(path);
    if (above)
        return strcmp(above->path, path) == 0 ? -SEALED_EBUSY : place_below_mount(root, path, above);
    int error = sealed_fs_install(path, SEALED_MODE_DIRECTORY | 0755, fs_now(), NULL, 0, false);
    if (error)
        return error;
    error = fs_walk(SEALED_AT_CWD, path, FS_WALK_MAY_BE_ABSENT | FS_WALK_FOLLOW, &place);
    if (error)
        return error;
    error = place_root(root, &place);
    fs_place_release(&place);
    return error;
}

int sealed_mount_add(uint32_t id, const char *path, enum sealed_mount_mode mode)
{
    if (path[0] != '/' || path[strspn(path, "/")] == '\0' || strlen(path) >= SEALED_PATH_MAX)
        return -SEALED_EINVAL;
    if (mount_count == SEALED_MOUNTS_MAX)
        return -SEALED_ENOSPC;
    struct fs_mount *mount = &mounts[mount_count];
    *mount = (struct fs_mount){.id = id, .is_read_only = mode == SEALED_MOUNT_READ_ONLY, .path = copy_path(path)};
    struct fs_inode *root = mount->path ? make_inode(mount, SEALED_MODE_DIRECTORY | 0755) : NULL;
    int error = -SEALED_ENOSPC;
    if (root) {
        mount->root = root;
        root->links = 2;
        root->number = root->mounted->host_inode = 1; /* until the host is asked */
        root->accessed_ns = root->modified_ns = root->changed_ns = fs_now();
        error = place_anywhere(root, mount->path);
    }
    if (!error) {
        mount_count++;
        return 0;
    }
    if (root)
        fs_inode_release(root);
    sealed_release((void *)(uintptr_t)mount->path);
    return error;
}
