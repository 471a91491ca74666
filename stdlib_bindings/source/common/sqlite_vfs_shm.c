/* The index of a write-ahead log: who holds which of its eight locks; hides whether its memory is a mapped file or the heap. */
#include "sqlite_vfs_internal.h"

#include <fcntl.h>
#include <string.h>

/* One file's index, shared by the connections of this process. */
struct vfs_shm {
    struct vfs_shm_memory *memory;
    unsigned references;
    int locks[SQLITE_SHM_NLOCK]; /* connections that read with it; -1: one that writes */
};

struct vfs_shm_connection {
    unsigned shared_mask, exclusive_mask; /* bit n: lock n */
};

static int join(struct vfs_file *file)
{
    struct vfs_shm *shm = file->node->shm;
    int result;
    if (shm) {
        shm->references++;
        return SQLITE_OK;
    }
    shm = sqlite3_malloc(sizeof *shm);
    if (!shm)
        return SQLITE_NOMEM;
    memset(shm, 0, sizeof *shm);
    result = vfs_shm_memory_open(file, &shm->memory);
    if (result != SQLITE_OK) {
        sqlite3_free(shm);
        return result;
    }
    shm->references = 1;
    file->node->shm = shm;
    return SQLITE_OK;
}

static void leave(struct vfs_file *file, int delete_file)
{
    struct vfs_shm *shm = file->node->shm;
    if (--shm->references > 0)
        return;
    vfs_shm_memory_close(shm->memory, delete_file);
    file->node->shm = NULL;
    sqlite3_free(shm);
}

static int attach(struct vfs_file *file)
{
    int result;
    if (file->shm)
        return SQLITE_OK;
    file->shm = sqlite3_malloc(sizeof *file->shm);
    if (!file->shm)
        return SQLITE_NOMEM;
    *file->shm = (struct vfs_shm_connection){0};
    result = join(file);
    if (result != SQLITE_OK) {
        sqlite3_free(file->shm);
        file->shm = NULL;
    }
    return result;
}

int vfs_shm_map(sqlite3_file *base, int region, int region_size_bytes, int extend, void volatile **memory_out)
{
    struct vfs_file *file = (struct vfs_file *)base;
    int result;
    *memory_out = NULL;
    vfs_lock_nodes();
    result = attach(file);
    if (result == SQLITE_OK)
        result = vfs_shm_memory_region(file->node->shm->memory, file, region, region_size_bytes, extend, memory_out);
    vfs_unlock_nodes();
    return result;
}

static int give_back(struct vfs_file *file, int offset, int count, unsigned mask, int flags)
{
    struct vfs_shm *shm = file->node->shm;
    struct vfs_shm_connection *connection = file->shm;
    int result;

    if (!((connection->shared_mask | connection->exclusive_mask) & mask))
        return SQLITE_OK;
    if ((flags & SQLITE_SHM_SHARED) && shm->locks[offset] > 1) {
        shm->locks[offset]--;
        connection->shared_mask &= ~mask;
        return SQLITE_OK;
    }
    result = vfs_shm_memory_lock(shm->memory, file, F_UNLCK, offset, count);
    if (result != SQLITE_OK)
        return result;
    memset(&shm->locks[offset], 0, sizeof *shm->locks * (size_t)count);
    connection->shared_mask &= ~mask;
    connection->exclusive_mask &= ~mask;
    return SQLITE_OK;
}

static int take_shared(struct vfs_file *file, int offset, unsigned mask)
{
    struct vfs_shm *shm = file->node->shm;
    int result = SQLITE_OK;
    if (file->shm->shared_mask & mask)
        return SQLITE_OK;
    if (shm->locks[offset] < 0)
        return SQLITE_BUSY;
    if (shm->locks[offset] == 0)
        result = vfs_shm_memory_lock(shm->memory, file, F_RDLCK, offset, 1);
    if (result == SQLITE_OK) {
        shm->locks[offset]++;
        file->shm->shared_mask |= mask;
    }
    return result;
}

static int take_exclusive(struct vfs_file *file, int offset, int count, unsigned mask)
{
    struct vfs_shm *shm = file->node->shm;
    int result;
    for (int i = offset; i < offset + count; i++) {
        if (shm->locks[i] != 0 && !(file->shm->exclusive_mask & (1u << i)))
            return SQLITE_BUSY;
    }
    result = vfs_shm_memory_lock(shm->memory, file, F_WRLCK, offset, count);
    if (result != SQLITE_OK)
        return result;
    for (int i = offset; i < offset + count; i++)
        shm->locks[i] = -1;
    file->shm->exclusive_mask |= mask;
    return SQLITE_OK;
}

int vfs_shm_lock(sqlite3_file *base, int offset, int count, int flags)
{
    struct vfs_file *file = (struct vfs_file *)base;
    unsigned mask;
    int result;
    if (!file->shm || offset < 0 || count < 1 || offset + count > SQLITE_SHM_NLOCK)
        return SQLITE_IOERR_SHMLOCK;
    mask = (1u << (offset + count)) - (1u << offset);
    vfs_lock_nodes();
    if (flags & SQLITE_SHM_UNLOCK)
        result = give_back(file, offset, count, mask, flags);
    else if (flags & SQLITE_SHM_SHARED)
        result = take_shared(file, offset, mask);
    else
        result = take_exclusive(file, offset, count, mask);
    vfs_unlock_nodes();
    return result;
}

void vfs_shm_barrier(sqlite3_file *base)
{
    (void)base;
    __sync_synchronize();
    /* Entering and leaving a mutex orders memory for the compiler and for tools that watch threads. */
    vfs_lock_nodes();
    vfs_unlock_nodes();
}

int vfs_shm_unmap(sqlite3_file *base, int delete_file)
{
    struct vfs_file *file = (struct vfs_file *)base;
    if (!file->shm)
        return SQLITE_OK;
    vfs_lock_nodes();
    leave(file, delete_file);
    vfs_unlock_nodes();
    sqlite3_free(file->shm);
    file->shm = NULL;
    return SQLITE_OK;
}
