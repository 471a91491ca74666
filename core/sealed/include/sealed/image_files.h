/* The files that are baked into the image; hides from the file system how the packer stored them.
 *
 * Sorted by `path` as strcmp sorts. A path is absolute, has no "." or ".." and no doubled or trailing slash.
 * Directories need no row: they follow from the files in them. A row with S_IFDIR bits is an empty directory or gives
 * one other permissions; with S_IFLNK, `data` is the target without a final NUL. Everything is read-only to the guest.
 * Nothing is copied, parsed or counted when a sandbox starts. */
#ifndef SEALED_IMAGE_FILES_H
#define SEALED_IMAGE_FILES_H

#include <stddef.h>
#include <stdint.h>

struct sealed_image_file {
    const char *path;
    const unsigned char *data;
    uint64_t size;     /* bytes */
    uint32_t mode;     /* type and permission bits as in struct stat; no type bits = a regular file */
    uint64_t mtime_ns; /* since the epoch */
};

extern const struct sealed_image_file sealed_image_files[];
extern const size_t sealed_image_file_count;

#endif
