/* The memory of a worker that saves itself, taken frame by frame; hides the checks that keep a lying worker from making an image that is not one. Pure. */
#ifndef CORDON_SUPERVISOR_IMAGE_PAGES_H
#define CORDON_SUPERVISOR_IMAGE_PAGES_H

#include "image_elf.h"

enum { IMAGE_SAVED_RUN_BYTES_MAX = 256 * IMAGE_PAGE_BYTES };
/* More than a real image; what a lying worker can make this process hold. */
#define IMAGE_SAVED_BYTES_MAX (512ull << 20)

typedef struct image_run {
    uint64_t address;
    size_t offset, size; /* of the bytes in image_pages.bytes */
} image_run;

typedef struct image_pages {
    uint64_t first, end; /* addresses that may be saved */
    image_run *runs;     /* ascending, no two touch or overlap */
    size_t run_count, run_capacity;
    unsigned char *bytes;
    size_t size, capacity;
    bool is_complete;
} image_pages;

/* Pages of the writable memory of `image`, its stack aside. NULL, or why that image has none (static text). */
const char *image_pages_begin(image_pages *pages, const image_file *image);

/* The payload of one SAVED frame. NULL, or what is wrong with it (static text). */
const char *image_pages_take(image_pages *pages, const unsigned char *payload, size_t size);

void image_pages_release(image_pages *pages);

#endif
