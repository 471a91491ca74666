/* What the stdio adapters share: a stream behind libc's FILE. Nobody else includes this. */
#ifndef SANDBOX_STDIO_STREAM_H
#define SANDBOX_STDIO_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

enum { STREAM_BUFFER_BYTES = 8192, STREAM_UNGET_BYTES = 8 };

enum stream_direction { STREAM_IDLE, STREAM_READING, STREAM_WRITING };

struct stream {
    int descriptor;
    bool may_read, may_write;
    bool is_at_end, has_failed;
    bool is_static; /* one of the three: never freed */
    bool owns_buffer;
    int buffering; /* _IOFBF, _IOLBF, _IONBF */
    enum stream_direction direction;
    unsigned char *buffer; /* allocated at first use */
    size_t capacity;
    size_t start, end; /* reading: what is left to read; writing: start is 0 and end is what waits to be written */
    unsigned char unget[STREAM_UNGET_BYTES]; /* a stack, read before the buffer */
    int unget_count;
    struct stream *next, *previous; /* all open streams, for the flush at exit */
};

static inline struct stream *stream_of(FILE *file)
{
    return (struct stream *)file;
}

extern FILE *const cordon_bind_stdin;
extern FILE *const cordon_bind_stdout;
extern FILE *const cordon_bind_stderr;

/* Reads or writes up to `size` bytes through the buffer; how many. Less only at the end or after a failure, which the
 * stream remembers; errno is set. */
size_t stream_read(struct stream *stream, void *data, size_t size);
size_t stream_write(struct stream *stream, const void *data, size_t size);

/* The next byte, or EOF. */
int stream_get(struct stream *stream);

/* Writes what waits, or gives back what was read ahead. 0 or EOF. */
int stream_flush(struct stream *stream);

int stream_flush_all(void);

int stream_seek(struct stream *stream, off_t offset, int whence);
off_t stream_tell(struct stream *stream);

/* A new stream on `descriptor`, or NULL. Does not take the descriptor on failure. */
struct stream *stream_open(int descriptor, bool may_read, bool may_write);

/* Flushes, closes the descriptor, frees. 0 or EOF. */
int stream_close(struct stream *stream);

#endif
