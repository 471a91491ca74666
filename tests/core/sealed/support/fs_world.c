/* Stands in for what the file system needs: heap, clock, scheduler, random bytes, image; hides the fakes' bookkeeping
 * from the tests. */
#include "fs_world.h"

#include "sealed/clock.h"
#include "sealed/error.h"
#include "sealed/heap.h"
#include "sealed/image_files.h"
#include "sealed/random.h"
#include "sealed/thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

long fs_world_fail_after = -1;
long fs_world_live_blocks;
void (*fs_world_other_thread)(void);
char fs_world_output[3][256];
static const char *input = "";

/* ---- heap ---- */

static bool may_allocate(void)
{
    if (fs_world_fail_after < 0)
        return true;
    return fs_world_fail_after-- > 0;
}

void *sealed_allocate(size_t size_bytes)
{
    if (!may_allocate()) {
        fs_world_fail_after = 0;
        return NULL;
    }
    fs_world_live_blocks++;
    return malloc(size_bytes);
}

void *sealed_reallocate(void *block, size_t size_bytes)
{
    if (!block)
        return sealed_allocate(size_bytes);
    if (!may_allocate()) {
        fs_world_fail_after = 0;
        return NULL;
    }
    return realloc(block, size_bytes);
}

void sealed_release(void *block)
{
    if (block)
        fs_world_live_blocks--;
    free(block);
}

/* ---- clock, waits, random bytes ---- */

uint64_t sealed_clock_now_ns(void)
{
    static uint64_t now = SEALED_CLOCK_DEFAULT_START_NS;
    return now += 1000;
}

uint64_t sealed_clock_coarse_ns(void)
{
    return sealed_clock_now_ns();
}

int sealed_wait_until(bool (*is_true)(void *context), void *context, uint64_t deadline_ns)
{
    (void)deadline_ns;
    if (!is_true(context) && fs_world_other_thread) {
        void (*other)(void) = fs_world_other_thread;
        fs_world_other_thread = NULL;
        other();
    }
    return is_true(context) ? 0 : -SEALED_EDEADLK;
}

void sealed_random_bytes(void *buffer, size_t size_bytes)
{
    memset(buffer, 0xA5, size_bytes);
}

/* ---- image: sorted as strcmp sorts, with the neighbours that a search gets wrong first ---- */

#define FILE_ROW(path, text)                                                                                           \
    {                                                                                                                  \
        path, (const unsigned char *)text, sizeof text - 1, 0100644, 1000000000ull                                     \
    }
const struct sealed_image_file sealed_image_files[] = {
    FILE_ROW("/usr/lib/a", "plain a"),
    FILE_ROW("/usr/lib/b-c", "dash"),
    FILE_ROW("/usr/lib/b.py", "dot"),
    FILE_ROW("/usr/lib/b/one", "1"),
    FILE_ROW("/usr/lib/b/two/deep", "22"),
    FILE_ROW("/usr/lib/b0", "zero"),
    {"/usr/lib/empty", NULL, 0, 0040755, 1000000000ull},
    {"/usr/lib/full", NULL, 0, 0040700, 1000000000ull},
    FILE_ROW("/usr/lib/full.txt", "text"),
    FILE_ROW("/usr/lib/full/inside", "in"),
    {"/usr/lib/link", (const unsigned char *)"b/one", 5, 0120777, 1000000000ull},
    FILE_ROW("/usr/share/readme", "read me"),
};
const size_t sealed_image_file_count = sizeof sealed_image_files / sizeof sealed_image_files[0];

/* ---- streams ---- */

void fs_world_set_input(const char *text)
{
    input = text;
}

static int64_t read_input(void *buffer, size_t size_bytes)
{
    size_t count = strlen(input) < size_bytes ? strlen(input) : size_bytes;
    memcpy(buffer, input, count);
    input += count;
    return (int64_t)count;
}

static int64_t write_output(int stream, const void *data, size_t size_bytes)
{
    snprintf(fs_world_output[stream], sizeof fs_world_output[stream], "%.*s", (int)size_bytes, (const char *)data);
    return (int64_t)size_bytes;
}

int fs_world_start(void **state)
{
    (void)state;
    int error = sealed_fs_start();
    sealed_stream_set(read_input, write_output);
    return error;
}

void fs_world_remove_tree(const char *path)
{
    sealed_fs_change_mode(SEALED_AT_CWD, path, 0700, 0);
    int directory = sealed_descriptor_open(SEALED_AT_CWD, path, SEALED_OPEN_DIRECTORY | SEALED_OPEN_NO_FOLLOW, 0);
    struct sealed_directory_entry entry;
    char inner[2 * SEALED_PATH_MAX];
    while (directory >= 0 && sealed_directory_next(directory, &entry) == 1) {
        if (strcmp(entry.name, ".") == 0 || strcmp(entry.name, "..") == 0)
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, entry.name);
        if (entry.mode_type == SEALED_MODE_DIRECTORY)
            fs_world_remove_tree(inner);
        else
            sealed_fs_unlink(SEALED_AT_CWD, inner, 0);
    }
    if (directory >= 0)
        sealed_descriptor_close(directory);
    sealed_fs_unlink(SEALED_AT_CWD, path, SEALED_AT_REMOVE_DIRECTORY);
}
