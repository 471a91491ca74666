/* The log's index in plain memory, for the sandbox: its one process is all that can have the file open, so nobody else needs to see it. */
#include "sqlite_vfs_internal.h"

#include <string.h>

struct vfs_shm_memory {
    int region_count;
    void **regions;
};

int vfs_shm_memory_open(struct vfs_file *file, struct vfs_shm_memory **memory_out)
{
    (void)file;
    *memory_out = sqlite3_malloc(sizeof **memory_out);
    if (!*memory_out)
        return SQLITE_NOMEM;
    **memory_out = (struct vfs_shm_memory){0};
    return SQLITE_OK;
}

static int add_region(struct vfs_shm_memory *memory, int region_size_bytes)
{
    void **regions = sqlite3_realloc64(memory->regions, sizeof *regions * ((sqlite3_uint64)memory->region_count + 1));
    void *region = sqlite3_malloc(region_size_bytes);
    if (regions)
        memory->regions = regions;
    if (!regions || !region) {
        sqlite3_free(region);
        return SQLITE_NOMEM;
    }
    memset(region, 0, (size_t)region_size_bytes); /* as a file that grows */
    memory->regions[memory->region_count++] = region;
    return SQLITE_OK;
}

int vfs_shm_memory_region(struct vfs_shm_memory *memory, struct vfs_file *file, int region, int region_size_bytes, int extend, void volatile **memory_out)
{
    (void)file;
    while (memory->region_count <= region) {
        int result = extend ? add_region(memory, region_size_bytes) : SQLITE_OK;
        if (!extend || result != SQLITE_OK)
            return result;
    }
    *memory_out = memory->regions[region];
    return SQLITE_OK;
}

int vfs_shm_memory_lock(struct vfs_shm_memory *memory, struct vfs_file *file, int type, int offset, int count)
{
    (void)memory;
    (void)file;
    (void)type;
    (void)offset;
    (void)count;
    return SQLITE_OK; /* the counts between connections are all there is to do */
}

void vfs_shm_memory_close(struct vfs_shm_memory *memory, int delete_file)
{
    (void)delete_file;
    for (int i = 0; i < memory->region_count; i++)
        sqlite3_free(memory->regions[i]);
    sqlite3_free(memory->regions);
    sqlite3_free(memory);
}
