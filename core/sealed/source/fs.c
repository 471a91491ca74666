/* Starts the tree and puts the host side's files into it; hides from the worker how a file system comes to be. */
#include "fs_internal.h"

#include "sealed/broker.h"
#include "sealed/heap.h"

struct first_directory {
    const char *path;
    uint32_t mode;
    uint32_t owner;
};

/* Parents before children. */
static const struct first_directory first_directories[] = {
    {"/dev", 0755, 0},
    {"/dev/shm", 01777, 0},
    {"/etc", 0755, 0},
    {"/home", 0755, 0},
    {"/home/sandbox", 0755, SEALED_USER},
    {"/tmp", 01777, 0},
    {"/var", 0755, 0},
    {"/var/tmp", 01777, 0},
};

static struct fs_inode *create_root(void)
{
    struct fs_inode *root = fs_inode_create(SEALED_MODE_DIRECTORY | 0755);
    if (!root)
        return NULL;
    root->user = root->group = 0;
    root->links = 2;
    root->parent = root;
    root->directory.image = fs_image_root();
    return root;
}

/* A directory of the image that gets files of others becomes one of ours that still shows the image's. */
static int overlay(struct fs_place *place, struct fs_inode **node_out)
{
    struct fs_inode *image = place->node;
    struct fs_inode *ours = fs_inode_create(image->mode);
    if (!ours)
        return -SEALED_ENOSPC;
    ours->user = ours->group = 0;
    ours->directory.image = image->directory.image;
    ours->directory.image_identity = image->directory.image_identity;
    int error = fs_directory_add(place->parent, place->name, place->name_length, ours);
    if (error) {
        fs_inode_release(ours);
        return error;
    }
    *node_out = ours;
    return 0;
}

/* Makes sure that `path` is a directory that can be added to. */
static int ensure_directory(const char *path, uint32_t mode, uint32_t owner)
{
    struct fs_place place;
    int error = fs_walk(SEALED_AT_CWD, path, FS_WALK_MAY_BE_ABSENT | FS_WALK_FOLLOW, &place);
    if (error)
        return error;
    if (!place.node) {
        error = fs_create_at(&place, SEALED_MODE_DIRECTORY | mode);
        if (!error)
            place.node->user = place.node->group = owner;
    } else if (!fs_is_directory(place.node)) {
        error = -SEALED_ENOTDIR;
    } else if (place.node->flags & FS_FROM_IMAGE) {
        struct fs_inode *ours;
        error = overlay(&place, &ours);
        if (!error) {
            fs_inode_release(place.node);
            place.node = ours;
        }
    }
    fs_place_release(&place);
    return error;
}

int sealed_fs_start(void)
{
    if (fs_root)
        return 0;
    fs_root = create_root();
    if (!fs_root)
        return -SEALED_ENOMEM;
    fs_privileged = true;
    int error = 0;
    for (size_t i = 0; i < sizeof first_directories / sizeof first_directories[0] && !error; i++)
        error = ensure_directory(first_directories[i].path, first_directories[i].mode, first_directories[i].owner);
    struct fs_inode *devices = NULL;
    if (!error)
        error = fs_walk_to_node(SEALED_AT_CWD, "/dev", FS_WALK_FOLLOW, &devices);
    if (!error)
        error = fs_devices_create(devices);
    fs_inode_release(devices);
    fs_privileged = false;
    return error;
}

/* ---- the host side's files ---- */

static int ensure_parents(const char *path)
{
    char part[SEALED_PATH_MAX];
    for (size_t i = 1; path[i]; i++) {
        if (path[i] != '/' || path[i + 1] == '/' || path[i + 1] == '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        int error = ensure_directory(part, 0755, SEALED_USER);
        if (error)
            return error;
    }
    return 0;
}

static int fill(struct fs_inode *inode, int64_t modified_ns, const void *data, size_t size_bytes, bool append)
{
    int error = append ? 0 : fs_file_resize(inode, 0);
    if (error)
        return error;
    int64_t done = fs_file_write(inode, inode->size, data, size_bytes);
    if (done < 0)
        return (int)done;
    inode->accessed_ns = inode->modified_ns = modified_ns;
    return (size_t)done == size_bytes ? 0 : -SEALED_ENOSPC;
}

static int install_file(const char *path, uint32_t mode, int64_t modified_ns, const void *data, size_t size_bytes,
                        bool append)
{
    struct fs_place place;
    int error = fs_walk(SEALED_AT_CWD, path, FS_WALK_MAY_BE_ABSENT | FS_WALK_FOLLOW, &place);
    if (error)
        return error;
    if (place.last != FS_LAST_NAME)
        error = -SEALED_EISDIR;
    else if (!place.node)
        error = fs_create_at(&place, SEALED_MODE_FILE | (mode & SEALED_MODE_PERMISSIONS));
    else if (!fs_is_file(place.node))
        error = fs_is_directory(place.node) ? -SEALED_EISDIR : -SEALED_EEXIST;
    else if (place.node->flags & FS_READ_ONLY)
        error = -SEALED_EROFS;
    if (!error)
        error = fill(place.node, modified_ns, data, size_bytes, append);
    fs_place_release(&place);
    return error;
}

static int install_directory(const char *path, uint32_t mode, int64_t modified_ns)
{
    int error = ensure_directory(path, mode & SEALED_MODE_PERMISSIONS, SEALED_USER);
    if (error)
        return error;
    struct sealed_status found;
    error = sealed_fs_status(SEALED_AT_CWD, path, 0, &found);
    if (!error && found.user == SEALED_USER) /* one that was there already; the image's stay as they are */
        error = sealed_fs_change_mode(SEALED_AT_CWD, path, mode & SEALED_MODE_PERMISSIONS, 0);
    if (error)
        return error;
    struct sealed_time time = {SEALED_TIME_SET, modified_ns};
    return sealed_fs_change_times(SEALED_AT_CWD, path, time, time, 0);
}

int sealed_fs_install(const char *path, uint32_t mode, int64_t modified_ns, const void *data, size_t size_bytes,
                      bool append)
{
    if (path[0] != '/')
        return -SEALED_EINVAL;
    if (strlen(path) >= SEALED_PATH_MAX)
        return -SEALED_ENAMETOOLONG;
    if (sealed_mount_covers(path))
        return -SEALED_EXDEV; /* that folder is the host's own, and no question can be asked now */
    bool was_privileged = fs_privileged;
    fs_privileged = true;
    int error = ensure_parents(path);
    if (!error)
        error = (mode & SEALED_MODE_TYPE) == SEALED_MODE_DIRECTORY
                    ? install_directory(path, mode, modified_ns)
                    : install_file(path, mode, modified_ns, data, size_bytes, append);
    fs_privileged = was_privileged;
    return error;
}

void sealed_fs_set_privileged(bool is_host)
{
    fs_privileged = is_host;
}
