/* The three standard streams; hides from the guest who stands at the other end. */
#include "descriptor_internal.h"

static sealed_stream_read_function read_input;
static sealed_stream_write_function write_output;

void sealed_stream_set(sealed_stream_read_function read, sealed_stream_write_function write)
{
    read_input = read;
    write_output = write;
}

static int64_t stream_read(struct open_file *file, void *buffer, size_t size_bytes)
{
    (void)file;
    return read_input && size_bytes > 0 ? read_input(buffer, size_bytes) : 0;
}

static int64_t stream_write(struct open_file *file, const void *data, size_t size_bytes)
{
    if (size_bytes == 0)
        return 0;
    return write_output ? write_output(file->stream, data, size_bytes) : -SEALED_EIO;
}

static int stream_ready(struct open_file *file)
{
    /* A read waits outside, where only the host knows whether there is something; so it is always worth trying. */
    return file->stream == 0 ? SEALED_READY_READ : SEALED_READY_WRITE;
}

const struct open_file_kind open_file_kind_stream = {
    .read = stream_read,
    .write = stream_write,
    .ready = stream_ready,
};
