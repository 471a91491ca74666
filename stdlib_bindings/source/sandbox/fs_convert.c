/* Hides from the file adapters how libc lays out what stat and its like say. */
#include "fs_convert.h"

#include <string.h>

enum { NS_PER_S = 1000000000 };

static struct timespec timespec_of(int64_t ns)
{
    struct timespec time = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    if (time.tv_nsec < 0) {
        time.tv_sec--;
        time.tv_nsec += NS_PER_S;
    }
    return time;
}

int fs_convert_status(int error, const struct sealed_status *status, struct stat *stat_out)
{
    if (error)
        return (int)sandbox_result(error);
    memset(stat_out, 0, sizeof *stat_out);
    stat_out->st_dev = status->device;
    stat_out->st_ino = status->inode;
    stat_out->st_nlink = status->links;
    stat_out->st_mode = status->mode;
    stat_out->st_uid = status->user;
    stat_out->st_gid = status->group;
    stat_out->st_rdev = status->special_device;
    stat_out->st_size = status->size_bytes;
    stat_out->st_blksize = status->block_size_bytes;
    stat_out->st_blocks = status->blocks;
    stat_out->st_atim = timespec_of(status->accessed_ns);
    stat_out->st_mtim = timespec_of(status->modified_ns);
    stat_out->st_ctim = timespec_of(status->changed_ns);
    return 0;
}

int fs_convert_volume(int error, const struct sealed_volume *volume, struct statvfs *volume_out)
{
    if (error)
        return (int)sandbox_result(error);
    memset(volume_out, 0, sizeof *volume_out);
    volume_out->f_bsize = volume_out->f_frsize = volume->block_size_bytes;
    volume_out->f_blocks = volume->blocks;
    volume_out->f_bfree = volume_out->f_bavail = volume->blocks_free;
    volume_out->f_files = volume->inodes;
    volume_out->f_ffree = volume_out->f_favail = volume->inodes_free;
    volume_out->f_namemax = volume->name_length_max;
    return 0;
}

static int convert_time(const struct timespec *time, struct sealed_time *time_out)
{
    *time_out = (struct sealed_time){SEALED_TIME_SET, 0};
    if (time->tv_nsec == UTIME_NOW)
        time_out->how = SEALED_TIME_NOW;
    else if (time->tv_nsec == UTIME_OMIT)
        time_out->how = SEALED_TIME_KEEP;
    else if (time->tv_nsec < 0 || time->tv_nsec >= NS_PER_S)
        return sandbox_refuse(EINVAL);
    else if (__builtin_mul_overflow((int64_t)time->tv_sec, (int64_t)NS_PER_S, &time_out->ns) ||
             __builtin_add_overflow(time_out->ns, (int64_t)time->tv_nsec, &time_out->ns))
        /* As a volume does whose times end earlier than the request. */
        time_out->ns = time->tv_sec < 0 ? INT64_MIN : INT64_MAX;
    return 0;
}

int fs_convert_times(const struct timespec times[2], struct sealed_time times_out[2])
{
    if (!times) {
        times_out[0] = times_out[1] = (struct sealed_time){SEALED_TIME_NOW, 0};
        return 0;
    }
    return convert_time(&times[0], &times_out[0]) || convert_time(&times[1], &times_out[1]) ? -1 : 0;
}
