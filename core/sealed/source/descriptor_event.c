/* eventfd: a counter that can be waited for; hides its waiting and overflow. */
#include "descriptor_internal.h"

#include "sealed/clock.h"
#include "sealed/thread.h"

#define COUNTER_MAX (UINT64_MAX - 1)

static bool is_positive(void *context)
{
    return ((const struct open_file *)context)->counter > 0;
}

static int64_t event_read(struct open_file *file, void *buffer, size_t size_bytes)
{
    if (size_bytes < sizeof file->counter)
        return -SEALED_EINVAL;
    while (file->counter == 0) {
        int error = file->flags & SEALED_OPEN_NONBLOCK ? -SEALED_EAGAIN
                                                       : sealed_wait_until(is_positive, file, SEALED_CLOCK_NEVER);
        if (error)
            return error;
    }
    uint64_t taken = file->is_semaphore ? 1 : file->counter;
    file->counter -= taken;
    memcpy(buffer, &taken, sizeof taken);
    return sizeof taken;
}

struct event_wait {
    const struct open_file *file;
    uint64_t added;
};

static bool has_room(void *context)
{
    const struct event_wait *wait = context;
    return wait->added <= COUNTER_MAX - wait->file->counter;
}

static int64_t event_write(struct open_file *file, const void *data, size_t size_bytes)
{
    struct event_wait wait = {file, 0};
    if (size_bytes < sizeof wait.added)
        return -SEALED_EINVAL;
    memcpy(&wait.added, data, sizeof wait.added);
    if (wait.added > COUNTER_MAX)
        return -SEALED_EINVAL;
    while (!has_room(&wait)) {
        int error = file->flags & SEALED_OPEN_NONBLOCK ? -SEALED_EAGAIN
                                                       : sealed_wait_until(has_room, &wait, SEALED_CLOCK_NEVER);
        if (error)
            return error;
    }
    file->counter += wait.added;
    return sizeof wait.added;
}

static int event_ready(struct open_file *file)
{
    return (file->counter > 0 ? SEALED_READY_READ : 0) | (file->counter < COUNTER_MAX ? SEALED_READY_WRITE : 0);
}

const struct open_file_kind open_file_kind_event = {
    .read = event_read,
    .write = event_write,
    .ready = event_ready,
};

int sealed_event_open(uint32_t value, bool is_semaphore, int flags)
{
    if (flags & ~(SEALED_OPEN_NONBLOCK | SEALED_OPEN_CLOSE_ON_EXEC))
        return -SEALED_EINVAL;
    struct fs_inode *inode = fs_inode_create(0600);
    if (!inode)
        return -SEALED_ENFILE;
    inode->flags |= FS_ANONYMOUS;
    struct open_file *file = open_file_create(&open_file_kind_event, inode,
                                              ((uint32_t)flags & SEALED_OPEN_NONBLOCK) | SEALED_OPEN_READ_WRITE);
    fs_inode_release(inode);
    if (!file)
        return -SEALED_ENOMEM;
    file->counter = value;
    file->is_semaphore = is_semaphore;
    int descriptor = descriptor_install(file, 0, flags & SEALED_OPEN_CLOSE_ON_EXEC);
    if (descriptor < 0)
        open_file_release(file);
    return descriptor;
}
