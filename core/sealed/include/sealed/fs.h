/* The sandbox's file system: a POSIX tree in memory over the read-only files of the image. Hides inodes, content and
 * the image from everybody.
 *
 * Numbers (flags, modes, types) are Linux's, so adapters pass them through; they assert it at compile time. Functions
 * return 0 or a count, or a negative number of sealed/error.h. Paths are NUL-terminated UTF-8 or any other bytes.
 * `directory` is a descriptor that a relative path starts from, or SEALED_AT_CWD. Strings and buffers are borrowed for
 * the call. Threads switch only inside calls that may block (open of a fifo).
 *
 * The guest is user 1000, group 1000, without privileges. What the host side puts in place goes through
 * sealed_fs_install. */
#ifndef SEALED_FS_H
#define SEALED_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SEALED_PATH_MAX = 4096, /* bytes with the final NUL */
    SEALED_NAME_MAX = 255,
    SEALED_LINK_DEPTH_MAX = 40, /* symbolic links in one resolution */
    SEALED_PIPE_ATOMIC = 4096,  /* PIPE_BUF */
    SEALED_USER = 1000,
    SEALED_GROUP = 1000
};

enum { SEALED_AT_CWD = -100 };

enum sealed_at_flag {
    SEALED_AT_SYMLINK_NOFOLLOW = 0x100,
    SEALED_AT_REMOVE_DIRECTORY = 0x200,
    SEALED_AT_EFFECTIVE_ACCESS = 0x200,
    SEALED_AT_SYMLINK_FOLLOW = 0x400,
    SEALED_AT_EMPTY_PATH = 0x1000
};

enum sealed_open_flag {
    SEALED_OPEN_READ = 0,
    SEALED_OPEN_WRITE = 01,
    SEALED_OPEN_READ_WRITE = 02,
    SEALED_OPEN_ACCESS_MASK = 03,
    SEALED_OPEN_CREATE = 0100,
    SEALED_OPEN_EXCLUSIVE = 0200,
    SEALED_OPEN_NO_TTY = 0400,
    SEALED_OPEN_TRUNCATE = 01000,
    SEALED_OPEN_APPEND = 02000,
    SEALED_OPEN_NONBLOCK = 04000,
    SEALED_OPEN_DIRECTORY = 0200000,
    SEALED_OPEN_NO_FOLLOW = 0400000,
    SEALED_OPEN_CLOSE_ON_EXEC = 02000000,
    SEALED_OPEN_PATH = 010000000,
    SEALED_OPEN_TEMPORARY = 020000000 /* always together with SEALED_OPEN_DIRECTORY */
};

enum sealed_mode {
    SEALED_MODE_TYPE = 0170000,
    SEALED_MODE_SOCKET = 0140000,
    SEALED_MODE_LINK = 0120000,
    SEALED_MODE_FILE = 0100000,
    SEALED_MODE_BLOCK = 0060000,
    SEALED_MODE_DIRECTORY = 0040000,
    SEALED_MODE_CHARACTER = 0020000,
    SEALED_MODE_FIFO = 0010000,
    SEALED_MODE_SET_USER = 04000,
    SEALED_MODE_SET_GROUP = 02000,
    SEALED_MODE_STICKY = 01000,
    SEALED_MODE_PERMISSIONS = 07777
};

enum sealed_access {
    SEALED_ACCESS_EXISTS = 0,
    SEALED_ACCESS_EXECUTE = 1,
    SEALED_ACCESS_WRITE = 2,
    SEALED_ACCESS_READ = 4
};

enum sealed_rename_flag { SEALED_RENAME_NO_REPLACE = 1, SEALED_RENAME_EXCHANGE = 2 };

/* What stat says. Times are nanoseconds since the epoch. */
struct sealed_status {
    uint64_t device;
    uint64_t inode;
    uint64_t links;
    uint32_t mode;
    uint32_t user;
    uint32_t group;
    uint64_t special_device; /* device number of a device node, else 0 */
    int64_t size_bytes;
    int64_t block_size_bytes;
    int64_t blocks; /* of 512 bytes, really held */
    int64_t accessed_ns;
    int64_t modified_ns;
    int64_t changed_ns;
};

/* What statvfs says. */
struct sealed_volume {
    uint64_t block_size_bytes;
    uint64_t blocks, blocks_free;
    uint64_t inodes, inodes_free;
    uint64_t name_length_max;
};

/* What a sandbox may hold. 0 means the default beside the field. Lowering a limit below what is held only stops growth.
 */
struct sealed_quota {
    uint64_t bytes_max;           /* content, names and targets: 256 MiB. Beyond: ENOSPC */
    uint64_t inodes_max;          /* files, directories, links, pipes: 200,000. Beyond: ENOSPC */
    uint64_t file_size_max;       /* highest offset in a file: 16 TiB (files are sparse). Beyond: EFBIG */
    uint32_t descriptors_max;     /* open at once: 1024, at most SEALED_DESCRIPTOR_MAX. Beyond: EMFILE */
    uint32_t directory_depth_max; /* nested directories: 1,000. Beyond: ENAMETOOLONG */
};

struct sealed_usage {
    uint64_t bytes;
    uint64_t inodes;
    uint32_t descriptors;
};

struct sealed_directory_entry {
    uint64_t inode;
    uint64_t position_after; /* for sealed_directory_seek: continues behind this entry */
    uint32_t mode_type;      /* SEALED_MODE_TYPE bits */
    char name[SEALED_NAME_MAX + 1];
};

enum sealed_time_how { SEALED_TIME_SET, SEALED_TIME_NOW, SEALED_TIME_KEEP };

struct sealed_time {
    enum sealed_time_how how;
    int64_t ns; /* for SEALED_TIME_SET */
};

/* Makes the tree: /, /dev, /etc, /home/sandbox (the guest's), /tmp, /var/tmp. Called once before anything else; a
 * constant amount of work whatever the image holds. -ENOMEM. Calling it again changes nothing. */
int sealed_fs_start(void);

/* `quota` is copied. May be called before or after sealed_fs_start. */
void sealed_fs_set_quota(const struct sealed_quota *quota);
void sealed_fs_usage(struct sealed_usage *usage_out);

/* Where it is counted. */
const struct sealed_usage *sealed_fs_usage_place(void);

/* The host side's way in: makes a file (or, with S_IFDIR in mode, a directory) and the directories above it, owned by
 * the guest, whatever the permissions on the way say. An existing file gets new content, or with `append` more of it.
 * `path` is absolute. Quotas hold. Directories of the image may be added to; its files stay as they are (-EROFS). */
int sealed_fs_install(const char *path, uint32_t mode, int64_t modified_ns, const void *data, size_t size_bytes,
                      bool append);

/* While true, what is done is the host's doing: no permission of the guest's binds it; files of the image stay as they
 * are all the same. */
void sealed_fs_set_privileged(bool is_host);

int sealed_fs_status(int directory, const char *path, int at_flags, struct sealed_status *status_out);
int sealed_fs_volume(const char *path, struct sealed_volume *volume_out);
int sealed_fs_access(int directory, const char *path, int access, int at_flags);
int sealed_fs_change_mode(int directory, const char *path, uint32_t mode, int at_flags);
/* UINT32_MAX keeps that half. */
int sealed_fs_change_owner(int directory, const char *path, uint32_t user, uint32_t group, int at_flags);
int sealed_fs_change_times(int directory, const char *path, struct sealed_time accessed, struct sealed_time modified,
                           int at_flags);
int sealed_fs_truncate(const char *path, int64_t size_bytes);

int sealed_fs_make_directory(int directory, const char *path, uint32_t mode);
/* Type bits: none or S_IFREG a file, S_IFIFO a fifo, S_IFSOCK a dead socket; devices are EPERM. */
int sealed_fs_make_node(int directory, const char *path, uint32_t mode);
int sealed_fs_make_symlink(const char *target, int directory, const char *path);
int sealed_fs_link(int old_directory, const char *old_path, int new_directory, const char *new_path, int at_flags);
int sealed_fs_unlink(int directory, const char *path, int at_flags);
int sealed_fs_rename(int old_directory, const char *old_path, int new_directory, const char *new_path,
                     unsigned rename_flags);
/* Bytes put into `buffer` (no NUL, cut if longer). */
int64_t sealed_fs_read_link(int directory, const char *path, char *buffer, size_t size_bytes);

/* Writes the absolute path with NUL; -ERANGE when it does not fit, -ENOENT when the directory was removed. */
int sealed_fs_current_directory(char *buffer, size_t size_bytes);
int sealed_fs_change_directory(const char *path);
/* The path of an existing file without links, "." or ".."; `buffer` has SEALED_PATH_MAX bytes. */
int sealed_fs_real_path(const char *path, char *buffer);
/* Sets the mask, answers the one before. */
uint32_t sealed_fs_mask(uint32_t mask);

#endif
