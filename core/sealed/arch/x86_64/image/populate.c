/* Hides which pages every start writes: a table that the linker leaves empty and the builder of a pre-initialised image
 * fills in. */
#include "populate.h"

#include "kernel.h"

#include <stdint.h>

enum { ADVICE_POPULATE_WRITE = 23 };
enum { RANGES_MAX = 128 };

/* core/supervisor/image_write.c writes it into the file. Volatile: its values are not those that the compiler sees. */
extern const volatile struct image_populate_table {
    uint64_t count;
    struct {
        uint64_t address, bytes;
    } ranges[RANGES_MAX];
} image_populate_table;

const volatile struct image_populate_table image_populate_table = {0};

void image_populate(void)
{
    uint64_t count = image_populate_table.count;

    for (uint64_t i = 0; i < count && i < RANGES_MAX; i++)
        if (image_system_call(IMAGE_CALL_MADVISE, (long)image_populate_table.ranges[i].address,
                              (long)image_populate_table.ranges[i].bytes, ADVICE_POPULATE_WRITE,
                              0) == IMAGE_ERROR_INVALID)
            return; /* this kernel knows no such advice */
}
