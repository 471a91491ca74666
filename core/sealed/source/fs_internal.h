/* The inside of the file system, shared by the fs_*.c, descriptor*.c and pipe.c files only. */
#ifndef SEALED_FS_INTERNAL_H
#define SEALED_FS_INTERNAL_H

#include "sealed/error.h"
#include "sealed/fs.h"

#include <string.h>

struct sealed_pipe;
struct fs_mounted;

/* ---- room: every byte the tree holds is counted against the quota (fs_room.c) ---- */

/* A quota that the host named as a limit ends the sandbox here instead (sealed/limit.h).
 * NULL when the quota or the heap has no room; callers answer -ENOSPC. fs_release_bytes gives back exactly what was
 * taken. */
void *fs_take_bytes(size_t size_bytes);
void *fs_retake_bytes(void *block, size_t old_size_bytes, size_t new_size_bytes);
void fs_release_bytes(void *block, size_t size_bytes);
bool fs_take_inode(void);
void fs_release_inode(void);
/* Whether a file may end there; else callers answer -EFBIG. */
bool fs_offset_is_allowed(uint64_t end);
/* The quota with defaults filled in. */
const struct sealed_quota *fs_quota(void);
void fs_count_descriptors(int change);

/* ---- content of a regular file: a tree of chunks, absent ones read zero (fs_content.c) ---- */

struct fs_content {
    void *root; /* a chunk at height 0, else a node of pointers */
    uint32_t height;
    uint32_t first_capacity; /* bytes held by the only chunk at height 0 */
    uint64_t held_bytes;     /* chunk bytes really held, for st_blocks */
};

/* Bytes of [offset, offset + size) copied or zeroed into `buffer`. The caller has cut the range at the file's size. */
void fs_content_read(const struct fs_content *content, uint64_t offset, void *buffer, size_t size_bytes);
/* Bytes written; fewer than asked when room ran out. `data` NULL reserves chunks without changing what they hold. */
size_t fs_content_write(struct fs_content *content, uint64_t offset, const void *data, size_t size_bytes);
/* Drops everything from `size_bytes` on; what is written there later reads zero around it. */
void fs_content_cut(struct fs_content *content, uint64_t size_bytes);
/* The first offset at or after `offset` that lies in a held chunk (`held`) or in a hole; `end` if there is none before
 * it. */
uint64_t fs_content_find(const struct fs_content *content, uint64_t offset, uint64_t end, bool held);

/* ---- entries of a directory: hashed, and ordered by when they came (fs_entries.c) ---- */

struct fs_inode;

struct fs_entry {
    struct fs_inode *inode; /* NULL: removed */
    char *name;             /* NUL-terminated */
    uint64_t position;      /* grows for ever within a directory, so iteration survives change */
    uint32_t hash;
    uint32_t name_length;
};

struct fs_entries {
    struct fs_entry *rows; /* ordered by position */
    uint32_t *slots; /* open addressing: row number + 1, 0 empty; removed rows keep their slot until the next rebuild */
    uint32_t row_count, row_capacity, slot_count, live_count;
    uint64_t next_position;
};

/* Positions of entries begin here, behind "." and "..". */
enum { FS_POSITION_FIRST = 2 };

struct fs_entry *fs_entries_find(const struct fs_entries *entries, const char *name, size_t name_length);
/* The name must be absent. -ENOSPC. Does not touch link counts. */
int fs_entries_add(struct fs_entries *entries, const char *name, size_t name_length, struct fs_inode *inode);
void fs_entries_remove(struct fs_entries *entries, struct fs_entry *entry);
/* The first live entry at or after `position`, or NULL. */
struct fs_entry *fs_entries_from(const struct fs_entries *entries, uint64_t position);
void fs_entries_destroy(struct fs_entries *entries);

/* ---- files of the image (fs_image.c) ---- */

/* A directory of the image: rows [first, end) whose path begins with the directory's own path and a slash. */
struct fs_image_range {
    size_t first, end;
    uint32_t prefix_length; /* of that beginning, slash included; 0: no directory of the image */
};

enum fs_image_kind { FS_IMAGE_ABSENT, FS_IMAGE_FILE, FS_IMAGE_DIRECTORY };

struct fs_image_found {
    size_t row; /* of the file, or of the row that describes the directory (SIZE_MAX if it is only implied) */
    struct fs_image_range range; /* of a directory */
};

struct fs_image_range fs_image_root(void);
enum fs_image_kind fs_image_find(struct fs_image_range in, const char *name, size_t name_length,
                                 struct fs_image_found *found_out);
/* The entry at row `*row` of `in`: its name (not terminated), its kind; *row moves behind it. False at the end. */
bool fs_image_next(struct fs_image_range in, size_t *row, const char **name_out, size_t *name_length_out,
                   enum fs_image_kind *kind_out, size_t *own_row_out);

/* ---- inodes (fs_inode.c) ---- */

enum fs_flag {
    FS_FROM_IMAGE = 1,           /* not counted against the quota; content can't change */
    FS_READ_ONLY = 2,            /* EROFS for every change */
    FS_DESCRIPTOR_DIRECTORY = 4, /* /dev/fd */
    FS_ANONYMOUS = 8             /* pipe, stream: has no name and never had one */
};

struct fs_inode {
    uint64_t number;
    uint32_t mode, user, group, links, holds, flags;
    int64_t accessed_ns, modified_ns, changed_ns;
    uint64_t size;           /* of a file or a link's target */
    struct fs_inode *parent; /* of a directory, or of anything in a mount; held. The root's is itself, not held */
    struct fs_mounted *mounted; /* lies in a mount (mount_inode.c); NULL: in memory */
    union {
        struct fs_content content;       /* file made by the guest */
        const unsigned char *image_data; /* file or link of the image */
        char *target;                    /* link made by the guest */
        struct sealed_pipe *pipe;        /* fifo; NULL until first opened */
        uint64_t device;                 /* character device */
        struct {
            struct fs_entries entries;   /* what the guest or the host put there */
            struct fs_image_range image; /* what the image has there */
            uint64_t image_identity;     /* key in the table of image directories, 0: none */
            struct fs_inode *next_in_table;
            uint32_t depth;
        } directory;
    };
};

/* Number of the volume, as st_dev. */
enum { FS_DEVICE_NUMBER = 1, FS_DEVICE_NUMBER_ANONYMOUS = 2 };

extern struct fs_inode *fs_root;

int64_t fs_now(void);
/* A new inode with links 0 and one hold, owned by the guest; NULL: no room. */
struct fs_inode *fs_inode_create(uint32_t mode);
void fs_inode_hold(struct fs_inode *inode);
/* Frees it when the last hold is gone and no name is left. Accepts NULL. */
void fs_inode_release(struct fs_inode *inode);
void fs_inode_touch_accessed(struct fs_inode *inode);
void fs_inode_touch_modified(struct fs_inode *inode);
void fs_inode_touch_changed(struct fs_inode *inode);
void fs_inode_status(const struct fs_inode *inode, struct sealed_status *status_out);
bool fs_is_directory(const struct fs_inode *inode);
bool fs_is_link(const struct fs_inode *inode);
bool fs_is_file(const struct fs_inode *inode);
/* The target's bytes; inode->size says how many. */
const char *fs_link_target(const struct fs_inode *inode);
/* The directory of the image at `range` (one object for as long as the sandbox lives); held for the caller. NULL: no
 * memory. */
struct fs_inode *fs_inode_of_image_directory(struct fs_inode *parent, const struct fs_image_found *found);
struct fs_inode *fs_inode_of_image_file(size_t row);
/* File content whatever it is made of. Bytes, or negative. */
int64_t fs_file_read(struct fs_inode *inode, uint64_t offset, void *buffer, size_t size_bytes);
int64_t fs_file_write(struct fs_inode *inode, uint64_t offset, const void *data, size_t size_bytes);
int fs_file_resize(struct fs_inode *inode, int64_t size_bytes);

/* ---- directories (fs_directory.c) ---- */

/* The child, held; NULL with *error_out = -ENOENT or another. Knows entries, the image and /dev/fd, not "." and "..".
 */
struct fs_inode *fs_directory_find(struct fs_inode *directory, const char *name, size_t name_length, int *error_out);
/* Names `inode` in `directory` (permissions checked before) and counts links. */
int fs_directory_add(struct fs_inode *directory, const char *name, size_t name_length, struct fs_inode *inode);
void fs_directory_remove(struct fs_inode *directory, const char *name, size_t name_length);
bool fs_directory_is_empty(const struct fs_inode *directory);
/* Absolute path of a directory, with NUL. */
int fs_directory_path(struct fs_inode *directory, char *buffer, size_t size_bytes);
int fs_directory_next(struct fs_inode *directory, uint64_t *position, struct sealed_directory_entry *entry_out);

/* ---- permissions (fs_permission.c) ---- */

/* 0, -EACCES or -EROFS. `wanted` is SEALED_ACCESS_* bits. */
int fs_permit(const struct fs_inode *inode, int wanted);
/* May `node` be taken out of `directory`? */
int fs_permit_removal(const struct fs_inode *directory, const struct fs_inode *node);
bool fs_is_owner(const struct fs_inode *inode);
/* While set, permissions are not asked: the host side is at work. */
extern bool fs_privileged;
uint32_t fs_apply_mask(uint32_t mode);

/* ---- paths (fs_path.c) ---- */

enum fs_last { FS_LAST_NAME, FS_LAST_DOT, FS_LAST_DOT_DOT, FS_LAST_ROOT };

/* Where a path leads. */
struct fs_place {
    struct fs_inode *parent; /* held; NULL when there is no last name */
    struct fs_inode *node;   /* held; NULL: absent (only from FS_WALK_MAY_BE_ABSENT) */
    const char *name;        /* the last name, inside the path or inside a link's target; not terminated */
    size_t name_length;
    enum fs_last last;
    bool has_trailing_slash;
    struct fs_inode *text_holder; /* held; the link of a mount whose target `name` lies in, or NULL */
};

enum fs_walk_flag { FS_WALK_FOLLOW = 1, FS_WALK_MAY_BE_ABSENT = 2, FS_WALK_EMPTY_PATH = 4 };

int fs_walk(int directory, const char *path, unsigned walk_flags, struct fs_place *place_out);
/* As above, wanting an existing node, held in *node_out. */
int fs_walk_to_node(int directory, const char *path, unsigned walk_flags, struct fs_inode **node_out);
void fs_place_release(struct fs_place *place);
struct fs_inode *fs_current_directory(void);
int fs_set_current_directory(struct fs_inode *directory);

/* ---- changes that a path and a descriptor share (fs_attributes.c) ---- */

int fs_change_mode(struct fs_inode *inode, uint32_t mode);
int fs_change_owner(struct fs_inode *inode, uint32_t user, uint32_t group);
int fs_change_times(struct fs_inode *inode, struct sealed_time accessed, struct sealed_time modified);
int fs_volume(const struct fs_inode *inode, struct sealed_volume *volume_out);

/* Makes a node at an absent place, checks included. On 0, place->node is the new inode, held. */
int fs_create_at(struct fs_place *place, uint32_t mode);

/* ---- devices (fs_device.c) ---- */

enum fs_device {
    FS_DEVICE_NULL = 0x103,
    FS_DEVICE_ZERO = 0x105,
    FS_DEVICE_FULL = 0x107,
    FS_DEVICE_RANDOM = 0x108,
    FS_DEVICE_URANDOM = 0x109,
    FS_DEVICE_TTY = 0x500,
    FS_DEVICE_DESCRIPTOR = 0x10000 /* + number: opening it duplicates that descriptor */
};

int fs_devices_create(struct fs_inode *device_directory);
int64_t fs_device_read(uint64_t device, void *buffer, size_t size_bytes);
int64_t fs_device_write(uint64_t device, size_t size_bytes);
/* A node that stands for an open descriptor; NULL and -ENOENT or -ENOSPC. */
struct fs_inode *fs_device_of_descriptor(unsigned descriptor, int *error_out);

/* ---- what the file system asks of the descriptors (descriptor_table.c) ---- */

/* The inode behind an open number (borrowed), or NULL. */
struct fs_inode *descriptor_inode(int descriptor);
bool descriptor_is_open(int descriptor);

#endif
