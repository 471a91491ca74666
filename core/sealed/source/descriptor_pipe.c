/* Pipes, fifos and pairs as open files; hides who counts the two sides and who frees the bytes. */
#include "descriptor_internal.h"

#include "sealed/clock.h"
#include "sealed/thread.h"

static bool is_nonblocking(const struct open_file *file)
{
    return file->flags & SEALED_OPEN_NONBLOCK;
}

static int64_t read_from_pipe(struct open_file *file, void *buffer, size_t size_bytes)
{
    return pipe_read(file->input, buffer, size_bytes, is_nonblocking(file));
}

static int64_t write_to_pipe(struct open_file *file, const void *data, size_t size_bytes)
{
    return file->output ? pipe_write(file->output, data, size_bytes, is_nonblocking(file)) : -SEALED_EPIPE;
}

static int pipe_ready(struct open_file *file)
{
    const struct sealed_pipe *input = file->input, *output = file->output;
    int ready = 0;
    if (input && (input->held > 0 || (file->output && input->writers == 0)))
        ready |= SEALED_READY_READ;
    if (input && input->writers == 0)
        ready |= SEALED_READY_END;
    if (output && pipe_is_writable(output))
        ready |= SEALED_READY_WRITE;
    if (output && output->readers == 0 && !input)
        ready |= SEALED_READY_ERROR;
    return ready;
}

static int64_t pipe_available(struct open_file *file)
{
    return file->input ? file->input->held : 0;
}

static void attach(struct open_file *file, struct sealed_pipe *input, struct sealed_pipe *output)
{
    file->input = input;
    file->output = output;
    if (input) {
        input->readers++;
        input->readers_ever++;
    }
    if (output) {
        output->writers++;
        output->writers_ever++;
    }
}

static void drop(struct sealed_pipe *pipe)
{
    if (pipe && pipe->holds > 0 && --pipe->holds == 0)
        pipe_destroy(pipe);
}

static void pipe_close(struct open_file *file)
{
    if (file->input)
        file->input->readers--;
    if (file->output)
        file->output->writers--;
    /* A fifo that nobody has open forgets what was in it. */
    struct sealed_pipe *named = file->input ? file->input : file->output;
    if (named && named->readers == 0 && named->writers == 0)
        named->held = named->first = 0;
    drop(file->input);
    drop(file->output);
}

const struct open_file_kind open_file_kind_pipe = {
    .read = read_from_pipe,
    .write = write_to_pipe,
    .ready = pipe_ready,
    .available = pipe_available,
    .close = pipe_close,
};

const struct open_file_kind open_file_kind_fifo = {
    .read = read_from_pipe,
    .write = write_to_pipe,
    .ready = pipe_ready,
    .available = pipe_available,
    .close = pipe_close,
};

/* ---- opening a fifo ---- */

struct fifo_wait {
    const uint32_t *openings;
    uint32_t before;
};

static bool other_side_came(void *context)
{
    const struct fifo_wait *wait = context;
    return *wait->openings != wait->before;
}

int fifo_open(struct open_file *file)
{
    struct sealed_pipe *pipe = file->inode->pipe;
    if (!pipe && !(pipe = file->inode->pipe = pipe_create()))
        return -SEALED_ENOMEM;
    bool reads = open_file_may_read(file), writes = open_file_may_write(file);
    if (writes && !reads && pipe->readers == 0 && is_nonblocking(file))
        return -SEALED_ENXIO;
    attach(file, reads ? pipe : NULL, writes ? pipe : NULL);
    bool is_alone = (reads ? pipe->writers : pipe->readers) == 0;
    if (!is_alone || is_nonblocking(file))
        return 0;
    /* Openings are counted, not openers: the other side may have come and gone before this thread runs again. */
    struct fifo_wait wait = {reads ? &pipe->writers_ever : &pipe->readers_ever,
                             reads ? pipe->writers_ever : pipe->readers_ever};
    return sealed_wait_until(other_side_came, &wait, SEALED_CLOCK_NEVER);
}

/* ---- anonymous pipes and pairs ---- */

static struct open_file *create_end(struct fs_inode *inode, uint32_t flags, struct sealed_pipe *input,
                                    struct sealed_pipe *output)
{
    struct open_file *file = open_file_create(&open_file_kind_pipe, inode, flags);
    if (file)
        attach(file, input, output);
    return file;
}

/* Takes over both ends; closes what it opened if the table is full. */
static int install_both(struct open_file *first, struct open_file *second, int descriptors_out[2], bool close_on_exec)
{
    int error = first && second ? 0 : -SEALED_ENOMEM;
    int one = error ? error : descriptor_install(first, 0, close_on_exec);
    int two = one < 0 ? one : descriptor_install(second, 0, close_on_exec);
    if (two >= 0) {
        descriptors_out[0] = one;
        descriptors_out[1] = two;
        return 0;
    }
    if (one >= 0)
        sealed_descriptor_close(one);
    else if (first)
        open_file_release(first);
    if (second)
        open_file_release(second);
    return two;
}

static int check_flags(int flags)
{
    return flags & ~(SEALED_OPEN_NONBLOCK | SEALED_OPEN_CLOSE_ON_EXEC) ? -SEALED_EINVAL : 0;
}

static struct fs_inode *create_anonymous(uint32_t mode)
{
    struct fs_inode *inode = fs_inode_create(mode);
    if (inode)
        inode->flags |= FS_ANONYMOUS;
    return inode;
}

int sealed_pipe_open(int descriptors_out[2], int flags)
{
    int error = check_flags(flags);
    if (error)
        return error;
    struct fs_inode *inode = create_anonymous(SEALED_MODE_FIFO | 0600);
    if (!inode)
        return -SEALED_ENFILE;
    inode->pipe = pipe_create();
    if (!inode->pipe) {
        fs_inode_release(inode);
        return -SEALED_ENFILE;
    }
    uint32_t kept = (uint32_t)flags & SEALED_OPEN_NONBLOCK;
    struct open_file *reader = create_end(inode, kept | SEALED_OPEN_READ, inode->pipe, NULL);
    struct open_file *writer = create_end(inode, kept | SEALED_OPEN_WRITE, NULL, inode->pipe);
    fs_inode_release(inode);
    return install_both(reader, writer, descriptors_out, flags & SEALED_OPEN_CLOSE_ON_EXEC);
}

static struct open_file *create_pair_end(uint32_t flags, struct sealed_pipe *input, struct sealed_pipe *output)
{
    struct fs_inode *inode = create_anonymous(SEALED_MODE_SOCKET | 0777);
    if (!inode)
        return NULL;
    struct open_file *file = create_end(inode, flags | SEALED_OPEN_READ_WRITE, input, output);
    fs_inode_release(inode);
    if (file) {
        input->holds++;
        output->holds++;
    }
    return file;
}

int sealed_pair_open(int descriptors_out[2], int flags)
{
    int error = check_flags(flags);
    if (error)
        return error;
    struct sealed_pipe *there = pipe_create(), *back = pipe_create();
    if (!there || !back) {
        pipe_destroy(there);
        pipe_destroy(back);
        return -SEALED_ENFILE;
    }
    there->holds = back->holds = 1; /* until both ends are made, so that the failure of one frees nothing early */
    uint32_t kept = (uint32_t)flags & SEALED_OPEN_NONBLOCK;
    struct open_file *one = create_pair_end(kept, back, there);
    struct open_file *two = create_pair_end(kept, there, back);
    error = install_both(one, two, descriptors_out, flags & SEALED_OPEN_CLOSE_ON_EXEC);
    drop(there);
    drop(back);
    return error;
}

int sealed_pair_stop_writing(int descriptor)
{
    struct open_file *file = descriptor_file(descriptor);
    if (!file)
        return -SEALED_EBADF;
    if (file->kind != &open_file_kind_pipe || !file->input || !open_file_may_write(file))
        return -SEALED_EINVAL; /* one side of a pipe */
    if (file->output) {
        file->output->writers--;
        drop(file->output);
        file->output = NULL;
    }
    return 0;
}
