/* The reader of stored snapshots: whatever the bytes are, it refuses them with a reason, or makes a snapshot whose pages can be walked within bounds, and that is laid out again as it was. The
 * last byte says how the bytes are judged: as they are, or with a checksum or a seal that was made to fit, so that what lies behind them is reached too. */
#include <stdlib.h>
#include <string.h>

#include "snapshot_file.h"
#include "snapshot_pages.h"

static void check(bool holds)
{
    if (!holds)
        abort();
}

typedef struct bounds {
    uint64_t end, pages;
} bounds;

static bool take(void *context, const host_memory_piece *pieces, size_t count)
{
    bounds *seen = context;
    check(count > 0 && count <= SNAPSHOT_BLOCK_PAGES);
    for (size_t i = 0; i < count; i++) {
        check(pieces[i].address >= seen->end && pieces[i].address % SNAPSHOT_PAGE_BYTES == 0 && pieces[i].size > 0 && pieces[i].size % SNAPSHOT_PAGE_BYTES == 0);
        seen->end = pieces[i].address + pieces[i].size;
        seen->pages += pieces[i].size / SNAPSHOT_PAGE_BYTES;
        memset(pieces[i].bytes, 0, pieces[i].size);
    }
    return true;
}

static void use(cordon_snapshot *snapshot, snapshot_key key, const unsigned char *data, size_t size)
{
    bounds seen = {0};
    bytes again = {0};
    snapshot_walk end = snapshot_pages_walk(snapshot, take, &seen);
    check(end == SNAPSHOT_WALKED || end == SNAPSHOT_WALK_DAMAGED);
    check(end == SNAPSHOT_WALKED ? seen.pages == snapshot->head.page_count : seen.pages < snapshot->head.page_count);
    check(snapshot_file_write(snapshot, key, &again) && again.size == size && memcmp(again.data, data, size) == 0);
    bytes_release(&again);
    cordon_snapshot_destroy(snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const snapshot_key keys[] = {{NULL, 0}, {"0123456789abcdef", 16}};
    const char *complaint;
    cordon_snapshot *snapshot = NULL;
    if (size == 0)
        return 0;
    unsigned how = data[--size];
    snapshot_key key = keys[how & 1];
    unsigned char *copy = malloc(size + 1);
    memcpy(copy, data, size);
    if ((how & 2) && size > SNAPSHOT_SEAL_BYTES)
        check(snapshot_seal(key, copy, size - SNAPSHOT_SEAL_BYTES, copy + size - SNAPSHOT_SEAL_BYTES));
    int refusal = snapshot_file_read(copy, size, key, &snapshot, &complaint);
    check((refusal == 0) == (snapshot != NULL) && refusal != SNAPSHOT_FILE_FAILED);
    if (refusal == 0)
        use(snapshot, key, copy, size);
    free(copy);
    return 0;
}
