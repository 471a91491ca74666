/* Hides from fs and fd how the host's structs become ours. Private to host_env. */
#ifndef HOST_ENV_SOURCE_FILE_STATUS_CONVERT_H
#define HOST_ENV_SOURCE_FILE_STATUS_CONVERT_H

#include "host_env/file_status.h"
#include "operations.h"

static inline void file_status_convert(host_file_status *status_out, const struct stat *status)
{
    *status_out = (host_file_status){
        .device = status->st_dev,
        .inode = status->st_ino,
        .mode = status->st_mode,
        .uid = status->st_uid,
        .gid = status->st_gid,
        .link_count = status->st_nlink,
        .device_special = status->st_rdev,
        .size_bytes = status->st_size,
        .block_size_bytes = status->st_blksize,
        .blocks_512 = status->st_blocks,
        .access_time_s = status->st_atim.tv_sec,
        .access_time_ns = status->st_atim.tv_nsec,
        .modify_time_s = status->st_mtim.tv_sec,
        .modify_time_ns = status->st_mtim.tv_nsec,
        .change_time_s = status->st_ctim.tv_sec,
        .change_time_ns = status->st_ctim.tv_nsec,
    };
}

/* Where the host shall write: to the caller's struct itself if it is the host's, else to `own`. */
static inline struct stat *file_status_room(host_file_status *status_out, struct stat *own)
{
    return HOST_FILE_STATUS_IS_THE_HOSTS ? (struct stat *)status_out : own;
}

/* After the call: `code` 0 and what it wrote, or nothing. */
static inline void file_status_take(host_file_status *status_out, const struct stat *own, int code)
{
    if (code != 0) {
        *status_out = (host_file_status){ 0 };
    } else if (!HOST_FILE_STATUS_IS_THE_HOSTS) {
        file_status_convert(status_out, own);
    }
}

static inline void file_system_status_convert(host_file_system_status *status_out, const struct statvfs *status)
{
    *status_out = (host_file_system_status){
        .block_size_bytes = status->f_bsize,
        .fragment_size_bytes = status->f_frsize,
        .blocks = status->f_blocks,
        .blocks_free = status->f_bfree,
        .blocks_available = status->f_bavail,
        .files = status->f_files,
        .files_free = status->f_ffree,
        .files_available = status->f_favail,
        .file_system_id = status->f_fsid,
        .flags = status->f_flag,
        .name_bytes_max = status->f_namemax,
    };
}

/* NULL stays NULL, which means now. */
static inline const struct timespec *file_times_convert(struct timespec times_out[2], const host_file_time *times)
{
    for (int i = 0; times != NULL && i < 2; i++) {
        times_out[i] = (struct timespec){ .tv_sec = (time_t)times[i].seconds, .tv_nsec = (long)times[i].nanoseconds };
    }
    return times == NULL ? NULL : times_out;
}

#endif
