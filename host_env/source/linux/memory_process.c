/* Hides from everyone how another process's memory is reached: vectors of bounded length, ioctls and tables of /proc. */
#include "host_env/memory.h"

#include <fcntl.h>
#include <stdio.h>

#include "host_call.h"

/* ---- Moving bytes ---- */

enum { PIECES_AT_ONCE = 1024 }; /* UIO_MAXIOV */

typedef ssize_t (*move_function)(pid_t pid, const struct iovec *own, unsigned long own_count, const struct iovec *far, unsigned long far_count,
                                 unsigned long flags);

/* One call's worth. 0, or errno; EFAULT where the kernel moved a part only, which it does when a later page may not be touched. */
static int move_batch(move_function move, pid_t pid, const host_memory_piece *pieces, size_t count)
{
    struct iovec own[PIECES_AT_ONCE], far[PIECES_AT_ONCE];
    size_t whole = 0;
    for (size_t i = 0; i < count; i++) {
        own[i] = (struct iovec){.iov_base = pieces[i].bytes, .iov_len = pieces[i].size};
        far[i] = (struct iovec){.iov_base = (void *)(uintptr_t)pieces[i].address, .iov_len = pieces[i].size};
        whole += pieces[i].size;
    }
    ssize_t moved = move(pid, own, count, far, count, 0);
    if (moved < 0) return errno;
    return (size_t)moved == whole ? 0 : EFAULT;
}

static int move_all(move_function move, int64_t pid, const host_memory_piece *pieces, size_t count)
{
    int code = 0;
    for (size_t done = 0; done < count && code == 0; done += PIECES_AT_ONCE)
        code = move_batch(move, (pid_t)pid, pieces + done, count - done < PIECES_AT_ONCE ? count - done : PIECES_AT_ONCE);
    return code;
}

/* The kernel moves at most about 2 GiB in one call and says so by a smaller count, which would be taken for a refusal. */
static const char *complaint_about(const host_memory_piece *pieces, size_t count, uint64_t *size_out)
{
    *size_out = 0;
    if (pieces == NULL && count > 0) return "pieces is NULL";
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].size > HOST_MEMORY_PIECE_BYTES_MAX) return "a piece is larger than HOST_MEMORY_PIECE_BYTES_MAX";
        *size_out += pieces[i].size;
    }
    return NULL;
}

host_status host_memory_process_read(host_env *env, int64_t pid, const host_memory_piece *pieces, size_t count, host_error *error)
{
    HOST_CALL(call, env, MEMORY_PROCESS_READ, error);
    uint64_t size;
    const char *complaint = complaint_about(pieces, count, &size);
    host_call_number(&call, "pid", pid);
    host_call_number(&call, "size", (int64_t)size);
    if (complaint != NULL) return host_call_invalid(&call, complaint);
    if (!host_call_permitted(&call)) return call.access.status;
    return host_call_finish(&call, move_all(env->operations.process_vm_readv, pid, pieces, count), (int64_t)size);
}

host_status host_memory_process_write(host_env *env, int64_t pid, const host_memory_piece *pieces, size_t count, host_error *error)
{
    HOST_CALL(call, env, MEMORY_PROCESS_WRITE, error);
    uint64_t size;
    const char *complaint = complaint_about(pieces, count, &size);
    host_call_number(&call, "pid", pid);
    host_call_number(&call, "size", (int64_t)size);
    if (complaint != NULL) return host_call_invalid(&call, complaint);
    if (!host_call_permitted(&call)) return call.access.status;
    return host_call_finish(&call, move_all(env->operations.process_vm_writev, pid, pieces, count), (int64_t)size);
}

/* ---- Which pages are its own ---- */

enum { PAGE_BYTES = 4096, ENTRIES_AT_ONCE = 512 };

/* Where a walk through a process's pages stands. */
typedef struct walk {
    host_memory_range *ranges;
    size_t capacity, count;
    uint64_t next; /* nothing below is left to be told */
} walk;

/* Linux 6.7 and later: the kernel walks. 0, or errno; ENOTTY where it cannot. */
static int walk_by_scan(const struct host_operations *operations, int fd, uint64_t end, walk *walk)
{
    while (walk->next < end && walk->count < walk->capacity) {
        struct memory_page_region regions[ENTRIES_AT_ONCE];
        size_t room = walk->capacity - walk->count < ENTRIES_AT_ONCE ? walk->capacity - walk->count : ENTRIES_AT_ONCE;
        struct memory_scan scan = {
            .size = sizeof scan,
            .start = walk->next,
            .end = end,
            .regions = (uintptr_t)regions,
            .region_count = room,
            .category_inverted = MEMORY_PAGE_IS_FILE | MEMORY_PAGE_IS_ZERO,
            .category_mask = MEMORY_PAGE_IS_FILE | MEMORY_PAGE_IS_ZERO,
            .category_anyof_mask = MEMORY_PAGE_IS_PRESENT | MEMORY_PAGE_IS_SWAPPED,
            .return_mask = MEMORY_PAGE_IS_PRESENT | MEMORY_PAGE_IS_SWAPPED,
        };
        int found = operations->ioctl_argument(fd, MEMORY_SCAN_REQUEST, (uintptr_t)&scan);
        if (found < 0) return errno;
        for (int i = 0; i < found; i++)
            walk->ranges[walk->count++] = (host_memory_range){regions[i].start, regions[i].end - regions[i].start};
        if (scan.walk_end <= walk->next) return EIO; /* it would never end */
        walk->next = scan.walk_end;
    }
    return 0;
}

enum { ENTRY_PRESENT_BIT = 63, ENTRY_SWAPPED_BIT = 62, ENTRY_FILE_BIT = 61 };

static int is_own(uint64_t entry)
{
    return (entry >> ENTRY_PRESENT_BIT & 1 || entry >> ENTRY_SWAPPED_BIT & 1) && !(entry >> ENTRY_FILE_BIT & 1);
}

/* Puts a page to the last range or begins another. Nonzero: there is no room. */
static int add_page(walk *walk, uint64_t address)
{
    host_memory_range *last = walk->count > 0 ? &walk->ranges[walk->count - 1] : NULL;
    if (last != NULL && last->address + last->size == address) {
        last->size += PAGE_BYTES;
        return 0;
    }
    if (walk->count == walk->capacity) return 1;
    walk->ranges[walk->count++] = (host_memory_range){address, PAGE_BYTES};
    return 0;
}

/* A word for each page, read and judged here. Pages that show the kernel's page of zeros cannot be told from the process's own. */
static int walk_by_entries(const struct host_operations *operations, int fd, uint64_t end, walk *walk)
{
    uint64_t entries[ENTRIES_AT_ONCE];
    while (walk->next < end) {
        size_t wanted = (end - walk->next) / PAGE_BYTES < ENTRIES_AT_ONCE ? (size_t)((end - walk->next) / PAGE_BYTES) : ENTRIES_AT_ONCE;
        ssize_t got = operations->pread(fd, entries, wanted * sizeof *entries, (off_t)(walk->next / PAGE_BYTES * sizeof *entries));
        if (got < 0) return errno;
        if (got < (ssize_t)sizeof *entries) return ESRCH; /* the process has ended */
        for (size_t i = 0; i < (size_t)got / sizeof *entries; i++, walk->next += PAGE_BYTES)
            if (is_own(entries[i]) && add_page(walk, walk->next)) return 0;
    }
    return 0;
}

static int walk_pages(const struct host_operations *operations, int fd, uint64_t end, walk *walk)
{
    uint64_t start = walk->next;
    int code = walk_by_scan(operations, fd, end, walk);
    if (code == ENOTTY || code == EINVAL) { /* EINVAL: a kernel that knows another form of it */
        walk->count = 0;
        walk->next = start;
        code = walk_by_entries(operations, fd, end, walk);
    }
    return code;
}

static int open_and_walk(const struct host_operations *operations, int64_t pid, uint64_t end, walk *walk)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%lld/pagemap", (long long)pid);
    int fd = operations->openat_mode(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return errno == ENOENT ? ESRCH : errno;
    int code = walk_pages(operations, fd, end, walk);
    (void)operations->close(fd);
    return code;
}

host_status host_memory_process_written(host_env *env, int64_t pid, int pagemap, const host_memory_range *within, host_memory_range *ranges_out, size_t capacity,
                                        size_t *count_out, uint64_t *next_out, host_error *error)
{
    HOST_CALL(call, env, MEMORY_PROCESS_WRITTEN, error);
    host_call_number(&call, "pid", pid);
    host_call_number(&call, "size", within != NULL ? (int64_t)within->size : 0);
    if (count_out == NULL || next_out == NULL) return host_call_invalid(&call, "there is no place for the answer");
    *count_out = 0;
    *next_out = 0;
    if (within == NULL || ranges_out == NULL || capacity == 0) return host_call_invalid(&call, "there is no range to look at, or no room for what is found");
    if (within->address % PAGE_BYTES != 0 || within->size % PAGE_BYTES != 0 || within->size > UINT64_MAX - within->address)
        return host_call_invalid(&call, "the range is not one of whole pages");
    if (!host_call_permitted(&call)) return call.access.status;
    walk walk = {.ranges = ranges_out, .capacity = capacity, .next = within->address};
    const uint64_t end = within->address + within->size;
    int code = 0;
    if (within->size > 0)
        code = pagemap >= 0 ? walk_pages(&env->operations, pagemap, end, &walk) : open_and_walk(&env->operations, pid, end, &walk);
    if (code == 0) {
        *count_out = walk.count;
        *next_out = walk.next;
    }
    return host_call_finish(&call, code, (int64_t)walk.count);
}
