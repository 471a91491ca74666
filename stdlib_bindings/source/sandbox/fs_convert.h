/* Turns libc's types of files into the sealed layer's and back, for the file adapters only. */
#ifndef SANDBOX_FS_CONVERT_H
#define SANDBOX_FS_CONVERT_H

#include "result.h"

#include "sealed/descriptor.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

/* Copies `*status` to `*stat_out` if `error` is 0; answers as libc does. */
int fs_convert_status(int error, const struct sealed_status *status, struct stat *stat_out);
int fs_convert_volume(int error, const struct sealed_volume *volume, struct statvfs *volume_out);
/* Accessed, modified; `times` NULL is now. -1 and EINVAL for nanoseconds that are none. */
int fs_convert_times(const struct timespec times[2], struct sealed_time times_out[2]);

#endif
