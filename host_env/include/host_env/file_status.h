/* What the host says about a file or a file system; shared by fs.h (by path) and fd.h (by descriptor). */
#ifndef HOST_ENV_FILE_STATUS_H
#define HOST_ENV_FILE_STATUS_H

#include <stdint.h>

/* As struct stat, with the host's own mode bits (S_IFMT ...). Times are since the epoch; nanoseconds are 0 to 999,999,999. */
typedef struct host_file_status {
    uint64_t device;
    uint64_t inode;
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    uint64_t link_count;
    uint64_t device_special; /* st_rdev: which device it is, if it is one */
    int64_t size_bytes;
    int64_t block_size_bytes;
    int64_t blocks_512; /* used, in units of 512 bytes */
    int64_t access_time_s, access_time_ns;
    int64_t modify_time_s, modify_time_ns;
    int64_t change_time_s, change_time_ns;
} host_file_status;

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
