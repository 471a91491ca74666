/* What the host says about a file or a file system; shared by fs.h (by path) and fd.h (by descriptor). */
#ifndef HOST_ENV_FILE_STATUS_H
#define HOST_ENV_FILE_STATUS_H

#include <stddef.h>
#include <stdint.h>

/* As struct stat, with the host's own mode bits (S_IFMT ...). Times are since the epoch; nanoseconds are 0 to 999,999,999. The order is that of the
 * x86-64 kernel, so that the host can fill it without a second copy; nothing else may depend on that. */
typedef struct host_file_status {
    uint64_t device;
    uint64_t inode;
    uint64_t link_count;
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    uint32_t unused;
    uint64_t device_special; /* st_rdev: which device it is, if it is one */
    int64_t size_bytes;
    int64_t block_size_bytes;
    int64_t blocks_512; /* used, in units of 512 bytes */
    int64_t access_time_s, access_time_ns;
    int64_t modify_time_s, modify_time_ns;
    int64_t change_time_s, change_time_ns;
    uint64_t reserved[3]; /* room that the host may write to */
} host_file_status;

/* Whether this host's struct stat (of a file that includes <sys/stat.h>) is laid out like that: a constant. */
#define HOST_FILE_STATUS_HAS(member, host_member)                                                              \
    (offsetof(host_file_status, member) == offsetof(struct stat, host_member) &&                               \
     sizeof(((host_file_status *)0)->member) == sizeof(((struct stat *)0)->host_member))
#define HOST_FILE_STATUS_IS_THE_HOSTS                                                                          \
    (sizeof(host_file_status) == sizeof(struct stat) && HOST_FILE_STATUS_HAS(device, st_dev) &&                \
     HOST_FILE_STATUS_HAS(inode, st_ino) && HOST_FILE_STATUS_HAS(link_count, st_nlink) &&                      \
     HOST_FILE_STATUS_HAS(mode, st_mode) && HOST_FILE_STATUS_HAS(uid, st_uid) &&                               \
     HOST_FILE_STATUS_HAS(gid, st_gid) && HOST_FILE_STATUS_HAS(device_special, st_rdev) &&                     \
     HOST_FILE_STATUS_HAS(size_bytes, st_size) && HOST_FILE_STATUS_HAS(block_size_bytes, st_blksize) &&        \
     HOST_FILE_STATUS_HAS(blocks_512, st_blocks) && HOST_FILE_STATUS_HAS(access_time_s, st_atim.tv_sec) &&     \
     HOST_FILE_STATUS_HAS(access_time_ns, st_atim.tv_nsec) &&                                                  \
     HOST_FILE_STATUS_HAS(modify_time_s, st_mtim.tv_sec) &&                                                    \
     HOST_FILE_STATUS_HAS(modify_time_ns, st_mtim.tv_nsec) &&                                                  \
     HOST_FILE_STATUS_HAS(change_time_s, st_ctim.tv_sec) &&                                                    \
     HOST_FILE_STATUS_HAS(change_time_ns, st_ctim.tv_nsec))

/* As struct statvfs, with the host's own flag bits (ST_RDONLY ...). */
typedef struct host_file_system_status {
    uint64_t block_size_bytes;
    uint64_t fragment_size_bytes; /* the unit of the next three */
    uint64_t blocks, blocks_free, blocks_available;
    uint64_t files, files_free, files_available;
    uint64_t file_system_id;
    uint64_t flags;
    uint64_t name_bytes_max;
} host_file_system_status;

/* A time to set. The nanoseconds may also be the host's UTIME_NOW or UTIME_OMIT. */
typedef struct host_file_time {
    int64_t seconds;
    int64_t nanoseconds;
} host_file_time;

#endif
