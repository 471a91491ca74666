/* Hides from everyone libc's buffered streams once they are open. A host_stream is its FILE, cast. */
#include "host_env/stream.h"

#include "errno_guard.h"
#include "host_call.h"

static FILE *host_form(host_stream *stream)
{
    return (FILE *)stream;
}

/* A read that fell short of what was asked either met the end, or failed: then the stream says so, or errno does. */
static int code_of_short_read(host_env *env, host_stream *stream, int code)
{
    if (env->operations.feof(host_form(stream))) return 0;
    return code != 0 ? code : EIO;
}

host_status host_stream_close(host_env *env, host_stream *stream, host_error *error)
{
    HOST_CALL(call, env, STREAM_CLOSE, error);
    if (stream == NULL) return host_call_invalid(&call, "stream is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.fclose(host_form(stream)) == EOF ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_stream_standard(host_env *env, int fd, host_stream **stream_out, host_error *error)
{
    HOST_CALL(call, env, STREAM_STANDARD, error);
    host_call_fd(&call, "fd", fd);
    if (stream_out == NULL) return host_call_invalid(&call, "stream_out is NULL");
    *stream_out = NULL;
    if (fd < 0 || fd > 2) return host_call_invalid_code(&call, EBADF, "only 0, 1 and 2 have a standard stream");
    if (!host_call_permitted(&call)) return call.access.status;
    FILE *const streams[] = { stdin, stdout, stderr };
    *stream_out = (host_stream *)streams[fd];
    return host_call_finish(&call, 0, 0);
}

host_status host_stream_read(host_env *env, host_stream *stream, void *buffer, size_t item_size, size_t item_count, size_t *count_out,
                             host_error *error)
{
    HOST_CALL(call, env, STREAM_READ, error);
    host_call_number(&call, "size", (int64_t)(item_size * item_count));
    if (count_out == NULL) return host_call_invalid(&call, "count_out is NULL");
    *count_out = 0;
    if (stream == NULL || (buffer == NULL && item_size > 0 && item_count > 0)) return host_call_invalid(&call, "stream or buffer is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    int before = errno_guard_begin();
    size_t count = env->operations.fread(buffer, item_size, item_count, host_form(stream));
    int code = errno_guard_end(before);
    code = count < item_count && item_size > 0 ? code_of_short_read(env, stream, code) : 0;
    *count_out = count;
    return host_call_finish(&call, code, (int64_t)count);
}

host_status host_stream_write(host_env *env, host_stream *stream, const void *buffer, size_t item_size, size_t item_count, size_t *count_out,
                              host_error *error)
{
    HOST_CALL(call, env, STREAM_WRITE, error);
    host_call_number(&call, "size", (int64_t)(item_size * item_count));
    if (count_out == NULL) return host_call_invalid(&call, "count_out is NULL");
    *count_out = 0;
    if (stream == NULL || (buffer == NULL && item_size > 0 && item_count > 0)) return host_call_invalid(&call, "stream or buffer is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    size_t count = env->operations.fwrite(buffer, item_size, item_count, host_form(stream));
    int code = count < item_count && item_size > 0 ? errno : 0;
    *count_out = count;
    return host_call_finish(&call, code, (int64_t)count);
}

host_status host_stream_get(host_env *env, host_stream *stream, int *byte_out, host_error *error)
{
    HOST_CALL(call, env, STREAM_GET, error);
    if (byte_out == NULL) return host_call_invalid(&call, "byte_out is NULL");
    *byte_out = HOST_STREAM_END;
    if (stream == NULL) return host_call_invalid(&call, "stream is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    int byte = env->operations.fgetc(host_form(stream));
    int code = byte == EOF ? code_of_short_read(env, stream, errno) : 0;
    *byte_out = byte == EOF ? HOST_STREAM_END : byte;
    return host_call_finish(&call, code, 0);
}

host_status host_stream_put_back(host_env *env, host_stream *stream, int byte, host_error *error)
{
    HOST_CALL(call, env, STREAM_PUT_BACK, error);
    if (stream == NULL) return host_call_invalid(&call, "stream is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    int before = errno_guard_begin(); /* ungetc(3) need not set it */
    bool failed = env->operations.ungetc(byte, host_form(stream)) == EOF;
    int code = errno_guard_end(before);
    code = !failed ? 0 : code != 0 ? code : EIO;
    return host_call_finish(&call, code, 0);
}

host_status host_stream_put(host_env *env, host_stream *stream, int byte, host_error *error)
{
    HOST_CALL(call, env, STREAM_PUT, error);
    if (stream == NULL) return host_call_invalid(&call, "stream is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.fputc(byte, host_form(stream)) == EOF ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_stream_read_line(host_env *env, host_stream *stream, char *buffer, int size, char **line_out, host_error *error)
{
    HOST_CALL(call, env, STREAM_READ_LINE, error);
    host_call_number(&call, "size", size);
    if (line_out == NULL) return host_call_invalid(&call, "line_out is NULL");
    *line_out = NULL;
    if (stream == NULL || buffer == NULL || size <= 0) return host_call_invalid(&call, "stream or buffer is NULL, or size not positive");
    if (!host_call_permitted(&call)) return call.access.status;
    int before = errno_guard_begin();
    char *line = env->operations.fgets(buffer, size, host_form(stream));
    int code = errno_guard_end(before);
    code = line == NULL ? code_of_short_read(env, stream, code) : 0;
    *line_out = line;
    return host_call_finish(&call, code, 0);
}

host_status host_stream_write_text(host_env *env, host_stream *stream, const char *text, host_error *error)
{
    HOST_CALL(call, env, STREAM_WRITE_TEXT, error);
    if (stream == NULL || text == NULL) return host_call_invalid(&call, "stream or text is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.fputs(text, host_form(stream)) == EOF ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_stream_print(host_env *env, host_stream *stream, const char *format, va_list arguments, int *count_out, host_error *error)
{
    HOST_CALL(call, env, STREAM_PRINT, error);
    if (count_out == NULL) return host_call_invalid(&call, "count_out is NULL");
    *count_out = 0;
    if (stream == NULL || format == NULL) return host_call_invalid(&call, "stream or format is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    int count = env->operations.vfprintf(host_form(stream), format, arguments); /* it always sets errno, and %m shows the caller's */
    int code = count < 0 ? errno : 0;
    *count_out = count < 0 ? 0 : count;
    return host_call_finish(&call, code, count);
}
