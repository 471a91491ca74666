/* Hides from CPython that its C streams end in the sandbox: the functions of stdio.h except the formatting ones. */
#include "result.h"
#include "stdio_stream.h"

#include "sealed/descriptor.h"
#include "sealed/heap.h"

#include <string.h>

/* --- opening --- */

struct mode_row {
    char letter;
    int flags;
};

static const struct mode_row mode_rows[] = {
    {'r', SEALED_OPEN_READ},
    {'w', SEALED_OPEN_WRITE | SEALED_OPEN_CREATE | SEALED_OPEN_TRUNCATE},
    {'a', SEALED_OPEN_WRITE | SEALED_OPEN_CREATE | SEALED_OPEN_APPEND},
};

/* Open flags for a mode such as "r+be", or -1 with errno. */
static int flags_of_mode(const char *mode)
{
    int flags = -1;

    for (size_t i = 0; i < sizeof mode_rows / sizeof mode_rows[0]; i++)
        if (mode_rows[i].letter == mode[0])
            flags = mode_rows[i].flags;
    if (flags < 0)
        return sandbox_refuse(EINVAL);
    if (strchr(mode, '+'))
        flags = (flags & ~SEALED_OPEN_ACCESS_MASK) | SEALED_OPEN_READ_WRITE;
    if (strchr(mode, 'x'))
        flags |= SEALED_OPEN_EXCLUSIVE;
    if (strchr(mode, 'e'))
        flags |= SEALED_OPEN_CLOSE_ON_EXEC;
    return flags;
}

static struct stream *open_with_flags(int descriptor, int flags)
{
    int access = flags & SEALED_OPEN_ACCESS_MASK;

    return stream_open(descriptor, access != SEALED_OPEN_WRITE, access != SEALED_OPEN_READ);
}

FILE *cordon_bind_fopen(const char *path, const char *mode)
{
    int flags = flags_of_mode(mode), descriptor;
    struct stream *stream;

    if (flags < 0)
        return NULL;
    descriptor = (int)sandbox_result(sealed_descriptor_open(SEALED_AT_CWD, path, flags, 0666));
    if (descriptor < 0)
        return NULL;
    stream = open_with_flags(descriptor, flags);
    if (!stream)
        sealed_descriptor_close(descriptor);
    return (FILE *)stream;
}

FILE *cordon_bind_fdopen(int descriptor, const char *mode)
{
    int flags = flags_of_mode(mode);

    if (flags < 0 || sandbox_result(sealed_descriptor_flags(descriptor)) < 0)
        return NULL;
    if (flags & SEALED_OPEN_APPEND)
        sealed_descriptor_set_flags(descriptor, sealed_descriptor_flags(descriptor) | SEALED_OPEN_APPEND);
    return (FILE *)open_with_flags(descriptor, flags);
}

int cordon_bind_fclose(FILE *file)
{
    return stream_close(stream_of(file));
}

/* Opens `path` where the old file was, number included, as programs expect that redirect a standard stream. */
FILE *cordon_bind_freopen(const char *path, const char *mode, FILE *file)
{
    struct stream *stream = stream_of(file);
    int flags = flags_of_mode(mode), descriptor;

    if (flags < 0 || !path) {
        errno = EINVAL; /* changing the mode of an open file is not offered */
        return NULL;
    }
    stream_flush(stream);
    descriptor = (int)sandbox_result(sealed_descriptor_open(SEALED_AT_CWD, path, flags, 0666));
    if (descriptor < 0)
        return NULL;
    if (descriptor != stream->descriptor) {
        int result =
            sealed_descriptor_duplicate_to(descriptor, stream->descriptor, (flags & SEALED_OPEN_CLOSE_ON_EXEC) != 0);
        sealed_descriptor_close(descriptor);
        if (sandbox_result(result) < 0)
            return NULL;
    }
    stream->may_read = (flags & SEALED_OPEN_ACCESS_MASK) != SEALED_OPEN_WRITE;
    stream->may_write = (flags & SEALED_OPEN_ACCESS_MASK) != SEALED_OPEN_READ;
    stream->is_at_end = stream->has_failed = false;
    return file;
}

FILE *cordon_bind_tmpfile(void)
{
    int descriptor = (int)sandbox_result(sealed_descriptor_open(
        SEALED_AT_CWD, "/tmp", SEALED_OPEN_TEMPORARY | SEALED_OPEN_DIRECTORY | SEALED_OPEN_READ_WRITE, 0600));
    struct stream *stream = descriptor < 0 ? NULL : stream_open(descriptor, true, true);

    if (descriptor >= 0 && !stream)
        sealed_descriptor_close(descriptor);
    return (FILE *)stream;
}

/* --- reading --- */

static bool size_of_items(size_t size, size_t count, size_t *total_out)
{
    return !__builtin_mul_overflow(size, count, total_out) && *total_out > 0;
}

size_t cordon_bind_fread(void *data, size_t size, size_t count, FILE *file)
{
    size_t total;

    return size_of_items(size, count, &total) ? stream_read(stream_of(file), data, total) / size : 0;
}

int cordon_bind_fgetc(FILE *file)
{
    return stream_get(stream_of(file));
}

int cordon_bind_getc(FILE *file)
{
    return stream_get(stream_of(file));
}

int cordon_bind_getc_unlocked(FILE *file)
{
    return stream_get(stream_of(file));
}

int cordon_bind_getchar(void)
{
    return stream_get(stream_of(cordon_bind_stdin));
}

int cordon_bind_ungetc(int byte, FILE *file)
{
    struct stream *stream = stream_of(file);

    if (byte == EOF || !stream->may_read || stream->unget_count == STREAM_UNGET_BYTES)
        return EOF;
    if (stream->direction != STREAM_READING) {
        if (stream_flush(stream) != 0)
            return EOF;
        stream->direction = STREAM_READING;
    }
    stream->unget[stream->unget_count++] = (unsigned char)byte;
    stream->is_at_end = false;
    return (unsigned char)byte;
}

char *cordon_bind_fgets(char *text, int size, FILE *file)
{
    int used = 0, byte = 0;

    if (size <= 0)
        return NULL;
    while (used < size - 1 && byte != '\n' && (byte = stream_get(stream_of(file))) != EOF)
        text[used++] = (char)byte;
    text[used] = 0;
    if (byte == EOF && (used == 0 || stream_of(file)->has_failed))
        return NULL;
    return text;
}

/* --- writing --- */

size_t cordon_bind_fwrite(const void *data, size_t size, size_t count, FILE *file)
{
    size_t total;

    return size_of_items(size, count, &total) ? stream_write(stream_of(file), data, total) / size : 0;
}

int cordon_bind_fputs(const char *text, FILE *file)
{
    size_t length = strlen(text);

    return stream_write(stream_of(file), text, length) == length ? 0 : EOF;
}

int cordon_bind_fputc(int byte, FILE *file)
{
    unsigned char data = (unsigned char)byte;

    return stream_write(stream_of(file), &data, 1) == 1 ? data : EOF;
}

int cordon_bind_putc(int byte, FILE *file)
{
    return cordon_bind_fputc(byte, file);
}

int cordon_bind_putchar(int byte)
{
    return cordon_bind_fputc(byte, cordon_bind_stdout);
}

int cordon_bind_puts(const char *text)
{
    return cordon_bind_fputs(text, cordon_bind_stdout) == EOF || cordon_bind_putchar('\n') == EOF ? EOF : 0;
}

int cordon_bind_fflush(FILE *file)
{
    return file ? stream_flush(stream_of(file)) : stream_flush_all();
}

/* --- position and state --- */

int cordon_bind_fseeko(FILE *file, off_t offset, int whence)
{
    return stream_seek(stream_of(file), offset, whence);
}

int cordon_bind_fseek(FILE *file, long offset, int whence)
{
    return stream_seek(stream_of(file), offset, whence);
}

off_t cordon_bind_ftello(FILE *file)
{
    return stream_tell(stream_of(file));
}

long cordon_bind_ftell(FILE *file)
{
    return stream_tell(stream_of(file));
}

void cordon_bind_rewind(FILE *file)
{
    stream_seek(stream_of(file), 0, SEEK_SET);
    stream_of(file)->has_failed = false;
}

int cordon_bind_fileno(FILE *file)
{
    return stream_of(file)->descriptor;
}

int cordon_bind_feof(FILE *file)
{
    return stream_of(file)->is_at_end;
}

int cordon_bind_ferror(FILE *file)
{
    return stream_of(file)->has_failed;
}

void cordon_bind_clearerr(FILE *file)
{
    stream_of(file)->is_at_end = stream_of(file)->has_failed = false;
}

int cordon_bind_setvbuf(FILE *file, char *buffer, int buffering, size_t size)
{
    struct stream *stream = stream_of(file);

    if (buffering != _IOFBF && buffering != _IOLBF && buffering != _IONBF)
        return sandbox_refuse(EINVAL);
    if (stream_flush(stream) != 0)
        return EOF;
    if (stream->owns_buffer)
        sealed_release(stream->buffer);
    stream->owns_buffer = false;
    stream->buffering = buffering;
    stream->buffer = buffering != _IONBF && size > 0 ? (unsigned char *)buffer : NULL;
    stream->capacity = stream->buffer ? size : 0;
    return 0;
}

/* Nothing interrupts a thread inside a stream, so the lock is the turn itself. */
void cordon_bind_flockfile(FILE *file)
{
    (void)file;
}

void cordon_bind_funlockfile(FILE *file)
{
    (void)file;
}
