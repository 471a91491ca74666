/* Buffered streams: libc's signatures on host_env/stream.h, whose streams are libc's FILE under another name. */
#include "bind_internal.h"
#include "bindings/bind.h"
#include "host_env/stream.h"
#include "prototypes.h"

FILE *cordon_bind_stdin, *cordon_bind_stdout, *cordon_bind_stderr;

static host_stream *stream_of(FILE *file) { return (host_stream *)file; }

void bind_streams_start(void)
{
    FILE **const streams[] = { &cordon_bind_stdin, &cordon_bind_stdout, &cordon_bind_stderr };
    for (int fd = 0; fd < 3; fd++) {
        host_stream *stream = NULL;
        *streams[fd] = BIND(stream_standard, fd, &stream) == 0 ? (FILE *)stream : NULL;
    }
}

FILE *cordon_bind_fopen(const char *restrict path, const char *restrict mode)
{
    host_stream *stream;
    return BIND_POINTER(stream, stream_open, path, mode, &stream);
}

FILE *cordon_bind_fdopen(int fd, const char *mode)
{
    host_stream *stream;
    return BIND_POINTER(stream, stream_adopt_fd, fd, mode, &stream);
}

FILE *cordon_bind_tmpfile(void)
{
    host_stream *stream;
    return BIND_POINTER(stream, stream_open_temporary, &stream);
}

int cordon_bind_fclose(FILE *file) { return BIND(stream_close, stream_of(file)) == 0 ? 0 : EOF; }
int cordon_bind_fflush(FILE *file) { return BIND(stream_flush, stream_of(file)) == 0 ? 0 : EOF; }

size_t cordon_bind_fread(void *restrict buffer, size_t size, size_t count, FILE *restrict file)
{
    size_t read = 0;
    (void)BIND(stream_read, stream_of(file), buffer, size, count, &read);
    return read;
}

size_t cordon_bind_fwrite(const void *restrict buffer, size_t size, size_t count, FILE *restrict file)
{
    size_t written = 0;
    (void)BIND(stream_write, stream_of(file), buffer, size, count, &written);
    return written;
}

int cordon_bind_getc(FILE *file)
{
    int byte;
    return BIND(stream_get, stream_of(file), &byte) == 0 ? byte : EOF;
}

int cordon_bind_fgetc(FILE *file) { return cordon_bind_getc(file); }
int cordon_bind_getc_unlocked(FILE *file) { return cordon_bind_getc(file); }
int cordon_bind_getchar(void) { return cordon_bind_getc(cordon_bind_stdin); }
int cordon_bind_ungetc(int byte, FILE *file) { return BIND(stream_put_back, stream_of(file), byte) == 0 ? byte : EOF; }

int cordon_bind_putc(int byte, FILE *file) { return BIND(stream_put, stream_of(file), byte) == 0 ? (unsigned char)byte : EOF; }
int cordon_bind_fputc(int byte, FILE *file) { return cordon_bind_putc(byte, file); }
int cordon_bind_putchar(int byte) { return cordon_bind_putc(byte, cordon_bind_stdout); }

char *cordon_bind_fgets(char *restrict buffer, int size, FILE *restrict file)
{
    char *line;
    return BIND_POINTER(line, stream_read_line, stream_of(file), buffer, size, &line);
}

int cordon_bind_fputs(const char *restrict text, FILE *restrict file) { return BIND(stream_write_text, stream_of(file), text) == 0 ? 0 : EOF; }

int cordon_bind_vfprintf(FILE *restrict file, const char *restrict format, va_list arguments)
{
    host_error error;
    int count;
    return host_stream_print(bind_host(), stream_of(file), format, arguments, &count, &error) == HOST_OK ? count : bind_fail(&error);
}

int cordon_bind_vprintf(const char *restrict format, va_list arguments) { return cordon_bind_vfprintf(cordon_bind_stdout, format, arguments); }

int cordon_bind_fprintf(FILE *restrict file, const char *restrict format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int count = cordon_bind_vfprintf(file, format, arguments);
    va_end(arguments);
    return count;
}

int cordon_bind_printf(const char *restrict format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int count = cordon_bind_vfprintf(cordon_bind_stdout, format, arguments);
    va_end(arguments);
    return count;
}

/* One call, so that text and newline stay together between threads. */
int cordon_bind_puts(const char *text) { return cordon_bind_fprintf(cordon_bind_stdout, "%s\n", text) < 0 ? EOF : 0; }

void cordon_bind_perror(const char *text)
{
    int code = errno;
    bool has_text = text != NULL && *text != '\0';
    cordon_bind_fprintf(cordon_bind_stderr, "%s%s%s\n", has_text ? text : "", has_text ? ": " : "", strerror(code));
    errno = code;
}

int cordon_bind_fseeko(FILE *file, off_t offset, int whence) { return BIND(stream_seek, stream_of(file), offset, whence); }
int cordon_bind_fseek(FILE *file, long offset, int whence) { return cordon_bind_fseeko(file, offset, whence); }

off_t cordon_bind_ftello(FILE *file)
{
    int64_t position;
    return BIND(stream_position, stream_of(file), &position) == 0 ? position : -1;
}

long cordon_bind_ftell(FILE *file) { return cordon_bind_ftello(file); }

void cordon_bind_clearerr(FILE *file) { (void)BIND(stream_clear_error, stream_of(file)); }

void cordon_bind_rewind(FILE *file)
{
    (void)cordon_bind_fseeko(file, 0, SEEK_SET);
    cordon_bind_clearerr(file);
}

int cordon_bind_setvbuf(FILE *restrict file, char *restrict buffer, int mode, size_t size)
{
    return BIND(stream_set_buffer, stream_of(file), buffer, mode, size);
}

int cordon_bind_fileno(FILE *file)
{
    int fd;
    return BIND(stream_fd, stream_of(file), &fd) == 0 ? fd : -1;
}

/* A stream that may not be asked is at its end and in error. */
int cordon_bind_feof(FILE *file)
{
    bool is_at_end = true;
    return BIND(stream_is_at_end, stream_of(file), &is_at_end) != 0 || is_at_end;
}

int cordon_bind_ferror(FILE *file)
{
    bool has_error = true;
    return BIND(stream_has_error, stream_of(file), &has_error) != 0 || has_error;
}

void cordon_bind_flockfile(FILE *file) { (void)BIND(stream_lock, stream_of(file)); }
void cordon_bind_funlockfile(FILE *file) { (void)BIND(stream_unlock, stream_of(file)); }
