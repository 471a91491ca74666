/* Makes, counts and frees inodes; hides whether one is the guest's own or a view of a file of the image. */
#include "fs_internal.h"

#include "mount_internal.h"
#include "sealed/clock.h"
#include "sealed/heap.h"
#include "sealed/image_files.h"

enum { BLOCK_BYTES = 4096, STATUS_BLOCK_BYTES = 512, IMAGE_TABLE_SLOTS = 256 };
#define DAY_NS ((int64_t)86400 * 1000000000)
/* Inode numbers of the image: a row and, for a directory, its depth. Far above any number given out one by one. */
#define IMAGE_NUMBER_BASE ((uint64_t)1 << 48)

struct fs_inode *fs_root;
static uint64_t next_number = 2;
/* Directories of the image stay once seen: there are few, and every path goes through them. */
static struct fs_inode *image_directories[IMAGE_TABLE_SLOTS];

int64_t fs_now(void)
{
    return (int64_t)sealed_clock_coarse_ns();
}

bool fs_is_directory(const struct fs_inode *inode)
{
    return (inode->mode & SEALED_MODE_TYPE) == SEALED_MODE_DIRECTORY;
}

bool fs_is_link(const struct fs_inode *inode)
{
    return (inode->mode & SEALED_MODE_TYPE) == SEALED_MODE_LINK;
}

bool fs_is_file(const struct fs_inode *inode)
{
    return (inode->mode & SEALED_MODE_TYPE) == SEALED_MODE_FILE;
}

static struct fs_inode *create_uncounted(uint32_t mode)
{
    struct fs_inode *inode = sealed_allocate(sizeof *inode);
    if (!inode)
        return NULL;
    memset(inode, 0, sizeof *inode);
    inode->mode = mode;
    inode->holds = 1;
    return inode;
}

struct fs_inode *fs_inode_create(uint32_t mode)
{
    if (!fs_take_inode())
        return NULL;
    struct fs_inode *inode = create_uncounted(mode);
    if (!inode) {
        fs_release_inode();
        return NULL;
    }
    inode->number = next_number++;
    inode->user = SEALED_USER;
    inode->group = SEALED_GROUP;
    inode->accessed_ns = inode->modified_ns = inode->changed_ns = fs_now();
    return inode;
}

void fs_inode_hold(struct fs_inode *inode)
{
    inode->holds++;
}

static void free_content(struct fs_inode *inode)
{
    switch (inode->mode & SEALED_MODE_TYPE) {
    case SEALED_MODE_FILE:
        fs_content_cut(&inode->content, 0);
        break;
    case SEALED_MODE_LINK:
        fs_release_bytes(inode->target, (size_t)inode->size + 1);
        break;
    case SEALED_MODE_DIRECTORY:
        fs_entries_destroy(&inode->directory.entries);
        break;
    case SEALED_MODE_FIFO:
        pipe_destroy(inode->pipe);
        break;
    }
}

void fs_inode_release(struct fs_inode *inode)
{
    /* A loop and not recursion: a removed directory holds its parent, and that may be a long chain. */
    while (inode && --inode->holds == 0 && (inode->links == 0 || inode->mounted)) {
        struct fs_inode *parent = inode->parent != inode ? inode->parent : NULL;
        if (inode->mounted) {
            fs_mount_forget(inode);
        } else if (!(inode->flags & FS_FROM_IMAGE)) {
            free_content(inode);
            fs_release_inode();
        }
        sealed_release(inode);
        inode = parent;
    }
}

void fs_inode_touch_accessed(struct fs_inode *inode)
{
    if (inode->flags & FS_READ_ONLY)
        return;
    /* As Linux mounts by default (relatime): reading a file again and again changes nothing. */
    int64_t now = fs_now();
    if (inode->accessed_ns <= inode->modified_ns || inode->accessed_ns <= inode->changed_ns ||
        now - inode->accessed_ns >= DAY_NS)
        inode->accessed_ns = now;
}

void fs_inode_touch_modified(struct fs_inode *inode)
{
    inode->modified_ns = inode->changed_ns = fs_now();
}

void fs_inode_touch_changed(struct fs_inode *inode)
{
    inode->changed_ns = fs_now();
}

static uint64_t held_bytes(const struct fs_inode *inode)
{
    if (!fs_is_file(inode) || inode->mounted)
        return 0;
    return inode->flags & FS_FROM_IMAGE ? inode->size : inode->content.held_bytes;
}

void fs_inode_status(const struct fs_inode *inode, struct sealed_status *status_out)
{
    bool is_device = (inode->mode & SEALED_MODE_TYPE) == SEALED_MODE_CHARACTER && !inode->mounted;
    *status_out = (struct sealed_status){
        .device = inode->flags & FS_ANONYMOUS ? FS_DEVICE_NUMBER_ANONYMOUS : FS_DEVICE_NUMBER,
        .inode = inode->number,
        /* A view of the image has no name that is counted; to the guest it has the one that everything has. */
        .links = inode->flags & FS_FROM_IMAGE && inode->links == 0 ? 1 : inode->links,
        .mode = inode->mode,
        .user = inode->user,
        .group = inode->group,
        .special_device = is_device ? inode->device : 0,
        .size_bytes = fs_is_directory(inode) ? BLOCK_BYTES : (int64_t)inode->size,
        .block_size_bytes = BLOCK_BYTES,
        .blocks = (int64_t)((held_bytes(inode) + STATUS_BLOCK_BYTES - 1) / STATUS_BLOCK_BYTES),
        .accessed_ns = inode->accessed_ns,
        .modified_ns = inode->modified_ns,
        .changed_ns = inode->changed_ns,
    };
    if (inode->mounted)
        fs_mount_status(inode, status_out);
}

const char *fs_link_target(const struct fs_inode *inode)
{
    return inode->flags & FS_FROM_IMAGE ? (const char *)inode->image_data : inode->target;
}

/* ---- views of the image ---- */

static void set_image_times(struct fs_inode *inode, uint64_t mtime_ns)
{
    inode->accessed_ns = inode->modified_ns = inode->changed_ns = (int64_t)mtime_ns;
}

struct fs_inode *fs_inode_of_image_directory(struct fs_inode *parent, const struct fs_image_found *found)
{
    size_t row = found->row != SIZE_MAX ? found->row : found->range.first;
    /* Two directories can begin at the same row (a, a/b), but not with the same length of path. */
    uint64_t identity = ((uint64_t)row << 13) + found->range.prefix_length;
    struct fs_inode **slot = &image_directories[(identity ^ identity >> 13) % IMAGE_TABLE_SLOTS];
    for (struct fs_inode *known = *slot; known; known = known->directory.next_in_table)
        if (known->directory.image_identity == identity) {
            fs_inode_hold(known);
            return known;
        }
    struct fs_inode *inode = create_uncounted(SEALED_MODE_DIRECTORY | 0755);
    if (!inode)
        return NULL;
    if (found->row != SIZE_MAX)
        inode->mode = SEALED_MODE_DIRECTORY | (sealed_image_files[found->row].mode & SEALED_MODE_PERMISSIONS);
    inode->number = IMAGE_NUMBER_BASE + identity;
    inode->links = 2;
    inode->flags = FS_FROM_IMAGE | FS_READ_ONLY;
    set_image_times(inode, sealed_image_files[row].mtime_ns);
    inode->parent = parent;
    fs_inode_hold(parent);
    inode->directory.image = found->range;
    inode->directory.image_identity = identity;
    inode->directory.depth = parent->directory.depth + 1;
    inode->directory.next_in_table = *slot;
    *slot = inode;
    fs_inode_hold(inode);
    return inode;
}

struct fs_inode *fs_inode_of_image_file(size_t row)
{
    const struct sealed_image_file *file = &sealed_image_files[row];
    struct fs_inode *inode =
        create_uncounted(file->mode & SEALED_MODE_TYPE ? file->mode : SEALED_MODE_FILE | file->mode);
    if (!inode)
        return NULL;
    inode->number = IMAGE_NUMBER_BASE + ((uint64_t)row << 13);
    inode->flags = FS_FROM_IMAGE | FS_READ_ONLY;
    inode->size = file->size;
    inode->image_data = file->data;
    set_image_times(inode, file->mtime_ns);
    return inode;
}

/* ---- content ---- */

int64_t fs_file_read(struct fs_inode *inode, uint64_t offset, void *buffer, size_t size_bytes)
{
    if (offset >= inode->size || size_bytes == 0)
        return 0;
    if (size_bytes > inode->size - offset)
        size_bytes = (size_t)(inode->size - offset);
    if (inode->flags & FS_FROM_IMAGE)
        memcpy(buffer, inode->image_data + offset, size_bytes);
    else
        fs_content_read(&inode->content, offset, buffer, size_bytes);
    fs_inode_touch_accessed(inode);
    return (int64_t)size_bytes;
}

int64_t fs_file_write(struct fs_inode *inode, uint64_t offset, const void *data, size_t size_bytes)
{
    if (size_bytes == 0)
        return 0;
    uint64_t limit = fs_quota()->file_size_max;
    if (offset >= limit) {
        fs_offset_is_allowed(offset + size_bytes);
        return -SEALED_EFBIG;
    }
    if (size_bytes > limit - offset)
        size_bytes = (size_t)(limit - offset);
    size_t done = fs_content_write(&inode->content, offset, data, size_bytes);
    if (done == 0)
        return -SEALED_ENOSPC;
    if (offset + done > inode->size)
        inode->size = offset + done;
    /* As Linux does, a write by anybody but root takes away the set-id bits. */
    inode->mode &= ~(uint32_t)(fs_privileged ? 0 : SEALED_MODE_SET_USER);
    if ((inode->mode & 010) && !fs_privileged)
        inode->mode &= ~(uint32_t)SEALED_MODE_SET_GROUP;
    fs_inode_touch_modified(inode);
    return (int64_t)done;
}

int fs_file_resize(struct fs_inode *inode, int64_t size_bytes)
{
    if (size_bytes < 0)
        return -SEALED_EINVAL;
    if (!fs_offset_is_allowed((uint64_t)size_bytes))
        return -SEALED_EFBIG;
    if ((uint64_t)size_bytes < inode->size)
        fs_content_cut(&inode->content, (uint64_t)size_bytes);
    inode->size = (uint64_t)size_bytes;
    fs_inode_touch_modified(inode);
    return 0;
}
