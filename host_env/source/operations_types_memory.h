/* Types and fixed-parameter forms of the primitives of memory. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_MEMORY_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_MEMORY_H

#include <stdint.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>

/* As <linux/fs.h> has them since Linux 6.7: struct page_region, struct pm_scan_arg, PAGE_IS_*, PAGEMAP_SCAN. */
struct memory_page_region {
    uint64_t start, end, categories;
};
struct memory_scan {
    uint64_t size, flags, start, end, walk_end, regions, region_count, max_pages, category_inverted, category_mask, category_anyof_mask, return_mask;
};
enum memory_page_category {
    MEMORY_PAGE_IS_FILE = 1 << 2,
    MEMORY_PAGE_IS_PRESENT = 1 << 3,
    MEMORY_PAGE_IS_SWAPPED = 1 << 4,
    MEMORY_PAGE_IS_ZERO = 1 << 5,
};
#define MEMORY_SCAN_REQUEST 0xc0606610ul /* _IOWR('f', 16, struct pm_scan_arg) */
_Static_assert(sizeof(struct memory_scan) == 0x60, "the size that the request's number names");

static inline void *mremap_to(void *memory, size_t size, size_t new_size, int flags, void *new_address)
{
    return mremap(memory, size, new_size, flags, new_address);
}

#endif
