/* Counts what the tree holds against the quota; hides the heap from the rest of the file system. */
#include "fs_internal.h"

#include "sealed/descriptor.h"
#include "sealed/heap.h"
#include "sealed/limit.h"

enum { DEFAULT_INODES = 200000, DEFAULT_DESCRIPTORS = 1024, DEFAULT_DEPTH = 1000 };
#define DEFAULT_BYTES ((uint64_t)256 << 20)
#define DEFAULT_FILE_SIZE ((uint64_t)16 << 40)

static struct sealed_quota quota = {DEFAULT_BYTES, DEFAULT_INODES, DEFAULT_FILE_SIZE, DEFAULT_DESCRIPTORS,
                                    DEFAULT_DEPTH};
static struct sealed_usage usage = {.descriptors = 3}; /* the streams */

void sealed_fs_set_quota(const struct sealed_quota *wanted)
{
    quota.bytes_max = wanted->bytes_max ? wanted->bytes_max : DEFAULT_BYTES;
    quota.inodes_max = wanted->inodes_max ? wanted->inodes_max : DEFAULT_INODES;
    /* Offsets are signed 64-bit numbers, and sums with a size must not overflow. */
    quota.file_size_max = wanted->file_size_max ? wanted->file_size_max : DEFAULT_FILE_SIZE;
    if (quota.file_size_max > (uint64_t)1 << 62)
        quota.file_size_max = (uint64_t)1 << 62;
    quota.descriptors_max = wanted->descriptors_max ? wanted->descriptors_max : DEFAULT_DESCRIPTORS;
    if (quota.descriptors_max > SEALED_DESCRIPTOR_MAX)
        quota.descriptors_max = SEALED_DESCRIPTOR_MAX;
    quota.directory_depth_max = wanted->directory_depth_max ? wanted->directory_depth_max : DEFAULT_DEPTH;
}

const struct sealed_quota *fs_quota(void)
{
    return &quota;
}

void sealed_fs_usage(struct sealed_usage *usage_out)
{
    *usage_out = usage;
}

const struct sealed_usage *sealed_fs_usage_place(void)
{
    return &usage;
}

static bool has_room(size_t size_bytes)
{
    if (usage.bytes <= quota.bytes_max && size_bytes <= quota.bytes_max - usage.bytes)
        return true;
    sealed_limit_refused(CORDON_LIMIT_FS_BYTES, usage.bytes + size_bytes);
    return false;
}

bool fs_offset_is_allowed(uint64_t end)
{
    if (end <= quota.file_size_max)
        return true;
    sealed_limit_refused(CORDON_LIMIT_FS_OFFSET, end);
    return false;
}

void *fs_take_bytes(size_t size_bytes)
{
    if (!has_room(size_bytes))
        return NULL;
    void *block = sealed_allocate(size_bytes);
    if (block)
        usage.bytes += size_bytes;
    return block;
}

void *fs_retake_bytes(void *block, size_t old_size_bytes, size_t new_size_bytes)
{
    if (!block)
        return fs_take_bytes(new_size_bytes);
    if (new_size_bytes > old_size_bytes && !has_room(new_size_bytes - old_size_bytes))
        return NULL;
    void *moved = sealed_reallocate(block, new_size_bytes);
    if (moved)
        usage.bytes = usage.bytes - old_size_bytes + new_size_bytes;
    return moved;
}

void fs_release_bytes(void *block, size_t size_bytes)
{
    if (!block)
        return;
    sealed_release(block);
    usage.bytes -= size_bytes;
}

bool fs_take_inode(void)
{
    if (usage.inodes >= quota.inodes_max) {
        sealed_limit_refused(CORDON_LIMIT_FS_FILES, usage.inodes + 1);
        return false;
    }
    usage.inodes++;
    return true;
}

void fs_release_inode(void)
{
    usage.inodes--;
}

void fs_count_descriptors(int change)
{
    usage.descriptors = (uint32_t)((int)usage.descriptors + change);
}
