/* The log's index in a mapped file beside the database, which every process that has it open shares; hides mapping and byte locks.
 *
 * Name, lock bytes and the order of steps are those of SQLite's own Unix VFS, so that both can have one database open. */
#include "sqlite_vfs_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FIRST_LOCK_BYTE = (22 + SQLITE_SHM_NLOCK) * 4, /* behind the two headers and the checkpoint's fields */
    ALIVE_BYTE = FIRST_LOCK_BYTE + SQLITE_SHM_NLOCK, /* read-locked by each process that uses the index */
    UNUSED_SIZE_BYTES = 3, /* what the first process cuts the file to: any header in it is of a process that died */
    FILE_PAGE_BYTES = 4096
};

struct vfs_shm_memory {
    int descriptor;
    bool is_read_only;
    bool awaits_writer; /* opened for reading while no process that could initialise it is there */
    int regions_per_mapping;
    int region_size_bytes;
    int region_count;
    char **regions;
    char path[]; /* NUL-terminated */
};

static int set_byte_lock(struct vfs_shm_memory *memory, struct vfs_file *file, int type, off_t start, off_t length)
{
    struct flock lock = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    int result;
    do {
        result = fcntl(memory->descriptor, F_SETLK, &lock);
    } while (result != 0 && errno == EINTR);
    if (result == 0)
        return SQLITE_OK;
    file->last_errno = errno;
    return SQLITE_BUSY;
}

/* The first process to come clears what an earlier one left behind; all of them then hold a read lock while they use the index. */
static int announce(struct vfs_shm_memory *memory, struct vfs_file *file)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = ALIVE_BYTE, .l_len = 1};
    int result;

    if (fcntl(memory->descriptor, F_GETLK, &lock) != 0)
        return SQLITE_IOERR_LOCK;
    if (lock.l_type == F_WRLCK)
        return SQLITE_BUSY;
    if (lock.l_type == F_UNLCK) {
        if (memory->is_read_only) {
            memory->awaits_writer = true;
            return SQLITE_READONLY_CANTINIT;
        }
        result = set_byte_lock(memory, file, F_WRLCK, ALIVE_BYTE, 1);
        if (result != SQLITE_OK)
            return result;
        if (ftruncate(memory->descriptor, UNUSED_SIZE_BYTES) != 0)
            return SQLITE_IOERR_SHMOPEN;
    }
    return set_byte_lock(memory, file, F_RDLCK, ALIVE_BYTE, 1);
}

static int open_index(struct vfs_shm_memory *memory, struct vfs_file *file)
{
    struct stat database;
    mode_t mode;
    if (fstat(file->descriptor, &database) != 0)
        return SQLITE_IOERR_FSTAT;
    mode = database.st_mode & 0777;
    if (!sqlite3_uri_boolean(file->path, "readonly_shm", 0))
        memory->descriptor = vfs_open_descriptor(memory->path, O_RDWR | O_CREAT | O_NOFOLLOW, mode);
    if (memory->descriptor < 0) {
        memory->descriptor = vfs_open_descriptor(memory->path, O_RDONLY | O_NOFOLLOW, mode);
        memory->is_read_only = true;
    }
    if (memory->descriptor < 0)
        return SQLITE_CANTOPEN;
    if (!memory->is_read_only && geteuid() == 0)
        (void)!fchown(memory->descriptor, database.st_uid, database.st_gid);
    return SQLITE_OK;
}

int vfs_shm_memory_open(struct vfs_file *file, struct vfs_shm_memory **memory_out)
{
    static const char ending[] = "-shm";
    size_t size = strlen(file->path);
    struct vfs_shm_memory *memory = sqlite3_malloc64(sizeof *memory + size + sizeof ending);
    int result;

    if (!memory)
        return SQLITE_NOMEM;
    *memory = (struct vfs_shm_memory){.descriptor = -1};
    memcpy(memory->path, file->path, size);
    memcpy(memory->path + size, ending, sizeof ending);
    result = open_index(memory, file);
    if (result == SQLITE_OK) {
        result = announce(memory, file);
        if (result == SQLITE_READONLY_CANTINIT)
            result = SQLITE_OK; /* the first mapping tries again and answers it then */
    }
    if (result != SQLITE_OK) {
        vfs_shm_memory_close(memory, 0);
        return result;
    }
    *memory_out = memory;
    return SQLITE_OK;
}

/* Pages of the file are written, not left as holes: a full disk must be an error here, not a signal at the first use of the memory. */
static int grow_file(struct vfs_shm_memory *memory, off_t present, off_t wanted)
{
    for (off_t page = present / FILE_PAGE_BYTES; page < wanted / FILE_PAGE_BYTES; page++) {
        if (pwrite(memory->descriptor, "", 1, page * FILE_PAGE_BYTES + FILE_PAGE_BYTES - 1) != 1)
            return SQLITE_IOERR_SHMSIZE;
    }
    return SQLITE_OK;
}

static int add_mapping(struct vfs_shm_memory *memory)
{
    size_t size = (size_t)memory->region_size_bytes * (size_t)memory->regions_per_mapping;
    sqlite3_uint64 count = (sqlite3_uint64)memory->region_count + (sqlite3_uint64)memory->regions_per_mapping;
    char **regions = sqlite3_realloc64(memory->regions, sizeof *regions * count);
    char *start;
    if (!regions)
        return SQLITE_IOERR_NOMEM;
    memory->regions = regions;
    start = mmap(NULL, size, memory->is_read_only ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED, memory->descriptor,
                 (off_t)memory->region_size_bytes * memory->region_count);
    if (start == MAP_FAILED)
        return SQLITE_IOERR_SHMMAP;
    for (int i = 0; i < memory->regions_per_mapping; i++)
        memory->regions[memory->region_count++] = start + (size_t)i * (size_t)memory->region_size_bytes;
    return SQLITE_OK;
}

static int map_up_to(struct vfs_shm_memory *memory, int region, int extend)
{
    int wanted = (region + memory->regions_per_mapping) / memory->regions_per_mapping * memory->regions_per_mapping;
    off_t size = (off_t)wanted * memory->region_size_bytes;
    struct stat status;
    int result = SQLITE_OK;

    if (memory->region_count >= wanted)
        return SQLITE_OK;
    if (fstat(memory->descriptor, &status) != 0)
        return SQLITE_IOERR_SHMSIZE;
    if (status.st_size < size) {
        if (!extend)
            return SQLITE_OK;
        result = grow_file(memory, status.st_size, size);
    }
    while (result == SQLITE_OK && memory->region_count < wanted)
        result = add_mapping(memory);
    return result;
}

int vfs_shm_memory_region(struct vfs_shm_memory *memory, struct vfs_file *file, int region, int region_size_bytes, int extend, void volatile **memory_out)
{
    int result = SQLITE_OK;
    if (memory->awaits_writer) {
        result = announce(memory, file);
        if (result != SQLITE_OK)
            return result;
        memory->awaits_writer = false;
    }
    if (memory->region_size_bytes == 0) {
        long page = sysconf(_SC_PAGESIZE); /* mappings start at multiples of it, and it can be larger than a region */
        memory->region_size_bytes = region_size_bytes;
        memory->regions_per_mapping = page > region_size_bytes ? (int)(page / region_size_bytes) : 1;
    }
    result = map_up_to(memory, region, extend);
    if (region < memory->region_count)
        *memory_out = memory->regions[region];
    return result == SQLITE_OK && memory->is_read_only ? SQLITE_READONLY : result;
}

int vfs_shm_memory_lock(struct vfs_shm_memory *memory, struct vfs_file *file, int type, int offset, int count)
{
    return set_byte_lock(memory, file, type, FIRST_LOCK_BYTE + offset, count);
}

void vfs_shm_memory_close(struct vfs_shm_memory *memory, int delete_file)
{
    for (int i = 0; i < memory->region_count; i += memory->regions_per_mapping)
        munmap(memory->regions[i], (size_t)memory->region_size_bytes * (size_t)memory->regions_per_mapping);
    if (memory->descriptor >= 0) {
        if (delete_file)
            unlink(memory->path);
        vfs_close_descriptor(memory->descriptor);
    }
    sqlite3_free(memory->regions);
    sqlite3_free(memory);
}
