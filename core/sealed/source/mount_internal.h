/* Mounted inodes, shared by the mount_*.c files and those of the file system that meet them. */
#ifndef SEALED_MOUNT_INTERNAL_H
#define SEALED_MOUNT_INTERNAL_H

#include "broker_internal.h"
#include "descriptor_internal.h"

struct fs_mount {
    uint32_t id;
    bool is_read_only;
    struct fs_inode *root;    /* held for ever */
    struct fs_inode *covered; /* the directory of memory in whose place it stands, with what is in it; held for ever. NULL: it lies in a mount */
    const char *path;      /* as it was given, without a slash at its end; owned */
};

/* What an inode of a mount has besides. It is known by its name in its parent, as long as it is held and has one. */
struct fs_mounted {
    struct fs_mount *mount;
    struct fs_inode *inode;
    struct fs_mounted *next; /* in the table of known names */
    char *name;              /* owned; NULL: a root in a directory of memory, or a name that is gone */
    size_t name_length;
    uint64_t host_inode;
    int64_t blocks;
    bool is_way; /* a folder that leads to a mount in this one: known for ever, whatever the host has there */
};

/* ---- inodes (mount_inode.c) ---- */

/* NULL: memory. */
struct fs_mount *fs_mount_of(const struct fs_inode *inode);
bool fs_is_mount_root(const struct fs_inode *inode);
/* A root, or a folder on the way to one: neither goes, and no other takes its name. */
bool fs_is_mount_fixed(const struct fs_inode *inode);
struct fs_inode *fs_mount_find(struct fs_inode *directory, const char *name, size_t name_length, int *error_out);
/* The inode of the status that lies in the reply (without a target); held. */
struct fs_inode *fs_mount_intern(struct fs_inode *directory, const char *name, size_t name_length, int *error_out);
/* Frees what a mounted inode has besides, when nobody holds it any more. */
void fs_mount_forget(struct fs_inode *inode);
void fs_mount_status(const struct fs_inode *inode, struct sealed_status *status_out);
/* Asks the host again what the inode is. An inode that lost its name stays as it was. */
int fs_mount_refresh(struct fs_inode *inode);
/* Takes a status from the reply; the target of a link too if `has_target`. */
int fs_mount_take_status(struct fs_inode *inode, bool has_target);
/* The path of `name` in `directory` (NULL: the directory's own) below the mount. -ENOENT when it is gone. `buffer` has SEALED_PATH_MAX bytes;
 * *path_out is inside it. */
int fs_mount_path(const struct fs_inode *directory, const char *name, size_t name_length, char *buffer, const char **path_out);
/* The name in `directory` is gone, or is another's. */
void fs_mount_drop_name(struct fs_inode *directory, const char *name, size_t name_length);
/* The child moves; what was called so is gone. */
int fs_mount_rename_inode(struct fs_inode *inode, struct fs_inode *directory, const char *name, size_t name_length);
struct fs_mount *fs_mount_number(size_t index);

/* ---- names (mount_name.c): checks are done; these ask the host ---- */

int fs_mount_create(struct fs_place *place, uint32_t mode);
int fs_mount_make_symlink(struct fs_place *place, const char *target);
int fs_mount_link(struct fs_inode *node, struct fs_place *place);
int fs_mount_remove(struct fs_place *place);
int fs_mount_rename(struct fs_place *from, struct fs_place *to, unsigned rename_flags);
int fs_mount_change_mode(struct fs_inode *inode, uint32_t mode);
void fs_mount_put_time(cordon_broker_writer *arguments, struct sealed_time time);
int fs_mount_change_times(struct fs_inode *inode, struct sealed_time accessed, struct sealed_time modified);
int fs_mount_truncate(struct fs_inode *inode, int64_t size_bytes);
int fs_mount_volume(const struct fs_inode *inode, struct sealed_volume *volume_out);

/* ---- open files and directories (mount_file.c, mount_list.c) ---- */

/* Opens the regular file at a place, making it if `flags` say so; a descriptor or negative. */
int fs_mount_open(struct fs_place *place, int flags, uint32_t mode);
int fs_mount_list_next(struct open_file *file, struct sealed_directory_entry *entry_out);
void fs_mount_list_release(struct open_file *file);

#endif
