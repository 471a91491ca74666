/* Makes an image file of another one and a worker's saved memory. Pure: bytes in, bytes out. */
#ifndef CORDON_SUPERVISOR_IMAGE_WRITE_H
#define CORDON_SUPERVISOR_IMAGE_WRITE_H

#include "image_pages.h"

/* Pages of memory that a start writes, and that the image asks the kernel for before its lock. */
typedef struct image_range {
    uint64_t address, bytes; /* whole pages */
} image_range;

/* The most that the image's own table holds (core/sealed/arch/x86_64/image/populate.c). */
enum { IMAGE_RANGES_MAX = 128 };

typedef struct image_content {
    const image_pages *pages;
    const char *description; /* NUL-terminated text, kept in the file for `cordon image info` */
    const image_range *ranges;
    size_t range_count;
} image_content;

/* The ranges that an image populates: how many there are in `ranges_out`, which has room for IMAGE_RANGES_MAX. 0 for one that has none, or no table. */
size_t image_ranges_read(const image_file *image, image_range *ranges_out);

/* A file that starts where `base` starts, with base's code and constants and the saved memory. Same input, same bytes. On success NULL, and *bytes_out is the
 * caller's (free); else why it cannot be made (static text). */
const char *image_write(const image_file *base, const image_content *content, unsigned char **bytes_out, size_t *size_out);

#endif
