/* Hides from the stdio adapters how a stream buffers what goes to and comes from a sealed descriptor. */
#include "stdio_stream.h"

#include "result.h"

#include "sealed/descriptor.h"
#include "sealed/heap.h"

#include <string.h>

static struct stream standard_error = {.descriptor = 2, .may_write = true, .is_static = true, .buffering = _IONBF};
static struct stream standard_output = {
    .descriptor = 1, .may_write = true, .is_static = true, .buffering = _IOFBF, .next = &standard_error};
static struct stream standard_input = {
    .descriptor = 0, .may_read = true, .is_static = true, .buffering = _IOFBF, .next = &standard_output};
static struct stream *all_streams = &standard_input;

FILE *const cordon_bind_stdin = (FILE *)&standard_input;
FILE *const cordon_bind_stdout = (FILE *)&standard_output;
FILE *const cordon_bind_stderr = (FILE *)&standard_error;

/* --- the descriptor below --- */

/* Writes all, or remembers the failure. How many bytes went out. */
static size_t write_through(struct stream *stream, const unsigned char *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        int64_t count = sealed_descriptor_write(stream->descriptor, data + done, size - done);
        if (count <= 0) {
            stream->has_failed = true;
            errno = count < 0 ? (int)-count : EIO;
            break;
        }
        done += (size_t)count;
    }
    return done;
}

/* At most `size` bytes; 0 at the end or after a failure. */
static size_t read_through(struct stream *stream, unsigned char *data, size_t size)
{
    int64_t count = sealed_descriptor_read(stream->descriptor, data, size);

    if (count > 0)
        return (size_t)count;
    if (count == 0) {
        stream->is_at_end = true;
    } else {
        stream->has_failed = true;
        errno = (int)-count;
    }
    return 0;
}

/* --- directions --- */

static void have_buffer(struct stream *stream)
{
    if (stream->buffer || stream->buffering == _IONBF)
        return;
    stream->buffer = sealed_allocate(STREAM_BUFFER_BYTES);
    stream->owns_buffer = stream->buffer != NULL;
    stream->capacity = stream->buffer ? STREAM_BUFFER_BYTES : 0; /* without memory a stream works unbuffered */
}

static bool begin(struct stream *stream, enum stream_direction direction)
{
    bool is_allowed = direction == STREAM_READING ? stream->may_read : stream->may_write;

    if (!is_allowed) {
        stream->has_failed = true;
        errno = EBADF;
        return false;
    }
    if (stream->direction == direction)
        return true;
    if (stream_flush(stream) != 0)
        return false;
    have_buffer(stream);
    stream->direction = direction;
    stream->start = stream->end = 0;
    return true;
}

static size_t unread(const struct stream *stream)
{
    return stream->direction == STREAM_READING ? stream->end - stream->start + (size_t)stream->unget_count : 0;
}

static int flush_writing(struct stream *stream)
{
    size_t size = stream->end, done;

    stream->end = 0;
    done = write_through(stream, stream->buffer, size);
    return done == size ? 0 : EOF;
}

int stream_flush(struct stream *stream)
{
    enum stream_direction direction = stream->direction;

    stream->direction = STREAM_IDLE;
    if (direction == STREAM_WRITING)
        return flush_writing(stream);
    if (direction == STREAM_READING) {
        int64_t back = (int64_t)(stream->end - stream->start) + stream->unget_count;
        if (back > 0)
            sealed_descriptor_seek(
                stream->descriptor, -back,
                SEALED_SEEK_CURRENT); /* a pipe cannot: then what was read ahead is gone, as in libc */
        stream->start = stream->end = 0;
        stream->unget_count = 0;
    }
    return 0;
}

int stream_flush_all(void)
{
    int result = 0;

    for (struct stream *stream = all_streams; stream; stream = stream->next)
        if (stream->direction == STREAM_WRITING && stream_flush(stream) != 0)
            result = EOF;
    return result;
}

/* --- data --- */

static size_t take_unget(struct stream *stream, unsigned char *data, size_t size)
{
    size_t done = 0;

    while (done < size && stream->unget_count > 0)
        data[done++] = stream->unget[--stream->unget_count];
    return done;
}

static size_t take_buffered(struct stream *stream, unsigned char *data, size_t size)
{
    size_t count = stream->end - stream->start;

    if (count > size)
        count = size;
    if (count > 0)
        memcpy(data, stream->buffer + stream->start, count);
    stream->start += count;
    return count;
}

static bool fill(struct stream *stream)
{
    stream->start = 0;
    stream->end = read_through(stream, stream->buffer, stream->capacity);
    return stream->end > 0;
}

size_t stream_read(struct stream *stream, void *data, size_t size)
{
    unsigned char *bytes = data;
    size_t done;

    if (size == 0 || !begin(stream, STREAM_READING))
        return 0;
    done = take_unget(stream, bytes, size);
    done += take_buffered(stream, bytes + done, size - done);
    while (done < size) {
        size_t count;
        if (size - done >= stream->capacity) /* large requests, and streams without a buffer, go past it */
            count = read_through(stream, bytes + done, size - done);
        else
            count = fill(stream) ? take_buffered(stream, bytes + done, size - done) : 0;
        if (count == 0)
            break;
        done += count;
    }
    return done;
}

int stream_get(struct stream *stream)
{
    unsigned char byte;

    if (stream->direction == STREAM_READING && stream->unget_count == 0 && stream->start < stream->end)
        return stream->buffer[stream->start++];
    return stream_read(stream, &byte, 1) == 1 ? byte : EOF;
}

static bool must_flush_after(const struct stream *stream, const unsigned char *data, size_t size)
{
    return stream->buffering == _IOLBF && memchr(data, '\n', size) != NULL;
}

size_t stream_write(struct stream *stream, const void *data, size_t size)
{
    if (size == 0 || !begin(stream, STREAM_WRITING))
        return 0;
    if (size > stream->capacity - stream->end && flush_writing(stream) != 0)
        return 0;
    if (size >= stream->capacity)
        return write_through(stream, data, size);
    memcpy(stream->buffer + stream->end, data, size);
    stream->end += size;
    if (must_flush_after(stream, data, size) && flush_writing(stream) != 0)
        return 0;
    return size;
}

/* --- position --- */

int stream_seek(struct stream *stream, off_t offset, int whence)
{
    int64_t result;

    if (whence == SEEK_CUR)
        offset -= (off_t)unread(stream);
    if (stream->direction == STREAM_WRITING && stream_flush(stream) != 0)
        return -1;
    result = sealed_descriptor_seek(stream->descriptor, offset, whence);
    if (result < 0)
        return (int)sandbox_result(result);
    stream->direction = STREAM_IDLE;
    stream->start = stream->end = 0;
    stream->unget_count = 0;
    stream->is_at_end = false;
    return 0;
}

off_t stream_tell(struct stream *stream)
{
    int64_t position = sealed_descriptor_seek(stream->descriptor, 0, SEALED_SEEK_CURRENT);

    if (position < 0)
        return (off_t)sandbox_result(position);
    return (off_t)(position - (int64_t)unread(stream) +
                   (stream->direction == STREAM_WRITING ? (int64_t)stream->end : 0));
}

/* --- lifecycle --- */

struct stream *stream_open(int descriptor, bool may_read, bool may_write)
{
    struct stream *stream = sealed_allocate_zeroed(1, sizeof *stream);

    if (!stream) {
        errno = ENOMEM;
        return NULL;
    }
    stream->descriptor = descriptor;
    stream->may_read = may_read;
    stream->may_write = may_write;
    stream->buffering = _IOFBF;
    /* Behind the three, so that these stay in front for ever. */
    stream->previous = &standard_error;
    stream->next = standard_error.next;
    if (stream->next)
        stream->next->previous = stream;
    standard_error.next = stream;
    return stream;
}

int stream_close(struct stream *stream)
{
    int result = stream_flush(stream);
    int closed = sealed_descriptor_close(stream->descriptor);

    if (stream->owns_buffer)
        sealed_release(stream->buffer);
    stream->buffer = NULL;
    stream->capacity = 0;
    stream->owns_buffer = false;
    if (!stream->is_static) {
        stream->previous->next = stream->next;
        if (stream->next)
            stream->next->previous = stream->previous;
        sealed_release(stream);
    }
    if (closed < 0) {
        errno = -closed;
        return EOF;
    }
    return result;
}
