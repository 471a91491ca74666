/* Gives numbers to open files; hides sharing, limits and the three streams that are open from the start. */
#include "descriptor_internal.h"

#include "sealed/heap.h"

struct descriptor_row {
    struct open_file *file;
    bool close_on_exec;
};

static struct descriptor_row rows[SEALED_DESCRIPTOR_MAX];
static int lowest_free = 3; /* no number below it is free */

/* The streams need no memory, so that a sandbox can say what went wrong when there is none. */
static struct fs_inode stream_inodes[3] = {
    {.number = 1,
     .mode = SEALED_MODE_FIFO | 0600,
     .user = SEALED_USER,
     .group = SEALED_GROUP,
     .links = 1,
     .holds = 1,
     .flags = FS_ANONYMOUS},
    {.number = 2,
     .mode = SEALED_MODE_FIFO | 0600,
     .user = SEALED_USER,
     .group = SEALED_GROUP,
     .links = 1,
     .holds = 1,
     .flags = FS_ANONYMOUS},
    {.number = 3,
     .mode = SEALED_MODE_FIFO | 0600,
     .user = SEALED_USER,
     .group = SEALED_GROUP,
     .links = 1,
     .holds = 1,
     .flags = FS_ANONYMOUS},
};
static struct open_file stream_files[3] = {
    {.kind = &open_file_kind_stream, .inode = &stream_inodes[0], .flags = SEALED_OPEN_READ, .holds = 2, .stream = 0},
    {.kind = &open_file_kind_stream, .inode = &stream_inodes[1], .flags = SEALED_OPEN_WRITE, .holds = 2, .stream = 1},
    {.kind = &open_file_kind_stream, .inode = &stream_inodes[2], .flags = SEALED_OPEN_WRITE, .holds = 2, .stream = 2},
};
static struct descriptor_row stream_rows[3] = {
    {&stream_files[0], false}, {&stream_files[1], false}, {&stream_files[2], false}};

/* The table itself starts all zero, so that its pages cost nothing; the first three rows lie apart. */
static struct descriptor_row *row_of(int descriptor)
{
    if (descriptor < 0 || descriptor >= SEALED_DESCRIPTOR_MAX)
        return NULL;
    return descriptor < 3 ? &stream_rows[descriptor] : &rows[descriptor];
}

struct open_file *descriptor_file(int descriptor)
{
    const struct descriptor_row *row = row_of(descriptor);
    return row ? row->file : NULL;
}

bool descriptor_is_open(int descriptor)
{
    return descriptor_file(descriptor) != NULL;
}

struct fs_inode *descriptor_inode(int descriptor)
{
    struct open_file *file = descriptor_file(descriptor);
    return file ? file->inode : NULL;
}

struct open_file *open_file_create(const struct open_file_kind *kind, struct fs_inode *inode, uint32_t flags)
{
    struct open_file *file = sealed_allocate(sizeof *file);
    if (!file)
        return NULL;
    *file = (struct open_file){.kind = kind, .inode = inode, .flags = flags, .holds = 1};
    fs_inode_hold(inode);
    return file;
}

void open_file_release(struct open_file *file)
{
    if (--file->holds > 0)
        return;
    if (file->kind->close)
        file->kind->close(file);
    fs_inode_release(file->inode);
    sealed_release(file);
}

int descriptor_install(struct open_file *file, int lowest, bool close_on_exec)
{
    int limit = (int)fs_quota()->descriptors_max;
    for (int number = lowest > lowest_free ? lowest : lowest_free; number < limit; number++) {
        struct descriptor_row *row = row_of(number);
        if (row->file)
            continue;
        *row = (struct descriptor_row){file, close_on_exec};
        if (lowest <= lowest_free)
            lowest_free = number + 1;
        fs_count_descriptors(1);
        return number;
    }
    return -SEALED_EMFILE;
}

int sealed_descriptor_close(int descriptor)
{
    struct open_file *file = descriptor_file(descriptor);
    if (!file)
        return -SEALED_EBADF;
    *row_of(descriptor) = (struct descriptor_row){0};
    if (descriptor < lowest_free)
        lowest_free = descriptor;
    fs_count_descriptors(-1);
    open_file_release(file);
    return 0;
}

void sealed_descriptor_close_range(unsigned first, unsigned last)
{
    for (unsigned number = first; number <= last && number < SEALED_DESCRIPTOR_MAX; number++)
        if (descriptor_is_open((int)number))
            sealed_descriptor_close((int)number);
}

int sealed_descriptor_duplicate(int descriptor, int lowest, bool close_on_exec)
{
    struct open_file *file = descriptor_file(descriptor);
    if (!file)
        return -SEALED_EBADF;
    if (lowest < 0 || lowest >= (int)fs_quota()->descriptors_max)
        return -SEALED_EINVAL;
    int copy = descriptor_install(file, lowest, close_on_exec);
    if (copy >= 0)
        file->holds++;
    return copy;
}

int sealed_descriptor_duplicate_to(int descriptor, int target, bool close_on_exec)
{
    struct open_file *file = descriptor_file(descriptor);
    if (!file || target < 0 || target >= (int)fs_quota()->descriptors_max)
        return -SEALED_EBADF;
    if (descriptor == target)
        return target;
    file->holds++;
    if (descriptor_is_open(target))
        sealed_descriptor_close(target);
    *row_of(target) = (struct descriptor_row){file, close_on_exec};
    if (target == lowest_free)
        lowest_free = target + 1;
    fs_count_descriptors(1);
    return target;
}

int sealed_descriptor_flags(int descriptor)
{
    const struct open_file *file = descriptor_file(descriptor);
    return file ? (int)file->flags : -SEALED_EBADF;
}

int sealed_descriptor_set_flags(int descriptor, int flags)
{
    const uint32_t changeable = SEALED_OPEN_APPEND | SEALED_OPEN_NONBLOCK;
    struct open_file *file = descriptor_file(descriptor);
    if (!file || (file->flags & SEALED_OPEN_PATH))
        return -SEALED_EBADF;
    file->flags = (file->flags & ~changeable) | ((uint32_t)flags & changeable);
    return 0;
}

int sealed_descriptor_close_on_exec(int descriptor)
{
    return descriptor_is_open(descriptor) ? row_of(descriptor)->close_on_exec : -SEALED_EBADF;
}

int sealed_descriptor_set_close_on_exec(int descriptor, bool close_on_exec)
{
    if (!descriptor_is_open(descriptor))
        return -SEALED_EBADF;
    row_of(descriptor)->close_on_exec = close_on_exec;
    return 0;
}
